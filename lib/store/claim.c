/*
 * Claiming: candidates from the queue first, then what the picks say.
 *
 * Either offers only candidates: one UPDATE that tests the state again
 * makes them ours.  Tasks that expired while they waited are cancelled on
 * the way.
 */
#include "config.h"

#include "store/claim.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/cycle.h"
#include "store/store-private.h"

enum { PICK_ROUNDS = 8, PICK_MAX = 1024 };

/* One call of claim_some(). */
struct claiming {
    struct store *store;
    const struct claim_request *request;
    int64_t now;
    struct claim_list *out;
    size_t had;
    struct buf seqs;  /* JSON list for the next statements */
    struct buf types; /* likewise, of the request */
};

/* ---------------------------------------------------------------- taking */

static int by_seq(const void *a, const void *b)
{
    const struct claim *x = a;
    const struct claim *y = b;

    return (x->seq > y->seq) - (x->seq < y->seq);
}

static int by_order(const void *a, const void *b)
{
    const struct claim *x = a;
    const struct claim *y = b;

    if (x->sort_at != y->sort_at)
        return x->sort_at < y->sort_at ? -1 : 1;
    return by_seq(a, b);
}

/* Bodies of what was claimed: both lists in order of seq, then merged. */
static int read_bodies(struct claiming *self, struct err *err)
{
    struct claim *claims = self->out->items + self->had;
    size_t count = self->out->count - self->had;
    struct db_rows rows = {0};
    size_t row = 0;
    size_t i;

    qsort(claims, count, sizeof(*claims), by_seq);
    buf_reset(&self->seqs);
    buf_byte(&self->seqs, '[');
    for (i = 0; i < count; i++) {
        if (i)
            buf_byte(&self->seqs, ',');
        buf_num(&self->seqs, claims[i].seq);
    }
    buf_byte(&self->seqs, ']');
    if (db_query(self->store->db, SQL_CLAIM_BODIES,
                 ARGS(arg_textn(self->seqs.data, self->seqs.len)), &rows,
                 err) < 0)
        return -1;
    for (i = 0; i < count && row < rows.count; i++)
        if (db_num(&rows, row, 0) == claims[i].seq)
            claim_body(&claims[i], &rows, row++);
    if (row < count)
        err_set(err, ERR_BUG, "a claimed task has no body");
    db_rows_release(&rows);
    qsort(claims, count, sizeof(*claims), by_order);
    return row < count ? -1 : 0;
}

/* The results of their parents go over to us: that is written down. */
static int hand_over(struct claiming *self, struct err *err)
{
    const struct claim *claims = self->out->items + self->had;
    size_t count = self->out->count - self->had;
    size_t i;

    buf_reset(&self->seqs);
    for (i = 0; i < count; i++) {
        if (!claims[i].has_parents)
            continue;
        buf_byte(&self->seqs, self->seqs.len ? ',' : '[');
        buf_num(&self->seqs, claims[i].seq);
    }
    if (self->seqs.len == 0)
        return 0;
    buf_byte(&self->seqs, ']');
    return db_exec(self->store->db, SQL_HAND_OVER,
                   ARGS(arg_textn(self->seqs.data, self->seqs.len),
                        arg_num(self->now)),
                   err) < 0
               ? -1
               : 0;
}

/* Cancel those of self->seqs that waited too long; *expired: how many. */
static int expire(struct claiming *self, size_t *expired, struct err *err)
{
    struct db_rows rows = {0};
    int64_t *seqs;
    int ret;

    if (db_query(self->store->db, SQL_CLAIM_EXPIRE,
                 ARGS(arg_textn(self->seqs.data, self->seqs.len),
                      arg_num(self->now)),
                 &rows, err) < 0)
        return -1;
    seqs = seqs_of(&rows, expired);
    db_rows_release(&rows);
    ret = store_settle(self->store, seqs, *expired, self->now,
                       &self->store->ready, err);
    free(seqs);
    return ret;
}

/* Take what can be taken of these, cancel what has expired. */
static int take(struct claiming *self, const int64_t *seqs, size_t count,
                size_t *expired, struct err *err)
{
    const struct claim_request *request = self->request;
    struct db_arg types =
        list_types(&self->types, request->types, request->type_count);
    struct db_rows rows = {0};
    size_t taken;
    size_t i;

    *expired = 0;
    buf_reset(&self->seqs);
    list_seqs(&self->seqs, seqs, count);
    if (db_query(self->store->db, SQL_CLAIM_TAKE,
                 ARGS(arg_textn(self->seqs.data, self->seqs.len),
                      arg_text(request->agent_id), arg_num(request->lease),
                      arg_num(self->now), types),
                 &rows, err) < 0)
        return -1;
    taken = rows.count;
    for (i = 0; i < taken; i++)
        claim_add(self->out, &rows, i);
    db_rows_release(&rows);
    return taken < count ? expire(self, expired, err) : 0;
}

/* --------------------------------------------------------------- filling */

static size_t room(const struct claiming *self)
{
    return self->request->max - (self->out->count - self->had);
}

/* The best that are alive, as many as there is room for, and every expired
 * one before them; returns how many. */
static size_t choose(const struct picks *picks, size_t want, int64_t *seqs)
{
    size_t n = 0;
    size_t i;

    for (i = 0; i < picks->count && (want > 0 || picks->items[i].expired);
         i++) {
        seqs[n++] = picks->items[i].seq;
        want -= !picks->items[i].expired;
    }
    return n;
}

/*
 * Normally one round.  Expired tasks at the head are cancelled and make the
 * next round look further; what is behind a thousand of them must wait.
 */
static int fill_up(struct claiming *self, struct err *err)
{
    struct picks picks = {0};
    size_t limit = room(self);
    int64_t *seqs = NULL;
    size_t expired;
    int ret = 0;
    int round;

    for (round = 0; ret == 0 && round < PICK_ROUNDS && room(self) > 0;
         round++) {
        ret =
            pick_all(self->store, self->request, self->now, limit, &picks, err);
        if (ret < 0 || picks.count == 0)
            break;
        seqs = xrealloc(seqs, picks.count, sizeof(*seqs));
        ret = take(self, seqs, choose(&picks, room(self), seqs), &expired, err);
        if (ret < 0 || expired == 0)
            break;
        limit = limit < PICK_MAX / 4 ? limit * 4 : limit;
    }
    free(seqs);
    free(picks.items);
    return ret;
}

int claim_some(struct store *store, const struct claim_request *request,
               int64_t now, struct claim_list *out, struct err *err)
{
    struct claiming self = {.store = store,
                            .request = request,
                            .now = now,
                            .out = out,
                            .had = out->count};
    size_t tried = 0;
    size_t expired;
    int ret = 0;

    while (ret == 0 && tried < request->seq_count && room(&self) > 0) {
        size_t n = request->seq_count - tried;

        if (n > room(&self))
            n = room(&self);
        ret = take(&self, request->seqs + tried, n, &expired, err);
        tried += n;
    }
    if (ret == 0 && request->sql_too && room(&self) > 0)
        ret = fill_up(&self, err);
    if (ret == 0 && out->count > self.had)
        ret = read_bodies(&self, err);
    if (ret == 0 && out->count > self.had)
        ret = hand_over(&self, err);
    buf_release(&self.seqs);
    buf_release(&self.types);
    return ret;
}
