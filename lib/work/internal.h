/*
 * internal.h - what the parts of the worker share; private to lib/work
 *
 * A claimed task is in one of three places, and its attempt is ours until
 * the database has recorded its end:
 *
 *     backlog --(a job is free: job_start)--> jobs[] --(job_end)--> ended
 *        ^                                                            |
 *        '------------------- one store_cycle() <---------------------'
 *
 * Times: `now` and every *_at is CLOCK_MONOTONIC, leases are counted in
 * CLOCK_BOOTTIME, because a sleeping machine keeps no lease.
 */
#ifndef AAOS_WORK_INTERNAL_H
#define AAOS_WORK_INTERNAL_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/json.h"
#include "core/log.h"
#include "core/slots.h"
#include "store/claim.h"
#include "store/submit.h"
#include "work/errlog.h"
#include "work/lines.h"
#include "work/mind.h"
#include "work/output.h"
#include "work/work.h"

/* No instant at all. */
#define NEVER INT64_MAX

enum {
    AHEAD_MAX = 1024, /* claims carried by one transaction */
    RUNS = 32,        /* durations that the median is made of */
    FAMILIES = 8,     /* ended attempts whose orphans are looked for */
    DIR_NAME_SIZE = UUID_SIZE + 12
};

/* Why an attempt is being ended, the weakest reason first. */
enum stop {
    STOP_NONE,
    STOP_DRAIN,   /* hand back */
    STOP_TIMEOUT, /* a failure */
    STOP_CANCEL,
    STOP_EXPIRED, /* our lease may be over: a loss, if we still own it */
    STOP_LOST     /* not ours any more: record nothing */
};

/* How a handler says that an attempt ended. */
struct ending {
    enum task_outcome outcome;
    bool permanent;
    bool unstarted;             /* the handler never ran */
    bool definite;              /* it said so, whatever we told it */
    const char *not_now;        /* with HANDED_BACK: later, for this reason */
    int exit_status;            /* -1: none */
    int term_signal;            /* 0: none */
    const struct rusage *usage; /* NULL: unknown */
};

/* The four pipes of a command, from our side. */
enum { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPE_CTL, PIPES };

/* Actions that an attempt asked for, judged. */
struct told_effect {
    char *type, *key, *payload; /* key NULL: it gave none */
    int64_t delay;
};
struct effects {
    struct told_effect *items;
    size_t count, cap, bytes;
};

/* One running attempt. */
struct job {
    struct work *work;
    struct claim claim;
    bool busy;
    int slot; /* in the lock file, or -1 */
    enum stop stop;
    int64_t started;
    int64_t deadline; /* wall clock, 0: none */
    int64_t limit;    /* duration, 0: none */
    int64_t limit_at; /* when the time limit is over */
    int64_t kill_at;  /* when SIGTERM was given long enough */
    int64_t wake_at;  /* --builtin sleep */
    int64_t flush_at; /* when log lines are to be stored */
    /* What it told us. */
    struct buf value; /* the result, when it is not what was on stdout */
    bool has_value, value_is_json;
    struct buf error; /* its own words about a failure */
    int64_t retry_after;
    struct llm_run *llm; /* WORK_LLM: llm.h */
    /* What it adds to its session; or NULL. */
    struct session_turn *turn;
    /* What models it called, the last one's name; NULL: none. */
    char *model;
    int64_t tokens_in, tokens_out, cost;
    int percent; /* -1: none told */
    struct buf progress;
    struct errlog log;
    struct output output;
    int64_t sent; /* bytes on stdin */
    /* Tasks and actions to be added when it completes; why they cannot
     * be. */
    struct submit_item *tasks;
    size_t task_count, task_cap, task_bytes;
    struct effects effects;
    struct buf added_error;
    /* What became of the tasks it waited for: a JSON list, "" for none. */
    struct buf parents;
    /* Its directory for artifacts, and the files it announced. */
    char dir[DIR_NAME_SIZE];
    bool has_dir;
    char **handed; /* names of our files in its "dependencies" */
    size_t handed_count, handed_cap;
    char **announced;
    size_t announced_count, announced_cap;
    /* Its process. */
    pid_t pid; /* 0: none */
    int fds[PIPES];
    struct buf input;
    size_t input_at;
    struct lines control;
};

