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
    const struct llm_target *target = llm_target_at(run, try->target);
    const struct llm_rule *rule = llm_rule(try->class);
    int64_t wait = try->result.verdict.wait;
    char *text =
        xasprintf("%s: %s: %s", target->name, llm_class_name(try->class),
                  *try->why ? try->why : try->result.reason);

    errlog_add(&run->job->log, "warn", "%s", text);
    llm_say(run, text);
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

/* Whoever is not served within so many calls will not be. */
static bool too_many(const struct llm_run *run)
{
    return run->profile && run->profile->rounds > 0 &&
           run->step >= run->profile->rounds;
}

void llm_try_want(struct llm_run *run, enum llm_purpose purpose)
{
    if (!too_many(run)) {
        llm_want(run, purpose);
        return;
    }
    errlog_add(&run->job->log, "warn", "no more calls: the limit is %lld",
               (long long)run->profile->rounds);
    llm_give_up(run, 0);
}

static void try_another(struct llm_run *run, const struct llm_try *try)
{
    const struct llm_target *target = llm_target_at(run, try->target);
    const struct llm_config *config = run->job->work->options->llm;

    if (run->ntried == LLM_TRIED_MAX) {
        llm_give_up(run, 0);
        return;
    }
    run->tried[run->ntried++] = config->endpoints[target->endpoint].name;
    llm_try_want(run, PURPOSE_ANSWER);
}

/* A complete answer that is not what was asked for. */
static void after_output(struct llm_run *run, struct llm_try *try)
{
    const struct llm_target *target = llm_target_at(run, try->target);
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
        llm_give_up(run, try->result.verdict.wait > 0 ? try->result.verdict.wait
                                                      : 0);
    else
        try_another(run, try);
}

/* A part that nobody reads is not left out: the attempt ends. */
static void after_summary(struct llm_run *run, struct llm_try *try)
{
    if (!llm_splitting(run)) {
        llm_fit_done(run, try);
        llm_again(run, PURPOSE_ANSWER);
    } else if (try->class == LLM_OK) {
        llm_again(run,
                  llm_split_done(run, try) ? PURPOSE_ANSWER : PURPOSE_COMPACT);
    } else {
        note_failure(run, try);
        llm_give_up(run, try->result.verdict.wait > 0 ? try->result.verdict.wait
                                                      : 0);
    }
}

void llm_after(struct llm_run *run, struct llm_try *try)
{
    if (run->job->stop != STOP_NONE &&
        !(try->class == LLM_OK && try->purpose != PURPOSE_COMPACT)) {
        llm_stopped(run);
    } else if (try->purpose == PURPOSE_COMPACT) {
        after_summary(run, try);
    } else if (try->class == LLM_OK) {
        llm_complete(run, try);
    } else if (try->class == LLM_CANCELLED) {
        llm_later(run, TASK_REASON_HANDED_BACK, 0);
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
        llm_try_want(run, purpose);
    } else {
        free(run->job->model);
        run->job->model =
            xstrdup(try->answer.model ? try->answer.model
                                      : llm_target_at(run, try->target)->model);
        llm_after(run, try);
    }
    llm_try_release(try);
}

void llm_go(struct llm_run *run)
{
    talk_mend(&run->talk);
    llm_again(run, llm_fit(run) ? PURPOSE_COMPACT : PURPOSE_ANSWER);
}
