/*
 * record-field.h - the fields of a record as one table (private to record)
 *
 * The table is sorted by name.  It is the list of known keys, it says how
 * each is read from a JSON value or from plain text and where it is kept,
 * and its order is the order of the digest.
 */
#ifndef AAOS_TASK_RECORD_FIELD_H
#define AAOS_TASK_RECORD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"
#include "task/record.h"

enum {
    RECORD_FIELD_COUNT = 24,
    RECORD_METADATA_KEYS = 100,
    RECORD_DEPENDS = 1000
};

/* A value on its way into a field. */
struct value {
    const struct json_slice *json; /* NULL: plain text */
    const char *text; /* plain text, or what the JSON string says */
    size_t len;
};

/* How a field is kept in struct task_record. */
enum field_store {
    STORE_TEXT,    /* char * */
    STORE_INT,     /* int */
    STORE_NUM,     /* int64_t */
    STORE_WHEN,    /* two int64_t: an instant, or a duration from now */
    STORE_LIST,    /* depends_on */
    STORE_PAYLOAD, /* payload */
};

struct field;

typedef int field_set(const struct field *field, struct task_record *record,
                      struct value *value, const struct task_rules *rules,
                      struct err *err);
typedef int field_check(const struct field *field, const struct value *value,
                        const struct task_rules *rules, struct err *err);

struct field {
    const char *name;
    size_t name_len;
    size_t at;      /* offset of the member */
    size_t span_at; /* STORE_WHEN: offset of the duration */
    int64_t absent; /* numbers: the value that means "not given" */
    int64_t min, max;
    enum field_store store;
    unsigned accepts;  /* JSON types, a bit each */
    const char *rival; /* the field that must not be given beside it */
    const char *rule;  /* "must be ...": the message when it is broken */
    field_set *set;
    field_check *check; /* for text and for the elements of a list */
};

extern const struct field record_fields[RECORD_FIELD_COUNT];

/* The field called name, or NULL. */
const struct field *record_field(const char *name, size_t len);
/* "unknown key 'priorty' (did you mean 'priority'?)".  Returns -1. */
int record_unknown_key(const char *name, size_t len, struct err *err);

/* Where the member lies. */
void *record_member(const struct field *field, struct task_record *record);
const void *record_peek(const struct field *field,
                        const struct task_record *record);

/* "<name>: <rule> (got <value>)".  Returns -1. */
int record_refuse(const struct field *field, const struct value *value,
                  struct err *err);
/* The beginning of text, fit for a message: at most 40 characters. */
void record_show(const char *text, size_t len, struct buf *out);

/*
 * The text of a value, to be freed; value->text and len are set to it.
 * NULL with err if plain text holds a NUL or is no UTF-8.
 */
char *record_take(const struct field *field, struct value *value,
                  struct err *err);

field_set record_set_text;
field_set record_set_integer;
field_set record_set_money;
field_set record_set_span;
field_set record_set_when;
field_set record_set_list;
field_set record_set_payload;
field_set record_set_object;

field_check record_check_description;
field_check record_check_name;
field_check record_check_type;
field_check record_check_webhook;
field_check record_check_privacy;
field_check record_check_policy;

/* Does the record (or the defaults) give this field? */
bool record_has(const struct field *field, const struct task_record *record);

/*
 * The members of base that over does not have, then those of over, each
 * as it was written; to be freed.  NULL with err if there are too many.
 */
char *record_merge(const char *base, const char *over, struct err *err);

#endif
