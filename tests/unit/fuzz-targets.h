/*
 * fuzz-targets.h - bytes from outside, and what must hold whatever they are
 *
 * Each target takes any bytes and aborts when one of our own rules is
 * broken; crashes are the sanitizers' to find.  `make fuzz` runs them under
 * libFuzzer (tests/fuzz/NAME.c), test-fuzz over the seeds of each.
 */
#ifndef AAOS_TESTS_FUZZ_TARGETS_H
#define AAOS_TESTS_FUZZ_TARGETS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/redact.h"
#include "llm/class.h"
#include "llm/output.h"
#include "llm/price.h"
#include "llm/schema.h"
#include "llm/tokens.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Nothing that a terminal would act on. */
static bool is_shown(const char *text)
{
    struct buf shown = {0};
    bool same;

    buf_printable(&shown, text, strlen(text));
    same = strcmp(shown.data ? shown.data : "", text) == 0;
    buf_release(&shown);
    return same;
}

/* --- answers: wire, size of pieces, bytes ------------------------------------ */

struct fuzz_read {
    enum llm_parse parse;
    struct llm_answer answer;
    struct llm_error error;
    size_t heard;
};

static void fuzz_hear(void *ctx, const char *text, size_t len)
{
    struct fuzz_read *read = ctx;

    (void)text;
    read->heard += len;
}

static void fuzz_parse(struct fuzz_read *read, enum llm_wire wire,
                       const char *text, size_t len, size_t piece)
{
    struct llm_parser *parser;
    size_t at;

    *read = (struct fuzz_read){0};
    parser = llm_parser_open(wire, true, fuzz_hear, read);
    for (at = 0; at < len; at += piece)
        if (llm_parser_feed(parser, text + at,
                            len - at < piece ? len - at : piece) < 0)
            break;
    read->parse = llm_parser_end(parser, &read->answer, &read->error);
    llm_parser_close(parser);
}

static bool fuzz_same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

ATTR_UNUSED
static void fuzz_stream(const char *text, size_t len)
{
    struct fuzz_read whole;
    struct fuzz_read pieces;
    enum llm_wire wire;
    size_t i;

    if (len < 2)
        return;
    wire = (enum llm_wire)((unsigned char)text[0] % 3);
    fuzz_parse(&whole, wire, text + 2, len - 2, len);
    fuzz_parse(&pieces, wire, text + 2, len - 2, 1 + (text[1] & 15));
    must(whole.parse == pieces.parse);
    must(fuzz_same(&whole.answer.text, &pieces.answer.text));
    must(fuzz_same(&whole.answer.reasoning, &pieces.answer.reasoning));
    must(whole.answer.ncalls == pieces.answer.ncalls);
    must(whole.heard == whole.answer.text.len);
    must(utf8_valid(whole.answer.text.data, whole.answer.text.len));
    must(whole.parse != LLM_PARSE_OK || whole.answer.finish != LLM_FINISH_NONE);
    must(whole.answer.usage.in >= 0 && whole.answer.usage.out >= 0 &&
         whole.answer.usage.cache_read >= 0 &&
         whole.answer.usage.cache_5m >= 0 && whole.answer.usage.cache_1h >= 0);
    must(is_shown(whole.error.message));
    for (i = 0; i < whole.answer.ncalls; i++)
        must(whole.answer.calls[i].id && whole.answer.calls[i].name &&
             whole.answer.calls[i].arguments);
    must(llm_tokens_answer(&whole.answer, 100) >= 0);
    llm_answer_release(&whole.answer);
    llm_answer_release(&pieces.answer);
}

/* --- failures: a line with the status, headers, an empty line, a body --------- */

static char *fuzz_line(const char **at)
{
    const char *line = *at;
    const char *end = strchr(line, '\n');

    if (!end)
        return NULL;
    *at = end + 1;
    return xmemdup0(line, (size_t)(end - line));
}

