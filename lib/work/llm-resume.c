/*
 * llm-resume.c - calls that a lost attempt has paid for
 *
 * A run is a function of the task and of the answers that it got: an
 * attempt that follows one that was lost, or handed back, is given the same
 * answers in the same order, and calls only when there are no more.  After
 * an attempt that failed, everything begins anew.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "store/resume.h"
#include "work/llm.h"

static bool purpose_of(const char *name, enum llm_purpose *purpose)
{
    int i;

    for (i = PURPOSE_ANSWER; i <= PURPOSE_COMPACT; i++) {
        *purpose = (enum llm_purpose)i;
        if (strcmp(llm_purpose_name(*purpose), name) == 0)
            return true;
    }
    return false;
}

static void keep(struct llm_run *run, const struct db_rows *rows, int after)
{
    size_t i;

    run->known = xcalloc(rows->count + 1, sizeof(*run->known));
    for (i = 0; i < rows->count; i++) {
        struct llm_known *known = &run->known[run->known_count];

        if (db_num(rows, i, CC_ATTEMPT) <= after ||
            db_null(rows, i, CC_RESPONSE) ||
            !purpose_of(db_text(rows, i, CC_PURPOSE), &known->purpose))
            continue;
        run->known_count++;
        known->response = xstrdup(db_text(rows, i, CC_RESPONSE));
        known->model = xstrdup_null(db_text(rows, i, CC_SERVED_MODEL));
    }
}

int llm_resume(struct llm_run *run, struct err *err)
{
    const struct claim *claim = &run->job->claim;
    struct store *store = run->job->work->store;
    struct db_rows rows = {0};
    int after = 0;

    if (claim->attempt <= 1)
        return 0;
    if (store_last_end(store, claim->seq, &after, err) < 0 ||
        (after + 1 < claim->attempt &&
         store_calls_of(store, claim->task_id, &rows, err) < 0)) {
        err->code = ERR_OS; /* the database may come back */
        return err_wrap(err, "cannot read what was done already");
    }
    keep(run, &rows, after);
    db_rows_release(&rows);
    if (run->known_count > 0)
        log_info("llm_resumed", log_text("task_id", claim->task_id),
                 log_num("attempt", claim->attempt),
                 log_text("correlation_id", claim->correlation_id),
                 log_num("calls", (int64_t)run->known_count));
    return 0;
}

static enum llm_finish finish_of(const struct json_slice *object)
{
    struct json_slice value;
    int i;

    if (json_member(object, "finish", &value) == 1)
        for (i = LLM_FINISH_NONE; i <= LLM_FINISH_OTHER; i++)
            if (json_equals(&value, llm_finish_name((enum llm_finish)i)))
                return (enum llm_finish)i;
    return LLM_FINISH_OTHER;
}

static int target_of(struct llm_run *run, const struct json_slice *object)
{
    struct json_slice value;
    struct buf name = {0};
    int target = -1;

    if (json_member(object, "target", &value) == 1)
        json_decode(&value, &name);
    if (name.len > 0)
        target = llm_config_target(run->job->work->options->llm, name.data);
    buf_release(&name);
    return target;
}

static bool revive(struct llm_run *run, const struct llm_known *known,
                   struct llm_try *try)
{
    struct json_slice object;
    struct json_slice value;
    struct err err = {0};

    if (json_check(known->response, strlen(known->response), &object, &err) < 0)
        return false;
    try->target = target_of(run, &object);
    if (try->target < 0 || json_member(&object, "text", &value) != 1 ||
        value.type != JSON_STRING)
        return false;
    json_decode(&value, &try->answer.text);
    try->answer.finish = finish_of(&object);
    try->answer.model = xstrdup_null(known->model);
    try->result.answer = &try->answer;
    try->result.verdict.class =
        try->answer.finish == LLM_FINISH_LENGTH ? LLM_OUTPUT : LLM_OK;
    return true;
}

bool llm_known(struct llm_run *run, enum llm_purpose purpose,
               struct llm_try *try)
{
    size_t i;

    for (i = 0; i < run->known_count; i++) {
        struct llm_known *known = &run->known[i];

        if (known->used || known->purpose != purpose)
            continue;
        known->used = true;
        try->run = run;
        try->work = run->job->work;
        try->purpose = purpose;
        if (!revive(run, known, try))
            continue;
        run->step++;
        llm_judge(try);
        return true;
    }
    return false;
}
