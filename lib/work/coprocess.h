/*
 * coprocess.h - the handler "--coprocess"; private to coprocess*.c
 */
#ifndef AAOS_WORK_COPROCESS_H
#define AAOS_WORK_COPROCESS_H

#include "work/internal.h"

/* Within this time it must register. */
#define COPROCESS_REGISTER (10 * USEC_PER_SEC)

enum { COPROCESS_LINE_MAX = 16 << 20, COPROCESS_PIECE = 1 << 18 };

struct coprocess {
    char *path;
    struct environment *environment;
    pid_t pid; /* 0: none */
    int in, out, err;
    struct lines lines, remarks; /* from its stdout and stderr */
    struct buf queue;            /* for its stdin, from sent on */
    size_t sent;
    bool registered;
    bool proved; /* some process of it has registered */
    bool doomed; /* killed, or its pipe is broken: wait for its end */
    bool shut;   /* told to shut down */
    int64_t started;
    int64_t register_by;
    int64_t mute_at; /* it has closed its stdout and should have ended */
    int64_t restart_at, backoff;
    int64_t term_at, kill_at; /* of the shutdown */
    int hint;                 /* the job that is probably meant next */
};

/* coprocess-start.c */
void coprocess_begin(struct work *work);
/* It is gone: close its pipes, and say when there is to be another. */
void coprocess_close(struct coprocess *co);
void coprocess_plan(struct work *work);

/* coprocess-say.c */
/* Write what is queued, as far as it fits. */
void coprocess_flush(struct work *work);
void coprocess_say_assign(struct work *work, const struct job *job);
void coprocess_say_cancel(struct work *work, const struct job *job);
void coprocess_say_shutdown(struct work *work);
/* Behind what was put into the queue. */
void coprocess_end_line(struct work *work);

/* coprocess-hear.c */
void coprocess_watch(struct work *work);
/* What is in its pipes now; it has ended. */
void coprocess_drain(struct work *work);

/* coprocess.c */
void coprocess_kill(struct work *work, const char *why);

#endif
