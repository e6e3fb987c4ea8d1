/*
 * invariants.c - running the queries that list offenders
 */
#include "config.h"

#include "verify/invariants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "verify/invariants-private.h"

enum { ALARM_KEEP = 1000 };

/* One look: a snapshot, and the clocks from before it. */
struct look {
    struct verify *verify;
    struct store *store;
    const struct invariant_options *options;
    int64_t now, lease_now;
};

/* Offenders of the first look that may go away by themselves. */
struct suspects {
    struct db_rows rows[INVARIANT_COUNT];
};

static int begin(struct look *look, struct err *err)
{
    struct db *db = store_db(look->store);
    struct db_rows rows = {0};

    db_rollback(db);
    if (db_broken(db) && db_reconnect(db, err) < 0)
        return -1;
    if (db_snapshot(db, err) < 0 ||
        db_query(db, SQL_VERIFY_CLOCKS, NULL, 0, &rows, err) < 0)
        return -1;
    look->now = db_num(&rows, 0, 0);
    look->lease_now = db_num(&rows, 0, 1);
    db_rows_release(&rows);
    if (db_query(db, SQL_VERIFY_BEGIN, NULL, 0, &rows, err) < 0)
        return -1;
    db_rows_release(&rows);
    return 0;
}

/* 1 and *arg, or 0: the query takes none. */
static size_t argument(const struct look *look, const struct invariant *one,
                       struct db_arg *arg)
{
    const struct invariant_options *options = look->options;

    switch (one->takes) {
    case NOTHING:
        return 0;
    case INSTANT:
        *arg = arg_num(look->now - options->grace);
        break;
    case LEASE_CLOCK:
        *arg = arg_num(look->lease_now - options->grace);
        break;
    case KEPT_SINCE:
        *arg = arg_num(options->retention > 0 ? look->now - options->retention
                                              : 0);
        break;
    case TRIES:
        *arg = arg_num(options->tries);
        break;
    }
    return 1;
}

/* The query inside another one: its first rows, or how many there are. */
static int ask(const struct look *look, const struct invariant *one,
               const char *select, const char *limit, struct db_rows *rows,
               struct err *err)
{
    const char *sql = store_statement(look->store, one->which);
    struct db_arg arg = {0};
    size_t nargs = argument(look, one, &arg);
    struct buf text = {0};
    int ret;

    buf_fmt(&text, "SELECT %s FROM (%.*s) offenders%s", select,
            (int)(strrchr(sql, ';') - sql), sql, limit);
    ret = db_adhoc(store_db(look->store), text.data, &arg, nargs, rows, err);
    buf_release(&text);
    return ret;
}

static int list(const struct look *look, const struct invariant *one,
                size_t most, struct db_rows *rows, struct err *err)
{
    char limit[40];

    snprintf(limit, sizeof(limit), " LIMIT %zu", most);
    return ask(look, one, "*", limit, rows, err);
}

static void offend(struct verify *verify, const struct db_rows *rows, size_t i)
{
    const char *id = db_text(rows, i, 0);
    const char *what = db_text(rows, i, 1);

    verify_offend(verify, id ? id : "NULL", "%s", what ? what : "");
}

static int run_strict(const struct look *look, const struct invariant *one,
                      struct err *err)
{
    size_t keep = look->verify->keep ? look->verify->keep : VERIFY_KEEP;
    struct db_rows rows = {0};
    size_t count;

    if (list(look, one, keep + 1, &rows, err) < 0)
        return -1;
    count = rows.count;
    for (size_t i = 0; i < count; i++)
        offend(look->verify, &rows, i);
    db_rows_release(&rows);
    if (count <= keep)
        return 0;
    if (ask(look, one, "count(*)", "", &rows, err) < 0)
        return -1;
    verify_total(look->verify, db_num(&rows, 0, 0));
    db_rows_release(&rows);
    return 0;
}

/* After a failure the next check needs a snapshot of its own. */
static void failed(struct look *look, const struct err *err)
{
    struct err again = {0};

    verify_unknown(look->verify, err);
    begin(look, &again);
}

static void run_all_strict(struct look *look)
{
    for (size_t i = 0; i < INVARIANT_COUNT; i++) {
        struct err err = {0};

        if (invariants[i].alarm)
            continue;
        verify_begin(look->verify, invariants[i].name, invariants[i].about);
        if (run_strict(look, &invariants[i], &err) < 0)
            failed(look, &err);
        verify_end(look->verify);
    }
}

/* Is this row of the second look one of the first? */
static bool seen(const struct db_rows *before, const struct db_rows *rows,
                 size_t row)
{
    for (size_t i = 0; i < before->count; i++)
        if (strcmp(db_text(before, i, 0), db_text(rows, row, 0)) == 0 &&
            strcmp(db_text(before, i, 1), db_text(rows, row, 1)) == 0)
            return true;
    return false;
}

static int run_again(const struct look *look, const struct invariant *one,
                     const struct db_rows *before, struct err *err)
{
    struct db_rows rows = {0};

    if (before->count == 0)
        return 0;
    if (list(look, one, ALARM_KEEP, &rows, err) < 0)
        return -1;
    for (size_t i = 0; i < rows.count; i++)
        if (seen(before, &rows, i))
            offend(look->verify, &rows, i);
    db_rows_release(&rows);
    return 0;
}

/* Alarms of the first look; true if there are any. */
static bool suspect(struct look *look, struct suspects *suspects,
                    struct err *errs)
{
    bool any = false;

    for (size_t i = 0; i < INVARIANT_COUNT; i++) {
        struct err again = {0};

        if (!invariants[i].alarm)
            continue;
        if (list(look, &invariants[i], ALARM_KEEP, &suspects->rows[i],
                 &errs[i]) < 0)
            begin(look, &again);
        any |= suspects->rows[i].count > 0;
    }
    return any;
}

static void run_alarms(struct look *look)
{
    struct suspects *suspects = xcalloc(1, sizeof(*suspects));
    struct err *errs = xcalloc(INVARIANT_COUNT, sizeof(*errs));
    struct err again = {0};

    if (suspect(look, suspects, errs)) {
        db_rollback(store_db(look->store));
        if (look->options->wait)
            look->options->wait(look->options->look);
        begin(look, &again);
    }
    for (size_t i = 0; i < INVARIANT_COUNT; i++) {
        if (!invariants[i].alarm)
            continue;
        verify_begin(look->verify, invariants[i].name, invariants[i].about);
        if (errs[i].code == ERR_NONE)
            run_again(look, &invariants[i], &suspects->rows[i], &errs[i]);
        if (errs[i].code != ERR_NONE)
            failed(look, &errs[i]);
        verify_end(look->verify);
        db_rows_release(&suspects->rows[i]);
    }
    free(suspects);
    free(errs);
}

void verify_invariants(struct verify *verify, struct store *store,
                       const struct invariant_options *options)
{
    struct look look = {.verify = verify, .store = store, .options = options};
    struct err err = {0};

    verify->area = "invariants";
    if (begin(&look, &err) < 0) {
        verify_begin(verify, "snapshot", "one state can be read");
        verify_unknown(verify, &err);
        verify_end(verify);
    } else {
        run_all_strict(&look);
        run_alarms(&look);
    }
    db_rollback(store_db(store));
}
