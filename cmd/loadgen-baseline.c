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

/* --- lines ---------------------------------------------------------------- */

static int write_line(struct sampling *sampling,
                      const struct baseline_sample *sample, struct err *err)
{
    struct buf line = {0};
    int ret;

    baseline_put(sample, &line);
    ret = jsonl_append(&sampling->file, &line, err);
    buf_release(&line);
    if (ret == 0) {
        sampling->next++;
        sampling->missed += sample->missed;
    }
    return ret;
}

/* Slots that passed while nobody was there. */
static int write_missed(struct sampling *sampling, int64_t until,
                        struct err *err)
{
    while (sampling->next < until) {
        const struct baseline_sample sample = {
            .slot = sampling->next, .at = clock_wall(), .missed = true};

        if (write_line(sampling, &sample, err) < 0)
            return -1;
        sampling->stored = false;
    }
    return 0;
}

static int take(struct sampling *sampling, int64_t slot, struct err *err)
{
    struct baseline_sample sample = {.slot = slot};
    struct err why = {0};
    int ret = write_missed(sampling, slot, err);

    if (ret == 0) {
        sample.at = clock_wall();
        sample_take(sampling->conf, &sampling->sampler, &sample.telemetry,
                    &why);
        if (why.code && !sampling->warned)
            cmd_warn("%s; samples go on without the database", why.msg);
        sampling->warned = why.code != 0;
        FAILPOINT("baseline.taken");
        ret = write_line(sampling, &sample, err);
        FAILPOINT("baseline.written");
    }
    if (ret == 0)
        rows_store(sampling, &sample);
    sample_done(&sampling->sampler);
    return ret;
}

/* --- the loop ------------------------------------------------------------- */

static void nap(struct sampling *sampling, int64_t usec)
{
    struct pollfd fd = {.fd = sampling->signal_fd, .events = POLLIN};
    struct signalfd_siginfo info;
    struct timespec time;

    if (usec > NAP_MAX)
        usec = NAP_MAX;
    if (usec < 0)
        usec = 0;
    time.tv_sec = usec / USEC_PER_SEC;
    time.tv_nsec = usec % USEC_PER_SEC * 1000;
    if (ppoll(&fd, 1, &time, NULL) > 0 &&
        read(sampling->signal_fd, &info, sizeof(info)) ==
            (ssize_t)sizeof(info) &&
        info.ssi_signo != SIGCHLD)
        sampling->stopped = true;
}

/* A disk that is full may have room again before the slot is over. */
static int step(struct sampling *sampling, struct err *err)
{
    int64_t now = clock_wall();
    int64_t slot = baseline_slot(&sampling->baseline, now);

    if (slot < sampling->next) {
        if (!loadgen_given.once)
            nap(sampling,
                baseline_due(&sampling->baseline, sampling->next) - now);
        return 0;
    }
    /* The last slot ends, too. */
    if (slot == sampling->baseline.slots - 1 &&
        now >= baseline_due(&sampling->baseline, sampling->baseline.slots))
        return write_missed(sampling, sampling->baseline.slots, err);
    if (take(sampling, slot, err) == 0) {
        sampling->warned_disk = false;
        return 0;
    }
    if (loadgen_given.once || err->code != ERR_IO)
        return -1;
    if (!sampling->warned_disk)
        cmd_warn("%s; it is tried again", err->msg);
    sampling->warned_disk = true;
    err_clear(err);
    nap(sampling, RETRY);
    return 0;
}

static int loop(struct sampling *sampling, struct err *err)
{
    do {
        if (step(sampling, err) < 0)
            return -1;
        cmd_progress("samples", sampling->next, sampling->baseline.slots);
    } while (!loadgen_given.once && !sampling->stopped &&
             sampling->next < sampling->baseline.slots);
    cmd_progress_end();
    return 0;
}

/* --- begin and end -------------------------------------------------------- */

static int begin(struct sampling *sampling, int64_t every, int64_t duration,
                 struct err *err)
{
    struct baseline *baseline = &sampling->baseline;
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
    return baseline_write(sampling->dir, baseline, err);
}

/* What it is was decided when it began. */
static int check_same(const struct sampling *sampling, int64_t every,
                      int64_t duration, struct err *err)
{
    const struct baseline *baseline = &sampling->baseline;
    char text[CLOCK_SPAN_SIZE];

    if (loadgen_given.every > 0 && baseline->every != every)
        err_set(err, ERR_USAGE,
                "the baseline in '%s' was begun with --every %s", sampling->dir,
                clock_span(baseline->every, text));
    else if (loadgen_given.duration > 0 &&
             baseline->slots != duration / baseline->every)
        err_set(
            err, ERR_USAGE, "the baseline in '%s' was begun with --duration %s",
            sampling->dir, clock_span(baseline->every * baseline->slots, text));
    else
        return 0;
    return err_hint(err, "choose another --dir for another baseline");
}

