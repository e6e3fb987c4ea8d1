/*
 * loadgen-rows.c - samples of a baseline as rows of system_metrics
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/loadgen-baseline.h"
#include "core/mem.h"

static int store_one(struct sampling *sampling,
                     const struct baseline_sample *sample, struct err *err)
{
    struct telemetry missed = {0};
    struct load_sample rows = {
        .ts = sample->at,
        .not_before = sampling->baseline.start,
        .samples = sample->telemetry.samples,
        .count = sample->telemetry.count,
    };
    struct buf labels = {0};
    int ret;

    telemetry_add(&missed, "baseline_missed", 1);
    if (sample->missed) {
        rows.samples = missed.samples;
        rows.count = missed.count;
    }
    baseline_labels(&sampling->baseline, sample->slot, &labels);
    rows.labels = labels.data;
    ret = load_sample_put(sampling->sampler.store, &rows, err);
    buf_release(&labels);
    return ret < 0 ? -1 : 0;
}

struct syncing {
    struct sampling *sampling;
    char *known; /* of each slot: the database has it */
};

static int sync_one(void *ctx, const struct baseline_sample *sample,
                    struct err *err)
{
    struct syncing *syncing = ctx;

    if (syncing->known[sample->slot])
        return 0;
    return store_one(syncing->sampling, sample, err);
}

static void mark_known(const struct db_rows *rows, size_t prefix, int64_t slots,
                       char *known)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *labels = db_text(rows, i, 0);
        long long slot = -1;

        if (labels && strlen(labels) > prefix)
            slot = strtoll(labels + prefix, NULL, 10);
        if (slot >= 0 && slot < slots)
            known[slot] = 1;
    }
}

/* Whatever is in the file and not in the database. */
int rows_store_all(struct sampling *sampling, struct err *err)
{
    struct syncing syncing = {.sampling = sampling};
    struct db_rows rows = {0};
    struct buf prefix = {0};
    int64_t count;
    int ret;

    baseline_labels_prefix(&sampling->baseline, &prefix);
    ret = load_sample_labels(sampling->sampler.store, sampling->baseline.start,
                             prefix.data, &rows, err);
    if (ret == 0) {
        syncing.known = xcalloc((size_t)sampling->baseline.slots + 1, 1);
        mark_known(&rows, prefix.len, sampling->baseline.slots, syncing.known);
        ret = baseline_scan(sampling->dir, sync_one, &syncing, &count, err);
    }
    free(syncing.known);
    db_rows_release(&rows);
    buf_release(&prefix);
    sampling->stored = ret == 0;
    return ret;
}

void rows_store(struct sampling *sampling, const struct baseline_sample *sample)
{
    struct err err = {0};

    if (sampling->sampler.store && !sampling->stored)
        rows_store_all(sampling, &err);
    else
        sampling->stored =
            sampling->sampler.store && store_one(sampling, sample, &err) == 0;
    if (err.code && !sampling->warned) {
        cmd_warn("%s; it is tried again with the next sample", err.msg);
        sampling->warned = true;
    }
}
