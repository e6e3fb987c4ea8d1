/*
 * The end of attempts: what happened to each, and what becomes of its task.
 *
 * The rows of a batch are read and locked first, so that everything can be
 * decided in C; the fence is then repeated in every statement that writes.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "store/cycle.h"
#include "store/store-private.h"
#include "store/webhook.h"

/* Columns of finish_facts. */
enum {
    FF_SEQ,
    FF_ATTEMPT,
    FF_AGENT_ID,
    FF_CANCEL,
    FF_SORT_AT,
    FF_FAILURES,
    FF_MAX_ATTEMPTS,
    FF_LOSSES,
    FF_MAX_LOSSES,
    FF_LEASE_OVER
};

/* One call of finish_all(). */
struct finishing {
    struct store *store;
    int64_t now;
    struct db_rows facts; /* in order of seq */
    bool *used;           /* facts whose attempt has ended in this batch */
    struct bulk bulk;
    int64_t *ended; /* tasks that are final now */
    size_t ended_count;
    int64_t *heard; /* those of them that may have a webhook */
    size_t heard_count;
    struct buf text;
};

/* --------------------------------------------------------------- sending */

static struct db_arg known(int64_t num)
{
    return arg_opt(num >= 0, num);
}

/* Text for the database in self->text, or NULL. */
static struct db_arg clean(struct finishing *self, const char *text, size_t len)
{
    if (!text)
        return arg_null();
    buf_reset(&self->text);
    clean_text(&self->text, text, len);
    return arg_textn(self->text.data, self->text.len);
}

static int put_attempt(struct finishing *self, const struct finish *finish,
                       struct err *err)
{
    char text[HASH_TEXT_SIZE];
    const char *sha256 =
        finish->result_sha256 || !finish->result
            ? finish->result_sha256
            : hash_text(finish->result, finish->result_len, text);
    int64_t size = finish->result_size;

    if (size <= 0)
        size = (int64_t)finish->result_len;
    return bulk_put(&self->bulk, SQL_FINISH_ATTEMPT,
                    ARGS(arg_num(finish->seq), arg_num(finish->attempt),
                         arg_text(finish->agent_id),
                         arg_text(task_outcome_name(finish->outcome)),
                         known(finish->exit_status),
                         arg_opt(finish->term_signal > 0, finish->term_signal),
                         arg_opt(finish->started, self->now - finish->elapsed),
                         arg_num(self->now), known(finish->user_time),
                         known(finish->system_time), known(finish->max_rss),
                         arg_blob(finish->result, finish->result_len),
                         arg_text(!finish->result          ? NULL
                                  : finish->result_is_json ? "json"
                                                           : "bytes"),
                         arg_opt(finish->result != NULL, size),
                         arg_text(finish->result_artifact), arg_text(sha256),
                         clean(self, finish->error,
                               finish->error ? strlen(finish->error) : 0),
                         arg_text(finish->model),
                         arg_opt(finish->model != NULL, finish->tokens_in),
                         arg_opt(finish->model != NULL, finish->tokens_out),
                         arg_opt(finish->model != NULL, finish->cost)),
                    err);
}

static int put_task(struct finishing *self, const struct finish *finish,
                    const struct verdict *verdict, struct err *err)
{
    return bulk_put(&self->bulk, SQL_FINISH_TASK,
                    ARGS(arg_num(finish->seq), arg_num(finish->attempt),
                         arg_text(finish->agent_id),
                         arg_text(task_status_name(verdict->status)),
                         arg_text(verdict->reason), arg_num(verdict->failures),
                         arg_num(verdict->losses),
                         arg_opt(verdict->run_at != 0, verdict->run_at),
                         arg_opt(task_final(verdict->status), self->now),
                         arg_num(self->now)),
                    err);
}

/* ----------------------------------------------------------------- batch */

static int read_facts(struct finishing *self, const struct finish *finishes,
                      size_t count, struct err *err)
{
    struct buf list = {0};
    size_t i;
    int ret;

    buf_byte(&list, '[');
    for (i = 0; i < count; i++) {
        if (i)
            buf_byte(&list, ',');
        buf_num(&list, finishes[i].seq);
    }
    buf_byte(&list, ']');
    ret = db_query(self->store->db, SQL_FINISH_FACTS,
                   ARGS(arg_textn(list.data, list.len)), &self->facts, err);
    buf_release(&list);
    return ret;
}

