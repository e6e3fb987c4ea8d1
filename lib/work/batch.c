/*
 * batch.c - claims and finishes, carried by one transaction
 *
 * Whatever has ended waits a moment for others, unless there is nothing
 * else to do; the same transaction claims what will be started next.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "core/mem.h"
#include "store/sessions.h"
#include "work/internal.h"

/* How long an ended attempt waits for others. */
#define LINGER (10 * USEC_PER_MSEC)
/* SQL is asked at least so often, whatever the queue gives. */
#define SQL_EVERY USEC_PER_SEC

/* --- what is claimed ------------------------------------------------------ */

void batch_start(struct work *work)
{
    const struct handler *handler = work->handler;

    if (work->hold_until <= work->now)
        work->hold_until = NEVER;
    while (work_backlog(work) > 0 && mind_room(work) > 0 &&
           (handler->instant || work->free_slot_count > 0) &&
           work->hold_until == NEVER && !work->draining && !work->expired &&
           (!handler->able || handler->able(work))) {
        struct claim *claim = &work->backlog.items[work->backlog_at++];

        /* It may end at once, and with it all: the rest is given back. */
        if (!job_start(work, claim)) {
            work->backlog_at--;
            break;
        }
        work->moved_at = work->now;
    }
}

void batch_return(struct work *work)
{
    while (work_backlog(work) > 0)
        batch_unstarted(work, &work->backlog.items[work->backlog_at++],
                        OUTCOME_HANDED_BACK);
}

void batch_unstarted(struct work *work, struct claim *claim,
                     enum task_outcome outcome)
{
    size_t at = batch_room(work);

    work->finishes[at] = (struct finish){
        .seq = claim->seq,
        .attempt = claim->attempt,
        .agent_id = work->agent_id,
        .outcome = outcome,
        .exit_status = -1,
        .user_time = -1,
        .system_time = -1,
        .max_rss = -1,
    };
    work->ended[at] = (struct ended){.claim = *claim, .slot = -1};
    *claim = (struct claim){0};
}

/* --- what has ended ------------------------------------------------------- */

size_t batch_room(struct work *work)
{
    if (work->ended_count == work->ended_cap) {
        work->ended_cap = work->ended_cap ? 2 * work->ended_cap : 64;
        work->finishes =
            xrealloc(work->finishes, work->ended_cap, sizeof(*work->finishes));
        work->ended =
            xrealloc(work->ended, work->ended_cap, sizeof(*work->ended));
    }
    if (work->ended_count == 0)
        work->ended_since = work->now;
    return work->ended_count++;
}

static void ended_release(struct work *work, struct ended *ended)
{
    slot_release(work, ended->slot);
    claim_release(&ended->claim);
    errlog_release(&ended->log);
    free(ended->logs);
    added_release(ended->tasks, ended->task_count);
    effects_release(&ended->effects);
    free(ended->actions);
    free(ended->result);
    free(ended->error);
    free(ended->artifact);
    free(ended->sha256);
    free(ended->model);
    session_turn_free(ended->turn);
}

/* The first `count` are in the database: tell of those that wait again, and
 * of what may run because of them. */
static void settle(struct work *work, size_t count)
{
    const struct ready_list *news = store_ready(work->store);
    struct ready_list ready = {0};
    size_t i;

    for (i = 0; i < count; i++) {
        const struct finish *finish = &work->finishes[i];
        const struct claim *claim = &work->ended[i].claim;

        if (finish->lost)
            log_warn("lease_lost", log_text("task_id", claim->task_id),
                     log_num("attempt", finish->attempt),
                     log_text("correlation_id", claim->correlation_id));
        else
            ending_log(claim, finish);
        if (!finish->lost && finish->status == TASK_PENDING &&
            *claim->task_type)
            ready_list_add(&ready, finish->seq, finish->sort_at,
                           claim->task_type);
        ended_release(work, &work->ended[i]);
    }
    work->ended_count -= count;
    if (work->ended_count > 0) {
        memmove(work->ended, work->ended + count,
                work->ended_count * sizeof(*work->ended));
        memmove(work->finishes, work->finishes + count,
                work->ended_count * sizeof(*work->finishes));
    }
    if (ready.count > 0)
        queue_push(work->queue, ready.items, ready.count);
    if (news->count > 0)
        queue_push(work->queue, news->items, news->count);
    ready_list_release(&ready);
}

void batch_release(struct work *work)
{
    size_t i;

    for (i = 0; i < work->ended_count; i++)
        ended_release(work, &work->ended[i]);
    for (i = work->backlog_at; i < work->backlog.count; i++)
        claim_release(&work->backlog.items[i]);
    free(work->backlog.items);
    free(work->ended);
    free(work->finishes);
}

/* --- an outcome that the database refuses --------------------------------- */

