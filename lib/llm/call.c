/*
 * call.c - one HTTP call, from the bytes of a request to a verdict
 *
 * While a call waits, it holds its headers and its body (in curl) and some
 * numbers; the parser is made when the first byte of an answer is there.
 * Bodies of failed calls are kept as far as an error reaches.
 */
#include "config.h"

#include "llm/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/redact.h"
#include "llm/tokens.h"
#include "llm/wire.h"

/* The receive buffer of one call is held while it waits: a thousand of them
 * should not cost 16 MB. */
enum { ERROR_MAX = 64 << 10, HEADERS = 24, BUFFER = 4096 };

struct running {
    struct llm_call call; /* only its numbers and functions */
    char *key;
    char *model;
    struct llm_parser *parser;
    struct buf body;   /* of an answer that is an error */
    bool parser_ended; /* the parser wants no more */
    bool enough;       /* of an error's body */
    int64_t bytes;
};

/* --- while it runs -------------------------------------------------------- */

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

static int keep_error(struct running *run, const char *data, size_t len)
{
    size_t room = ERROR_MAX - run->body.len;

    buf_put(&run->body, data, len < room ? len : room);
    run->enough = len >= room;
    return run->enough ? -1 : 0;
}

static void on_text(void *ctx, const char *text, size_t len)
{
    struct running *run = ctx;

    if (run->call.on_text)
        run->call.on_text(run->call.ctx, text, len);
}

static int on_data(void *ctx, int status, const char *data, size_t len)
{
    struct running *run = ctx;

    run->bytes += (int64_t)len;
    if (!is_success(status))
        return keep_error(run, data, len);
    if (!run->parser)
        run->parser =
            llm_parser_open(run->call.wire, run->call.stream, on_text, run);
    run->parser_ended = llm_parser_feed(run->parser, data, len) < 0;
    return run->parser_ended ? -1 : 0;
}

/* --- when it has ended ---------------------------------------------------- */

static void read_head(const struct running *run,
                      const struct http_answer *answer, struct llm_head *head)
{
    int64_t now = run->call.now + answer->elapsed;
    const char *const *name;

    llm_head_init(head);
    for (name = llm_head_names; *name; name++) {
        const char *value = answer->header(answer, *name);

        if (value)
            llm_head_put(head, *name, value, now);
    }
    /* A date is better measured against the server's own clock. */
    if (answer->retry_after >= 0 && !answer->header(answer, "retry-after-ms"))
        head->retry_after = answer->retry_after;
}

static void read_answer(struct running *run, const struct http_answer *answer,
                        struct llm_signal *signal, struct llm_result *result)
{
    signal->parse = LLM_PARSE_TRUNCATED;
    if (!is_success(answer->status)) {
        llm_error_read(run->body.data, run->body.len, &signal->error);
        return;
    }
    if (!run->parser)
        run->parser =
            llm_parser_open(run->call.wire, run->call.stream, NULL, NULL);
    signal->parse = llm_parser_end(run->parser, result->answer, &signal->error);
    if (signal->failure == HTTP_STOPPED && signal->parse != LLM_PARSE_OK)
        signal->parse = LLM_PARSE_TRUNCATED;
    signal->finish = result->answer->finish;
    signal->context_truncated =
        run->call.prompt_estimate > 0 &&
        llm_context_truncated(&result->answer->usage,
                              run->call.prompt_estimate);
    llm_usage_estimate(
        &result->answer->usage, run->call.prompt_estimate,
        llm_tokens_answer(result->answer, llm_tokens_factor(run->call.wire)));
}

static void judge(const struct running *run, const struct llm_signal *signal,
                  struct llm_result *result)
{
    llm_classify(signal, &result->verdict);
    if (result->verdict.class == LLM_OK && run->model &&
        !llm_model_matches(run->model, result->answer->model))
        result->verdict = (struct llm_verdict){
            .class = LLM_MISMATCH,
            .wait = -1,
        };
}

static void put_words(const struct llm_error *error, struct buf *out)
{
    const char *word = *error->code ? error->code : error->type;

    if (*word)
        buf_fmt(out, " (%s)", word);
    if (*error->message)
        buf_fmt(out, ": %s", error->message);
}

static void put_reason(const struct running *run,
                       const struct http_answer *answer,
                       const struct llm_signal *signal,
                       const struct llm_result *result, struct buf *out)
{
    static const char *const finishes[] = {
        [LLM_FINISH_LENGTH] = "the answer reached the limit on its length",
        [LLM_FINISH_FILTER] = "the answer was refused or filtered",
        [LLM_FINISH_CONTEXT] = "the model's window is full",
        [LLM_FINISH_ERROR] = "the server broke off with an error",
        [LLM_FINISH_OTHER] = NULL,
    };
    const char *served = result->answer->model;

    if (result->verdict.class == LLM_OK)
        return;
    if (result->verdict.class == LLM_MISMATCH) {
        buf_fmt(out, "asked for '%s', but '%s' answered", run->model, served);
    } else if (!is_success(answer->status) && answer->status > 0 &&
               signal->failure != HTTP_TOO_LARGE) {
        buf_fmt(out, "the server answered %d", answer->status);
        put_words(&signal->error, out);
    } else if (signal->failure != HTTP_OK && signal->parse != LLM_PARSE_OK) {
        buf_str(out, answer->error);
    } else if (signal->parse != LLM_PARSE_OK) {
        buf_str(out, "the answer is unusable");
        put_words(&signal->error, out);
    } else if (signal->context_truncated) {
        buf_fmt(out, "the server took only %lld of about %lld tokens",
                (long long)llm_usage_prompt(&result->answer->usage),
                (long long)run->call.prompt_estimate);
    } else if (finishes[signal->finish]) {
        buf_str(out, finishes[signal->finish]);
    }
}

