/*
 * dispatch-action.c - into the outbox by hand, and back into it
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "cmd/dispatch.h"
#include "core/attr.h"
#include "core/buf.h"
#include "core/uuid.h"
#include "store/actions.h"

static const struct column columns[] = {
    {.name = "action_id", .kind = CELL_TEXT},
    {.name = "result", .kind = CELL_TEXT},
};

static int read_payload(struct buf *payload, struct err *err)
{
    char piece[16384];
    ssize_t got;

    if (cmd_shared.stdin_closed)
        return err_set(err, ERR_IO, "stdin is closed");
    if (isatty(STDIN_FILENO))
        cmd_note("reading the payload from the terminal; end with ^D");
    while ((got = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, ERR_IO, "cannot read stdin");
        buf_put(payload, piece, (size_t)got);
        if (payload->len > ACTION_PAYLOAD_MAX)
            return err_set(err, ERR_DATA, "payload: is longer than %d bytes",
                           ACTION_PAYLOAD_MAX);
    }
    if (payload->len == 0)
        return err_set(err, ERR_DATA, "payload: stdin is empty");
    return 0;
}

static int print(const struct action_new *action, struct err *err)
{
    struct table *table = table_open(stdout, cmd_output(), cmd_shared.color_out,
                                     columns, LENGTH(columns), NULL, 0, err);

    if (!table)
        return -1;
    table_text(table, action->action_id);
    table_text(table, action->duplicate ? "duplicate" : "pending");
    table_row(table, err);
    table_close(table, err);
    return dispatch_flush_stdout(err);
}

/* That nothing will be sent should surprise nobody. */
static void warn_of_proof(struct dispatch *dispatch)
{
    struct flags flags = {0};
    struct err ignored = {0};

    if (store_flags(dispatch->store, &flags, &ignored) == 0 && flags.proof_mode)
        cmd_note("proof mode is on: it will be written, not sent");
    flags_release(&flags);
}

int dispatch_enqueue(struct dispatch *dispatch, const char *type,
                     struct err *err)
{
    const char *key = dispatch->given->key;
    struct buf payload = {0};
    struct action_new action = {
        .action_type = type,
        .idempotency_key = key,
        .delay = dispatch->given->delay,
        .actor = dispatch->order.actor,
        .reason = dispatch->order.reason,
    };
    int ret = -1;

    if (action_key_check(key, strlen(key), err) < 0) {
        err->code = ERR_USAGE;
        err_wrap(err, "--key");
        goto out;
    }
    if (read_payload(&payload, err) < 0 ||
        action_judge(type, payload.data, payload.len, err) < 0)
        goto out;
    if (cmd_shared.dry_run) {
        cmd_note("the action is good; nothing was stored");
        ret = 0;
        goto out;
    }
    action.payload_json = payload.data;
    if (store_action_add(dispatch->store, &action, err) < 0)
        goto out;
    warn_of_proof(dispatch);
    ret = print(&action, err);
out:
    buf_release(&payload);
    return ret;
}

int dispatch_action(struct dispatch *dispatch, const char *id, struct err *err)
{
    bool requeue = dispatch->order.verb == CONTROL_REQUEUE;
    const struct action_order order = {
        .requeue = requeue,
        .actor = dispatch->order.actor,
        .reason = dispatch->order.reason,
        .dry_run = dispatch->order.dry_run,
    };
    int ret;

    if ((!requeue && dispatch->order.verb != CONTROL_CANCEL) ||
        !uuid_valid(id, strlen(id)))
        return 0;
    ret = store_action_control(dispatch->store, id, &order, err);
    if (ret < 0 && err->code == ERR_NO) {
        cmd_warn("%s", err->msg);
        err_clear(err);
        dispatch->refused = true;
        return 1;
    }
    if (ret <= 0)
        return ret;
    dispatch->changed++;
    table_text(dispatch->table, id);
    table_text(dispatch->table, requeue ? "pending" : "cancelled");
    table_text(dispatch->table, "changed");
    return table_row(dispatch->table, err) < 0 ? -1 : 1;
}
