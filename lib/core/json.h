/*
 * json.h - strict JSON, with the user's bytes kept
 *
 * json_check() reads a text once and refuses what RFC 8259 does not allow
 * and what queues choke on: invalid UTF-8, lone surrogates, "\u0000",
 * duplicate keys in an object (compared after unescaping), nesting over
 * 64, anything behind the value.  Numbers are checked for grammar only
 * and never converted: 12345678901234567890 and 1e400 stay what they are.
 *
 * After that the walkers below give slices of the same bytes; they trust
 * their input and must only be given checked text.  cJSON decodes strings
 * that have escapes, converts numbers, and prints the documents that we
 * compose (json_tree functions); it never sees unchecked text.
 */
#ifndef AAOS_CORE_JSON_H
#define AAOS_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/buf.h"
#include "core/err.h"

enum { JSON_DEPTH = 64 };

enum json_type {
    JSON_NULL,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/* A piece of a checked text, without the white space around it. */
struct json_slice {
    const char *data;
    size_t len;
    enum json_type type;
};

/*
 * One value, alone (white space around it is allowed).  On success *value
 * points into text.  Failure is ERR_DATA: "at byte 17: duplicate key
 * 'a'".  Bounded stack and time O(len) whatever the text.
 */
int json_check(const char *text, size_t len, struct json_slice *value,
               struct err *err);

/*
 * Members of an object or elements of an array, in order.  Start with
 * {.rest = value}; each call returns true and fills key (objects only;
 * the raw string with its quotes) and value, or false at the end.
 */
struct json_walk {
    struct json_slice within;
    size_t at; /* private */
};
bool json_next(struct json_walk *walk, struct json_slice *key,
               struct json_slice *value);

/* The member called name: 1 found, 0 not there. */
int json_member(const struct json_slice *object, const char *name,
                struct json_slice *value);

/*
 * Several members in one walk: values[i] is that called names[i], at most
 * JSON_MEMBERS of them; data NULL and type JSON_NULL: not there.
 */
enum { JSON_MEMBERS = 16 };
void json_members(const struct json_slice *object, const char *const *names,
                  size_t count, struct json_slice *values);

/* Append the decoded bytes of a JSON string. */
void json_decode(const struct json_slice *string, struct buf *out);
/*
 * Order of two JSON strings (raw, without their quotes) after decoding, as
 * memcmp(): the order of their UTF-8 bytes, which is that of code points.
 */
int json_compare(const char *a, size_t alen, const char *b, size_t blen);
/* Is the decoded string equal to text? */
bool json_equals(const struct json_slice *string, const char *text);
/* A number that is an integer within int64_t ("5", not "5.0" or "5e0"). */
bool json_integer(const struct json_slice *number, int64_t *out);
/* Any number as a double (strtod in the C locale; overflow gives HUGE_VAL). */
double json_double(const struct json_slice *number);
const char *json_type_name(enum json_type type); /* "an object", "a string" */

/*
 * Compose with cJSON (cJSON_CreateObject, cJSON_AddStringToObject, ...).
 * json_add_raw() embeds checked text byte for byte; json_add_bytes() adds
 * a string if the bytes are UTF-8 without NUL, else NULL under `name` and
 * the base 64 under `name`_base64; json_add_num() adds an exact integer;
 * json_print() appends the compact text; all die on OOM, as xmalloc().
 * They add raw items, ready to be printed: what a terminal would act on is
 * escaped, bytes that are no UTF-8 become U+FFFD (json_add_text), and the
 * tree is for printing, not for looking things up.
 */
void json_add_raw(cJSON *object, const char *name, const char *raw, size_t len);
void json_add_text(cJSON *object, const char *name, const char *text_or_null);
void json_add_bytes(cJSON *object, const char *name, const void *data,
                    size_t len);
void json_add_num(cJSON *object, const char *name, int64_t num);
void json_print(const cJSON *tree, bool pretty, struct buf *out);

#endif
