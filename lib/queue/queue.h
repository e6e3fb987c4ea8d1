/*
 * queue.h - which task to try next, and when to look
 *
 * A hint, never the truth: a popped id still has to be claimed in the
 * store, a lost one is found there by every worker's own look once a
 * second.  With Redis: one sorted set a type (score = sort_at), a capped
 * list of wake-up tokens, an epoch key that names Redis's run_id.  Without:
 * SQL alone; wake-ups travel through the file "<database>-wake", watched by
 * inotify (SQLite), or not at all (PostgreSQL without Redis: the poll).
 *
 * Keys, UUID being the database's own: aaos:{UUID}:ready:TYPE (member: seq,
 * score: sort_at), aaos:{UUID}:types (set of types that have a ready set),
 * aaos:{UUID}:wake and aaos:{UUID}:wake:TYPE (tokens for who waits for all
 * types, for this one), aaos:{UUID}:epoch, aaos:{UUID}:rebuild.
 *
 * No call but queue_open() ever fails because Redis is away: the queue is
 * then degraded, says so once (log "redis_degraded"), tries again by
 * itself at most once a second, and logs "redis_back".  NOSCRIPT is
 * answered by loading the script; LOADING, READONLY, OOM, MISCONF,
 * NOAUTH, a timeout (1 s) or a lost connection degrade; after a timeout
 * the connection is dropped.
 *
 * URLs: redis://[user:pass@]host[:port][/db], unix:///path[?db=N],
 * sentinel://h1:p,h2:p/name[/db]; "none".
 */
#ifndef AAOS_QUEUE_QUEUE_H
#define AAOS_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "store/store.h"

struct queue; /* opaque */

/*
 * url NULL or "none": store only.  `required`: Redis must answer now, else
 * ERR_UNAVAIL; otherwise the queue starts degraded.  The store's uuid and
 * path are read here.  Passwords never appear in messages.
 */
struct queue *queue_open(const char *url, struct store *store, bool required,
                         struct err *err);
void queue_close(struct queue *queue);

/* Is there Redis at all?  Is it away right now? */
bool queue_has_redis(const struct queue *queue);
bool queue_degraded(const struct queue *queue);

/*
 * After COMMIT: tell of tasks that became pending (one pipeline, scripts of
 * at most 256 items each), and wake one waiting worker for each, at most.
 * Returns false when Redis is configured and did not take them (they are
 * in the store all the same).
 */
bool queue_push(struct queue *queue, const struct ready *items, size_t count);
/*
 * These become due within moments: wake workers of their types, so that
 * they look when.  (What is due later than in a second, everybody finds in
 * time.)
 */
void queue_soon(struct queue *queue, const struct ready *items, size_t count);
/* Wake workers without naming tasks: so many that wait for all types, so
 * many of each type (SQLite: one byte to the wake file). */
void queue_wake(struct queue *queue, size_t count);

/*
 * Up to max candidates of these types (NULL: all), best first, removed from
 * the index.  Returns false when the index cannot be trusted (no Redis,
 * degraded, no epoch): use SQL alone.
 */
bool queue_pop(struct queue *queue, const char *const *types, size_t type_count,
               size_t max, int64_t *seqs, size_t *count);

/* What is waited for: tasks of these types, or (count 0) of all.  Borrowed. */
void queue_listen(struct queue *queue, const char *const *types, size_t count);
/*
 * Waiting.  queue_wait_fd() is a descriptor for poll(2) that becomes
 * readable when somebody made tasks claimable (-1: none, poll the store);
 * it may change after any call.  queue_wait_begin() asks for the next
 * wake-up (Redis: sends BLPOP with a time limit of 1 s on a second
 * connection, unless one is under way); queue_wait_end() takes what has
 * arrived without blocking: true if it was a wake-up.
 */
int queue_wait_fd(struct queue *queue);
void queue_wait_begin(struct queue *queue);
bool queue_wait_end(struct queue *queue);

/*
 * If the epoch is gone or wrong (flushed, restarted, failed over), put all
 * pending tasks of the store back, in batches under the rebuild token
 * (every batch checks that it still holds it), the epoch last.  `force`
 * does it anyway.  *pushed: how many.  0 also when another is at it or
 * Redis is away; -1 only for the store's errors.
 */
int queue_refill(struct queue *queue, struct store *store, bool force,
                 int64_t *pushed, struct err *err);

/* For aaos-status and health. */
struct queue_info {
    bool configured, reachable, epoch_ok, noeviction;
    char name[200]; /* URL without password */
    char version[32];
    char error[200]; /* when not reachable */
    int64_t ready;   /* members in all ready sets */
};
void queue_info(struct queue *queue, struct queue_info *info);

#endif
