/*
 * mem.c - allocation that ends the program instead of failing
 */
#include "config.h"

#include "core/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"

void xdie(const char *what)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    /* No handlers: half-done work must not be flushed as if it were done. */
    _exit(ERR_OS);
}

/* No object may be larger: differences of pointers must fit ptrdiff_t. */
static size_t product(size_t count, size_t size)
{
    if (size > 0 && count > PTRDIFF_MAX / size)
        xdie("out of memory");
    return count * size;
}

void *xmalloc(size_t size)
{
    void *new = malloc(size > 0 ? size : 1);

    if (!new)
        xdie("out of memory");
    return new;
}

void *xcalloc(size_t count, size_t size)
{
    size_t bytes = product(count, size);
    void *new = calloc(1, bytes > 0 ? bytes : 1);

    if (!new)
        xdie("out of memory");
    return new;
}

void *xrealloc(void *old, size_t count, size_t size)
{
    size_t bytes = product(count, size);
    void *new = realloc(old, bytes > 0 ? bytes : 1);

    if (!new)
        xdie("out of memory");
    return new;
}

char *xstrdup(const char *text)
{
    return xmemdup0(text, strlen(text));
}

char *xstrdup_null(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

char *xmemdup0(const void *data, size_t len)
{
    char *new;

    if (len >= PTRDIFF_MAX)
        xdie("out of memory");
    new = xmalloc(len + 1);
    if (len > 0)
        memcpy(new, data, len);
    new[len] = '\0';
    return new;
}

char *xasprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vasprintf(&text, fmt, args);
    va_end(args);
    if (len < 0 || !text)
        xdie("out of memory");
    return text;
}

void *xgrow(void *array, size_t count, size_t *cap, size_t size)
{
    size_t want;

    if (array && count < *cap)
        return array;
    want = *cap > 0 ? product(*cap, 2) : 8;
    array = xrealloc(array, want, size);
    *cap = want;
    return array;
}
