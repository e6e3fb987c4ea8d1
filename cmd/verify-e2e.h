/*
 * verify-e2e.h - the parts of aaos-verify e2e
 *
 *   verify-e2e.c        beginning, the list of checks, the end
 *   verify-e2e-child.c  the programs, as a user starts them
 *   verify-e2e-see.c    what can be seen: programs, counts, messages
 *   verify-e2e-log.c    what is written down: logs, times
 *   verify-e2e-work.c   what work does: order, side by side, contention
 *   verify-e2e-keep.c   what is kept: consistency, recovery
 */
#ifndef AAOS_CMD_VERIFY_E2E_H
#define AAOS_CMD_VERIFY_E2E_H

#include <sys/types.h>

#include "cmd/verify.h"
#include "core/buf.h"
#include "verify/e2e-rows.h"

struct e2e {
    struct verify_run *run;
    struct verify *verify;
    struct store *store; /* that also writes */
    struct queue *queue;
    char name[E2E_NAME_SIZE]; /* type, agents' name */
    char *correlation_id;     /* of the check under way */
    char *dir;                /* everything that is written goes there */
    char *bin;                /* where the programs are */
    char **env;               /* of children */
    int64_t behind;           /* tasks of ours have a greater seq */
    int files;                /* names given out */
    int signal_fd;
    bool stop; /* a signal came */
};

/* verify-e2e-child.c */
struct e2e_child {
    pid_t pid;
    char what[32];   /* program, for messages */
    char *out, *err; /* files */
};
#define E2E_ARGS(...)     \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }
/* Start a program of aaos with this input (NULL: none); its stdout and
 * stderr go to files.  0, or -1 and an offender. */
int e2e_start(struct e2e *e2e, struct e2e_child *child, const char *input,
              const char *const *args);
/* Wait for its end; true when it has this status, else an offender.  Also
 * frees; *out, if wanted, gets what it printed. */
bool e2e_end(struct e2e *e2e, struct e2e_child *child, int status,
             struct buf *out);
/* Both. */
bool e2e_run(struct e2e *e2e, const char *input, int status, struct buf *out,
             const char *const *args);
void e2e_kill(struct e2e_child *child);

/* Records, a line each, into the queue; ids, if wanted, a line each. */
bool e2e_submit(struct e2e *e2e, const char *records, struct buf *ids);
/* `count` records of one description. */
bool e2e_submit_many(struct e2e *e2e, int count);
/* A worker of our type with these further arguments (NULL-ended, at most
 * E2E_WORKER_ARGS). */
enum { E2E_WORKER_ARGS = 16 };
int e2e_worker(struct e2e *e2e, struct e2e_child *child,
               const char *const *args);
/* One that runs until nothing is left. */
bool e2e_drain(struct e2e *e2e, const char *const *args);

/* The tasks of this check, count of them, all completed in one attempt;
 * each that is not is an offender.  -1: could not be read. */
int e2e_rows(struct e2e *e2e, struct db_rows *rows);
bool e2e_all_completed(struct e2e *e2e, size_t count, struct db_rows *rows);
/* A path in our folder; malloc'd. */
char *e2e_path(struct e2e *e2e, const char *name);
/* Wait until a condition holds, at most some seconds. */
bool e2e_until(struct e2e *e2e, bool (*holds)(struct e2e *e2e, void *ctx),
               void *ctx);

typedef void e2e_check(struct e2e *e2e);
e2e_check e2e_prerequisites, e2e_metrics, e2e_ordering, e2e_logging,
    e2e_performance, e2e_priority, e2e_concurrency, e2e_contention,
    e2e_consistency, e2e_recovery;

#endif
