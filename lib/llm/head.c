/*
 * head.c - what the headers of an answer say about limits and waits
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/curl.h"

#include "core/clock.h"
#include "llm/class.h"

#define YEAR (INT64_C(365) * 24 * 3600 * USEC_PER_SEC)

const char *const llm_head_names[] = {
    "request-id",
    "x-request-id",
    "retry-after-ms",
    "retry-after",
    "x-should-retry",
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-tokens",
    "anthropic-ratelimit-requests-limit",
    "anthropic-ratelimit-requests-remaining",
    "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-tokens-limit",
    "anthropic-ratelimit-tokens-remaining",
    "anthropic-ratelimit-tokens-reset",
    "anthropic-ratelimit-input-tokens-limit",
    "anthropic-ratelimit-input-tokens-remaining",
    "anthropic-ratelimit-input-tokens-reset",
    "anthropic-ratelimit-output-tokens-limit",
    "anthropic-ratelimit-output-tokens-remaining",
    "anthropic-ratelimit-output-tokens-reset",
    NULL,
};

void llm_head_init(struct llm_head *head)
{
    static const struct llm_limit none = {-1, -1, -1};

    *head = (struct llm_head){.retry_after = -1, .should_retry = -1};
    head->requests = none;
    head->tokens = none;
    head->input_tokens = none;
    head->output_tokens = none;
}

/* --- values ----------------------------------------------------------------- */

/*
 * Digits with a point among them, as microseconds of a unit; at most a
 * year.  *end is behind it; -1: no number.
 */
static int64_t decimal(const char *text, int64_t unit, const char **end)
{
    int64_t value = 0;
    bool digits = false;

    while (isdigit((unsigned char)*text)) {
        if (value <= YEAR / unit)
            value = value * 10 + (*text - '0');
        digits = true;
        text++;
    }
    value = value <= YEAR / unit ? value * unit : YEAR;
    if (*text == '.') {
        for (text++; isdigit((unsigned char)*text); text++) {
            unit /= 10;
            value += (*text - '0') * unit;
            digits = true;
        }
    }
    *end = text;
    return digits ? value : -1;
}

static int64_t unit_of(const char **at)
{
    static const struct {
        const char *name;
        int64_t usec;
    } units[] = {
        {"ms", USEC_PER_MSEC},       {"s", USEC_PER_SEC},
        {"m", 60 * USEC_PER_SEC},    {"h", 3600 * USEC_PER_SEC},
        {"d", 86400 * USEC_PER_SEC},
    };
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t len = strlen(units[i].name);

        if (strncmp(*at, units[i].name, len) == 0) {
            *at += len;
            return units[i].usec;
        }
    }
    return -1;
}

int64_t llm_head_duration(const char *text)
{
    const char *at = text;
    int64_t sum = 0;

    if (!*text)
        return -1;
    while (*at) {
        const char *end;
        int64_t unit;
        int64_t part;

        if (decimal(at, 1, &end) < 0)
            return -1;
        unit = unit_of(&end);
        if (unit < 0)
            return -1;
        part = decimal(at, unit, &at);
        at = end;
        sum = part < YEAR - sum ? sum + part : YEAR;
    }
    return sum;
}

/* A number alone. */
static int64_t number(const char *text, int64_t unit)
{
    const char *end;
    int64_t value = decimal(text, unit, &end);

    return *end ? -1 : value;
}

static int64_t until(int64_t instant, int64_t now)
{
    if (instant <= now)
        return 0;
    return instant - now < YEAR ? instant - now : YEAR;
}

/* Seconds, or an HTTP date. */
static int64_t retry_after(const char *value, int64_t now)
{
    int64_t wait = number(value, USEC_PER_SEC);
    time_t then;

    if (wait >= 0 || !isalpha((unsigned char)*value))
        return wait;
    then = curl_getdate(value, NULL);
    return then < 0 || then > INT64_MAX / USEC_PER_SEC
               ? -1
               : until(then * USEC_PER_SEC, now);
}

/* "6m0s", "2026-01-31T12:00:00Z", or seconds. */
static int64_t reset(const char *value, int64_t now)
{
    int64_t wait = llm_head_duration(value);
    int64_t instant;
    struct err err;

    if (wait < 0)
        wait = number(value, USEC_PER_SEC);
    if (wait < 0 && clock_parse(value, &instant, &err) == 0)
        wait = until(instant, now);
    return wait;
}

/* --- headers ------------------------------------------------------------------ */

static struct llm_limit *limit_of(struct llm_head *head, const char *name)
{
    if (strstr(name, "input-tokens"))
        return &head->input_tokens;
    if (strstr(name, "output-tokens"))
        return &head->output_tokens;
    return strstr(name, "tokens") ? &head->tokens : &head->requests;
}

static void put_limit(struct llm_head *head, const char *name,
                      const char *value, int64_t now)
{
    struct llm_limit *limit = limit_of(head, name);
    int64_t count;

    if (strstr(name, "-reset")) {
        limit->reset = reset(value, now);
        return;
    }
    count = number(value, 1);
    if (strstr(name, "-remaining"))
        limit->remaining = count;
    else
        limit->limit = count;
}

static void put_id(struct llm_head *head, const char *value)
{
    struct buf shown = {0};
    size_t len = strnlen(value, sizeof(head->request_id) - 1);

    buf_printable(&shown, value, len);
    if (shown.len < sizeof(head->request_id))
        memcpy(head->request_id, shown.data, shown.len + 1);
    buf_release(&shown);
}

void llm_head_put(struct llm_head *head, const char *name, const char *value,
                  int64_t now)
{
    const char *const *known = llm_head_names;

    while (*known && strcasecmp(*known, name) != 0)
        known++;
    if (!*known)
        return;
    if (strstr(*known, "ratelimit")) {
        put_limit(head, *known, value, now);
    } else if (strstr(*known, "request-id")) {
        put_id(head, value);
    } else if (strcmp(*known, "x-should-retry") == 0) {
        if (strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0)
            head->should_retry = strcasecmp(value, "true") == 0;
    } else if (strcmp(*known, "retry-after-ms") == 0) {
        int64_t wait = number(value, USEC_PER_MSEC);

        head->retry_after = wait >= 0 ? wait : head->retry_after;
    } else if (head->retry_after < 0) {
        head->retry_after = retry_after(value, now);
    }
}
