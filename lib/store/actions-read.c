/*
 * actions-read.c - the outbox for people: lists, cancel, requeue, endpoints
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "store/actions.h"
#include "store/audit.h"
#include "store/store-private.h"

int read_actions(struct store *store, const char *states, const char *type,
                 int64_t before, size_t limit, struct db_rows *rows,
                 struct err *err)
{
    if (store_query(store, SQL_READ_ACTIONS,
                    ARGS(arg_text(states), arg_text(type),
                         arg_num(before > 0 ? before : INT64_MAX),
                         arg_num((int64_t)limit)),
                    rows, err) < 0)
        return err_wrap(err, "cannot list actions");
    return 0;
}

int read_action_counts(struct store *store, int64_t counts[3], struct err *err)
{
    struct db_rows rows = {0};

    if (store_query(store, SQL_READ_ACTION_COUNTS, NULL, 0, &rows, err) < 0)
        return err_wrap(err, "cannot count actions");
    for (size_t i = 0; i < 3; i++)
        counts[i] = db_num(&rows, 0, i);
    db_rows_release(&rows);
    return 0;
}

/* --- endpoints that are gone ---------------------------------------------- */

/* A URL may be long; its key is not. */
static void endpoint_key(const char *url, struct buf *key)
{
    char digest[HASH_TEXT_SIZE];

    buf_fmt(key, "endpoint_gone:%s", hash_text(url, strlen(url), digest));
}

struct endpoint {
    const char *key, *url;
};

static int disable_work(struct store *store, void *ctx, struct err *err)
{
    const struct endpoint *endpoint = ctx;

    return db_exec(store->db, SQL_META_SET,
                   ARGS(arg_text(endpoint->key), arg_text(endpoint->url)),
                   err) < 0
               ? -1
               : 0;
}

int store_endpoint_disable(struct store *store, const char *url,
                           struct err *err)
{
    struct buf key = {0};
    struct endpoint endpoint = {.url = url};
    int ret;

    endpoint_key(url, &key);
    endpoint.key = key.data;
    ret = store_tx(store, disable_work, &endpoint, err);
    buf_release(&key);
    return ret < 0 ? err_wrap(err, "cannot disable the endpoint") : 0;
}

int store_endpoint_disabled(struct store *store, const char *url,
                            bool *disabled, struct err *err)
{
    struct db_rows rows = {0};
    struct buf key = {0};
    int ret;

    endpoint_key(url, &key);
    ret =
        store_query(store, SQL_META_GET, ARGS(arg_text(key.data)), &rows, err);
    if (ret == 0)
        *disabled = rows.count > 0;
    db_rows_release(&rows);
    buf_release(&key);
    return ret < 0 ? err_wrap(err, "cannot read the endpoint") : 0;
}

/* Whoever requeues a webhook believes that its endpoint is back. */
static int enable_endpoint(struct store *store, const char *payload,
                           struct err *err)
{
    struct json_slice object;
    struct json_slice url;
    struct err bad = {0};
    struct buf text = {0};
    struct buf key = {0};
    int64_t changed = 0;

    if (json_check(payload, strlen(payload), &object, &bad) < 0 ||
        object.type != JSON_OBJECT || !json_member(&object, "url", &url) ||
        url.type != JSON_STRING)
        return 0;
    json_decode(&url, &text);
    endpoint_key(text.data ? text.data : "", &key);
    changed = db_exec(store->db, SQL_META_DROP, ARGS(arg_text(key.data)), err);
    buf_release(&text);
    buf_release(&key);
    return changed < 0 ? -1 : 0;
}

/* --- verbs ---------------------------------------------------------------- */

struct verb {
    const char *action_id;
    bool requeue, dry_run;
    const char *actor, *reason;
    struct audit_head head;
    bool done; /* a dry run came to its end */
};

static int refuse(const struct verb *verb, const char *status, struct err *err)
{
    static const char *const live[] = {"pending", "retry"};
    static const char *const final[] = {"completed", "dead", "cancelled"};
    const char *const *good = verb->requeue ? final : live;
    size_t count = verb->requeue ? LENGTH(final) : LENGTH(live);

    for (size_t i = 0; i < count; i++)
        if (strcmp(status, good[i]) == 0)
            return 0;
    return err_set(err, ERR_NO, "cannot %s action %s: it is %s",
                   verb->requeue ? "requeue" : "cancel", verb->action_id,
                   status);
}

static int append(struct store *store, struct verb *verb, struct err *err)
{
    struct buf ids = {0};
    char digest[HASH_TEXT_SIZE];
    const struct audit_entry entry = {
        .actor = verb->actor,
        .verb = verb->requeue ? "requeue_action" : "cancel_action",
        .count = 1,
        .ids_sha256 = digest,
        .reason = verb->reason,
    };
    int ret;

    buf_fmt(&ids, "%s\n", verb->action_id);
    hash_text(ids.data, ids.len, digest);
    ret = audit_append_head(store, &entry, &verb->head, err);
    buf_release(&ids);
    return ret;
}

static int change(struct store *store, struct verb *verb,
                  const struct db_rows *rows, struct err *err)
{
    const struct db_arg seq = arg_num(db_num(rows, 0, 0));
    bool webhook = strcmp(db_text(rows, 0, 2), "webhook") == 0;

    if (refuse(verb, db_text(rows, 0, 1), err) < 0)
        return -1;
    if (verb->requeue && webhook &&
        enable_endpoint(store, db_text(rows, 0, 3), err) < 0)
        return -1;
    if (db_exec(store->db,
                verb->requeue ? SQL_ACTION_REQUEUE : SQL_ACTION_CANCEL, &seq, 1,
                err) < 0)
        return -1;
    return append(store, verb, err) < 0 ? -1 : 1;
}

static int control_work(struct store *store, void *ctx, struct err *err)
{
    struct verb *verb = ctx;
    struct db_rows rows = {0};
    int ret;

    if (store->fate_unknown && verb->head.seq > 0) {
        ret = audit_has(store, &verb->head, err);
        if (ret != 0)
            return ret;
    }
    verb->head = (struct audit_head){0};
    if (db_query(store->db, SQL_ACTION_LOCK, ARGS(arg_text(verb->action_id)),
                 &rows, err) < 0)
        return -1;
    ret = rows.count == 0 ? 0 : change(store, verb, &rows, err);
    db_rows_release(&rows);
    /* A rehearsal is rolled back. */
    verb->done = ret == 1 && verb->dry_run;
    return verb->done ? -1 : ret;
}

int store_action_control(struct store *store, const char *action_id,
                         const struct action_order *order, struct err *err)
{
    char *actor = stored_text(order->actor);
    char *reason = stored_text(order->reason);
    struct verb verb = {
        .action_id = action_id,
        .requeue = order->requeue,
        .dry_run = order->dry_run,
        .actor = actor ? actor : "unknown",
        .reason = reason,
    };
    int ret = store_tx(store, control_work, &verb, err);

    if (verb.done) {
        err_clear(err);
        ret = 1;
    } else if (ret > 0) {
        log_info("audit_appended", log_num("seq", verb.head.seq),
                 log_text("action_id", action_id),
                 log_text("hash", verb.head.hash));
    }
    free(actor);
    free(reason);
    return ret;
}
