/*
 * lease-private.h - transactions under the lease; private to lib/store
 */
#ifndef AAOS_STORE_LEASE_PRIVATE_H
#define AAOS_STORE_LEASE_PRIVATE_H

#include "store/lease.h"

/*
 * store_tx() whose first statement is lease_guard() of "dispatcher".  What
 * a commit of unknown fate has done is looked for behind the guard.
 */
int guarded_tx(struct store *store, const struct lease *mine,
               int (*work)(struct store *store, void *ctx, struct err *err),
               void *ctx, struct err *err);

#endif
