/*
 * totals.c - what is counted for ever, though its rows are pruned
 */
#include "config.h"

#include "store/totals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define MS INT64_C(1000)
#define SEC INT64_C(1000000)

const int64_t total_bounds[TOTAL_BOUNDS] = {
    5 * MS,   10 * MS,  50 * MS,  100 * MS,  500 * MS,  1 * SEC,    5 * SEC,
    10 * SEC, 30 * SEC, 60 * SEC, 300 * SEC, 600 * SEC, 1800 * SEC, 3600 * SEC,
};

static const char *const kinds[TOTAL_KINDS] = {
    [TOTAL_TASK] = "task",   [TOTAL_RUN] = "run",
    [TOTAL_WAIT] = "wait",   [TOTAL_TICK] = "tick",
    [TOTAL_TRIED] = "tried", [TOTAL_SUCCEEDED] = "succeeded",
    [TOTAL_CALL] = "call",   [TOTAL_FALLBACK] = "fallback",
};

const char *total_kind_name(enum total_kind kind)
{
    return kinds[kind];
}

void totals_release(struct totals *totals)
{
    free(totals->items);
    *totals = (struct totals){0};
}

void totals_add(struct totals *totals, const struct total *total)
{
    totals->items = xgrow(totals->items, totals->count, &totals->cap,
                          sizeof(*totals->items));
    totals->items[totals->count++] = *total;
}

static int compare(const void *left, const void *right)
{
    const struct total *a = left;
    const struct total *b = right;
    int order = (int)a->kind - (int)b->kind;

    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->outcome, b->outcome);
    return order ? order : a->bucket - b->bucket;
}

void totals_merge(struct totals *totals)
{
    size_t kept = 0;

    if (totals->count == 0)
        return;
    qsort(totals->items, totals->count, sizeof(*totals->items), compare);
    for (size_t i = 1; i < totals->count; i++) {
        struct total *last = &totals->items[kept];
        const struct total *next = &totals->items[i];

        if (compare(last, next) == 0) {
            last->n += next->n;
            last->us += next->us;
        } else {
            totals->items[++kept] = *next;
        }
    }
    totals->count = kept + 1;
}

/* --- from rows ------------------------------------------------------------ */

static bool kind_of(const char *word, size_t len, enum total_kind *kind)
{
    for (enum total_kind i = 0; i < (enum total_kind)TOTAL_KINDS; i++) {
        if (strlen(kinds[i]) == len && memcmp(kinds[i], word, len) == 0) {
            *kind = i;
            return true;
        }
    }
    return false;
}

static void copy(char *to, size_t size, const char *text, size_t len)
{
    snprintf(to, size, "%.*s", (int)len, text);
}

void totals_of_rows(struct totals *totals, const struct db_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct total total = {
            .bucket = (int)db_num(rows, i, 3),
            .n = db_num(rows, i, 4),
            .us = db_num(rows, i, 5),
        };
        const char *kind = db_text(rows, i, 0);
        const char *name = db_text(rows, i, 1);
        const char *outcome = db_text(rows, i, 2);

        if (!kind || !kind_of(kind, strlen(kind), &total.kind))
            continue;
        copy(total.name, sizeof(total.name), name ? name : "",
             name ? strlen(name) : 0);
        copy(total.outcome, sizeof(total.outcome), outcome ? outcome : "",
             outcome ? strlen(outcome) : 0);
        totals_add(totals, &total);
    }
}

/* "total:run:n:NAME:OUTCOME:BUCKET"; a name may hold colons. */
static bool parse_key(const char *key, struct total *total, bool *is_time)
{
    const char *kind = strchr(key, ':');
    const char *unit = kind ? strchr(kind + 1, ':') : NULL;
    const char *name = unit ? strchr(unit + 1, ':') : NULL;
    const char *bucket = name ? strrchr(name + 1, ':') : NULL;
    const char *outcome = bucket;

    if (!bucket)
        return false;
    while (outcome > name && outcome[-1] != ':')
        outcome--;
    if (outcome <= name + 1 ||
        !kind_of(kind + 1, (size_t)(unit - kind) - 1, &total->kind))
        return false;
    copy(total->name, sizeof(total->name), name + 1,
         (size_t)(outcome - name) - 2);
    copy(total->outcome, sizeof(total->outcome), outcome,
         (size_t)(bucket - outcome));
    total->bucket = (int)strtol(bucket + 1, NULL, 10);
    *is_time = unit[1] == 'u';
    return true;
}

void totals_of_kept(struct totals *totals, const struct db_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct total total = {0};
        int64_t value = strtoll(db_text(rows, i, 1), NULL, 10);
        bool is_time = false;

        if (!parse_key(db_text(rows, i, 0), &total, &is_time))
            continue;
        if (is_time)
            total.us = value;
        else
            total.n = value;
        totals_add(totals, &total);
    }
}
