/*
 * states.h - what is known of endpoints, shared through Redis
 *
 * Texts under aaos:{UUID}:llm:KEY, whose meaning is not ours
 * (llm/state.h).  Compare and swap: whoever changes states hands back what
 * he has read, and is told to begin anew if that is not there any more.
 * Keys that nobody touches expire after an hour.
 */
#ifndef AAOS_QUEUE_STATES_H
#define AAOS_QUEUE_STATES_H

#include "queue/queue.h"

struct queue_state {
    const char *key;
    char *text;          /* as read: malloc'd, NULL: none */
    const char *changed; /* what it shall be; NULL: leave it */
};

/* Fill in the texts (the caller's to free).  False: there is no Redis now;
 * nothing is filled in. */
bool queue_states_read(struct queue *queue, struct queue_state *states,
                       size_t count);
/* Those that are changed: 1 done, 0 somebody was faster, -1 there is no
 * Redis now (it may be done all the same). */
int queue_states_swap(struct queue *queue, const struct queue_state *states,
                      size_t count);

#endif
