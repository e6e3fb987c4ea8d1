/*
 * One way to run a transaction: try, and know why it may be tried again.
 *
 * A conflict with another writer is repeated at once, for the engine has
 * already made us wait.  A broken connection is opened once more; when it
 * broke during COMMIT nobody knows whether the changes are there, so the
 * work is told and looks for its own traces first.
 */
#include "config.h"

#include "store/store-private.h"

#include <string.h>

#include "core/failpoint.h"

enum { MAX_TRIES = 10 };

/* One pass at something; 0 or more when it is done. */
struct pass {
    int (*run)(struct store *store, struct pass *pass, struct err *err);
    int (*work)(struct store *store, void *ctx, struct err *err);
    void *ctx;
    enum sql which;
    const struct db_arg *args;
    size_t nargs;
    struct db_rows *rows;
    bool reads; /* a snapshot will do */
};

static int run_transaction(struct store *store, struct pass *pass,
                           struct err *err)
{
    int ret;

    if (!pass->reads)
        FAILPOINT("tx.before");
    ret = pass->reads ? db_snapshot(store->db, err) : db_begin(store->db, err);
    if (ret < 0)
        return -1;
    ret = pass->work(store, pass->ctx, err);
    if (!pass->reads)
        FAILPOINT("tx.worked");
    if (ret >= 0 && db_commit(store->db, err) < 0)
        return -1;
    if (!pass->reads)
        FAILPOINT("tx.committed");
    if (ret < 0)
        db_rollback(store->db);
    return ret;
}

static int run_statement(struct store *store, struct pass *pass,
                         struct err *err)
{
    return db_query(store->db, pass->which, pass->args, pass->nargs, pass->rows,
                    err);
}

static int repeat(struct store *store, struct pass *pass, struct err *err)
{
    bool reconnected = false;
    int tries = 0;
    int ret;

    store->fate_unknown = false;
    for (;;) {
        ret = pass->run(store, pass, err);
        if (ret >= 0)
            break;
        if (db_broken(store->db)) {
            if (pass->work)
                store->fate_unknown |= db_fate_unknown(store->db);
            if (reconnected || db_reconnect(store->db, err) < 0)
                break;
            reconnected = true;
        } else if (err->code != ERR_TEMP || ++tries == MAX_TRIES) {
            break;
        }
        err_clear(err);
    }
    if (ret < 0 && store->fate_unknown)
        err_wrap(err, "it is not known whether the changes were stored");
    store->fate_unknown = false;
    return ret;
}

int store_tx(struct store *store,
             int (*work)(struct store *store, void *ctx, struct err *err),
             void *ctx, struct err *err)
{
    struct pass pass = {.run = run_transaction, .work = work, .ctx = ctx};

    return repeat(store, &pass, err);
}

int store_snapshot(struct store *store,
                   int (*work)(struct store *store, void *ctx, struct err *err),
                   void *ctx, struct err *err)
{
    struct pass pass = {
        .run = run_transaction, .work = work, .ctx = ctx, .reads = true};

    return repeat(store, &pass, err);
}

int store_query(struct store *store, enum sql which, const struct db_arg *args,
                size_t nargs, struct db_rows *rows, struct err *err)
{
    struct pass pass = {.run = run_statement,
                        .which = which,
                        .args = args,
                        .nargs = nargs,
                        .rows = rows};

    return repeat(store, &pass, err);
}

int tx_now(struct store *store, int64_t *now, struct err *err)
{
    struct db_rows rows = {0};

    if (db_query(store->db, SQL_NOW, NULL, 0, &rows, err) < 0)
        return -1;
    *now = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return 0;
}

void list_seqs(struct buf *buf, const int64_t *seqs, size_t count)
{
    size_t i;

    buf_byte(buf, '[');
    for (i = 0; i < count; i++) {
        if (i)
            buf_byte(buf, ',');
        buf_num(buf, seqs[i]);
    }
    buf_byte(buf, ']');
}

void list_texts(struct buf *buf, const char *const *texts, size_t count)
{
    size_t i;

    buf_byte(buf, '[');
    for (i = 0; i < count; i++) {
        if (i)
            buf_byte(buf, ',');
        buf_json_safe(buf, texts[i], strlen(texts[i]));
    }
    buf_byte(buf, ']');
}

struct db_arg list_types(struct buf *buf, const char *const *types,
                         size_t count)
{
    if (!types)
        return arg_null();
    buf_reset(buf);
    list_texts(buf, types, count);
    return arg_textn(buf->data, buf->len);
}
