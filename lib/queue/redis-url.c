/*
 * redis-url.c - where Redis is
 *
 *     redis://[user:pass@]host[:port][/db]
 *     unix://[user:pass@]/path[?db=N]
 *     sentinel://[user:pass@]host[:port],...[:port]/name[/db]
 *
 * User, password and path may be written with %XX.  No message quotes what
 * it complains about: it may be a piece of a badly escaped password.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "core/mem.h"
#include "queue/queue-internal.h"

enum { URL_MAX = 4096, HOSTS_MAX = 32, DB_MAX = 65535, PORT_MAX = 65535 };
enum { REDIS_PORT = 6379, SENTINEL_PORT = 26379 };

void redis_url_release(struct redis_url *url)
{
    for (size_t i = 0; i < url->host_count; i++)
        free(url->hosts[i].name);
    free(url->hosts);
    free(url->path);
    free(url->service);
    free(url->user);
    if (url->pass)
        explicit_bzero(url->pass, strlen(url->pass));
    free(url->pass);
    *url = (struct redis_url){0};
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* %XX undone, in place; false if it is none or makes a NUL. */
static bool unescape(char *text)
{
    char *to = text;

    for (; *text; text++) {
        if (*text == '%') {
            int high = hex_digit(text[1]);
            int low = high < 0 ? -1 : hex_digit(text[2]);

            if (low < 0 || high + low == 0)
                return false;
            *to++ = (char)(high * 16 + low);
            text += 2;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return true;
}

/* A decimal number and nothing else. */
static bool number(const char *text, long max, int *num)
{
    char *end;
    long value;

    if (*text < '0' || *text > '9')
        return false;
    value = strtol(text, &end, 10);
    if (*end || value > max)
        return false;
    *num = (int)value;
    return true;
}

/* user:pass@ before the first slash; what follows is returned. */
static char *take_login(char *text, struct redis_url *url, struct err *err)
{
    size_t len = strcspn(text, "/");
    char *at = memrchr(text, '@', len);
    char *colon;

    if (!at)
        return text;
    *at = '\0';
    colon = strchr(text, ':');
    if (!colon) {
        err_set(err, ERR_USAGE, "a user name without a password");
        return NULL;
    }
    *colon = '\0';
    if (!unescape(text) || !unescape(colon + 1)) {
        err_set(err, ERR_USAGE, "user or password is not well escaped");
        return NULL;
    }
    if (*text)
        url->user = xstrdup(text);
    url->pass = xstrdup(colon + 1);
    explicit_bzero(colon + 1, strlen(colon + 1));
    return at + 1;
}

/* host, host:port, [v6] or [v6]:port. */
static int take_host(char *text, int port, struct redis_url *url,
                     struct err *err)
{
    char *name = text;
    char *rest;
    struct redis_host *host;

    if (*text == '[') {
        name = text + 1;
        rest = strchr(text, ']');
        if (!rest)
            return err_set(err, ERR_USAGE, "a ']' is missing");
        *rest++ = '\0';
        if (*rest && *rest != ':')
            return err_set(err, ERR_USAGE, "what follows the ']' is no port");
    } else {
        rest = text + strcspn(text, ":");
    }
    if (*rest) {
        *rest++ = '\0';
        if (!number(rest, PORT_MAX, &port) || port == 0)
            return err_set(err, ERR_USAGE,
                           "a port is a number from 1 to 65535");
    }
    if (!*name)
        return err_set(err, ERR_USAGE, "no host is named");
    if (url->host_count == HOSTS_MAX)
        return err_set(err, ERR_USAGE, "more than %d hosts", HOSTS_MAX);
    host = &url->hosts[url->host_count++];
    *host = (struct redis_host){.name = xstrdup(name), .port = port};
    return 0;
}

static int take_db(const char *text, struct redis_url *url, struct err *err)
{
    if (!*text)
        return 0;
    if (!number(text, DB_MAX, &url->db))
        return err_set(err, ERR_USAGE, "the number of the database is none");
    return 0;
}

/* Cut at the first `separator`; the rest, or "". */
static char *cut(char *text, char separator)
{
    char *at = strchr(text, separator);

    if (!at)
        return text + strlen(text);
    *at = '\0';
    return at + 1;
}

static int parse_tcp(char *text, struct redis_url *url, struct err *err)
{
    char *db = cut(text, '/');

    url->hosts = xcalloc(1, sizeof(*url->hosts));
    if (take_host(text, REDIS_PORT, url, err) < 0 || take_db(db, url, err) < 0)
        return -1;
    snprintf(url->name, sizeof(url->name), "redis://%s:%d/%d",
             url->hosts[0].name, url->hosts[0].port, url->db);
    return 0;
}

static int parse_unix(char *text, struct redis_url *url, struct err *err)
{
    char *query = cut(text, '?');

    if (*query && strncmp(query, "db=", 3) != 0)
        return err_set(err, ERR_USAGE, "only '?db=N' may follow the path");
    if (*query && take_db(query + 3, url, err) < 0)
        return -1;
    if (*text != '/' || !unescape(text))
        return err_set(err, ERR_USAGE, "the path is not absolute");
    if (strlen(text) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return err_set(err, ERR_USAGE, "the path of a socket is too long");
    url->path = xstrdup(text);
    snprintf(url->name, sizeof(url->name), "unix://%s?db=%d", text, url->db);
    return 0;
}

static int parse_sentinel(char *text, struct redis_url *url, struct err *err)
{
    char *service = cut(text, '/');
    char *db = cut(service, '/');
    char *next;

    if (!*service)
        return err_set(err, ERR_USAGE, "the name of the master is missing");
    snprintf(url->name, sizeof(url->name), "sentinel://%s/%s", text, service);
    url->service = xstrdup(service);
    url->hosts = xcalloc(HOSTS_MAX, sizeof(*url->hosts));
    for (; *text; text = next) {
        next = cut(text, ',');
        if (take_host(text, SENTINEL_PORT, url, err) < 0)
            return -1;
    }
    if (url->host_count == 0)
        return err_set(err, ERR_USAGE, "no sentinel is named");
    return take_db(db, url, err);
}

int redis_url_parse(const char *text, struct redis_url *url, struct err *err)
{
    static const struct {
        const char *scheme;
        enum redis_kind kind;
        int (*parse)(char *text, struct redis_url *url, struct err *err);
    } schemes[] = {
        {"redis://", URL_TCP, parse_tcp},
        {"unix://", URL_UNIX, parse_unix},
        {"sentinel://", URL_SENTINEL, parse_sentinel},
    };
    struct redis_url out = {0};
    char *copy = NULL;
    char *rest = NULL;
    int ret = -1;

    if (!text || !*text || strcmp(text, "none") == 0) {
        *url = out;
        return 0;
    }
    err_set(err, ERR_USAGE, "expected redis://, unix:// or sentinel://");
    for (size_t i = 0; i < LENGTH(schemes) && strlen(text) < URL_MAX; i++) {
        if (strncmp(text, schemes[i].scheme, strlen(schemes[i].scheme)) != 0)
            continue;
        out.kind = schemes[i].kind;
        copy = xstrdup(text + strlen(schemes[i].scheme));
        rest = take_login(copy, &out, err);
        if (rest)
            ret = schemes[i].parse(rest, &out, err);
    }
    if (copy)
        explicit_bzero(copy, strlen(copy));
    free(copy);
    if (ret < 0) {
        redis_url_release(&out);
        return err_wrap(err, "the URL of Redis makes no sense");
    }
    err_clear(err);
    *url = out;
    return 0;
}
