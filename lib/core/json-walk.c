/*
 * json-walk.c - slices of a checked text
 *
 * Everything here trusts its input: json_check() has seen it, so each
 * string has its closing quote and each bracket its partner.
 */
#include "config.h"

#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* --- members ----------------------------------------------------------- */

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

/* From the opening quote to behind the closing one. */
static const char *skip_string(const char *at, const char *end)
{
    const char *first = at + 1;

    at = first;
    while ((at = memchr(at, '"', (size_t)(end - at)))) {
        const char *slash = at;

        while (slash > first && slash[-1] == '\\')
            slash--;
        at++;
        if ((at - slash) % 2 == 1)
            return at;
    }
    return end;
}

/* From the opening bracket to behind its partner. */
static const char *skip_container(const char *at, const char *end)
{
    int depth = 0;

    while (at < end) {
        switch (*at) {
        case '"':
            at = skip_string(at, end);
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (--depth == 0)
                return at + 1;
            break;
        default:
            break;
        }
        at++;
    }
    return end;
}

/* The value that starts at `at`. */
static struct json_slice slice_at(const char *at, const char *end)
{
    struct json_slice value = {.data = at, .type = JSON_NUMBER};
    const char *stop = at;

    switch (*at) {
    case '"':
        value.type = JSON_STRING;
        stop = skip_string(at, end);
        break;
    case '{':
    case '[':
        value.type = *at == '{' ? JSON_OBJECT : JSON_ARRAY;
        stop = skip_container(at, end);
        break;
    case 't':
        value.type = JSON_TRUE;
        stop = at + 4;
        break;
    case 'f':
        value.type = JSON_FALSE;
        stop = at + 5;
        break;
    case 'n':
        value.type = JSON_NULL;
        stop = at + 4;
        break;
    default:
        while (stop < end && (*stop > '9' ? (*stop | 0x20) == 'e'
                                          : *stop >= '+' && *stop != ','))
            stop++;
        break;
    }
    value.len = (size_t)(stop - at);
    return value;
}

bool json_next(struct json_walk *walk, struct json_slice *key,
               struct json_slice *value)
{
    const struct json_slice *within = &walk->within;
    const char *end = within->data + within->len;
    const char *at;

    if (within->type != JSON_OBJECT && within->type != JSON_ARRAY)
        return false;
    if (walk->at == 0)
        walk->at = 1;
    at = skip_space(within->data + walk->at);
    if (*at == ',')
        at = skip_space(at + 1);
    if (*at == '}' || *at == ']') {
        walk->at = within->len - 1;
        return false;
    }
    if (within->type == JSON_OBJECT) {
        *key = slice_at(at, end);
        at = skip_space(key->data + key->len);
        at = skip_space(at + 1); /* the colon */
    }
    *value = slice_at(at, end);
    walk->at = (size_t)(at - within->data) + value->len;
    return true;
}

int json_member(const struct json_slice *object, const char *name,
                struct json_slice *value)
{
    struct json_walk walk = {.within = *object};
    struct json_slice key, found;

    if (object->type != JSON_OBJECT)
        return 0;
    while (json_next(&walk, &key, &found)) {
        if (!json_equals(&key, name))
            continue;
        *value = found;
        return 1;
    }
    return 0;
}

void json_members(const struct json_slice *object, const char *const *names,
                  size_t count, struct json_slice *values)
{
    struct json_walk walk = {0};
    struct json_slice key = {.data = ""};
    struct json_slice found;
    size_t lens[JSON_MEMBERS];
    size_t left = count;
    bool escaped;
    size_t i;

    for (i = 0; i < count; i++) {
        values[i] = (struct json_slice){0};
        lens[i] = strlen(names[i]) + 2;
    }
    if (object->type != JSON_OBJECT)
        return;
    walk.within = *object;
    while (left > 0 && json_next(&walk, &key, &found)) {
        /* With escapes a key is longer than what it says. */
        escaped = memchr(key.data, '\\', key.len) != NULL;
        for (i = 0; i < count; i++)
            if (escaped ? json_equals(&key, names[i])
                        : key.len == lens[i] &&
                              memcmp(key.data + 1, names[i], key.len - 2) == 0)
                break;
        if (i == count)
            continue;
        values[i] = found;
        left--;
    }
}

/* --- numbers ----------------------------------------------------------- */

bool json_integer(const struct json_slice *number, int64_t *out)
{
    bool negative = number->data[0] == '-';
    uint64_t most = (uint64_t)INT64_MAX + negative;
    uint64_t sum = 0;
    size_t i;

    if (number->type != JSON_NUMBER)
        return false;
    for (i = negative; i < number->len; i++) {
        uint64_t digit = (unsigned char)number->data[i] - (uint64_t)'0';

        if (digit > 9 || sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

double json_double(const struct json_slice *number)
{
    char local[64];
    char *copy = local;
    double value;

    if (number->len < sizeof(local)) {
        memcpy(local, number->data, number->len);
        local[number->len] = '\0';
    } else {
        copy = xmemdup0(number->data, number->len);
    }
    /* Programs set LC_CTYPE only, so the decimal point is a point. */
    value = strtod(copy, NULL);
    if (copy != local)
        free(copy);
    return value;
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",        [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string",  [JSON_ARRAY] = "an array",
        [JSON_OBJECT] = "an object",
    };

    return names[type];
}
