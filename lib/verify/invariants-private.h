/*
 * invariants-private.h - what invariants.c and its table share
 */
#ifndef AAOS_VERIFY_INVARIANTS_PRIVATE_H
#define AAOS_VERIFY_INVARIANTS_PRIVATE_H

#include "store/sql-names.h"
#include "verify/invariants.h"

/* What $1 of a query is. */
enum takes { NOTHING, INSTANT, LEASE_CLOCK, KEPT_SINCE, TRIES };

struct invariant {
    const char *name, *about;
    enum sql which;
    enum takes takes;
    bool alarm; /* counts only when it holds in two looks */
};

enum { INVARIANT_COUNT = 49 };
extern const struct invariant invariants[INVARIANT_COUNT];

#endif
