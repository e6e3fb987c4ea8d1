/*
 * conf-word.c - the nearest name to a misspelt one, and URLs with passwords
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/conf.h"
#include "core/mem.h"

enum { NAME_LIMIT = 64, NEAR = 3 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, changes and swaps of neighbours from a to b. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NAME_LIMIT + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    size_t width = strlen(b);

    for (size_t j = 0; j <= width; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            row[j] = least(above[j], row[j - 1]) + 1;
            row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[width];
}

bool conf_is_reference(const char *text)
{
    return (strncmp(text, "env:", 4) == 0 && text[4]) ||
           (strncmp(text, "file:", 5) == 0 && text[5]);
}

const char *conf_nearest(const char *word, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    size_t len = strlen(word);
    size_t best = least(NEAR + 1, len);

    if (len > NAME_LIMIT)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t far;

        if (strlen(names[i]) > NAME_LIMIT)
            continue;
        far = distance(word, names[i]);
        if (far < best) {
            best = far;
            nearest = names[i];
        }
    }
    return nearest;
}

/*
 * Where the password starts and ends: between the colon and the last '@' of
 * scheme://user:password@host (a password may hold '/' and '@' unescaped),
 * or behind "password=" up to the end.  False: there is none.
 */
static bool find_password(const char *url, size_t *start, size_t *end)
{
    const char *host = strstr(url, "://");
    const char *at = host ? strrchr(host, '@') : NULL;
    const char *colon = at ? strchr(host + 3, ':') : NULL;
    const char *key = strcasestr(url, "password");

    if (colon && colon + 1 < at) {
        *start = (size_t)(colon + 1 - url);
        *end = (size_t)(at - url);
        return true;
    }
    if (!key)
        return false;
    key += strlen("password");
    key += strspn(key, " ");
    if (*key != '=' || !key[1])
        return false;
    *start = (size_t)(key + 1 - url);
    *end = strlen(url);
    return true;
}

bool conf_url_secret(const char *url)
{
    size_t start;
    size_t end;

    return find_password(url, &start, &end);
}

char *conf_url_mask(const char *url)
{
    size_t start;
    size_t end;
    char *rest;
    char *masked;

    if (!find_password(url, &start, &end))
        return xstrdup(url);
    /* Both forms may be there at once. */
    rest = conf_url_mask(url + end);
    masked = xasprintf("%.*s****%s", (int)start, url, rest);
    free(rest);
    return masked;
}
