/*
 * llm-prompt.c - from a task to a conversation
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/tokens.h"
#include "work/llm.h"

/* Results of the tasks it waited for, in bytes: one, and all of them. */
enum { PARENT_MAX = 64 << 10, PARENTS_MAX = 256 << 10 };

static const char schema_words[] =
    "Answer with exactly one JSON value that keeps to this JSON Schema, and "
    "nothing else: no explanation, no code fence.\n\n";

/* --- the task -------------------------------------------------------------- */

static int put_payload(const struct claim *claim, struct buf *out,
                       struct err *err)
{
    struct buf text = {0};
    int ret = 0;

    if (!claim->payload)
        return 0;
    record_input(claim, false, &text);
    if (text.len > 0 &&
        (!utf8_valid(text.data, text.len) || memchr(text.data, '\0', text.len)))
        ret = err_set(err, ERR_DATA,
                      "payload: a model reads UTF-8 text, not bytes");
    if (ret == 0 && text.len > 0) {
        buf_str(out, "\n\n");
        buf_put(out, text.data, text.len);
    }
    buf_release(&text);
    return ret;
}

static void put_result(const struct json_slice *value, size_t room,
                       struct buf *out)
{
    struct buf text = {0};
    size_t len;

    if (value->type == JSON_STRING)
        json_decode(value, &text);
    else
        buf_put(&text, value->data, value->len);
    len = text.len;
    if (len > room) {
        len = room;
        while (len > 0 && ((unsigned char)text.data[len] & 0xc0) == 0x80)
            len--;
    }
    buf_put(out, text.data ? text.data : "", len);
    if (len < text.len)
        buf_fmt(out, "\n[cut here: %zu of %zu bytes]", len, text.len);
    buf_release(&text);
}

static void put_member(const struct json_slice *object, const char *name,
                       struct buf *out)
{
    struct json_slice value;

    if (json_member(object, name, &value) == 1 && value.type == JSON_STRING)
        json_decode(&value, out);
    buf_str(out, "");
}

static void put_parent(const struct json_slice *parent, size_t room,
                       struct buf *out)
{
    struct json_slice result;
    struct buf name = {0};

    put_member(parent, "ref", &name);
    if (name.len == 0)
        put_member(parent, "task_id", &name);
    buf_fmt(out, "\n\n## Result of '%s' (", name.data);
    put_member(parent, "status", out);
    buf_str(out, ")\n\n");
    if (json_member(parent, "result", &result) == 1 && result.type != JSON_NULL)
        put_result(&result, room, out);
    else
        buf_str(out, "(none)");
    buf_release(&name);
}

/* Each gets its share of what is left, so that the last is not the one that
 * is cut away. */
static void put_parents(const struct job *job, struct buf *out)
{
    struct json_slice list;
    struct json_slice parent;
    struct json_walk walk;
    struct err err = {0};
    size_t count = 0;
    size_t share;

    if (job->parents.len == 0 ||
        json_check(job->parents.data, job->parents.len, &list, &err) < 0)
        return;
    for (walk = (struct json_walk){.within = list};
         json_next(&walk, NULL, &parent);)
        count++;
    share = count > 0 ? PARENTS_MAX / count : 0;
    if (share > PARENT_MAX)
        share = PARENT_MAX;
    for (walk = (struct json_walk){.within = list};
         json_next(&walk, NULL, &parent);)
        put_parent(&parent, share, out);
}

static int put_task(struct llm_run *run, struct err *err)
{
    const struct claim *claim = &run->job->claim;
    struct buf text = {0};
    int ret;

    buf_str(&text, claim->description);
    ret = put_payload(claim, &text, err);
    put_parents(run->job, &text);
    if (ret == 0)
        talk_add(&run->talk, LLM_USER, text.data)->fixed = true;
    run->asked = buf_detach(&text);
    return ret;
}

void llm_prompt_replace(struct llm_run *run, const char *document)
{
    struct talk *talk = &run->talk;
    struct buf text = {0};

    buf_fmt(&text, "%s\n\n%s", run->job->claim.description, document);
    put_parents(run->job, &text);
    talk_pop(talk);
    talk_add(talk, LLM_USER, text.data)->fixed = true;
    buf_release(&text);
}

/* --- what went before ------------------------------------------------------ */

static void put_history(struct llm_run *run, const struct db_rows *rows)
{
    size_t i;

    for (i = 0; i < rows->count; i++) {
        const struct db_cell *content = db_cell(rows, i, SN_CONTENT);
        bool user = strcmp(db_text(rows, i, SN_ROLE), "user") == 0;
        struct json_slice object;
        struct buf text = {0};
        struct err err = {0};
        struct note *note;

        if (json_check(content->data, content->len, &object, &err) == 0)
            put_member(&object, "text", &text);
        note = talk_add(&run->talk, user ? LLM_USER : LLM_ASSISTANT,
                        text.data ? text.data : "");
        note->fixed = i == 0;
        snprintf(note->hash, sizeof(note->hash), "%s",
                 db_text(rows, i, SN_HASH));
        buf_release(&text);
    }
}

static int read_session(struct llm_run *run, struct err *err)
{
    struct store *store = run->job->work->store;
    const char *id = run->job->claim.session_id;
    struct session_summary summary = {0};
    struct db_rows rows = {0};
    int ret;

    if (!id)
        return 0;
    ret = store_session_summary(store, id, &summary, err);
    if (ret >= 0)
        ret = store_session(store, id, summary.depth, &rows, err);
    if (ret >= 0) {
        run->talk.summary = summary.content;
        put_history(run, &rows);
        db_rows_release(&rows);
        return 0;
    }
    free(summary.content);
    err->code = ERR_OS; /* the database may come back */
    return err_wrap(err, "cannot read session '%s'", id);
}

/* --- who answers, and in what form ----------------------------------------- */

static int find_profile(struct llm_run *run, struct err *err)
{
    struct work *work = run->job->work;
    const struct claim *claim = &run->job->claim;
    const char *name = claim->agent_type;

    if (!name)
        name = work->options->profile;
    run->profile = llm_profile(work, name ? name : claim->task_type, err);
    if (!run->profile && (name || err->code == ERR_CONFIG)) {
        err->code = ERR_DATA;
        return -1;
    }
    err_clear(err); /* a task type of one's own needs no profile */
    if (run->profile) {
        run->max_output = run->profile->max_output;
        run->temperature = run->profile->temperature;
        if (*run->profile->prompt)
            run->talk.system = xstrdup(run->profile->prompt);
    }
    return 0;
}

/* The task's own form outweighs that its profile plans. */
static int find_schema(struct llm_run *run, struct err *err)
{
    const char *given = run->job->claim.output_schema;
    char *system;

    run->plans = !given && run->profile && run->profile->follow_count > 0;
    if (run->plans)
        run->schema_text = llm_plan_schema(run->profile);
    else if (given)
        run->schema_text = xstrdup(given);
    else
        return 0;
    run->schema =
        llm_schema_open(run->schema_text, strlen(run->schema_text), err);
    if (!run->schema)
        return err_wrap(err, "output_schema");
    system = run->talk.system;
    run->talk.system =
        xasprintf("%s%s%s%s", system ? system : "", system ? "\n\n" : "",
                  schema_words, run->schema_text);
    free(system);
    return 0;
}

int llm_prompt(struct llm_run *run, struct err *err)
{
    if (find_profile(run, err) < 0 || find_schema(run, err) < 0 ||
        parents_hand(run->job, true, false, err) < 0 ||
        read_session(run, err) < 0)
        return -1;
    return put_task(run, err);
}
