/*
 * llm-fit.c - a conversation that outgrew the window of its model
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "llm/tokens.h"
#include "work/llm.h"

enum {
    SPARE = 5,    /* per cent of the window that stay free */
    TRIGGER = 80, /* per cent of what is left, from which on it is cut */
    SUMMARY = 400 /* tokens that a summary may have */
};

bool llm_fit_window(struct llm_run *run, int64_t window, int64_t max_output)
{
    int64_t budget = window - window * SPARE / 100 - max_output;
    int64_t tokens = talk_tokens(&run->talk);
    int64_t trimmed;

    budget = budget * TRIGGER / 100;
    if (tokens <= budget || !talk_has_movable(&run->talk))
        return false;
    trimmed = talk_trim(&run->talk, budget);
    run->trimmed = trimmed < tokens;
    if (trimmed <= budget)
        return false;
    talk_cut(&run->talk, budget, SUMMARY, &run->cut_from, &run->cut_to);
    return run->cut_from < run->cut_to;
}

/* The window that the router would choose; 0: not known. */
static int64_t window_of(const struct llm_run *run,
                         const struct llm_decision *decision)
{
    const struct llm_config *config = run->job->work->options->llm;
    int64_t window = 0;
    size_t i;

    if (decision->target >= 0)
        return config->targets[decision->target].context;
    for (i = 0; i < decision->count; i++) {
        const struct llm_weighed *weighed = &decision->weighed[i];

        if (weighed->drop == LLM_DROP_CONTEXT &&
            config->targets[weighed->target].context > window)
            window = config->targets[weighed->target].context;
    }
    return window;
}

bool llm_fit(struct llm_run *run)
{
    struct llm_work *llm = run->job->work->llm;
    struct broker_call call;
    struct llm_asked asked;
    struct err err = {0};
    bool summarise = false;
    int64_t window;

    if (!talk_has_movable(&run->talk))
        return false;
    run->purpose = PURPOSE_ANSWER;
    llm_ask(run, &asked);
    llm_need(run, &asked.request, &call);
    if (broker_explain(llm->broker, &call, &err) == 0 && !call.err.code) {
        window = window_of(run, &call.decision);
        if (window > 0)
            summarise = llm_fit_window(run, window, call.decision.max_output);
    }
    llm_decision_release(&call.decision);
    llm_ask_release(&asked);
    return summarise;
}

/* What was said stays in the store; the summary stands for it from now on. */
static void keep_summary(struct llm_run *run, const struct llm_try *try)
{
    const struct claim *claim = &run->job->claim;
    const char *last_hash = run->talk.notes[run->cut_to - 1].hash;
    const struct buf *text = &try->answer.text;
    struct err err = {0};

    if (!claim->session_id || !*last_hash)
        return;
    if (store_session_summarised(run->job->work->store, claim->session_id,
                                 last_hash, text->data,
                                 llm_tokens(text->data, text->len),
                                 try->answer.model, NULL, &err) < 0)
        log_warn("summary_not_kept", log_text("task_id", claim->task_id),
                 log_text("correlation_id", claim->correlation_id),
                 log_text("session_id", claim->session_id),
                 log_text("error", err.msg));
}

void llm_fit_done(struct llm_run *run, const struct llm_try *try)
{
    if (try->class == LLM_OK && try->answer.text.len > 0) {
        keep_summary(run, try);
        talk_summarise(&run->talk, run->cut_from, run->cut_to,
                       try->answer.text.data);
        return;
    }
    errlog_add(&run->job->log, "warn",
               "%zu earlier messages are left out: no summary: %s",
               run->cut_to - run->cut_from,
               *try->why ? try->why : try->result.reason);
    talk_drop(&run->talk, run->cut_from, run->cut_to);
}
