/*
 * verify-figures.c - how the work of a while went, in figures
 */
#include "config.h"

#include "cmd/verify-figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "load/hist.h"
#include "store/sql-names.h"

enum { PAGE = 2000 };

#define USD 1e12 /* costs are counted in 10^-12 of them */

static const char *const names[] = {
    [FIGURE_COMPLETED] = "completed",
    [FIGURE_DEAD] = "dead",
    [FIGURE_CANCELLED] = "cancelled",
    [FIGURE_ATTEMPTS] = "attempts",
    [FIGURE_LOST] = "lost",
    [FIGURE_SUCCESS_RATE] = "success_rate",
    [FIGURE_THROUGHPUT] = "throughput",
    [FIGURE_WAIT_P50] = "wait_p50",
    [FIGURE_WAIT_P95] = "wait_p95",
    [FIGURE_WAIT_P99] = "wait_p99",
    [FIGURE_RUN_P50] = "run_p50",
    [FIGURE_RUN_P95] = "run_p95",
    [FIGURE_RUN_P99] = "run_p99",
    [FIGURE_BACKLOG] = "backlog",
    [FIGURE_BACKLOG_AGE] = "backlog_age",
    [FIGURE_COST_USD] = "cost_usd",
};

const char *figure_name(enum figure figure)
{
    return names[figure];
}

static bool is_duration(enum figure figure)
{
    return (figure >= FIGURE_WAIT_P50 && figure <= FIGURE_RUN_P99) ||
           figure == FIGURE_BACKLOG_AGE;
}

char *figure_text(enum figure figure, double value, char text[40])
{
    char span[CLOCK_SPAN_SIZE];

    if (isnan(value))
        snprintf(text, 40, "none");
    else if (is_duration(figure))
        snprintf(text, 40, "%s",
                 clock_span((int64_t)(value * (double)USEC_PER_SEC), span));
    else if (figure == FIGURE_SUCCESS_RATE)
        snprintf(text, 40, "%.4g%%", value * 100);
    else if (figure == FIGURE_THROUGHPUT)
        snprintf(text, 40, "%.3g/s", value);
    else if (figure == FIGURE_COST_USD)
        snprintf(text, 40, "%.6g USD", value);
    else
        snprintf(text, 40, "%.0f", value);
    return text;
}

/* --------------------------------------------------------------- reading */

struct reading {
    struct store *store;
    struct figures *figures;
    struct hist wait, run;
    int64_t attempts, lost, cost, first, last;
};

enum { P_FINISHED, P_SEQ, P_ATTEMPT, P_OUTCOME, P_WAIT, P_RUN, P_COST };

static void take(struct reading *reading, const struct db_rows *rows, size_t i)
{
    const char *outcome = db_text(rows, i, P_OUTCOME);
    int64_t finished = db_num(rows, i, P_FINISHED);

    reading->attempts++;
    reading->lost += outcome && strcmp(outcome, "lost") == 0;
    reading->cost += db_num(rows, i, P_COST);
    if (!db_null(rows, i, P_WAIT))
        hist_add(&reading->wait, db_num(rows, i, P_WAIT), 1);
    if (!db_null(rows, i, P_RUN))
        hist_add(&reading->run, db_num(rows, i, P_RUN), 1);
    if (reading->first == 0)
        reading->first = finished;
    reading->last = finished;
}

static int read_attempts_since(struct reading *reading, int64_t since,
                               struct err *err)
{
    int64_t seq = 0;
    int64_t attempt = 0;
    size_t count;

    do {
        const struct db_arg args[] = {arg_num(since), arg_num(seq),
                                      arg_num(attempt), arg_num(PAGE)};
        struct db_rows rows = {0};

        if (db_query(store_db(reading->store), SQL_VERIFY_GATE_PAGE, args,
                     LENGTH(args), &rows, err) < 0)
            return -1;
        count = rows.count;
        for (size_t i = 0; i < count; i++)
            take(reading, &rows, i);
        if (count > 0) {
            since = db_num(&rows, count - 1, P_FINISHED);
            seq = db_num(&rows, count - 1, P_SEQ);
            attempt = db_num(&rows, count - 1, P_ATTEMPT);
        }
        db_rows_release(&rows);
    } while (count == PAGE);
    return 0;
}

