/*
 * The promises of http.h, kept against a receiver with bad manners.
 */
#include "config.h"

#include "core/http.h"

#include <poll.h>

#include "core/http-internal.h"
#include "http-case.h"

static void test_an_answer_comes_whole(void)
{
    const char *headers[] = {"Content-Type: text/plain", NULL};
    struct result *result = ask_with((struct http_request){
        .url = at("/echo"),
        .headers = headers,
        .body = "some body",
        .body_len = 9,
        .allow_private = true,
    });

    ok(result->ends == 1 && result->failure == HTTP_OK && result->status == 200,
       "an answer comes once");
    is(result->body.data, "POST text/plain some body",
       "... to what was sent, a POST when there is a body");
    ok(result->first_byte >= 0 && result->retry_after == -1 && !result->cut,
       "... with its first byte, without Retry-After");
    result = ask_with((struct http_request){
        .url = at("/echo"), .method = "PUT", .allow_private = true});
    is(result->body.data, "PUT - ", "an empty PUT has no type");
    result = ask("/status/500", 0);
    ok(result->failure == HTTP_OK && result->status == 500,
       "a status of 500 is an answer, too");
    is(result->error, "", "... and no error");
}

static void test_retry_after(void)
{
    ok(ask("/wait", 0)->retry_after == 2 * USEC_PER_SEC,
       "Retry-After in seconds");
    ok(ask("/date", 0)->retry_after == 7 * USEC_PER_SEC,
       "Retry-After as a date counts from the receiver's own Date");
    ok(http_retry_after("Sat, 31 Jan 2026 12:00:07 GMT", NULL) == -1,
       "without a Date there is no telling");
    ok(http_retry_after("Sat, 31 Jan 2026 12:00:07 GMT",
                        "Sat, 31 Jan 2026 12:01:00 GMT") == 0,
       "a date in the past means now");
    ok(http_retry_after("-5", NULL) == -1 && http_retry_after("", NULL) == -1 &&
           http_retry_after("soon", NULL) == -1,
       "nonsense is overlooked");
    ok(http_retry_after("99999999999999999999", NULL) ==
           INT64_C(365) * 24 * 3600 * USEC_PER_SEC,
       "no receiver can ask for more than a year");
}

static void test_redirects_are_not_followed(void)
{
    struct result *result = ask("/away", 0);
    char *line;

    ok(result->failure == HTTP_OK && result->status == 302,
       "a redirect is the answer");
    ask("/note/here", 0);
    line = receiver_line();
    ok(strncmp(line, "/note/here ", 11) == 0, "... and is not followed");
    free(line);
}

static void test_bad_manners(void)
{
    char *rude =
        xasprintf("http://127.0.0.1:%d/?key=secret", receiver.rude_port);
    char *want = xasprintf("no answer from 'http://127.0.0.1:%d' within 300ms",
                           receiver.port);
    struct result *result = ask("/hang?key=secret", SHORT);

    ok(result->failure == HTTP_TIMEOUT && result->status == 0,
       "a receiver that hangs costs the time limit");
    is(result->error, want, "... and the message keeps the query to itself");
    ok(ask("/drip", SHORT)->failure == HTTP_TIMEOUT, "... as does a crawl");
    ok(ask("/cut", 0)->failure == HTTP_BROKEN, "a connection that is cut");
    result =
        ask_with((struct http_request){.url = rude, .allow_private = true});
    ok(result->failure == HTTP_BROKEN && !strstr(result->error, "secret"),
       "... at once");
    ok(ask("/short", 0)->failure == HTTP_BROKEN,
       "an answer shorter than it said");
    is(ask("/long", 0)->body.data, "ten", "an answer longer than it said");
    ok(ask("/header", 0)->failure == HTTP_TOO_LARGE, "one header of 1 MB");
    result = ask("/headers", 0);
    ok(result->failure == HTTP_TOO_LARGE, "headers of 1 MB");
    ok(strstr(result->error, "headers") != NULL, "... are named");
    ok(ask("/nonsense", 0)->failure == HTTP_BROKEN, "an answer without HTTP");
    free(rude);
    free(want);
}

static void test_answers_are_cut(void)
{
    struct result *result = ask("/huge", 0);

    ok(result->failure == HTTP_OK && result->status == 200 && result->cut &&
           result->body.len == 4096,
       "of 100 MB the limit is kept");
    result = ask_with((struct http_request){
        .url = at("/huge"), .cut_fails = true, .allow_private = true});
    ok(result->failure == HTTP_TOO_LARGE, "... or it is an error");
    result = ask_with((struct http_request){.url = at("/echo"),
                                            .body = "0123456789",
                                            .body_len = 10,
                                            .answer_limit = 17,
                                            .allow_private = true});
    ok(!result->cut && result->body.len == 17, "the limit itself is no cut");
}

/* --- streaming, stopping --------------------------------------------------- */

static int64_t streamed;
static int64_t stop_at;
static int64_t cancel_at;
static int64_t number;

static int on_data(void *ctx, int status, const char *data, size_t len)
{
    (void)ctx;
    (void)data;
    (void)status;
    streamed += (int64_t)len;
    if (cancel_at && streamed >= cancel_at)
        http_cancel(http, number);
    return stop_at && streamed >= stop_at ? -1 : 0;
}

