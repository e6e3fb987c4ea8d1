/*
 * db.c - the rules that hold for both engines
 *
 * PostgreSQL refuses everything in a transaction after its first failed
 * statement; SQLite would go on.  So that a program behaves alike on both,
 * a failure here undoes the transaction at once and leaves it TX_FAILED:
 * nothing runs, and nothing can be committed, until db_rollback().
 */
#include "config.h"

#include "db/db.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "db/db-driver.h"

/* SQLite's limit; PostgreSQL takes twice as many. */
enum { ARGS_MAX = 32766 };

/* NULL when the engine was left out of this build. */
static const struct db_driver *driver_for(enum db_engine engine)
{
    if (engine == DB_SQLITE)
        return &db_sqlite_driver;
#ifdef HAVE_POSTGRESQL
    return &db_postgres_driver;
#else
    return NULL;
#endif
}

int db_open(const char *url, const struct db_options *options, struct db **db,
            struct err *err)
{
    struct db *new = xcalloc(1, sizeof(*new));

    if (db_url_parse(url, &new->url, err) < 0)
        goto fail;
    new->program = xstrdup(options->program ? options->program : "aaos");
    new->options = *options;
    new->options.program = new->program;
    new->sql =
        new->url.engine == DB_SQLITE ? options->sqlite : options->postgres;
    new->driver = driver_for(new->url.engine);
    if (!new->driver) {
        err_set(err, ERR_CONFIG, "this build knows no PostgreSQL");
        goto fail;
    }
    if (new->driver->open(new, err) < 0)
        goto fail;
    new->broken = false; /* a first try may have failed before a second */
    *db = new;
    return 0;
fail:
    db_close(new);
    return -1;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db_rollback(db);
    if (db->driver)
        db->driver->close(db);
    db_url_release(&db->url);
    free(db->program);
    free(db->path);
    free(db);
}

int db_reconnect(struct db *db, struct err *err)
{
    db_rollback(db);
    db->driver->close(db);
    db->broken = true; /* and stays so if opening fails */
    if (db->driver->open(db, err) < 0)
        return -1;
    db->broken = false;
    return 0;
}

enum db_engine db_engine(const struct db *db)
{
    return db->url.engine;
}

const char *db_path(const struct db *db)
{
    return db->path;
}

const char *db_name(const struct db *db)
{
    return db->url.name;
}

bool db_broken(const struct db *db)
{
    return db->broken;
}

bool db_fate_unknown(const struct db *db)
{
    return db->fate_unknown;
}

void db_set_clocks(struct db *db, const int64_t *wall, const int64_t *lease)
{
    db->wall = wall;
    db->lease = lease;
}

/* May a call be made at all? */
static int check_usable(const struct db *db, struct err *err)
{
    if (db->broken)
        return err_set(err, ERR_UNAVAIL, "the connection to '%s' is lost",
                       db->url.name);
    if (db->tx == TX_FAILED)
        return err_set(err, ERR_BUG, "the transaction has failed before");
    return 0;
}

static int check_idle(const struct db *db, struct err *err)
{
    if (check_usable(db, err) < 0)
        return -1;
    if (db->sent > 0)
        return err_set(err, ERR_BUG, "statements wait to be collected");
    return 0;
}

/*
 * PostgreSQL's text ends at a NUL byte and SQLite's functions stop there:
 * what is stored would not be what was given.
 */
static int check_call(const struct db *db, const struct db_call *call,
                      struct err *err)
{
    if (!call->text &&
        (call->which >= db->options.count || !db->sql || !db->sql[call->which]))
        return err_set(err, ERR_BUG, "there is no statement %zu", call->which);
    if (call->nargs > ARGS_MAX)
        return err_set(err, ERR_BUG, "%zu arguments", call->nargs);
    for (size_t i = 0; i < call->nargs; i++) {
        const struct db_arg *arg = &call->args[i];

        if (arg->kind == DB_TEXT && arg->len > 0 &&
            memchr(arg->data, '\0', arg->len))
            return err_set(err, ERR_DATA, "text with a NUL byte in it");
    }
    return 0;
}

/* Undo the transaction that something just failed in.  Always -1. */
static int failed(struct db *db)
{
    if (db->tx == TX_WRITE || db->tx == TX_SNAPSHOT) {
        db->driver->rollback(db);
        db->tx = TX_FAILED;
    }
    db->sent = 0;
    return -1;
}

