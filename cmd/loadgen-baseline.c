/*
 * loadgen-baseline.c - samples at fixed instants, for a day
 *
 * The file comes first and is the truth; rows of system_metrics follow, and
 * what the database did not take while it was away is given to it later.
 */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/loadgen-baseline.h"
#include "cmd/setup.h"
#include "core/clock.h"
#include "core/failpoint.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"
#include "load/jsonl.h"

#define DEFAULT_EVERY (60 * USEC_PER_SEC)
#define DEFAULT_DURATION (INT64_C(86400) * USEC_PER_SEC)
/* The wall clock may be set: never sleep for longer without a look at it. */
#define NAP_MAX (10 * USEC_PER_SEC)
#define RETRY USEC_PER_SEC

struct run {
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

/* --- rows ----------------------------------------------------------------- */

static int store_one(struct run *run, const struct baseline_sample *sample,
                     struct err *err)
{
    struct telemetry missed = {0};
    struct load_sample rows = {
        .ts = sample->at,
        .not_before = run->baseline.start,
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
    baseline_labels(&run->baseline, sample->slot, &labels);
    rows.labels = labels.data;
    ret = load_sample_put(run->sampler.store, &rows, err);
    buf_release(&labels);
    return ret < 0 ? -1 : 0;
}

struct syncing {
    struct run *run;
    char *known; /* of each slot: the database has it */
};

static int sync_one(void *ctx, const struct baseline_sample *sample,
                    struct err *err)
{
    struct syncing *syncing = ctx;

    if (syncing->known[sample->slot])
        return 0;
    return store_one(syncing->run, sample, err);
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
static int store_rest(struct run *run, struct err *err)
{
    struct syncing syncing = {.run = run};
    struct db_rows rows = {0};
    struct buf prefix = {0};
    int64_t count;
    int ret;

    baseline_labels_prefix(&run->baseline, &prefix);
    ret = load_sample_labels(run->sampler.store, run->baseline.start,
                             prefix.data, &rows, err);
    if (ret == 0) {
        syncing.known = xcalloc((size_t)run->baseline.slots + 1, 1);
        mark_known(&rows, prefix.len, run->baseline.slots, syncing.known);
        ret = baseline_scan(run->dir, sync_one, &syncing, &count, err);
    }
    free(syncing.known);
    db_rows_release(&rows);
    buf_release(&prefix);
    run->stored = ret == 0;
    return ret;
}

static void store_sample_rows(struct run *run,
                              const struct baseline_sample *sample)
{
    struct err err = {0};

    if (run->sampler.store && !run->stored)
        store_rest(run, &err);
    else
        run->stored = run->sampler.store && store_one(run, sample, &err) == 0;
    if (err.code && !run->warned) {
        cmd_warn("%s; it is tried again with the next sample", err.msg);
        run->warned = true;
    }
}

/* --- lines ---------------------------------------------------------------- */

static int write_line(struct run *run, const struct baseline_sample *sample,
                      struct err *err)
{
    struct buf line = {0};
    int ret;