/* What an ended attempt keeps until the database has it. */
struct ended {
    struct claim claim;
    int slot;
    char *result, *error, *artifact, *sha256, *model;
    struct session_turn *turn;
    struct errlog log;
    struct finish_log *logs;
    struct submit_item *tasks;
    size_t task_count;
    struct effects effects;
    struct action_new *actions; /* of these texts */
};

/* A descriptor to watch, and who wants to know. */
typedef void work_ready(struct work *work, void *arg, short events);
struct watch {
    work_ready *ready;
    void *arg;
};

/* What runs the attempts: three implementations. */
struct handler {
    int (*open)(struct work *work, struct err *err);
    /* False: no attempt can be started now. */
    bool (*able)(const struct work *work);
    /*
     * 0: it runs, or has ended already; -1 not started: ERR_DATA the task
     * is to blame, ERR_OS try again soon, others: the worker has to stop.
     */
    int (*start)(struct work *work, struct job *job, struct err *err);
    void (*term)(struct work *work, struct job *job);
    void (*kill)(struct work *work, struct job *job);
    void (*watch)(struct work *work, struct job *job); /* NULL: nothing */
    void (*wake)(struct work *work, struct job *job);  /* at wake_at */
    /* Once a turn: its own timers; calls work_at(). */
    void (*step)(struct work *work);
    /* A direct child ended; true if it was the handler's (and is reaped). */
    bool (*reap)(struct work *work, pid_t pid);
    bool (*knows)(const struct work *work, pid_t pid);
    /* No job is running: end in an orderly way; true when that is done. */
    bool (*close)(struct work *work);
    void (*release)(struct work *work);
    int spare_jobs; /* beyond the limit, for those that are put away */
    bool instant;   /* no attempt outlives job_start(): no slots */
    bool captures;  /* stdout is the result, there is a directory */
    bool adapts;    /* how many run at a time follows how they fare */
};
extern const struct handler command_handler;
extern const struct handler coprocess_handler;
extern const struct handler llm_handler;
extern const struct handler builtin_handler; /* those that take no time */
extern const struct handler sleep_handler;
extern const struct handler simulate_handler;

struct joblog;
struct command;
struct coprocess;

struct work {
    struct store *store;
    struct queue *queue;
    const struct work_options *options;
    const struct handler *handler;
    struct slots *slots;
    struct joblog *joblog;
    struct command *command;     /* WORK_COMMAND */
    struct coprocess *coprocess; /* WORK_COPROCESS */
    struct llm_work *llm;        /* WORK_LLM */
    char *artifacts_path;
    char **spares; /* names of empty directories to be used again */
    int64_t now;
    int64_t wait_until; /* the next instant that anything is due */

    /* What is claimed and not started, from backlog_at on. */
    struct claim_list backlog;
    size_t backlog_at;
    int64_t moved_at; /* when one came or was started */

    struct job *jobs;
    int *free_jobs, *free_slots; /* stacks */

    /* Ended, not yet recorded: parallel arrays. */
    struct finish *finishes;
    struct ended *ended;
    size_t ended_count, ended_cap;
    int64_t ended_since;

    struct mind mind;

    /* How long the last attempts took. */
    int64_t runs[RUNS];
    size_t run_count;
    int64_t median; /* 0: to be computed */
    size_t largest; /* payload of the last claims, fading */

    /* The lease. */
    int64_t beat_at;
    int64_t lease_end; /* CLOCK_BOOTTIME */

    /* When the database may be asked again. */
    int64_t retry_at, retry_wait;

    /* Looking for work. */
    int64_t look_at;      /* when to ask again after nothing was found */
    int64_t sql_at;       /* when SQL must be asked besides the queue */
    int64_t reconcile_at; /* not before */
    int64_t due_at;       /* when a scheduled task becomes due */
    int64_t drained_at, drained_wait;
    int64_t hold_until; /* nothing can be started before (no processes) */

    /* The end. */
    bool paused;      /* claims give nothing now */
    int64_t drain_at; /* when what still runs is told to end */

    /* Totals. */
    int64_t started, completed, failed, number;

