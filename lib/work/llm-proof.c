/*
 * llm-proof.c - what would be sent, to whom, and for how much
 *
 * Nothing is called and nothing reserved.  The request is written byte for
 * byte as it would go out: its SHA-256 is that of the call in the ledger
 * when the same task runs without --proof.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"
#include "llm/wire.h"
#include "work/artifact.h"
#include "work/llm.h"

/* A file of the attempt; its hash into the manifest and into the log. */
static int put_file(struct llm_run *run, int folder, const char *name,
                    const struct buf *text, cJSON *manifest, struct err *err)
{
    struct job *job = run->job;
    char sha256[HASH_TEXT_SIZE];
    int fd =
        openat(folder, name,
               O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    char *ref;
    int ret;

    if (fd < 0)
        return err_errno(err, ERR_CREATE, "cannot create '%s'", name);
    ret = file_write_all(fd, text->data, text->len, err);
    file_close(&fd);
    if (ret < 0)
        return -1;
    ref = artifact_ref(job, name);
    hash_text(text->data, text->len, sha256);
    errlog_artifact(&job->log, name, ref, sha256);
    json_add_text(manifest, name, sha256);
    free(ref);
    return 0;
}

static void put_money(cJSON *tree, const char *name, int64_t pusd)
{
    char text[LLM_USD_SIZE];

    if (pusd < 0)
        json_add_text(tree, name, NULL);
    else
        json_add_text(tree, name, llm_usd(pusd, text));
}

/* The candidate that was chosen, or NULL. */
static const struct llm_weighed *chosen(const struct llm_decision *decision)
{
    size_t i;

    for (i = 0; i < decision->count; i++)
        if (decision->weighed[i].drop == LLM_KEPT &&
            (int)decision->weighed[i].target == decision->target)
            return &decision->weighed[i];
    return NULL;
}

static void cost_text(const struct llm_run *run,
                      const struct llm_decision *decision, struct buf *out)
{
    const struct llm_config *config = run->job->work->options->llm;
    const struct llm_weighed *weighed = chosen(decision);
    cJSON *tree = cJSON_CreateObject();

    json_add_text(tree, "target", config->targets[decision->target].name);
    json_add_num(tree, "prompt_tokens", decision->prompt_tokens);
    json_add_num(tree, "max_output", decision->max_output);
    put_money(tree, "expected_usd", weighed ? weighed->cost : -1);
    put_money(tree, "most_usd", weighed ? weighed->most : -1);
    json_add_text(tree, "price_sha256",
                  config->targets[decision->target].price_sha256);
    json_print(tree, false, out);
    cJSON_Delete(tree);
}

static int write_all(struct llm_run *run, const struct llm_decision *decision,
                     const struct buf *body, cJSON *manifest, struct err *err)
{
    const struct llm_config *config = run->job->work->options->llm;
    int folder = artifact_folder(run->job, err);
    struct buf text = {0};
    int ret = -1;

    if (folder >= 0)
        ret = put_file(run, folder, "request.json", body, manifest, err);
    if (ret == 0) {
        llm_decision_json(config, decision, &text);
        ret = put_file(run, folder, "decision.json", &text, manifest, err);
    }
    if (ret == 0) {
        buf_reset(&text);
        cost_text(run, decision, &text);
        ret = put_file(run, folder, "cost.json", &text, manifest, err);
    }
    buf_release(&text);
    file_close(&folder);
    return ret;
}

static void complete(struct llm_run *run, const struct llm_decision *decision,
                     const cJSON *manifest)
{
    const struct ending ending = {
        .outcome = OUTCOME_COMPLETED, .definite = true, .exit_status = -1};
    const struct llm_config *config = run->job->work->options->llm;
    cJSON *tree = cJSON_CreateObject();
    struct buf files = {0};
    struct buf text = {0};

    json_print(manifest, false, &files);
    json_add_text(tree, "proof", "nothing was sent");
    json_add_text(tree, "target", config->targets[decision->target].name);
    json_add_text(tree, "request_sha256", run->request_sha256);
    json_add_raw(tree, "artifacts", files.data, files.len);
    json_print(tree, false, &text);
    told_json(run->job, text.data, text.len);
    cJSON_Delete(tree);
    buf_release(&files);
    buf_release(&text);
    llm_end(run, &ending);
}

static void prove(struct llm_run *run, struct llm_asked *asked,
                  const struct broker_call *call, struct err *err)
{
    const struct llm_config *config = run->job->work->options->llm;
    const struct llm_decision *decision = &call->decision;
    const struct llm_target *target = &config->targets[decision->target];
    cJSON *manifest = cJSON_CreateObject();
    struct buf body = {0};

    llm_shape(config, decision, &asked->request);
    if (llm_wire_build(config->endpoints[target->endpoint].wire,
                       &asked->request, &body, err) == 0 &&
        write_all(run, decision, &body, manifest, err) == 0)
        complete(run, decision, manifest);
    cJSON_Delete(manifest);
    buf_release(&body);
}

void llm_prove(struct llm_run *run)
{
    const struct ending failed = {
        .outcome = OUTCOME_FAILED, .permanent = true, .exit_status = -1};
    struct llm_work *llm = run->job->work->llm;
    struct job *job = run->job;
    struct broker_call call;
    struct llm_asked asked;
    struct err err = {0};

    run->purpose = PURPOSE_ANSWER;
    llm_ask(run, &asked);
    llm_need(run, &asked.request, &call);
    if (broker_explain(llm->broker, &call, &err) == 0 && !call.err.code &&
        call.decision.kind == LLM_GO)
        prove(run, &asked, &call, &err);
    else if (!err.code)
        llm_refused(run, &call);
    llm_decision_release(&call.decision);
    llm_ask_release(&asked);
    if (err.code && job->llm) {
        told_error(job, err.msg, strlen(err.msg));
        llm_end(job->llm, &failed);
    }
}
