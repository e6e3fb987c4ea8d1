/*
 * Time passes: due tasks become pending, expired ones are cancelled, and
 * blocked ones are judged again where a cascade was cut short.
 *
 * Idle workers ask once a second, so the question is a read that takes no
 * lock; a transaction is opened only when there is something to change.
 * Blocked tasks are looked at a page a call, round and round.
 */
#include "config.h"

#include <stdlib.h>

#include "core/failpoint.h"
#include "core/mem.h"
#include "store/agents.h"
#include "store/store-private.h"

struct promotion {
    size_t limit;
    struct ready_list *ready;
    size_t had; /* of ready, before this call */
    bool due, expired;
    int64_t *blocked; /* to be judged */
    size_t blocked_count;
    bool page_full;
    bool more;
};

static int look(struct store *store, struct promotion *self, struct err *err)
{
    struct db_rows rows = {0};
    size_t i;

    if (store_query(store, SQL_PROMOTE_PROBE, NULL, 0, &rows, err) < 0)
        return -1;
    self->due = db_num(&rows, 0, 0) != 0;
    self->expired = db_num(&rows, 0, 1) != 0;
    db_rows_release(&rows);
    if (store_query(store, SQL_PROMOTE_BLOCKED,
                    ARGS(arg_num(store->judged), arg_num((int64_t)self->limit)),
                    &rows, err) < 0)
        return -1;
    self->page_full = rows.count == self->limit;
    store->judged = self->page_full ? db_num(&rows, rows.count - 1, 0) : 0;
    self->blocked = xcalloc(rows.count + 1, sizeof(*self->blocked));
    for (i = 0; i < rows.count; i++)
        if (db_num(&rows, i, 1))
            self->blocked[self->blocked_count++] = db_num(&rows, i, 0);
    db_rows_release(&rows);
    return 0;
}

static int expire(struct store *store, struct promotion *self, int64_t now,
                  struct err *err)
{
    struct db_rows rows = {0};
    int64_t *seqs;
    size_t count;
    int ret;

    if (db_query(store->db, SQL_PROMOTE_EXPIRED,
                 ARGS(arg_num(now), arg_num((int64_t)self->limit)), &rows,
                 err) < 0)
        return -1;
    self->more |= rows.count == self->limit;
    seqs = seqs_of(&rows, &count);
    db_rows_release(&rows);
    ret = store_settle(store, seqs, count, now, self->ready, err);
    free(seqs);
    return ret;
}

static int promote_due(struct store *store, struct promotion *self, int64_t now,
                       struct err *err)
{
    struct db_rows rows = {0};
    size_t i;

    if (db_query(store->db, SQL_PROMOTE_DUE,
                 ARGS(arg_num(now), arg_num((int64_t)self->limit)), &rows,
                 err) < 0)
        return -1;
    self->more |= rows.count == self->limit;
    for (i = 0; self->ready && i < rows.count; i++)
        ready_list_add(self->ready, db_num(&rows, i, 0), db_num(&rows, i, 1),
                       db_text(&rows, i, 2));
    db_rows_release(&rows);
    return 0;
}

static int judge_blocked(struct store *store, struct promotion *self,
                         int64_t now, struct err *err)
{
    struct buf list = {0};
    int ret;

    list_seqs(&list, self->blocked, self->blocked_count);
    ret = db_exec(store->db, SQL_REFRESH_EDGES,
                  ARGS(arg_textn(list.data, list.len)), err) < 0
              ? -1
              : 0;
    buf_release(&list);
    if (ret == 0)
        ret = store_judge(store, self->blocked, self->blocked_count, now,
                          self->ready, err);
    self->more |= self->page_full;
    return ret;
}

static int promote_work(struct store *store, void *ctx, struct err *err)
{
    struct promotion *self = ctx;
    int64_t now;

    if (self->ready)
        self->ready->count = self->had;
    self->more = false;
    if (tx_now(store, &now, err) < 0 ||
        (self->expired && expire(store, self, now, err) < 0) ||
        (self->due && promote_due(store, self, now, err) < 0) ||
        (self->blocked_count > 0 && judge_blocked(store, self, now, err) < 0))
        return -1;
    FAILPOINT("promote.worked");
    return self->more;
}

int store_promote(struct store *store, size_t limit, struct ready_list *ready,
                  struct err *err)
{
    struct promotion self = {.limit = limit, .ready = ready};
    int ret;

    self.had = ready ? ready->count : 0;
    ret = look(store, &self, err);
    if (ret == 0 && (self.due || self.expired || self.blocked_count > 0))
        ret = store_tx(store, promote_work, &self, err);
    if (ret < 0 && ready)
        ready->count = self.had;
    free(self.blocked);
    return ret;
}

int store_pending_page(struct store *store, int64_t after, size_t limit,
                       struct ready_list *page, struct err *err)
{
    struct db_rows rows = {0};
    size_t i;

    if (store_query(store, SQL_PENDING_PAGE,
                    ARGS(arg_num(after), arg_num((int64_t)limit)), &rows,
                    err) < 0)
        return -1;
    for (i = 0; i < rows.count; i++)
        ready_list_add(page, db_num(&rows, i, 0), db_num(&rows, i, 1),
                       db_text(&rows, i, 2));
    db_rows_release(&rows);
    return 0;
}
