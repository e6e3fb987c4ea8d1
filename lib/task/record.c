/*
 * record.c - a record from its JSON object, over the defaults
 *
 * One pass over the object's members, each looked up in the table of
 * fields and read from its slice; nothing but what is set is copied.
 * Then the defaults fill the fields that the object did not give.
 */
#include "config.h"

#include "task/record.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "task/record-field.h"

enum { PRIORITY = 5 };

_Static_assert(RECORD_FIELD_COUNT <= 32, "a field is a bit in a word");

static uint32_t bit(const struct field *field)
{
    return UINT32_C(1) << (field - record_fields);
}

struct task_record task_record_new(void)
{
    return (struct task_record){.priority = -1, .budget = -1};
}

void task_record_release(struct task_record *record)
{
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++)
        if (record_fields[i].store == STORE_TEXT)
            free(*(char **)record_member(&record_fields[i], record));
    for (size_t i = 0; i < record->depends_count; i++)
        free(record->depends_on[i]);
    free(record->depends_on);
    free(record->payload);
    *record = (struct task_record){0};
}

bool record_has(const struct field *field, const struct task_record *record)
{
    const void *member = record_peek(field, record);

    switch (field->store) {
    case STORE_TEXT:
    case STORE_PAYLOAD:
        return *(char *const *)member != NULL;
    case STORE_INT:
        return *(const int *)member != field->absent;
    case STORE_NUM:
        return *(const int64_t *)member != field->absent;
    case STORE_WHEN:
        return *(const int64_t *)member != 0 ||
               *(const int64_t *)(const void *)((const char *)record +
                                                field->span_at) != 0;
    case STORE_LIST:
        return record->depends_count > 0;
    }
    return false;
}

static void copy_list(struct task_record *to, const struct task_record *from)
{
    to->depends_on = xcalloc(from->depends_count, sizeof(char *));
    for (size_t i = 0; i < from->depends_count; i++)
        to->depends_on[i] = xstrdup(from->depends_on[i]);
    to->depends_count = from->depends_count;
}

static void copy_field(const struct field *field, struct task_record *to,
                       const struct task_record *from)
{
    void *target = record_member(field, to);
    const void *source = record_peek(field, from);

    switch (field->store) {
    case STORE_TEXT:
        *(char **)target = xstrdup(*(char *const *)source);
        break;
    case STORE_INT:
        *(int *)target = *(const int *)source;
        break;
    case STORE_WHEN:
        memcpy((char *)to + field->span_at, (const char *)from + field->span_at,
               sizeof(int64_t));
        *(int64_t *)target = *(const int64_t *)source;
        break;
    case STORE_NUM:
        *(int64_t *)target = *(const int64_t *)source;
        break;
    case STORE_LIST:
        copy_list(to, from);
        break;
    case STORE_PAYLOAD:
        to->payload = xmemdup0(from->payload, from->payload_len);
        to->payload_len = from->payload_len;
        to->payload_is_json = from->payload_is_json;
        break;
    }
}

static int merge_metadata(struct task_record *record,
                          const struct task_record *defaults, struct err *err)
{
    char *merged;

    if (!record->metadata || !defaults->metadata)
        return 0;
    merged = record_merge(defaults->metadata, record->metadata, err);
    if (!merged)
        return -1;
    free(record->metadata);
    record->metadata = merged;
    return 0;
}

/* Fill what was not given. */
static int complete(struct task_record *record, uint32_t given,
                    const struct task_record *defaults, struct err *err)
{
    for (size_t i = 0; defaults && i < RECORD_FIELD_COUNT; i++) {
        const struct field *field = &record_fields[i];

        if (!(given & bit(field)) && record_has(field, defaults))
            copy_field(field, record, defaults);
    }
    record->hold = defaults && defaults->hold;
    return defaults ? merge_metadata(record, defaults, err) : 0;
}

/* The same for what is to be stored. */
static int finish(struct task_record *record, uint32_t given,
                  const struct task_record *defaults, struct err *err)
{
    if (complete(record, given, defaults, err) < 0)
        return -1;
    if (!record->description)
        return err_set(err, ERR_DATA, "description: is required");
    if (record->priority < 0)
        record->priority = PRIORITY;
    return 0;
}

