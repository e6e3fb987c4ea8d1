/*
 * http-internal.h - what the files of http share among themselves
 */
#ifndef AAOS_CORE_HTTP_INTERNAL_H
#define AAOS_CORE_HTTP_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/curl.h"

#include "core/http.h"

enum { HTTP_HEADERS_MAX = 64 * 1024 };

/* http-poll.c: the descriptors and the timer that curl waits for. */
struct http_poll {
    CURLM *multi;
    int fd;
    int64_t due; /* CLOCK_MONOTONIC; INT64_MAX: never */
};
int http_poll_open(struct http_poll *poll, CURLM *multi, struct err *err);
void http_poll_close(struct http_poll *poll);
/* Let curl do what can be done without waiting. */
CURLMcode http_poll_turn(struct http_poll *poll, CURLM *multi);
/* Until something can be done, extra_fd is readable, or the timeout. */
int http_poll_wait(const struct http_poll *set, int64_t timeout, int extra_fd);

/* One request under way. */
struct call {
    struct http *http;
    struct call *prev, *next;
    int64_t number;
    CURL *easy;
    struct curl_slist *headers;
    char *url;
    char *origin; /* "https://host:port": all that messages say of the URL;
                     NULL as long as there is nothing to say */
    struct http_request request; /* only its numbers, flags and functions */
    int64_t started;
    int64_t first_byte;
    int64_t heard; /* when the newest piece of the body came */
    struct buf body;
    size_t got;          /* bytes of body so far, kept or handed on */
    size_t header_bytes; /* of all answers, with "100 Continue" */
    bool cut;
    bool headers_long;
    bool connected;
    bool again;   /* would be sent a second time, and must not */
    bool refused; /* an address was not allowed */
    bool stopped; /* by on_data, http_cancel() or http_close() */
    bool idle;    /* too long without a byte */
};

/* Everything that curl must know; the handle is call->easy.  known: the URL
 * has been checked before. */
int call_prepare(struct call *call, const struct http_request *request,
                 bool known, const char *agent, struct err *err);
void call_release(struct call *call);
/* When it will have been silent for too long; INT64_MAX: never. */
int64_t call_deadline(const struct call *call);
/* Before this it will not, whatever comes: its first byte brings it another
 * limit, which may be shorter. */
int64_t call_look_at(const struct call *call, int64_t now);
/* What on_end is told. */
void call_answer(struct call *call, CURLcode code, struct http_answer *answer);

/* May we connect there?  Only IPv4 and IPv6 addresses of the open network. */
bool http_address_public(const struct sockaddr *addr);
/* The same for "192.0.2.1" or "2001:db8::1"; false for anything else. */
bool http_address_text_public(const char *text);

/* "https://host:port" of a checked URL; malloc'd. */
char *http_url_origin(const char *url);

/*
 * Retry-After as a duration: seconds, or a date measured against the Date
 * of the same answer (NULL: none).  -1 when there is no telling; at most a
 * year.
 */
int64_t http_retry_after(const char *value, const char *date);

#endif
