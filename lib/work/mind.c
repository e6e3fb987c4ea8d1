/*
 * mind.c - the limit that adapts, and the rows about it
 */
#include "config.h"

#include "work/mind.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "store/minds.h"
#include "work/internal.h"

/* Rows: one so often, and not more often than this when the limit moves. */
#define TELL_EVERY (60 * USEC_PER_SEC)
#define TELL_SOON USEC_PER_SEC

enum {
    SHARE = 16,      /* the limit grows by this part of itself */
    STATE_TASKS = 20 /* tasks that a row names */
};

static const double memory = 0.9; /* of what was, after one more attempt */

void mind_open(struct mind *mind, int most, int64_t now)
{
    *mind =
        (struct mind){.most = most, .limit = most, .tell_at = now + TELL_EVERY};
}

static void change(struct mind *mind, int limit, int64_t now)
{
    if (limit > mind->most)
        limit = mind->most;
    if (limit < 1)
        limit = 1;
    mind->good = 0;
    if (limit == mind->limit)
        return;
    mind->limit = limit;
    if (!mind->changed && mind->tell_at > now + TELL_SOON)
        mind->tell_at = now + TELL_SOON;
    mind->changed = true;
}

static void grow(struct mind *mind, int64_t now)
{
    if (++mind->good >= mind->limit)
        change(mind, mind->limit + 1 + mind->limit / SHARE, now);
}

/* Those that were under way when it got too much are no further reason. */
static void halve(struct mind *mind, int64_t now)
{
    int64_t once = mind->latency > USEC_PER_SEC ? mind->latency : USEC_PER_SEC;

    mind->good = 0;
    if (now < mind->halve_at)
        return;
    mind->halve_at = now + once;
    change(mind, mind->limit / 2, now);
}

void mind_note(struct mind *mind, enum mind_news news, int64_t elapsed,
               bool adapts, int64_t now)
{
    double bad = news == MIND_BAD;

    if (news == MIND_NEUTRAL)
        return;
    mind->failing = memory * mind->failing + (1 - memory) * bad;
    mind->latency = mind->latency > 0
                        ? (int64_t)(memory * (double)mind->latency +
                                    (1 - memory) * (double)elapsed)
                        : elapsed;
    if (adapts && news == MIND_BAD)
        halve(mind, now);
    else if (adapts)
        grow(mind, now);
}

int64_t mind_due(const struct mind *mind)
{
    return mind->tell_at;
}

int mind_room(const struct work *work)
{
    int room = work->mind.limit - work_running(work);

    if (room > work->free_job_count)
        room = work->free_job_count;
    return room > 0 ? room : 0;
}

/* --- the row --------------------------------------------------------------- */

static const char *activity(const struct work *work)
{
    if (work->draining)
        return "draining";
    if (work_running(work) > 0)
        return "working";
    return work->degraded || work->paused ? "waiting" : "idle";
}

static char *state(const struct work *work)
{
    struct buf text = {0};
    int named = 0;
    int i;

    buf_fmt(&text,
            "{\"running\":%d,\"backlog\":%zu,\"completed\":%lld,"
            "\"failed\":%lld,\"tasks\":[",
            work_running(work), work_backlog(work), (long long)work->completed,
            (long long)work->failed);
    for (i = 0; i < work->job_count && named < STATE_TASKS; i++) {
        const struct job *job = &work->jobs[i];

        if (!job->busy)
            continue;
        buf_fmt(&text, "%s{\"task_id\":\"%s\",\"attempt\":%d,\"doing\":",
                named++ > 0 ? "," : "", job->claim.task_id, job->claim.attempt);
        buf_json_safe(&text, job->progress.data ? job->progress.data : "",
                      job->progress.len);
        buf_byte(&text, '}');
    }
    buf_str(&text, "]}");
    return buf_detach(&text);
}

void mind_tell(struct work *work)
{
    struct mind *mind = &work->mind;
    struct mind_row row = {.agent_id = work->agent_id,
                           .activity = activity(work),
                           .error_rate = mind->failing,
                           .latency = mind->latency,
                           .tokens = mind->tokens,
                           .claim_limit = mind->limit};
    struct err err = {0};
    char *text;

    if (work->now < mind->tell_at || !work_connected(work))
        return;
    text = state(work);
    row.state = text;
    if (store_mind(work->store, &row, &err) < 0) {
        work_trouble(work, &err);
    } else {
        if (mind->changed)
            log_info("limit_changed", log_text("agent_id", work->agent_id),
                     log_num("limit", mind->limit));
        mind->changed = false;
        mind->tell_at = work->now + TELL_EVERY;
    }
    free(text);
}
