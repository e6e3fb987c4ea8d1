/*
 * http.c - many requests in flight, driven by one poll
 *
 * Requests end only in http_run() and http_close(), never inside a
 * callback of curl: http_cancel() leaves a mark that the next step reads,
 * so that on_end may start and cancel whatever it likes.
 *
 * curl names the descriptors it waits for and the time it wants to be
 * called at; epoll waits.  So a step costs what happened, not what is under
 * way: a thousand calls that wait cost nothing.
 */
#include "config.h"

#include "core/http.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/http-internal.h"
#include "core/mem.h"

/* How coarse the limits on silence are, and how much one step takes in. */
enum { COARSE = 50 * 1000, EVENTS = 128 };

struct http {
    CURLM *multi;
    int epoll;
    int64_t due;     /* when curl wants to be called; INT64_MAX: never */
    int64_t look_at; /* no call has been silent for too long before this */
    char *agent;
    struct call *calls;
    size_t running;
    size_t stopping; /* marked, but not yet ended */
    int64_t last;    /* the newest number */
    bool closing;
};

/* --- what curl wants ------------------------------------------------------- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx,
                     void *known)
{
    struct http *http = ctx;
    struct epoll_event event = {.data = {.fd = fd}};

    (void)easy;
    (void)known;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(http->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    if (epoll_ctl(http->epoll, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
    return epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int on_timer(CURLM *multi, long msec, void *ctx)
{
    struct http *http = ctx;

    (void)multi;
    http->due = msec < 0 ? INT64_MAX : clock_mono() + msec * USEC_PER_MSEC;
    return 0;
}

static int set_up(struct http *http)
{
    int bad = 0;

    bad |= curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    bad |= curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    bad |= curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    bad |= curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    return bad;
}

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
    http->due = INT64_MAX;
    http->look_at = INT64_MAX;
    http->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (http->epoll < 0)
        err_errno(err, ERR_OS, "cannot wait for answers");
    else if (!multi || set_up(http) != 0)
        err_set(err, ERR_OS, "cannot initialise libcurl");
    else
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
    if (http->epoll >= 0)
        close(http->epoll);
    free(http->agent);
    free(http);
}

int64_t http_start(struct http *http, const struct http_request *request,
                   struct err *err)
{
    struct call *call = xcalloc(1, sizeof(*call));
    CURLMcode code;

    call->http = http;
    if (http->closing) {
        err_set(err, ERR_BUG, "a request when all are being ended");
        goto failed;
    }
    if (call_prepare(call, request, http->agent, err) < 0)
        goto failed;
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

static int act(struct http *http, curl_socket_t fd, int events, struct err *err)
{
    CURLMcode code;
    int rest;

    code = curl_multi_socket_action(http->multi, fd, events, &rest);
    if (code != CURLM_OK)
        return err_set(err, ERR_OS, "cannot go on with requests: %s",
                       curl_multi_strerror(code));
    return 0;
}

static int bits_of(uint32_t events)
{
    int bits = 0;

    if (events & (EPOLLIN | EPOLLHUP))
        bits |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        bits |= CURL_CSELECT_OUT;
    if (events & EPOLLERR)
        bits |= CURL_CSELECT_ERR;
    return bits;
}

/* One round without waiting; how many ended. */
static int step(struct http *http, struct err *err)
{
    struct epoll_event events[EVENTS];
    int ended = end_stopped(http);
    int count = epoll_wait(http->epoll, events, EVENTS, 0);
    int i;

    for (i = 0; i < count; i++) {
        if (act(http, events[i].data.fd, bits_of(events[i].events), err) < 0)
            return -1;
    }
    /* curl may ask to be called at once, once more. */
    for (i = 0; i < EVENTS && clock_mono() >= http->due; i++) {
        http->due = INT64_MAX;
        if (act(http, CURL_SOCKET_TIMEOUT, 0, err) < 0)
            return -1;
    }
    ended += end_finished(http);
    ended += end_silent(http, clock_mono());
    return ended + end_stopped(http);
}

int http_run(struct http *http, int64_t timeout, int extra_fd, struct err *err)
{
    struct pollfd fds[2] = {{.fd = http->epoll, .events = POLLIN},
                            {.fd = extra_fd, .events = POLLIN}};
    int ended = step(http, err);
    int64_t until;
    int64_t msec;

    if (ended != 0 || timeout <= 0)
        return ended;
    until = least(http->due, http->look_at);
    if (until < INT64_MAX)
        timeout = least(timeout, until - clock_mono());
    msec = timeout > 0 ? (timeout + USEC_PER_MSEC - 1) / USEC_PER_MSEC : 0;
    if (poll(fds, extra_fd >= 0 ? 2 : 1, msec < INT_MAX ? (int)msec : INT_MAX) <
            0 &&
        errno != EINTR)
        return err_errno(err, ERR_OS, "cannot wait for answers");
    return step(http, err);
}

int http_fd(const struct http *http)
{
    return http->epoll;
}

int64_t http_due(const struct http *http)
{
    return http->stopping > 0 ? 0 : least(http->due, http->look_at);
}
