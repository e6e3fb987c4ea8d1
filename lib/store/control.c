/*
 * control.c - the operator's verbs: one transaction, one line in the audit
 *
 * The tasks are locked and read, each is judged by the rules of task.h,
 * then all updates go out together with the line in the audit.  When
 * nobody knows whether the commit happened, that line tells.
 */
#include "config.h"

#include "store/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "store/control-private.h"

const char *control_verb_name(enum control_verb verb)
{
    static const char *const names[] = {
        [CONTROL_CANCEL] = "cancel",   [CONTROL_HOLD] = "hold",
        [CONTROL_RELEASE] = "release", [CONTROL_PRIORITY] = "priority",
        [CONTROL_REQUEUE] = "requeue",
    };

    return names[verb];
}

static int append(struct store *store, struct control *c, struct err *err)
{
    char digest[HASH_TEXT_SIZE];
    char detail[32] = "";
    struct audit_entry entry = {
        .actor = c->order->actor,
        .verb = control_verb_name(c->order->verb),
        .count = c->written,
        .ids_sha256 = digest,
        .reason = c->order->reason,
    };

    hash_close(c->ids, digest);
    c->ids = NULL;
    if (c->order->verb == CONTROL_PRIORITY) {
        snprintf(detail, sizeof(detail), "{\"priority\":%d}",
                 c->order->priority);
        entry.detail = detail;
    }
    return audit_append_head(store, &entry, &c->head, err);
}

static int collect(struct store *store, struct control *c, struct err *err)
{
    int64_t *changed = xcalloc(c->sent + 1, sizeof(*changed));
    int ret = db_collect(store->db, changed, c->sent, err);

    for (size_t i = 0; ret == 0 && i < c->sent; i++)
        if (changed[i] != 1)
            ret = err_set(err, ERR_BUG, "a locked task has changed");
    free(changed);
    return ret;
}

static void forget(struct control *c)
{
    free(c->found);
    free(c->cancelled);
    if (c->ids) {
        char unused[HASH_TEXT_SIZE];

        hash_close(c->ids, unused);
    }
    c->found = NULL;
    c->found_count = 0;
    c->cancelled = NULL;
    c->cancelled_count = 0;
    c->ids = NULL;
    c->sent = 0;
    c->written = 0;
}

static int work(struct store *store, void *ctx, struct err *err)
{
    struct control *c = ctx;

    if (store->fate_unknown && c->head.seq > 0) {
        int stored = audit_has(store, &c->head, err);

        if (stored != 0)
            return stored < 0 ? -1 : 0;
    }
    forget(c);
    store->ready.count = 0;
    c->head = (struct audit_head){0};
    c->ids = hash_open();
    c->cancelled = xcalloc(c->count + 1, sizeof(*c->cancelled));
    if (tx_now(store, &c->now, err) < 0 || control_read(store, c, err) < 0 ||
        control_change(store, c, err) < 0 || collect(store, c, err) < 0)
        return -1;
    if (c->cancelled_count > 0 &&
        store_settle(store, c->cancelled, c->cancelled_count, c->now,
                     &store->ready, err) < 0)
        return -1;
    if (c->written > 0 && append(store, c, err) < 0)
        return -1;
    /* What fails is rolled back, and so is a rehearsal. */
    c->done = c->order->dry_run;
    return c->order->dry_run ? -1 : 0;
}

static char *message_text(const char *actor, const char *reason)
{
    cJSON *tree = cJSON_CreateObject();
    struct buf text = {0};

    json_add_text(tree, "actor", actor);
    json_add_text(tree, "reason", reason);
    json_print(tree, false, &text);
    cJSON_Delete(tree);
    return buf_detach(&text);
}

int store_control(struct store *store, const struct control_order *order,
                  struct control_item *items, size_t count, struct err *err)
{
    const char *name = control_verb_name(order->verb);
    char *actor = stored_text(order->actor);
    char *reason = stored_text(order->reason);
    char *message = message_text(actor, reason);
    struct control_order clean = *order;
    struct control c = {
        .order = &clean, .items = items, .count = count, .message = message};
    int ret;

    clean.actor = actor ? actor : "unknown";
    clean.reason = reason;
    if (count > CONTROL_MAX)
        ret = err_set(err, ERR_BUG, "%zu tasks in one batch", count);
    else
        ret = store_tx(store, work, &c, err);
    if (ret < 0)
        store->ready.count = 0;
    if (ret < 0 && c.done) {
        err_clear(err);
        ret = 0;
    } else if (ret < 0) {
        err_wrap(err, "cannot %s tasks", name);
    } else if (c.head.seq > 0) {
        log_info("audit_appended", log_num("seq", c.head.seq),
                 log_text("verb", name), log_num("count", c.written),
                 log_text("hash", c.head.hash));
    }
    forget(&c);
    free(actor);
    free(reason);
    free(message);
    return ret;
}
