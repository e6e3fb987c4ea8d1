/*
 * The schema's versions: from any of them to any other, one at a time.
 *
 * A step and its row in schema_migrations are one transaction on both
 * engines.  Its lock is taken before the version is read, so of two
 * migrators the second finds the work done.  These few statements are the
 * only ones outside the .sql files: they must run when there is no schema.
 */
#include "config.h"

#include "store/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "core/failpoint.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/uuid.h"
#include "store/migrations-data.h"

enum { MAX_TRIES = 10 };

/* "aaos" in ASCII: one number for all who migrate. */
#define PG_LOCK "SELECT pg_advisory_xact_lock(1633775475)"

const struct migration *migrations(enum db_engine engine, size_t *count)
{
    if (engine == DB_SQLITE) {
        *count = LENGTH(sqlite_migrations);
        return sqlite_migrations;
    }
    *count = LENGTH(postgres_migrations);
    return postgres_migrations;
}

int migrate_latest(enum db_engine engine)
{
    size_t count;

    migrations(engine, &count);
    return (int)count;
}

/* The first column of the first row as a number. */
static int ask(struct db *db, const char *sqlite, const char *postgres,
               int64_t *answer, struct err *err)
{
    const char *text = db_engine(db) == DB_SQLITE ? sqlite : postgres;
    struct db_rows rows = {0};

    if (db_adhoc(db, text, NULL, 0, &rows, err) < 0)
        return -1;
    *answer = rows.count > 0 ? db_num(&rows, 0, 0) : 0;
    db_rows_release(&rows);
    return 0;
}

int migrate_empty(struct db *db, bool *empty, struct err *err)
{
    int64_t count;

    if (ask(db, "SELECT count(*) FROM sqlite_master",
            "SELECT count(*) FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace",
            &count, err) < 0)
        return -1;
    *empty = count == 0;
    return 0;
}

int migrate_version(struct db *db, int *version, struct err *err)
{
    static const char *const newest =
        "SELECT coalesce(max(version), 0) FROM schema_migrations";
    int64_t answer;

    if (ask(db,
            "SELECT count(*) FROM sqlite_master"
            " WHERE type = 'table' AND name = 'schema_migrations'",
            "SELECT count(to_regclass('schema_migrations'))", &answer, err) < 0)
        return -1;
    if (answer > 0 && ask(db, newest, newest, &answer, err) < 0)
        return -1;
    *version = (int)answer;
    return 0;
}

/* What was applied: rows of version, name, sha256, applied_at. */
static int read_applied(struct db *db, struct db_rows *rows, struct err *err)
{
    int version;

    *rows = (struct db_rows){0};
    if (migrate_version(db, &version, err) < 0)
        return -1;
    if (version == 0)
        return 0;
    return db_adhoc(db,
                    "SELECT version, name, sha256, applied_at"
                    "  FROM schema_migrations ORDER BY version",
                    NULL, 0, rows, err);
}

static bool same_text(const struct migration *m, const char *sha256)
{
    char text[HASH_TEXT_SIZE];

    return strcmp(hash_text(m->up, strlen(m->up), text), sha256) == 0;
}

int migrate_status(struct db *db, struct migration_state **states,
                   size_t *count, struct err *err)
{
    size_t known;
    const struct migration *all = migrations(db_engine(db), &known);
    struct db_rows rows;
    struct migration_state *list;
    size_t n;
    size_t i;

    if (read_applied(db, &rows, err) < 0)
        return -1;
    n = rows.count > known ? rows.count : known;
    list = xcalloc(n, sizeof(*list));
    for (i = 0; i < n; i++) {
        list[i].version = (int)i + 1;
        list[i].name = i < known ? all[i].name : "(unknown)";
        list[i].applied = i < rows.count;
        if (i >= rows.count)
            continue;
        list[i].applied_at = db_num(&rows, i, 3);
        list[i].changed =
            i < known && !same_text(&all[i], db_text(&rows, i, 2));
    }
    db_rows_release(&rows);
    *states = list;
    *count = n;
    return 0;
}

/* --------------------------------------------------------------- changing */

