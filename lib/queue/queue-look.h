/*
 * queue-look.h - the index in Redis as it is, for checks; reads only
 *
 * Whatever calls itself ours is visited, also what makes no sense.  All fail
 * with ERR_UNAVAIL when Redis is away or goes away meanwhile.
 */
#ifndef AAOS_QUEUE_QUEUE_LOOK_H
#define AAOS_QUEUE_QUEUE_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "queue/queue.h"

/* A key of this database: its name behind "aaos:{UUID}:", what it is to
 * Redis ("zset"), how long it lives on in ms (-1: for ever). */
typedef void queue_key_seen(void *ctx, const char *name, const char *kind,
                            int64_t ttl);
int queue_look_keys(struct queue *queue, queue_key_seen *seen, void *ctx,
                    struct err *err);

/* What the key would have to be to Redis; NULL: no key of ours has that
 * name. */
const char *queue_key_kind(const char *name);

/* Members of the ready set of a type, in pages; with `set` of the set of
 * types instead (score 0).  seq 0: the member is no number of a task. */
struct queue_member {
    char text[64]; /* cut if it is longer */
    int64_t seq;
    int64_t score;
};
/* Returns -1 to stop. */
typedef int queue_members_seen(void *ctx, const struct queue_member *members,
                               size_t count, struct err *err);
int queue_look_ready(struct queue *queue, const char *type,
                     queue_members_seen *seen, void *ctx, struct err *err);

/* Is `type` in the set of types?  1, 0, -1. */
int queue_look_type(struct queue *queue, const char *type, struct err *err);

/* Which of these are in the ready sets of their types. */
int queue_look_tasks(struct queue *queue, const struct ready *items,
                     size_t count, bool *there, struct err *err);

enum queue_epoch { EPOCH_GOOD, EPOCH_WRONG, EPOCH_NONE, EPOCH_REBUILDING };
int queue_look_epoch(struct queue *queue, enum queue_epoch *epoch,
                     struct err *err);

/* A field of INFO ("rdb_last_bgsave_status"); "" if there is none. */
int queue_look_info(struct queue *queue, const char *field, char *value,
                    size_t size, struct err *err);

/* A type whose last task is gone is forgotten: the only one that writes. */
void queue_forget_type(struct queue *queue, const char *type);

#endif
