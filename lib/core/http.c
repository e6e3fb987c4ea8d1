/*
 * http.c - many requests in flight, driven by one poll
 *
 * Requests end only in http_run() and http_close(), never inside a
 * callback of curl: http_cancel() leaves a mark that the next step reads,
 * so that on_end may start and cancel whatever it likes.
 */
#include "config.h"

#include "core/http.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/http-internal.h"
#include "core/mem.h"

/* How coarse the limits on silence are, in microseconds. */
enum { COARSE = 50 * 1000 };

struct http {
    CURLM *multi;
    struct http_poll poll;
    int64_t look_at; /* no call has been silent for too long before this */
    char *agent;
    char *url; /* the newest, which was good */
    struct call *calls;
    size_t running;
    size_t stopping; /* marked, but not yet ended */
    int64_t last;    /* the newest number */
    bool closing;
};

struct http *http_open(const char *user_agent, struct err *err)
{
    struct http *http;
    CURLM *multi;

    if (curl_load(err) < 0)
        return NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(err, ERR_OS, "cannot initialise libcurl");
        return NULL;
    }
    multi = curl_multi_init();
    http = xcalloc(1, sizeof(*http));
    http->multi = multi;
    http->agent = xstrdup(user_agent);
    http->look_at = INT64_MAX;
    http->poll.fd = -1;
    if (!multi)
        err_set(err, ERR_OS, "cannot initialise libcurl");
    else if (http_poll_open(&http->poll, multi, err) == 0)
        return http;
    http_close(http);
    return NULL;
}

/* --- requests --------------------------------------------------------------- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void unlink_call(struct http *http, struct call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        http->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    http->running--;
    if (call->stopped)
        http->stopping--;
}

static void end_call(struct http *http, struct call *call, CURLcode code)
{
    struct http_answer answer;

    unlink_call(http, call);
    curl_multi_remove_handle(http->multi, call->easy);
    call_answer(call, code, &answer);
    if (call->request.on_end)
        call->request.on_end(call->request.ctx, &answer);
    call_release(call);
}

static void stop_call(struct http *http, struct call *call)
{
    if (!call->stopped)
        http->stopping++;
    call->stopped = true;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    http->closing = true;
    while (http->calls) {
        stop_call(http, http->calls);
        end_call(http, http->calls, CURLE_OK);
    }
    curl_multi_cleanup(http->multi);
    curl_global_cleanup();
    http_poll_close(&http->poll);
    free(http->agent);
    free(http->url);
    free(http);
}

int64_t http_start(struct http *http, const struct http_request *request,
                   struct err *err)
{
    struct call *call = xcalloc(1, sizeof(*call));
    bool known = http->url && strcmp(http->url, request->url) == 0;
    CURLMcode code;

    call->http = http;
    if (http->closing) {
        err_set(err, ERR_BUG, "a request when all are being ended");
        goto failed;
    }
    if (call_prepare(call, request, known, http->agent, err) < 0)
        goto failed;
    if (!known) {
        free(http->url);
        http->url = xstrdup(request->url);
    }
    call->started = clock_mono();
    code = curl_multi_add_handle(http->multi, call->easy);
    if (code != CURLM_OK) {
        err_set(err, ERR_BUG, "cannot start a request: %s",
                curl_multi_strerror(code));
        goto failed;
    }
    http->look_at = least(http->look_at, call_look_at(call, call->started));
    call->number = ++http->last;
    call->next = http->calls;
    if (call->next)
        call->next->prev = call;
    http->calls = call;
    http->running++;
    return call->number;
failed:
    call_release(call);
    return -1;
}

void http_cancel(struct http *http, int64_t number)
{
    struct call *call = http->calls;

    while (call && call->number != number)
        call = call->next;
    if (call)
        stop_call(http, call);
}

size_t http_running(const struct http *http)
{
    return http->running;
}

/* Those that have a mark. */
static int end_stopped(struct http *http)
{
    struct call *call;
    int ended = 0;

    while (http->stopping > 0) {
        for (call = http->calls; !call->stopped;)
            call = call->next;
        end_call(http, call, CURLE_OK);
        ended++;
    }
    return ended;
}

/* --- progress ----------------------------------------------------------------- */

/*
 * Those that were silent for too long.  A call that speaks only moves its
 * end away, so nobody needs to be looked at before the earliest time that
 * was seen when all were.
 */
static int end_silent(struct http *http, int64_t now)
{
    struct call *call;
    struct call *next;
    int64_t earliest = INT64_MAX;
    int ended = 0;

    if (now < http->look_at)
        return 0;
    for (call = http->calls; call; call = call->next) {
        call->idle = call_deadline(call) <= now;
        if (!call->idle)
            earliest = least(earliest, call_look_at(call, now));
    }
    http->look_at = earliest;
    if (earliest < now + COARSE)
        http->look_at = now + COARSE;
    /* on_end may start and end others: begin anew after each. */
    for (call = http->calls; call; call = next) {
        next = call->next;
        if (!call->idle)
            continue;
        end_call(http, call, CURLE_OPERATION_TIMEDOUT);
        ended++;
        next = http->calls;
    }
    return ended;
}

static int end_finished(struct http *http)
{
    CURLMsg *msg;
    int ended = 0;
    int rest;

    while ((msg = curl_multi_info_read(http->multi, &rest)) != NULL) {
        CURLcode result = msg->data.result;
        struct call *call = NULL;

        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
        end_call(http, call, result);
        ended++;
    }
    return ended;
}

/* One round without waiting; how many ended. */
static int step(struct http *http, struct err *err)
{
    int ended = end_stopped(http);
    CURLMcode code = http_poll_turn(&http->poll, http->multi);

    if (code != CURLM_OK)
        return err_set(err, ERR_OS, "cannot go on with requests: %s",
                       curl_multi_strerror(code));
    ended += end_finished(http);
    ended += end_silent(http, clock_mono());
    return ended + end_stopped(http);
}

int http_run(struct http *http, int64_t timeout, int extra_fd, struct err *err)
{
    int ended = step(http, err);

    if (ended != 0 || timeout <= 0)
        return ended;
    if (http->look_at < INT64_MAX)
        timeout = least(timeout, http->look_at - clock_mono());
    if (http_poll_wait(&http->poll, timeout, extra_fd) < 0)
        return err_errno(err, ERR_OS, "cannot wait for answers");
    return step(http, err);
}

int http_fd(const struct http *http)
{
    return http->poll.fd;
}

int64_t http_due(const struct http *http)
{
    return http->stopping > 0 ? 0 : least(http->poll.due, http->look_at);
}
