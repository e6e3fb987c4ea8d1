/*
 * actions.c - the outbox: put in with the cause, taken out under the lease
 *
 * A try is recorded only by the dispatcher whose term took the row.  A row
 * that a dead one left running is due again when its own lease is over, or
 * when that lease counts the clock of another boot.
 */
#include "config.h"

#include "store/actions.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "store/audit.h"
#include "store/lease-private.h"
#include "store/store-private.h"

/* --- in ------------------------------------------------------------------- */

/* The id that the key stands for. */
static int keyed(struct store *store, struct action_new *action,
                 struct err *err)
{
    struct db_rows rows = {0};
    char own[UUID_SIZE];

    if (db_query(store->db, SQL_ACTION_KEYED,
                 ARGS(arg_text(action->idempotency_key)), &rows, err) < 0)
        return -1;
    if (rows.count == 0 || db_cell(&rows, 0, 0)->len >= UUID_SIZE) {
        db_rows_release(&rows);
        return err_set(err, ERR_TEMP, "action '%s' came and went",
                       action->idempotency_key);
    }
    memcpy(own, action->action_id, sizeof(own));
    memcpy(action->action_id, db_text(&rows, 0, 0),
           db_cell(&rows, 0, 0)->len + 1);
    action->duplicate = strcmp(own, action->action_id) != 0;
    db_rows_release(&rows);
    return 0;
}

int action_insert(struct store *store, struct action_new *action,
                  struct err *err)
{
    int64_t changed;

    if (!*action->action_id)
        uuid_make(action->action_id);
    action->duplicate = false;
    action->stored = false;
    changed = db_exec(
        store->db, SQL_ACTION_INSERT,
        ARGS(arg_text(action->action_id), arg_text(action->idempotency_key),
             arg_text(action->action_type), arg_text(action->payload_json),
             arg_num(action->delay), arg_text(action->task_id),
             arg_text(action->correlation_id)),
        err);
    if (changed < 0)
        return -1;
    action->stored = changed > 0;
    return changed > 0 ? 0 : keyed(store, action, err);
}

struct adding {
    struct action_new action;
    struct audit_head head;
};

static int audit(struct store *store, struct adding *adding, struct err *err)
{
    struct buf ids = {0};
    char digest[HASH_TEXT_SIZE];
    const struct audit_entry entry = {
        .actor = adding->action.actor,
        .verb = "enqueue_action",
        .count = 1,
        .ids_sha256 = digest,
        .reason = adding->action.reason,
    };
    int ret;

    buf_fmt(&ids, "%s\n", adding->action.action_id);
    hash_text(ids.data, ids.len, digest);
    ret = audit_append_head(store, &entry, &adding->head, err);
    buf_release(&ids);
    return ret;
}

/* Repeated as it is: what an earlier try stored has our id. */
static int add_work(struct store *store, void *ctx, struct err *err)
{
    struct adding *adding = ctx;

    if (action_insert(store, &adding->action, err) < 0)
        return -1;
    if (adding->action.stored && adding->action.actor)
        return audit(store, adding, err);
    return 0;
}

int store_action_add(struct store *store, struct action_new *action,
                     struct err *err)
{
    struct adding adding = {.action = *action};
    char *reason = stored_text(action->reason);
    int ret;

    adding.action.reason = reason;
    uuid_make(adding.action.action_id);
    ret = store_tx(store, add_work, &adding, err);
    if (ret < 0) {
        err_wrap(err, "cannot enqueue the action");
    } else {
        if (adding.head.seq > 0 && !adding.action.duplicate)
            log_info("audit_appended", log_num("seq", adding.head.seq),
                     log_text("verb", "enqueue_action"),
                     log_text("action_id", adding.action.action_id),
                     log_text("hash", adding.head.hash));
        adding.action.reason = action->reason;
        *action = adding.action;
    }
    free(reason);
    return ret;
}

/* --- out ------------------------------------------------------------------ */

/* Columns of take_webhooks and take_others. */
enum {
    AT_SEQ,
    AT_ACTION_ID,
    AT_ACTION_TYPE,
    AT_KEY,
    AT_PAYLOAD,
    AT_TASK_ID,
    AT_CORRELATION_ID,
    AT_ATTEMPTS,
    AT_CREATED_AT,
    AT_RUN_AT
};

struct taking {
    const struct lease *mine;
    enum sql which;
    size_t limit;
    int64_t length;
    struct db_rows rows;
};

void action_row_release(struct action_row *row)
{
    free(row->action_type);
    free(row->idempotency_key);
    free(row->payload_json);
    free(row->task_id);
    free(row->correlation_id);
    *row = (struct action_row){0};
}