static int count_missed(void *ctx, const struct baseline_sample *sample,
                        struct err *err)
{
    struct sampling *sampling = ctx;

    (void)err;
    sampling->missed += sample->missed;
    return 0;
}

static int open_file(struct sampling *sampling, struct err *err)
{
    char *path = xasprintf("%s/samples.jsonl", sampling->dir);
    int ret = jsonl_open(path, &sampling->file, err);

    free(path);
    return ret < 0 ? -1
                   : baseline_scan(sampling->dir, count_missed, sampling,
                                   &sampling->next, err);
}

static int open_all(struct sampling *sampling, struct err *err)
{
    int64_t every =
        loadgen_given.every > 0 ? loadgen_given.every : DEFAULT_EVERY;
    int64_t duration =
        loadgen_given.duration > 0 ? loadgen_given.duration : DEFAULT_DURATION;
    int known = baseline_read(sampling->dir, &sampling->baseline, err);

    if (known < 0 ||
        (known == 0 && begin(sampling, every, duration, err) < 0) ||
        (known > 0 && check_same(sampling, every, duration, err) < 0) ||
        open_file(sampling, err) < 0)
        return -1;
    sampling->sampler.window = sampling->baseline.every;
    sampling->signal_fd = proc_signal_fd(err);
    return sampling->signal_fd < 0 ? -1 : 0;
}

static int print_end(const struct sampling *sampling, struct err *err)
{
    const struct baseline *baseline = &sampling->baseline;
    char when[CLOCK_TEXT_SIZE];
    struct buf out = {0};

    buf_fmt(&out,
            "{\"kind\":\"baseline\",\"id\":\"%s\",\"started_at\":\"%s\","
            "\"every\":%.6f,\"slots\":%lld,\"recorded\":%lld,\"missed\":%lld,"
            "\"complete\":%s,\"dir\":",
            baseline->id, clock_format(baseline->start, when),
            LOADGEN_SECONDS(baseline->every), (long long)baseline->slots,
            (long long)sampling->next, (long long)sampling->missed,
            sampling->next == baseline->slots ? "true" : "false");
    buf_json_safe(&out, sampling->dir, strlen(sampling->dir));
    buf_str(&out, "}\n");
    if (fwrite(out.data, 1, out.len, stdout) != out.len)
        err_errno(err, ERR_IO, "cannot write to stdout");
    buf_release(&out);
    return err->code ? -1 : 0;
}

/* Who was killed behind the last line may have left rows to be stored. */
static int store_last(struct sampling *sampling, struct err *err)
{
    int ret = -1;

    sampling->sampler.store =
        setup_store(sampling->conf, STORE_WRITE, "aaos-loadgen", err);
    if (sampling->sampler.store)
        ret = rows_store_all(sampling, err);
    sample_done(&sampling->sampler);
    return ret;
}

/* That rows could not be stored does not make the file less complete. */
static int locked(struct sampling *sampling, struct err *err)
{
    struct err later = {0};

    if (open_all(sampling, err) < 0)
        return -1;
    if (sampling->next < sampling->baseline.slots && loop(sampling, err) < 0)
        return -1;
    if (sampling->next == sampling->baseline.slots && !sampling->stored &&
        store_last(sampling, err) < 0)
        err_wrap(err, "not all samples are in the database");
    if (!loadgen_given.once && print_end(sampling, &later) < 0 && !err->code)
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
    struct sampling sampling = {.conf = conf, .lock = -1, .signal_fd = -1};

    sampling.file.fd = -1;
    sampling.dir =
        loadgen_given.dir ? xstrdup(loadgen_given.dir) : default_dir(conf, err);
    if (!sampling.dir || file_mkdir(sampling.dir, err) < 0)
        goto out;
    sampling.lock = baseline_lock(sampling.dir, err);
    if (sampling.lock == -2 && loadgen_given.exclusive)
        err_set(err, ERR_TEMP, "another process samples into '%s'",
                sampling.dir);
    if (sampling.lock >= 0)
        locked(&sampling, err);
out:
    jsonl_close(&sampling.file);
    file_close(&sampling.signal_fd);
    if (sampling.lock >= 0)
        close(sampling.lock);
    free(sampling.dir);
    return err->code ? -1 : 0;
}
