/*
 * aaos-dispatch - the orchestrator's tick and the operator's verbs
 *
 *     aaos-dispatch run --interval 5s
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

#include "action/action.h"
#include "cmd/dispatch.h"
#include "cmd/setup.h"
#include "core/clock.h"
#include "core/mem.h"
#include "store/audit.h"

enum { REASON_LIMIT = 1000 };

static const enum control_verb controls[] = {
    [VERB_CANCEL] = CONTROL_CANCEL,   [VERB_HOLD] = CONTROL_HOLD,
    [VERB_RELEASE] = CONTROL_RELEASE, [VERB_PRIORITY] = CONTROL_PRIORITY,
    [VERB_REQUEUE] = CONTROL_REQUEUE,
};
static const enum flag_verb switches[] = {
    [VERB_PAUSE] = FLAG_PAUSE, [VERB_RESUME] = FLAG_RESUME,
    [VERB_KILL] = FLAG_KILL,   [VERB_REVIVE] = FLAG_REVIVE,
    [VERB_PROOF] = FLAG_PROOF, [VERB_REAL] = FLAG_REAL,
};

static const struct opt options[] = {{0}};

static const struct cmd cmd = {
    .name = "aaos-dispatch",
    .about = "Keep the queue going, and change what waits in it.",
    .options = options,
    .verbs = dispatch_verbs,
    .lists = true,
    .changes = true,
};

static bool is_control(int verb)
{
    return verb >= VERB_CANCEL && verb <= VERB_REQUEUE;
}

static bool is_switch(int verb)
{
    return verb >= VERB_PAUSE && verb <= VERB_REAL;
}

/* Verbs that take no operands, and those that cannot be rehearsed. */
static int check_plain(int nargs, struct err *err)
{
    const char *name = dispatch_verbs[cmd_shared.verb].name;

    if (nargs > 0)
        return err_set(err, ERR_USAGE, "'%s' takes no arguments", name);
    if (cmd_shared.dry_run && cmd_shared.verb != VERB_FLAGS)
        return err_set(err, ERR_USAGE, "'%s' knows no --dry-run", name);
    if (dispatch_given.type && (dispatch_given.in || dispatch_given.out))
        return err_set(err, ERR_USAGE,
                       "--type is about what workers are given: it excludes "
                       "--in and --out");
    return 0;
}

static int check_enqueue(int nargs, struct err *err)
{
    size_t count;
    const char *const *types = action_types(&count);

    if (nargs != 1) {
        err_set(err, ERR_USAGE, "expected one type of action, got %d", nargs);
        return err_hint(err, "there are %s, %s, ...", types[0],
                        types[count > 1]);
    }
    if (!dispatch_given.key || !*dispatch_given.key) {
        err_set(err, ERR_USAGE, "--key is missing");
        return err_hint(err, "with it an action that is enqueued twice is "
                             "done once");
    }
    return 0;
}

/* Which ended tasks: either ids, or a choice among all. */
static int check_requeue(int nargs, struct err *err)
{
    bool chosen = dispatch_given.dead || dispatch_given.completed;

    if (dispatch_given.dead && dispatch_given.completed)
        return err_set(err, ERR_USAGE,
                       "--dead and --completed exclude each other");
    if (chosen && nargs > 0)
        return err_set(err, ERR_USAGE, "--%s and ids exclude each other",
                       dispatch_given.dead ? "dead" : "completed");
    if (!chosen &&
        (dispatch_given.type || dispatch_given.since || dispatch_given.limit))
        return err_set(err, ERR_USAGE, "--%s needs --dead or --completed",
                       dispatch_given.type    ? "type"
                       : dispatch_given.since ? "since"
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
    if (dispatch_given.reason && strlen(dispatch_given.reason) > REASON_LIMIT)
        return err_set(err, ERR_USAGE, "--reason is longer than %d bytes",
                       REASON_LIMIT);
    if (cmd_shared.verb == VERB_ENQUEUE)
        return check_enqueue(*nargs, err);
    if (!is_control(cmd_shared.verb))
        return check_plain(*nargs, err);
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

    dispatch->choice.status = dispatch_given.dead ? TASK_DEAD : TASK_COMPLETED;
    dispatch->choice.type = dispatch_given.type;
    dispatch->limit = dispatch_given.limit;
    if (!dispatch_given.since)
        return 0;
    if (store_now(dispatch->store, &now, err) < 0)
        return -1;
    if (clock_parse_when(dispatch_given.since, now, -1, &dispatch->choice.since,
                         err) < 0)
        return err_wrap(err, "--since");
    return 0;
}

static void change_tasks(struct dispatch *dispatch, char **args, int nargs,
                         struct err *err)
{
    if (dispatch_open_table(dispatch, err) < 0)
        return;
    if (nargs > 0)
        dispatch_ids(dispatch, args, (size_t)nargs, err);
    else if (set_choice(dispatch, err) == 0)
        dispatch_chosen(dispatch, err);
    table_close(dispatch->table, err);
}

static void run(struct dispatch *dispatch, char **args, int nargs,
                struct err *err)
{
    if (is_control(cmd_shared.verb))
        change_tasks(dispatch, args, nargs, err);
    else if (is_switch(cmd_shared.verb))
        dispatch_flag(dispatch, switches[cmd_shared.verb], err);
    else if (cmd_shared.verb == VERB_TICK)
        dispatch_tick(dispatch, err);
    else if (cmd_shared.verb == VERB_RUN)
        dispatch_run(dispatch, err);
    else if (cmd_shared.verb == VERB_FLAGS)
        dispatch_flags(dispatch, err);
    else
        dispatch_enqueue(dispatch, *args, err);
}

/* The first that holds of 74, 69/75, 66, 65, 1, 0. */
static void conclude(const struct dispatch *dispatch, struct err *err)
{
    if (dispatch->unprinted > 0 && !dispatch->order.dry_run)
        err_wrap(err, "%lld tasks were changed but not printed",
                 (long long)dispatch->unprinted);
    if (err->code)
        return;
    if (dispatch->order.dry_run && is_control(cmd_shared.verb))
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
    dispatch->given = &dispatch_given;
    dispatch->order.actor = actor;
    dispatch->order.reason = dispatch_given.reason;
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
