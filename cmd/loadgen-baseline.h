/*
 * loadgen-baseline.h - samples, one or a day of them
 */
#ifndef AAOS_CMD_LOADGEN_BASELINE_H
#define AAOS_CMD_LOADGEN_BASELINE_H

#include "cmd/loadgen.h"
#include "load/baseline.h"
#include "load/jsonl.h"
#include "load/telemetry.h"

struct sampler {
    int64_t window;      /* of latencies */
    struct host host;    /* at the last sample */
    bool watching;       /* there was one */
    struct store *store; /* after sample_take(): open, or NULL */
};
/*
 * Take one; it always gives what it can, err says what it could not.  The
 * store stays open until sample_done().
 */
void sample_take(struct conf *conf, struct sampler *sampler,
                 struct telemetry *telemetry, struct err *err);
void sample_done(struct sampler *sampler);

/* A baseline that is being sampled. */
struct sampling {
    struct conf *conf;
    char *dir;
    struct baseline baseline;
    struct jsonl file;
    struct sampler sampler;
    int64_t next;   /* slot */
    int64_t missed; /* of those that are written */
    int lock;
    int signal_fd;
    bool stored;  /* the database has all that is in the file */
    bool stopped; /* by a signal */
    bool warned;  /* of the database */
    bool warned_disk;
};

/* loadgen-rows.c: whatever is in the file and not in the database. */
int rows_store_all(struct sampling *sampling, struct err *err);
/* This sample, after what is not there yet; what fails is said once. */
void rows_store(struct sampling *sampling,
                const struct baseline_sample *sample);

int loadgen_sample(struct conf *conf, struct err *err);
int loadgen_baseline(struct conf *conf, struct err *err);

#endif
