/*
 * baseline.h - samples at fixed instants, each taken once, whatever dies
 *
 * A baseline has `slots` slots, `every` apart; slot 0 lies at the start,
 * which is a multiple of `every`.  Its folder holds
 *
 *     baseline.json   what it is; made once, whole or not at all
 *     samples.jsonl   one line a slot, in order, without a gap
 *     lock            held by who samples
 *
 * A sample of a slot is taken between its instant and the next one's; who
 * comes later writes down that it was missed.  So the number of lines says
 * which slot is next, and a writer that was killed at any instruction
 * leaves nothing to be done but to go on.
 */
#ifndef AAOS_LOAD_BASELINE_H
#define AAOS_LOAD_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"
#include "core/uuid.h"
#include "load/telemetry.h"

enum { BASELINE_SLOTS_MAX = 1000000 };

struct baseline {
    char id[UUID_SIZE];
    int64_t start; /* instant of slot 0 */
    int64_t every;
    int64_t slots;
};

/* The newest slot that is due; -1 before the start. */
int64_t baseline_slot(const struct baseline *baseline, int64_t now);
int64_t baseline_due(const struct baseline *baseline, int64_t slot);

/* baseline.json: 1 read, 0 not there, -1. */
int baseline_read(const char *dir, struct baseline *baseline, struct err *err);
int baseline_write(const char *dir, const struct baseline *baseline,
                   struct err *err);
/* The lock of the folder: a descriptor, -2 somebody has it, -1. */
int baseline_lock(const char *dir, struct err *err);

/* A line of samples.jsonl. */
struct baseline_sample {
    int64_t slot;
    int64_t at; /* when it was taken, or found missed */
    bool missed;
    struct telemetry telemetry;
};
void baseline_put(const struct baseline_sample *sample, struct buf *out);
int baseline_parse(const char *line, size_t len, struct baseline_sample *sample,
                   struct err *err);
/*
 * All lines in order; each must be that of its slot (ERR_DATA), a torn last
 * one is passed over.  seen() may be NULL; 1 ends it, -1 fails.  *count: lines.
 */
typedef int baseline_seen(void *ctx, const struct baseline_sample *sample,
                          struct err *err);
int baseline_scan(const char *dir, baseline_seen *seen, void *ctx,
                  int64_t *count, struct err *err);

/* Labels of its rows in system_metrics: all begin with the first. */
void baseline_labels(const struct baseline *baseline, int64_t slot,
                     struct buf *out);
void baseline_labels_prefix(const struct baseline *baseline, struct buf *out);

#endif
