/*
 * lease.c - who may tick, under which term
 *
 * expires_at counts in aaos_lease_now(): on SQLite that clock does not jump
 * and ends with the boot, so a lease that would outlast the longest there
 * can be was written in another boot and is over.
 */
#include "config.h"

#include "store/lease.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "store/lease-private.h"
#include "store/store-private.h"

/* Columns of lease_take and lease_read. */
enum { LE_OWNER, LE_TERM, LE_ACQUIRED_AT, LE_RENEWED_AT, LE_LEFT, LE_NOW };

struct taking {
    const char *name, *owner, *dead;
    int64_t length;
    struct lease *lease;
};

static void fill(struct lease *lease, const struct db_rows *rows)
{
    int64_t left = db_num(rows, 0, LE_LEFT);
    const char *owner = db_text(rows, 0, LE_OWNER);

    *lease = (struct lease){
        .term = db_num(rows, 0, LE_TERM),
        .acquired_at = db_num(rows, 0, LE_ACQUIRED_AT),
        .renewed_at = db_num(rows, 0, LE_RENEWED_AT),
        .left = left > 0 && left <= LEASE_LONGEST ? left : 0,
    };
    lease->expires_at = db_num(rows, 0, LE_NOW) + lease->left;
    snprintf(lease->owner, sizeof(lease->owner), "%s", owner ? owner : "");
}

static int take(struct store *store, void *ctx, struct err *err)
{
    const struct taking *taking = ctx;
    struct db_rows rows = {0};
    int ret = 0;

    if (db_query(store->db, SQL_LEASE_TAKE,
                 ARGS(arg_text(taking->name), arg_text(taking->owner),
                      arg_num(taking->length), arg_text(taking->dead),
                      arg_num(LEASE_LONGEST)),
                 &rows, err) < 0)
        return -1;
    if (rows.count > 0) {
        ret = 1;
    } else {
        db_rows_release(&rows);
        if (db_query(store->db, SQL_LEASE_READ, ARGS(arg_text(taking->name)),
                     &rows, err) < 0)
            return -1;
    }
    if (rows.count > 0)
        fill(taking->lease, &rows);
    db_rows_release(&rows);
    return ret;
}

int lease_take(struct store *store, const char *name, const char *owner,
               int64_t length, bool steal, struct lease *lease, struct err *err)
{
    char dead[sizeof(lease->owner)] = "";
    struct taking taking = {
        .name = name, .owner = owner, .length = length, .lease = lease};
    int ret;

    if (strlen(owner) >= sizeof(lease->owner) || length <= 0 ||
        length > LEASE_LONGEST)
        return err_set(err, ERR_BUG, "no lease is like this");
    if (steal) {
        memcpy(dead, lease->owner, sizeof(dead));
        taking.dead = dead;
    }
    ret = store_tx(store, take, &taking, err);
    return ret < 0 ? err_wrap(err, "cannot take the lease '%s'", name) : ret;
}

int lease_read(struct store *store, const char *name, struct lease *lease,
               struct err *err)
{
    struct db_rows rows = {0};
    int found;

    if (store_query(store, SQL_LEASE_READ, ARGS(arg_text(name)), &rows, err) <
        0)
        return err_wrap(err, "cannot read the lease '%s'", name);
    found = rows.count > 0;
    if (found)
        fill(lease, &rows);
    db_rows_release(&rows);
    return found;
}

/* --- holding it ----------------------------------------------------------- */

struct holding {
    const char *name;
    const struct lease *mine;
    int64_t length;
};

static int renew(struct store *store, void *ctx, struct err *err)
{
    const struct holding *holding = ctx;
    int64_t changed =
        db_exec(store->db, SQL_LEASE_RENEW,
                ARGS(arg_text(holding->name), arg_text(holding->mine->owner),
                     arg_num(holding->mine->term), arg_num(holding->length)),
                err);

    return changed < 0 ? -1 : changed > 0;
}

int lease_renew(struct store *store, const char *name, const struct lease *mine,
                int64_t length, struct err *err)
{
    struct holding holding = {.name = name, .mine = mine, .length = length};
    int ret = store_tx(store, renew, &holding, err);

    return ret < 0 ? err_wrap(err, "cannot renew the lease '%s'", name) : ret;
}

static int release(struct store *store, void *ctx, struct err *err)
{
    const struct holding *holding = ctx;

    return db_exec(store->db, SQL_LEASE_RELEASE,
                   ARGS(arg_text(holding->name), arg_text(holding->mine->owner),
                        arg_num(holding->mine->term)),
                   err) < 0
               ? -1
               : 0;
}

int lease_release(struct store *store, const char *name,
                  const struct lease *mine, struct err *err)
{
    struct holding holding = {.name = name, .mine = mine};

    if (store_tx(store, release, &holding, err) < 0)
        return err_wrap(err, "cannot release the lease '%s'", name);
    return 0;
}

int lease_guard(struct store *store, const char *name, const struct lease *mine,
                struct err *err)
{
    struct db_rows rows = {0};
    bool ours;

    if (db_query(
            store->db, SQL_LEASE_GUARD,
            ARGS(arg_text(name), arg_text(mine->owner), arg_num(mine->term)),
            &rows, err) < 0)
        return -1;
    ours = rows.count > 0;
    db_rows_release(&rows);
    if (ours)
        return 0;
    return err_set(err, ERR_LOST, "the lease '%s' of term %lld was lost", name,
                   (long long)mine->term);
}

/* --- work under it -------------------------------------------------------- */

struct guarded {
    const struct lease *mine;
    int (*work)(struct store *store, void *ctx, struct err *err);
    void *ctx;
};

static int guarded_work(struct store *store, void *ctx, struct err *err)
{
    const struct guarded *guarded = ctx;

    if (lease_guard(store, LEASE_DISPATCHER, guarded->mine, err) < 0)
        return -1;
    return guarded->work(store, guarded->ctx, err);
}

int guarded_tx(struct store *store, const struct lease *mine,
               int (*work)(struct store *store, void *ctx, struct err *err),
               void *ctx, struct err *err)
{
    struct guarded guarded = {.mine = mine, .work = work, .ctx = ctx};

    return store_tx(store, guarded_work, &guarded, err);
}