    struct family {
        char task_id[UUID_SIZE];
        int attempt;
    } families[FAMILIES];
    size_t family_at;

    struct pollfd *fds;
    struct watch *watches;
    size_t watch_count, watch_cap;

    struct err err; /* what work_run() will return */
    int signal_fd;
    int artifacts; /* descriptor of <state>/artifacts */
    int spare_count, job_count, slot_count;
    int leaving; /* jobs whose process has gone and that are put away now */
    int free_job_count, free_slot_count;
    int signals; /* how often we were asked to stop */
    uint16_t seed[3];
    char agent_id[UUID_SIZE];

    bool entered;     /* there is a row of ours */
    bool expired;     /* the lease may be over: nothing runs */
    bool degraded;    /* the database does not answer */
    bool hungry;      /* the last look found less than it asked for */
    bool unplanned;   /* hungry, and has not looked when to look again */
    bool repaired;    /* reconciled since something was found */
    bool draining;    /* no more claims */
    bool given_up;    /* outcomes that could not be recorded are dropped */
    bool child_ended; /* SIGCHLD came */
    bool once_completed;
};

/* --- work.c --------------------------------------------------------------- */

/* Something is due then: the loop must not sleep beyond it. */
void work_at(struct work *work, int64_t instant);
void work_watch(struct work *work, int fd, short events, work_ready *ready,
                void *arg);
int work_running(const struct work *work);
size_t work_backlog(const struct work *work);
/* trouble.c: a store call failed.  Come back later, or stop when that
 * cannot help. */
void work_trouble(struct work *work, const struct err *err);
void work_fine(struct work *work);
/* May the database be asked now? */
bool work_connected(const struct work *work);

/* --- agent.c: who we are, and that we live -------------------------------- */

int agent_enter(struct work *work, struct err *err);
void agent_beat(struct work *work);
void agent_leave(struct work *work);
/* held.c: lost, cancelled and unknown attempts. */
void held_judge(struct work *work, struct heartbeat *beat);

/* --- batch.c: claims and finishes ----------------------------------------- */

void batch_step(struct work *work);
void batch_release(struct work *work);
/* The index of one more ended attempt, to be filled. */
size_t batch_room(struct work *work);
/* When batch_step() has something to do. */
int64_t batch_due(struct work *work);
/* Start what is claimed, as far as jobs are free. */
void batch_start(struct work *work);
/* Give the backlog back. */
void batch_return(struct work *work);
/* The claim is ended without having been started; it is taken over. */
void batch_unstarted(struct work *work, struct claim *claim,
                     enum task_outcome outcome);

/* --- ahead.c -------------------------------------------------------------- */

void ahead_note(struct work *work, int64_t elapsed);
/* These were claimed just now. */
void ahead_weigh(struct work *work, const struct claim *claims, size_t count);
/* How many tasks to claim now; 0: none. */
size_t ahead_want(struct work *work);
/* Is it worth a transaction of its own? */
bool ahead_low(struct work *work);
/* When the backlog has waited for too long. */
int64_t ahead_stale(struct work *work);

/* --- idle.c --------------------------------------------------------------- */

void idle_after(struct work *work); /* nothing found: plan the next look */
void idle_watch(struct work *work);
void idle_found(struct work *work, size_t asked, size_t got);

/* --- drain.c -------------------------------------------------------------- */

/* Why we end: asked to, a rule of ours, or a failure. */
void drain_signal(struct work *work);
void drain_begin(struct work *work);
void drain_fatal(struct work *work, const struct err *err);
void drain_killed(struct work *work);
void drain_step(struct work *work);
void drain_after(struct work *work, enum task_outcome outcome);
bool drain_finished(struct work *work);

/* --- job.c, ending.c ------------------------------------------------------ */

/* The claim is taken over, whatever happens; false: nothing can be started
 * now, and the claim is still the caller's. */
bool job_start(struct work *work, struct claim *claim);
/* A line of the log about an attempt. */
void job_log(const struct claim *claim, enum log_level level,
             const char *event);
