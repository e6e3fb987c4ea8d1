/*
 * held.c - what a heartbeat says about the attempts we believe to hold
 *
 * A row that did not come back belongs to somebody else now.  A row that
 * we know nothing of is a claim that was committed although we were told
 * that it failed: it never ran, and must not be renewed for ever.
 */
#include "config.h"

#include <stdlib.h>

#include "work/internal.h"

static int compare_held(const void *a, const void *b)
{
    const struct held *x = a;
    const struct held *y = b;

    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* The row of our attempt, marked as known (attempt negated), or NULL. */
static struct held *find(struct heartbeat *beat, int64_t seq, int attempt)
{
    const struct held key = {.seq = seq};
    struct held *held = NULL;

    if (beat->held_count > 0)
        held = bsearch(&key, beat->held, beat->held_count, sizeof(key),
                       compare_held);
    if (!held || abs(held->attempt) != attempt)
        return NULL;
    held->attempt = -attempt;
    return held;
}

static void judge_jobs(struct work *work, struct heartbeat *beat)
{
    int i;

    for (i = 0; i < work->job_count; i++) {
        struct job *job = &work->jobs[i];
        const struct held *held;

        if (!job->busy)
            continue;
        held = find(beat, job->claim.seq, job->claim.attempt);
        if (!held)
            job_stop(work, job, STOP_LOST);
        else if (held->cancel_requested)
            job_stop(work, job, STOP_CANCEL);
    }
}

static void judge_backlog(struct work *work, struct heartbeat *beat)
{
    size_t kept = work->backlog_at;
    size_t i;

    for (i = work->backlog_at; i < work->backlog.count; i++) {
        struct claim *claim = &work->backlog.items[i];
        const struct held *held = find(beat, claim->seq, claim->attempt);

        if (held && !held->cancel_requested)
            work->backlog.items[kept++] = *claim;
        else if (held)
            batch_unstarted(work, claim, OUTCOME_CANCELLED);
        else
            claim_release(claim);
    }
    work->backlog.count = kept;
}

static void judge_unknown(struct work *work, struct heartbeat *beat)
{
    size_t i;

    for (i = 0; i < work->ended_count; i++)
        find(beat, work->finishes[i].seq, work->finishes[i].attempt);
    for (i = 0; i < beat->held_count; i++) {
        struct claim claim = {.seq = beat->held[i].seq,
                              .attempt = beat->held[i].attempt};

        if (claim.attempt > 0)
            batch_unstarted(work, &claim, OUTCOME_HANDED_BACK);
    }
}

void held_judge(struct work *work, struct heartbeat *beat)
{
    if (beat->held_count > 1)
        qsort(beat->held, beat->held_count, sizeof(*beat->held), compare_held);
    judge_jobs(work, beat);
    judge_backlog(work, beat);
    judge_unknown(work, beat);
}
