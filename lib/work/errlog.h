/*
 * errlog.h - the log lines of an attempt: its stderr, and remarks of ours
 *
 * Lines are kept up to a limit and then said to be cut; the end of stderr
 * is kept whatever came before it, because it says why something failed.
 */
#ifndef AAOS_WORK_ERRLOG_H
#define AAOS_WORK_ERRLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/buf.h"
#include "store/claim.h"

enum { ERRLOG_LINE = 4096, ERRLOG_TAIL = 4096 };

struct errlog_line {
    const char *level;
    char *message;
    size_t len;
    char *ref, *sha256; /* of an artifact, or NULL */
};

/* Zero is valid. */
struct errlog {
    struct errlog_line *lines; /* not yet stored */
    size_t count, cap;
    struct buf part; /* a line whose end has not come */
    struct buf tail; /* at least the last ERRLOG_TAIL bytes */
    int64_t kept;    /* bytes counted against the limit */
    int64_t remarks; /* how many of ours */
    bool cut;
};

void errlog_release(struct errlog *log);
/* Bytes of stderr. */
void errlog_put(struct errlog *log, int64_t limit, const char *data,
                size_t len);
/* No more will come: a line without a newline is one too. */
void errlog_end(struct errlog *log, int64_t limit);
/* A remark; they too are bounded in number. */
void errlog_add(struct errlog *log, const char *level, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
void errlog_artifact(struct errlog *log, const char *name, const char *ref,
                     const char *sha256);
/* The lines not yet stored, as the store takes them; free(3). */
struct finish_log *errlog_view(const struct errlog *log);
/* The first `count` of them are stored. */
void errlog_stored(struct errlog *log, size_t count);
/* The last ERRLOG_TAIL bytes of stderr without the final newline. */
const char *errlog_tail(const struct errlog *log, size_t *len);

#endif