ATTR_UNUSED
static void fuzz_class(const char *bytes, size_t len)
{
    char *text = xmemdup0(bytes, len);
    const char *at = text;
    struct llm_signal signal = {.connected = true};
    struct llm_verdict verdict;
    char *line;

    llm_head_init(&signal.head);
    signal.status = (int)(strtol(at, NULL, 10) % 1000);
    signal.failure = (enum http_failure)(len % (HTTP_OTHER + 1));
    signal.parse = (enum llm_parse)(len / 7 % (LLM_PARSE_TOO_LARGE + 1));
    signal.finish = (enum llm_finish)(len / 3 % (LLM_FINISH_OTHER + 1));
    while ((line = fuzz_line(&at)) && *line) {
        char *value = strchr(line, ':');

        if (value) {
            *value++ = '\0';
            llm_head_put(&signal.head, line, value + (*value == ' '),
                         INT64_C(1769860800) * USEC_PER_SEC);
        }
        free(line);
    }
    free(line);
    llm_error_read(at, strlen(at), &signal.error);
    must(is_shown(signal.error.message) && is_shown(signal.error.code) &&
         is_shown(signal.error.type) && is_shown(signal.head.request_id));
    llm_classify(&signal, &verdict);
    must((int)verdict.class < LLM_CLASSES && verdict.retries >= 0);
    must(verdict.wait >= -1 && verdict.wait <= 900 * USEC_PER_SEC);
    must(verdict.open_for >= 0 && verdict.open_for <= 31622400 * USEC_PER_SEC);
    must((verdict.class == LLM_QUOTA) == (verdict.open_for > 0));
    free(text);
}

/* --- JSON out of what a model wrote -------------------------------------------- */

ATTR_UNUSED
static void fuzz_output(const char *text, size_t len)
{
    struct buf json = {0};
    struct buf again = {0};
    struct json_slice value;
    struct err err = {0};
    bool repaired;

    if (llm_output_json(text, len, &json, &repaired, &err) == 0) {
        must(json_check(json.data, json.len, &value, &err) == 0);
        must(llm_output_json(json.data, json.len, &again, &repaired, &err) ==
             0);
        must(!repaired && fuzz_same(&json, &again));
    } else {
        must(err.code == ERR_DATA && is_shown(err.msg));
    }
    must(llm_tokens(text, len) >= 0 &&
         llm_tokens(text, len) <= (int64_t)len * 2 + 2);
    buf_release(&json);
    buf_release(&again);
}

/* --- prices ----------------------------------------------------------------------- */

ATTR_UNUSED
static void fuzz_prices(const char *text, size_t len)
{
    const struct llm_usage usage = {.in = 7, .cache_read = 5, .out = 3};
    struct err err = {0};
    struct llm_prices *prices = llm_prices_read(text, len, &err);
    struct llm_price price;
    int64_t pusd = -1;

    if (prices && llm_prices_get(prices, "p", "m", &price) &&
        llm_cost(&price, &usage, true, &pusd, &err) == 0)
        must(pusd >= 0);
    must(prices || is_shown(err.msg));
    llm_prices_close(prices);
    if (llm_price_parse(text, len, 1000000, &pusd, &err) == 0)
        must(pusd >= 0);
}

/* --- a schema, an empty byte, a value ----------------------------------------------- */

ATTR_UNUSED
static void fuzz_schema(const char *text, size_t len)
{
    const char *end = len > 0 ? memchr(text, '\n', len) : NULL;
    struct llm_schema *schema;
    struct json_slice value;
    struct err err = {0};

    if (!end)
        return;
    schema = llm_schema_open(text, (size_t)(end - text), &err);
    must(schema || is_shown(err.msg));
    len -= (size_t)(end + 1 - text);
    if (schema && json_check(end + 1, len, &value, &err) == 0 &&
        llm_schema_check(schema, &value, &err) < 0)
        must(err.code == ERR_DATA && is_shown(err.msg));
    llm_schema_close(schema);
}

/* --- secrets -------------------------------------------------------------------------- */

ATTR_UNUSED
static void fuzz_redact(const char *text, size_t len)
{
    static const char secret[] = "CaNaRy-\"0123456789";
    struct redact *redact = redact_open();
    struct buf all = {0};
    struct buf out = {0};

    redact_add(redact, secret);
    buf_put(&all, text, len);
    buf_str(&all, secret);
    buf_put(&all, text, len);
    redact_text(redact, all.data, all.len, &out);
    must(!memmem(out.data, out.len, secret, strlen(secret)));
    buf_release(&all);
    buf_release(&out);
    redact_close(redact);
}

static const struct {
    const char *name;
    void (*run)(const char *text, size_t len);
} fuzz_targets[] = {
    {"stream", fuzz_stream}, {"class", fuzz_class},   {"output", fuzz_output},
    {"prices", fuzz_prices}, {"schema", fuzz_schema}, {"redact", fuzz_redact},
};

#endif