static int run(struct db *db, struct db_call *call, struct err *err)
{
    if (check_idle(db, err) < 0 || check_call(db, call, err) < 0)
        return failed(db);
    if (db->tx == TX_NONE)
        db->fate_unknown = false;
    return db->driver->run(db, call, err) < 0 ? failed(db) : 0;
}

int db_query(struct db *db, size_t which, const struct db_arg *args,
             size_t nargs, struct db_rows *rows, struct err *err)
{
    struct db_call call = {
        .which = which, .args = args, .nargs = nargs, .rows = rows};

    if (rows)
        *rows = (struct db_rows){0};
    return run(db, &call, err);
}

int64_t db_exec(struct db *db, size_t which, const struct db_arg *args,
                size_t nargs, struct err *err)
{
    struct db_call call = {.which = which, .args = args, .nargs = nargs};

    return run(db, &call, err) < 0 ? -1 : call.changed;
}

int db_adhoc(struct db *db, const char *text, const struct db_arg *args,
             size_t nargs, struct db_rows *rows, struct err *err)
{
    struct db_call call = {
        .text = text, .args = args, .nargs = nargs, .rows = rows};

    if (rows)
        *rows = (struct db_rows){0};
    return run(db, &call, err);
}

int db_send(struct db *db, size_t which, const struct db_arg *args,
            size_t nargs, struct err *err)
{
    struct db_call call = {.which = which, .args = args, .nargs = nargs};

    if (check_usable(db, err) < 0 || check_call(db, &call, err) < 0)
        return failed(db);
    if (db->tx == TX_NONE || db->sent >= DB_SEND_MAX) {
        err_set(err, ERR_BUG, "a statement sent %s",
                db->tx == TX_NONE ? "outside a transaction"
                                  : "beyond the limit");
        return failed(db);
    }
    if (db->driver->send(db, &call, err) < 0)
        return failed(db);
    db->sent++;
    return 0;
}

int db_collect(struct db *db, int64_t *changed, size_t n, struct err *err)
{
    if (check_usable(db, err) < 0)
        return failed(db);
    if (n != db->sent) {
        err_set(err, ERR_BUG, "%zu statements were sent, not %zu", db->sent, n);
        return failed(db);
    }
    if (n > 0 && db->driver->collect(db, changed, err) < 0)
        return failed(db);
    db->sent = 0;
    return 0;
}

static int begin(struct db *db, bool snapshot, struct err *err)
{
    db->fate_unknown = false;
    if (check_usable(db, err) < 0)
        return -1;
    if (db->tx != TX_NONE)
        return err_set(err, ERR_BUG, "a transaction is open already");
    if (!snapshot && db->options.read_only)
        return err_set(err, ERR_BUG, "'%s' was opened for reading only",
                       db->url.name);
    if (db->driver->begin(db, snapshot, err) < 0)
        return -1;
    db->tx = snapshot ? TX_SNAPSHOT : TX_WRITE;
    return 0;
}

int db_begin(struct db *db, struct err *err)
{
    return begin(db, false, err);
}

int db_snapshot(struct db *db, struct err *err)
{
    return begin(db, true, err);
}

int db_commit(struct db *db, struct err *err)
{
    int ret;

    db->fate_unknown = false;
    if (db->tx == TX_NONE)
        return err_set(err, ERR_BUG, "there is no transaction to commit");
    ret = check_idle(db, err);
    if (ret < 0)
        failed(db);
    else
        ret = db->driver->commit(db, err);
    db->tx = TX_NONE;
    return ret;
}

void db_rollback(struct db *db)
{
    if (db->tx == TX_WRITE || db->tx == TX_SNAPSHOT)
        db->driver->rollback(db);
    db->tx = TX_NONE;
    db->sent = 0;
}

int db_script(struct db *db, const char *text, struct err *err)
{
    if (check_idle(db, err) < 0)
        return failed(db);
    return db->driver->script(db, text, err) < 0 ? failed(db) : 0;
}

int db_checkpoint(struct db *db, struct err *err)
{
    if (check_idle(db, err) < 0)
        return failed(db);
    if (db->tx != TX_NONE)
        return err_set(err, ERR_BUG, "a checkpoint inside a transaction");
    return db->driver->checkpoint(db, err);
}

int db_backup(struct db *db, const char *path, struct err *err)
{
    if (check_idle(db, err) < 0)
        return failed(db);
    if (db->tx != TX_NONE)
        return err_set(err, ERR_BUG, "a backup inside a transaction");
    return db->driver->backup(db, path, err);
}
