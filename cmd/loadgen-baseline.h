/*
 * loadgen-baseline.h - samples, one or a day of them
 */
#ifndef AAOS_CMD_LOADGEN_BASELINE_H
#define AAOS_CMD_LOADGEN_BASELINE_H

#include "cmd/loadgen.h"
#include "load/baseline.h"
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

int loadgen_sample(struct conf *conf, struct err *err);
int loadgen_baseline(struct conf *conf, struct err *err);

#endif
