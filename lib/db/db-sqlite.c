/*
 * db-sqlite.c - statements on SQLite
 *
 * A statement that writes outside a transaction is one by itself: it takes
 * the lock, runs, commits as it ends and frees the lock.  Transactions are in
 * db-sqlite-tx.c.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "db/db-sqlite.h"

int sqlite_fail(struct db *db, struct err *err)
{
    struct sqlite *lite = db->impl;
    const char *why = sqlite3_errmsg(lite->handle);

    switch (sqlite3_errcode(lite->handle) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
        return err_set(err, ERR_TEMP, "database is busy");
    case SQLITE_IOERR:
        /* What the file holds now is known only after opening it anew. */
        db->broken = true;
        return err_set(err, ERR_IO, "%s", why);
    case SQLITE_FULL:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_set(err, ERR_IO, "%s", why);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return err_set(err, ERR_DATA, "%s", why);
    case SQLITE_CANTOPEN:
        db->broken = true;
        return err_set(err, ERR_UNAVAIL, "%s", why);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return err_set(err, db->options.read_only ? ERR_BUG : ERR_CONFIG, "%s",
                       why);
    case SQLITE_NOMEM:
        return err_set(err, ERR_OS, "%s", why);
    default:
        return err_set(err,
                       strncmp(why, "no such table", 13) ? ERR_BUG : ERR_CONFIG,
                       "%s", why);
    }
}

int sqlite_prepare(struct db *db, const char *text, unsigned flags,
                   sqlite3_stmt **stmt, struct err *err)
{
    struct sqlite *lite = db->impl;
    const char *tail = NULL;

    if (sqlite3_prepare_v3(lite->handle, text, -1, flags, stmt, &tail) !=
        SQLITE_OK)
        return sqlite_fail(db, err);
    while (isspace((unsigned char)*tail))
        tail++;
    if (*stmt && !*tail)
        return 0;
    sqlite3_finalize(*stmt);
    *stmt = NULL;
    return err_set(err, ERR_BUG, "not one statement: %.60s", text);
}

static int bind_one(sqlite3_stmt *stmt, int at, const struct db_arg *arg)
{
    switch (arg->kind) {
    case DB_NUM:
        return sqlite3_bind_int64(stmt, at, arg->num);
    case DB_REAL:
        return sqlite3_bind_double(stmt, at, arg->real);
    case DB_TEXT:
        return sqlite3_bind_text64(stmt, at, arg->data, arg->len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(stmt, at, arg->data, arg->len,
                                   SQLITE_STATIC);
    case DB_NULL:
        break;
    }
    return sqlite3_bind_null(stmt, at);
}

static int bind_all(struct db *db, sqlite3_stmt *stmt,
                    const struct db_call *call, struct err *err)
{
    int wanted = sqlite3_bind_parameter_count(stmt);

    if (call->nargs != (size_t)wanted)
        return err_set(err, ERR_BUG, "%zu arguments for %d parameters",
                       call->nargs, wanted);
    for (int i = 0; i < wanted; i++)
        if (bind_one(stmt, i + 1, &call->args[i]) != SQLITE_OK)
            return sqlite_fail(db, err);
    return 0;
}

static void add_cell(struct rows_builder *builder, sqlite3_stmt *stmt, int at)
{
    const void *data;

    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_INTEGER:
        rows_put_num(builder, sqlite3_column_int64(stmt, at));
        break;
    case SQLITE_FLOAT:
        rows_put_real(builder, sqlite3_column_double(stmt, at));
        break;
    case SQLITE_TEXT:
        data = sqlite3_column_text(stmt, at);
        rows_put_bytes(builder, DB_TEXT, data,
                       (size_t)sqlite3_column_bytes(stmt, at));
        break;
    case SQLITE_BLOB:
        data = sqlite3_column_blob(stmt, at);
        rows_put_bytes(builder, DB_BLOB, data,
                       (size_t)sqlite3_column_bytes(stmt, at));
        break;
    default:
        rows_put_null(builder);
    }
}

static void add_row(struct rows_builder *builder, sqlite3_stmt *stmt)
{
    int width = sqlite3_data_count(stmt);

    for (int i = 0; i < width; i++)
        add_cell(builder, stmt, i);
}

/*
 * Step to the very end even when one row is all we want: an UPDATE ...
 * RETURNING shows its rows first and commits after, so they are not ours
 * until SQLite says DONE.
 */
static int step_all(struct db *db, sqlite3_stmt *stmt, struct db_call *call,
                    struct err *err)
{
    struct sqlite *lite = db->impl;
    struct rows_builder builder = {0};
    int before = sqlite3_total_changes(lite->handle);
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        if (call->rows)
            add_row(&builder, stmt);
    if (rc != SQLITE_DONE) {
        rows_drop(&builder);
        return sqlite_fail(db, err);
    }
    if (call->rows)
        rows_finish(&builder, (size_t)sqlite3_column_count(stmt), call->rows);
    /* sqlite3_changes() keeps its value over statements that change none. */
    call->changed = sqlite3_total_changes(lite->handle) == before
                        ? 0
                        : sqlite3_changes(lite->handle);
    return 0;
}

static int run_prepared(struct db *db, sqlite3_stmt *stmt, struct db_call *call,
                        struct err *err)
{
    bool writes = !sqlite3_stmt_readonly(stmt);
    bool alone = writes && db->tx == TX_NONE;
    int ret;

    if (writes && (db->tx == TX_SNAPSHOT || db->options.read_only))
        return err_set(err, ERR_BUG, "a statement writes where it must not");
    if (alone && sqlite_lock(db, err) < 0)
        return -1;
    ret = bind_all(db, stmt, call, err);
    if (ret == 0)
        ret = step_all(db, stmt, call, err);
    /* A statement that is not reset keeps its snapshot and its lock. */
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    if (alone) {
        db->fate_unknown = ret < 0 && db->broken;
        sqlite_unlock(db);
    }
    return ret;
}

static int run(struct db *db, struct db_call *call, struct err *err)
{
    struct sqlite *lite = db->impl;
    sqlite3_stmt *adhoc = NULL;
    sqlite3_stmt **stmt = call->text ? &adhoc : &lite->stmts[call->which];
    const char *text = call->text ? call->text : db->sql[call->which];
    unsigned flags = call->text ? 0 : SQLITE_PREPARE_PERSISTENT;
    int ret = 0;

    if (!*stmt)
        ret = sqlite_prepare(db, text, flags, stmt, err);
    if (ret == 0)
        ret = run_prepared(db, *stmt, call, err);
    sqlite3_finalize(adhoc);
    if (ret < 0 && err->code == ERR_BUG && !call->text)
        err_wrap(err, "statement %zu", call->which);
    return ret;
}

static int send_one(struct db *db, const struct db_call *call, struct err *err)
{
    struct sqlite *lite = db->impl;
    struct db_call copy = *call;

    if (!lite->changed)
        lite->changed = xcalloc(DB_SEND_MAX, sizeof(*lite->changed));
    if (run(db, &copy, err) < 0)
        return -1;
    lite->changed[db->sent] = copy.changed;
    return 0;
}

static int collect(struct db *db, int64_t *changed, struct err *err)
{
    struct sqlite *lite = db->impl;

    (void)err;
    if (changed)
        memcpy(changed, lite->changed, db->sent * sizeof(*changed));
    return 0;
}

const struct db_driver db_sqlite_driver = {
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .run = run,
    .send = send_one,
    .collect = collect,
    .script = sqlite_script,
    .checkpoint = sqlite_checkpoint,
    .backup = sqlite_backup,
};
