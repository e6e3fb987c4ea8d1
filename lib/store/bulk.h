/*
 * bulk.h - many rows through one statement; private to lib/store
 *
 * SQLite is fastest with a statement a row, PostgreSQL with one statement
 * for all: starting one costs it more than the row.  So the same name is
 * written for one row in *.sqlite.sql and for columns in *.postgres.sql:
 * there $n is an array of what $n is on SQLite, to be unnested.
 *
 * Every row must change exactly one row in the database; anything else is
 * ERR_BUG.  Use it for what has been judged, and locked, before.
 */
#ifndef AAOS_STORE_BULK_H
#define AAOS_STORE_BULK_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "db/db.h"
#include "store/sql-names.h"

enum { BULK_PARTS = 3, BULK_COLUMNS = 24 };

struct bulk_part {
    enum sql which;
    size_t rows, width;
    struct buf columns[BULK_COLUMNS]; /* array literals */
    bool filled[BULK_COLUMNS];        /* not all of it is NULL */
};

struct bulk {
    struct db *db;
    struct bulk_part parts[BULK_PARTS];
    size_t part_count;
    size_t rows, bytes;
    int64_t *changed;
};

/* Statements are run in this order wherever the order of puts allows it:
 * the rows of a thing must be put in it too. */
void bulk_open(struct bulk *bulk, struct db *db, const enum sql *which,
               size_t count);
int bulk_put(struct bulk *bulk, enum sql which, const struct db_arg *args,
             size_t nargs, struct err *err);
/* Everything that was put is in the database when this returns 0. */
int bulk_flush(struct bulk *bulk, struct err *err);
void bulk_close(struct bulk *bulk);

#endif
