/*
 * aaos-dispatch - the orchestrator's tick and the operator's verbs
 *
 *     * * * * *  aaos-dispatch tick
 *     aaos-status dead -t research | aaos-dispatch requeue -
 *     aaos-dispatch cancel --reason "wrong prompt" 0198f3c2
 *
 * Prints each task that it changed; what it could not change goes to
 * stderr and into the exit status, and the others are done all the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/dispatch.h"
#include "cmd/setup.h"
#include "core/clock.h"
#include "core/mem.h"
#include "store/audit.h"

enum { REASON_LIMIT = 1000 };

static struct {
    const char *reason, *type, *since;
    bool dead, completed;
    int64_t limit;
} given;

#define OPT_REASON                                                      \
    {                                                                   \
        0, "reason", "TEXT", "why, for the audit", .str = &given.reason \
    }

static const struct opt reason_options[] = {OPT_REASON, {0}};
static const struct opt requeue_options[] = {
    {0, "dead", NULL, "every dead task", .flag = &given.dead},
    {0, "completed", NULL, "every completed task", .flag = &given.completed},
    {'t', "type", "TYPE", "of those, only this type", .str = &given.type},
    {0, "since", "TIME", "of those, only what ended since",
     .str = &given.since},
    {0, "limit", "N", "of those, at most so many; 0 is all (0)",
     .num = &given.limit, .min = 0, .max = INT64_MAX},
    OPT_REASON,
    {0},
};

enum {
    VERB_TICK,
    VERB_CANCEL,
    VERB_HOLD,
    VERB_RELEASE,
    VERB_PRIORITY,
    VERB_REQUEUE
};
static const struct cmd_verb verbs[] = {
    [VERB_TICK] = {"tick", "", "repair, promote what is due, refill Redis",
                   NULL},
    [VERB_CANCEL] = {"cancel", "ID...", "end tasks; running ones are told to",
                     reason_options},
    [VERB_HOLD] = {"hold", "ID...", "keep tasks from running", reason_options},
    [VERB_RELEASE] = {"release", "ID...", "let held tasks run", reason_options},
    [VERB_PRIORITY] = {"priority", "N ID...", "set the priority, 0 to 10",
                       reason_options},
    [VERB_REQUEUE] = {"requeue", "ID...|--dead|--completed",
                      "run ended tasks again", requeue_options},
    {0},
};
static const enum control_verb controls[] = {
    [VERB_CANCEL] = CONTROL_CANCEL,   [VERB_HOLD] = CONTROL_HOLD,
    [VERB_RELEASE] = CONTROL_RELEASE, [VERB_PRIORITY] = CONTROL_PRIORITY,
    [VERB_REQUEUE] = CONTROL_REQUEUE,
};

static const struct opt options[] = {{0}};

static const struct cmd cmd = {
    .name = "aaos-dispatch",
    .about = "Keep the queue going, and change what waits in it.",
    .options = options,
    .verbs = verbs,
    .lists = true,
    .changes = true,
};

static int check_tick(int nargs, struct err *err)
{
    if (nargs > 0)
        return err_set(err, ERR_USAGE, "'tick' takes no arguments");
    if (cmd_shared.dry_run)
        return err_set(err, ERR_USAGE, "'tick' knows no --dry-run");
    return 0;
}

/* Which ended tasks: either ids, or a choice among all. */
static int check_requeue(int nargs, struct err *err)
{
    bool chosen = given.dead || given.completed;

    if (given.dead && given.completed)
        return err_set(err, ERR_USAGE,
                       "--dead and --completed exclude each other");
    if (chosen && nargs > 0)
        return err_set(err, ERR_USAGE, "--%s and ids exclude each other",
                       given.dead ? "dead" : "completed");
    if (!chosen && (given.type || given.since || given.limit))
        return err_set(err, ERR_USAGE, "--%s needs --dead or --completed",
                       given.type    ? "type"
                       : given.since ? "since"
                                     : "limit");
    if (!chosen && nargs == 0) {
        err_set(err, ERR_USAGE, "no task is named");
        return err_hint(err, "give ids, --dead or --completed");
    }
    return 0;
}

