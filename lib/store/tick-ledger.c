/*
 * tick-ledger.c - one row a tick, written under the lease
 */
#include "config.h"

#include "store/lease-private.h"
#include "store/store-private.h"

const char *tick_status_name(enum tick_status status)
{
    static const char *const names[] = {
        [TICK_SUCCESS] = "SUCCESS",
        [TICK_PARTIAL] = "PARTIAL",
        [TICK_FAIL] = "FAIL",
        [TICK_PAUSED] = "PAUSED",
    };

    return names[status];
}

struct tick {
    const struct lease *mine;
    int64_t id;
    enum tick_status status;
    int64_t attempted, succeeded;
    const char *notes;
};

static int take_id(struct tick *tick, struct db_rows *rows)
{
    int found = rows->count > 0;

    if (found)
        tick->id = db_num(rows, 0, 0);
    db_rows_release(rows);
    return found;
}

static int open_work(struct store *store, void *ctx, struct err *err)
{
    struct tick *tick = ctx;
    struct db_rows rows = {0};

    if (store->fate_unknown) {
        if (db_query(store->db, SQL_TICK_MINE, ARGS(arg_num(tick->mine->term)),
                     &rows, err) < 0)
            return -1;
        if (take_id(tick, &rows))
            return 0;
    }
    if (db_exec(store->db, SQL_TICK_ABANDONED, NULL, 0, err) < 0 ||
        db_query(store->db, SQL_TICK_OPEN,
                 ARGS(arg_num(tick->mine->term), arg_text(tick->mine->owner)),
                 &rows, err) < 0)
        return -1;
    if (!take_id(tick, &rows))
        return err_set(err, ERR_BUG, "a tick was given no number");
    return 0;
}

int tick_open(struct store *store, const struct lease *mine, int64_t *id,
              struct err *err)
{
    struct tick tick = {.mine = mine};

    if (guarded_tx(store, mine, open_work, &tick, err) < 0)
        return err_wrap(err, "cannot open a tick");
    *id = tick.id;
    return 0;
}

static int close_work(struct store *store, void *ctx, struct err *err)
{
    const struct tick *tick = ctx;
    int64_t changed = db_exec(
        store->db, SQL_TICK_CLOSE,
        ARGS(arg_num(tick->id), arg_num(tick->mine->term),
             arg_text(tick_status_name(tick->status)), arg_num(tick->attempted),
             arg_num(tick->succeeded), arg_text(tick->notes)),
        err);

    if (changed == 0)
        return err_set(err, ERR_BUG, "there is no tick %lld of ours",
                       (long long)tick->id);
    return changed < 0 ? -1 : 0;
}

int tick_close(struct store *store, const struct lease *mine, int64_t id,
               enum tick_status status, int64_t attempted, int64_t succeeded,
               const char *notes, struct err *err)
{
    struct tick tick = {.mine = mine,
                        .id = id,
                        .status = status,
                        .attempted = attempted,
                        .succeeded = succeeded,
                        .notes = notes};

    if (guarded_tx(store, mine, close_work, &tick, err) < 0)
        return err_wrap(err, "cannot close the tick");
    return 0;
}

int read_ticks(struct store *store, int64_t before, size_t limit,
               struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_READ_TICKS,
                    ARGS(arg_num(before > 0 ? before : INT64_MAX),
                         arg_num((int64_t)limit)),
                    rows, err) < 0)
        return err_wrap(err, "cannot list ticks");
    return 0;
}
