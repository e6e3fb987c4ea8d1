/*
 * status-exposition-types.c - metrics that have a task type as a label
 */
#include "config.h"

#include <string.h>

#include "cmd/status-metrics.h"
#include "task/task.h"

static const struct prom_family tasks_family = {
    .name = "aaos_tasks",
    .help = "Tasks that are stored, by type and state.",
};
static const struct prom_family age_family = {
    .name = "aaos_oldest_pending_age_seconds",
    .help = "Age of the oldest pending task of a type, 0 without one.",
    .unit = PROM_MICRO,
};
static const struct prom_family submitted_family = {
    .name = "aaos_tasks_submitted_total",
    .help = "Tasks that were ever stored.",
    .type = PROM_COUNTER,
};
static const struct prom_family attempts_family = {
    .name = "aaos_attempts_total",
    .help = "Attempts that have ended, by outcome.",
    .type = PROM_COUNTER,
};
static const struct prom_family run_family = {
    .name = "aaos_attempt_duration_seconds",
    .help = "From the start of a handler to its end.",
    .type = PROM_HISTOGRAM,
    .unit = PROM_MICRO,
};
static const struct prom_family wait_family = {
    .name = "aaos_task_start_delay_seconds",
    .help = "From the creation of a task to the start of its first attempt.",
    .type = PROM_HISTOGRAM,
    .unit = PROM_MICRO,
};

enum { BUCKETS = TOTAL_BOUNDS + 1 };

static const char *type_at(struct page *page, const struct db_rows *rows,
                           size_t row, size_t column)
{
    const char *name = db_text(rows, row, column);

    return prom_name(&page->types, name ? name : "");
}

/* Every type that a task has, or had. */
static size_t list_types(struct page *page,
                         const char *types[PROM_NAMES_MAX + 1])
{
    const struct totals *totals = &page->metrics->totals;
    size_t count = 0;

    for (size_t i = 0; i < totals->count; i++) {
        const char *type;
        size_t at = 0;

        if (totals->items[i].kind != TOTAL_TASK)
            continue;
        type = prom_name(&page->types, totals->items[i].name);
        while (at < count && strcmp(types[at], type) != 0)
            at++;
        if (at == count)
            types[count++] = type;
    }
    return count;
}

static void put_tasks(struct page *page, const char *type)
{
    const struct db_rows *rows = &page->metrics->tasks;

    for (enum task_status s = 0; s < (enum task_status)TASK_STATUS_COUNT; s++) {
        const char *state = task_status_name(s);
        const struct prom_label labels[] = {
            {"type", type}, {"state", state}, {NULL, NULL}};
        int64_t count = 0;

        for (size_t i = 0; i < rows->count; i++)
            if (strcmp(db_text(rows, i, MT_STATUS), state) == 0 &&
                strcmp(type_at(page, rows, i, MT_TYPE), type) == 0)
                count += db_num(rows, i, MT_COUNT);
        prom_sample(page->out, &tasks_family, labels, count);
    }
}

static void put_age(struct page *page, const char *type)
{
    const struct db_rows *rows = &page->metrics->tasks;
    const struct prom_label labels[] = {{"type", type}, {NULL, NULL}};
    int64_t age = 0;

    for (size_t i = 0; i < rows->count; i++) {
        int64_t old = page->now - db_num(rows, i, MT_OLDEST_AT);

        if (!db_null(rows, i, MT_OLDEST_AT) && old > age &&
            strcmp(type_at(page, rows, i, MT_TYPE), type) == 0)
            age = old;
    }
    prom_sample(page->out, &age_family, labels, age);
}

int64_t exposition_sum(struct page *page, enum total_kind kind,
                       const char *name, const char *outcome)
{
    const struct totals *totals = &page->metrics->totals;
    int64_t n = 0;

    for (size_t i = 0; i < totals->count; i++) {
        const struct total *total = &totals->items[i];

        if (total->kind != kind ||
            (outcome && strcmp(total->outcome, outcome) != 0))
            continue;
        if (!name ||
            strcmp(kind == TOTAL_TICK ? total->name
                                      : prom_name(&page->types, total->name),
                   name) == 0)
            n += total->n;
    }
    return n;
}

static void put_attempts(struct page *page, const char *type)
{
    for (enum task_outcome o = 0; o <= OUTCOME_HANDED_BACK; o++) {
        const char *outcome = task_outcome_name(o);
        const struct prom_label labels[] = {
            {"type", type}, {"outcome", outcome}, {NULL, NULL}};

        prom_sample(page->out, &attempts_family, labels,
                    exposition_sum(page, TOTAL_RUN, type, outcome));
    }
}

void exposition_histogram(struct page *page, const struct prom_family *family,
                          enum total_kind kind, const char *type)
{
    const struct totals *totals = &page->metrics->totals;
    const struct prom_label labels[] = {{"type", type}, {NULL, NULL}};
    int64_t counts[BUCKETS] = {0};
    struct prom_histogram histogram = {
        .bounds = total_bounds, .counts = counts, .count = TOTAL_BOUNDS};

    for (size_t i = 0; i < totals->count; i++) {
        const struct total *total = &totals->items[i];

        if (total->kind != kind || total->bucket < 0 ||
            total->bucket >= BUCKETS ||
            (type && strcmp(prom_name(&page->types, total->name), type) != 0))
            continue;
        counts[total->bucket] += total->n;
        histogram.sum += total->us;
    }
    prom_histogram(page->out, family, type ? labels : NULL, &histogram);
}

void exposition_types(struct page *page)
{
    const char *types[PROM_NAMES_MAX + 1];
    size_t count = list_types(page, types);

    prom_family(page->out, &tasks_family);
    for (size_t i = 0; i < count; i++)
        put_tasks(page, types[i]);
    prom_family(page->out, &age_family);
    for (size_t i = 0; i < count; i++)
        put_age(page, types[i]);
    prom_family(page->out, &submitted_family);
    for (size_t i = 0; i < count; i++)
        prom_sample(page->out, &submitted_family,
                    (const struct prom_label[]){{"type", types[i]}, {0}},
                    exposition_sum(page, TOTAL_TASK, types[i], NULL));
    prom_family(page->out, &attempts_family);
    for (size_t i = 0; i < count; i++)
        put_attempts(page, types[i]);
    prom_family(page->out, &run_family);
    for (size_t i = 0; i < count; i++)
        exposition_histogram(page, &run_family, TOTAL_RUN, types[i]);
    prom_family(page->out, &wait_family);
    for (size_t i = 0; i < count; i++)
        exposition_histogram(page, &wait_family, TOTAL_WAIT, types[i]);
}