static const struct field *find_key(const struct json_slice *key,
                                    struct err *err)
{
    struct buf decoded = {0};
    const char *name = key->data + 1;
    size_t len = key->len - 2;
    const struct field *field;

    if (memchr(name, '\\', len)) {
        json_decode(key, &decoded);
        name = decoded.data;
        len = decoded.len;
    }
    field = record_field(name, len);
    if (!field)
        record_unknown_key(name, len, err);
    buf_release(&decoded);
    return field;
}

static int refuse_type(const struct field *field, const struct value *value,
                       struct err *err)
{
    if (field->set == record_set_text)
        return err_set(err, ERR_DATA, "%s: must be a string (got %s)",
                       field->name, json_type_name(value->json->type));
    return record_refuse(field, value, err);
}

/* One member of the object; null is as good as absent. */
static int read_member(const struct json_slice *key,
                       const struct json_slice *json,
                       const struct task_rules *rules,
                       struct task_record *record, uint32_t *given,
                       struct err *err)
{
    struct value value = {.json = json};
    const struct field *field = find_key(key, err);
    const struct field *rival;

    if (!field)
        return -1;
    if (json->type == JSON_NULL)
        return 0;
    if (!(field->accepts & 1U << json->type))
        return refuse_type(field, &value, err);
    if (field->set(field, record, &value, rules, err) < 0)
        return -1;
    *given |= bit(field);
    if (!field->rival)
        return 0;
    rival = record_field(field->rival, strlen(field->rival));
    if (*given & bit(rival))
        return err_set(err, ERR_DATA, "%s: must not be given beside '%s'",
                       field->name, field->rival);
    return 0;
}

/* The rival of a field that was given is not to be filled either. */
static uint32_t with_rivals(uint32_t given)
{
    uint32_t all = given;

    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        const char *rival = record_fields[i].rival;

        if (rival && given & bit(&record_fields[i]))
            all |= bit(record_field(rival, strlen(rival)));
    }
    return all;
}

/* The members of the object, over the defaults. */
static int read_object(const struct json_slice *object,
                       const struct task_record *defaults,
                       const struct task_rules *rules,
                       int (*end)(struct task_record *record, uint32_t given,
                                  const struct task_record *defaults,
                                  struct err *err),
                       struct task_record *out, struct err *err)
{
    struct task_record record = task_record_new();
    struct json_walk walk = {.within = *object};
    struct json_slice key;
    struct json_slice value;
    uint32_t given = 0;

    if (object->type != JSON_OBJECT)
        return err_set(err, ERR_DATA, "a record must be an object (got %s)",
                       json_type_name(object->type));
    while (json_next(&walk, &key, &value))
        if (read_member(&key, &value, rules, &record, &given, err) < 0)
            goto fail;
    if (end(&record, with_rivals(given), defaults, err) < 0)
        goto fail;
    *out = record;
    return 0;
fail:
    task_record_release(&record);
    return -1;
}

int task_record_parse(const struct json_slice *object,
                      const struct task_record *defaults,
                      const struct task_rules *rules, struct task_record *out,
                      struct err *err)
{
    return read_object(object, defaults, rules, finish, out, err);
}

int task_record_defaults(const struct json_slice *object,
                         const struct task_record *defaults,
                         const struct task_rules *rules,
                         struct task_record *out, struct err *err)
{
    return read_object(object, defaults, rules, complete, out, err);
}

int task_record_text(const char *text, size_t len,
                     const struct task_record *defaults,
                     const struct task_rules *rules, struct task_record *out,
                     struct err *err)
{
    static const char name[] = "description";
    const struct field *field = record_field(name, sizeof(name) - 1);
    struct task_record record = task_record_new();
    struct value value = {.text = text, .len = len};

    if (field->set(field, &record, &value, rules, err) < 0 ||
        finish(&record, bit(field), defaults, err) < 0) {
        task_record_release(&record);
        return -1;
    }
    *out = record;
    return 0;
}

int task_record_set(struct task_record *record, const char *field,
                    const char *text, const struct task_rules *rules,
                    struct err *err)
{
    const struct field *found = record_field(field, strlen(field));
    struct value value = {.text = text, .len = strlen(text)};

    if (!found)
        return record_unknown_key(field, strlen(field), err);
    if (value.len == 0)
        return err_set(err, ERR_DATA, "%s: must not be empty", found->name);
    return found->set(found, record, &value, rules, err);
}
