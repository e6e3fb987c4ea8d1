/*
 * action-internal.h - what the adapters share
 *
 * Each type of action is a row of one table (action.c): how it is carried
 * out, how it is shown.  How its payload is checked: action-payload.c.
 */
#ifndef AAOS_ACTION_ACTION_INTERNAL_H
#define AAOS_ACTION_ACTION_INTERNAL_H

#include "action/action-payload.h"
#include "core/http.h"

#define ACTION_UNCONFIGURED "REAL_RUN_UNCONFIGURED: "

/* One actions_run(). */
struct run {
    const struct action_config *config;
    struct http *http; /* NULL in PROOF, and after it failed */
    int64_t deadline;
    struct err err; /* why it failed */
};

/* One action under way. */
struct effect {
    struct run *run;
    const struct action *action;
    const struct action_kind *kind;
    struct action_outcome *outcome;
    struct json_slice payload; /* checked */
    int64_t began;
    bool ended;
};

struct action_kind {
    const char *name;
    /* The longest that it may take. */
    int64_t (*limit)(const struct action_config *config);
    /* Why REAL has nobody to do it; NULL: it has. */
    const char *(*unconfigured)(const struct effect *effect);
    /* Carry it out; the outcome may come later, while run_pump() runs. */
    void (*real)(struct effect *effect);
    /* Exactly what real() would send. */
    int (*show)(const struct effect *effect, struct buf *text, struct err *err);
};

/* --- action.c --- */

/* The outcome.  The message may hold bytes from outside. */
void effect_end(struct effect *effect, enum action_verdict verdict,
                const char *fmt, ...) ATTR_PRINTF(3, 4);
/* At most size - 1 bytes of what can be shown of data. */
void effect_safe_text(char *to, size_t size, const void *data, size_t len);
/*
 * Wait for something to happen to the requests under way or to fd (-1:
 * none), at most usec.
 */
void run_pump(struct run *run, int64_t usec, int fd);

/* --- action-letter.c: an HTTP request, as it is sent or shown --- */

enum { LETTER_HEADERS = 8 };
struct letter {
    char *url;
    char *headers[LETTER_HEADERS + 1]; /* "name: value" */
    size_t count;
    const char *body; /* borrowed from the payload */
    size_t len;
};

/*
 * now: microseconds, for what is signed; 0: a letter to be shown, with
 * words in the place of secrets and of what only sending can know.
 */
int letter_webhook(const struct effect *effect, int64_t now,
                   struct letter *letter, struct err *err);
int letter_social(const struct effect *effect, int64_t now,
                  struct letter *letter, struct err *err);
void letter_release(struct letter *letter);
void letter_render(const struct letter *letter, struct buf *text);

/*
 * W3C trace context, "00-<correlation id>-<span>-01"; false when the
 * correlation id is no UUID.
 */
enum { TRACE_SIZE = 56 };
bool action_trace(const struct action *action, char text[TRACE_SIZE]);

/* --- action-http.c --- */

const char *webhook_unconfigured(const struct effect *effect);
const char *social_unconfigured(const struct effect *effect);
int64_t http_limit(const struct action_config *config);
void webhook_real(struct effect *effect);
void social_real(struct effect *effect);
int webhook_show(const struct effect *effect, struct buf *text,
                 struct err *err);
int social_show(const struct effect *effect, struct buf *text, struct err *err);

/* --- action-command.c --- */

const char *command_unconfigured(const struct effect *effect);
int64_t command_limit(const struct action_config *config);
void command_real(struct effect *effect);
int command_show(const struct effect *effect, struct buf *text,
                 struct err *err);

/* --- action-child.c: one process, its input, its output, its end --- */

struct child_job {
    const char *path;
    char *const *argv;
    struct buf input;
    struct buf output; /* the first 4 KiB of what it wrote */
    bool timed_out;
    int status; /* as of waitpid(2) */
};
/* Run to the end or to the limit; then its process group is killed. */
int child_run(struct effect *effect, struct child_job *job, struct err *err);

/* --- action-file.c --- */

const char *file_unconfigured(const struct effect *effect);
int64_t file_limit(const struct action_config *config);
void file_real(struct effect *effect);
int file_show(const struct effect *effect, struct buf *text, struct err *err);

/* --- action-proof.c --- */

/* Write the artifact; the outcome is set. */
void effect_prove(struct effect *effect);

#endif
