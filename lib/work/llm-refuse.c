/*
 * llm-refuse.c - no call can be made: later, never, or with less to say
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "work/llm.h"

/* The largest window that is too small for it; 0: that is not the reason. */
static int64_t largest_window(const struct llm_run *run,
                              const struct llm_decision *decision)
{
    int64_t window = 0;
    size_t i;

    for (i = 0; i < decision->count; i++) {
        const struct llm_weighed *weighed = &decision->weighed[i];
        int64_t context = llm_target_at(run, (int)weighed->target)->context;

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
    llm_say(run, text.data);
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

    if (window > 0 &&
        (llm_fit_window(run, window, decision->max_output) ||
         (!run->trimmed && llm_split(run, window, decision->max_output)))) {
        llm_again(run, PURPOSE_COMPACT);
    } else if (window > 0 && run->trimmed) {
        run->trimmed = false;
        llm_try_want(run, PURPOSE_ANSWER);
    } else {
        say_drops(run, "no endpoint can serve it: ", decision);
        if (can_be_mended(decision))
            llm_later(run, TASK_REASON_NO_ENDPOINT, LLM_MEND_WAIT);
        else
            llm_fail(run, true);
    }
}

void llm_refused(struct llm_run *run, const struct broker_call *call)
{
    const struct llm_decision *decision = &call->decision;
    bool go_on = run->ntried > 0 || run->purpose == PURPOSE_REPAIR ||
                 run->purpose == PURPOSE_REASK;

    if (run->job->stop != STOP_NONE) {
        llm_stopped(run);
    } else if (call->err.code) {
        llm_say(run, call->err.msg);
        llm_fail(run, true);
    } else if (run->purpose == PURPOSE_COMPACT && !llm_splitting(run)) {
        no_summary(run);
    } else if (go_on) {
        llm_give_up(run, decision->kind == LLM_LATER ? call->wait : 0);
    } else if (decision->kind == LLM_LATER) {
        int64_t wait = call->wait;

        say_drops(run, "no endpoint can take it now: ", decision);
        if (decision->until == 0 && wait < LLM_MEND_WAIT)
            wait = LLM_MEND_WAIT;
        llm_later(run,
                  decision->reason ? decision->reason : TASK_REASON_NO_ENDPOINT,
                  wait);
    } else {
        never(run, decision);
    }
}
