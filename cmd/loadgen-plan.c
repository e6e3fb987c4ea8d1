/*
 * loadgen-plan.c - from the options of a run to what shall be done
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/loadgen.h"
#include "core/clock.h"

#define DEFAULT_RATE 10
#define DEFAULT_DURATION (60 * USEC_PER_SEC)
/* With --count alone; nothing runs for ever. */
#define LONGEST (INT64_C(86400) * USEC_PER_SEC)
#define DEFAULT_DRAIN (60 * USEC_PER_SEC)
#define RATE_MAX 1e6

static const char default_mix[] =
    "code:priority=2-8,research:priority=2-8,qa:priority=2-8,"
    "documentation:priority=1-5,analysis:priority=2-8,synthesis:priority=2-8,"
    "trading:priority=6-10";

static int parse_rate(const char *text, double *rate, struct err *err)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || strspn(text, "0123456789.") != strlen(text) ||
        !(value > 0 && value <= RATE_MAX))
        return err_set(err, ERR_USAGE,
                       "--rate: must be a number of tasks a second, at most "
                       "1000000 (got '%s')",
                       text);
    *rate = value;
    return 0;
}

static int set_loop(const struct loadgen_given *given,
                    struct loadgen_plan *plan, struct err *err)
{
    if (given->clients > 0 && (given->rate || given->arrivals))
        return err_set(err, ERR_USAGE,
                       "--clients (closed loop) and --%s (open loop) exclude "
                       "each other",
                       given->rate ? "rate" : "arrivals");
    if (given->think > 0 && given->clients <= 0)
        return err_set(err, ERR_USAGE, "--think needs --clients");
    plan->clients = given->clients > 0 ? given->clients : 0;
    plan->think = given->think > 0 ? given->think : 0;
    plan->rate = plan->clients ? 0 : DEFAULT_RATE;
    plan->constant =
        given->arrivals && strcmp(given->arrivals, "constant") == 0;
    return given->rate ? parse_rate(given->rate, &plan->rate, err) : 0;
}

static void set_bounds(const struct loadgen_given *given,
                       struct loadgen_plan *plan)
{
    plan->count = given->count > 0 ? given->count : 0;
    if (given->duration > 0)
        plan->duration = given->duration;
    else
        plan->duration = plan->count ? LONGEST : DEFAULT_DURATION;
    plan->drain = given->drain >= 0 ? given->drain : DEFAULT_DRAIN;
    plan->interval = given->interval > 0 ? given->interval : USEC_PER_SEC;
}

int loadgen_plan(const struct loadgen_given *given, struct loadgen_plan *plan,
                 struct err *err)
{
    if (set_loop(given, plan, err) < 0)
        return -1;
    set_bounds(given, plan);
    plan->seed = given->seed >= 0
                     ? (uint64_t)given->seed
                     : (uint64_t)(clock_wall() ^ getpid()) & INT32_MAX;
    plan->workers = given->workers >= 0 ? given->workers : 1;
    plan->jobs = given->jobs > 0 ? given->jobs : 1;
    plan->shared = given->shared;
    plan->remove = given->remove;
    plan->mix_text = given->mix ? given->mix : default_mix;
    if (mix_parse(plan->mix_text, &plan->mix, err) < 0)
        return err_wrap(err, "--mix");
    return 0;
}
