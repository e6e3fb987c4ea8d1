/*
 * json.c - one strict pass over a text, with a bounded stack
 *
 * There is no recursion: the open containers are an array of JSON_DEPTH.
 * The keys of all open objects lie on one list, those of the innermost
 * last; when an object closes, its keys are looked at for duplicates (few:
 * each with each, without memory; many: sorted) and taken off again.
 */
#include "config.h"

#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/json-scan.h"
#include "core/mem.h"

enum { FEW_KEYS = 16, LOCAL_KEYS = 64, SHOWN = 40 };

struct level {
    size_t keys; /* where this object's keys begin on the list */
    bool object;
};

struct check {
    struct json_scan scan;
    struct level levels[JSON_DEPTH];
    int depth;
    bool fresh; /* the innermost container has no member yet */
    struct json_key local[LOCAL_KEYS];
    struct json_key *keys; /* local, or allocated when that is full */
    size_t count, cap;
};

/* --- keys -------------------------------------------------------------- */

static void add_key(struct check *check, const struct json_key *key)
{
    if (check->count == check->cap && check->keys == check->local) {
        check->cap *= 2;
        check->keys = xrealloc(NULL, check->cap, sizeof(*check->keys));
        memcpy(check->keys, check->local, sizeof(check->local));
    } else {
        check->keys =
            xgrow(check->keys, check->count, &check->cap, sizeof(*check->keys));
    }
    check->keys[check->count++] = *key;
}

static bool same_key(const struct json_key *a, const struct json_key *b)
{
    if (a->escaped || b->escaped)
        return json_compare(a->data, a->len, b->data, b->len) == 0;
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* By content, then by place, so that of equal keys the later is named. */
static int by_content(const void *a, const void *b)
{
    const struct json_key *left = a;
    const struct json_key *right = b;
    int order;

    if (left->escaped || right->escaped) {
        order = json_compare(left->data, left->len, right->data, right->len);
    } else {
        size_t len = left->len < right->len ? left->len : right->len;

        order = memcmp(left->data, right->data, len);
        if (order == 0)
            order = (left->len > right->len) - (left->len < right->len);
    }
    if (order == 0)
        order = (left->data > right->data) - (left->data < right->data);
    return order;
}

static bool is_among(const struct json_key *key, const struct json_key *keys,
                     size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (same_key(key, &keys[i]))
            return true;
    return false;
}

static const struct json_key *find_duplicate(struct json_key *keys,
                                             size_t count)
{
    size_t i;

    if (count <= FEW_KEYS) {
        for (i = 1; i < count; i++)
            if (is_among(&keys[i], keys, i))
                return &keys[i];
        return NULL;
    }
    qsort(keys, count, sizeof(*keys), by_content);
    for (i = 1; i < count; i++)
        if (same_key(&keys[i], &keys[i - 1]))
            return &keys[i];
    return NULL;
}

static int close_object(struct check *check, size_t first)
{
    const struct json_key *twice =
        find_duplicate(check->keys + first, check->count - first);

    check->count = first;
    if (!twice)
        return 0;
    return err_set(
        check->scan.err, ERR_DATA, "at byte %zu: duplicate key '%.*s'",
        (size_t)(twice->data - 1 - check->scan.text),
        (int)utf8_prefix(twice->data, twice->len, SHOWN), twice->data);
}

/* --- structure --------------------------------------------------------- */

static void skip_space(struct json_scan *scan)
{
    int c = json_peek(scan);

    while (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        scan->at++;
        c = json_peek(scan);
    }
}

static int open_container(struct check *check, bool object)
{
    if (check->depth == JSON_DEPTH)
        return json_scan_fail(&check->scan, check->scan.at,
                              "nested more than 64 deep");
    check->levels[check->depth++] =
        (struct level){.keys = check->count, .object = object};
    check->fresh = true;
    check->scan.at++;
    return 0;
}

/* A scalar as a whole, or the opening bracket of a container. */
static int check_value(struct check *check)
{
    struct json_key ignored;

    switch (json_peek(&check->scan)) {
    case '"':
        return json_scan_string(&check->scan, &ignored);
    case '{':
        return open_container(check, true);
    case '[':
        return open_container(check, false);
    case 't':
        return json_scan_word(&check->scan, "true", 4);
    case 'f':
        return json_scan_word(&check->scan, "false", 5);
    case 'n':
        return json_scan_word(&check->scan, "null", 4);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return json_scan_number(&check->scan);
    default:
        return json_scan_expected(&check->scan, "a value");
    }
}

static int check_key(struct check *check)
{
    struct json_key key;

    if (json_peek(&check->scan) != '"')
        return json_scan_expected(&check->scan, "a key in quotes");
    if (json_scan_string(&check->scan, &key) < 0)
        return -1;
    add_key(check, &key);
    skip_space(&check->scan);
    if (json_peek(&check->scan) != ':')
        return json_scan_expected(&check->scan, "':'");
    check->scan.at++;
    skip_space(&check->scan);
    return 0;
}

/* The next member of the innermost container, or its end. */
static int check_member(struct check *check)
{
    const struct level *level = &check->levels[check->depth - 1];

    skip_space(&check->scan);
    if (json_peek(&check->scan) == (level->object ? '}' : ']')) {
        check->scan.at++;
        check->depth--;
        check->fresh = false;
        return level->object ? close_object(check, level->keys) : 0;
    }
    if (!check->fresh) {
        if (json_peek(&check->scan) != ',')
            return json_scan_expected(
                &check->scan, level->object ? "',' or '}'" : "',' or ']'");
        check->scan.at++;
        skip_space(&check->scan);
    }
    check->fresh = false;
    if (level->object && check_key(check) < 0)
        return -1;
    return check_value(check);
}

static enum json_type type_of(char first)
{
    switch (first) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

int json_check(const char *text, size_t len, struct json_slice *value,
               struct err *err)
{
    struct check check;
    const char *first;
    int ret;

    if (!text)
        text = ""; /* what an empty buf gives */
    /* Not = {0}: clearing the local keys would cost more than most texts. */
    check.scan.text = check.scan.at = text;
    check.scan.end = text + len;
    check.scan.err = err;
    check.depth = 0;
    check.fresh = false;
    check.keys = check.local;
    check.count = 0;
    check.cap = LOCAL_KEYS;

    skip_space(&check.scan);
    first = check.scan.at;
    ret = check_value(&check);
    while (ret == 0 && check.depth > 0)
        ret = check_member(&check);
    len = (size_t)(check.scan.at - first);
    skip_space(&check.scan);
    if (ret == 0 && check.scan.at != check.scan.end)
        ret = json_scan_fail(&check.scan, check.scan.at,
                             "something behind the value");
    if (ret == 0)
        *value = (struct json_slice){first, len, type_of(*first)};
    if (check.keys != check.local)
        free(check.keys);
    return ret;
}