static enum http_failure stream(int64_t stop, int64_t cancel)
{
    static struct result result;
    struct err err = {0};
    struct http_request request = {
        .url = at("/huge"),
        .timeout = LONG,
        .allow_private = true,
        .on_data = on_data,
        .on_end = on_end,
        .ctx = &result,
    };

    result = (struct result){0};
    streamed = 0;
    stop_at = stop;
    cancel_at = cancel;
    number = http_start(http, &request, &err);
    finish();
    ok(result.ends == 1 && result.body.len == 0, "a stream ends, once");
    return result.failure;
}

static void test_streams(void)
{
    ok(stream(0, 0) == HTTP_OK && streamed == 100 << 20,
       "... after every byte was handed on");
    ok(stream(1 << 20, 0) == HTTP_STOPPED && streamed < 100 << 20,
       "... when the reader has had enough");
    ok(stream(0, 1 << 20) == HTTP_STOPPED && streamed < 100 << 20,
       "... when the reader cancels it");
}

static void test_cancel(void)
{
    struct result one = {0};
    struct result two = {0};
    struct http_request request = {.url = at("/hang"),
                                   .timeout = LONG,
                                   .allow_private = true,
                                   .on_end = on_end,
                                   .ctx = &one};
    struct err err = {0};
    int64_t first = http_start(http, &request, &err);
    int ends[2];

    request.ctx = &two;
    http_start(http, &request, &err);
    http_run(http, 0, -1, &err);
    http_cancel(http, first);
    http_cancel(http, first);
    ok(one.ends == 0 && http_running(http) == 2, "a cancel is only a mark");
    ok(http_run(http, LONG, -1, &err) == 1 && one.ends == 1 &&
           one.failure == HTTP_STOPPED && http_running(http) == 1,
       "... and http_run() ends what is marked, without waiting");
    http_cancel(http, first);
    if (pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "x", 1) == 1)
        ok(http_run(http, LONG, ends[0], &err) == 0 && two.ends == 0,
           "a descriptor that is ready ends the wait");
    close(ends[0]);
    close(ends[1]);
    http_close(http);
    ok(two.ends == 1 && two.failure == HTTP_STOPPED,
       "http_close() ends what is under way");
    http = http_open("test", &err);
}

/* --- many, and again ------------------------------------------------------- */

static void test_a_hundred_in_flight(void)
{
    static struct result results[100];
    struct http_request request = {.url = at("/hundred"),
                                   .timeout = LONG,
                                   .answer_limit = 100,
                                   .allow_private = true,
                                   .on_end = on_end};
    struct err err = {0};
    int good = 0;
    size_t i;

    for (i = 0; i < LENGTH(results); i++) {
        request.ctx = &results[i];
        http_start(http, &request, &err);
    }
    ok(http_running(http) == 100, "a hundred requests are under way");
    finish();
    for (i = 0; i < LENGTH(results); i++) {
        good += results[i].ends == 1 && results[i].body.len == 3;
        buf_release(&results[i].body);
    }
    ok(good == 100, "none is answered before all are there; all are");
}

static void test_connections_are_used_again(void)
{
    struct result *result = ask("/port", 0);
    char *port = xstrdup(result->body.data);

    result = ask("/port", 0);
    is(result->body.data, port, "a connection is used again");
    result = ask_with((struct http_request){.url = at("/port")});
    ok(result->failure == HTTP_REFUSED,
       "... but not by a request that may not connect there");
    free(port);
}

/* As a loop does that has other things to wait for. */
static void test_a_poll_of_the_callers_own(void)
{
    struct result result = {0};
    struct http_request request = {.url = at("/port"),
                                   .timeout = LONG,
                                   .answer_limit = 100,
                                   .allow_private = true,
                                   .on_end = on_end,
                                   .ctx = &result};
    struct err err = {0};
    bool asleep = http_due(http) > clock_mono();
    int turns = 0;

    http_start(http, &request, &err);
    ok(asleep && http_due(http) <= clock_mono(),
       "a request that was started is due at once");
    while (http_running(http) > 0 && turns++ < 1000) {
        struct pollfd fd = {.fd = http_fd(http), .events = POLLIN};
        int64_t left = http_due(http) - clock_mono();

        left = left < 0 ? 0 : left < LONG ? left : LONG;
        poll(&fd, 1, (int)((left + USEC_PER_MSEC - 1) / USEC_PER_MSEC));
        http_run(http, 0, -1, &err);
    }
    ok(result.ends == 1 && result.status == 200,
       "one descriptor and one instant tell when to go on (%d turns)", turns);
    buf_release(&result.body);
}

static void cases(void)
{
    test_an_answer_comes_whole();
    test_retry_after();
    test_redirects_are_not_followed();
    test_bad_manners();
    test_answers_are_cut();
    test_streams();
    test_cancel();
    test_a_hundred_in_flight();
    test_connections_are_used_again();
    test_a_poll_of_the_callers_own();
}

int main(void)
{
    http_case(cases);
    return tap_done();
}
