/*
 * submit-input.c - lines and arguments become items or messages
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/submit.h"
#include "core/cmd.h"
#include "core/json.h"
#include "core/mem.h"

void submit_items_release(struct submit *submit)
{
    while (submit->count > 0)
        submit_drop(submit, submit->count - 1);
    submit->bytes = 0;
}

void submit_drop(struct submit *submit, size_t i)
{
    size_t behind = submit->count - i - 1;

    task_record_release(&submit->items[i].record);
    memmove(&submit->items[i], &submit->items[i + 1],
            behind * sizeof(*submit->items));
    if (submit->raw) {
        free(submit->raw[i]);
        memmove(&submit->raw[i], &submit->raw[i + 1],
                behind * sizeof(*submit->raw));
    }
    submit->count--;
}

void submit_refuse(struct submit *submit, int64_t line, const char *why,
                   const char *raw, size_t len)
{
    cmd_warn("%s %lld: %s", submit->unit, (long long)line, why);
    submit->bad = true;
    if (!submit->rejects)
        return;
    fwrite(raw, 1, len, submit->rejects);
    putc('\n', submit->rejects);
}

void submit_refuse_item(struct submit *submit, size_t i, const char *why)
{
    const char *raw = submit->raw ? submit->raw[i] : "";

    submit_refuse(submit, submit->items[i].line, why, raw, strlen(raw));
}

/* What the input's form allows to be dropped: a BOM, a final CR. */
static void trim(const struct record_text *text, bool lines, const char **data,
                 size_t *len)
{
    *data = text->data;
    *len = text->len;
    if (text->line == 1 && *len >= 3 && memcmp(*data, "\xef\xbb\xbf", 3) == 0) {
        *data += 3;
        *len -= 3;
    }
    if (lines && *len > 0 && (*data)[*len - 1] == '\r')
        (*len)--;
}

static int parse(struct submit *submit, const struct record_text *text,
                 const char *data, size_t len, struct task_record *record,
                 struct err *err)
{
    struct json_slice object;
    int ret;

    if (text->too_long)
        return err_set(err, ERR_DATA, "must not be longer than %zu bytes",
                       submit->max_line);
    if (memchr(data, '\0', len))
        return err_set(err, ERR_DATA, "must not contain a NUL byte (at %zu)",
                       (size_t)((const char *)memchr(data, '\0', len) - data));
    if (submit->text || data[0] != '{')
        return task_record_text(data, len, &submit->defaults, &submit->rules,
                                record, err);

    ret = json_check(data, len, &object, err);
    if (ret < 0) {
        err_wrap(err, "JSON");
        if (text->torn)
            err_wrap(err, "the input ends in the middle");
        return ret;
    }
    return task_record_parse(&object, &submit->defaults, &submit->rules, record,
                             err);
}

int submit_record(struct submit *submit, const struct record_text *text)
{
    struct submit_item *item;
    struct err err = {0};
    const char *data;
    size_t len;

    trim(text, strcmp(submit->unit, "line") == 0, &data, &len);
    if (len == 0 && strcmp(submit->unit, "argument") != 0)
        return 0;
    submit->read++;

    submit->items = xgrow(submit->items, submit->count, &submit->cap,
                          sizeof(*submit->items));
    item = &submit->items[submit->count];
    memset(item, 0, sizeof(*item));
    if (parse(submit, text, data, len, &item->record, &err) < 0) {
        submit_refuse(submit, text->line, err.msg, text->data, text->len);
        return 0;
    }
    item->line = text->line;
    if (submit->rejects) {
        submit->raw = xgrow(submit->raw, submit->count, &submit->raw_cap,
                            sizeof(*submit->raw));
        submit->raw[submit->count] = xmemdup0(text->data, text->len);
    }
    submit->count++;
    submit->bytes += len;
    return 1;
}
