/*
 * tally.c - what became of the tasks of a load, counted and timed
 */
#include "config.h"

#include "load/tally.h"

#include <string.h>

const char *const tally_time_names[TALLY_TIMES] = {
    [TIME_SUBMIT] = "submit",
    [TIME_WAIT] = "wait",
    [TIME_RUN] = "run",
    [TIME_TOTAL] = "total",
};

/* What waits for a task that dies is cancelled with it. */
static bool planned(const struct tally_end *end)
{
    if (strcmp(end->status, "completed") == 0)
        return !end->fails;
    if (strcmp(end->status, "dead") == 0)
        return end->fails &&
               (!end->reason || strcmp(end->reason, "crash_loop") != 0);
    return end->chained && end->reason &&
           strcmp(end->reason, "dependency") == 0;
}

static void add_times(struct tally *tally, const struct tally_end *end)
{
    if (end->stored)
        hist_add(&tally->times[TIME_SUBMIT], end->stored - end->due, 1);
    if (end->started)
        hist_add(&tally->times[TIME_WAIT], end->started - end->due, 1);
    if (end->started && end->stopped)
        hist_add(&tally->times[TIME_RUN], end->stopped - end->started, 1);
    if (end->recorded)
        hist_add(&tally->times[TIME_TOTAL], end->recorded - end->due, 1);
}

void tally_add(struct tally *tally, const struct tally_end *end)
{
    if (strcmp(end->status, "completed") == 0)
        tally->completed++;
    else if (strcmp(end->status, "dead") == 0)
        tally->dead++;
    else
        tally->cancelled++;
    tally->unplanned += !planned(end);
    tally->attempts += end->attempts;
    if (end->chained)
        tally->chained++;
    else
        add_times(tally, end);
}

int64_t tally_ended(const struct tally *tally)
{
    return tally->completed + tally->dead + tally->cancelled;
}
