/*
 * http-end.c - how a request ended, in our words
 *
 * Messages name the scheme, host and port: what follows them in a URL may
 * be a secret.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/clock.h"
#include "core/http-internal.h"

#define YEAR_SEC INT64_C(31536000)

static const struct {
    CURLcode code;
    enum http_failure failure;
} failures[] = {
    {CURLE_OK, HTTP_OK},
    {CURLE_URL_MALFORMAT, HTTP_REFUSED},
    {CURLE_COULDNT_RESOLVE_HOST, HTTP_RESOLVE},
    {CURLE_COULDNT_CONNECT, HTTP_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, HTTP_TIMEOUT},
    {CURLE_SSL_CONNECT_ERROR, HTTP_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, HTTP_TLS},
    {CURLE_SSL_CIPHER, HTTP_TLS},
    {CURLE_SSL_CACERT_BADFILE, HTTP_TLS},
    {CURLE_SSL_ISSUER_ERROR, HTTP_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, HTTP_TLS},
    {CURLE_GOT_NOTHING, HTTP_BROKEN},
    {CURLE_SEND_ERROR, HTTP_BROKEN},
    {CURLE_RECV_ERROR, HTTP_BROKEN},
    {CURLE_PARTIAL_FILE, HTTP_BROKEN},
    {CURLE_WEIRD_SERVER_REPLY, HTTP_BROKEN},
    /* Schemes are checked before: this is an answer that is no HTTP/1. */
    {CURLE_UNSUPPORTED_PROTOCOL, HTTP_BROKEN},
    /* What curl says of one header over its own limit of 100 KiB. */
    {CURLE_OUT_OF_MEMORY, HTTP_TOO_LARGE},
};

static enum http_failure classify(const struct call *call, CURLcode code)
{
    size_t i;

    if (call->stopped)
        return HTTP_STOPPED;
    if (call->idle)
        return HTTP_TIMEOUT;
    if (call->again)
        return HTTP_BROKEN;
    if (call->cut)
        return call->request.cut_fails ? HTTP_TOO_LARGE : HTTP_OK;
    if (call->headers_long)
        return HTTP_TOO_LARGE;
    if (call->refused &&
        (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK))
        return HTTP_REFUSED;
    for (i = 0; i < LENGTH(failures); i++)
        if (failures[i].code == code)
            return failures[i].failure;
    return HTTP_OTHER;
}

static void explain_timeout(const struct call *call, int status,
                            struct err *err)
{
    const struct http_request *request = &call->request;
    bool first = call->first_byte < 0;
    char span[CLOCK_SPAN_SIZE];

    clock_span(call->idle
                   ? first ? request->first_timeout : request->idle_timeout
                   : request->timeout,
               span);
    if (call->idle)
        err_set(err, ERR_TEMP, "'%s' sent nothing%s for %s", call->origin,
                first ? "" : " more", span);
    else if (status > 0)
        err_set(err, ERR_TEMP, "'%s' did not finish its answer within %s",
                call->origin, span);
    else
        err_set(err, ERR_TEMP, "no answer from '%s' within %s", call->origin,
                span);
}

static void explain_connect(const struct call *call, struct err *err)
{
    long number = 0;

    curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &number);
    errno = (int)number;
    if (number > 0)
        err_errno(err, ERR_TEMP, "cannot connect to '%s'", call->origin);
    else
        err_set(err, ERR_TEMP, "cannot connect to '%s'", call->origin);
}

static void explain(struct call *call, const struct http_answer *answer,
                    CURLcode code, struct err *err)
{
    const char *origin;

    if (answer->failure == HTTP_OK)
        return;
    call->origin = http_url_origin(call->url);
    origin = call->origin;
    switch (answer->failure) {
    case HTTP_OK:
        break;
    case HTTP_REFUSED:
        err_set(err, ERR_TEMP, "'%s' is refused: not a public address", origin);
        break;
    case HTTP_RESOLVE:
        err_set(err, ERR_TEMP, "cannot find the host of '%s'", origin);
        break;
    case HTTP_CONNECT:
        explain_connect(call, err);
        break;
    case HTTP_TIMEOUT:
        explain_timeout(call, answer->status, err);
        break;
    case HTTP_BROKEN:
        err_set(err, ERR_TEMP, "'%s' broke off the connection", origin);
        break;
    case HTTP_TOO_LARGE:
        err_set(err, ERR_TEMP, "the %s of '%s' are too large",
                call->cut ? "contents" : "headers", origin);
        break;
    case HTTP_STOPPED:
        err_set(err, ERR_TEMP, "the request to '%s' was stopped", origin);
        break;
    case HTTP_TLS:
    case HTTP_OTHER:
        err_set(err, ERR_TEMP, "the request to '%s' failed: %s", origin,
                curl_easy_strerror(code));
        break;
    }
}

static const char *get_header(const struct http_answer *answer,
                              const char *name)
{
    const struct call *call = answer->private;
    struct curl_header *header;

    if (curl_easy_header(call->easy, name, 0, CURLH_HEADER, -1, &header) !=
        CURLHE_OK)
        return NULL;
    return header->value;
}

int64_t http_retry_after(const char *value, const char *date)
{
    size_t digits = strspn(value, "0123456789");
    int64_t wait;

    if (digits > 0 && !value[digits]) {
        wait = digits < 10 ? strtoll(value, NULL, 10) : YEAR_SEC;
    } else {
        time_t then = curl_getdate(value, NULL);
        time_t now = date ? curl_getdate(date, NULL) : -1;

        if (then < 0 || now < 0)
            return -1;
        wait = then > now ? then - now : 0;
    }
    return (wait < YEAR_SEC ? wait : YEAR_SEC) * USEC_PER_SEC;
}

static void copy_message(char *to, size_t size, const struct err *err)
{
    size_t len = strlen(err->msg);

    if (len >= size)
        len = size - 1;
    while (len > 0 && ((unsigned char)err->msg[len] & 0xc0) == 0x80)
        len--;
    memcpy(to, err->msg, len);
    to[len] = '\0';
}

void call_answer(struct call *call, CURLcode code, struct http_answer *answer)
{
    const char *retry;
    struct err err = {0};
    long status = 0;

    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    *answer = (struct http_answer){
        .failure = classify(call, code),
        .connected = call->connected,
        .idle = call->idle,
        .certificate = code == CURLE_PEER_FAILED_VERIFICATION ||
                       code == CURLE_SSL_ISSUER_ERROR ||
                       code == CURLE_SSL_INVALIDCERTSTATUS,
        .status = (int)status,
        .body = &call->body,
        .cut = call->cut,
        .elapsed = clock_mono() - call->started,
        .first_byte = call->first_byte,
        .header = get_header,
        .private = call,
    };
    explain(call, answer, code, &err);
    copy_message(answer->error, sizeof(answer->error), &err);
    retry = get_header(answer, "Retry-After");
    answer->retry_after =
        retry ? http_retry_after(retry, get_header(answer, "Date")) : -1;
}
