/*
 * ahead.c - how much to claim
 *
 * What can be started at once, and as much more as is done while the next
 * transaction is under way: 0.2 s of work by the median of what was
 * measured, and no more than some megabytes by the size of the tasks that
 * came last.  Nothing is claimed ahead before anything was measured.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "work/internal.h"

#define AHEAD (200 * USEC_PER_MSEC)
/* Bytes of what is claimed ahead. */
#define AHEAD_BYTES (16 << 20)
/* What a claim takes besides its payload. */
#define CLAIM_BYTES 1024
/* Claims that could not be started for so long are for others. */
#define STALE USEC_PER_SEC

static int compare_runs(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

void ahead_note(struct work *work, int64_t elapsed)
{
    work->runs[work->run_count++ % RUNS] = elapsed > 0 ? elapsed : 1;
    work->median = 0;
}

void ahead_weigh(struct work *work, const struct claim *claims, size_t count)
{
    size_t largest = 0;

    for (size_t i = 0; i < count; i++)
        if (claims[i].payload_len > largest)
            largest = claims[i].payload_len;
    /* A large one is remembered for a while: others may follow. */
    if (count > 0 && largest < work->largest)
        largest = work->largest - (work->largest - largest) / 8;
    if (count > 0)
        work->largest = largest;
}

static int64_t median(struct work *work)
{
    size_t count = RUNS;
    int64_t sorted[RUNS];

    if (work->run_count < RUNS)
        count = work->run_count;
    if (work->median == 0 && count > 0) {
        memcpy(sorted, work->runs, sizeof(sorted));
        qsort(sorted, count, sizeof(*sorted), compare_runs);
        work->median = sorted[count / 2];
    }
    return work->median;
}

/*
 * How long the next one takes, at the least: when every job is busy, as
 * long as the youngest of them has been running already.
 */
static int64_t estimate(struct work *work)
{
    int64_t youngest = NEVER;
    int i;

    if (mind_room(work) > 0)
        return median(work);
    for (i = 0; i < work->job_count; i++)
        if (work->jobs[i].busy && work->now - work->jobs[i].started < youngest)
            youngest = work->now - work->jobs[i].started;
    return youngest > median(work) ? youngest : median(work);
}

static size_t ahead(struct work *work)
{
    size_t fit = AHEAD_BYTES / (work->largest + CLAIM_BYTES);
    size_t wanted;
    int64_t each;

    if (work->options->once || work->run_count == 0)
        return 0;
    each = estimate(work);
    if (each <= AHEAD / AHEAD_MAX)
        wanted = AHEAD_MAX;
    else
        wanted = (size_t)(work->mind.limit * AHEAD / each);
    return wanted < fit ? wanted : fit;
}

static bool may_claim(const struct work *work)
{
    return !work->draining && !work->expired && !work->given_up &&
           work->hold_until == NEVER &&
           (!work->handler->able || work->handler->able(work));
}

size_t ahead_want(struct work *work)
{
    const struct work_options *options = work->options;
    size_t backlog = work_backlog(work);
    size_t want;

    if (!may_claim(work))
        return 0;
    want = (size_t)mind_room(work) + ahead(work);
    if (want > AHEAD_MAX)
        want = AHEAD_MAX;
    want = want > backlog ? want - backlog : 0;
    if (options->once && want > 1)
        want = 1;
    if (options->max_tasks > 0) {
        int64_t left = options->max_tasks - work->started - (int64_t)backlog;

        if ((int64_t)want > left)
            want = left > 0 ? (size_t)left : 0;
    }
    return want;
}

bool ahead_low(struct work *work)
{
    size_t backlog = work_backlog(work);

    if (backlog > 0 && 2 * backlog > ahead(work))
        return false;
    return ahead_want(work) > 0;
}

int64_t ahead_stale(struct work *work)
{
    if (work_backlog(work) == 0 || mind_room(work) > 0 || work->draining)
        return NEVER;
    return work->moved_at + STALE;
}
