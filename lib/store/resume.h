/*
 * resume.h - from where an attempt may go on
 */
#ifndef AAOS_STORE_RESUME_H
#define AAOS_STORE_RESUME_H

#include "core/err.h"
#include "store/store.h"

/*
 * The last attempt of a task that came to an end of its own: completed,
 * failed, out of time or cancelled.  What later ones have done (they were
 * lost or handed back) is still worth something.  0: none.
 */
int store_last_end(struct store *store, int64_t seq, int *attempt,
                   struct err *err);

#endif
