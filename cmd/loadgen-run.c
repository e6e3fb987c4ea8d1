/*
 * loadgen-run.c - one load, from its first arrival to its last result
 *
 * One thread: what is due is stored, what has ended is counted, and between
 * the two it sleeps until the next arrival.  Arrivals end at --count or
 * --duration, whichever comes first; what is then in flight has --drain to
 * end.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/loadgen.h"
#include "core/clock.h"
#include "core/mem.h"

/* A closed loop goes on when a result is seen; an open one only counts. */
#define LOOK_CLOSED (2 * USEC_PER_MSEC)
#define LOOK_OPEN (50 * USEC_PER_MSEC)
/* Two clocks are not read at the same instant. */
#define SHIFT_MAX (5 * USEC_PER_MSEC)

int64_t loadgen_now(const struct loadgen *load)
{
    return clock_mono() - load->start_mono;
}

/* --- waiting -------------------------------------------------------------- */

static void take_signals(struct loadgen *load)
{
    struct signalfd_siginfo info[8];
    ssize_t got = read(load->signal_fd, info, sizeof(info));

    for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(info[0]); i++) {
        if (info[i].ssi_signo == SIGCHLD)
            continue;
        if (load->stopped)
            load->timed_out = true; /* asked twice: at once */
        load->stopped = true;
    }
}

static void sleep_until(struct loadgen *load, int64_t until)
{
    struct pollfd fd = {.fd = load->signal_fd, .events = POLLIN};
    int64_t left = until - loadgen_now(load);
    struct timespec time = {0};

    if (left > 0) {
        time.tv_sec = left / USEC_PER_SEC;
        time.tv_nsec = left % USEC_PER_SEC * 1000;
    }
    if (ppoll(&fd, 1, &time, NULL) > 0)
        take_signals(load);
}

/* --- intervals ------------------------------------------------------------ */

static void end_interval(struct loadgen *load)
{
    struct buf line = {0};

    agents_look(&load->agents);
    summary_interval(load, &line);
    results_line(load->results, &line);
    buf_release(&line);
    memset(load->recent, 0, sizeof(*load->recent));
    load->recent_mono = clock_mono();
}

static void show_progress(const struct loadgen *load)
{
    const struct loadgen_plan *plan = load->plan;
    int64_t total = plan->count ? plan->count : -1;

    if (load->next_due < 0 || load->stopped)
        cmd_progress("ended", tally_ended(&load->all), load->all.submitted);
    else
        cmd_progress("ended", tally_ended(&load->all), total);
}

/* --- the loop ------------------------------------------------------------- */

struct pace {
    int64_t look_at, interval_at, end_at;
};

static bool over(struct loadgen *load, struct pace *pace, struct err *err)
{
    int64_t now = loadgen_now(load);

    if (submit_arriving(load) && !load->timed_out && now < pace->end_at)
        return false;
    if (load->flight_count == 0 && load->item_count == 0)
        return true;
    if (now >= pace->end_at || load->timed_out) {
        load->timed_out = true;
        return true;
    }
    if (load->plan->workers > 0 && load->agents.alive == 0) {
        err_set(err, ERR_UNAVAIL, "all simulated agents have ended");
        return true;
    }
    return false;
}

/* What is left of the time begins when the last one has arrived. */
static void set_end(const struct loadgen *load, struct pace *pace)
{
    int64_t now = loadgen_now(load);
    int64_t last = now < load->plan->duration ? now : load->plan->duration;

    if (!submit_arriving(load) && pace->end_at == INT64_MAX)
        pace->end_at = last + load->plan->drain;
    if (submit_arriving(load) && now > load->plan->duration &&
        pace->end_at == INT64_MAX)
        pace->end_at = load->plan->duration + load->plan->drain;
}

static int look(struct loadgen *load, struct pace *pace, struct err *err)
{
    int64_t every = load->plan->rate > 0 ? LOOK_OPEN : LOOK_CLOSED;

    if (loadgen_now(load) < pace->look_at)
        return 0;
    if (harvest(load, err) < 0) {
        if (err->code != ERR_UNAVAIL && err->code != ERR_TEMP &&
            err->code != ERR_IO)
            return -1;
        err_clear(err);
        every = USEC_PER_SEC / 5;
    }
    pace->look_at = loadgen_now(load) + every;
    return 0;
}

