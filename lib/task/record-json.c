/*
 * record-json.c - lists, payloads and objects into their fields
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "task/record-field.h"

/* What is being read; becomes depends_on when all of it is good. */
struct list {
    char **items;
    size_t count;
    size_t cap;
};

static void list_release(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
}

static int list_add(const struct field *field, struct list *list,
                    struct value *item, struct err *err)
{
    char *text;

    if (list->count == RECORD_DEPENDS ||
        (item->json && item->json->type != JSON_STRING))
        return record_refuse(field, item, err);
    text = record_take(field, item, err);
    if (!text)
        return -1;
    if (field->check(field, item, NULL, err) < 0) {
        free(text);
        return -1;
    }
    list->items = xgrow(list->items, list->count, &list->cap, sizeof(char *));
    list->items[list->count++] = text;
    return 0;
}

/* Plain text names its items with commas between them. */
static int list_split(const struct field *field, struct list *list,
                      const struct value *value, struct err *err)
{
    const char *at = value->text;
    const char *end = at + value->len;
    const char *comma;

    for (;; at = comma + 1) {
        struct value item = {.text = at};

        comma = memchr(at, ',', (size_t)(end - at));
        item.len = (size_t)((comma ? comma : end) - at);
        if (list_add(field, list, &item, err) < 0)
            return -1;
        if (!comma)
            return 0;
    }
}

static int list_read(const struct field *field, struct list *list,
                     struct value *value, struct err *err)
{
    struct json_walk walk = {0};
    struct json_slice key;
    struct json_slice element;

    if (!value->json)
        return list_split(field, list, value, err);
    if (value->json->type == JSON_STRING)
        return list_add(field, list, value, err);
    walk.within = *value->json;
    while (json_next(&walk, &key, &element)) {
        struct value item = {.json = &element};

        if (list_add(field, list, &item, err) < 0)
            return -1;
    }
    return 0;
}

int record_set_list(const struct field *field, struct task_record *record,
                    struct value *value, const struct task_rules *rules,
                    struct err *err)
{
    struct list list = {0};
    struct list old = {record->depends_on, record->depends_count, 0};

    (void)rules;
    if (list_read(field, &list, value, err) < 0) {
        list_release(&list);
        return -1;
    }
    list_release(&old);
    record->depends_on = list.items;
    record->depends_count = list.count;
    return 0;
}

/* A JSON value is kept as it was written, plain text as the bytes it is. */
int record_set_payload(const struct field *field, struct task_record *record,
                       struct value *value, const struct task_rules *rules,
                       struct err *err)
{
    const struct json_slice *json = value->json;

    (void)field;
    (void)rules;
    (void)err;
    free(record->payload);
    record->payload_len = json ? json->len : value->len;
    record->payload =
        xmemdup0(json ? json->data : value->text, record->payload_len);
    record->payload_is_json = json != NULL;
    return 0;
}

int record_set_object(const struct field *field, struct task_record *record,
                      struct value *value, const struct task_rules *rules,
                      struct err *err)
{
    char **member = record_member(field, record);
    struct json_slice object = {0};
    struct json_slice key;
    struct json_slice ignored;
    struct json_walk walk;
    int64_t count = 0;

    (void)rules;
    if (value->json)
        object = *value->json;
    else if (json_check(value->text, value->len, &object, err) < 0)
        return err_wrap(err, "%s", field->name);
    if (object.type != JSON_OBJECT)
        return record_refuse(field, value, err);
    walk = (struct json_walk){.within = object};
    while (count <= field->max && json_next(&walk, &key, &ignored))
        count++;
    if (count > field->max)
        return record_refuse(field, value, err);
    free(*member);
    *member = xmemdup0(object.data, object.len);
    return 0;
}
