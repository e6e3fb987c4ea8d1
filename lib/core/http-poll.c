/*
 * http-poll.c - which descriptors curl waits for, behind one of ours
 *
 * curl says what it waits for (socket and timer callbacks); an epoll
 * descriptor collects it, so that a thousand requests cost a caller's poll
 * no more than one, and a turn touches only those that have news.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/http-internal.h"

enum { EVENTS = 64 };

/* known: we have been told of this socket before. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx,
                     void *known) /* cppcheck-suppress constParameter */
{
    int first = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int second = known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    struct http_poll *poll = ctx;
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(poll->fd, EPOLL_CTL_DEL, fd, &event);
        return 0;
    }
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    if (epoll_ctl(poll->fd, first, fd, &event) < 0 &&
        epoll_ctl(poll->fd, second, fd, &event) < 0)
        return -1;
    curl_multi_assign(poll->multi, fd, poll);
    return 0;
}

static int on_timer(CURLM *multi, long msec, void *ctx)
{
    struct http_poll *poll = ctx;

    (void)multi;
    poll->due =
        msec < 0 ? INT64_MAX : clock_mono() + (int64_t)msec * USEC_PER_MSEC;
    return 0;
}

int http_poll_open(struct http_poll *poll, CURLM *multi, struct err *err)
{
    int bad = 0;

    poll->due = INT64_MAX;
    poll->multi = multi;
    poll->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poll->fd < 0)
        return err_errno(err, ERR_OS, "cannot watch connections");
    bad |= curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) != 0;
    bad |= curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, poll) != 0;
    bad |= curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) != 0;
    bad |= curl_multi_setopt(multi, CURLMOPT_TIMERDATA, poll) != 0;
    if (!bad)
        return 0;
    file_close(&poll->fd);
    return err_set(err, ERR_BUG, "libcurl does not know an option");
}

void http_poll_close(struct http_poll *poll)
{
    file_close(&poll->fd);
}

static CURLMcode turn_timer(struct http_poll *poll, CURLM *multi)
{
    int rest;

    if (clock_mono() < poll->due)
        return CURLM_OK;
    poll->due = INT64_MAX;
    return curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &rest);
}

static CURLMcode turn_event(CURLM *multi, const struct epoll_event *event)
{
    int what = 0;
    int rest;

    if (event->events & (EPOLLIN | EPOLLHUP))
        what |= CURL_CSELECT_IN;
    if (event->events & EPOLLOUT)
        what |= CURL_CSELECT_OUT;
    if (event->events & EPOLLERR)
        what |= CURL_CSELECT_ERR;
    return curl_multi_socket_action(multi, event->data.fd, what, &rest);
}

CURLMcode http_poll_turn(struct http_poll *poll, CURLM *multi)
{
    struct epoll_event events[EVENTS];
    CURLMcode code = turn_timer(poll, multi);
    int count = EVENTS;
    int round, i;

    /* What is ready now; not what becomes ready for ever. */
    for (round = 0; code == CURLM_OK && count == EVENTS && round < EVENTS;
         round++) {
        count = epoll_wait(poll->fd, events, EVENTS, 0);
        for (i = 0; code == CURLM_OK && i < count; i++)
            code = turn_event(multi, &events[i]);
    }
    return code == CURLM_OK ? turn_timer(poll, multi) : code;
}

int http_poll_wait(const struct http_poll *set, int64_t timeout, int extra_fd)
{
    struct pollfd fds[2] = {{.fd = set->fd, .events = POLLIN},
                            {.fd = extra_fd, .events = POLLIN}};
    int64_t left = set->due == INT64_MAX ? timeout : set->due - clock_mono();
    struct timespec time;

    if (left > timeout)
        left = timeout;
    if (left < 0)
        left = 0;
    time.tv_sec = left / USEC_PER_SEC;
    time.tv_nsec = left % USEC_PER_SEC * 1000;
    if (ppoll(fds, 2, &time, NULL) < 0 && errno != EINTR)
        return -1;
    return 0;
}
