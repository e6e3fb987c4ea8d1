/*
 * llm-judge.c - is the answer what was asked for?
 *
 * Whatever the wire calls complete is looked at once more: is it JSON, does
 * it keep to the schema, can a plan be carried out?  The ledger is told.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "llm/output.h"
#include "work/llm.h"

static void complain(struct llm_try *try, const char *why)
{
    try->class = LLM_OUTPUT;
    snprintf(try->why, sizeof(try->why), "%.255s", why);
}

static void judge_value(struct llm_try *try)
{
    struct llm_run *run = try->run;
    const struct buf *text = &try->answer.text;
    struct json_slice value;
    struct err err = {0};
    bool repaired = false;

    buf_reset(&try->json);
    if (llm_output_json(text->data ? text->data : "", text->len, &try->json,
                        &repaired, &err) < 0 ||
        json_check(try->json.data, try->json.len, &value, &err) < 0 ||
        llm_schema_check(run->schema, &value, &err) < 0 ||
        (run->plans && llm_plan_check(&value, &err) < 0)) {
        complain(try, err.msg);
        return;
    }
    if (repaired)
        errlog_add(&run->job->log, "info",
                   "the answer was taken out of other text");
}

/* What a later attempt needs to go on from here. */
static void put_response(struct llm_try *try)
{
    const struct llm_answer *answer = &try->answer;
    cJSON *tree;

    if (try->class != LLM_OK && try->class != LLM_OUTPUT)
        return;
    tree = cJSON_CreateObject();
    json_add_text(tree, "finish", llm_finish_name(answer->finish));
    json_add_text(tree, "model", answer->model);
    json_add_text(tree, "target",
                  try->work->options->llm->targets[try->target].name);
    json_add_bytes(tree, "text", answer->text.data ? answer->text.data : "",
                   answer->text.len);
    json_print(tree, false, &try->response);
    cJSON_Delete(tree);
}

void llm_judge(struct llm_try *try)
{
    struct llm_run *run = try->run;

    try->class = try->result.verdict.class;
    if (try->class == LLM_OUTPUT && !*try->why)
        snprintf(try->why, sizeof(try->why), "%s",
                 try->answer.finish == LLM_FINISH_LENGTH
                     ? "it was cut because it became too long"
                     : try->result.reason);
    if (try->class == LLM_OK && run && run->schema &&
        try->purpose != PURPOSE_COMPACT)
        judge_value(try);
    if (try->response.len == 0)
        put_response(try);
}
