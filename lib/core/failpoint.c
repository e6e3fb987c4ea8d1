/*
 * failpoint.c - places where a test build can be made to die or dawdle
 */
#include "config.h"

#include "core/failpoint.h"

#ifdef AAOS_FAILPOINTS

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_POINTS = 16 };

struct point {
    char name[64];
    char action[32];
    long nth; /* 0: every time */
    long seen;
};

static struct point points[MAX_POINTS];
static int count = -1;

/* NAME:ACTION[:NTH] */
static void parse(char *spec, struct point *point)
{
    const char *name = strsep(&spec, ":");
    const char *action = strsep(&spec, ":");
    const char *nth = spec;

    if (!action)
        return;
    strncpy(point->name, name, sizeof(point->name) - 1);
    strncpy(point->action, action, sizeof(point->action) - 1);
    point->nth = !nth ? 1 : strcmp(nth, "*") == 0 ? 0 : strtol(nth, NULL, 10);
    count++;
}

static void load(void)
{
    const char *env = getenv("AAOS_FAILPOINT");
    char copy[1024] = "";
    char *rest = copy;
    char *spec;

    count = 0;
    if (!env)
        return;
    strncpy(copy, env, sizeof(copy) - 1);
    while ((spec = strsep(&rest, ",")) && count < MAX_POINTS)
        parse(spec, &points[count]);
}

/* The whole of it, whatever signals come. */
static void pause_for(long ms)
{
    struct timespec left = {.tv_sec = ms / 1000,
                            .tv_nsec = ms % 1000 * 1000000};

    int ret;

    do
        ret = nanosleep(&left, &left);
    while (ret < 0 && errno == EINTR);
}

void failpoint(const char *name)
{
    int i;

    if (count < 0)
        load();
    for (i = 0; i < count; i++) {
        struct point *point = &points[i];
        const char *value = strchr(point->action, '=');
        long number = value ? strtol(value + 1, NULL, 10) : 0;

        if (strcmp(point->name, name) != 0)
            continue;
        point->seen++;
        if (point->nth > 0 && point->seen != point->nth)
            continue;
        if (strcmp(point->action, "kill") == 0)
            kill(getpid(), SIGKILL);
        else if (strcmp(point->action, "stop") == 0)
            raise(SIGSTOP);
        else if (strncmp(point->action, "sleep=", 6) == 0)
            pause_for(number);
        else if (strncmp(point->action, "exit=", 5) == 0)
            _exit((int)number);
    }
}

#else

/* ISO C forbids an empty translation unit. */
typedef int failpoints_are_not_compiled_in;

#endif
