/*
 * output.h - JSON out of what a model wrote
 *
 * A strict parse comes first.  Only when it fails is the text mended, and
 * the caller told: thoughts (<think>...</think>) and code fences are taken
 * off, the first balanced object or array is cut out, commas before a
 * closing bracket are dropped.  Nothing is invented: a text that was cut
 * short is not completed.  Check `finish` first: on LLM_FINISH_LENGTH there
 * is nothing to mend.
 */
#ifndef AAOS_LLM_OUTPUT_H
#define AAOS_LLM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"

/*
 * Append the JSON text (one value, checked) to json, which must be empty.
 * *repaired: it is not the very text.  ERR_DATA with the parser's message,
 * fit to be shown to the model.  Time O(len).
 */
int llm_output_json(const char *text, size_t len, struct buf *json,
                    bool *repaired, struct err *err);

#endif
