/*
 * schema.h - does a value keep to a JSON Schema?
 *
 * The part of draft 2020-12 that models are given: type, enum, const,
 * properties, required, additionalProperties, propertyNames,
 * minProperties, maxProperties, items, prefixItems, minItems, maxItems,
 * uniqueItems, contains, minimum, maximum, exclusive..., multipleOf,
 * minLength, maxLength, pattern (POSIX extended, with \d \w \s and \b),
 * anyOf, oneOf, allOf, not, if/then/else, $ref to "#" and "#/$defs/NAME"
 * (and definitions), true and false.  Annotations (title, description, default,
 * examples, format, $comment, ...) are accepted and mean nothing.  A
 * keyword that is none of these is refused when the schema is read: a rule
 * that nobody checks is worse than none.
 *
 * Work is bounded: by the depth of JSON (64), 64 $refs in a row, and a
 * budget of steps, beyond which the check fails.
 */
#ifndef AAOS_LLM_SCHEMA_H
#define AAOS_LLM_SCHEMA_H

#include <stddef.h>

#include "core/err.h"
#include "core/json.h"

struct llm_schema; /* opaque */

enum { LLM_SCHEMA_MAX = 256 << 10 };

/* The text is copied.  ERR_DATA: "at '/properties/a': unknown keyword
 * 'typ'". */
struct llm_schema *llm_schema_open(const char *text, size_t len,
                                   struct err *err);
void llm_schema_close(struct llm_schema *schema);

/*
 * 0, or -1 with ERR_DATA and the first thing that is wrong, by its JSON
 * pointer: "at '/items/0/price': expected a number, not a string".  Fit to
 * be shown to the model.  The slice is of text that json_check() took.
 */
int llm_schema_check(const struct llm_schema *schema,
                     const struct json_slice *value, struct err *err);

#endif
