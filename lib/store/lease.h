/*
 * lease.h - one dispatcher at a time, and the ledger of its ticks
 *
 * The lease "dispatcher" lasts 30 s; its term grows with every change of
 * holder and never goes back.  Each transaction that the term guards first
 * locks the row and tests it: lease_guard().  On one host a kernel lock
 * (flock on <state>/run/dispatcher-<db_uuid>.lock, held by the tick, which
 * writes its name there) lets the next one take over at once: a holder
 * whose name is in a file that nobody locks is dead.
 */
#ifndef AAOS_STORE_LEASE_H
#define AAOS_STORE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "store/store.h"

#define LEASE_DISPATCHER "dispatcher"
/* One hour: no lease is longer. */
#define LEASE_LONGEST (INT64_C(3600) * 1000000)

struct lease {
    char owner[128]; /* "<machine-id>/<boot-id>/<pid>/<uuid>" */
    int64_t term;
    int64_t acquired_at, renewed_at, expires_at, left; /* left: from now */
};

/*
 * 1 ours (a new term when the holder changed), 0 held by another (*lease
 * tells whose), -1.  `steal`: the caller has proof that the holder whose
 * name is in lease->owner is dead; nobody else is robbed.
 */
int lease_take(struct store *store, const char *name, const char *owner,
               int64_t length, bool steal, struct lease *lease,
               struct err *err);
/* 1, or 0: lost. */
int lease_renew(struct store *store, const char *name, const struct lease *mine,
                int64_t length, struct err *err);
/* expires_at = now, the term stays.  Losing it meanwhile is no error. */
int lease_release(struct store *store, const char *name,
                  const struct lease *mine, struct err *err);
int lease_read(struct store *store, const char *name, struct lease *lease,
               struct err *err); /* 1, 0 never taken, -1 */

/*
 * First statement of a guarded transaction: lock the row; ERR_LOST when it
 * is not this owner's under this term any more or has expired.
 */
int lease_guard(struct store *store, const char *name, const struct lease *mine,
                struct err *err);

enum tick_status { TICK_SUCCESS, TICK_PARTIAL, TICK_FAIL, TICK_PAUSED };
const char *tick_status_name(enum tick_status status); /* "SUCCESS" */

/* Both guarded by the lease. */
int tick_open(struct store *store, const struct lease *mine, int64_t *id,
              struct err *err);
int tick_close(struct store *store, const struct lease *mine, int64_t id,
               enum tick_status status, int64_t attempted, int64_t succeeded,
               const char *notes, struct err *err);
/* Ticks, newest first: id < before (0: newest). */
enum read_tick_column {
    RTK_ID,
    RTK_TERM,
    RTK_OWNER,
    RTK_STARTED_AT,
    RTK_FINISHED_AT,
    RTK_STATUS,
    RTK_ATTEMPTED,
    RTK_SUCCEEDED,
    RTK_NOTES,
    RTK_COLUMNS
};
int read_ticks(struct store *store, int64_t before, size_t limit,
               struct db_rows *rows, struct err *err);

#endif
