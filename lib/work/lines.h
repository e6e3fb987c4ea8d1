/*
 * lines.h - lines out of a stream of bytes, each of bounded length
 *
 *     size_t room;
 *     char *at = lines_room(&lines, 65536);
 *     lines_added(&lines, read(fd, at, 65536));
 *     while ((got = lines_next(&lines, &text, &len)) != LINES_NONE) ...
 */
#ifndef AAOS_WORK_LINES_H
#define AAOS_WORK_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

/* Zero is valid, but for the limit. */
struct lines {
    struct buf buf;
    size_t at;    /* where the next line begins */
    size_t seen;  /* bytes behind it that hold no newline */
    size_t limit; /* of a line */
    bool skipping;
};

enum lines_result {
    LINES_NONE,
    LINES_ONE,
    LINES_LONG /* a line over the limit begins; its rest is skipped */
};

void lines_release(struct lines *lines);
/* For the next user; keeps the memory. */
void lines_reset(struct lines *lines);
/* Room for `want` bytes; what lines_next() gave is invalid then. */
char *lines_room(struct lines *lines, size_t want);
void lines_added(struct lines *lines, size_t count);
/* The next line, without its newline; of a long one nothing may be left. */
enum lines_result lines_next(struct lines *lines, const char **text,
                             size_t *len);
/* At the end of the stream: what has no newline behind it. */
enum lines_result lines_last(struct lines *lines, const char **text,
                             size_t *len);

#endif
