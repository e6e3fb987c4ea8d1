/*
 * dispatch-flags.c - the operator's switches
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/dispatch.h"
#include "cmd/setup.h"
#include "core/attr.h"

static const struct column columns[] = {
    {.name = "paused_in", .kind = CELL_BOOL},
    {.name = "paused_out", .kind = CELL_BOOL},
    {.name = "paused_types", .kind = CELL_RAW},
    {.name = "killed", .kind = CELL_BOOL},
    {.name = "proof_mode", .kind = CELL_BOOL},
    {.name = "updated_at", .kind = CELL_TIME},
    {.name = "updated_by", .kind = CELL_TEXT},
    {.name = "reason", .kind = CELL_TEXT},
};

int dispatch_flags(struct dispatch *dispatch, struct err *err)
{
    struct flags flags = {0};
    struct table *table;
    int64_t now = 0;

    if (store_flags(dispatch->store, &flags, err) < 0 ||
        store_now(dispatch->store, &now, err) < 0) {
        flags_release(&flags);
        return -1;
    }
    table = table_open(stdout, cmd_output(), cmd_shared.color_out, columns,
                       LENGTH(columns), NULL, now, err);
    if (table) {
        table_num(table, flags.paused_in);
        table_num(table, flags.paused_out);
        table_text(table, flags.paused_types);
        table_num(table, flags.killed);
        table_num(table, flags.proof_mode);
        if (flags.updated_at)
            table_num(table, flags.updated_at);
        else
            table_null(table);
        table_text(table, flags.updated_by);
        table_text(table, flags.reason);
        table_row(table, err);
        table_close(table, err);
    }
    flags_release(&flags);
    return err->code ? -1 : 0;
}

/* What the operator should know now. */
static const char *said(enum flag_verb verb)
{
    switch (verb) {
    case FLAG_PAUSE_IN:
        return "paused: nothing is accepted";
    case FLAG_PAUSE_OUT:
        return "paused: nothing is given to workers";
    case FLAG_PAUSE:
        return "paused: nothing is accepted, nothing is given to workers";
    case FLAG_PAUSE_TYPE:
        return "paused: nothing of this type is given to workers";
    case FLAG_RESUME:
        return "resumed";
    case FLAG_KILL:
        return "killed: workers and dispatchers stop; revive ends it";
    case FLAG_REVIVE:
        return "revived: workers and dispatchers may be started again";
    case FLAG_PROOF:
        return "proof mode: actions are written, not sent";
    case FLAG_REAL:
        return "real mode: actions are sent";
    }
    return "";
}

static int check_type(struct dispatch *dispatch, const char *type,
                      struct err *err)
{
    struct task_rules rules = {0};
    const char *nearest;

    setup_rules(dispatch->conf, &rules);
    for (size_t i = 0; i < rules.type_count; i++)
        if (strcmp(rules.types[i], type) == 0)
            return 0;
    nearest = conf_nearest(type, rules.types, rules.type_count);
    err_set(err, ERR_USAGE, "unknown task type '%s'", type);
    if (nearest)
        return err_hint(err, "did you mean '%s'?", nearest);
    return err_hint(err, "setting task.types names further ones");
}

static enum flag_verb which_pause(const struct dispatch_given *given)
{
    if (given->type)
        return FLAG_PAUSE_TYPE;
    if (given->in != given->out)
        return given->in ? FLAG_PAUSE_IN : FLAG_PAUSE_OUT;
    return FLAG_PAUSE;
}

/* Workers dropped from the index what they were not given meanwhile. */
static int tell_workers(struct dispatch *dispatch, struct err *err)
{
    int64_t pushed = 0;

    if (queue_refill(dispatch->queue, dispatch->store, true, &pushed, err) < 0)
        return -1;
    queue_wake(dispatch->queue, DISPATCH_BATCH);
    return 0;
}

int dispatch_flag(struct dispatch *dispatch, enum flag_verb verb,
                  struct err *err)
{
    const char *type = dispatch->given->type;
    int changed;

    if (verb == FLAG_PAUSE)
        verb = which_pause(dispatch->given);
    if (type && check_type(dispatch, type, err) < 0)
        return -1;
    changed = store_flag_set(dispatch->store, verb, type, dispatch->order.actor,
                             dispatch->order.reason, err);
    if (changed < 0)
        return -1;
    cmd_note("%s%s", changed ? "" : "it was so already: ", said(verb));
    if (changed && (verb == FLAG_RESUME || verb == FLAG_REVIVE))
        return tell_workers(dispatch, err);
    return 0;
}
