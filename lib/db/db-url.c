/*
 * db-url.c - which engine an URL names, where it is, and what may be shown
 *
 *     PATH  sqlite:PATH  sqlite:///relative  sqlite:////absolute
 *     postgres://...  postgresql://...  postgresql+driver://...
 *
 * The "+driver" of other tools' URLs is dropped.  What comes before "://"
 * must be known; anything without it is a path, colons and all.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "db/db-driver.h"

/* Length of the scheme in front of "://", or 0. */
static size_t scheme_length(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    return strncmp(text + len, "://", 3) == 0 ? len : 0;
}

static bool is_scheme(const char *text, size_t len, const char *name)
{
    size_t base = strcspn(text, "+:");

    return base <= len && strlen(name) == base &&
           strncmp(text, name, base) == 0;
}

int db_engine_of(const char *url, enum db_engine *engine, struct err *err)
{
    size_t len = scheme_length(url);

    if (strncmp(url, "sqlite:", 7) == 0 ||
        (len > 0 && is_scheme(url, len, "sqlite"))) {
        *engine = DB_SQLITE;
        return 0;
    }
    if (len > 0 && (is_scheme(url, len, "postgres") ||
                    is_scheme(url, len, "postgresql"))) {
        *engine = DB_POSTGRES;
        return 0;
    }
    if (len == 0 && strncmp(url, "postgres:", 9) != 0 &&
        strncmp(url, "postgresql:", 11) != 0) {
        *engine = DB_SQLITE;
        return 0;
    }
    err_set(err, ERR_USAGE, "cannot use '%.*s:' as a database",
            (int)strcspn(url, ":"), url);
    return err_hint(err, "a database is a PATH, sqlite:PATH or postgresql://"
                         "host/name");
}

static int parse_sqlite(const char *text, struct db_url *url, struct err *err)
{
    size_t len = scheme_length(text);
    const char *path = text;

    if (len > 0) {
        path = text + len + 3;
        if (*path != '/') {
            err_set(err, ERR_USAGE, "'%s' names a host", text);
            return err_hint(err,
                            "a relative path is sqlite:///PATH or "
                            "sqlite:PATH, an absolute one sqlite:////PATH");
        }
        path++;
    } else if (strncmp(text, "sqlite:", 7) == 0) {
        path = text + 7;
    }
    if (!*path)
        return err_set(err, ERR_USAGE, "the database has an empty path");
    if (strcmp(path, ":memory:") == 0)
        return err_set(err, ERR_USAGE,
                       "a database in memory cannot be shared: give a path");
    url->target = xstrdup(path);
    url->name = xstrdup(text);
    return 0;
}

/*
 * Where a password stands in "user:password@host/...": [*from, *to).  It is
 * looked for up to the last '@', because a password that holds an unescaped
 * '@' or '/' must not show either.
 */
static bool find_password(const char *authority, size_t *from, size_t *to)
{
    const char *at = strrchr(authority, '@');
    const char *colon = strchr(authority, ':');

    if (*authority == '[' || !at || !colon || colon > at)
        return false; /* "[" begins an IPv6 address, full of colons */
    *from = (size_t)(colon - authority) + 1;
    *to = (size_t)(at - authority);
    return true;
}

/* Copy "?key=value&..." with the values of secret keys masked. */
static void put_query(struct buf *out, const char *query)
{
    static const char *const secret[] = {"password=", "sslpassword="};

    while (*query) {
        size_t len = strcspn(query + 1, "&") + 1;
        bool masked = false;

        for (size_t i = 0; i < LENGTH(secret); i++)
            if (strncmp(query + 1, secret[i], strlen(secret[i])) == 0) {
                buf_put(out, query, 1 + strlen(secret[i]));
                buf_str(out, "***");
                masked = true;
            }
        if (!masked)
            buf_put(out, query, len);
        query += len;
    }
}

/*
 * libpq ends the authority at the first '/': of a password with an unescaped
 * one it would take a piece for the port, and say it in its message.
 */
static bool misread(const char *password, size_t len)
{
    size_t digits = strspn(password, "0123456789");

    return digits < len && password[digits] != '/' && password[digits] != '?' &&
           memchr(password, '/', len) != NULL;
}

static int parse_postgres(const char *text, struct db_url *url, struct err *err)
{
    const char *authority = strstr(text, "://") + 3;
    size_t base = strcspn(text, "+:");
    size_t from = 0;
    size_t to = 0;
    struct buf name = {0};

    buf_put(&name, text, base);
    buf_str(&name, "://");
    if (find_password(authority, &from, &to)) {
        buf_put(&name, authority, from - 1);
        authority += to;
    }
    buf_put(&name, authority, strcspn(authority, "?"));
    put_query(&name, authority + strcspn(authority, "?"));
    if (to > 0 && misread(strstr(text, "://") + 3 + from, to - from)) {
        err_set(err, ERR_USAGE, "the password in '%s' holds a '/'", name.data);
        err_hint(err, "write '/' as %%2F, '@' as %%40 and '%%' as %%25");
        buf_release(&name);
        return -1;
    }
    url->name = buf_detach(&name);
    url->target = xasprintf("%.*s%s", (int)base, text, strstr(text, "://"));
    return 0;
}

int db_url_parse(const char *text, struct db_url *url, struct err *err)
{
    if (db_engine_of(text, &url->engine, err) < 0)
        return -1;
    if (url->engine == DB_SQLITE)
        return parse_sqlite(text, url, err);
    return parse_postgres(text, url, err);
}

void db_url_release(struct db_url *url)
{
    free(url->target);
    free(url->name);
    *url = (struct db_url){0};
}
