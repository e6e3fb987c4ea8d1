/*
 * llm-handler.c - many tasks at a time, each answered by a model
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "work/llm.h"

struct llm_profile {
    struct llm_profile *next;
    struct work_profile profile;
};

/* splitmix64: good enough to choose among equals. */
uint64_t llm_random(struct llm_work *llm)
{
    uint64_t z = (llm->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

const struct work_profile *llm_profile(struct work *work, const char *name,
                                       struct err *err)
{
    struct llm_work *llm = work->llm;
    struct llm_profile *at;

    for (at = llm->profiles; at; at = at->next)
        if (strcmp(at->profile.name, name) == 0)
            return &at->profile;
    at = xcalloc(1, sizeof(*at));
    if (work_profile_find(work->options->profiles, work->options->llm, name,
                          &at->profile, err) < 0) {
        free(at);
        return NULL;
    }
    at->next = llm->profiles;
    llm->profiles = at;
    return &at->profile;
}

/* --- coming and going ------------------------------------------------------ */

static int open_llm(struct work *work, struct err *err)
{
    struct llm_work *llm = xcalloc(1, sizeof(*llm));

    work->llm = llm;
    llm->random = (uint64_t)clock_wall() ^ ((uint64_t)work->seed[0] << 48) ^
                  (uint64_t)(uintptr_t)llm;
    llm->http = http_open("aaos/" PACKAGE_VERSION, err);
    if (!llm->http)
        return -1;
    llm->broker = broker_open(work->store, work->queue, work->options->llm,
                              work->agent_id, llm_random(llm));
    if (work->options->llm->nendpoints == 0)
        log_warn("no_endpoint",
                 log_text("hint", "no [endpoint], no llm.url, no key in the "
                                  "environment: tasks will wait"));
    return 0;
}

void llm_profiles_release(struct llm_work *llm)
{
    while (llm->profiles) {
        struct llm_profile *at = llm->profiles;

        llm->profiles = at->next;
        work_profile_release(&at->profile);
        free(at);
    }
}

static void release(struct work *work)
{
    struct llm_work *llm = work->llm;
    int i;

    if (!llm)
        return;
    for (i = 0; i < work->job_count; i++)
        llm_run_release(work->jobs[i].llm);
    http_close(llm->http);
    while (llm->ended) {
        struct llm_try *try = llm->ended;

        llm->ended = try->next;
        llm_try_release(try);
    }
    broker_close(llm->broker);
    llm_profiles_release(llm);
    free(llm);
    work->llm = NULL;
}

/* --- one attempt ----------------------------------------------------------- */

void llm_run_release(struct llm_run *run)
{
    size_t i;

    if (!run)
        return;
    llm_unwant(run);
    if (run->try)
        run->try->run = NULL;
    run->job->llm = NULL;
    for (i = 0; i < run->known_count; i++) {
        free(run->known[i].response);
        free(run->known[i].model);
    }
    free(run->known);
    talk_release(&run->talk);
    llm_schema_close(run->schema);
    buf_release(&run->wrong);
    buf_release(&run->document);
    buf_release(&run->parts);
    free(run->schema_text);
    free(run->asked);
    free(run);
}

void llm_end(struct llm_run *run, const struct ending *ending)
{
    struct job *job = run->job;

    llm_run_release(run);
    job_end(job, ending);
}

static int start(struct work *work, struct job *job, struct err *err)
{
    struct llm_run *run = xcalloc(1, sizeof(*run));

    run->job = job;
    job->llm = run;
    if (llm_prompt(run, err) < 0 || llm_resume(run, err) < 0) {
        llm_run_release(run);
        return -1;
    }
    if (work->options->proof)
        llm_prove(run);
    else
        llm_go(run);
    return 0;
}

/* --- stopping -------------------------------------------------------------- */

/* Runs end in llm_turn() alone: who calls us may be in the middle of a list
 * of them. */
static void term(struct work *work, struct job *job)
{
    struct llm_run *run = job->llm;

    work->llm->stopping = true;
    if (run && run->try && run->try->number > 0)
        http_cancel(work->llm->http, run->try->number);
}

static void kill_job(struct work *work, struct job *job)
{
    if (job->llm)
        job->llm->killed = true;
    term(work, job);
}

/* What does not wait for its call: it was not begun, or there is no time. */
static void end_stopped(struct work *work)
{
    const struct ending ending = {.outcome = OUTCOME_FAILED, .exit_status = -1};
    int i;

    if (!work->llm->stopping)
        return;
    work->llm->stopping = false;
    for (i = 0; i < work->job_count; i++) {
        struct job *job = &work->jobs[i];
        struct llm_run *run = job->busy ? job->llm : NULL;

        if (!run || job->stop == STOP_NONE)
            continue;
        if (run->try && run->try->number > 0)
            http_cancel(work->llm->http, run->try->number);
        if (!run->try || run->killed || job->stop >= STOP_EXPIRED)
            llm_end(run, &ending);
        else
            work->llm->stopping = true;
    }
}

static void step(struct work *work)
{
    end_stopped(work);
    llm_turn(work);
    end_stopped(work);
}

/* What calls cost is to be known before we go. */
static bool close_it(struct work *work)
{
    const struct llm_work *llm = work->llm;

    return (llm->calling == 0 && !llm->ended) || work->given_up ||
           work->signals > 1;
}

const struct handler llm_handler = {
    .open = open_llm,
    .start = start,
    .term = term,
    .kill = kill_job,
    .step = step,
    .close = close_it,
    .release = release,
    .adapts = true,
};
