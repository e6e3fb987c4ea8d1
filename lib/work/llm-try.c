/*
 * llm-try.c - one call, from the decision to the judged answer
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/mem.h"
#include "llm/wire.h"
#include "work/llm.h"

/* Bytes of text between two words about progress. */
enum { PROGRESS_EVERY = 4096 };

void llm_try_release(struct llm_try *try)
{
    if (!try)
        return;
    llm_answer_release(&try->answer);
    buf_release(&try->response);
    buf_release(&try->json);
    free(try->task_type);
    free(try->session_id);
    free(try);
}

static void on_end(void *ctx, struct llm_result *result)
{
    struct llm_try *try = ctx;

    FAILPOINT("llm.answered");
    try->number = 0;
    try->work->llm->calling--;
    try->result = *result;
    if (result->answer) {
        try->answer = *result->answer;
        *result->answer = (struct llm_answer){0};
    }
    try->result.answer = &try->answer;
    llm_judge(try);
    llm_ended(try);
}

/* That it goes on, for those who watch. */
static void on_text(void *ctx, const char *text, size_t len)
{
    struct llm_try *try = ctx;
    size_t before = try->received;

    (void)text;
    if (before == 0)
        FAILPOINT("llm.streaming");
    try->received += len;
    if (try->run && before / PROGRESS_EVERY != try->received / PROGRESS_EVERY) {
        char *words =
            xasprintf("%s: %zu kB so far", llm_purpose_name(try->purpose),
                      try->received / 1000);

        told_progress(try->run->job, 0, words, strlen(words));
        free(words);
    }
}

/* It did not come to a call: as if it had failed. */
static void not_sent(struct llm_try *try, const struct err *err)
{
    try->result =
        (struct llm_result){.verdict = {.class = LLM_BAD_REQUEST, .wait = -1},
                            .answer = &try->answer,
                            .first_token = -1};
    llm_head_init(&try->result.head);
    snprintf(try->result.reason, sizeof(try->result.reason), "%.255s",
             err->msg);
    llm_judge(try);
    llm_ended(try);
}

static bool drops(const struct llm_endpoint *endpoint, const char *name)
{
    const char *const *drop = endpoint->drop_params;

    for (; drop && *drop; drop++)
        if (strcmp(*drop, name) == 0)
            return true;
    return false;
}

void llm_shape(const struct llm_config *config,
               const struct llm_decision *decision, struct llm_request *request)
{
    const struct llm_target *target = &config->targets[decision->target];
    const struct llm_endpoint *endpoint = &config->endpoints[target->endpoint];

    request->model = target->model;
    request->max_output = decision->max_output;
    request->stream = !drops(endpoint, "stream");
    request->max_tokens_field = endpoint->max_tokens_field;
    request->drop_params = endpoint->drop_params;
    request->num_ctx = endpoint->num_ctx;
    request->keep_alive = endpoint->keep_alive;
    if (!target->json)
        request->schema = NULL; /* the words in the prompt must do */
}

static int send_it(struct llm_try *try, const struct llm_request *request,
                   const struct llm_endpoint *endpoint, struct err *err)
{
    struct llm_run *run = try->run;
    struct llm_work *llm = try->work->llm;
    char *trace =
        xasprintf("traceparent: 00-%s-%s-01", run->trace_id, run->span_id);
    const char *const headers[] = {trace, NULL};
    struct buf body = {0};
    struct llm_call call = {.wire = endpoint->wire,
                            .base = endpoint->base,
                            .key = endpoint->key,
                            .bearer = endpoint->bearer,
                            .headers = headers,
                            .allow_private = endpoint->allow_private,
                            .stream = request->stream,
                            .limits = endpoint->limits,
                            .prompt_estimate =
                                try->prompt_estimate * endpoint->factor / 100,
                            .model = request->model,
                            .now = clock_wall(),
                            .on_text = on_text,
                            .on_end = on_end,
                            .ctx = try};
    int ret = llm_wire_build(endpoint->wire, request, &body, err);

    if (ret == 0) {
        hash_text(body.data, body.len, try->body_sha256);
        call.body = body.data;
        call.body_len = body.len;
        try->number = llm_call_start(llm->http, &call, err);
        ret = try->number < 0 ? -1 : 0;
    }
    buf_release(&body);
    free(trace);
    return ret;
}

void llm_launch(struct llm_run *run, const struct broker_call *begun,
                struct llm_asked *asked)
{
    struct work *work = run->job->work;
    const struct llm_config *config = work->options->llm;
    const struct llm_target *target = &config->targets[begun->decision.target];
    struct llm_try *try = xcalloc(1, sizeof(*try));
    struct err err = {0};

    llm_shape(config, &begun->decision, &asked->request);
    try->run = run;
    try->work = work;
    try->purpose = run->purpose;
    try->target = begun->decision.target;
    try->task_type = xstrdup(run->job->claim.task_type);
    try->session_id = xstrdup_null(begun->session_id);
    try->prompt_estimate = begun->need.prompt_tokens;
    try->max_output = begun->decision.max_output;
    memcpy(try->call_id, begun->call_id, sizeof(try->call_id));
    run->try = try;
    run->step++;
    told_progress(run->job, 0, target->name, strlen(target->name));
    FAILPOINT("llm.intent");
    if (send_it(try, &asked->request, &config->endpoints[target->endpoint],
                &err) < 0)
        not_sent(try, &err);
    else
        work->llm->calling++;
}
