/*
 * record-digest.c - what an idempotency key stands for
 *
 * SHA-256 over one entry a field that the record has, sorted by name:
 *
 *     name 0x1f length ':' bytes
 *
 * length is decimal and counts the bytes.  Strings are what they say, not
 * how they were escaped; JSON (payload, metadata, output_schema) is as it
 * was written; numbers are decimal: budget in 10^-12 USD, durations and
 * instants in microseconds, a '+' before what counts from now.  A payload
 * of raw bytes is named "payload_bytes".  depends_on has one entry an item.
 *
 * So the order of keys in the JSON does not matter, a default counts like
 * the key itself, and no two different records have the same text.
 * correlation_id is left out: it differs whenever the same request is sent
 * again.  The hold of --hold is no key and says nothing about the work.
 */
#include "config.h"

#include <string.h>

#include "core/hash.h"
#include "task/record-field.h"

static void put_entry(struct hash *hash, const char *name, const void *data,
                      size_t len)
{
    struct buf head = {0};

    buf_str(&head, name);
    buf_byte(&head, '\x1f');
    buf_num(&head, (int64_t)len);
    buf_byte(&head, ':');
    hash_put(hash, head.data, head.len);
    hash_put(hash, data, len);
    buf_release(&head);
}

static void put_num(struct hash *hash, const char *name, const char *sign,
                    int64_t num)
{
    struct buf text = {0};

    buf_str(&text, sign);
    buf_num(&text, num);
    put_entry(hash, name, text.data, text.len);
    buf_release(&text);
}

static void put_when(struct hash *hash, const struct field *field,
                     const struct task_record *record)
{
    const int64_t *instant = record_peek(field, record);
    const int64_t *span = (const void *)((const char *)record + field->span_at);

    if (*instant)
        put_num(hash, field->name, "", *instant);
    else
        put_num(hash, field->name, "+", *span);
}

static void put_field(struct hash *hash, const struct field *field,
                      const struct task_record *record)
{
    const void *member = record_peek(field, record);

    switch (field->store) {
    case STORE_TEXT: {
        const char *text = *(char *const *)member;

        put_entry(hash, field->name, text, strlen(text));
        break;
    }
    case STORE_INT:
        put_num(hash, field->name, "", *(const int *)member);
        break;
    case STORE_NUM:
        put_num(hash, field->name, "", *(const int64_t *)member);
        break;
    case STORE_WHEN:
        put_when(hash, field, record);
        break;
    case STORE_LIST:
        for (size_t i = 0; i < record->depends_count; i++)
            put_entry(hash, field->name, record->depends_on[i],
                      strlen(record->depends_on[i]));
        break;
    case STORE_PAYLOAD:
        put_entry(hash, record->payload_is_json ? "payload" : "payload_bytes",
                  record->payload, record->payload_len);
        break;
    }
}

void task_record_digest(const struct task_record *record, char text[65])
{
    struct hash *hash = hash_open();

    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        const struct field *field = &record_fields[i];

        if (field->at != offsetof(struct task_record, correlation_id) &&
            record_has(field, record))
            put_field(hash, field, record);
    }
    hash_close(hash, text);
}