static int parse_priority(const char *text, int *priority, struct err *err)
{
    int64_t num = 0;

    if (conf_parse_int(text, 0, 10, &num, err) < 0)
        return err_set(err, ERR_USAGE,
                       "priority: must be an integer from 0 to 10 (got '%s')",
                       text);
    *priority = (int)num;
    return 0;
}

/* Takes the priority off the operands; what cannot be meant is refused. */
static int check_usage(struct dispatch *dispatch, char ***args, int *nargs,
                       struct err *err)
{
    if (given.reason && strlen(given.reason) > REASON_LIMIT)
        return err_set(err, ERR_USAGE, "--reason is longer than %d bytes",
                       REASON_LIMIT);
    if (cmd_shared.verb == VERB_TICK)
        return check_tick(*nargs, err);
    if (cmd_shared.stdout_closed)
        return err_set(err, ERR_IO, "stdout is closed: nothing was changed");
    dispatch->order.verb = controls[cmd_shared.verb];
    if (cmd_shared.verb == VERB_REQUEUE)
        return check_requeue(*nargs, err);
    if (cmd_shared.verb == VERB_PRIORITY && *nargs > 0) {
        if (parse_priority(**args, &dispatch->order.priority, err) < 0)
            return -1;
        (*args)++;
        (*nargs)--;
    }
    if (*nargs == 0)
        return err_set(err, ERR_USAGE, "no task is named");
    return 0;
}

static int set_choice(struct dispatch *dispatch, struct err *err)
{
    int64_t now = 0;

    dispatch->choice.status = given.dead ? TASK_DEAD : TASK_COMPLETED;
    dispatch->choice.type = given.type;
    dispatch->limit = given.limit;
    if (!given.since)
        return 0;
    if (store_now(dispatch->store, &now, err) < 0)
        return -1;
    if (clock_parse_when(given.since, now, -1, &dispatch->choice.since, err) <
        0)
        return err_wrap(err, "--since");
    return 0;
}

static void run(struct dispatch *dispatch, char **args, int nargs,
                struct err *err)
{
    if (cmd_shared.verb == VERB_TICK) {
        dispatch_tick(dispatch, err);
        return;
    }
    if (dispatch_open_table(dispatch, err) < 0)
        return;
    if (nargs > 0)
        dispatch_ids(dispatch, args, (size_t)nargs, err);
    else if (set_choice(dispatch, err) == 0)
        dispatch_chosen(dispatch, err);
    table_close(dispatch->table, err);
}

/* The first that holds of 74, 69/75, 66, 65, 1, 0. */
static void conclude(const struct dispatch *dispatch, struct err *err)
{
    if (dispatch->unprinted > 0 && !dispatch->order.dry_run)
        err_wrap(err, "%lld tasks were changed but not printed",
                 (long long)dispatch->unprinted);
    if (err->code)
        return;
    if (dispatch->order.dry_run)
        cmd_note("%lld task%s would be changed", (long long)dispatch->changed,
                 dispatch->changed == 1 ? "" : "s");
    if (dispatch->missing)
        err->code = ERR_NOINPUT;
    else if (dispatch->bad)
        err->code = ERR_DATA;
    else if (dispatch->refused)
        err->code = ERR_NO;
}

int main(int argc, char **argv)
{
    struct dispatch *dispatch = xcalloc(1, sizeof(*dispatch));
    char *actor = audit_actor();
    struct err err = {0};
    int first = cmd_begin(&cmd, argc, argv);
    char **args = argv + first;
    int nargs = argc - first;

    if (check_usage(dispatch, &args, &nargs, &err) < 0)
        goto out;
    dispatch->order.actor = actor;
    dispatch->order.reason = given.reason;
    dispatch->order.dry_run = cmd_shared.dry_run;
    dispatch->conf = cmd_conf(&cmd, &err);
    if (!dispatch->conf)
        goto out;
    dispatch->store = setup_store(dispatch->conf, STORE_WRITE, cmd.name, &err);
    if (!dispatch->store)
        goto out;
    dispatch->queue = setup_queue(dispatch->conf, dispatch->store, false, &err);
    if (!dispatch->queue)
        goto out;
    run(dispatch, args, nargs, &err);
    conclude(dispatch, &err);
out:
    queue_close(dispatch->queue);
    store_close(dispatch->store);
    conf_close(dispatch->conf);
    free(dispatch);
    free(actor);
    return cmd_end(&cmd, &err);
}
