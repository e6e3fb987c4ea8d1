/*
 * json-scan.h - inside of json_check(): one word of JSON at a time
 *
 * For json.c only.
 */
#ifndef AAOS_CORE_JSON_SCAN_H
#define AAOS_CORE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct json_scan {
    const char *text, *at, *end;
    struct err *err;
};

/* A string of the text, without its quotes. */
struct json_key {
    const char *data;
    size_t len;
    bool escaped; /* has a backslash */
};

/* The byte at `at`, or -1 behind the end. */
static inline int json_peek(const struct json_scan *scan)
{
    return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

/* At the opening quote.  key tells what was between the quotes. */
int json_scan_string(struct json_scan *scan, struct json_key *key);
/* At the sign or the first digit. */
int json_scan_number(struct json_scan *scan);
/* true, false or null. */
int json_scan_word(struct json_scan *scan, const char *word, size_t len);

/* "at byte N: what", for a byte of the text.  Always -1. */
int json_scan_fail(struct json_scan *scan, const char *at, const char *what);
/* "at byte N: expected what", for where we are.  Always -1. */
int json_scan_expected(struct json_scan *scan, const char *what);

#endif
