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

void claim_release(struct claim *claim)
{
    free(claim->description);
    free(claim->payload);
    free(claim->metadata);
    free(claim->idempotency_key);
    free(claim->correlation_id);
    free(claim->workflow_id);
    free(claim->parent_id);
    free(claim->session_id);
    free(claim->agent_type);
    free(claim->webhook);
    free(claim->model);
    free(claim->llm_endpoint);
    free(claim->privacy);
    free(claim->output_schema);
    *claim = (struct claim){0};
}

void claim_list_release(struct claim_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        claim_release(&list->items[i]);
    free(list->items);
    *list = (struct claim_list){0};
}

/* ---------------------------------------------------------------- taking */

static int64_t num_or(const struct db_rows *rows, size_t row, size_t column,
                      int64_t absent)
{
    return db_null(rows, row, column) ? absent : db_num(rows, row, column);
}

static char *copy_text(const struct db_rows *rows, size_t row, size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);

    return cell->kind == DB_NULL ? NULL : xmemdup0(cell->data, cell->len);
}

static void copy_word(char *to, size_t size, const struct db_rows *rows,
                      size_t row, size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);
    size_t len = cell->len < size ? cell->len : size - 1;

    memcpy(to, cell->data, len);
    to[len] = '\0';
}

/* A row of claim_take. */
static void add_claim(struct claim_list *out, const struct db_rows *rows,
                      size_t row)
{
    struct claim *claim;

    out->items = xgrow(out->items, out->count, &out->cap, sizeof(*out->items));
    claim = &out->items[out->count++];
    *claim = (struct claim){
        .seq = db_num(rows, row, 0),
        .priority = (int)db_num(rows, row, 3),
        .attempt = (int)db_num(rows, row, 4),
        .failures = (int)db_num(rows, row, 5),
        .max_attempts = (int)db_num(rows, row, 6),
        .losses = (int)db_num(rows, row, 7),
        .max_losses = (int)db_num(rows, row, 8),
        .sort_at = db_num(rows, row, 9),
        .created_at = db_num(rows, row, 10),
        .claimed_at = db_num(rows, row, 11),
        .workflow_id = copy_text(rows, row, 12),
    };
    copy_word(claim->task_id, sizeof(claim->task_id), rows, row, 1);
    copy_word(claim->task_type, sizeof(claim->task_type), rows, row, 2);
}

/* A row of claim_bodies. */
static void add_body(struct claim *claim, const struct db_rows *rows,
                     size_t row)
{
    const struct db_cell *payload = db_cell(rows, row, 2);
    const char *format = db_text(rows, row, 3);

    claim->description = copy_text(rows, row, 1);
    claim->payload = copy_text(rows, row, 2);
    claim->payload_len = payload->kind == DB_NULL ? 0 : payload->len;
    claim->payload_is_json = format && strcmp(format, "json") == 0;
    claim->metadata = copy_text(rows, row, 4);
    claim->idempotency_key = copy_text(rows, row, 5);
    claim->correlation_id = copy_text(rows, row, 6);
    claim->parent_id = copy_text(rows, row, 7);
    claim->session_id = copy_text(rows, row, 8);
    claim->agent_type = copy_text(rows, row, 9);
    claim->timeout = db_num(rows, row, 10);
    claim->webhook = copy_text(rows, row, 11);
    claim->model = copy_text(rows, row, 12);
    claim->llm_endpoint = copy_text(rows, row, 13);
    claim->privacy = copy_text(rows, row, 14);
    claim->output_schema = copy_text(rows, row, 15);
    claim->budget = num_or(rows, row, 16, -1);
}

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
            add_body(&claims[i], &rows, row++);
    if (row < count)
        err_set(err, ERR_BUG, "a claimed task has no body");
    db_rows_release(&rows);
    qsort(claims, count, sizeof(*claims), by_order);
    return row < count ? -1 : 0;
}

/* Cancel those of self->seqs that waited too long; *expired: how many. */
static int expire(struct claiming *self, size_t *expired, struct err *err)
{
    struct db_rows rows = {0};
    int64_t *seqs;
    size_t i;
    int ret = 0;

    if (db_query(self->store->db, SQL_CLAIM_EXPIRE,
                 ARGS(arg_textn(self->seqs.data, self->seqs.len),
                      arg_num(self->now)),
                 &rows, err) < 0)
        return -1;
    *expired = rows.count;
    if (rows.count > 0) {
        seqs = xcalloc(rows.count, sizeof(*seqs));
        for (i = 0; i < rows.count; i++)
            seqs[i] = db_num(&rows, i, 0);
        ret = store_settle(self->store, seqs, rows.count, self->now, NULL, err);
        free(seqs);
    }
    db_rows_release(&rows);
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
        add_claim(self->out, &rows, i);
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
    buf_release(&self.seqs);
    buf_release(&self.types);
    return ret;
}
