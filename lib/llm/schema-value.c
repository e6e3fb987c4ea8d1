/*
 * schema-value.c - equality, order, and places by their JSON pointers
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "llm/schema-internal.h"

/* --- numbers -------------------------------------------------------------- */

int llm_number_order(const struct json_slice *a, const struct json_slice *b)
{
    int64_t left;
    int64_t right;
    double x;
    double y;

    if (json_integer(a, &left) && json_integer(b, &right))
        return (left > right) - (left < right);
    x = json_double(a);
    y = json_double(b);
    return (x > y) - (x < y);
}

bool llm_is_integer(const struct json_slice *number)
{
    int64_t ignored;
    double value;

    if (json_integer(number, &ignored))
        return true;
    value = json_double(number);
    return isfinite(value) && floor(value) >= value;
}

/* --- equality --------------------------------------------------------------- */

static bool same_string(const struct json_slice *a, const struct json_slice *b)
{
    return json_compare(a->data + 1, a->len - 2, b->data + 1, b->len - 2) == 0;
}

static bool find(const struct json_slice *object, const struct json_slice *key,
                 struct json_slice *value)
{
    struct json_walk walk = {.within = *object};
    struct json_slice name;

    while (json_next(&walk, &name, value))
        if (same_string(&name, key))
            return true;
    return false;
}

static size_t count_of(const struct json_slice *container)
{
    struct json_walk walk = {.within = *container};
    struct json_slice key;
    struct json_slice value;
    size_t count = 0;

    while (json_next(&walk, &key, &value))
        count++;
    return count;
}

static bool same_members(const struct json_slice *a, const struct json_slice *b)
{
    struct json_walk walk = {.within = *a};
    struct json_slice key;
    struct json_slice left;
    struct json_slice right;

    if (count_of(a) != count_of(b))
        return false;
    while (json_next(&walk, &key, &left))
        if (!find(b, &key, &right) || !llm_same(&left, &right))
            return false;
    return true;
}

static bool same_items(const struct json_slice *a, const struct json_slice *b)
{
    struct json_walk one = {.within = *a};
    struct json_walk two = {.within = *b};
    struct json_slice left;
    struct json_slice right;

    while (json_next(&one, NULL, &left))
        if (!json_next(&two, NULL, &right) || !llm_same(&left, &right))
            return false;
    return !json_next(&two, NULL, &right);
}

bool llm_same(const struct json_slice *a, const struct json_slice *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case JSON_NULL:
    case JSON_TRUE:
    case JSON_FALSE:
        break;
    case JSON_NUMBER:
        return llm_number_order(a, b) == 0;
    case JSON_STRING:
        return same_string(a, b);
    case JSON_ARRAY:
        return same_items(a, b);
    case JSON_OBJECT:
        return same_members(a, b);
    }
    return true;
}

/* --- places ------------------------------------------------------------------- */

static void put_spot(const struct llm_spot *spot, struct buf *out)
{
    struct buf name = {0};
    size_t i;

    if (!spot->outer)
        return;
    put_spot(spot->outer, out);
    buf_byte(out, '/');
    if (!spot->key) {
        buf_num(out, (int64_t)spot->index);
        return;
    }
    json_decode(spot->key, &name);
    for (i = 0; i < name.len; i++) {
        if (name.data[i] == '~' || name.data[i] == '/')
            buf_str(out, name.data[i] == '~' ? "~0" : "~1");
        else
            buf_byte(out, name.data[i]);
    }
    buf_release(&name);
}

int llm_spot_fail(const struct llm_spot *spot, struct err *err, const char *fmt,
                  ...)
{
    struct buf place = {0};
    struct buf why = {0};
    va_list args;

    put_spot(spot, &place);
    va_start(args, fmt);
    buf_vfmt(&why, fmt, args);
    va_end(args);
    if (place.len > 0)
        err_set(err, ERR_DATA, "at '%.200s': %s", place.data, why.data);
    else
        err_set(err, ERR_DATA, "%s", why.data);
    buf_release(&place);
    buf_release(&why);
    return -1;
}

static int hex(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *found = digit ? strchr(digits, digit | 0x20) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* One reference token of a pointer in a URI fragment: "~1" is a slash, "%24"
 * a dollar. */
static const char *token(const char *at, struct buf *out)
{
    for (; *at && *at != '/'; at++) {
        if (*at == '~' && (at[1] == '0' || at[1] == '1')) {
            buf_byte(out, *++at == '0' ? '~' : '/');
        } else if (*at == '%' && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
            buf_byte(out, (char)(hex(at[1]) * 16 + hex(at[2])));
            at += 2;
        } else {
            buf_byte(out, *at);
        }
    }
    buf_put(out, "", 0);
    return at;
}

static int step(struct json_slice *target, const char *name)
{
    struct json_slice next;
    struct json_walk walk = {.within = *target};
    long index;
    char *rest;

    if (target->type == JSON_OBJECT) {
        if (!json_member(target, name, &next))
            return 0;
        *target = next;
        return 1;
    }
    index = strtol(name, &rest, 10);
    if (target->type != JSON_ARRAY || rest == name || *rest || index < 0)
        return 0;
    while (json_next(&walk, NULL, &next)) {
        if (index-- == 0) {
            *target = next;
            return 1;
        }
    }
    return 0;
}

int llm_schema_resolve(const struct json_slice *root,
                       const struct json_slice *pointer,
                       struct json_slice *target)
{
    struct buf text = {0};
    struct buf name = {0};
    const char *at;
    int found;

    json_decode(pointer, &text);
    *target = *root;
    at = text.data ? text.data : "";
    found = *at == '#';
    at += found;
    while (found && *at) {
        buf_reset(&name);
        if (*at != '/') {
            found = 0;
            break;
        }
        at = token(at + 1, &name);
        found = step(target, name.data);
    }
    buf_release(&text);
    buf_release(&name);
    return found;
}
