/*
 * llm-call.c - calls are begun in batches
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/failpoint.h"
#include "core/mem.h"
#include "llm/tokens.h"
#include "work/llm.h"

const char *llm_purpose_name(enum llm_purpose purpose)
{
    static const char *const names[] = {
        [PURPOSE_ANSWER] = "answer",
        [PURPOSE_REPAIR] = "repair",
        [PURPOSE_REASK] = "reask",
        [PURPOSE_COMPACT] = "compact",
    };

    return names[purpose];
}

/* --- who wants a call ------------------------------------------------------ */

void llm_want(struct llm_run *run, enum llm_purpose purpose)
{
    struct llm_work *llm = run->job->work->llm;

    run->purpose = purpose;
    run->wants = true;
    run->next = NULL;
    run->prev = llm->last_want;
    if (run->prev)
        run->prev->next = run;
    else
        llm->wants = run;
    llm->last_want = run;
    llm->want_count++;
}

void llm_unwant(struct llm_run *run)
{
    struct llm_work *llm = run->job->work->llm;

    if (!run->wants)
        return;
    if (run->prev)
        run->prev->next = run->next;
    else
        llm->wants = run->next;
    if (run->next)
        run->next->prev = run->prev;
    else
        llm->last_want = run->prev;
    run->wants = false;
    llm->want_count--;
}

/* --- what wants to begin --------------------------------------------------- */

void llm_need(struct llm_run *run, const struct llm_request *request,
              struct broker_call *call)
{
    const struct claim *claim = &run->job->claim;
    bool again =
        run->purpose == PURPOSE_REPAIR || run->purpose == PURPOSE_REASK;
    bool summary = run->purpose == PURPOSE_COMPACT;
    enum llm_privacy privacy;

    llm_trace(run);
    llm_ask_hash(request, run->request_sha256);
    *call = (struct broker_call){
        .task_id = claim->task_id,
        .attempt = claim->attempt,
        .step = run->step,
        .purpose = llm_purpose_name(run->purpose),
        .task_type = claim->task_type,
        .agent_type = run->profile ? run->profile->name : claim->agent_type,
        .workflow_id = claim->workflow_id,
        .session_id = claim->session_id,
        .trace_id = run->trace_id,
        .span_id = run->span_id,
        .budget = claim->budget,
        .request_sha256 = run->request_sha256,
        .need = {.model = again ? run->target : claim->model,
                 .endpoint = claim->llm_endpoint,
                 .task_type = claim->task_type,
                 .instruction = claim->description,
                 .instruction_len = strlen(claim->description),
                 .privacy = -1,
                 .policy = summary ? (int)LLM_COST : -1,
                 .tier = summary ? (int)LLM_SIMPLE : -1,
                 .prompt_tokens = llm_tokens_request(request, 100),
                 .max_output = request->max_output,
                 .json = run->schema && !summary,
                 .no_fallback = again,
                 .tried = again || summary ? NULL : run->tried,
                 .ntried = again || summary ? 0 : run->ntried,
                 .after = again || summary ? LLM_OK : run->after,
                 .failed_context = run->failed_context},
    };
    call->need.agent_type = call->agent_type;
    if (claim->privacy && llm_privacy_parse(claim->privacy, &privacy) == 1)
        call->need.privacy = (int)privacy;
}

/* Some of those that want a call, the oldest first. */
struct batch {
    struct broker_call calls[LLM_BATCH];
    struct llm_asked asked[LLM_BATCH];
    struct llm_run *runs[LLM_BATCH];
    size_t count;
};

static struct batch *collect(struct llm_work *llm)
{
    struct batch *batch = xcalloc(1, sizeof(*batch));
    struct llm_run *run;

    for (run = llm->wants; run && batch->count < LLM_BATCH; run = run->next) {
        size_t at = batch->count++;

        batch->runs[at] = run;
        llm_ask(run, &batch->asked[at]);
        llm_need(run, &batch->asked[at].request, &batch->calls[at]);
    }
    return batch;
}

static void release(struct batch *batch)
{
    size_t i;

    for (i = 0; i < batch->count; i++) {
        llm_decision_release(&batch->calls[i].decision);
        llm_ask_release(&batch->asked[i]);
    }
    free(batch);
}

static void decided(struct batch *batch)
{
    size_t i;

    for (i = 0; i < batch->count; i++) {
        struct broker_call *call = &batch->calls[i];

        llm_unwant(batch->runs[i]);
        if (call->err.code || call->decision.kind != LLM_GO)
            llm_refused(batch->runs[i], call);
        else
            llm_launch(batch->runs[i], call, &batch->asked[i]);
    }
}

/* True when something was begun or refused. */
static bool begin(struct work *work)
{
    struct llm_work *llm = work->llm;
    struct batch *batch;
    struct err err = {0};
    int ret;

    if (!llm->wants || !work_connected(work))
        return false;
    batch = collect(llm);
    ret = broker_begin(llm->broker, batch->calls, batch->count, &err);
    if (ret < 0) {
        work_trouble(work, &err);
    } else {
        work_fine(work);
        decided(batch);
    }
    release(batch);
    return ret == 0;
}

/* --- all of it ------------------------------------------------------------- */

static void on_ready(struct work *work, void *arg, short events)
{
    (void)work;
    (void)arg;
    (void)events; /* llm_turn() comes after the wait */
}

void llm_turn(struct work *work)
{
    struct llm_work *llm = work->llm;
    struct err err = {0};
    bool settled = false;
    bool more = true;

    if (http_run(llm->http, 0, -1, &err) < 0)
        drain_fatal(work, &err);
    while (more) {
        more = llm_settle(work);
        settled = settled || more;
        more = begin(work) || more;
        if (more && http_run(llm->http, 0, -1, &err) < 0)
            drain_fatal(work, &err);
    }
    work_watch(work, http_fd(llm->http), POLLIN, on_ready, NULL);
    work_at(work, http_due(llm->http));
    if (work_connected(work))
        work_at(work, llm_settle_due(work));
    /* Jobs are free now. */
    if (settled)
        work_at(work, work->now);
}
