/*
 * loadgen.h - what the parts of aaos-loadgen share
 */
#ifndef AAOS_CMD_LOADGEN_H
#define AAOS_CMD_LOADGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/cmd.h"
#include "core/conf.h"
#include "core/err.h"
#include "core/uuid.h"
#include "load/draw.h"
#include "load/host.h"
#include "load/mix.h"
#include "load/tally.h"
#include "queue/queue.h"
#include "store/store.h"
#include "store/submit.h"
#include "task/simulation.h"

enum loadgen_verb {
    LOADGEN_RUN,
    LOADGEN_CLEAN,
    LOADGEN_BASELINE,
    LOADGEN_SAMPLE,
    LOADGEN_REPORT
};
extern const struct cmd_verb loadgen_verbs[];

/* What the command line says; what was not given is -1 or NULL. */
struct loadgen_given {
    /* run */
    const char *rate, *arrivals, *mix, *results;
    int64_t clients, think, count, duration, seed, workers, jobs, drain,
        interval;
    bool shared, remove;
    /* baseline, sample */
    const char *dir, *file;
    int64_t every;
    bool once, exclusive;
    /* report */
    const char *format, *to, *title;
};
extern struct loadgen_given loadgen_given;

/* --- a run ---------------------------------------------------------------- */

/* How many there may be. */
enum {
    LOADGEN_CLIENTS_MAX = 10000,
    LOADGEN_WORKERS_MAX = 256,
    LOADGEN_BATCH_MAX = 1000
};
#define LOADGEN_COUNT_MAX INT64_C(100000000)

struct loadgen_plan {
    double rate;     /* open loop; 0: closed loop */
    bool constant;   /* arrivals evenly spaced */
    int64_t clients; /* closed loop */
    int64_t think;
    int64_t count;    /* 0: no bound */
    int64_t duration; /* always bounded */
    int64_t drain, interval;
    uint64_t seed;
    int64_t workers, jobs;
    const char *mix_text;
    struct mix mix;
    bool shared, remove;
};
int loadgen_plan(const struct loadgen_given *given, struct loadgen_plan *plan,
                 struct err *err);

/* A task that was stored and has not ended, as far as we know. */
struct flight {
    int64_t seq;
    int64_t due; /* instant */
    int32_t client;
    uint16_t class;
    bool chained, fails;
};

/* The agents that we started. */
struct agents {
    pid_t *pids; /* 0: has ended */
    size_t count;
    size_t alive;
    size_t died;         /* before they were told to */
    struct host_use use; /* when last looked at */
};

struct results; /* the file of a run */

struct loadgen {
    struct conf *conf;
    struct store *store;
    struct queue *queue;
    const struct loadgen_plan *plan;
    char run_id[UUID_SIZE];
    char *correlation_id;
    int attempts; /* what is configured */
    int64_t batch_max;

    /* The clock of arrivals: instants are start + what the monotonic clock
     * says, so that a jump of the wall clock moves none of them. */
    int64_t start, start_mono;
    int64_t offset; /* of the database's clock against ours */
    int64_t offset_error;
    int64_t shift; /* by how much our wall clock was set meanwhile */
    struct arrivals arrivals;
    int64_t next_due;  /* microseconds from start; -1: none */
    int64_t drawn;     /* tasks so far */
    int64_t *ready_at; /* closed loop: of each client, -1: it waits */
    int64_t clients_ready;

    /* The batch that is to be stored. */
    struct submit_item *items;
    struct flight *flights_new;
    size_t item_count;
    /* Ids of the last tasks, by number, for those that wait for them. */
    char last_ids[MIX_BACK_MAX + 1][UUID_SIZE];
    int64_t retry_at; /* monotonic; the database did not take a batch */
    int64_t submit_errors;
    int64_t late_max; /* most that a task was stored after it was due */

    /* In flight, in the order in which they were stored. */
    struct flight *flights;
    size_t flight_count, flight_cap, flight_at;

    struct tally all;
    struct tally *classes; /* one for each class of the mix */
    struct tally *recent;  /* since the last interval */
    int64_t recent_mono, ended_mono;
    struct host host_first, host_last;

    struct agents agents;
    struct results *results;
    int signal_fd;
    bool stopped; /* by a signal */
    bool timed_out;
};

/* Seconds with six decimals. */
#define LOADGEN_SECONDS(usec) ((double)(usec) / 1e6)

/* loadgen-run.c */
int loadgen_run(struct conf *conf, struct err *err);
int64_t loadgen_now(const struct loadgen *load); /* from the start */

/* loadgen-open.c: nothing of others is touched. */
int loadgen_open(struct loadgen *load, struct err *err);
int loadgen_ready(struct loadgen *load, struct err *err);
void loadgen_close(struct loadgen *load);

/* loadgen-agents.c; forked before anything is opened, they wait. */
int agents_start(struct conf *conf, const struct loadgen_plan *plan,
                 struct agents *agents, struct err *err);
/* Let them work; returns when all are idle.  ERR_CONFIG: one has ended. */
int agents_go(struct agents *agents, struct err *err);
void agents_look(struct agents *agents);
void agents_stop(struct agents *agents);

/* loadgen-submit.c */
void submit_gather(struct loadgen *load);
/* May there be more to store? */
bool submit_arriving(const struct loadgen *load);
int submit_store(struct loadgen *load, struct err *err);
void submit_release(struct loadgen *load);

/* loadgen-harvest.c: 1 something had ended, 0, -1. */
int harvest(struct loadgen *load, struct err *err);

/* loadgen-results.c: the file; its failures are told once and end it. */
struct results *results_open(struct conf *conf, const char *path,
                             const char *run_id, struct err *err);
const char *results_path(const struct results *results);
bool results_failed(const struct results *results);
void results_line(struct results *results, const struct buf *line);
int results_close(struct results *results, struct err *err);

/* loadgen-summary.c */
void summary_run(const struct loadgen *load, struct buf *out);
void summary_interval(struct loadgen *load, struct buf *out);
/* histograms: the whole of them, for reports. */
void summary_end(const struct loadgen *load, bool histograms, struct buf *out);
int summary_print(const struct loadgen *load, struct err *err);
void summary_times(const struct hist *hist, struct buf *out);

/* loadgen-clean.c: delete the tasks of a run; how many are left. */
int loadgen_forget(struct store *store, const char *correlation_id,
                   int64_t *removed, struct err *err);
int loadgen_clean(struct conf *conf, char **runs, int count, struct err *err);

#endif
