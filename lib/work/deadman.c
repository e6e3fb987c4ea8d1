/*
 * deadman.c - the lease ends although we are stuck
 */
#include "config.h"

#include "work/deadman.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "core/mem.h"

static struct {
    pid_t *memory;
    volatile pid_t *pids; /* the same, as the handler sees it */
    volatile sig_atomic_t places;
    volatile sig_atomic_t struck;
    timer_t timer;
    bool open;
} deadman;

static void strike(int signal)
{
    int saved = errno;

    (void)signal;
    deadman.struck = 1;
    for (int i = 0; i < deadman.places; i++)
        if (deadman.pids[i] > 0)
            kill(-deadman.pids[i], SIGKILL);
    errno = saved;
}

int deadman_open(int places, struct err *err)
{
    struct sigaction action = {.sa_handler = strike, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = SIGALRM};

    sigset_t alarm;

    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigfillset(&action.sa_mask);
    if (sigaction(SIGALRM, &action, NULL) < 0 ||
        timer_create(CLOCK_BOOTTIME, &event, &deadman.timer) < 0)
        return err_errno(err, ERR_OS, "cannot make a timer");
    deadman.memory = xcalloc((size_t)places, sizeof(*deadman.memory));
    deadman.pids = deadman.memory;
    deadman.places = places;
    deadman.open = true;
    sigprocmask(SIG_UNBLOCK, &alarm, NULL);
    return 0;
}

void deadman_close(void)
{
    if (!deadman.open)
        return;
    timer_delete(deadman.timer);
    deadman.places = 0;
    deadman.pids = NULL;
    free(deadman.memory);
    deadman.memory = NULL;
    deadman.open = false;
}

void deadman_set(int place, pid_t pid)
{
    deadman.pids[place] = pid;
}

void deadman_arm(int64_t instant)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = instant / USEC_PER_SEC,
                     .tv_nsec = instant % USEC_PER_SEC * 1000}};

    deadman.struck = 0;
    timer_settime(deadman.timer, TIMER_ABSTIME, &when, NULL);
}

bool deadman_struck(void)
{
    return deadman.struck != 0;
}
