/*
 * deliver.c - effects leave: taken under the lease, tried, recorded
 *
 * Take, try and record are three transactions, so whoever dies between
 * leaves an action that is tried again under the same key, and whoever was
 * stopped between finds that it may record nothing.
 *
 * Webhooks go up to 16 at a time; of the others each goes alone, at most
 * max_actions a tick.  The two take turns in being first, so that a slow
 * kind cannot keep the other from ever being tried.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "sched/tick-private.h"
#include "store/actions.h"
#include "store/flags.h"

/* A receiver may ask for patience, but not for ever. */
#define PATIENCE (INT64_C(86400) * USEC_PER_SEC)

struct batch {
    struct action_row *rows;
    size_t count;
    struct action *actions;
    struct action_outcome *outcomes;
    bool *started;
};

static bool endpoint_disabled(void *ctx, const char *url)
{
    struct err ignored = {0};
    bool disabled = false;

    store_endpoint_disabled(ctx, url, &disabled, &ignored);
    return disabled;
}

/* --- what came of it ------------------------------------------------------ */

/* How long until the next try; -1: there is none. */
static int64_t next_try(const struct tick_options *options,
                        const struct action_row *row,
                        const struct action_outcome *outcome, bool webhook)
{
    int64_t wait = options->spacing;

    if (webhook && (size_t)row->attempts >= options->schedule_count)
        return -1;
    if (!webhook && row->attempts + 1 >= options->attempts)
        return -1;
    if (webhook)
        wait = options->schedule[row->attempts];
    if (outcome->retry_after > wait)
        wait =
            outcome->retry_after < PATIENCE ? outcome->retry_after : PATIENCE;
    return wait;
}

static int disable_endpoint(struct tick *tick, const struct action_row *row,
                            struct err *err)
{
    struct json_slice object;
    struct json_slice url;
    struct err bad = {0};
    struct buf text = {0};
    int ret = 0;

    if (json_check(row->payload_json, strlen(row->payload_json), &object,
                   &bad) == 0 &&
        object.type == JSON_OBJECT && json_member(&object, "url", &url) &&
        url.type == JSON_STRING) {
        json_decode(&url, &text);
        ret = store_endpoint_disable(tick->store, text.data ? text.data : "",
                                     err);
        /* What follows '?' may be a secret. */
        if (text.data)
            text.data[strcspn(text.data, "?#")] = '\0';
        log_warn("endpoint_disabled", log_text("url", text.data));
    }
    buf_release(&text);
    return ret;
}

static void log_outcome(const struct action_row *row,
                        const struct action_outcome *outcome,
                        const struct action_end *end)
{
    const char *result = end->completed ? "completed"
                         : end->dead    ? "dead"
                                        : "retry";

    log_event(end->completed ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "action_tried",
              LOG_FIELDS(log_text("action_id", row->action_id),
                         log_text("type", row->action_type),
                         log_text("result", result),
                         log_num("attempt", row->attempts + 1),
                         log_num("ms", outcome->elapsed / USEC_PER_MSEC),
                         log_text("task_id", row->task_id),
                         log_text("correlation_id", row->correlation_id),
                         log_text("message", outcome->message)));
}

static int record(struct tick *tick, const struct action_row *row,
                  const struct action_outcome *outcome, bool webhook,
                  struct err *err)
{
    int64_t wait = next_try(tick->options, row, outcome, webhook);
    const struct action_end end = {
        .seq = row->seq,
        .completed = outcome->verdict == ACTION_COMPLETED,
        .dead = outcome->verdict == ACTION_DEAD ||
                outcome->verdict == ACTION_GONE ||
                (outcome->verdict == ACTION_RETRY && wait < 0),
        .retry_in = wait > 0 ? wait : 0,
        .message = outcome->message,
        .artifact_ref = *outcome->artifact_ref ? outcome->artifact_ref : NULL,
        .artifact_sha256 =
            *outcome->artifact_sha256 ? outcome->artifact_sha256 : NULL,
    };

    if (outcome->verdict == ACTION_GONE && disable_endpoint(tick, row, err) < 0)
        return -1;
    FAILPOINT("dispatch.recording");
    if (store_action_end(tick->store, &tick->lease, &end, err) < 0)
        return -1;
    FAILPOINT("dispatch.recorded");
    tick->report->attempted++;
    tick->report->succeeded += end.completed;
    log_outcome(row, outcome, &end);
    return 0;
}

/* --- a batch -------------------------------------------------------------- */

