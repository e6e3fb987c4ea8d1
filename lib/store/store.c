/*
 * Opening the store: the right file, the right schema, the right version.
 */
#include "config.h"

#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "store/audit.h"
#include "store/migrate.h"
#include "store/sql-postgres.h"
#include "store/sql-sqlite.h"
#include "store/store-private.h"
#include "store/submit.h"

const struct store_policy store_default_policy = {
    .aging_unit = 300 * USEC_PER_SEC,
    .retry_base = 15 * USEC_PER_SEC,
    .retry_cap = 3600 * USEC_PER_SEC,
    .loss_base = 5 * USEC_PER_SEC,
    .idempotency_ttl = 30 * INT64_C(86400) * USEC_PER_SEC,
    .max_attempts = 3,
    .max_losses = 3,
};

/* A file that was just made, by us or beside us, is given its schema. */
static int fill_empty(struct store *store, enum store_mode mode, int latest,
                      struct err *err)
{
    if (mode == STORE_READ)
        return err_set(err, ERR_NOINPUT, "database '%s' is empty",
                       db_name(store->db));
    if (migrate_to(store->db, latest, NULL, NULL, err) < 0)
        return err_wrap(err, "cannot create the tables of '%s'",
                        db_name(store->db));
    return 0;
}

static int check_schema(struct store *store, enum store_mode mode,
                        struct err *err)
{
    enum db_engine engine = db_engine(store->db);
    int latest = migrate_latest(engine);
    int version = 0;
    bool empty = false;

    if (migrate_version(store->db, &version, err) < 0)
        return -1;
    if (version == latest)
        return 0;
    if (version > latest) {
        err_set(err, ERR_CONFIG,
                "'%s' has schema version %d, this program knows only %d",
                db_name(store->db), version, latest);
        return err_hint(err, "upgrade the aaos programs on this host");
    }
    if (version == 0 && engine == DB_SQLITE) {
        if (migrate_empty(store->db, &empty, err) < 0)
            return -1;
        if (empty)
            return fill_empty(store, mode, latest, err);
    }
    if (version == 0)
        err_set(err, ERR_CONFIG, "'%s' has no tables of aaos",
                db_name(store->db));
    else
        err_set(err, ERR_CONFIG,
                "'%s' has schema version %d, this program needs %d",
                db_name(store->db), version, latest);
    return err_hint(err, "run aaos-migrate up");
}

struct store *store_open(const char *url, enum store_mode mode,
                         const struct store_policy *policy, const char *program,
                         struct err *err)
{
    const struct db_options options = {
        .sqlite = sql_sqlite,
        .postgres = sql_postgres,
        .count = SQL_COUNT,
        .read_only = mode == STORE_READ,
        .create = mode == STORE_WRITE || mode == STORE_MIGRATE,
        .program = program,
    };
    struct store *store = xcalloc(1, sizeof(*store));

    store->policy = policy ? *policy : store_default_policy;
    if (db_open(url, &options, &store->db, err) < 0)
        goto fail;
    if ((mode == STORE_READ || mode == STORE_WRITE) &&
        check_schema(store, mode, err) < 0)
        goto fail;
    return store;
fail:
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_submit_abort(store);
    refs_close(store->refs);
    ready_list_release(&store->ready);
    audit_key_set(store, NULL);
    db_close(store->db);
    free(store);
}

const struct ready_list *store_ready(const struct store *store)
{
    return &store->ready;
}

struct db *store_db(struct store *store)
{
    return store->db;
}

const char *store_uuid(struct store *store, struct err *err)
{
    struct db_rows rows = {0};

    if (*store->uuid)
        return store->uuid;
    if (store_query(store, SQL_DB_UUID, NULL, 0, &rows, err) < 0)
        return NULL;
    if (rows.count > 0 &&
        uuid_valid(db_text(&rows, 0, 0), db_cell(&rows, 0, 0)->len))
        memcpy(store->uuid, db_text(&rows, 0, 0), UUID_SIZE);
    else
        err_set(err, ERR_CONFIG, "'%s' has no db_uuid in its table meta",
                db_name(store->db));
    db_rows_release(&rows);
    return *store->uuid ? store->uuid : NULL;
}

const char *store_statement(const struct store *store, size_t which)
{
    return db_engine(store->db) == DB_SQLITE ? sql_sqlite[which]
                                             : sql_postgres[which];
}

int store_now(struct store *store, int64_t *now, struct err *err)
{
    struct db_rows rows = {0};

    if (store_query(store, SQL_NOW, NULL, 0, &rows, err) < 0)
        return -1;
    *now = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return 0;
}

void ready_list_add(struct ready_list *list, int64_t seq, int64_t sort_at,
                    const char *task_type)
{
    struct ready *item;
    size_t len = strlen(task_type);

    list->items =
        xgrow(list->items, list->count, &list->cap, sizeof(*list->items));
    item = &list->items[list->count++];
    *item = (struct ready){.seq = seq, .sort_at = sort_at};
    if (len >= sizeof(item->task_type))
        len = sizeof(item->task_type) - 1;
    memcpy(item->task_type, task_type, len);
}

void ready_list_release(struct ready_list *list)
{
    free(list->items);
    *list = (struct ready_list){0};
}
