/*
 * http-call.c - one request: what curl is told, and what it tells us
 *
 * Each request has its own connection while it runs (HTTP/1.1): an answer
 * that stalls holds up nobody else's.
 */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/http-internal.h"
#include "core/mem.h"

/* --- what curl tells us ---------------------------------------------------- */

static curl_socket_t open_socket(void *ctx, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct call *call = ctx;
    bool internet = address->family == AF_INET || address->family == AF_INET6;

    (void)purpose;
    if (!internet || (!call->request.allow_private &&
                      !http_address_public(&address->addr))) {
        call->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

/*
 * A connection that another request left open is used again without a
 * new socket, and that request may have been allowed more than this one.
 */
/* NOLINTNEXTLINE(readability-non-const-parameter): curl has it so */
static int before_request(void *ctx, char *peer, char *local, int peer_port,
                          int local_port)
{
    struct call *call = ctx;

    (void)local;
    (void)peer_port;
    (void)local_port;
    /* Once more, over a new connection, as that which was used again has
     * died: curl would not ask the caller. */
    call->again = call->request.once && call->connected;
    call->connected = true;
    if (call->again)
        return CURL_PREREQFUNC_ABORT;
    if (call->request.allow_private || http_address_text_public(peer))
        return CURL_PREREQFUNC_OK;
    call->refused = true;
    return CURL_PREREQFUNC_ABORT;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): curl has it so */
static size_t take_header(char *data, size_t size, size_t count, void *ctx)
{
    struct call *call = ctx;

    (void)data;
    call->header_bytes += size * count;
    if (call->header_bytes > HTTP_HEADERS_MAX)
        call->headers_long = true;
    return call->headers_long ? CURL_WRITEFUNC_ERROR : size * count;
}

static int hand_on(struct call *call, const char *data, size_t len)
{
    long status = 0;

    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    return call->request.on_data(call->request.ctx, (int)status, data, len);
}

static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
    struct call *call = ctx;
    const struct http_request *request = &call->request;
    bool limited = !request->on_data || request->answer_limit > 0;
    size_t all = size * count;
    size_t len = all;

    call->heard = clock_mono();
    if (call->first_byte < 0)
        call->first_byte = call->heard - call->started;
    if (limited && len > request->answer_limit - call->got) {
        call->cut = true;
        len = request->answer_limit - call->got;
    }
    call->got += len;
    if (!request->on_data)
        buf_put(&call->body, data, len);
    else if (len > 0 && hand_on(call, data, len) < 0)
        http_cancel(call->http, call->number);
    return call->cut || call->stopped ? CURL_WRITEFUNC_ERROR : all;
}

/* --- what curl is told ----------------------------------------------------- */

static bool is_token(const char *text, size_t len)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return len > 0 && strspn(text, token) >= len;
}

/* A line end in a header would let it forge others. */
static bool is_header(const char *text)
{
    const char *at = text;

    if (!is_token(text, strcspn(text, ":")) || !strchr(text, ':'))
        return false;
    while (*at == '\t' || (unsigned char)*at >= 0x20)
        at++;
    return !*at && !strchr(text, 0x7f);
}

static int check(const struct http_request *request, bool known,
                 struct err *err)
{
    const char *const *header;

    if (request->timeout <= 0)
        return err_set(err, ERR_BUG, "a request without a time limit");
    if (request->method && !is_token(request->method, strlen(request->method)))
        return err_set(err, ERR_BUG, "a request with a malformed method");
    for (header = request->headers; header && *header; header++)
        if (!is_header(*header))
            return err_set(err, ERR_DATA, "header %d is malformed",
                           (int)(header - request->headers) + 1);
    return known ? 0 : http_url_check(request->url, err);
}

static long to_msec(int64_t usec)
{
    int64_t msec = (usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC;

    return msec < INT_MAX ? (long)msec : INT_MAX;
}

static void add_header(struct call *call, const char *text)
{
    struct curl_slist *headers = curl_slist_append(call->headers, text);

    if (!headers)
        xdie("out of memory");
    call->headers = headers;
}

static void add_headers(struct call *call, const char *const *header)
{
    bool typed = false;

    for (; header && *header; header++) {
        typed = typed || strncasecmp(*header, "content-type:", 13) == 0;
        add_header(call, *header);
    }
    /* Without these curl calls a body a form, and asks before it sends one. */
    if (!typed)
        add_header(call, "Content-Type:");
    add_header(call, "Expect:");
}

/* Non-zero if curl does not know an option: then nothing would be safe. */
static int set_limits(CURL *easy, struct call *call,
                      const struct http_request *request)
{
    int64_t connect = request->connect_timeout;
    int bad = 0;

    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "") != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != 0;
    /* A name server that does not answer holds up nobody. */
    bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, call) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                            to_msec(request->timeout)) != 0;
    bad |= curl_easy_setopt(
               easy, CURLOPT_CONNECTTIMEOUT_MS,
               to_msec(connect > 0 ? connect : request->timeout)) != 0;
    return bad;
}

/* Of a connection that has waited longer, its end may be on its way; and
 * what is sent in pieces is sent in small ones. */
enum { FRESH_SEC = 4, UPLOAD = 16 << 10 };

static int set_body(CURL *easy, const struct http_request *request)
{
    const char *method = request->method;
    bool posts = request->body_len > 0;
    int bad = 0;

    if (!method)
        method = posts ? "POST" : "GET";
    if (posts || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0) {
        bad |= curl_easy_setopt(easy, CURLOPT_POST, 1L) != 0;
        bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t)request->body_len) != 0;
        bad |= curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
                                posts ? request->body : "") != 0;
        bad |= curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                                (long)UPLOAD) != 0;
    } else if (strcmp(method, "HEAD") == 0) {
        bad |= curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) != 0;
    }
    bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method) != 0;
    return bad;
}

static int set_rest(CURL *easy, struct call *call, const char *url,
                    const char *agent)
{
    int bad = 0;

    bad |= curl_easy_setopt(easy, CURLOPT_URL, url) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, call) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                            CURL_HTTP_VERSION_1_1) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, agent) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) != 0;
    if (call->request.once)
        bad |=
            curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)FRESH_SEC) != 0;
    if (call->request.buffer > 0)
        bad |= curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
                                (long)call->request.buffer) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, call) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) != 0;
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, call) != 0;
    return bad;
}

int call_prepare(struct call *call, const struct http_request *request,
                 bool known, const char *agent, struct err *err)
{
    if (check(request, known, err) < 0)
        return -1;
    call->request = *request;
    call->url = xstrdup(request->url);
    call->first_byte = -1;
    call->easy = curl_easy_init();
    if (!call->easy)
        xdie("out of memory");
    add_headers(call, request->headers);
    if (set_limits(call->easy, call, request) ||
        set_body(call->easy, request) ||
        set_rest(call->easy, call, request->url, agent))
        return err_set(err, ERR_BUG, "libcurl does not know an option");
    return 0;
}

static int64_t after(int64_t since, int64_t limit)
{
    return limit > 0 && limit < INT64_MAX - since ? since + limit : INT64_MAX;
}

int64_t call_deadline(const struct call *call)
{
    return call->first_byte < 0
               ? after(call->started, call->request.first_timeout)
               : after(call->heard, call->request.idle_timeout);
}

int64_t call_look_at(const struct call *call, int64_t now)
{
    int64_t deadline = call_deadline(call);
    int64_t other = after(now, call->request.idle_timeout);

    return call->first_byte < 0 && other < deadline ? other : deadline;
}

void call_release(struct call *call)
{
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    buf_release(&call->body);
    free(call->url);
    free(call->origin);
    free(call);
}