static void batch_release(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        action_row_release(&batch->rows[i]);
    free(batch->rows);
    free(batch->actions);
    free(batch->outcomes);
    free(batch->started);
}

static int take(struct tick *tick, bool webhooks, size_t limit,
                struct batch *batch, struct err *err)
{
    if (store_actions_take(tick->store, &tick->lease, webhooks, limit,
                           tick->options->lease, &batch->rows, &batch->count,
                           err) < 0)
        return -1;
    batch->actions = xcalloc(batch->count + 1, sizeof(*batch->actions));
    batch->outcomes = xcalloc(batch->count + 1, sizeof(*batch->outcomes));
    batch->started = xcalloc(batch->count + 1, sizeof(*batch->started));
    for (size_t i = 0; i < batch->count; i++) {
        const struct action_row *row = &batch->rows[i];

        batch->actions[i] = (struct action){
            .action_id = row->action_id,
            .action_type = row->action_type,
            .idempotency_key = row->idempotency_key,
            .payload_json = row->payload_json,
            .task_id = row->task_id,
            .correlation_id = row->correlation_id,
            .attempts = row->attempts,
            .created_at = row->created_at,
        };
    }
    return 0;
}

/* Each outcome is recorded, whatever becomes of the others; *left: how many
 * there was no time for. */
static int settle(struct tick *tick, const struct batch *batch, bool webhooks,
                  size_t *left, struct err *err)
{
    int ret = 0;

    for (size_t i = 0; i < batch->count; i++) {
        struct err why = {0};
        int one;

        if (batch->started[i]) {
            one = record(tick, &batch->rows[i], &batch->outcomes[i], webhooks,
                         &why);
        } else {
            (*left)++;
            one = store_action_give_back(tick->store, &tick->lease,
                                         batch->rows[i].seq, &why);
        }
        if (one < 0 && ret == 0) {
            *err = why;
            ret = -1;
        }
        if (one < 0 && why.code == ERR_LOST)
            break;
    }
    return ret;
}

/* 1 there may be more, 0 no more (or no time), -1. */
static int one_batch(struct tick *tick, bool webhooks, bool proof,
                     struct err *err)
{
    struct action_config config = *tick->options->actions;
    size_t limit = webhooks ? ACTION_PARALLEL : 1;
    struct batch batch = {0};
    size_t left = 0;
    int ret = tick_renew(tick, err);

    config.proof = proof;
    config.disabled = endpoint_disabled;
    config.disabled_ctx = tick->store;
    if (ret == 0)
        ret = take(tick, webhooks, limit, &batch, err);
    if (ret == 0 && batch.count > 0) {
        FAILPOINT("dispatch.taken");
        ret = actions_run(&config, batch.actions, batch.count, tick->deadline,
                          batch.outcomes, batch.started, err);
        FAILPOINT("dispatch.sent");
        if (ret == 0)
            ret = settle(tick, &batch, webhooks, &left, err);
    }
    if (ret == 0)
        ret = batch.count == limit && left == 0;
    batch_release(&batch);
    return ret;
}

/* The switches count at the start of each try. */
static int may_send(struct tick *tick, bool *proof, struct err *err)
{
    struct flags flags = {0};
    int ret = store_flags(tick->store, &flags, err);

    if (ret == 0)
        ret = !flags.killed && !flags.paused_out;
    *proof = flags.proof_mode;
    flags_release(&flags);
    return ret;
}

static int deliver_kind(struct tick *tick, bool webhooks, struct err *err)
{
    size_t max = webhooks ? SIZE_MAX : tick->options->max_actions;
    bool proof = true;
    int more = 1;

    for (size_t n = 0; n < max && more > 0 && tick_goes_on(tick); n++) {
        more = may_send(tick, &proof, err);
        if (more > 0 && !proof && tick->options->actions_error) {
            *err = *tick->options->actions_error;
            return -1;
        }
        if (more > 0)
            more = one_batch(tick, webhooks, proof, err);
    }
    return more < 0 ? -1 : 0;
}

int tick_deliver(struct tick *tick, struct err *err)
{
    bool webhooks_first = tick->report->id % 2 == 0;
    struct err why = {0};
    int ret = 0;

    for (int turn = 0; turn < 2 && why.code != ERR_LOST; turn++) {
        err_clear(&why);
        if (deliver_kind(tick, (turn == 0) == webhooks_first, &why) == 0 ||
            (ret < 0 && why.code != ERR_LOST))
            continue;
        *err = why;
        ret = -1;
    }
    return ret;
}
