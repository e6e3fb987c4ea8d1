/*
 * llm-run.c - what comes after a call: the end, another endpoint, or the
 * same question again
 *
 * Within an attempt no endpoint is called twice for the same thing; whatever
 * is to be tried again is tried again by the queue.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/mem.h"
#include "llm/tokens.h"
#include "work/llm.h"

/* What only somebody can mend who changes the configuration. */
#define MEND_WAIT (60 * USEC_PER_SEC)

static const struct llm_target *target_at(const struct llm_run *run, int index)
{
    return &run->job->work->options->llm->targets[index];
}

/* --- ends ------------------------------------------------------------------ */

static void fail(struct llm_run *run, bool permanent)
{
    const struct ending ending = {
        .outcome = OUTCOME_FAILED, .permanent = permanent, .exit_status = -1};

    llm_end(run, &ending);
}

static void later(struct llm_run *run, const char *reason, int64_t wait)
{
    const struct ending ending = {
        .outcome = OUTCOME_HANDED_BACK, .not_now = reason, .exit_status = -1};

    run->job->retry_after = wait > 0 ? wait : USEC_PER_SEC;
    llm_end(run, &ending);
}

static void say(struct llm_run *run, const char *text)
{
    told_error(run->job, text, strlen(text));
}

/* As the store has it; one piece of memory for each part. */
static struct session_turn *turn_new(const char *session_id, char *asked,
                                     char *answered)
{
    struct session_turn *turn = xcalloc(1, sizeof(*turn));
    struct session_note *notes = xcalloc(2, sizeof(*notes));

    notes[0] =
        (struct session_note){.role = "user",
                              .content = asked,
                              .tokens = llm_tokens(asked, strlen(asked))};
    notes[1] =
        (struct session_note){.role = "assistant",
                              .content = answered,
                              .tokens = llm_tokens(answered, strlen(answered))};
    turn->session_id = xstrdup(session_id);
    turn->notes = notes;
    turn->count = 2;
    return turn;
}

static char *content_of(const char *text, size_t len)
{
    cJSON *tree = cJSON_CreateObject();
    struct buf out = {0};

    json_add_bytes(tree, "text", text ? text : "", len);
    json_print(tree, false, &out);
    cJSON_Delete(tree);
    return buf_detach(&out);
}

/* The task and its answer, for those that come after it. */
static void put_turn(struct llm_run *run, const struct llm_try *try)
{
    const struct buf *text = &try->answer.text;
    struct job *job = run->job;

    if (!job->claim.session_id)
        return;
    job->turn = turn_new(job->claim.session_id,
                         content_of(run->asked, strlen(run->asked)),
                         content_of(text->data, text->len));
}

static void complete(struct llm_run *run, struct llm_try *try)
{
    const struct ending ending = {
        .outcome = OUTCOME_COMPLETED, .definite = true, .exit_status = -1};
    const struct buf *text = &try->answer.text;
    struct job *job = run->job;
    struct err err = {0};

    if (run->schema) {
        told_json(job, try->json.data, try->json.len);
    } else {
        buf_reset(&job->value);
        buf_put(&job->value, text->data ? text->data : "", text->len);
        job->has_value = true;
        job->value_is_json = false;
    }
    if (run->plans && llm_plan_take(run, &try->json, &err) < 0) {
        say(run, err.msg);
        fail(run, true);
        return;
    }
    put_turn(run, try);
    FAILPOINT("llm.done");
    llm_end(run, &ending);
}

/* --- after a failure ------------------------------------------------------- */

/* The part of an answer that came is worth keeping, and is no answer. */
static void keep_part(struct llm_run *run, const struct llm_try *try)
{
    const struct buf *text = &try->answer.text;

    if (text->len == 0 || try->purpose == PURPOSE_COMPACT)
        return;
    buf_reset(&run->job->value);
    buf_put(&run->job->value, text->data, text->len);
    run->job->has_value = true;
    run->job->value_is_json = false;
}

static void note_failure(struct llm_run *run, const struct llm_try *try)
{
    const struct llm_target *target = target_at(run, try->target);
    const struct llm_rule *rule = llm_rule(try->class);
    int64_t wait = try->result.verdict.wait;
    char *text =
        xasprintf("%s: %s: %s", target->name, llm_class_name(try->class),
                  *try->why ? try->why : try->result.reason);

    errlog_add(&run->job->log, "warn", "%s", text);
    say(run, text);
    free(text);
    run->after = try->class;
    if (try->class == LLM_CONTEXT && target->context > run->failed_context)
        run->failed_context = target->context;
    if (!rule->not_a_failure || (wait < 0 && try->class == LLM_OVERLOAD))
        return;
    if (wait < 0)
        wait =
            llm_backoff_wait(rule->backoff, 0, llm_random(run->job->work->llm));
    if (run->later == 0 || wait < run->later)
        run->later = wait > 0 ? wait : 1;
    run->later_class = try->class;
}

