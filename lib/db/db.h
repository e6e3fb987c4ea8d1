/*
 * db.h - one connection to SQLite or PostgreSQL
 *
 * The caller brings a table of statements for each engine and names them
 * by number; this module prepares each once and contains no SQL text of
 * its own but BEGIN, COMMIT, ROLLBACK and settings.  A query returns all
 * its rows or fails: no cursor is ever open, so both engines look alike.
 *
 * Failures: ERR_UNAVAIL the server or file cannot be reached, or the
 * connection broke (db_broken() is then true: db_reconnect()); ERR_TEMP
 * a conflict with another writer (40001, 40P01, SQLITE_BUSY): repeat the
 * transaction; ERR_IO disk full or I/O error; ERR_DATA a constraint;
 * ERR_CONFIG no such database, no permission, no such table; ERR_BUG the
 * rest.
 *
 * URLs: PATH, sqlite:PATH, sqlite:///relative, sqlite:////absolute,
 * postgres://..., postgresql://..., postgresql+driver://...
 *
 * SQLite: WAL, synchronous=FULL, foreign keys on.  Every write goes through
 * flock(2) on "<path>-lock" and BEGIN IMMEDIATE, so that writers queue
 * fairly and nobody writes or checkpoints beside another (SQLite before
 * 3.51.3 can corrupt a WAL database then); SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE
 * is set.  SIGTSTP is blocked while the lock is held.  Refuses a network
 * file system.  The functions aaos_now() (CLOCK_REALTIME) and
 * aaos_lease_now() (CLOCK_BOOTTIME) are there in SQL, in microseconds, as
 * the schema's functions are on PostgreSQL.
 *
 * PostgreSQL: libpq, opened with dlopen(3) when first needed, because
 * linking it costs every start 5 ms.  Text of the server in messages is
 * safe; passwords never appear.
 */
#ifndef AAOS_DB_DB_H
#define AAOS_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum db_engine { DB_SQLITE, DB_POSTGRES };

struct db; /* opaque */

struct db_options {
    const char *const *sqlite; /* statements, numbered alike */
    const char *const *postgres;
    size_t count;
    bool read_only;      /* PRAGMA query_only / default_transaction_read_only */
    bool create;         /* make a missing SQLite file (0600, folder 0700) */
    const char *program; /* application_name */
};

/*
 * 0 and *db, or -1.  A missing SQLite file without `create`: ERR_NOINPUT.
 * A connection attempt takes at most 5 s.
 */
int db_open(const char *url, const struct db_options *options, struct db **db,
            struct err *err);
void db_close(struct db *db);

/* Which engine an URL names; -1 with ERR_USAGE for another scheme. */
int db_engine_of(const char *url, enum db_engine *engine, struct err *err);
enum db_engine db_engine(const struct db *db);
/* SQLite: the absolute path of the file; PostgreSQL: NULL. */
const char *db_path(const struct db *db);
/* The URL without a password, for people. */
const char *db_name(const struct db *db);

/* Has the connection broken?  Then every call fails until db_reconnect(). */
bool db_broken(const struct db *db);
int db_reconnect(struct db *db, struct err *err);

/* Arguments.  Borrowed for the call. */
enum db_kind { DB_NULL, DB_NUM, DB_TEXT, DB_BLOB, DB_REAL };
struct db_arg {
    enum db_kind kind;
    int64_t num;
    double real;
    const void *data;
    size_t len;
};
struct db_arg arg_null(void);
struct db_arg arg_num(int64_t num);
struct db_arg arg_opt(bool present, int64_t num); /* absent: NULL */
struct db_arg arg_text(const char *text_or_null);
struct db_arg arg_textn(const char *text, size_t len);
struct db_arg arg_blob(const void *data_or_null, size_t len);
struct db_arg arg_real(double real);

/* Rows: all in memory, the caller's to release. */
struct db_cell {
    enum db_kind kind;
    int64_t num; /* DB_NUM; for DB_TEXT from PostgreSQL ints are DB_NUM */
    double real;
    const char *data; /* DB_TEXT, DB_BLOB: NUL-terminated, len bytes */
    size_t len;
};
struct db_rows {
    size_t count, width;
    struct db_cell *cells; /* row by row */
    void *memory;          /* private */
};
void db_rows_release(struct db_rows *rows);
const struct db_cell *db_cell(const struct db_rows *rows, size_t row,
                              size_t column);
/* Converting readers: NULL gives 0, false, NULL. */
int64_t db_num(const struct db_rows *rows, size_t row, size_t column);
double db_real(const struct db_rows *rows, size_t row, size_t column);
const char *db_text(const struct db_rows *rows, size_t row, size_t column);
bool db_null(const struct db_rows *rows, size_t row, size_t column);

/* Run statement `which`; stepped to its very end before it returns. */
int db_query(struct db *db, size_t which, const struct db_arg *args,
             size_t nargs, struct db_rows *rows, struct err *err);
/* As above without rows; returns the number of rows changed, or -1. */
int64_t db_exec(struct db *db, size_t which, const struct db_arg *args,
                size_t nargs, struct err *err);

/*
 * Many statements in a row, inside a transaction.  SQLite runs each at
 * once; PostgreSQL gets them in one pipeline.  Arguments are copied.
 * db_collect() waits for all that were sent since the last collect and
 * fills changed[i] (rows changed) for i < n, n being how many were sent; an
 * error of any of them fails the collect (and the transaction).  At most
 * DB_SEND_MAX between two collects; they return no rows.
 */
enum { DB_SEND_MAX = 4096 };
int db_send(struct db *db, size_t which, const struct db_arg *args,
            size_t nargs, struct err *err);
int db_collect(struct db *db, int64_t *changed, size_t n, struct err *err);

/*
 * Transactions; not nested.  db_begin() takes the writer lock on SQLite,
 * which also keeps two connections of one process apart: whoever writes on
 * one inside a transaction of the other waits for ever.  A failed statement
 * undoes its transaction at once; until db_rollback() all else is ERR_BUG.
 * db_snapshot() begins one that only reads and sees one state (REPEATABLE
 * READ).  A failed commit is rolled back.  When the connection broke while
 * COMMIT was under way db_fate_unknown() is true: it may have happened.
 * db_rollback() after a failure never fails; without a transaction it does
 * nothing.
 */
int db_begin(struct db *db, struct err *err);
int db_snapshot(struct db *db, struct err *err);
int db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
bool db_fate_unknown(const struct db *db);

/* Several statements in one text, for migrations; no arguments. */
int db_script(struct db *db, const char *text, struct err *err);
/* A statement that is not in the table: for migrations and checks. */
int db_adhoc(struct db *db, const char *text, const struct db_arg *args,
             size_t nargs, struct db_rows *rows, struct err *err);

/* Tests only: make aaos_now() and aaos_lease_now() of a SQLite connection
 * return *wall and *lease (NULL: the real clocks). */
void db_set_clocks(struct db *db, const int64_t *wall, const int64_t *lease);

/* SQLite: PRAGMA wal_checkpoint(TRUNCATE) under the lock; else nothing. */
int db_checkpoint(struct db *db, struct err *err);
/* SQLite: online backup into a new file; PostgreSQL: ERR_USAGE. */
int db_backup(struct db *db, const char *path, struct err *err);

#endif
