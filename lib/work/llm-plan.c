/*
 * llm-plan.c - answers that are tasks for others
 *
 * A profile with `follow_up` is asked for a plan: a list of tasks, each for
 * one of the named profiles.  They become tasks of the workflow when, and
 * only when, the planner's own is completed; what they depend on hands its
 * results to them.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "work/llm.h"

enum {
    HANDOFFS_MAX = 8, /* plans of plans of plans */
    TITLE_MIN = 3,
    TITLE_MAX = 200 /* characters */
};

static const char handoffs_key[] = "handoffs";

/* --- the form -------------------------------------------------------------- */

char *llm_plan_schema(const struct work_profile *profile)
{
    static const char before[] =
        "{\"type\":\"object\",\"properties\":{\"summary\":{\"type\":\"string\","
        "\"description\":\"the plan in a few sentences\"},\"tasks\":{\"type\":"
        "\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"ref\":{"
        "\"type\":\"string\",\"description\":\"a short name, once each\"},"
        "\"agent\":{\"type\":\"string\",\"enum\":[";
    static const char after[] =
        "]},\"title\":{\"type\":\"string\"},\"instructions\":{\"type\":"
        "\"string\"},\"depends_on\":{\"type\":\"array\",\"items\":{\"type\":"
        "\"string\"},\"description\":\"refs of tasks whose results it needs\"}}"
        ",\"required\":[\"ref\",\"agent\",\"title\",\"instructions\","
        "\"depends_on\"],\"additionalProperties\":false}}},\"required\":["
        "\"summary\",\"tasks\"],\"additionalProperties\":false}";
    struct buf text = {0};
    size_t i;

    buf_str(&text, before);
    for (i = 0; i < profile->follow_count; i++) {
        const char *name = profile->follow_up[i];

        if (i > 0)
            buf_byte(&text, ',');
        buf_json_safe(&text, name, strlen(name));
    }
    buf_str(&text, after);
    return buf_detach(&text);
}

/* --- from a plan to records ------------------------------------------------ */

static void put_text(cJSON *record, const char *name,
                     const struct json_slice *object, const char *member)
{
    struct json_slice value;

    if (json_member(object, member, &value) == 1)
        json_add_raw(record, name, value.data, value.len);
}

/* A description has to be neither too short nor too long. */
static void put_title(cJSON *record, const struct json_slice *task)
{
    struct json_slice value;
    struct buf text = {0};

    if (json_member(task, "title", &value) == 1)
        json_decode(&value, &text);
    buf_str(&text, "");
    text.len = utf8_prefix(text.data, text.len, TITLE_MAX);
    text.data[text.len] = '\0';
    if (utf8_length(text.data, text.len) < TITLE_MIN)
        buf_str(&text, " (no title)");
    json_add_text(record, "description", text.data);
    buf_release(&text);
}

static void put_words(const struct json_slice *object, const char *member,
                      struct buf *out)
{
    struct json_slice value;

    if (json_member(object, member, &value) == 1 && value.type == JSON_STRING)
        json_decode(&value, out);
    buf_str(out, "");
}

/* Who reads it has read nothing else. */
static void put_instructions(const struct llm_run *run, cJSON *record,
                             const struct json_slice *plan,
                             const struct json_slice *task)
{
    struct buf text = {0};

    buf_str(&text, "Goal of the whole work:\n");
    buf_str(&text, run->job->claim.description);
    buf_str(&text, "\n\nThe plan:\n");
    put_words(plan, "summary", &text);
    buf_str(&text, "\n\nYour part:\n");
    put_words(task, "instructions", &text);
    json_add_text(record, "payload", text.data);
    buf_release(&text);
}

static int64_t handoffs(const struct claim *claim)
{
    struct json_slice object;
    struct json_slice value;
    struct err err = {0};
    int64_t count = 0;

    if (!claim->metadata ||
        json_check(claim->metadata, strlen(claim->metadata), &object, &err) <
            0 ||
        json_member(&object, handoffs_key, &value) != 1 ||
        !json_integer(&value, &count) || count < 0)
        return 0;
    return count;
}

static void put_who(struct llm_run *run, cJSON *record,
                    const struct json_slice *task)
{
    const struct work_profile *profile;
    struct json_slice value;
    struct buf name = {0};
    struct err err = {0};

    if (json_member(task, "agent", &value) == 1)
        json_decode(&value, &name);
    buf_str(&name, "");
    profile = llm_profile(run->job->work, name.data, &err);
    json_add_text(record, "agent_type", name.data);
    if (profile)
        json_add_text(record, "task_type", profile->types[0]);
    buf_release(&name);
}

/* What holds for the plan holds for its parts. */
static void put_inherited(const struct llm_run *run, cJSON *record)
{
    const struct claim *claim = &run->job->claim;
    cJSON *metadata = cJSON_CreateObject();
    struct buf text = {0};

    json_add_num(metadata, handoffs_key, handoffs(claim) + 1);
    json_print(metadata, false, &text);
    json_add_raw(record, "metadata", text.data, text.len);
    cJSON_Delete(metadata);
    buf_release(&text);
    json_add_num(record, "priority", claim->priority);
    if (claim->privacy)
        json_add_text(record, "privacy", claim->privacy);
    if (claim->llm_endpoint)
        json_add_text(record, "llm_endpoint", claim->llm_endpoint);
    if (!claim->workflow_id) {
        char *name = xasprintf("plan-%s", claim->task_id);

        json_add_text(record, "workflow", name);
        free(name);
    }
}

static void take_one(struct llm_run *run, const struct json_slice *plan,
                     const struct json_slice *task)
{
    cJSON *record = cJSON_CreateObject();
    struct buf text = {0};

    put_who(run, record, task);
    put_title(record, task);
    put_instructions(run, record, plan, task);
    put_text(record, "ref", task, "ref");
    put_text(record, "depends_on", task, "depends_on");
    put_inherited(run, record);
    json_print(record, false, &text);
    cJSON_Delete(record);
    told_task(run->job, text.data, text.len);
    buf_release(&text);
}

int llm_plan_take(struct llm_run *run, const struct buf *json, struct err *err)
{
    struct json_walk walk = {0};
    struct json_slice plan;
    struct json_slice task;

    if (handoffs(&run->job->claim) >= HANDOFFS_MAX)
        return err_set(err, ERR_DATA,
                       "it was handed on %d times already: plans of plans",
                       HANDOFFS_MAX);
    if (json_check(json->data, json->len, &plan, err) < 0)
        return -1;
    json_member(&plan, "tasks", &walk.within);
    while (json_next(&walk, NULL, &task))
        take_one(run, &plan, &task);
    return 0;
}
