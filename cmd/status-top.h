/*
 * status-top.h - the parts of `aaos-status top`
 *
 *   status-top.c          the loop: look, draw, wait for a key
 *   status-top-term.c     the terminal; the only file that knows ncurses
 *   status-top-read.c     from the store to the model
 *   status-top-task.c     one task
 *   status-top-replay.c   a workflow that has ended, read to be played again
 *   status-top-stage.c    an instant of it
 */
#ifndef AAOS_CMD_STATUS_TOP_H
#define AAOS_CMD_STATUS_TOP_H

#include "cmd/status.h"
#include "report/top.h"

/* --- status-top-term.c ---------------------------------------------------- */

/* ERR_USAGE where there is no terminal, or one that cannot place text. */
int term_open(bool color, struct err *err);
/* The terminal is as it was; may be called at any time. */
void term_close(void);
void term_size(int *rows, int *cols);
/* True where only ASCII can be shown. */
bool term_ascii(void);
void term_paint(const struct screen *screen);
/* The next key, or TOP_KEY_NONE after so long, or when the size changed. */
enum top_key term_key(int64_t usec, char character[8]);
/* A signal that ends us has come: its number, or 0. */
int term_signal(void);
/* While a database is waited for, such a signal ends us at once. */
void term_waiting(bool waits);
/* End as the signal would have ended us. */
void term_die(int number);

/* --- status-top-read.c ---------------------------------------------------- */

struct top_reader {
    struct status *status;
    struct top_model *model;
    int64_t after;    /* events behind this instant */
    char key[80];     /* and this key */
    int64_t redis_at; /* when Redis is asked again (monotonic) */
    /* The logs of the task that is shown, its last lines. */
    char logged[40];
    int64_t log_after;
    struct top_detail log;
};
void reader_start(struct top_reader *reader, struct status *status,
                  struct top_model *model);
void reader_stop(struct top_reader *reader);
/* Look at everything; what fails becomes model->error. */
void reader_look(struct top_reader *reader);
/* status-top-task.c: the lines of this task; an error becomes a line. */
void reader_task(struct top_reader *reader, const char *task_id,
                 struct top_detail *detail);

/* --- status-top-replay.c -------------------------------------------------- */

struct replay; /* opaque */
/* All of the workflow is read now; one that has not started: ERR_NO. */
struct replay *replay_open(struct status *status, const char *workflow,
                           struct top_model *model, struct err *err);
void replay_close(struct replay *replay);

/* --- status-top-stage.c --------------------------------------------------- */

/* The model as it was at this instant. */
void replay_show(struct replay *replay, struct top_model *model,
                 int64_t instant);

#endif