static int check_applied(struct db *db, struct err *err)
{
    size_t known;
    const struct migration *all = migrations(db_engine(db), &known);
    struct db_rows rows;
    size_t i;
    int ret = 0;

    if (read_applied(db, &rows, err) < 0)
        return -1;
    if (rows.count > known) {
        ret = err_set(err, ERR_CONFIG,
                      "'%s' has schema version %zu, this program knows only "
                      "%zu",
                      db_name(db), rows.count, known);
        err_hint(err, "use the aaos-migrate that made it");
    }
    for (i = 0; ret == 0 && i < rows.count; i++)
        if (!same_text(&all[i], db_text(&rows, i, 2)))
            ret = err_set(err, ERR_CONFIG,
                          "migration %d (%s) is not the one that '%s' was made "
                          "with",
                          all[i].version, all[i].name, db_name(db));
    db_rows_release(&rows);
    return ret;
}

/* Version 0 must have nothing that version 1 makes. */
static int check_unused(struct db *db, struct err *err)
{
    int64_t count;

#define OURS                                                               \
    "('meta', 'tasks', 'task_bodies', 'attempts', 'agents', 'workflows', " \
    "'actions', 'leases', 'control_flags')"
    if (ask(db, "SELECT count(*) FROM sqlite_master WHERE name IN " OURS,
            "SELECT count(*) FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace"
            "   AND relname IN " OURS,
            &count, err) < 0)
        return -1;
#undef OURS
    if (count == 0)
        return 0;
    err_set(err, ERR_CONFIG,
            "'%s' holds tables with our names but no schema "
            "version",
            db_name(db));
    return err_hint(err, "it belongs to another program, or its table "
                         "schema_migrations was dropped");
}

static int go_up(struct db *db, const struct migration *m, struct err *err)
{
    char sha256[HASH_TEXT_SIZE];
    char uuid[UUID_SIZE];
    const struct db_arg row[] = {
        arg_num(m->version), arg_text(m->name),
        arg_text(hash_text(m->up, strlen(m->up), sha256))};
    const struct db_arg id = arg_text(uuid_make(uuid));

    if (m->version == 1 && check_unused(db, err) < 0)
        return -1;
    if (db_script(db, m->up, err) < 0 ||
        db_adhoc(db,
                 "INSERT INTO schema_migrations"
                 " (version, name, sha256, applied_at)"
                 " VALUES ($1, $2, $3, aaos_now())",
                 row, LENGTH(row), NULL, err) < 0)
        return -1;
    if (m->version > 1)
        return 0;
    return db_adhoc(db, "INSERT INTO meta (key, value) VALUES ('db_uuid', $1)",
                    &id, 1, NULL, err);
}

static int go_down(struct db *db, const struct migration *m, struct err *err)
{
    const struct db_arg version = arg_num(m->version);

    /* The first one's way down drops the table itself. */
    if (m->version > 1 &&
        db_adhoc(db, "DELETE FROM schema_migrations WHERE version = $1",
                 &version, 1, NULL, err) < 0)
        return -1;
    return db_script(db, m->down, err);
}

/* One step inside a transaction.  1 more to do, 0 there, -1. */
static int step(struct db *db, int target,
                void (*said)(void *ctx, const struct migration *m, bool up),
                void *ctx, struct err *err)
{
    size_t known;
    const struct migration *all = migrations(db_engine(db), &known);
    int version;
    bool up;

    if (db_engine(db) == DB_POSTGRES &&
        db_adhoc(db, PG_LOCK, NULL, 0, NULL, err) < 0)
        return -1;
    if (check_applied(db, err) < 0 || migrate_version(db, &version, err) < 0)
        return -1;
    if (version == target)
        return 0;
    up = version < target;
    if (said)
        said(ctx, &all[up ? version : version - 1], up);
    if (up ? go_up(db, &all[version], err) < 0
           : go_down(db, &all[version - 1], err) < 0)
        return err_wrap(err, "migration %d %s", up ? version + 1 : version,
                        up ? "up" : "down");
    FAILPOINT("migrate.step");
    return 1;
}

/*
 * All steps in one transaction: whoever looks meanwhile sees the old schema
 * or the new one, never a version in between.
 */
int migrate_to(struct db *db, int target,
               void (*said)(void *ctx, const struct migration *m, bool up),
               void *ctx, struct err *err)
{
    int tries = 0;
    int ret;

    if (target < 0 || target > migrate_latest(db_engine(db)))
        return err_set(err, ERR_USAGE, "there is no schema version %d", target);
    for (;;) {
        if (db_begin(db, err) < 0)
            return -1;
        do
            ret = step(db, target, said, ctx, err);
        while (ret > 0);
        if (ret == 0)
            ret = db_commit(db, err);
        db_rollback(db);
        if (ret == 0 || err->code != ERR_TEMP || ++tries == MAX_TRIES)
            return ret;
        err_clear(err);
    }
}
