/*
 * db-driver.h - what db.c asks of an engine; private to lib/db
 *
 * db.c keeps the rules that hold for both engines: the order of calls, what
 * a failed statement means for its transaction, what a broken connection
 * still allows.  A driver may therefore assume that begin is never nested,
 * that nothing but send follows a send before its collect, and that nothing
 * but close, open and rollback is called while db->broken is set.
 *
 * A driver whose call fails says so in err and, if the connection is gone,
 * sets db->broken.  It need not undo anything: db.c calls rollback, except
 * after commit, which leaves no transaction behind whatever it returns.
 */
#ifndef AAOS_DB_DB_DRIVER_H
#define AAOS_DB_DB_DRIVER_H

#include "core/buf.h"
#include "db/db.h"

/* An URL taken apart. */
struct db_url {
    enum db_engine engine;
    char *target; /* SQLite: the path; PostgreSQL: the URL as libpq takes it */
    char *name;   /* the URL without its password */
};

int db_url_parse(const char *text, struct db_url *url, struct err *err);
void db_url_release(struct db_url *url);

enum db_tx {
    TX_NONE,
    TX_WRITE,
    TX_SNAPSHOT,
    TX_FAILED /* undone already; only db_rollback() leads out of it */
};

/* One statement with all that belongs to it. */
struct db_call {
    size_t which;
    const char *text; /* not in the table: this text instead of `which` */
    const struct db_arg *args;
    size_t nargs;
    struct db_rows *rows; /* NULL: no rows wanted */
    int64_t changed;      /* out */
};

struct db_driver {
    int (*open)(struct db *db, struct err *err);
    void (*close)(struct db *db); /* may find nothing open */
    int (*begin)(struct db *db, bool snapshot, struct err *err);
    int (*commit)(struct db *db, struct err *err);
    void (*rollback)(struct db *db);
    int (*run)(struct db *db, struct db_call *call, struct err *err);
    int (*send)(struct db *db, const struct db_call *call, struct err *err);
    /* changed: room for db->sent numbers. */
    int (*collect)(struct db *db, int64_t *changed, struct err *err);
    int (*script)(struct db *db, const char *text, struct err *err);
    int (*checkpoint)(struct db *db, struct err *err);
    int (*backup)(struct db *db, const char *path, struct err *err);
};

struct db {
    const struct db_driver *driver;
    struct db_options options;
    struct db_url url;
    const char *const *sql; /* this engine's statements */
    char *program;
    char *path; /* SQLite: absolute; kept over reconnects */
    enum db_tx tx;
    size_t sent;
    bool broken;
    bool fate_unknown;
    const int64_t *wall; /* tests' clocks, or NULL */
    const int64_t *lease;
    void *impl; /* the driver's */
};

extern const struct db_driver db_sqlite_driver;
extern const struct db_driver db_postgres_driver;

/*
 * Rows under construction: cells in one array, bytes in another, so that a
 * query costs a handful of allocations however many rows it has.  Cells are
 * put in reading order.
 */
struct rows_builder {
    struct db_cell *cells;
    size_t used, cap;
    struct buf bytes;
};
void rows_put_null(struct rows_builder *builder);
void rows_put_num(struct rows_builder *builder, int64_t num);
void rows_put_real(struct rows_builder *builder, double real);
void rows_put_bytes(struct rows_builder *builder, enum db_kind kind,
                    const void *data, size_t len);
/* Hand over to *rows; the builder is empty again. */
void rows_finish(struct rows_builder *builder, size_t width,
                 struct db_rows *rows);
void rows_drop(struct rows_builder *builder);

#endif
