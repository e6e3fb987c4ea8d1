/*
 * deadman.h - the lease ends although we are stuck
 *
 * The loop ends what runs in time, but a call into the database may hang
 * for longer than the lease lasts.  Then a timer of the kernel kills the
 * process groups that we started, whatever we are waiting for.
 *
 * One to a process, because a signal handler knows no owner.
 */
#ifndef AAOS_WORK_DEADMAN_H
#define AAOS_WORK_DEADMAN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

int deadman_open(int places, struct err *err);
void deadman_close(void);
/* Which group dies; 0: none any more, said before the pid can be used
 * again. */
void deadman_set(int place, pid_t pid);
/* At this instant of CLOCK_BOOTTIME; an earlier call is void then. */
void deadman_arm(int64_t instant);
/* Has it struck since it was armed? */
bool deadman_struck(void);

#endif
