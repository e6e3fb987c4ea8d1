/*
 * status-why-model.c - why no model was called, from the decision that is
 * stored with each attempt to find one
 */
#include "config.h"

#include <string.h>

#include "cmd/status.h"
#include "task/task.h"

static const struct {
    const char *reason, *words;
} reasons[] = {
    {TASK_REASON_RATE_LIMITED, "every model that may serve it is at its limit"},
    {TASK_REASON_WARMING, "the model is being loaded"},
    {TASK_REASON_NO_ENDPOINT, "no endpoint can serve it"},
    {TASK_REASON_BUDGET, "a budget is spent"},
};

static void put(const struct json_slice *object, const char *name,
                const char *before, const char *after, struct buf *out)
{
    struct json_slice value;
    struct buf text = {0};

    if (json_member(object, name, &value) != 1 || value.type != JSON_STRING)
        return;
    json_decode(&value, &text);
    if (text.len > 0) {
        buf_str(out, before);
        buf_printable(out, text.data, text.len);
        buf_str(out, after);
    }
    buf_release(&text);
}

/* "cloud/m: budget (day), gpu1/m: circuit (connect)".  Was one called? */
static bool put_drops(const struct json_slice *decision, struct buf *out)
{
    struct json_slice list, item, key;
    struct json_walk walk = {0};
    struct json_slice drop;
    const char *before = ": ";
    bool tried = false;

    if (json_member(decision, "candidates", &list) != 1 ||
        list.type != JSON_ARRAY)
        return false;
    walk.within = list;
    while (json_next(&walk, &key, &item)) {
        if (item.type != JSON_OBJECT || json_member(&item, "drop", &drop) != 1)
            continue;
        tried |= json_equals(&drop, "tried");
        put(&item, "target", before, "", out);
        put(&item, "drop", ": ", "", out);
        put(&item, "detail", " (", ")", out);
        before = ", ";
    }
    if (*before == ':')
        buf_str(out, ": none is configured");
    return tried;
}

int status_why_model(const struct db_rows *route, const char *reason,
                     struct buf *out)
{
    const char *words = NULL;
    struct json_slice decision;
    struct json_slice value;
    struct err err = {0};
    const char *text;

    for (size_t i = 0; reason && i < LENGTH(reasons); i++)
        if (strcmp(reasons[i].reason, reason) == 0)
            words = reasons[i].words;
    text = route->count > 0 ? db_text(route, 0, 1) : NULL;
    if (!text || json_check(text, strlen(text), &decision, &err) < 0 ||
        json_member(&decision, "decision", &value) != 1 ||
        json_equals(&value, "go"))
        text = NULL;
    if (!words && text && json_equals(&value, "never"))
        words = "nothing can serve it";
    if (!words)
        return 0;
    buf_fmt(out, ": %s", words);
    if (!text)
        return 1;
    return put_drops(&decision, out) ? 1 : 2;
}
