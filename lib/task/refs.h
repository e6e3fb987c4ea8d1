/*
 * refs.h - the names that records of one submission give each other
 *
 * A table from a name to the record that has it, bounded in number.
 */
#ifndef AAOS_TASK_REFS_H
#define AAOS_TASK_REFS_H

#include <stddef.h>

#include "core/err.h"
#include "core/uuid.h"

struct refs; /* opaque */

struct ref {
    char *name;              /* owned by the table */
    size_t index;            /* the caller's */
    char task_id[UUID_SIZE]; /* likewise; "" in a new one */
};

struct refs *refs_open(size_t most);
void refs_close(struct refs *refs);
/*
 * 1 the name is new and *ref is its entry, zeroed but for the name; 0 it is
 * there and *ref is its entry; -1 (ERR_DATA) there are `most` of them.
 * Entries move with the next add.
 */
int refs_add(struct refs *refs, const char *name, struct ref **ref,
             struct err *err);
/* NULL: no such name. */
const struct ref *refs_find(const struct refs *refs, const char *name);
size_t refs_count(const struct refs *refs);
/* The i-th that was added. */
const struct ref *refs_at(const struct refs *refs, size_t i);

#endif
