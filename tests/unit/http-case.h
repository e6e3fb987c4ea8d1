/*
 * http-case.h - one request and how it ended, for the tests of http
 *
 * Nothing waits by the clock but the time limits under test, which are
 * short where they must be met and long where they must not.
 */
#ifndef AAOS_TESTS_HTTP_CASE_H
#define AAOS_TESTS_HTTP_CASE_H

#include "core/attr.h"
#include "core/clock.h"
#include "core/http.h"
#include "receiver.h"
#include "tap.h"

#define LONG (60 * USEC_PER_SEC)
#define SHORT (300 * USEC_PER_MSEC)

/* How a request ended, and how often. */
struct result {
    int64_t retry_after;
    int64_t first_byte;
    struct buf body;
    int ends;
    enum http_failure failure;
    int status;
    bool cut;
    char error[256];
    char type[64];
};

static struct http *http; /* opened by http_case() */

static void on_end(void *ctx, const struct http_answer *answer)
{
    struct result *result = ctx;
    const char *type = answer->header(answer, "CONTENT-type");

    result->ends++;
    result->failure = answer->failure;
    result->status = answer->status;
    result->retry_after = answer->retry_after;
    result->first_byte = answer->first_byte;
    result->cut = answer->cut;
    snprintf(result->error, sizeof(result->error), "%s", answer->error);
    snprintf(result->type, sizeof(result->type), "%s", type ? type : "");
    buf_reset(&result->body);
    if (answer->body->len > 0)
        buf_put(&result->body, answer->body->data, answer->body->len);
}

static void finish(void)
{
    struct err err = {0};

    while (http_running(http) > 0)
        if (http_run(http, LONG, -1, &err) < 0)
            bail_out(err.msg);
}

/* One request from start to end; what is zero gets a value that suits. */
static struct result *ask_with(struct http_request request)
{
    static struct result result;
    struct err err = {0};

    buf_release(&result.body);
    result = (struct result){0};
    request.timeout = request.timeout ? request.timeout : LONG;
    request.answer_limit = request.answer_limit ? request.answer_limit : 4096;
    request.on_end = on_end;
    request.ctx = &result;
    if (http_start(http, &request, &err) < 0)
        snprintf(result.error, sizeof(result.error), "%.255s", err.msg);
    else
        finish();
    return &result;
}

ATTR_UNUSED
static struct result *ask(const char *path, int64_t timeout)
{
    return ask_with((struct http_request){
        .url = at(path), .timeout = timeout, .allow_private = true});
}

static void http_case(void (*cases)(void))
{
    struct err err = {0};

    receiver_open(NULL);
    http = http_open("test", &err);
    if (!http)
        bail_out(err.msg);
    cases();
    buf_release(&ask_with((struct http_request){.url = ""})->body);
    http_close(http);
    receiver_close();
}

#endif
