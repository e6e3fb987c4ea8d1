/*
 * parser.c - an answer in pieces: lines, events, and when it is over
 *
 * Whether bytes are a stream of events (SSE) or JSON is seen from the first
 * of them, whatever was asked for.
 *
 * SSE: fields of an event end with an empty line; but a data line that is
 * a JSON object on its own counts at once, so that servers that leave the
 * empty line out, also at the very end, are understood.
 *
 * JSON: each line that is an object is an event (NDJSON, or a whole answer
 * in one line); if the first is not, all of it is one document that was
 * printed over many lines.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/wire-internal.h"

enum form { UNKNOWN, EVENTS, DOCUMENT };

struct llm_parser {
    const struct llm_wire_ops *ops;
    enum form form;
    struct llm_reading reading;
    struct llm_answer answer;
    struct llm_error error;
    struct buf line; /* the beginning of a line whose end has not come */
    struct buf data; /* of the event, or of the document, so far */
    struct buf scratch;
    size_t total;
    bool skip_lf; /* the line ended with CR; an LF belongs to it */
    bool streams; /* a stream was asked for */
    bool done;    /* "[DONE]" */
    bool fields;  /* there were fields of events */
    bool torn;    /* a document began and did not end */
    enum llm_parse failed;
};

struct llm_parser *llm_parser_open(enum llm_wire wire, bool stream,
                                   void (*on_text)(void *ctx, const char *text,
                                                   size_t len),
                                   void *ctx)
{
    struct llm_parser *parser = xcalloc(1, sizeof(*parser));

    parser->streams = stream;
    parser->ops = llm_wire_ops(wire);
    parser->reading = (struct llm_reading){
        .answer = &parser->answer,
        .error = &parser->error,
        .on_text = on_text,
        .ctx = ctx,
    };
    return parser;
}

void llm_parser_close(struct llm_parser *parser)
{
    if (!parser)
        return;
    llm_calls_end(&parser->reading);
    llm_answer_release(&parser->answer);
    buf_release(&parser->line);
    buf_release(&parser->data);
    buf_release(&parser->scratch);
    free(parser);
}

static int fail(struct llm_parser *parser, enum llm_parse how)
{
    parser->failed = how;
    return -1;
}

/* --- events --------------------------------------------------------------- */

/* What must be kept of the answer so far. */
static size_t kept(const struct llm_parser *parser)
{
    const struct llm_answer *answer = &parser->answer;
    size_t sum = answer->text.len + answer->reasoning.len;
    size_t i;

    for (i = 0; i < answer->ncalls; i++)
        sum += parser->reading.arguments[i].len;
    return sum;
}

/* 1 it was an event, 0 it is no JSON object, -1 nothing matters any more. */
static int take(struct llm_parser *parser, const char *text, size_t len)
{
    struct json_slice value;
    struct err err;

    if (llm_json(text, len, &parser->scratch, &value, &err) < 0 ||
        value.type != JSON_OBJECT)
        return 0;
    switch (parser->ops->take(&parser->reading, &value)) {
    case LLM_STEP_GO:
        return kept(parser) <= LLM_TEXT_MAX ? 1
                                            : fail(parser, LLM_PARSE_TOO_LARGE);
    case LLM_STEP_BAD:
        return fail(parser, LLM_PARSE_MALFORMED);
    case LLM_STEP_ERROR:
        break;
    }
    return fail(parser, LLM_PARSE_ERROR);
}

static int keep(struct llm_parser *parser, const char *text, size_t len)
{
    if (parser->data.len + len > LLM_LINE_MAX)
        return fail(parser, LLM_PARSE_TOO_LARGE);
    if (parser->data.len > 0)
        buf_byte(&parser->data, '\n');
    buf_put(&parser->data, text, len);
    return 0;
}

/* An event that has come to its end. */
static int take_data(struct llm_parser *parser)
{
    int ret = 1;

    if (parser->data.len > 0)
        ret = take(parser, parser->data.data, parser->data.len);
    buf_reset(&parser->data);
    return ret == 0 ? fail(parser, LLM_PARSE_MALFORMED) : ret > 0 ? 0 : -1;
}

static int take_field(struct llm_parser *parser, const char *line, size_t len)
{
    int ret = 0;

    if (memchr(line, ':', len < 7 ? len : 7))
        parser->fields = true;
    if (len < 5 || memcmp(line, "data:", 5) != 0)
        return 0; /* a comment, or a field that we do not need */
    line += 5;
    len -= 5;
    if (len > 0 && *line == ' ') {
        line++;
        len--;
    }
    if (len == 6 && memcmp(line, "[DONE]", 6) == 0) {
        parser->done = true;
        return 0;
    }
    if (parser->data.len == 0)
        ret = take(parser, line, len);
    if (ret != 0)
        return ret > 0 ? 0 : -1;
    return len > 0 ? keep(parser, line, len) : 0;
}

static int take_line(struct llm_parser *parser, const char *line, size_t len)
{
    int ret = 0;

    /* What follows the end is overlooked, whatever it is. */
    if (parser->done)
        return 0;
    if (parser->form == EVENTS)
        return len > 0 ? take_field(parser, line, len) : take_data(parser);
    if (len == 0)
        return 0;
    if (parser->data.len == 0)
        ret = take(parser, line, len);
    if (ret != 0)
        return ret > 0 ? 0 : -1;
    return keep(parser, line, len);
}

