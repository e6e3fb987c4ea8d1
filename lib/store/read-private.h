/*
 * read-private.h - how lists find their rows
 */
#ifndef AAOS_STORE_READ_PRIVATE_H
#define AAOS_STORE_READ_PRIVATE_H

#include "store/read.h"
#include "store/store-private.h"

/* A page of tasks: which ones, and the statement that makes rows of their
 * list of seqs. */
struct read_page {
    const struct read_filter *filter; /* or NULL */
    int64_t from;                     /* behind this seq */
    size_t limit;
    bool newest; /* downwards from `from`, else upwards */
    bool live;   /* also those that are not final */
    enum sql rows_sql;
    struct db_rows *rows;
};
int read_page(struct store *store, struct read_page *page, struct err *err);

#endif
