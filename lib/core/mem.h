/*
 * mem.h - memory that is there or the program is not
 *
 * Running out of memory ends the program with status 71: a lease expires
 * and another worker takes over, which is safer than a branch that no
 * test reaches.  Sizes are checked for overflow.  free(3) releases.
 */
#ifndef AAOS_CORE_MEM_H
#define AAOS_CORE_MEM_H

#include <stddef.h>

#include "core/attr.h"

/*
 * "PROGRAM: what" on stderr and status 71, at once: for what no caller could
 * repair (memory, the random device), and for nothing else.
 */
void xdie(const char *what) ATTR_NORETURN;

void *xmalloc(size_t size) ATTR_RETURNS_NONNULL;
void *xcalloc(size_t count, size_t size) ATTR_RETURNS_NONNULL;
void *xrealloc(void *old, size_t count, size_t size) ATTR_RETURNS_NONNULL;
char *xstrdup(const char *text) ATTR_RETURNS_NONNULL;
/* NULL stays NULL. */
char *xstrdup_null(const char *text);
/* A copy of len bytes with a NUL behind them. */
char *xmemdup0(const void *data, size_t len) ATTR_RETURNS_NONNULL;
char *xasprintf(const char *fmt, ...) ATTR_PRINTF(1, 2) ATTR_RETURNS_NONNULL;

/*
 * Room for one more in a growing array: doubles *cap when count reached
 * it and returns the (moved) array.  Use: v = xgrow(v, n, &cap, sizeof(*v)).
 */
void *xgrow(void *array, size_t count, size_t *cap,
            size_t size) ATTR_RETURNS_NONNULL;

#endif
