/*
 * http.h - many HTTP requests in flight in one thread (curl multi)
 *
 * https and http only; redirects are never followed; no proxy from the
 * environment; no user or password in URLs; addresses that are loopback,
 * private, link-local, multicast, unspecified, IPv4-mapped or the like are
 * refused unless `allow_private`, judged after name resolution and before
 * the connection (CURLOPT_OPENSOCKETFUNCTION), so that no spelling of an
 * address and no answer of a name server gets round it.
 *
 * A request fails alone.  Answers are cut at `answer_limit` bytes, headers
 * at 64 KiB; a server that sends more, lies about its length, never ends or
 * goes at a crawl costs at most the time limit.
 */
#ifndef AAOS_CORE_HTTP_H
#define AAOS_CORE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

struct http; /* opaque: the multi handle */
struct http_answer;

struct http_request {
    const char *method; /* "POST"; NULL: GET, or POST with a body */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-ended; or NULL */
    const void *body;           /* copied */
    size_t body_len;
    int64_t timeout;         /* whole request, microseconds; > 0 */
    int64_t connect_timeout; /* 0: the same as timeout */
    int64_t first_timeout;   /* from the start to the first byte of the
                                   body; 0: no limit of its own */
    int64_t idle_timeout;    /* between two pieces of the body; 0: none */
    size_t answer_limit;     /* bytes of body kept; more is cut or, with
                                   cut_fails, an error */
    bool cut_fails;
    bool allow_private;
    /* Sent once and never again, not even by curl when a connection that was
     * used before turns out to be closed: that is HTTP_BROKEN. */
    bool once;
    size_t buffer; /* what curl reads at once, 1024 or more; 0: 16 KiB */
    /* Streaming: called with each piece of the body as it arrives instead
     * of keeping it; return -1 to end the request.  NULL: keep it.  The
     * limit counts these bytes, too; here 0 means none.  May call
     * http_cancel(), but not http_start().  status is that of the answer. */
    int (*on_data)(void *ctx, int status, const char *data, size_t len);
    /* Called once when the request has ended, from http_run().  The answer
     * is valid during the call. */
    void (*on_end)(void *ctx, const struct http_answer *answer);
    void *ctx;
};

enum http_failure {
    HTTP_OK,      /* an answer came, whatever its status */
    HTTP_REFUSED, /* the address or URL is not allowed */
    HTTP_RESOLVE, /* no such host */
    HTTP_CONNECT, /* no connection */
    HTTP_TLS,     /* certificate or handshake */
    HTTP_TIMEOUT,
    HTTP_BROKEN, /* cut in the middle */
    HTTP_TOO_LARGE,
    HTTP_STOPPED, /* on_data said so, or http_cancel() */
    HTTP_OTHER
};

struct http_answer {
    enum http_failure failure;
    char error[256];     /* sentence, safe, without secrets; "" if OK */
    int status;          /* 0: none came */
    int64_t retry_after; /* Retry-After as a duration; -1: none; HTTP
                                 dates are measured against the Date header */
    const struct buf *body;
    bool cut;
    bool connected;     /* a connection was made */
    bool idle;          /* HTTP_TIMEOUT: of first_timeout or idle_timeout */
    bool certificate;   /* HTTP_TLS: it is the certificate */
    int64_t elapsed;    /* microseconds */
    int64_t first_byte; /* until the first byte of the body; -1 */
    /* A header's value by name (case-insensitive), or NULL.  Borrowed. */
    const char *(*header)(const struct http_answer *answer, const char *name);
    void *private;
};

/*
 * Is this a URL that http_start() would take: https or http, with a host,
 * without user and password, at most 8 KiB?  ERR_DATA; the message does
 * not repeat the URL.
 */
int http_url_check(const char *url, struct err *err);

struct http *http_open(const char *user_agent, struct err *err);
void http_close(struct http *http); /* ends what is under way: HTTP_STOPPED */

/* Start; returns a number for http_cancel(), or -1 (a bad URL). */
int64_t http_start(struct http *http, const struct http_request *request,
                   struct err *err);
void http_cancel(struct http *http, int64_t number);
size_t http_running(const struct http *http);

/*
 * Make progress, waiting at most `timeout` microseconds (0: not at all),
 * also for `extra_fd` (-1: none) to become readable.  Finished requests are
 * reported before and after the wait.  Returns how many ended, or -1.
 */
int http_run(struct http *http, int64_t timeout, int extra_fd, struct err *err);

/*
 * For a poll(2) of the caller's own, instead of waiting in http_run(): when
 * this descriptor is readable, or this instant of CLOCK_MONOTONIC has come
 * (INT64_MAX: none), http_run() without waiting has something to do.  Ask
 * again after every call.
 */
int http_fd(const struct http *http);
int64_t http_due(const struct http *http);

#endif
