/*
 * load.c - what a load generator asks the store, and what it writes
 */
#include "config.h"

#include "store/load.h"

#include <stdlib.h>

#include "core/mem.h"
#include "store/store-private.h"
#include "store/totals.h"
#include "task/simulation.h"

/* --- questions ------------------------------------------------------------ */

int load_others(struct store *store, const char *const *types, size_t count,
                struct load_others *others, struct err *err)
{
    struct db_rows rows = {0};
    struct buf list = {0};
    int ret;

    list_texts(&list, types, count);
    ret = store_query(
        store, SQL_LOAD_OTHERS,
        ARGS(arg_text(SIMULATION_MARK "%"), arg_textn(list.data, list.len)),
        &rows, err);
    buf_release(&list);
    if (ret < 0)
        return err_wrap(err, "cannot see what the database holds");
    *others = (struct load_others){
        .any = db_num(&rows, 0, 0) != 0,
        .live = db_num(&rows, 0, 1),
        .of_types = db_num(&rows, 0, 2),
        .own = db_num(&rows, 0, 3),
        .agents = db_num(&rows, 0, 4),
    };
    db_rows_release(&rows);
    return 0;
}

int load_ended(struct store *store, const int64_t *seqs, size_t count,
               struct db_rows *rows, struct err *err)
{
    struct buf list = {0};
    int ret;

    list_seqs(&list, seqs, count);
    ret = store_query(store, SQL_LOAD_ENDED,
                      ARGS(arg_textn(list.data, list.len)), rows, err);
    buf_release(&list);
    return ret < 0 ? err_wrap(err, "cannot see which tasks have ended") : 0;
}

int load_window(struct store *store, int64_t window, size_t limit,
                struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_LOAD_WINDOW,
                    ARGS(arg_num(window), arg_num((int64_t)limit)), rows,
                    err) < 0)
        return err_wrap(err, "cannot read attempts");
    return 0;
}

int load_bytes(struct store *store, int64_t *bytes, struct err *err)
{
    struct db_rows rows = {0};

    if (store_query(store, SQL_LOAD_BYTES, NULL, 0, &rows, err) < 0)
        return err_wrap(err, "cannot read the size of the database");
    *bytes = rows.count > 0 ? db_num(&rows, 0, 0) : 0;
    db_rows_release(&rows);
    return 0;
}

/* --- samples -------------------------------------------------------------- */

static int sample_work(struct store *store, void *ctx, struct err *err)
{
    const struct load_sample *sample = ctx;
    struct db_rows rows = {0};
    int64_t *changed;
    bool known;
    int ret = 0;

    if (db_query(store->db, SQL_LOAD_SAMPLE_KNOWN,
                 ARGS(arg_num(sample->not_before), arg_text(sample->labels)),
                 &rows, err) < 0)
        return -1;
    known = rows.count > 0;
    db_rows_release(&rows);
    if (known)
        return 0;
    changed = xcalloc(sample->count + 1, sizeof(*changed));
    for (size_t i = 0; ret == 0 && i < sample->count; i++)
        ret = db_send(
            store->db, SQL_LOAD_SAMPLE_INSERT,
            ARGS(arg_num(sample->ts), arg_text(sample->samples[i].name),
                 arg_text(sample->labels), arg_real(sample->samples[i].value)),
            err);
    if (ret == 0)
        ret = db_collect(store->db, changed, sample->count, err);
    free(changed);
    return ret < 0 ? -1 : 1;
}

int load_sample_put(struct store *store, const struct load_sample *sample,
                    struct err *err)
{
    struct load_sample copy = *sample;
    int ret = store_tx(store, sample_work, &copy, err);

    return ret < 0 ? err_wrap(err, "cannot store a sample") : ret;
}

/* To LIKE, '%' and '_' mean something; a prefix never holds them. */
int load_sample_labels(struct store *store, int64_t not_before,
                       const char *prefix, struct db_rows *rows,
                       struct err *err)
{
    char *pattern = xasprintf("%s%%", prefix);
    int ret =
        store_query(store, SQL_LOAD_SAMPLE_LABELS,
                    ARGS(arg_num(not_before), arg_text(pattern)), rows, err);

    free(pattern);
    return ret < 0 ? err_wrap(err, "cannot read samples") : 0;
}

/* --- forgetting ----------------------------------------------------------- */

struct forgetting {
    const char *correlation_id;
    size_t limit;
    int64_t after, count;
    bool more;
};

static int delete_tasks(struct store *store, const struct buf *list,
                        struct err *err)
{
    static const enum sql steps[] = {SQL_PRUNE_LOGS_OF, SQL_PRUNE_REASONING_OF,
                                     SQL_PRUNE_TASKS};
    int64_t changed = 0;

    if (totals_keep_tasks(store, list->data, list->len, err) < 0)
        return -1;
    for (size_t i = 0; changed >= 0 && i < LENGTH(steps); i++)
        changed = db_exec(store->db, steps[i],
                          ARGS(arg_textn(list->data, list->len)), err);
    return changed < 0 ? -1 : 0;
}

static int forget_work(struct store *store, void *ctx, struct err *err)
{
    struct forgetting *self = ctx;
    struct db_rows rows = {0};
    struct buf list = {0};
    int64_t *seqs;
    size_t count;
    int ret = 0;

    if (db_query(store->db, SQL_LOAD_FORGET_PICK,
                 ARGS(arg_text(self->correlation_id), arg_num(self->after),
                      arg_num((int64_t)self->limit)),
                 &rows, err) < 0)
        return -1;
    seqs = seqs_of(&rows, &count);
    db_rows_release(&rows);
    self->count = (int64_t)count;
    self->more = count == self->limit;
    list_seqs(&list, seqs, count);
    if (count > 0)
        ret = delete_tasks(store, &list, err);
    else if (db_exec(store->db, SQL_LOAD_FORGET_MESSAGES,
                     ARGS(arg_text(self->correlation_id)), err) < 0)
        ret = -1;
    if (ret == 0 && count > 0)
        self->after = seqs[count - 1];
    buf_release(&list);
    free(seqs);
    return ret;
}

int load_forget(struct store *store, const char *correlation_id, size_t limit,
                int64_t *after, int64_t *count, struct err *err)
{
    struct forgetting self = {
        .correlation_id = correlation_id, .limit = limit, .after = *after};

    if (store_tx(store, forget_work, &self, err) < 0)
        return err_wrap(err, "cannot remove the tasks of a load");
    *after = self.after;
    *count = self.count;
    return self.more;
}