static const char *reason_of(enum llm_class class)
{
    return class == LLM_WARMING ? TASK_REASON_WARMING
                                : TASK_REASON_RATE_LIMITED;
}

/* The same request would fail again. */
static bool hopeless(const struct llm_run *run)
{
    if (run->after == LLM_CONTEXT)
        return run->talk.count <= 1;
    return run->after == LLM_BAD_REQUEST || run->after == LLM_POLICY;
}

/* It is the configuration's fault, not the task's. */
static bool not_its_fault(const struct llm_run *run)
{
    return run->after == LLM_AUTH || run->after == LLM_QUOTA ||
           run->after == LLM_CONFIG || run->after == LLM_MODEL_GONE;
}

/* No endpoint is left for this attempt: the last failure decides. */
static void give_up(struct llm_run *run, int64_t wait)
{
    if (run->later > 0 && llm_rule(run->after)->not_a_failure) {
        later(run, reason_of(run->later_class), run->later);
    } else if (not_its_fault(run)) {
        later(run, TASK_REASON_NO_ENDPOINT,
              wait > MEND_WAIT ? wait : MEND_WAIT);
    } else {
        run->job->retry_after = wait;
        fail(run, hopeless(run));
    }
}

/* Whoever is not served within so many calls will not be. */
static bool too_many(const struct llm_run *run)
{
    return run->profile && run->profile->rounds > 0 &&
           run->step >= run->profile->rounds;
}

static void want(struct llm_run *run, enum llm_purpose purpose)
{
    if (!too_many(run)) {
        llm_want(run, purpose);
        return;
    }
    errlog_add(&run->job->log, "warn", "no more calls: the limit is %lld",
               (long long)run->profile->rounds);
    give_up(run, 0);
}

static void try_another(struct llm_run *run, const struct llm_try *try)
{
    const struct llm_target *target = target_at(run, try->target);
    const struct llm_config *config = run->job->work->options->llm;

    if (run->ntried == LLM_TRIED_MAX) {
        give_up(run, 0);
        return;
    }
    run->tried[run->ntried++] = config->endpoints[target->endpoint].name;
    want(run, PURPOSE_ANSWER);
}

/* A complete answer that is not what was asked for. */
static void after_output(struct llm_run *run, struct llm_try *try)
{
    const struct llm_target *target = target_at(run, try->target);
    bool cut = try->answer.finish == LLM_FINISH_LENGTH;

    keep_part(run, try);
    note_failure(run, try);
    snprintf(run->target, sizeof(run->target), "%s", target->name);
    snprintf(run->why, sizeof(run->why), "%s", try->why);
    if (run->schema && !cut && !run->repaired) {
        run->repaired = true;
        buf_reset(&run->wrong);
        buf_put(&run->wrong, try->answer.text.data ? try->answer.text.data : "",
                try->answer.text.len);
        llm_again(run, PURPOSE_REPAIR);
    } else if ((run->schema || cut) && !run->reasked) {
        run->reasked = true;
        if (cut && try->max_output > 0)
            run->max_output = 2 * try->max_output;
        if (target->max_output > 0 && run->max_output > target->max_output)
            run->max_output = target->max_output;
        llm_again(run, PURPOSE_REASK);
    } else {
        try_another(run, try);
    }
}

static void after_failure(struct llm_run *run, struct llm_try *try)
{
    keep_part(run, try);
    note_failure(run, try);
    if (llm_rule(try->class)->failover == LLM_FAILOVER_NO &&
        !try->result.verdict.drop_param)
        give_up(run,
                try->result.verdict.wait > 0 ? try->result.verdict.wait : 0);
    else
        try_another(run, try);
}

/* Whoever takes the attempt from us says why. */
static void stopped(struct llm_run *run)
{
    const struct ending ending = {.outcome = OUTCOME_FAILED, .exit_status = -1};

    llm_end(run, &ending);
}

