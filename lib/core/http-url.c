/*
 * http-url.c - which URLs are taken at all, and what may be said of them
 *
 * The judge is curl's own parser, the one that will read the URL again to
 * send the request: there is no second reading to play off against it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/http-internal.h"
#include "core/mem.h"

enum { URL_MAX = 8192 };

static CURLU *parse(const char *url, CURLUcode *code)
{
    CURLU *parts = curl_url();

    if (!parts)
        xdie("out of memory");
    *code = curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER);
    return parts;
}

/* One part, malloc'd by curl; NULL when there is none. */
static char *get(CURLU *parts, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(parts, part, &text, 0) == CURLUE_OK ? text : NULL;
}

int http_url_check(const char *url, struct err *err)
{
    CURLUcode code = CURLUE_OK;
    char *scheme = NULL;
    CURLU *parts;
    int ret = 0;

    if (strnlen(url, URL_MAX + 1) > URL_MAX)
        return err_set(err, ERR_DATA, "the URL is longer than %d bytes",
                       URL_MAX);
    if (curl_load(err) < 0)
        return -1;
    parts = parse(url, &code);
    if (code == CURLUE_OK)
        scheme = get(parts, CURLUPART_SCHEME);
    if (code == CURLUE_USER_NOT_ALLOWED)
        ret = err_set(err, ERR_DATA,
                      "a user or password in a URL is not allowed");
    else if (code == CURLUE_UNSUPPORTED_SCHEME ||
             (scheme && strcmp(scheme, "https") != 0 &&
              strcmp(scheme, "http") != 0))
        ret = err_set(err, ERR_DATA, "only https and http URLs are allowed");
    else if (!scheme)
        ret = err_set(err, ERR_DATA, "the URL is malformed");
    curl_free(scheme);
    curl_url_cleanup(parts);
    return ret;
}

char *http_url_origin(const char *url)
{
    CURLUcode code;
    CURLU *parts = parse(url, &code);
    char *scheme = get(parts, CURLUPART_SCHEME);
    char *host = get(parts, CURLUPART_HOST);
    char *port = get(parts, CURLUPART_PORT);
    char *text = xasprintf("%s://%.100s%s%s", scheme ? scheme : "",
                           host ? host : "", port ? ":" : "", port ? port : "");

    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return text;
}
