/*
 * verify-figures.h - how the work of a while went, in figures
 *
 * As JSON they are one object, which `gate --save` writes and a later gate
 * compares with:
 *
 *     {"at":"2026-11-25T12:00:00.000000Z","window_s":3600,"completed":120,
 *      "dead":1,"cancelled":0,"attempts":125,"lost":0,"success_rate":0.9917,
 *      "throughput":0.0333,"wait_p50":0.0012,...,"run_p99":1.5,
 *      "backlog":3,"backlog_age":12.5,"cost_usd":0.25}
 *
 * Durations in seconds; what has no value is null.
 */
#ifndef AAOS_CMD_VERIFY_FIGURES_H
#define AAOS_CMD_VERIFY_FIGURES_H

#include "core/buf.h"
#include "store/store.h"

enum figure {
    FIGURE_COMPLETED,
    FIGURE_DEAD,
    FIGURE_CANCELLED,
    FIGURE_ATTEMPTS,
    FIGURE_LOST,
    FIGURE_SUCCESS_RATE,
    FIGURE_THROUGHPUT, /* completed tasks a second, first to last end */
    FIGURE_WAIT_P50,
    FIGURE_WAIT_P95,
    FIGURE_WAIT_P99,
    FIGURE_RUN_P50,
    FIGURE_RUN_P95,
    FIGURE_RUN_P99,
    FIGURE_BACKLOG,
    FIGURE_BACKLOG_AGE,
    FIGURE_COST_USD,
    FIGURE_COUNT
};

struct figures {
    int64_t at, window;          /* instant, duration */
    double values[FIGURE_COUNT]; /* NAN: none */
};

const char *figure_name(enum figure figure);
/* "1.2s", "99.2%", "12": for people. */
char *figure_text(enum figure figure, double value, char text[40]);

/* Of what ended within `window` (0: ever); at most so much memory as for
 * one page, whatever there is. */
int figures_read(struct store *store, int64_t window, struct figures *figures,
                 struct err *err);
void figures_put(const struct figures *figures, struct buf *out);
int figures_parse(const char *text, size_t len, struct figures *figures,
                  struct err *err);

#endif
