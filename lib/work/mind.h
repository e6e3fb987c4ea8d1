/*
 * mind.h - how an agent fares, and how much it may take; private to lib/work
 *
 * The limit starts at --jobs.  Where what runs is shared with others
 * (handlers that `adapt`), it halves when attempts fail or are told to come
 * later, at most once within the time that one takes, and grows by a
 * sixteenth, at least by one, after as many successes as it is.
 *
 * Each change, and every minute, leaves a row in consciousness_snapshots.
 */
#ifndef AAOS_WORK_MIND_H
#define AAOS_WORK_MIND_H

#include <stdbool.h>
#include <stdint.h>

struct mind {
    int most;  /* --jobs */
    int limit; /* 1 to most */
    int good;  /* successes since it last changed */
    double failing;
    int64_t latency; /* 0: not known */
    int64_t tokens;
    int64_t halve_at; /* not before */
    int64_t tell_at;  /* the next row */
    bool changed;
};

/* How an attempt went, for the limit. */
enum mind_news { MIND_GOOD, MIND_BAD, MIND_NEUTRAL };

void mind_open(struct mind *mind, int most, int64_t now);
/* elapsed: of the attempt. */
void mind_note(struct mind *mind, enum mind_news news, int64_t elapsed,
               bool adapts, int64_t now);
/* When the next row is due. */
int64_t mind_due(const struct mind *mind);

struct work;
/* Tasks that may be started now. */
int mind_room(const struct work *work);
/* Write the row that is due. */
void mind_tell(struct work *work);

#endif
