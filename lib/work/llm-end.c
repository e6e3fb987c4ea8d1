/*
 * llm-end.c - how an attempt ends: completed, failed, or not now
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/failpoint.h"
#include "core/mem.h"
#include "llm/tokens.h"
#include "work/llm.h"

const struct llm_target *llm_target_at(const struct llm_run *run, int index)
{
    return &run->job->work->options->llm->targets[index];
}

void llm_fail(struct llm_run *run, bool permanent)
{
    const struct ending ending = {
        .outcome = OUTCOME_FAILED, .permanent = permanent, .exit_status = -1};

    llm_end(run, &ending);
}

void llm_later(struct llm_run *run, const char *reason, int64_t wait)
{
    const struct ending ending = {
        .outcome = OUTCOME_HANDED_BACK, .not_now = reason, .exit_status = -1};

    run->job->retry_after = wait > 0 ? wait : USEC_PER_SEC;
    llm_end(run, &ending);
}

void llm_say(struct llm_run *run, const char *text)
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

void llm_complete(struct llm_run *run, struct llm_try *try)
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
        llm_say(run, err.msg);
        llm_fail(run, true);
        return;
    }
    put_turn(run, try);
    FAILPOINT("llm.done");
    llm_end(run, &ending);
}

/* --- the last failure decides --------------------------------------------- */

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
void llm_give_up(struct llm_run *run, int64_t wait)
{
    if (run->later > 0 && llm_rule(run->after)->not_a_failure) {
        llm_later(run, reason_of(run->later_class), run->later);
    } else if (not_its_fault(run)) {
        llm_later(run, TASK_REASON_NO_ENDPOINT,
                  wait > LLM_MEND_WAIT ? wait : LLM_MEND_WAIT);
    } else {
        run->job->retry_after = wait;
        llm_fail(run, hopeless(run));
    }
}

/* Whoever takes the attempt from us says why. */
void llm_stopped(struct llm_run *run)
{
    const struct ending ending = {.outcome = OUTCOME_FAILED, .exit_status = -1};

    llm_end(run, &ending);
}