static struct action_row row_of(const struct db_rows *rows, size_t i)
{
    struct action_row row = {
        .seq = db_num(rows, i, AT_SEQ),
        .action_type = xstrdup(db_text(rows, i, AT_ACTION_TYPE)),
        .idempotency_key = xstrdup(db_text(rows, i, AT_KEY)),
        .payload_json = xstrdup(db_text(rows, i, AT_PAYLOAD)),
        .task_id = xstrdup_null(db_text(rows, i, AT_TASK_ID)),
        .correlation_id = xstrdup_null(db_text(rows, i, AT_CORRELATION_ID)),
        .attempts = (int)db_num(rows, i, AT_ATTEMPTS),
        .created_at = db_num(rows, i, AT_CREATED_AT),
        .run_at = db_num(rows, i, AT_RUN_AT),
    };
    const struct db_cell *id = db_cell(rows, i, AT_ACTION_ID);

    memcpy(row.action_id, id->data,
           id->len < UUID_SIZE ? id->len : UUID_SIZE - 1);
    return row;
}

/* RETURNING knows no order. */
static int by_due(const void *a, const void *b)
{
    const struct action_row *x = a;
    const struct action_row *y = b;

    if (x->run_at != y->run_at)
        return x->run_at < y->run_at ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static int take_work(struct store *store, void *ctx, struct err *err)
{
    struct taking *taking = ctx;

    db_rows_release(&taking->rows);
    return db_query(store->db, taking->which,
                    ARGS(arg_num((int64_t)taking->limit),
                         arg_num(taking->length), arg_num(taking->mine->term),
                         arg_num(LEASE_LONGEST)),
                    &taking->rows, err);
}

int store_actions_take(struct store *store, const struct lease *mine,
                       bool webhooks, size_t limit, int64_t length,
                       struct action_row **rows, size_t *count, struct err *err)
{
    struct taking taking = {
        .mine = mine,
        .which = webhooks ? SQL_TAKE_WEBHOOKS : SQL_TAKE_OTHERS,
        .limit = limit,
        .length = length,
    };
    struct action_row *list;

    if (guarded_tx(store, mine, take_work, &taking, err) < 0) {
        db_rows_release(&taking.rows);
        return err_wrap(err, "cannot take actions");
    }
    list = xcalloc(taking.rows.count + 1, sizeof(*list));
    for (size_t i = 0; i < taking.rows.count; i++)
        list[i] = row_of(&taking.rows, i);
    qsort(list, taking.rows.count, sizeof(*list), by_due);
    *rows = list;
    *count = taking.rows.count;
    db_rows_release(&taking.rows);
    return 0;
}

struct giving {
    const struct lease *mine;
    int64_t seq;
};

static int give_work(struct store *store, void *ctx, struct err *err)
{
    const struct giving *giving = ctx;

    return db_exec(store->db, SQL_ACTION_GIVE_BACK,
                   ARGS(arg_num(giving->seq), arg_num(giving->mine->term)),
                   err) < 0
               ? -1
               : 0;
}

int store_action_give_back(struct store *store, const struct lease *mine,
                           int64_t seq, struct err *err)
{
    struct giving giving = {.mine = mine, .seq = seq};

    if (guarded_tx(store, mine, give_work, &giving, err) < 0)
        return err_wrap(err, "cannot give an action back");
    return 0;
}

/* --- what came of it ------------------------------------------------------ */

struct ending {
    const struct lease *mine;
    const struct action_end *end;
};

static int log_end(struct store *store, const struct action_end *end,
                   struct err *err)
{
    const char *level = end->completed ? "info" : end->dead ? "error" : "warn";
    struct buf text = {0};
    int64_t changed;

    buf_str(&text, "");
    if (end->message)
        clean_text(&text, end->message, strlen(end->message));
    changed = db_exec(
        store->db, SQL_ACTION_LOG,
        ARGS(arg_num(end->seq), arg_text(level), arg_textn(text.data, text.len),
             arg_text(end->artifact_ref), arg_text(end->artifact_sha256)),
        err);
    buf_release(&text);
    return changed < 0 ? -1 : 0;
}

static int end_work(struct store *store, void *ctx, struct err *err)
{
    const struct ending *ending = ctx;
    const struct action_end *end = ending->end;
    const char *status = end->completed ? "completed"
                         : end->dead    ? "dead"
                                        : "retry";
    bool final = end->completed || end->dead;
    struct buf error = {0};
    int64_t changed;

    if (!end->completed && end->message)
        clean_text(&error, end->message, strlen(end->message));
    changed =
        db_exec(store->db, SQL_ACTION_END,
                ARGS(arg_num(end->seq), arg_num(ending->mine->term),
                     arg_text(status), arg_text(error.len ? error.data : NULL),
                     arg_num(end->retry_in), arg_num(final)),
                err);
    buf_release(&error);
    if (changed < 0)
        return -1;
    /* Behind the guard nobody else can have ended it but our lost COMMIT. */
    if (changed == 0 && store->fate_unknown)
        return 0;
    if (changed == 0)
        return err_set(err, ERR_LOST, "action %lld is not ours any more",
                       (long long)end->seq);
    return log_end(store, end, err);
}

int store_action_end(struct store *store, const struct lease *mine,
                     const struct action_end *end, struct err *err)
{
    struct ending ending = {.mine = mine, .end = end};

    if (guarded_tx(store, mine, end_work, &ending, err) < 0)
        return err_wrap(err, "cannot record the action");
    return 0;
}