void llm_after(struct llm_run *run, struct llm_try *try)
{
    if (run->job->stop != STOP_NONE &&
        !(try->class == LLM_OK && try->purpose != PURPOSE_COMPACT)) {
        stopped(run);
    } else if (try->purpose == PURPOSE_COMPACT) {
        llm_fit_done(run, try);
        llm_again(run, PURPOSE_ANSWER);
    } else if (try->class == LLM_OK) {
        complete(run, try);
    } else if (try->class == LLM_CANCELLED) {
        later(run, TASK_REASON_HANDED_BACK, 0);
    } else if (try->class == LLM_OUTPUT) {
        after_output(run, try);
    } else {
        after_failure(run, try);
    }
}

/* --- before a call --------------------------------------------------------- */

/* What an earlier attempt was told is not asked again. */
void llm_again(struct llm_run *run, enum llm_purpose purpose)
{
    struct llm_try *try = xcalloc(1, sizeof(*try));

    run->purpose = purpose;
    if (!llm_known(run, purpose, try)) {
        want(run, purpose);
    } else {
        free(run->job->model);
        run->job->model =
            xstrdup(try->answer.model ? try->answer.model
                                      : target_at(run, try->target)->model);
        llm_after(run, try);
    }
    llm_try_release(try);
}

void llm_go(struct llm_run *run)
{
    talk_mend(&run->talk);
    llm_again(run, llm_fit(run) ? PURPOSE_COMPACT : PURPOSE_ANSWER);
}

/* The largest window that is too small for it; 0: that is not the reason. */
static int64_t largest_window(const struct llm_run *run,
                              const struct llm_decision *decision)
{
    int64_t window = 0;
    size_t i;

    for (i = 0; i < decision->count; i++) {
        const struct llm_weighed *weighed = &decision->weighed[i];
        int64_t context = target_at(run, (int)weighed->target)->context;

        if (weighed->drop == LLM_DROP_CONTEXT && context > window)
            window = context;
    }
    return window;
}

/* Somebody has to change the configuration, and then it will work. */
static bool can_be_mended(const struct llm_decision *decision)
{
    size_t i;

    for (i = 0; i < decision->count; i++)
        if (decision->weighed[i].drop == LLM_DROP_KEY ||
            decision->weighed[i].drop == LLM_DROP_CIRCUIT ||
            decision->weighed[i].drop == LLM_DROP_PRICE)
            return true;
    return decision->count == 0;
}

static void say_drops(struct llm_run *run, const char *what,
                      const struct llm_decision *decision)
{
    struct buf text = {0};

    buf_str(&text, what);
    if (decision->count > 0)
        llm_decision_drops(decision, &text);
    else if (run->job->work->options->llm->nendpoints == 0)
        buf_str(&text, "none is configured");
    else
        buf_str(&text, "no model is named: by the task, in [route default] "
                       "or as llm.model");
    say(run, text.data);
    buf_release(&text);
}

/* A summary that nobody can make is done without. */
static void no_summary(struct llm_run *run)
{
    const struct llm_try none = {.class = LLM_CONFIG,
                                 .why = "no endpoint can make it now"};

    llm_fit_done(run, &none);
    llm_again(run, PURPOSE_ANSWER);
}

static void never(struct llm_run *run, const struct llm_decision *decision)
{
    int64_t window = largest_window(run, decision);

    if (window > 0 && llm_fit_window(run, window, decision->max_output)) {
        llm_again(run, PURPOSE_COMPACT);
    } else if (window > 0 && run->trimmed) {
        run->trimmed = false;
        want(run, PURPOSE_ANSWER);
    } else {
        say_drops(run, "no endpoint can serve it: ", decision);
        if (can_be_mended(decision))
            later(run, TASK_REASON_NO_ENDPOINT, MEND_WAIT);
        else
            fail(run, true);
    }
}

void llm_refused(struct llm_run *run, const struct broker_call *call)
{
    const struct llm_decision *decision = &call->decision;
    bool go_on = run->ntried > 0 || run->purpose == PURPOSE_REPAIR ||
                 run->purpose == PURPOSE_REASK;

    if (run->job->stop != STOP_NONE) {
        stopped(run);
    } else if (call->err.code) {
        say(run, call->err.msg);
        fail(run, true);
    } else if (run->purpose == PURPOSE_COMPACT) {
        no_summary(run);
    } else if (go_on) {
        give_up(run, decision->kind == LLM_LATER ? call->wait : 0);
    } else if (decision->kind == LLM_LATER) {
        int64_t wait = call->wait;

        say_drops(run, "no endpoint can take it now: ", decision);
        if (decision->until == 0 && wait < MEND_WAIT)
            wait = MEND_WAIT;
        later(run,
              decision->reason ? decision->reason : TASK_REASON_NO_ENDPOINT,
              wait);
    } else {
        never(run, decision);
    }
}