static int read_ended(struct reading *reading, int64_t since, struct err *err)
{
    static const struct {
        const char *status;
        enum figure figure;
    } kinds[] = {{"completed", FIGURE_COMPLETED},
                 {"dead", FIGURE_DEAD},
                 {"cancelled", FIGURE_CANCELLED}};
    struct db_arg arg = arg_num(since);
    double *values = reading->figures->values;
    struct db_rows rows = {0};
    double judged;

    if (db_query(store_db(reading->store), SQL_VERIFY_GATE_ENDED, &arg, 1,
                 &rows, err) < 0)
        return -1;
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        values[kinds[k].figure] = 0;
        for (size_t i = 0; i < rows.count; i++)
            if (strcmp(db_text(&rows, i, 0), kinds[k].status) == 0)
                values[kinds[k].figure] = (double)db_num(&rows, i, 1);
    }
    db_rows_release(&rows);
    judged = values[FIGURE_COMPLETED] + values[FIGURE_DEAD];
    if (judged > 0)
        values[FIGURE_SUCCESS_RATE] = values[FIGURE_COMPLETED] / judged;
    return 0;
}

static int read_backlog(struct reading *reading, struct err *err)
{
    struct figures *figures = reading->figures;
    struct db_rows rows = {0};

    if (db_query(store_db(reading->store), SQL_VERIFY_GATE_BACKLOG, NULL, 0,
                 &rows, err) < 0)
        return -1;
    figures->values[FIGURE_BACKLOG] = (double)db_num(&rows, 0, 0);
    figures->values[FIGURE_BACKLOG_AGE] =
        db_null(&rows, 0, 1) ? 0
                             : (double)(figures->at - db_num(&rows, 0, 1)) /
                                   (double)USEC_PER_SEC;
    db_rows_release(&rows);
    return 0;
}

static void put_percentiles(struct figures *figures, enum figure first,
                            const struct hist *hist)
{
    static const double shares[] = {0.5, 0.95, 0.99};

    for (size_t i = 0; hist->count > 0 && i < LENGTH(shares); i++)
        figures->values[(size_t)first + i] =
            (double)hist_at(hist, shares[i]) / (double)USEC_PER_SEC;
}

int figures_read(struct store *store, int64_t window, struct figures *figures,
                 struct err *err)
{
    struct reading *reading = xcalloc(1, sizeof(*reading));
    double *values = figures->values;
    int64_t since;
    int ret = -1;

    reading->store = store;
    reading->figures = figures;
    figures->window = window;
    for (int i = 0; i < FIGURE_COUNT; i++)
        values[i] = (double)NAN;
    if (store_now(store, &figures->at, err) < 0)
        goto out;
    since = window > 0 ? figures->at - window : 0;
    if (read_ended(reading, since, err) < 0 ||
        read_attempts_since(reading, since, err) < 0 ||
        read_backlog(reading, err) < 0)
        goto out;
    values[FIGURE_ATTEMPTS] = (double)reading->attempts;
    values[FIGURE_LOST] = (double)reading->lost;
    values[FIGURE_COST_USD] = (double)reading->cost / USD;
    put_percentiles(figures, FIGURE_WAIT_P50, &reading->wait);
    put_percentiles(figures, FIGURE_RUN_P50, &reading->run);
    if (reading->last > reading->first)
        values[FIGURE_THROUGHPUT] = values[FIGURE_COMPLETED] *
                                    (double)USEC_PER_SEC /
                                    (double)(reading->last - reading->first);
    ret = 0;
out:
    free(reading);
    return ret;
}

/* ------------------------------------------------------------------ JSON */

void figures_put(const struct figures *figures, struct buf *out)
{
    cJSON *object = cJSON_CreateObject();
    char at[CLOCK_TEXT_SIZE];

    json_add_text(object, "at", clock_format(figures->at, at));
    json_add_num(object, "window_s", figures->window / USEC_PER_SEC);
    for (int i = 0; i < FIGURE_COUNT; i++) {
        double value = figures->values[i];
        char text[40];

        snprintf(text, sizeof(text), isnan(value) ? "null" : "%.9g", value);
        json_add_raw(object, names[i], text, strlen(text));
    }
    json_print(object, true, out);
    buf_byte(out, '\n');
    cJSON_Delete(object);
}

int figures_parse(const char *text, size_t len, struct figures *figures,
                  struct err *err)
{
    struct json_slice object;
    struct json_slice value;

    *figures = (struct figures){0};
    if (json_check(text, len, &object, err) < 0)
        return -1;
    if (object.type != JSON_OBJECT)
        return err_set(err, ERR_DATA, "%s, not an object of figures",
                       json_type_name(object.type));
    for (int i = 0; i < FIGURE_COUNT; i++) {
        figures->values[i] = (double)NAN;
        if (json_member(&object, names[i], &value) && value.type == JSON_NUMBER)
            figures->values[i] = json_double(&value);
    }
    return 0;
}
