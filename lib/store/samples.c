/*
 * samples.c - the queue in numbers, under the names of system_metrics
 */
#include "config.h"

#include "store/samples.h"

#include "core/attr.h"
#include "core/clock.h"
#include "store/actions.h"
#include "store/read.h"

#define WINDOW (60 * USEC_PER_SEC)

/* Columns of read_totals() that are kept. */
static const struct {
    const char *name;
    enum read_total_column column;
} totals[] = {
    {"tasks_pending", RW_PENDING},
    {"tasks_running", RW_RUNNING},
    {"tasks_scheduled", RW_SCHEDULED},
    {"tasks_retry", RW_RETRY},
    {"tasks_blocked", RW_BLOCKED},
    {"tasks_held", RW_HELD},
    {"tasks_completed", RW_COMPLETED},
    {"tasks_dead", RW_DEAD},
    {"tasks_cancelled", RW_CANCELLED},
    {"tasks_overdue", RW_OVERDUE},
    {"attempts_completed_1m", RW_RECENT_COMPLETED},
    {"attempts_failed_1m", RW_RECENT_FAILED},
    {"attempts_lost_1m", RW_RECENT_LOST},
    {"leases_over", RW_LEASES_OVER},
    {"agents", RW_AGENTS},
};

static void add(struct sample *samples, size_t *count, const char *name,
                double value)
{
    samples[(*count)++] = (struct sample){.name = name, .value = value};
}

static double oldest_age(const struct db_rows *rows)
{
    if (db_null(rows, 0, RW_OLDEST_PENDING_AT))
        return 0;
    return (double)(db_num(rows, 0, RW_NOW) -
                    db_num(rows, 0, RW_OLDEST_PENDING_AT)) /
           (double)USEC_PER_SEC;
}

int samples_read(struct store *store, struct sample *samples, size_t *count,
                 struct err *err)
{
    static const char *const names[] = {"actions_pending", "actions_retry",
                                        "actions_dead"};
    struct db_rows rows = {0};
    int64_t actions[3];

    if (read_totals(store, WINDOW, &rows, err) < 0)
        return -1;
    for (size_t i = 0; rows.count > 0 && i < LENGTH(totals); i++)
        add(samples, count, totals[i].name,
            (double)db_num(&rows, 0, totals[i].column));
    if (rows.count > 0)
        add(samples, count, "oldest_pending_seconds", oldest_age(&rows));
    db_rows_release(&rows);
    if (read_action_counts(store, actions, err) < 0)
        return -1;
    for (size_t i = 0; i < LENGTH(names); i++)
        add(samples, count, names[i], (double)actions[i]);
    return 0;
}
