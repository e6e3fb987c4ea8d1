/*
 * submit.h - the parts of aaos-submit
 *
 *   aaos-submit.c    options, and which part runs
 *   submit-input.c   lines and arguments become items or messages
 *   submit-batch.c   items become rows, rows become lines on stdout
 *   submit-atomic.c  all of the input or nothing, through a spool
 *   submit-spool.c   records in an unlinked file, to be read again
 *   submit-file.c    a workflow file
 *   submit-after.c   --after: tasks that are stored already
 *   submit-wait.c    --wait: results as they come
 *   submit-log.c     a line of the log for each task
 */
#ifndef AAOS_CMD_SUBMIT_H
#define AAOS_CMD_SUBMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/buf.h"
#include "core/file.h"
#include "queue/queue.h"
#include "store/store.h"
#include "store/submit.h"

struct waiting; /* submit-wait.c */

struct submit {
    struct store *store; /* NULL under --dry-run */
    struct queue *queue;
    struct task_record defaults;
    struct task_rules rules;
    struct waiting *waiting; /* NULL: ids are printed, not waited for */
    const char *unit;        /* "line", "record" or "argument" */
    FILE *rejects;           /* or NULL */
    bool text;               /* every record is a description */
    bool json;               /* receipts instead of ids */
    const char *workflow_id; /* of a file; goes into its receipts */
    bool single;             /* an idempotency key as option: one record */
    int64_t batch;           /* most items a transaction */
    size_t max_line;

    struct submit_item *items;
    size_t count, cap;
    char **raw; /* the items as they were read, for the rejects; or NULL */
    size_t raw_cap;
    size_t bytes; /* of the items: a batch is bounded in both */
    struct buf out;

    int64_t read; /* records seen, empty ones left out */
    int64_t stored, duplicates, deferred;
    struct ready_list soon; /* scheduled for the next moments */
    int64_t unprinted;      /* stored, but stdout failed */
    int64_t flushed_at;     /* when the last batch was done */
    bool bad;               /* some record was refused: 65 */
    bool webhooks;          /* some stored task has one */
};

/* submit-input.c */

/*
 * One record of the input.  1 an item was added, 0 it was empty or refused
 * (with its message; `bad` is set).
 */
int submit_record(struct submit *submit, const struct record_text *text);
/* A message about one record, as "aaos-submit: line 3: ..."; sets bad.
 * raw goes to the rejects, with a newline behind it. */
void submit_refuse(struct submit *submit, int64_t line, const char *why,
                   const char *raw, size_t len);
/* The same for an item of the batch. */
void submit_refuse_item(struct submit *submit, size_t i, const char *why);
/* Forget one item; the order of the others stays. */
void submit_drop(struct submit *submit, size_t i);
/* Forget the items of a batch. */
void submit_items_release(struct submit *submit);

/* submit-batch.c */

/* Store what was gathered, tell the queue, print.  -1: read no more. */
int submit_flush(struct submit *submit, struct err *err);
/* The items are stored: tell the queue, print, forget them. */
int submit_acknowledge(struct submit *submit, struct err *err);
/* Is it due within moments?  After COMMIT the queue is told of all such. */
void submit_note_soon(struct submit *submit, const struct submit_item *item);
void submit_tell_soon(struct submit *submit);
/* Append the line for stdout: an id or a receipt. */
void submit_print(const struct submit *submit, const struct submit_item *item,
                  bool deferred, struct buf *out);
/* Write lines to stdout; what could not be written is counted. */
int submit_write(struct submit *submit, const char *lines, size_t len,
                 struct err *err);
/* Read `fd` until its end, in batches of what comes within 20 ms; what comes
 * after a silence is not kept waiting. */
int submit_stream(struct submit *submit, int fd, char separator,
                  struct err *err);

/* submit-atomic.c */
int submit_atomic(struct submit *submit, int fd, char separator,
                  char *const *args, size_t nargs, struct err *err);

/* submit-spool.c */
struct spool {
    FILE *file;
    int64_t *at; /* where each record starts */
    size_t count, cap;
    int64_t end;
};
/* A file without a name. */
int spool_file(FILE **file, struct err *err);
int spool_put(struct spool *spool, const struct record_text *text,
              struct err *err);
/* The next one is the i-th. */
int spool_seek(struct spool *spool, size_t i, struct err *err);
/* 1 and *text (its data owned by *data), 0 at the end. */
int spool_get(struct spool *spool, struct buf *data, struct record_text *text,
              struct err *err);
void spool_release(struct spool *spool);

/* submit-file.c: all of the file or nothing ("-": stdin).  name: of its
 * workflow, when it gives none; or NULL. */
int submit_file(struct submit *submit, const char *path, const char *name,
                struct err *err);

/* submit-after.c: ids in any form, separated by commas, become what
 * `record` depends on.  ERR_NOINPUT: there is no such task. */
int submit_after(struct store *store, const char *list,
                 struct task_record *record, struct err *err);

/* submit-log.c: what is stored becomes lines of the log, either now, or
 * from a file when its transaction is committed. */
void submit_log(const struct submit *submit, const struct submit_item *item);
int submit_log_spool(const struct submit *submit,
                     const struct submit_item *item, FILE *file,
                     struct err *err);
void submit_log_replay(FILE *file);

/* submit-wait.c */
struct waiting *waiting_open(bool ordered);
void waiting_close(struct waiting *waiting);
void waiting_add(struct waiting *waiting, int64_t seq, int64_t line);
/* By line, when they were added in another order. */
void waiting_sort(struct waiting *waiting);
bool waiting_any(const struct waiting *waiting);
/* Print the results that are there; 1 if any were, 0, -1. */
int waiting_poll(struct waiting *waiting, struct submit *submit,
                 struct err *err);
/* Until all are there, or `deadline` (clock_mono; 0: none) passes: 124. */
int waiting_all(struct waiting *waiting, struct submit *submit,
                int64_t deadline, struct err *err);
/* Did some task end otherwise than completed? */
bool waiting_failed(const struct waiting *waiting);

#endif
