/*
 * index.h - the index in Redis against the database
 *
 * The index is a hint, so much of what looks wrong is not: a member whose
 * task was claimed from SQL, was held or has ended costs one failed claim;
 * a pushed task is missing while a worker that popped it claims it.  What
 * may be such a moment is an offence only if it lasts for a second look.
 */
#ifndef AAOS_VERIFY_INDEX_H
#define AAOS_VERIFY_INDEX_H

#include <stdint.h>

#include "queue/queue.h"
#include "store/store.h"
#include "verify/verify.h"

struct index_options {
    int64_t look; /* between the two looks; also how long a push may take */
    void (*wait)(int64_t usec);
};

void verify_queue(struct verify *verify, struct store *store,
                  struct queue *queue, const struct index_options *options);

#endif