/* Does the fence hold?  Then *row has the facts. */
static bool holds(const struct finishing *self, const struct finish *finish,
                  size_t *row)
{
    size_t low = 0;
    size_t high = self->facts.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (db_num(&self->facts, middle, FF_SEQ) < finish->seq)
            low = middle + 1;
        else
            high = middle;
    }
    *row = low;
    return low < self->facts.count &&
           db_num(&self->facts, low, FF_SEQ) == finish->seq &&
           db_num(&self->facts, low, FF_ATTEMPT) == finish->attempt &&
           strcmp(db_text(&self->facts, low, FF_AGENT_ID), finish->agent_id) ==
               0 &&
           (!finish->only_if_lease_over ||
            db_num(&self->facts, low, FF_LEASE_OVER)) &&
           !self->used[low];
}

static struct task_facts facts_of(const struct db_rows *rows, size_t row)
{
    return (struct task_facts){
        .cancel_requested = db_num(rows, row, FF_CANCEL) != 0,
        .failures = (int)db_num(rows, row, FF_FAILURES),
        .max_attempts = (int)db_num(rows, row, FF_MAX_ATTEMPTS),
        .losses = (int)db_num(rows, row, FF_LOSSES),
        .max_losses = (int)db_num(rows, row, FF_MAX_LOSSES),
    };
}

static int finish_one(struct finishing *self, struct finish *finish,
                      struct err *err)
{
    struct task_facts facts;
    struct verdict verdict;
    size_t row;

    finish->lost = !holds(self, finish, &row);
    if (finish->lost)
        return 0;
    self->used[row] = true;
    facts = facts_of(&self->facts, row);
    if (finish_judge(&self->store->policy, finish, &facts, self->now, &verdict,
                     err) < 0 ||
        put_attempt(self, finish, err) < 0 ||
        logs_put(&self->bulk, finish, self->now, err) < 0 ||
        put_task(self, finish, &verdict, err) < 0)
        return -1;
    finish->status = verdict.status;
    finish->sort_at = db_num(&self->facts, row, FF_SORT_AT);
    if (!task_final(verdict.status))
        return 0;
    self->ended[self->ended_count++] = finish->seq;
    if (!finish->no_webhook)
        self->heard[self->heard_count++] = finish->seq;
    return 0;
}

/* What comes with a completion. */
static int add_rest(struct store *store, const struct finish *finishes,
                    size_t count, int64_t now, struct err *err)
{
    size_t i;
    int ret = 0;

    for (i = 0; ret == 0 && i < count; i++) {
        const struct finish *finish = &finishes[i];

        if (finish->lost || finish->status != TASK_COMPLETED)
            continue;
        if (finish->task_count > 0)
            ret = follow_ups(store, finish, now, err);
        if (ret == 0 && finish->action_count > 0)
            ret = effects_add(store, finish, err);
        if (ret == 0 && finish->turn)
            ret = session_add(store, finish, now, err);
    }
    return ret;
}

int finish_all(struct store *store, struct finish *finishes, size_t count,
               int64_t now, struct err *err)
{
    static const enum sql parts[] = {SQL_FINISH_ATTEMPT, SQL_LOG_RUNNING,
                                     SQL_FINISH_TASK};
    struct finishing self = {.store = store, .now = now};
    int ret = read_facts(&self, finishes, count, err);
    size_t i;

    self.used = xcalloc(self.facts.count + 1, sizeof(*self.used));
    bulk_open(&self.bulk, store->db, parts, LENGTH(parts));
    self.ended = xcalloc(count, sizeof(*self.ended));
    self.heard = xcalloc(count, sizeof(*self.heard));
    for (i = 0; ret == 0 && i < count; i++)
        ret = finish_one(&self, &finishes[i], err);
    if (ret == 0)
        ret = bulk_flush(&self.bulk, err);
    if (ret == 0)
        ret = add_rest(store, finishes, count, now, err);
    if (ret == 0)
        ret = webhooks_add(store, self.heard, self.heard_count, err);
    if (ret == 0)
        ret = settle_children(store, self.ended, self.ended_count, now,
                              &store->ready, err);
    db_rows_release(&self.facts);
    buf_release(&self.text);
    free(self.ended);
    free(self.heard);
    bulk_close(&self.bulk);
    free(self.used);
    return ret;
}
