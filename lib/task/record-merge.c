/*
 * record-merge.c - metadata over metadata
 *
 * Key by key; values are moved as they were written, so that a number of
 * twenty digits survives any number of merges.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "task/record-field.h"

/* As json_check() compares them: after unescaping. */
static bool same_key(const struct json_slice *a, const struct json_slice *b)
{
    struct buf left = {0};
    struct buf right = {0};
    bool same;

    if (!memchr(a->data, '\\', a->len) && !memchr(b->data, '\\', b->len))
        return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
    json_decode(a, &left);
    json_decode(b, &right);
    same = left.len == right.len &&
           (left.len == 0 || memcmp(left.data, right.data, left.len) == 0);
    buf_release(&left);
    buf_release(&right);
    return same;
}

static bool has_key(const struct json_slice *object,
                    const struct json_slice *wanted)
{
    struct json_walk walk = {.within = *object};
    struct json_slice key;
    struct json_slice value;

    while (json_next(&walk, &key, &value))
        if (same_key(&key, wanted))
            return true;
    return false;
}

/* Appends the members that `without` does not have; returns their number. */
static size_t put_members(const struct json_slice *object,
                          const struct json_slice *without, struct buf *out)
{
    struct json_walk walk = {.within = *object};
    struct json_slice key;
    struct json_slice value;
    size_t count = 0;

    while (json_next(&walk, &key, &value)) {
        if (without && has_key(without, &key))
            continue;
        if (out->len > 1)
            buf_byte(out, ',');
        buf_put(out, key.data, key.len);
        buf_byte(out, ':');
        buf_put(out, value.data, value.len);
        count++;
    }
    return count;
}

char *record_merge(const char *base, const char *over, struct err *err)
{
    struct json_slice below = {base, strlen(base), JSON_OBJECT};
    struct json_slice above = {over, strlen(over), JSON_OBJECT};
    struct buf out = {0};
    size_t count;

    buf_byte(&out, '{');
    count = put_members(&below, &above, &out);
    count += put_members(&above, NULL, &out);
    buf_byte(&out, '}');
    if (count > RECORD_METADATA_KEYS) {
        buf_release(&out);
        err_set(err, ERR_DATA,
                "metadata: must be an object of at most %d keys "
                "(got %zu with the defaults)",
                RECORD_METADATA_KEYS, count);
        return NULL;
    }
    return buf_detach(&out);
}

int task_record_metadata(struct task_record *record, const char *pair,
                         struct err *err)
{
    const char *equals = strchr(pair, '=');
    struct buf shown = {0};
    struct buf one = {0};
    char *merged = NULL;

    if (!equals || equals == pair || !utf8_valid(pair, strlen(pair))) {
        record_show(pair, strlen(pair), &shown);
        err_set(err, ERR_DATA,
                "metadata: must be KEY=VALUE in UTF-8 (got '%s')", shown.data);
        buf_release(&shown);
        return -1;
    }
    buf_byte(&one, '{');
    buf_json(&one, pair, (size_t)(equals - pair));
    buf_byte(&one, ':');
    buf_json(&one, equals + 1, strlen(equals + 1));
    buf_byte(&one, '}');
    merged =
        record_merge(record->metadata ? record->metadata : "{}", one.data, err);
    buf_release(&one);
    if (!merged)
        return -1;
    free(record->metadata);
    record->metadata = merged;
    return 0;
}