/* --- lines ---------------------------------------------------------------- */

/* A line ends here; some of it may have come before. */
static int end_line(struct llm_parser *parser, const char *data, size_t len)
{
    int ret;

    if (parser->line.len + len > LLM_LINE_MAX)
        return fail(parser, LLM_PARSE_TOO_LARGE);
    if (parser->line.len == 0)
        return take_line(parser, data, len);
    buf_put(&parser->line, data, len);
    ret = take_line(parser, parser->line.data, parser->line.len);
    buf_reset(&parser->line);
    return ret;
}

static const char *find_end(const char *at, const char *end)
{
    const char *lf = memchr(at, '\n', (size_t)(end - at));
    const char *cr = memchr(at, '\r', (size_t)((lf ? lf : end) - at));

    return cr ? cr : lf;
}

static int split(struct llm_parser *parser, const char *at, const char *end)
{
    const char *found;

    while (at < end) {
        if (parser->skip_lf && *at == '\n')
            at++;
        parser->skip_lf = false;
        found = find_end(at, end);
        if (!found)
            break;
        if (end_line(parser, at, (size_t)(found - at)) < 0)
            return -1;
        parser->skip_lf = *found == '\r';
        at = found + 1;
    }
    if (at >= end)
        return 0;
    if (parser->line.len + (size_t)(end - at) > LLM_LINE_MAX)
        return fail(parser, LLM_PARSE_TOO_LARGE);
    buf_put(&parser->line, at, (size_t)(end - at));
    return 0;
}

/* What it is, by its first byte that is no space or byte order mark. */
static void guess(struct llm_parser *parser, const char **at, const char *end)
{
    while (*at < end && strchr(" \t\r\n\xef\xbb\xbf", **at) && **at)
        (*at)++;
    if (*at == end)
        return;
    parser->form =
        **at == '{' || **at == '[' || **at == '<' || !**at ? DOCUMENT : EVENTS;
}

int llm_parser_feed(struct llm_parser *parser, const char *data, size_t len)
{
    const char *at = data;

    if (parser->failed != LLM_PARSE_OK)
        return -1;
    if (len > LLM_TOTAL_MAX - parser->total)
        return fail(parser, LLM_PARSE_TOO_LARGE);
    parser->total += len;
    if (parser->form == UNKNOWN)
        guess(parser, &at, data + len);
    return split(parser, at, data + len);
}

/* --- the end --------------------------------------------------------------- */

/* The beginning of an object, without its end. */
static bool is_torn(const char *at, const char *end)
{
    const char *name = at + 1;

    while (name < end && strchr(" \t\r\n", *name) && *name)
        name++;
    return *at == '{' && (name == end || *name == '"') && !llm_balance(at, end);
}

/* Of what is left: a document, or a piece of something. */
static void take_rest(struct llm_parser *parser)
{
    struct buf *rest = &parser->data;
    struct buf line = parser->line;

    parser->line = (struct buf){0};
    if (line.len > 0)
        take_line(parser, line.data, line.len);
    buf_release(&line);
    if (parser->failed != LLM_PARSE_OK || rest->len == 0)
        return;
    if (take(parser, rest->data, rest->len) != 0)
        return;
    parser->torn = is_torn(rest->data, rest->data + rest->len);
}

static enum llm_parse judge(const struct llm_parser *parser)
{
    const struct llm_reading *reading = &parser->reading;

    if (parser->failed != LLM_PARSE_OK)
        return parser->failed;
    if (reading->ended && reading->events > 0)
        return LLM_PARSE_OK;
    if (reading->events > 0)
        return LLM_PARSE_TRUNCATED;
    switch (parser->form) {
    case UNKNOWN:
        return parser->streams ? LLM_PARSE_TRUNCATED : LLM_PARSE_MALFORMED;
    case EVENTS:
        return parser->fields ? LLM_PARSE_TRUNCATED : LLM_PARSE_MALFORMED;
    case DOCUMENT:
        break;
    }
    return parser->torn ? LLM_PARSE_TRUNCATED : LLM_PARSE_MALFORMED;
}

static void explain(enum llm_parse parse, struct llm_error *error)
{
    static const char *const words[] = {
        [LLM_PARSE_OK] = "",
        [LLM_PARSE_TRUNCATED] = "the answer ended before its end",
        [LLM_PARSE_MALFORMED] = "the answer is not what this wire sends",
        [LLM_PARSE_ERROR] = "the server broke off with an error",
        [LLM_PARSE_TOO_LARGE] = "the answer is too large",
    };

    if (!*error->message)
        snprintf(error->message, sizeof(error->message), "%s", words[parse]);
}

enum llm_parse llm_parser_end(struct llm_parser *parser,
                              struct llm_answer *answer,
                              struct llm_error *error)
{
    enum llm_parse parse;

    if (parser->failed == LLM_PARSE_OK)
        take_rest(parser);
    parse = judge(parser);
    llm_calls_end(&parser->reading);
    if (parser->reading.refused && parser->answer.finish == LLM_FINISH_STOP)
        parser->answer.finish = LLM_FINISH_FILTER;
    if (parse != LLM_PARSE_OK)
        explain(parse, &parser->error);
    *answer = parser->answer;
    *error = parser->error;
    parser->answer = (struct llm_answer){0};
    return parse;
}
