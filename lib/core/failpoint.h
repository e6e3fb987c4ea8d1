/*
 * failpoint.h - places where a test build can be made to die or dawdle
 *
 * FAILPOINT("claim.committed") does nothing, and leaves no string in the
 * binary, unless configured with --enable-failpoints.  Then the environment
 * variable AAOS_FAILPOINT says what happens where:
 *
 *     NAME:kill[:NTH]      SIGKILL to this process
 *     NAME:stop[:NTH]      SIGSTOP, until somebody sends SIGCONT
 *     NAME:sleep=MS[:NTH]  a pause
 *     NAME:exit=N[:NTH]    _exit(N)
 *
 * several separated by commas; NTH counts from 1 (default: the first time;
 * "*": every time).
 */
#ifndef AAOS_CORE_FAILPOINT_H
#define AAOS_CORE_FAILPOINT_H

#ifdef AAOS_FAILPOINTS
void failpoint(const char *name);
#define FAILPOINT(name) failpoint(name)
#else
#define FAILPOINT(name) ((void)0)
#endif

#endif