    baseline_put(sample, &line);
    ret = jsonl_append(&run->file, &line, err);
    buf_release(&line);
    if (ret == 0) {
        run->next++;
        run->missed += sample->missed;
    }
    return ret;
}

/* Slots that passed while nobody was there. */
static int write_missed(struct run *run, int64_t until, struct err *err)
{
    while (run->next < until) {
        const struct baseline_sample sample = {
            .slot = run->next, .at = clock_wall(), .missed = true};

        if (write_line(run, &sample, err) < 0)
            return -1;
        run->stored = false;
    }
    return 0;
}

static int take(struct run *run, int64_t slot, struct err *err)
{
    struct baseline_sample sample = {.slot = slot};
    struct err why = {0};
    int ret = write_missed(run, slot, err);

    if (ret == 0) {
        sample.at = clock_wall();
        sample_take(run->conf, &run->sampler, &sample.telemetry, &why);
        if (why.code && !run->warned)
            cmd_warn("%s; samples go on without the database", why.msg);
        run->warned = why.code != 0;
        FAILPOINT("baseline.taken");
        ret = write_line(run, &sample, err);
        FAILPOINT("baseline.written");
    }
    if (ret == 0)
        store_sample_rows(run, &sample);
    sample_done(&run->sampler);
    return ret;
}

/* --- the loop ------------------------------------------------------------- */

static void nap(struct run *run, int64_t usec)
{
    struct pollfd fd = {.fd = run->signal_fd, .events = POLLIN};
    struct signalfd_siginfo info;
    struct timespec time;

    if (usec > NAP_MAX)
        usec = NAP_MAX;
    if (usec < 0)
        usec = 0;
    time.tv_sec = usec / USEC_PER_SEC;
    time.tv_nsec = usec % USEC_PER_SEC * 1000;
    if (ppoll(&fd, 1, &time, NULL) > 0 &&
        read(run->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info) &&
        info.ssi_signo != SIGCHLD)
        run->stopped = true;
}

/* A disk that is full may have room again before the slot is over. */
static int step(struct run *run, struct err *err)
{
    int64_t now = clock_wall();
    int64_t slot = baseline_slot(&run->baseline, now);

    if (slot < run->next) {
        if (!loadgen_given.once)
            nap(run, baseline_due(&run->baseline, run->next) - now);
        return 0;
    }
    /* The last slot ends, too. */
    if (slot == run->baseline.slots - 1 &&
        now >= baseline_due(&run->baseline, run->baseline.slots))
        return write_missed(run, run->baseline.slots, err);
    if (take(run, slot, err) == 0) {
        run->warned_disk = false;
        return 0;
    }
    if (loadgen_given.once || err->code != ERR_IO)
        return -1;
    if (!run->warned_disk)
        cmd_warn("%s; it is tried again", err->msg);
    run->warned_disk = true;
    err_clear(err);
    nap(run, RETRY);
    return 0;
}

static int loop(struct run *run, struct err *err)
{
    do {
        if (step(run, err) < 0)
            return -1;
        cmd_progress("samples", run->next, run->baseline.slots);
    } while (!loadgen_given.once && !run->stopped &&
             run->next < run->baseline.slots);
    cmd_progress_end();
    return 0;
}

/* --- begin and end -------------------------------------------------------- */

static int begin(struct run *run, int64_t every, int64_t duration,
                 struct err *err)
{
    struct baseline *baseline = &run->baseline;
    int64_t now = clock_wall();

    if (every > duration)
        return err_set(err, ERR_USAGE, "--every is longer than --duration");
    if (duration / every > BASELINE_SLOTS_MAX)
        return err_set(err, ERR_USAGE, "more than %d samples",
                       BASELINE_SLOTS_MAX);
    uuid_make(baseline->id);
    baseline->every = every;
    baseline->slots = duration / every;
    baseline->start = now - now % every;
    return baseline_write(run->dir, baseline, err);
}

/* What it is was decided when it began. */
static int check_same(const struct run *run, int64_t every, int64_t duration,
                      struct err *err)
{
    const struct baseline *baseline = &run->baseline;
    char text[CLOCK_SPAN_SIZE];

    if (loadgen_given.every > 0 && baseline->every != every)
        err_set(err, ERR_USAGE,
                "the baseline in '%s' was begun with --every %s", run->dir,
                clock_span(baseline->every, text));
    else if (loadgen_given.duration > 0 &&
             baseline->slots != duration / baseline->every)
        err_set(err, ERR_USAGE,
                "the baseline in '%s' was begun with --duration %s", run->dir,
                clock_span(baseline->every * baseline->slots, text));
    else
        return 0;
    return err_hint(err, "choose another --dir for another baseline");
}

static int count_missed(void *ctx, const struct baseline_sample *sample,
                        struct err *err)
{
    struct run *run = ctx;

