/*
 * llm-explain.c - what would be decided for a task, if it ran now
 *
 * The very steps of a real attempt up to its first call: its prompt, its
 * need, the router on what is known at this moment.  Nothing is called,
 * taken or stored.
 */
#include "config.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "work/explain.h"
#include "work/llm.h"

/* Borrows from the record. */
static struct claim claim_of(const struct task_record *record, bool sessions)
{
    struct claim claim = {
        .attempt = 1,
        .description = record->description,
        .payload = record->payload,
        .payload_len = record->payload_len,
        .payload_is_json = record->payload_is_json,
        .metadata = record->metadata,
        .correlation_id = record->correlation_id,
        .workflow_id = record->workflow,
        .session_id = sessions ? record->session_id : NULL,
        .agent_type = record->agent_type,
        .model = record->model,
        .llm_endpoint = record->llm_endpoint,
        .privacy = record->privacy,
        .output_schema = record->output_schema,
        .budget = record->budget,
    };

    snprintf(claim.task_id, sizeof(claim.task_id), "%s",
             "00000000-0000-0000-0000-000000000000");
    snprintf(claim.task_type, sizeof(claim.task_type), "%s", record->task_type);
    return claim;
}

static void put_json(const struct llm_config *config,
                     const struct llm_decision *decision, struct buf *out)
{
    llm_decision_json(config, decision, out);
    buf_byte(out, '\n');
}

static int explain(struct work *work, struct llm_run *run, bool json,
                   struct buf *out, struct err *err)
{
    const struct llm_config *config = work->options->llm;
    struct broker_call call = {0};
    struct llm_asked asked;
    int64_t now = clock_wall();
    int ret;

    run->purpose = PURPOSE_ANSWER;
    llm_ask(run, &asked);
    llm_need(run, &asked.request, &call);
    if (work->store && store_now(work->store, &now, err) < 0)
        ret = -1;
    else
        ret = broker_explain(work->llm->broker, &call, err);
    if (ret == 0 && json)
        put_json(config, &call.decision, out);
    else if (ret == 0)
        llm_decision_text(config, &call.decision, now, out);
    if (ret == 0)
        ret = call.decision.kind == LLM_GO;
    llm_decision_release(&call.decision);
    llm_ask_release(&asked);
    return ret;
}

int work_explain(struct store *store, struct queue *queue,
                 const struct work_options *options,
                 const struct task_record *record, bool json, struct buf *out,
                 struct err *err)
{
    struct llm_work llm = {0};
    struct work work = {
        .store = store, .queue = queue, .options = options, .llm = &llm};
    struct job job = {.work = &work, .claim = claim_of(record, store)};
    struct llm_run *run = xcalloc(1, sizeof(*run));
    int ret = -1;

    run->job = &job;
    job.llm = run;
    llm.random = (uint64_t)clock_wall();
    llm.broker = broker_open(store, queue, options->llm, "explain", llm.random);
    if (llm_prompt(run, err) == 0)
        ret = explain(&work, run, json, out, err);
    llm_run_release(run);
    broker_close(llm.broker);
    llm_profiles_release(&llm);
    return ret;
}
