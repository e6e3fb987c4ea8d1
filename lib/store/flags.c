/*
 * flags.c - the operator's switches: one row, one line in the audit a change
 */
#include "config.h"

#include "store/flags.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "store/audit.h"
#include "store/store-private.h"

/* Columns of flags_read and flags_lock. */
enum {
    FL_PAUSED_IN,
    FL_PAUSED_OUT,
    FL_KILLED,
    FL_PROOF_MODE,
    FL_PAUSED_TYPES,
    FL_UPDATED_AT,
    FL_UPDATED_BY,
    FL_REASON
};

struct change {
    enum flag_verb verb;
    const char *type;
    const char *actor, *reason; /* as they may be stored */
    struct flags flags;         /* of this try */
    struct audit_head head;     /* of the last try, which may be committed */
};

void flags_release(struct flags *flags)
{
    free(flags->paused_types);
    free(flags->updated_by);
    free(flags->reason);
    *flags = (struct flags){0};
}

static int fill(struct flags *flags, const struct db_rows *rows,
                struct err *err)
{
    if (rows->count == 0)
        return err_set(err, ERR_CONFIG, "the table control_flags is empty");
    *flags = (struct flags){
        .paused_in = db_num(rows, 0, FL_PAUSED_IN) != 0,
        .paused_out = db_num(rows, 0, FL_PAUSED_OUT) != 0,
        .killed = db_num(rows, 0, FL_KILLED) != 0,
        .proof_mode = db_num(rows, 0, FL_PROOF_MODE) != 0,
        .paused_types = xstrdup_null(db_text(rows, 0, FL_PAUSED_TYPES)),
        .updated_at = db_num(rows, 0, FL_UPDATED_AT),
        .updated_by = xstrdup_null(db_text(rows, 0, FL_UPDATED_BY)),
        .reason = xstrdup_null(db_text(rows, 0, FL_REASON)),
    };
    return 0;
}

int store_flags(struct store *store, struct flags *flags, struct err *err)
{
    struct db_rows rows = {0};
    int ret = store_query(store, SQL_FLAGS_READ, NULL, 0, &rows, err);

    if (ret == 0)
        ret = fill(flags, &rows, err);
    db_rows_release(&rows);
    return ret < 0 ? err_wrap(err, "cannot read the flags") : 0;
}

const char *flag_verb_name(enum flag_verb verb)
{
    static const char *const names[] = {
        [FLAG_PAUSE_IN] = "pause_in", [FLAG_PAUSE_OUT] = "pause_out",
        [FLAG_PAUSE] = "pause",       [FLAG_PAUSE_TYPE] = "pause_type",
        [FLAG_RESUME] = "resume",     [FLAG_KILL] = "kill",
        [FLAG_REVIVE] = "revive",     [FLAG_PROOF] = "proof",
        [FLAG_REAL] = "real",
    };

    return names[verb];
}

/* --- changing ------------------------------------------------------------- */

static bool turn(bool *flag, bool on)
{
    bool changed = *flag != on;

    *flag = on;
    return changed;
}

/* The list with the type, or without it; NULL when it is empty. */
static bool change_types(char **types, const char *type, bool pause)
{
    struct json_walk walk = {0};
    struct json_slice entry;
    struct buf list = {0};
    struct err bad = {0};
    bool had = false;
    size_t count = 0;

    buf_byte(&list, '[');
    if (*types && json_check(*types, strlen(*types), &walk.within, &bad) == 0 &&
        walk.within.type == JSON_ARRAY)
        while (json_next(&walk, NULL, &entry)) {
            bool same = entry.type == JSON_STRING && json_equals(&entry, type);

            had |= same;
            if (same && !pause)
                continue;
            buf_str(&list, count++ ? "," : "");
            buf_put(&list, entry.data, entry.len);
        }
    if (pause && !had) {
        buf_str(&list, count++ ? "," : "");
        buf_json_safe(&list, type, strlen(type));
    }
    buf_byte(&list, ']');
    free(*types);
    *types = count ? buf_detach(&list) : NULL;
    buf_release(&list);
    return had != pause;
}