    (void)err;
    run->missed += sample->missed;
    return 0;
}

static int open_file(struct run *run, struct err *err)
{
    char *path = xasprintf("%s/samples.jsonl", run->dir);
    int ret = jsonl_open(path, &run->file, err);

    free(path);
    return ret < 0
               ? -1
               : baseline_scan(run->dir, count_missed, run, &run->next, err);
}

static int open_all(struct run *run, struct err *err)
{
    int64_t every =
        loadgen_given.every > 0 ? loadgen_given.every : DEFAULT_EVERY;
    int64_t duration =
        loadgen_given.duration > 0 ? loadgen_given.duration : DEFAULT_DURATION;
    int known = baseline_read(run->dir, &run->baseline, err);

    if (known < 0 || (known == 0 && begin(run, every, duration, err) < 0) ||
        (known > 0 && check_same(run, every, duration, err) < 0) ||
        open_file(run, err) < 0)
        return -1;
    run->sampler.window = run->baseline.every;
    run->signal_fd = proc_signal_fd(err);
    return run->signal_fd < 0 ? -1 : 0;
}

static int print_end(const struct run *run, struct err *err)
{
    const struct baseline *baseline = &run->baseline;
    char when[CLOCK_TEXT_SIZE];
    struct buf out = {0};

    buf_fmt(&out,
            "{\"kind\":\"baseline\",\"id\":\"%s\",\"started_at\":\"%s\","
            "\"every\":%.6f,\"slots\":%lld,\"recorded\":%lld,\"missed\":%lld,"
            "\"complete\":%s,\"dir\":",
            baseline->id, clock_format(baseline->start, when),
            LOADGEN_SECONDS(baseline->every), (long long)baseline->slots,
            (long long)run->next, (long long)run->missed,
            run->next == baseline->slots ? "true" : "false");
    buf_json_safe(&out, run->dir, strlen(run->dir));
    buf_str(&out, "}\n");
    if (fwrite(out.data, 1, out.len, stdout) != out.len)
        err_errno(err, ERR_IO, "cannot write to stdout");
    buf_release(&out);
    return err->code ? -1 : 0;
}

/* Who was killed behind the last line may have left rows to be stored. */
static int store_last(struct run *run, struct err *err)
{
    int ret = -1;

    run->sampler.store =
        setup_store(run->conf, STORE_WRITE, "aaos-loadgen", err);
    if (run->sampler.store)
        ret = store_rest(run, err);
    sample_done(&run->sampler);
    return ret;
}

/* That rows could not be stored does not make the file less complete. */
static int locked(struct run *run, struct err *err)
{
    struct err later = {0};

    if (open_all(run, err) < 0)
        return -1;
    if (run->next < run->baseline.slots && loop(run, err) < 0)
        return -1;
    if (run->next == run->baseline.slots && !run->stored &&
        store_last(run, err) < 0)
        err_wrap(err, "not all samples are in the database");
    if (!loadgen_given.once && print_end(run, &later) < 0 && !err->code)
        *err = later;
    return err->code ? -1 : 0;
}

static char *default_dir(struct conf *conf, struct err *err)
{
    const char *state = conf_state_dir(conf, true, err);

    return state ? xasprintf("%s/baseline", state) : NULL;
}

int loadgen_baseline(struct conf *conf, struct err *err)
{
    struct run run = {.conf = conf, .lock = -1, .signal_fd = -1};

    run.file.fd = -1;
    run.dir =
        loadgen_given.dir ? xstrdup(loadgen_given.dir) : default_dir(conf, err);
    if (!run.dir || file_mkdir(run.dir, err) < 0)
        goto out;
    run.lock = baseline_lock(run.dir, err);
    if (run.lock == -2 && loadgen_given.exclusive)
        err_set(err, ERR_TEMP, "another process samples into '%s'", run.dir);
    if (run.lock >= 0)
        locked(&run, err);
out:
    jsonl_close(&run.file);
    file_close(&run.signal_fd);
    if (run.lock >= 0)
        close(run.lock);
    free(run.dir);
    return err->code ? -1 : 0;
}
