/*
 * llm-case.h - an answer in pieces, for the tests of the wires
 */
#ifndef AAOS_TESTS_LLM_CASE_H
#define AAOS_TESTS_LLM_CASE_H

#include <stdlib.h>

#include "core/mem.h"
#include "llm/wire.h"
#include "tap.h"

/* The newest answer that was read. */
static struct {
    enum llm_parse parse;
    struct llm_answer answer;
    struct llm_error error;
    struct buf heard; /* by on_text */
} got;

static void hear(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    buf_put(&got.heard, text, len);
}

/* Read it in pieces of this size; each lies in memory of its own, so that
 * nothing can be read past its end. */
ATTR_UNUSED
static enum llm_parse read_pieces(enum llm_wire wire, bool stream,
                                  const char *text, size_t len, size_t piece)
{
    struct llm_parser *parser = llm_parser_open(wire, stream, hear, NULL);
    size_t at = 0;

    llm_answer_release(&got.answer);
    buf_reset(&got.heard);
    while (at < len) {
        size_t size = len - at < piece ? len - at : piece;
        char *copy = xmalloc(size);

        memcpy(copy, text + at, size);
        if (llm_parser_feed(parser, copy, size) < 0)
            at = len;
        free(copy);
        at += size;
    }
    got.parse = llm_parser_end(parser, &got.answer, &got.error);
    llm_parser_close(parser);
    return got.parse;
}

ATTR_UNUSED
static enum llm_parse read_all(enum llm_wire wire, bool stream,
                               const char *text)
{
    return read_pieces(wire, stream, text, strlen(text), strlen(text) + 1);
}

static void put_bytes(struct buf *out, const char *name, const char *text)
{
    buf_fmt(out, "%s ", name);
    if (text && *text)
        buf_json(out, text, strlen(text));
    buf_byte(out, '\n');
}

/* All that was understood, as text that can be compared; malloc'd. */
ATTR_UNUSED
static char *dump(void)
{
    const struct llm_answer *answer = &got.answer;
    const struct llm_usage *usage = &answer->usage;
    struct buf out = {0};
    size_t i;

    buf_fmt(&out, "parse %d finish %s\n", (int)got.parse,
            llm_finish_name(answer->finish));
    put_bytes(&out, "word", answer->finish_word);
    put_bytes(&out, "text", answer->text.data);
    put_bytes(&out, "reasoning", answer->reasoning.data);
    put_bytes(&out, "model", answer->model);
    put_bytes(&out, "id", answer->id);
    for (i = 0; i < answer->ncalls; i++) {
        put_bytes(&out, "call", answer->calls[i].id);
        put_bytes(&out, "name", answer->calls[i].name);
        put_bytes(&out, "arguments", answer->calls[i].arguments);
    }
    buf_fmt(&out, "usage %d %d %d %d %d reasoning %d %s%s\n", (int)usage->in,
            (int)usage->cache_read, (int)usage->cache_5m, (int)usage->cache_1h,
            (int)usage->out, (int)usage->reasoning,
            usage->reported ? "reported" : "silent",
            usage->anomaly ? " anomaly" : "");
    put_bytes(&out, "error", got.error.message);
    return buf_detach(&out);
}

#endif
