/*
 * trouble.c - a database that comes and goes
 *
 * What runs goes on, what has ended is kept, nothing new is claimed, and
 * we ask again after ever longer pauses.
 */
#include "config.h"

#include "core/clock.h"
#include "core/log.h"
#include "work/internal.h"

#define RETRY_MIN (100 * USEC_PER_MSEC)
#define RETRY_MAX (2 * USEC_PER_SEC)

void work_trouble(struct work *work, const struct err *err)
{
    if (err->code != ERR_UNAVAIL && err->code != ERR_IO &&
        err->code != ERR_TEMP) {
        work->given_up = true;
        drain_fatal(work, err);
        return;
    }
    if (!work->degraded)
        log_warn("degraded", log_text("agent_id", work->agent_id),
                 log_text("error", err->msg));
    work->retry_wait = work->degraded ? 2 * work->retry_wait : RETRY_MIN;
    if (work->retry_wait > RETRY_MAX)
        work->retry_wait = RETRY_MAX;
    work->degraded = true;
    work->retry_at = clock_mono() + work->retry_wait;
}

void work_fine(struct work *work)
{
    if (work->degraded)
        log_info("back", log_text("agent_id", work->agent_id));
    work->degraded = false;
}

bool work_connected(const struct work *work)
{
    return !work->given_up && (!work->degraded || work->now >= work->retry_at);
}
