/*
 * invariants.h - what must hold in the database, whatever happens
 *
 * All queries see one state: a transaction that only reads (REPEATABLE READ
 * on PostgreSQL).  Time that has passed proves nothing on its own: what
 * should have happened by now is an alarm only if it still has not after a
 * while, in a second look, to the same task in the same attempt.
 */
#ifndef AAOS_VERIFY_INVARIANTS_H
#define AAOS_VERIFY_INVARIANTS_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"
#include "verify/verify.h"

struct invariant_options {
    int64_t grace;     /* lease, take-over and the next tick */
    int64_t retention; /* of finished tasks; 0: for ever */
    int64_t tries;     /* the most that an action is tried */
    int64_t look;      /* between the two looks */
    void (*wait)(int64_t usec);
};

void verify_invariants(struct verify *verify, struct store *store,
                       const struct invariant_options *options);

/* The registry, for manual pages and tests: name and sentence; NULL behind
 * the last. */
const char *invariant_name(size_t i, const char **about);

#endif