void job_stop(struct work *work, struct job *job, enum stop why);
void job_kill(struct work *work, struct job *job);
void job_timers(struct work *work);
void job_end(struct job *job, const struct ending *ending);
/* The line of the log when its end is recorded. */
void ending_log(const struct claim *claim, const struct finish *finish);
/* ending-result.c: fill in what is recorded. */
void ending_result(struct job *job, struct finish *finish, struct ended *ended);
void ending_error(struct job *job, struct finish *finish, struct ended *ended);
/* Back to the free ones; nothing is recorded here. */
void job_drop(struct job *job);
void job_release(struct job *job); /* at the end of all */
int64_t job_grace(const struct work *work, enum stop why);
void slot_release(struct work *work, int slot);

/* --- messages of handlers about a job (told.c) ---------------------------- */

void told_progress(struct job *job, int percent, const char *text, size_t len);
void told_error(struct job *job, const char *text, size_t len);
void told_json(struct job *job, const char *raw, size_t len);
/* added.c: a task to be added, or a list of them; what is wrong with one
 * is remembered and makes the attempt fail. */
void told_task(struct job *job, const char *raw, size_t len);
void told_tasks(struct job *job, const struct json_slice *list);
/* effects.c: an action for the outbox, or a list of them; likewise. */
void told_action(struct job *job, const char *raw, size_t len);
void told_actions(struct job *job, const struct json_slice *list);
/* The handler has said all: false when what it added cannot be; the reason
 * is the job's error then. */
bool added_good(struct job *job);
void added_release(struct submit_item *tasks, size_t count);
/* What is wrong with the number-th task or action; the first is kept. */
void added_refuse(struct job *job, const char *what, size_t number,
                  const struct err *err);
/* What a handler lists of a kind ("task"), one by one; null lists nothing. */
void told_list(struct job *job, const char *what, const struct json_slice *list,
               void (*add_one)(struct job *job,
                               const struct json_slice *object));
void effects_release(struct effects *effects);
/* Out of the job, into what is recorded. */
void effects_hand(struct job *job, struct finish *finish, struct ended *ended);
/* The lines on descriptor 3 that are complete; `last`: also what is left. */
void told_control(struct job *job, bool last);

/* --- command-env.c, command-args.c ---------------------------------------- */

struct environment; /* ready for proc_spawn() */
struct environment *environment_open(const struct work *work, bool coprocess);
void environment_close(struct environment *environment);
/* For this attempt; valid until the next call. */
char *const *environment_get(struct environment *environment,
                             const struct job *job);

struct arguments;
/* Append arg, each placeholder in it replaced by the text. */
void arguments_replace(const char *arg, const char *placeholder,
                       const char *text, struct buf *out);
struct arguments *arguments_open(const struct work_options *options);
void arguments_close(struct arguments *arguments);
/* NULL with ERR_DATA: the description must not be put there. */
char *const *arguments_get(struct arguments *arguments,
                           const struct claim *claim, struct err *err);

/* --- record.c: a claim as text -------------------------------------------- */

/* What a handler gets: payload, else description (and newline). */
/* The command line, or the description, for the job log. */
void record_command(const struct job *job, struct buf *out);
void record_input(const struct claim *claim, bool newline, struct buf *out);
/* The whole record, or a task_assignment, as one line without newline. */
void record_line(const struct job *job, struct buf *out);
/* A row of store_dependencies(), as an object; file: that holds the result,
 * or NULL; the result is left out when `brief`. */
void record_dependency(const struct db_rows *rows, size_t row, const char *file,
                       bool brief, struct buf *out);
void record_assignment(const struct job *job, struct buf *out);
/* The instant of the time limit as RFC 3339, or "". */
void record_deadline(const struct job *job, char text[CLOCK_TEXT_SIZE]);

/* --- parents.c: results of the tasks that one waited for ----------------- */

/*
 * Before an attempt starts: fill job->parents if `list`, write the results
 * to files in its directory if `files`.  -1 with ERR_OS: not now.
 */
int parents_hand(struct job *job, bool list, bool files, struct err *err);
/* The files go when the attempt is over. */
void parents_drop(struct job *job);

/* --- reap.c --------------------------------------------------------------- */

void reap_children(struct work *work);
/* The attempt ended: nothing of it may go on. */
void reap_family(struct work *work, const struct job *job);
/* We end: whatever we started ends too. */
void reap_rest(struct work *work);

#endif
