/*
 * Budgets inside a transaction: every row that may count is locked, in the
 * order of its name, before anything is decided; so what is decided holds.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/calls-private.h"

enum { PLACES = 64 };

void money_release(struct money *money)
{
    for (size_t i = 0; i < money->count; i++) {
        free(money->rows[i].scope);
        free(money->rows[i].name);
        free(money->rows[i].period);
    }
    free(money->rows);
    free(money->places);
    *money = (struct money){0};
}

/* --- finding one ---------------------------------------------------------- */

/* FNV-1a, of that which differs most. */
static size_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

/* Where it is, or the free place where it would be. */
static size_t *place_of(const struct money *money, const char *scope,
                        const char *name, const char *period)
{
    size_t mask = money->nplaces - 1;
    size_t at = hash_of(name) & mask;

    for (; money->places[at]; at = (at + 1) & mask) {
        const struct money_row *row = &money->rows[money->places[at] - 1];

        if (strcmp(row->name, name) == 0 && strcmp(row->scope, scope) == 0 &&
            strcmp(row->period, period) == 0)
            break;
    }
    return &money->places[at];
}

/* All places anew, for so many. */
static void find_places(struct money *money, size_t nplaces)
{
    free(money->places);
    money->nplaces = nplaces;
    money->places = xcalloc(nplaces, sizeof(*money->places));
    for (size_t i = 0; i < money->count; i++) {
        const struct money_row *row = &money->rows[i];

        *place_of(money, row->scope, row->name, row->period) = i + 1;
    }
}

size_t money_find(struct money *money, const char *scope, const char *name,
                  const char *period)
{
    size_t *place;

    if (2 * (money->count + 1) > money->nplaces)
        find_places(money, money->nplaces ? 2 * money->nplaces : PLACES);
    place = place_of(money, scope, name, period);
    if (*place)
        return *place - 1;
    money->rows =
        xgrow(money->rows, money->count, &money->cap, sizeof(*money->rows));
    money->rows[money->count] = (struct money_row){.scope = xstrdup(scope),
                                                   .name = xstrdup(name),
                                                   .period = xstrdup(period)};
    *place = ++money->count;
    return money->count - 1;
}

size_t money_scopes(struct money *money, const struct money_call *call,
                    size_t out[CALL_SCOPES])
{
    size_t count = 0;

    /* What all have in common first: it is found soonest. */
    out[count++] = money_find(money, "day", "", call->day);
    out[count++] = money_find(money, "total", "", "all");
    if (call->endpoint)
        out[count++] = money_find(money, "endpoint", call->endpoint, call->day);
    if (call->agent_type)
        out[count++] = money_find(money, "agent", call->agent_type, call->day);
    if (call->workflow_id)
        out[count++] = money_find(money, "workflow", call->workflow_id, "all");
    out[count++] = money_find(money, "task", call->task_id, "all");
    return count;
}

static int by_name(const void *a, const void *b)
{
    const struct money_row *x = a;
    const struct money_row *y = b;
    int order = strcmp(x->scope, y->scope);

    if (order == 0)
        order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->period, y->period);
}

/* In the order in which everybody locks them. */
static void sort(struct money *money)
{
    if (money->count < 2)
        return;
    qsort(money->rows, money->count, sizeof(*money->rows), by_name);
    find_places(money, money->nplaces);
}

/* --- in the database ------------------------------------------------------ */

static void list_missing(const struct money *money, struct buf *list)
{
    buf_reset(list);
    buf_byte(list, '[');
    for (size_t i = 0; i < money->count; i++) {
        const struct money_row *row = &money->rows[i];

        if (row->there)
            continue;
        buf_str(list, list->len > 1 ? ",[" : "[");
        buf_json_safe(list, row->scope, strlen(row->scope));
        buf_byte(list, ',');
        buf_json_safe(list, row->name, strlen(row->name));
        buf_byte(list, ',');
        buf_json_safe(list, row->period, strlen(row->period));
        buf_byte(list, ']');
    }
    buf_byte(list, ']');
}

/* How many are still missing; -1. */
static int read_rows(struct store *store, struct money *money, struct err *err)
{
    struct db_rows rows = {0};
    struct buf list = {0};
    int missing = 0;

    list_missing(money, &list);
    if (db_query(store->db, SQL_BUDGETS_LOCK,
                 ARGS(arg_textn(list.data, list.len)), &rows, err) < 0)
        missing = -1;
    for (size_t i = 0; missing == 0 && i < rows.count; i++) {
        struct money_row *row =
            &money
                 ->rows[money_find(money, db_text(&rows, i, 0),
                                   db_text(&rows, i, 1), db_text(&rows, i, 2))];

        row->spent = db_num(&rows, i, 3);
        row->reserved = db_num(&rows, i, 4);
        row->there = true;
    }
    for (size_t i = 0; missing >= 0 && i < money->count; i++)
        missing += !money->rows[i].there;
    db_rows_release(&rows);
    buf_release(&list);
    return missing;
}

/* What we have added is ours, and empty.  How many are not. */
static int count_others(struct money *money, const int64_t *added)
{
    int others = 0;

    for (size_t i = 0; i < money->count; i++) {
        if (money->rows[i].there)
            continue;
        money->rows[i].there = *added++ == 1;
        others += !money->rows[i].there;
    }
    return others;
}

/* How many were added by somebody else at the same time; -1. */
static int add_rows(struct store *store, struct money *money, int64_t now,
                    struct err *err)
{
    int64_t *added = xcalloc(money->count + 1, sizeof(*added));
    struct sending sending = {.db = store->db, .changed = added};
    int ret = 0;

    sort(money);
    for (size_t i = 0; ret == 0 && i < money->count; i++) {
        const struct money_row *row = &money->rows[i];

        if (!row->there)
            ret = send_one(&sending, SQL_BUDGET_ADD,
                           ARGS(arg_text(row->scope), arg_text(row->name),
                                arg_text(row->period), arg_num(now)),
                           err);
    }
    if (ret == 0)
        ret = send_end(&sending, err);
    if (ret == 0)
        ret = count_others(money, added);
    free(added);
    return ret;
}

int money_lock(struct store *store, struct money *money, int64_t now,
               struct err *err)
{
    int missing = read_rows(store, money, err);

    if (missing > 0)
        missing = add_rows(store, money, now, err);
    if (missing <= 0)
        return missing;
    missing = read_rows(store, money, err);
    if (missing > 0)
        return err_set(err, ERR_BUG, "%d budgets are not there", missing);
    return missing;
}

int money_store(struct store *store, struct money *money, int64_t now,
                struct err *err)
{
    struct sending sending = {.db = store->db};
    int ret = 0;

    sort(money);
    for (size_t i = 0; ret == 0 && i < money->count; i++) {
        const struct money_row *row = &money->rows[i];

        if (row->more_reserved || row->more_spent || row->more_calls)
            ret = send_one(&sending, SQL_BUDGET_CHANGE,
                           ARGS(arg_text(row->scope), arg_text(row->name),
                                arg_text(row->period),
                                arg_num(row->more_reserved),
                                arg_num(row->more_spent),
                                arg_num(row->more_calls), arg_num(now)),
                           err);
    }
    return ret < 0 ? -1 : send_end(&sending, err);
}