/* The sentence, and what the server said, without the key. */
static void explain(const struct running *run, const struct http_answer *answer,
                    const struct llm_signal *signal, struct llm_result *result)
{
    struct redact *redact = redact_open();
    struct buf reason = {0};

    if (run->key)
        redact_add(redact, run->key);
    put_reason(run, answer, signal, result, &reason);
    redact_show(redact, reason.data, reason.len, result->reason,
                sizeof(result->reason));
    result->error = signal->error;
    redact_show(redact, signal->error.message, strlen(signal->error.message),
                result->error.message, sizeof(result->error.message));
    buf_release(&reason);
    redact_close(redact);
}

static void release(struct running *run)
{
    if (run->key) {
        explicit_bzero(run->key, strlen(run->key));
        free(run->key);
    }
    free(run->model);
    llm_parser_close(run->parser);
    buf_release(&run->body);
    free(run);
}

static void on_end(void *ctx, const struct http_answer *answer)
{
    struct running *run = ctx;
    struct llm_answer said = {0};
    struct llm_result result = {
        .answer = &said,
        .status = answer->status,
        .elapsed = answer->elapsed,
        .first_token = answer->first_byte,
        .bytes = run->bytes,
    };
    struct llm_signal signal = {
        .failure = answer->failure,
        .idle = answer->idle,
        .connected = answer->connected,
        .certificate = answer->certificate,
        .status = answer->status,
        .max_wait = run->call.limits.max_wait,
    };

    /* It was we who wanted no more. */
    if (run->parser_ended || run->enough)
        signal.failure = HTTP_OK;
    read_head(run, answer, &signal.head);
    read_answer(run, answer, &signal, &result);
    result.head = signal.head;
    result.context_truncated = signal.context_truncated;
    judge(run, &signal, &result);
    explain(run, answer, &signal, &result);
    run->call.on_end(run->call.ctx, &result);
    llm_answer_release(&said);
    release(run);
}

/* --- the start ---------------------------------------------------------------- */

/* Its last line is the one with the key, so that it can be wiped. */
static size_t put_headers(const struct llm_call *call, const char **headers,
                          char **secret)
{
    const char *const *more = call->headers;
    size_t count = 0;

    headers[count++] = "Content-Type: application/json";
    headers[count++] = call->stream ? "Accept: text/event-stream, "
                                      "application/x-ndjson, application/json"
                                    : "Accept: application/json";
    if (call->wire == LLM_ANTHROPIC)
        headers[count++] = "anthropic-version: 2023-06-01";
    while (more && *more && count < HEADERS - 2)
        headers[count++] = *more++;
    if (!call->key)
        return count;
    *secret = call->wire == LLM_ANTHROPIC && !call->bearer
                  ? xasprintf("x-api-key: %s", call->key)
                  : xasprintf("Authorization: Bearer %s", call->key);
    headers[count++] = *secret;
    return count;
}

static int64_t or_default(int64_t limit, int64_t seconds)
{
    return limit > 0 ? limit : seconds * USEC_PER_SEC;
}

static struct running *prepare(const struct llm_call *call)
{
    struct running *run = xcalloc(1, sizeof(*run));

    run->call = *call;
    run->key = xstrdup_null(call->key);
    run->model = xstrdup_null(call->model);
    run->call.base = NULL;
    run->call.key = NULL;
    run->call.model = NULL;
    run->call.headers = NULL;
    run->call.body = NULL;
    return run;
}

int64_t llm_call_start(struct http *http, const struct llm_call *call,
                       struct err *err)
{
    const char *headers[HEADERS] = {0};
    struct running *run = prepare(call);
    char *url = llm_wire_url(call->wire, call->base, LLM_CHAT);
    char *secret = NULL;
    int64_t number;

    put_headers(call, headers, &secret);
    number =
        http_start(http,
                   &(struct http_request){
                       .method = "POST",
                       .url = url,
                       .headers = headers,
                       .body = call->body,
                       .body_len = call->body_len,
                       .timeout = or_default(call->limits.total, 600),
                       .connect_timeout = or_default(call->limits.connect, 5),
                       .first_timeout = or_default(call->limits.first_byte, 60),
                       .idle_timeout = or_default(call->limits.idle, 30),
                       .allow_private = call->allow_private,
                       .once = true,
                       .buffer = BUFFER,
                       .on_data = on_data,
                       .on_end = on_end,
                       .ctx = run,
                   },
                   err);
    if (number < 0)
        release(run);
    if (secret) {
        explicit_bzero(secret, strlen(secret));
        free(secret);
    }
    free(url);
    return number;
}
