/*
 * schema-internal.h - what the files of schema share
 */
#ifndef AAOS_LLM_SCHEMA_INTERNAL_H
#define AAOS_LLM_SCHEMA_INTERNAL_H

#include <regex.h>
#include <stdbool.h>

#include "core/json.h"
#include "llm/schema.h"

/* A compiled pattern and the slice of the schema that it stands in. */
struct llm_pattern {
    const char *at;
    regex_t regex;
};

struct llm_schema {
    char *text;
    struct json_slice root;
    struct llm_pattern *patterns;
    size_t npatterns, cap;
};

enum { LLM_PATTERN_MAX = 1024 };

/* A place in the value (or the schema), from the inside out. */
struct llm_spot {
    const struct llm_spot *outer; /* NULL: the root */
    const struct json_slice *key; /* a raw JSON string; NULL: an index */
    size_t index;
};

/* "at '/items/0/price': why", or only why at the root.  ERR_DATA; -1. */
int llm_spot_fail(const struct llm_spot *spot, struct err *err, const char *fmt,
                  ...) ATTR_PRINTF(3, 4);

/* ECMA-262 to POSIX extended, as far as they go together. */
int llm_pattern_compile(const struct json_slice *pattern, regex_t *regex,
                        struct err *err);

/* What "#/$defs/name" means: 1 found, 0 not there. */
int llm_schema_resolve(const struct json_slice *root,
                       const struct json_slice *pointer,
                       struct json_slice *target);

/* Equal as JSON: members in any order, 1 and 1.0 the same. */
bool llm_same(const struct json_slice *a, const struct json_slice *b);
/* Order of two numbers. */
int llm_number_order(const struct json_slice *a, const struct json_slice *b);
bool llm_is_integer(const struct json_slice *number);

#endif
