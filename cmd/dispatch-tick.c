/*
 * dispatch-tick.c - one look at everything for cron, or one after the other
 *
 * `tick` says nothing when all went well, nor when another dispatcher is at
 * it.  `run` ends on TERM, INT, QUIT and HUP between two steps; a database
 * that is away for a while only costs it ticks.
 */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/dispatch.h"
#include "core/attr.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/proc.h"

static void log_tick(const struct tick_report *report, enum log_level level)
{
    log_event(
        level, "tick",
        LOG_FIELDS(log_num("id", report->id),
                   log_num("term", report->lease.term),
                   log_text("status", tick_status_name(report->status)),
                   log_num("attempted", report->attempted),
                   log_num("succeeded", report->succeeded),
                   log_text("notes", *report->notes ? report->notes : NULL)));
}

/* Who has it, for --exclusive. */
static int busy(const struct tick_report *report, struct err *err)
{
    char text[CLOCK_SPAN_SIZE];

    return err_set(err, ERR_TEMP, "another dispatcher has the lease for %s: %s",
                   clock_span(report->lease.left, text), report->lease.owner);
}

static bool good(const struct tick_report *report)
{
    return report->status == TICK_SUCCESS || report->status == TICK_PAUSED;
}

int dispatch_tick(struct dispatch *dispatch, struct err *err)
{
    struct tick_options options;
    struct tick_report report = {0};
    int ret;

    if (dispatch_config(dispatch, &options, err) < 0)
        return -1;
    ret = sched_tick(dispatch->store, dispatch->queue, &options, &report, err);
    if (ret < 0)
        return -1;
    if (ret == 0)
        return dispatch->given->exclusive ? busy(&report, err) : 0;
    log_tick(&report, LOG_LEVEL_INFO);
    if (good(&report))
        return 0;
    return err_set(err, ERR_NO, "tick %lld: %s: %lld of %lld actions done%s%s",
                   (long long)report.id, tick_status_name(report.status),
                   (long long)report.succeeded, (long long)report.attempted,
                   *report.notes ? "; " : "", report.notes);
}

/* --- run ------------------------------------------------------------------ */

struct daemon {
    int fd; /* of signals */
    bool stop;
};

static void read_signals(struct daemon *daemon)
{
    struct signalfd_siginfo info;

    while (read(daemon->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo != SIGCHLD)
            daemon->stop = true;
}

static bool stopping(void *ctx)
{
    struct daemon *daemon = ctx;

    read_signals(daemon);
    return daemon->stop;
}

static void wait_until(struct daemon *daemon, int64_t when)
{
    struct pollfd fd = {.fd = daemon->fd, .events = POLLIN};
    int64_t left;

    while (!stopping(daemon) && (left = when - clock_mono()) > 0)
        poll(&fd, 1, (int)((left + USEC_PER_MSEC - 1) / USEC_PER_MSEC));
}

/* What a daemon survives: whatever may be over at the next tick. */
static bool survives(enum err_code code)
{
    return code == ERR_UNAVAIL || code == ERR_TEMP || code == ERR_IO ||
           code == ERR_OS;
}

/* 0 go on, -1 it is over. */
static int one_tick(struct dispatch *dispatch,
                    const struct tick_options *options, bool *failed,
                    struct err *err)
{
    struct tick_report report = {0};
    int ret =
        sched_tick(dispatch->store, dispatch->queue, options, &report, err);

    if (ret > 0) {
        log_tick(&report, good(&report) ? LOG_LEVEL_INFO : LOG_LEVEL_WARN);
        *failed |= !good(&report);
        return 0;
    }
    if (ret == 0) {
        log_debug("not_ours", log_text("owner", report.lease.owner),
                  log_num("term", report.lease.term));
        return dispatch->given->exclusive ? busy(&report, err) : 0;
    }
    if (!survives(err->code))
        return -1;
    log_error("tick_failed", log_text("message", err->msg));
    *failed = true;
    err_clear(err);
    return 0;
}

/* Among the verbs this one runs for long, so it logs as the worker does. */
static void log_as_a_daemon(const struct conf *conf)
{
    static const char *const names[] = {
        [LOG_LEVEL_ERROR] = "error",
        [LOG_LEVEL_WARN] = "warn",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_DEBUG] = "debug",
    };
    const char *wanted = conf_text(conf, "log.level");

    if (cmd_shared.quiet || cmd_shared.verbose > 0)
        return;
    for (size_t i = 0; i < LENGTH(names); i++)
        if (strcmp(names[i], wanted) == 0)
            log_setup("aaos-dispatch", (enum log_level)i, cmd_shared.log_json);
}

int dispatch_run(struct dispatch *dispatch, struct err *err)
{
    const struct dispatch_given *given = dispatch->given;
    int64_t interval = given->interval >= 0
                           ? given->interval
                           : conf_num(dispatch->conf, "dispatch.interval");
    struct daemon daemon = {.fd = -1};
    struct tick_options options;
    bool failed = false;
    int64_t ticks = 0;
    int ret = 0;

    if (dispatch_config(dispatch, &options, err) < 0)
        return -1;
    log_as_a_daemon(dispatch->conf);
    daemon.fd = proc_signal_fd(err);
    if (daemon.fd < 0)
        return -1;
    options.stopping = stopping;
    options.ctx = &daemon;
    log_info("dispatcher_started", log_text("owner", options.owner),
             log_num("interval_ms", interval / USEC_PER_MSEC));
    while (ret == 0 && !stopping(&daemon)) {
        int64_t began = clock_mono();

        ret = one_tick(dispatch, &options, &failed, err);
        if (ret < 0 || ++ticks == given->ticks)
            break;
        wait_until(&daemon, began + interval);
    }
    log_info("dispatcher_ended", log_num("ticks", ticks));
    file_close(&daemon.fd);
    if (ret == 0 && failed && given->ticks > 0)
        return err_set(err, ERR_NO, "not every tick succeeded");
    return ret;
}
