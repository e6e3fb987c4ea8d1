/*
 * schema-frame.h - one value, one schema for it, and the keywords
 *
 * For the files of schema only.
 */
#ifndef AAOS_LLM_SCHEMA_FRAME_H
#define AAOS_LLM_SCHEMA_FRAME_H

#include "llm/schema-internal.h"

struct llm_check {
    const struct llm_schema *schema;
    int64_t work; /* that may still be done */
    int depth;
    int references; /* in a row, without going into the value */
    bool gave_up;   /* a limit: no alternative can help */
};

/* One value and one schema for it. */
struct llm_frame {
    struct llm_check *check;
    const struct json_slice *schema; /* an object */
    const struct json_slice *value;
    const struct llm_spot *spot;
    struct err *err;
};

enum { SHOWN = 60 };

#define FAIL(frame, ...) llm_spot_fail((frame)->spot, (frame)->err, __VA_ARGS__)
#define TEXT(slice) \
    (int)utf8_prefix((slice)->data, (slice)->len, SHOWN), (slice)->data

/* 0, or -1 when that was enough work. */
int llm_frame_spend(const struct llm_frame *frame, size_t bytes);
/* Does the value fit this schema, too? */
bool llm_frame_valid(const struct llm_frame *frame,
                     const struct json_slice *schema);
/* A part of the value: references may begin anew. */
int llm_frame_part(const struct llm_frame *frame,
                   const struct json_slice *schema,
                   const struct json_slice *part, const struct llm_spot *spot);
/* A count against a limit. */
int llm_frame_count(const struct llm_frame *frame, const struct json_slice *to,
                    int64_t have, bool least, const char *what);

/* A keyword: about which types of values it says something, and what. */
#define BIT(type) (1U << (type))
struct llm_keyword {
    const char *name;
    unsigned types;
    int (*check)(const struct llm_frame *frame,
                 const struct json_slice *keyword);
};
/* Each list ends with a NULL name. */
extern const struct llm_keyword llm_scalar_keywords[];
extern const struct llm_keyword llm_nested_keywords[];

#endif
