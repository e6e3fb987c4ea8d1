/*
 * index-server.c - the server, its settings, the keys and the epoch
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "queue/queue-look.h"
#include "store/sql-names.h"
#include "verify/index-private.h"

/* Without an answer there is no use in asking further. */
static bool check_reachable(struct index_look *look)
{
    struct queue_info info;
    struct err err = {0};

    verify_begin(look->verify, "reachable", "Redis answers and takes writes");
    queue_info(look->queue, &info);
    if (!info.reachable) {
        err_set(&err, ERR_UNAVAIL, "Redis at '%s' is away: %s", info.name,
                info.error);
        verify_unknown(look->verify, &err);
    } else {
        verify_note(look->verify, "version %s", info.version);
    }
    verify_end(look->verify);
    return info.reachable;
}

/* A field of INFO, which is `bad` for this reason. */
static void judge_field(struct index_look *look, const char *field,
                        const char *bad, const char *why)
{
    char value[64];
    struct err err = {0};

    if (queue_look_info(look->queue, field, value, sizeof(value), &err) < 0)
        verify_unknown(look->verify, &err);
    else if (strcmp(value, bad) == 0)
        verify_offend(look->verify, field, "is '%s': %s", value, why);
}

static void check_eviction(struct index_look *look)
{
    char value[64];
    struct err err = {0};

    verify_begin(look->verify, "eviction",
                 "Redis never throws keys away (noeviction)");
    if (queue_look_info(look->queue, "maxmemory_policy", value, sizeof(value),
                        &err) < 0)
        verify_unknown(look->verify, &err);
    else if (strcmp(value, "noeviction") != 0)
        verify_offend(look->verify, "maxmemory-policy",
                      "is '%s': full memory loses tasks from the index", value);
    verify_end(look->verify);
}

static void check_persistence(struct index_look *look)
{
    verify_begin(look->verify, "persistence",
                 "Redis can save what it is to save, and is the master");
    judge_field(look, "rdb_last_bgsave_status", "err",
                "the last snapshot failed, and writes may be refused");
    judge_field(look, "aof_last_write_status", "err",
                "the append-only file cannot be written");
    judge_field(look, "role", "slave", "a replica takes no writes");
    verify_end(look->verify);
}

/* ------------------------------------------------------------------ keys */

static void keep_type(struct index_look *look, const char *type)
{
    for (size_t i = 0; i < look->type_count; i++)
        if (strcmp(look->types[i], type) == 0)
            return;
    look->types = xgrow(look->types, look->type_count, &look->type_cap,
                        sizeof(*look->types));
    look->types[look->type_count++] = xstrdup(type);
}

static void see_key(void *ctx, const char *name, const char *kind, int64_t ttl)
{
    struct index_look *look = ctx;
    const char *want = queue_key_kind(name);

    if (!want)
        verify_offend(look->verify, name, "is no key of ours");
    else if (strcmp(kind, want) != 0)
        verify_offend(look->verify, name, "is a %s, not a %s", kind, want);
    else if (strcmp(name, "rebuild") == 0 && ttl < 0)
        verify_offend(look->verify, name,
                      "never ends, so the index is never built again");
    else if (strncmp(name, "ready:", 6) == 0)
        keep_type(look, name + 6);
}

static void check_keys(struct index_look *look)
{
    struct err err = {0};

    verify_begin(look->verify, "keys",
                 "every key of this database is one of ours");
    if (queue_look_keys(look->queue, see_key, look, &err) < 0)
        verify_unknown(look->verify, &err);
    verify_end(look->verify);
}

static int see_any(void *ctx, const struct queue_member *members, size_t count,
                   struct err *err)
{
    bool *any = ctx;

    (void)members;
    (void)count;
    (void)err;
    *any = true;
    return 0;
}

/* A rebuild takes both away and puts both back: 1 it is not among them. */
static int type_missing(struct index_look *look, const char *type,
                        struct err *err)
{
    bool any = false;
    int there = queue_look_type(look->queue, type, err);

