/*
 * index-private.h - what index.c and index-server.c share
 */
#ifndef AAOS_VERIFY_INDEX_PRIVATE_H
#define AAOS_VERIFY_INDEX_PRIVATE_H

#include "verify/index.h"

struct index_look {
    struct verify *verify;
    struct store *store;
    struct queue *queue;
    const struct index_options *options;
    char **types; /* that have a ready set */
    size_t type_count, type_cap;
    int64_t members, stale;
};

void index_check_members(struct index_look *look);
/* Scores and what is missing, in two looks. */
void index_check_tasks(struct index_look *look);

#endif