static void wait_for_next(struct loadgen *load, const struct pace *pace)
{
    int64_t until = pace->interval_at;

    if (load->flight_count > 0 && pace->look_at < until)
        until = pace->look_at;
    if (pace->end_at < until)
        until = pace->end_at;
    if (load->item_count > 0)
        until = load->retry_at - load->start_mono;
    else if (load->next_due >= 0 && load->next_due < until)
        until = load->next_due;
    sleep_until(load, until);
}

static int loop(struct loadgen *load, struct err *err)
{
    struct pace pace = {.interval_at = load->plan->interval,
                        .end_at = INT64_MAX};

    for (;;) {
        if (look(load, &pace, err) < 0)
            return -1;
        submit_gather(load);
        if (submit_store(load, err) < 0)
            return -1;
        set_end(load, &pace);
        if (over(load, &pace, err))
            return err->code ? -1 : 0;
        if (loadgen_now(load) >= pace.interval_at) {
            end_interval(load);
            pace.interval_at += load->plan->interval;
            show_progress(load);
        }
        wait_for_next(load, &pace);
    }
}

/* --- the whole ------------------------------------------------------------ */

static void write_first(struct loadgen *load)
{
    struct buf line = {0};

    summary_run(load, &line);
    results_line(load->results, &line);
    buf_release(&line);
}

static void write_last(struct loadgen *load)
{
    struct buf line = {0};

    if (load->recent->submitted > 0 || tally_ended(load->recent) > 0)
        end_interval(load);
    summary_end(load, true, &line);
    results_line(load->results, &line);
    buf_release(&line);
}

static int remove_tasks(struct loadgen *load, struct err *err)
{
    int64_t removed = 0;

    if (!load->plan->remove)
        return 0;
    return loadgen_forget(load->store, load->correlation_id, &removed, err);
}

/* The first that holds of: what went wrong, 124, 1, 74, 0. */
static int conclude(const struct loadgen *load, struct err *err)
{
    int64_t unfinished = (int64_t)load->flight_count;

    if (err->code)
        return -1;
    if (load->timed_out && unfinished > 0)
        return err_set(err, load->stopped ? ERR_NO : ERR_TIMEOUT,
                       "%lld of %lld tasks have not ended",
                       (long long)unfinished, (long long)load->all.submitted);
    if (load->item_count > 0)
        return err_set(err, ERR_UNAVAIL, "%zu tasks could not be stored",
                       load->item_count);
    if (load->all.unplanned > 0)
        return err_set(err, ERR_NO, "%lld tasks ended otherwise than planned",
                       (long long)load->all.unplanned);
    if (load->agents.died > 0)
        return err_set(err, ERR_NO, "%zu simulated agents died",
                       load->agents.died);
    return 0;
}

static int carry_out(struct loadgen *load, struct err *err)
{
    struct err later = {0};
    int ret;

    if (loadgen_open(load, err) < 0 || agents_go(&load->agents, err) < 0 ||
        loadgen_ready(load, err) < 0)
        return -1;
    load->results =
        results_open(load->conf, loadgen_given.results, load->run_id, err);
    if (!load->results)
        return -1;
    write_first(load);
    ret = loop(load, err);
    load->ended_mono = clock_mono();
    load->shift = clock_wall() - load->start - loadgen_now(load);
    if (llabs(load->shift) > SHIFT_MAX)
        cmd_warn("the clock was set by %.3f s during the run: its latencies "
                 "are off by as much",
                 LOADGEN_SECONDS(load->shift));
    cmd_progress_end();
    agents_look(&load->agents);
    write_last(load);
    agents_stop(&load->agents);
    if (ret == 0)
        conclude(load, err);
    if (remove_tasks(load, &later) < 0 && !err->code)
        *err = later;
    summary_print(load, &later);
    if (later.code && !err->code)
        *err = later;
    return err->code ? -1 : 0;
}

int loadgen_run(struct conf *conf, struct err *err)
{
    struct loadgen_plan *plan = xcalloc(1, sizeof(*plan));
    struct loadgen *load = xcalloc(1, sizeof(*load));
    struct err later = {0};

    load->conf = conf;
    load->plan = plan;
    load->signal_fd = -1;
    load->next_due = -1;
    if (loadgen_plan(&loadgen_given, plan, err) == 0 &&
        agents_start(conf, plan, &load->agents, err) == 0)
        carry_out(load, err);
    agents_stop(&load->agents);
    if (results_close(load->results, &later) < 0 && !err->code)
        *err = later;
    loadgen_close(load);
    free(load);
    free(plan);
    return err->code ? -1 : 0;
}
