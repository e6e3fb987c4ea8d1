/*
 * llm-settle.c - what calls cost is written down in batches
 *
 * A call that has ended well waits for others, a 64th of the time that it
 * took itself and never for long; in that time a 64th of those under way
 * ends, too.  So a thousand calls of half a second each are settled by
 * fifteens, not one by one.  Until it is settled it is an intent like those under way,
 * and lost like them if we are killed.
 */
#include "config.h"

#include <stdlib.h>

#include "core/failpoint.h"
#include "core/mem.h"
#include "llm/tokens.h"
#include "work/llm.h"

/* As long as any ended attempt may wait. */
#define LINGER (10 * USEC_PER_MSEC)
enum { PART = 64 };

/* A failure is a lesson for the calls that come after it: it does not wait. */
static int64_t linger(const struct llm_try *try)
{
    int64_t part = try->result.elapsed / PART;

    if (try->class != LLM_OK)
        return 0;
    return part < LINGER ? part : LINGER;
}

void llm_ended(struct llm_try *try)
{
    struct llm_work *llm = try->work->llm;
    int64_t due = clock_mono() + linger(try);

    if (llm->ended_count++ == 0 || due < llm->settle_at)
        llm->settle_at = due;
    try->next = NULL;
    if (llm->last_ended)
        llm->last_ended->next = try;
    else
        llm->ended = try;
    llm->last_ended = try;
}

static void put_end(const struct llm_try *try, struct broker_end *end)
{
    *end = (struct broker_end){
        .call_id = try->call_id,
        .target = try->target,
        .task_type = try->task_type,
        .session_id = try->session_id,
        .prompt_estimate = try->prompt_estimate,
        .result = &try->result,
        .class = try->class,
        .body_sha256 = *try->body_sha256 ? try->body_sha256 : NULL,
        .response = try->response.len > 0 ? try->response.data : NULL,
        .cost = -1,
    };
}

/* The attempt knows what it has used. */
static void charge(struct job *job, const struct llm_try *try)
{
    const struct llm_usage *usage = &try->answer.usage;
    const struct llm_target *target =
        &job->work->options->llm->targets[try->target];

    free(job->model);
    job->model = xstrdup(try->answer.model ? try->answer.model : target->model);
    job->tokens_in += llm_usage_prompt(usage);
    job->tokens_out += usage->out;
    if (try->cost > 0)
        job->cost += try->cost;
}

static void settled(struct llm_try *try, int64_t cost)
{
    struct llm_run *run = try->run;

    try->cost = cost;
    if (run) {
        run->try = NULL;
        charge(run->job, try);
        llm_after(run, try);
    }
    llm_try_release(try);
}

int64_t llm_settle_due(const struct work *work)
{
    const struct llm_work *llm = work->llm;

    if (!llm->ended)
        return NEVER;
    if (llm->calling < PART || llm->ended_count >= LLM_BATCH || llm->stopping ||
        work->expired)
        return work->now;
    return llm->settle_at;
}

bool llm_settle(struct work *work)
{
    struct llm_work *llm = work->llm;
    struct broker_end ends[LLM_BATCH];
    struct llm_try *try;
    struct err err = {0};
    size_t count = 0;
    size_t i;

    if (!work_connected(work) || llm_settle_due(work) > clock_mono())
        return false;
    for (try = llm->ended; try && count < LLM_BATCH; try = try->next)
        put_end(try, &ends[count++]);
    if (broker_end(llm->broker, ends, count, &err) < 0) {
        work_trouble(work, &err);
        return false;
    }
    work_fine(work);
    FAILPOINT("llm.settled");
    for (i = 0; i < count && llm->ended; i++) {
        try = llm->ended;
        llm->ended = try->next;
        llm->ended_count--;
        if (!llm->ended)
            llm->last_ended = NULL;
        settled(try, ends[i].cost);
    }
    return true;
}