    if (there != 0)
        return there < 0 ? -1 : 0;
    if (look->options->wait)
        look->options->wait(look->options->look);
    there = queue_look_type(look->queue, type, err);
    if (there != 0)
        return there < 0 ? -1 : 0;
    if (queue_look_ready(look->queue, type, see_any, &any, err) < 0)
        return -1;
    return any;
}

static void check_types(struct index_look *look)
{
    verify_begin(look->verify, "types",
                 "workers of all types see every type that waits");
    for (size_t i = 0; i < look->type_count; i++) {
        struct err err = {0};
        int missing = type_missing(look, look->types[i], &err);

        if (missing < 0)
            verify_unknown(look->verify, &err);
        else if (missing > 0)
            verify_offend(look->verify, look->types[i],
                          "has tasks, but is not among the types");
    }
    verify_end(look->verify);
}

/* ----------------------------------------------------------------- epoch */

/*
 * Should there be an index by now?  Ticks build it, and idle workers; those
 * that are busy from the start do not, and need none.  But where tasks are
 * pending and no ready set is left, somebody has thrown it away.
 */
static int is_wanted(const struct index_look *look, struct err *err)
{
    const struct db_arg args[] = {arg_num(0), arg_num(INT64_MAX), arg_num(1)};
    struct db *db = store_db(look->store);
    struct db_rows rows = {0};
    bool pending;
    bool served;

    if (db_query(db, SQL_VERIFY_PENDING, args, LENGTH(args), &rows, err) < 0)
        return -1;
    pending = rows.count > 0;
    db_rows_release(&rows);
    if (db_query(db, SQL_VERIFY_SERVED, NULL, 0, &rows, err) < 0)
        return -1;
    served = db_num(&rows, 0, 0) != 0;
    db_rows_release(&rows);
    return pending && (served || look->type_count == 0);
}

/* Whether the index may be trusted; a rebuild takes its time. */
static bool check_epoch(struct index_look *look)
{
    enum queue_epoch epoch = EPOCH_NONE;
    struct err err = {0};
    int wanted = is_wanted(look, &err);
    int ret = wanted < 0 ? -1 : queue_look_epoch(look->queue, &epoch, &err);

    verify_begin(look->verify, "epoch",
                 "the index is complete, and that of this server");
    if (ret == 0 && (epoch == EPOCH_WRONG || epoch == EPOCH_NONE) &&
        look->options->wait) {
        look->options->wait(look->options->look);
        ret = queue_look_epoch(look->queue, &epoch, &err);
    }
    if (ret < 0)
        verify_unknown(look->verify, &err);
    else if (epoch == EPOCH_WRONG)
        verify_offend(look->verify, "epoch",
                      "is not the run_id of the server; the next tick or idle "
                      "worker builds the index again");
    else if (epoch == EPOCH_NONE && wanted)
        verify_offend(look->verify, "epoch",
                      "is missing, and tasks are pending; the next tick or "
                      "idle worker builds the index again");
    else if (epoch != EPOCH_GOOD)
        verify_note(look->verify, epoch == EPOCH_NONE
                                      ? "there is none yet: workers ask "
                                        "the database alone"
                                      : "the index is being built");
    verify_end(look->verify);
    return ret == 0 && epoch == EPOCH_GOOD;
}

static void skip_tasks(struct index_look *look)
{
    verify_begin(look->verify, "indexed", "a pending task is in the index");
    verify_skip(look->verify, "the index is not complete, and not trusted");
    verify_end(look->verify);
}

void verify_queue(struct verify *verify, struct store *store,
                  struct queue *queue, const struct index_options *options)
{
    struct index_look look = {
        .verify = verify, .store = store, .queue = queue, .options = options};

    verify->area = "queue";
    if (!queue_has_redis(queue)) {
        verify_begin(verify, "reachable", "Redis answers and takes writes");
        verify_skip(verify, "no Redis is configured");
        verify_end(verify);
        return;
    }
    if (!check_reachable(&look))
        return;
    check_eviction(&look);
    check_persistence(&look);
    check_keys(&look);
    check_types(&look);
    index_check_members(&look);
    if (check_epoch(&look))
        index_check_tasks(&look);
    else
        skip_tasks(&look);
    for (size_t i = 0; i < look.type_count; i++)
        free(look.types[i]);
    free(look.types);
}