/* What is left when nothing of an attempt can be stored: that it failed. */
static void strip(struct finish *finish, const struct err *why)
{
    finish->outcome = OUTCOME_FAILED;
    finish->permanent = true;
    finish->result = NULL;
    finish->result_len = 0;
    finish->result_artifact = NULL;
    finish->result_sha256 = NULL;
    finish->logs = NULL;
    finish->log_count = 0;
    finish->task_count = 0;
    finish->turn = NULL;
    finish->action_count = 0;
    finish->error = why->msg;
}

/* Trying again cannot help. */
static bool refused(const struct err *err)
{
    return err->code == ERR_DATA || err->code == ERR_BUG;
}

/* False when the database is away. */
static bool store_alone(struct work *work)
{
    struct finish *finish = work->finishes;
    struct err err = {0};
    struct err again = {0};

    if (store_cycle(work->store, finish, 1, NULL, NULL, &err) == 0)
        return true;
    if (!refused(&err)) {
        work_trouble(work, &err);
        return false;
    }
    log_error("outcome_refused",
              log_text("task_id", work->ended[0].claim.task_id),
              log_num("attempt", finish->attempt),
              log_text("correlation_id", work->ended[0].claim.correlation_id),
              log_text("error", err.msg));
    strip(finish, &err);
    store_cycle(work->store, finish, 1, NULL, NULL, &again);
    finish->error = NULL;
    return true;
}

/* One of the batch is to blame; the others must not suffer. */
static void isolate(struct work *work)
{
    while (work->ended_count > 0 && store_alone(work))
        settle(work, 1);
}

/* --- the transaction ------------------------------------------------------ */

/* Claims are appended: give the room of those that were started back. */
static void compact(struct work *work)
{
    struct claim_list *backlog = &work->backlog;

    backlog->count -= work->backlog_at;
    if (backlog->count > 0 && work->backlog_at > 0)
        memmove(backlog->items, backlog->items + work->backlog_at,
                backlog->count * sizeof(*backlog->items));
    work->backlog_at = 0;
}

static int cycle(struct work *work, size_t want, size_t *got, struct err *err)
{
    const struct work_options *options = work->options;
    size_t had = work->backlog.count;
    size_t count = work->ended_count;
    int64_t seqs[AHEAD_MAX];
    struct claim_request request = {
        .agent_id = work->agent_id,
        .types = options->types,
        .type_count = options->type_count,
        .seqs = seqs,
        .max = want,
        .lease = options->lease,
    };
    int ret;

    if (want > 0) {
        /* While claims are paused the index is left as it is. */
        bool trusted = !work->paused && queue_pop(work->queue, options->types,
                                                  options->type_count, want,
                                                  seqs, &request.seq_count);

        if (!trusted)
            request.seq_count = 0;
        /* What the queue gave is started before SQL is asked for more. */
        request.sql_too =
            !trusted || request.seq_count == 0 || work->now >= work->sql_at;
        if (request.sql_too)
            work->sql_at = work->now + SQL_EVERY;
        FAILPOINT("worker.claim.before");
    }
    if (count > 0)
        FAILPOINT("worker.finish.before");
    ret = store_cycle(work->store, work->finishes, count,
                      want > 0 ? &request : NULL, &work->backlog, err);
    if (ret == 0 && count > 0)
        FAILPOINT("worker.finish.after");
    *got = work->backlog.count - had;
    for (size_t i = had; i < work->backlog.count; i++)
        job_log(&work->backlog.items[i], LOG_LEVEL_DEBUG, "task_claimed");
    if (*got > 0) {
        ahead_weigh(work, work->backlog.items + had, *got);
        FAILPOINT("worker.claimed");
    }
    return ret;
}

void batch_step(struct work *work)
{
    struct err err = {0};
    size_t count, want, got;

    if (ahead_stale(work) <= work->now)
        batch_return(work);
    if (!work_connected(work) || batch_due(work) > work->now)
        return;
    count = work->ended_count;
    compact(work);
    want = ahead_want(work);
    if (cycle(work, want, &got, &err) < 0) {
        if (count > 0 && refused(&err))
            isolate(work);
        else
            work_trouble(work, &err);
        return;
    }
    work_fine(work);
    settle(work, count);
    if (got > 0)
        work->moved_at = clock_mono();
    if (want > 0)
        idle_found(work, want, got);
}

int64_t batch_due(struct work *work)
{
    int64_t due = NEVER;

    if (work->given_up)
        return NEVER;
    if (work->ended_count > 0)
        due = work->ended_since + LINGER;
    if (work->ended_count > 0 &&
        (work_backlog(work) == 0 || work->ended_count >= AHEAD_MAX ||
         (!work->handler->instant && work->free_slot_count == 0)))
        due = work->now;
    if (ahead_low(work) && (!work->hungry || work->look_at < due))
        due = work->hungry ? work->look_at : work->now;
    if (work->degraded && due < work->retry_at)
        due = work->retry_at;
    return due;
}