static bool resume_all(struct flags *flags)
{
    bool changed = turn(&flags->paused_in, false);

    changed |= turn(&flags->paused_out, false);
    changed |= flags->paused_types != NULL;
    free(flags->paused_types);
    flags->paused_types = NULL;
    return changed;
}

static bool apply(struct flags *flags, enum flag_verb verb, const char *type)
{
    bool changed;

    switch (verb) {
    case FLAG_PAUSE_IN:
        return turn(&flags->paused_in, true);
    case FLAG_PAUSE_OUT:
        return turn(&flags->paused_out, true);
    case FLAG_PAUSE:
        changed = turn(&flags->paused_in, true);
        return turn(&flags->paused_out, true) || changed;
    case FLAG_PAUSE_TYPE:
        return change_types(&flags->paused_types, type, true);
    case FLAG_RESUME:
        return type ? change_types(&flags->paused_types, type, false)
                    : resume_all(flags);
    case FLAG_KILL:
        return turn(&flags->killed, true);
    case FLAG_REVIVE:
        return turn(&flags->killed, false);
    case FLAG_PROOF:
        return turn(&flags->proof_mode, true);
    case FLAG_REAL:
        return turn(&flags->proof_mode, false);
    }
    return false;
}

static int append(struct store *store, struct change *change, struct err *err)
{
    struct buf detail = {0};
    struct audit_entry entry = {
        .actor = change->actor,
        .verb = flag_verb_name(change->verb),
        .count = 1,
        .reason = change->reason,
    };
    int ret;

    if (change->type) {
        buf_str(&detail, "{\"type\":");
        buf_json_safe(&detail, change->type, strlen(change->type));
        buf_byte(&detail, '}');
        entry.detail = detail.data;
    }
    ret = audit_append_head(store, &entry, &change->head, err);
    buf_release(&detail);
    return ret;
}

static int write_flags(struct store *store, const struct change *change,
                       struct err *err)
{
    const struct flags *flags = &change->flags;

    return db_exec(store->db, SQL_FLAGS_WRITE,
                   ARGS(arg_num(flags->paused_in), arg_num(flags->paused_out),
                        arg_num(flags->killed), arg_num(flags->proof_mode),
                        arg_text(flags->paused_types), arg_text(change->actor),
                        arg_text(change->reason)),
                   err) < 0
               ? -1
               : 0;
}

static int work(struct store *store, void *ctx, struct err *err)
{
    struct change *change = ctx;
    struct db_rows rows = {0};
    int ret;

    if (store->fate_unknown && change->head.seq > 0) {
        ret = audit_has(store, &change->head, err);
        if (ret != 0)
            return ret;
    }
    change->head = (struct audit_head){0};
    flags_release(&change->flags);
    ret = db_query(store->db, SQL_FLAGS_LOCK, NULL, 0, &rows, err);
    if (ret == 0)
        ret = fill(&change->flags, &rows, err);
    db_rows_release(&rows);
    if (ret < 0)
        return -1;
    if (!apply(&change->flags, change->verb, change->type))
        return 0;
    if (write_flags(store, change, err) < 0 || append(store, change, err) < 0)
        return -1;
    return 1;
}

int store_flag_set(struct store *store, enum flag_verb verb, const char *type,
                   const char *actor, const char *reason, struct err *err)
{
    char *clean_actor = stored_text(actor);
    char *clean_reason = stored_text(reason);
    struct change change = {
        .verb = verb,
        .type = verb == FLAG_PAUSE_TYPE || verb == FLAG_RESUME ? type : NULL,
        .actor = clean_actor ? clean_actor : "unknown",
        .reason = clean_reason,
    };
    int ret;

    if (verb == FLAG_PAUSE_TYPE && !type)
        ret = err_set(err, ERR_BUG, "no type is named");
    else
        ret = store_tx(store, work, &change, err);
    if (ret < 0)
        err_wrap(err, "cannot change the flags");
    else if (ret > 0)
        log_info("audit_appended", log_num("seq", change.head.seq),
                 log_text("verb", flag_verb_name(verb)), log_num("count", 1),
                 log_text("hash", change.head.hash));
    flags_release(&change.flags);
    free(clean_actor);
    free(clean_reason);
    return ret;
}
