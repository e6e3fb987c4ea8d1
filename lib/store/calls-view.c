/*
 * What decide() and learn() see: the day, and the states, locked.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/mem.h"
#include "store/calls-private.h"

#define DAY (86400 * USEC_PER_SEC)

/* Far below DB_SEND_MAX: what was sent is kept in memory. */
enum { SEND_MAX = 1024 };

int send_end(struct sending *sending, struct err *err)
{
    int64_t unasked[SEND_MAX];
    int ret = 0;

    if (sending->count > 0)
        ret = db_collect(sending->db,
                         sending->changed ? sending->changed : unasked,
                         sending->count, err);
    if (sending->changed)
        sending->changed += sending->count;
    sending->count = 0;
    return ret;
}

int send_one(struct sending *sending, enum sql which, const struct db_arg *args,
             size_t nargs, struct err *err)
{
    if (db_send(sending->db, which, args, nargs, err) < 0)
        return -1;
    return ++sending->count == SEND_MAX ? send_end(sending, err) : 0;
}

int64_t store_day(int64_t now, char day[CALL_DAY_SIZE])
{
    time_t seconds = (time_t)(now / USEC_PER_SEC);
    struct tm parts;

    if (!gmtime_r(&seconds, &parts) ||
        strftime(day, CALL_DAY_SIZE, "%Y-%m-%d", &parts) == 0)
        snprintf(day, CALL_DAY_SIZE, "unknown");
    return now - now % DAY + DAY;
}

void view_release(struct calls_view *view)
{
    for (size_t i = 0; i < view->nstates; i++) {
        free(view->states[i].text);
        free(view->states[i].changed);
    }
    free(view->states);
    *view = (struct calls_view){0};
}

/* How many have no row yet; -1. */
static int read_states(struct store *store, const char *const *keys,
                       size_t count, struct calls_view *view, struct err *err)
{
    struct db_rows rows = {0};
    struct buf list = {0};
    int missing = 0;

    list_texts(&list, keys, count);
    if (db_query(store->db, SQL_STATES_LOCK,
                 ARGS(arg_textn(list.data, list.len)), &rows, err) < 0)
        missing = -1;
    for (size_t i = 0; missing == 0 && i < count; i++)
        for (size_t row = 0; row < rows.count; row++)
            if (strcmp(db_text(&rows, row, 0), keys[i]) == 0) {
                free(view->states[i].text);
                view->states[i].text = xstrdup(db_text(&rows, row, 1));
                view->states[i].len = strlen(view->states[i].text);
            }
    for (size_t i = 0; missing >= 0 && i < count; i++)
        missing += view->states[i].text == NULL;
    db_rows_release(&rows);
    buf_release(&list);
    return missing;
}

static int by_text(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*x, *y);
}

static int add_states(struct store *store, const char *const *keys,
                      size_t count, int64_t now, struct err *err)
{
    struct sending sending = {.db = store->db};
    const char **sorted = xcalloc(count, sizeof(*sorted));
    int ret = 0;

    memcpy(sorted, keys, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_text);
    for (size_t i = 0; ret == 0 && i < count; i++)
        ret = send_one(&sending, SQL_STATE_ADD,
                       ARGS(arg_text(sorted[i]), arg_num(now)), err);
    free(sorted);
    return ret < 0 ? -1 : send_end(&sending, err);
}

int view_open(struct store *store, const char *const *keys, size_t count,
              struct calls_view *view, struct err *err)
{
    int missing;

    *view = (struct calls_view){.nstates = count};
    view->states = xcalloc(count + 1, sizeof(*view->states));
    for (size_t i = 0; i < count; i++)
        view->states[i].key = keys[i];
    if (tx_now(store, &view->now, err) < 0)
        return -1;
    view->day_end = store_day(view->now, view->day);
    if (count == 0)
        return 0;
    missing = read_states(store, keys, count, view, err);
    if (missing > 0 && (add_states(store, keys, count, view->now, err) < 0 ||
                        read_states(store, keys, count, view, err) < 0))
        return -1;
    /* Waiting for locks took time. */
    return missing < 0 ? -1 : tx_now(store, &view->now, err);
}

int view_store(struct store *store, const struct calls_view *view,
               struct err *err)
{
    struct sending sending = {.db = store->db};
    int ret = 0;

    for (size_t i = 0; ret == 0 && i < view->nstates; i++) {
        const struct call_state *state = &view->states[i];

        if (state->changed)
            ret = send_one(&sending, SQL_STATE_SET,
                           ARGS(arg_text(state->key), arg_text(state->changed),
                                arg_num(view->now)),
                           err);
    }
    return ret < 0 ? -1 : send_end(&sending, err);
}
