/*
 * err.h - what went wrong, and what to do about it
 *
 * A function that can fail takes a `struct err *` as its last argument,
 * returns -1 (or NULL), and leaves there a class, a sentence for the
 * user and, when we have one, a hint.  The struct is a plain value:
 * nothing to allocate, nothing to free; zeroed, it means "no error".
 *
 * The sentence starts in lower case, has no full stop, and quotes names
 * 'like this'.  Each caller may put its own purpose in front of it with
 * err_wrap(), so that a message reads from intent to cause:
 *
 *     cannot submit task: cannot open '/var/x.db': permission denied
 *
 * Bytes that came from outside are safe in a message: every control
 * character and every byte that is no UTF-8 is written as \xNN.
 *
 * Only cmd_end() prints an error or turns it into an exit status.
 */
#ifndef AAOS_CORE_ERR_H
#define AAOS_CORE_ERR_H

#include "core/attr.h"

/* Classes of failure.  The values are the exit statuses of sysexits(3). */
enum err_code {
    ERR_NONE = 0,
    ERR_NO = 1,       /* the answer is no, or not everything succeeded */
    ERR_USAGE = 64,   /* the command line makes no sense */
    ERR_DATA = 65,    /* the input is malformed; trying again cannot help */
    ERR_NOINPUT = 66, /* a named task, file or queue does not exist */
    ERR_UNAVAIL = 69, /* a service we need does not answer */
    ERR_BUG = 70,     /* we broke one of our own rules */
    ERR_OS = 71,      /* the system refused: fork, pipe, memory */
    ERR_CREATE = 73,  /* a file cannot be created */
    ERR_IO = 74,      /* reading or writing failed half-way */
    ERR_TEMP = 75,    /* busy; trying again may help */
    ERR_LOST = 76,    /* the lease was lost */
    ERR_PERM = 77,    /* not allowed: paused or killed */
    ERR_CONFIG = 78,  /* a setting or the schema is wrong */
    ERR_TIMEOUT = 124 /* waited long enough */
};

struct err {
    enum err_code code;
    char msg[512];
    char hint[256];
};

/* Record a failure, replacing any earlier one.  Always returns -1. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

/* As err_set(), with ": " and strerror(errno) behind the message. */
int err_errno(struct err *err, enum err_code code, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

/* Put "<context>: " in front of the message.  Always returns -1. */
int err_wrap(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Say what the user could do about it.  Always returns -1. */
int err_hint(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Forget. */
void err_clear(struct err *err);

#endif
