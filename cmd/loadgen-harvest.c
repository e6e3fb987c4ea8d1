/*
 * loadgen-harvest.c - which tasks have ended, and when
 *
 * Only their numbers are kept here; the times are those that the database
 * and the agents wrote down, so how often we look decides nothing (but, in
 * a closed loop, when a client goes on).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/loadgen.h"
#include "core/mem.h"
#include "store/load.h"

enum { WINDOW = 500, MOST = 20 * WINDOW };

static int by_seq(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    const struct flight *flight = b;

    return (x > flight->seq) - (x < flight->seq);
}

/* An agent of ours tells when it started; of others the database knows it
 * within the time that a finish waits for company. */
static void set_times(const struct loadgen *load, const struct db_rows *rows,
                      size_t row, struct tally_end *end)
{
    const struct db_cell *result = db_cell(rows, row, LE_FIRST_RESULT);

    end->stored = db_num(rows, row, LE_CREATED_AT) - load->offset;
    end->recorded = db_num(rows, row, LE_FINISHED_AT) - load->offset;
    if (result->kind != DB_NULL &&
        simulation_parse_result(result->data, result->len, &end->started,
                                &end->stopped))
        return;
    if (db_null(rows, row, LE_FIRST_STARTED_AT))
        return;
    end->started = db_num(rows, row, LE_FIRST_STARTED_AT) - load->offset;
    end->stopped = db_num(rows, row, LE_FIRST_FINISHED_AT) - load->offset;
}

static void count_end(struct loadgen *load, const struct flight *flight,
                      const struct db_rows *rows, size_t row)
{
    struct tally_end end = {
        .due = flight->due,
        .status = db_text(rows, row, LE_STATUS),
        .reason = db_text(rows, row, LE_REASON),
        .attempts = db_num(rows, row, LE_ATTEMPT),
        .chained = flight->chained,
        .fails = flight->fails,
    };

    set_times(load, rows, row, &end);
    tally_add(&load->all, &end);
    tally_add(&load->classes[flight->class], &end);
    tally_add(load->recent, &end);
    if (flight->client >= 0)
        load->ready_at[flight->client] = loadgen_now(load) + load->plan->think;
}

/* Count what the rows have and take it out of the window; how many. */
static size_t take(struct loadgen *load, size_t from, size_t n,
                   const struct db_rows *rows)
{
    struct flight *window = &load->flights[from];
    size_t kept = 0;
    size_t i;

    for (i = 0; i < rows->count; i++) {
        int64_t seq = db_num(rows, i, LE_SEQ);
        struct flight *flight =
            bsearch(&seq, window, n, sizeof(*window), by_seq);

        if (!flight)
            continue;
        count_end(load, flight, rows, i);
        flight->chained = true;
        flight->due = -1; /* ended */
    }
    for (i = 0; i < n; i++)
        if (window[i].due >= 0)
            window[kept++] = window[i];
    memmove(&window[kept], &window[n],
            (load->flight_count - from - n) * sizeof(*window));
    load->flight_count -= n - kept;
    load->flight_at = from + kept;
    return n - kept;
}

/* The next window; *looked: how many were in it. */
static int look(struct loadgen *load, size_t *looked, struct err *err)
{
    size_t from = load->flight_at < load->flight_count ? load->flight_at : 0;
    size_t n = load->flight_count - from;
    int64_t seqs[WINDOW];
    struct db_rows rows = {0};
    size_t taken;

    if (n > WINDOW)
        n = WINDOW;
    for (size_t i = 0; i < n; i++)
        seqs[i] = load->flights[from + i].seq;
    *looked = n;
    if (load_ended(load->store, seqs, n, &rows, err) < 0)
        return -1;
    taken = take(load, from, n, &rows);
    db_rows_release(&rows);
    return taken > 0;
}

/* All of them; of very many a part, and the next part the next time. */
int harvest(struct loadgen *load, struct err *err)
{
    size_t left = load->flight_count;
    size_t looked;
    int any = 0;

    if (left > MOST)
        left = MOST;
    else
        load->flight_at = 0;
    while (left > 0 && load->flight_count > 0) {
        int got = look(load, &looked, err);

        if (got < 0)
            return -1;
        any |= got;
        left -= looked < left ? looked : left;
    }
    return any;
}
