/*
 * dispatch-verbs.c - the verbs of aaos-dispatch and their options
 */
#include "config.h"

#include "cmd/dispatch.h"
#include "core/clock.h"

#define HOUR (INT64_C(3600) * USEC_PER_SEC)
#define YEAR (INT64_C(8760) * HOUR)

struct dispatch_given dispatch_given = {
    .max_actions = -1,
    .max_time = -1,
    .interval = -1,
};

/* clang-format off */
#define OPT_REASON                                                        \
    {0, "reason", "TEXT", "why, for the audit", .str = &dispatch_given.reason}
#define OPT_TICK                                                       \
    {0, "max-actions", "N", "actions tried in one tick (3)",           \
     .num = &dispatch_given.max_actions, .min = 0, .max = 10000},      \
    {0, "max-time", "DURATION", "time that a tick may take (20s)",     \
     .usec = &dispatch_given.max_time, .min = USEC_PER_SEC,            \
     .max = HOUR},                                                     \
    {0, "exclusive", NULL, "exit 75 when another dispatcher is at it", \
     .flag = &dispatch_given.exclusive}
/* clang-format on */

static const struct opt reason_options[] = {OPT_REASON, {0}};
static const struct opt tick_options[] = {OPT_TICK, {0}};
static const struct opt run_options[] = {
    {0, "interval", "DURATION", "time between two ticks (5s)",
     .usec = &dispatch_given.interval, .min = USEC_PER_SEC / 10, .max = HOUR},
    {0, "ticks", "N", "end after so many", .num = &dispatch_given.ticks,
     .min = 1, .max = INT64_MAX},
    OPT_TICK,
    {0},
};
static const struct opt requeue_options[] = {
    {0, "dead", NULL, "every dead task", .flag = &dispatch_given.dead},
    {0, "completed", NULL, "every completed task",
     .flag = &dispatch_given.completed},
    {'t', "type", "TYPE", "of those, only this type",
     .str = &dispatch_given.type},
    {0, "since", "TIME", "of those, only what ended since",
     .str = &dispatch_given.since},
    {0, "limit", "N", "of those, at most so many; 0 is all (0)",
     .num = &dispatch_given.limit, .min = 0, .max = INT64_MAX},
    OPT_REASON,
    {0},
};
static const struct opt pause_options[] = {
    {0, "in", NULL, "nothing is accepted", .flag = &dispatch_given.in},
    {0, "out", NULL, "nothing is given to workers",
     .flag = &dispatch_given.out},
    {'t', "type", "TYPE", "nothing of this type is given to workers",
     .str = &dispatch_given.type},
    OPT_REASON,
    {0},
};
static const struct opt resume_options[] = {
    {'t', "type", "TYPE", "only this type", .str = &dispatch_given.type},
    OPT_REASON,
    {0},
};
static const struct opt enqueue_options[] = {
    {'k', "key", "KEY", "a second action with this key is not made",
     .str = &dispatch_given.key},
    {0, "delay", "DURATION", "not before this time has passed",
     .usec = &dispatch_given.delay, .min = 0, .max = YEAR},
    OPT_REASON,
    {0},
};

const struct cmd_verb dispatch_verbs[] = {
    [VERB_TICK] = {"tick", "", "repair, promote, deliver actions, prune: once",
                   tick_options},
    [VERB_RUN] = {"run", "", "tick again and again", run_options},
    [VERB_CANCEL] = {"cancel", "ID...", "end tasks; running ones are told to",
                     reason_options},
    [VERB_HOLD] = {"hold", "ID...", "keep tasks from running", reason_options},
    [VERB_RELEASE] = {"release", "ID...", "let held tasks run", reason_options},
    [VERB_PRIORITY] = {"priority", "N ID...", "set the priority, 0 to 10",
                       reason_options},
    [VERB_REQUEUE] = {"requeue", "ID...|--dead|--completed",
                      "run ended tasks again", requeue_options},
    [VERB_PAUSE] = {"pause", "", "accept nothing, give workers nothing",
                    pause_options},
    [VERB_RESUME] = {"resume", "", "end what was paused", resume_options},
    [VERB_KILL] = {"kill", "", "stop everything that runs", reason_options},
    [VERB_REVIVE] = {"revive", "", "end a kill", reason_options},
    [VERB_PROOF] = {"proof", "", "write actions instead of sending them",
                    reason_options},
    [VERB_REAL] = {"real", "", "send actions", reason_options},
    [VERB_FLAGS] = {"flags", "", "show what is paused, killed, proof or real",
                    NULL},
    [VERB_ENQUEUE] = {"enqueue-action", "TYPE --key KEY <PAYLOAD",
                      "put an action into the outbox", enqueue_options},
    {0},
};
