/*
 * read-pick.c - from a filter to the seqs of a page
 *
 * Walking the primary key finds a page at once where many tasks match, and
 * reads the whole table where few do.  States that a partial index holds,
 * and a workflow, can be read from there: quick while it is short, but
 * every page reads all of it.  So we count, up to a bound, and choose.
 */
#include "config.h"

#include "store/read-private.h"

#include <string.h>

#include "core/attr.h"
#include "core/json.h"

/* As many index entries are read in a few milliseconds. */
enum { FEW = 10000 };

/* Where the tasks of a filter can be found: bits of $11 in read_few_*. */
enum {
    FROM_PENDING = 1,
    FROM_RUNNING = 2,
    FROM_DUE = 4,
    FROM_WAITING = 8,
    FROM_DEAD = 16,
    FROM_WORKFLOW = 32
};
enum { INDEXES = 5 }; /* the first five, as read_few counts them */

static int state_source(enum task_status status)
{
    switch (status) {
    case TASK_PENDING:
        return FROM_PENDING;
    case TASK_RUNNING:
        return FROM_RUNNING;
    case TASK_SCHEDULED:
    case TASK_RETRY:
        return FROM_DUE;
    case TASK_HELD:
    case TASK_BLOCKED:
        return FROM_WAITING;
    case TASK_DEAD:
        return FROM_DEAD;
    case TASK_COMPLETED:
    case TASK_CANCELLED:
        break;
    }
    return 0;
}

/* The indexes that hold all these states; 0 when one of them has none. */
static int state_sources(const char *states, int *sources, struct err *err)
{
    struct json_walk walk = {0};
    struct json_slice value;
    struct buf name = {0};
    enum task_status status;
    bool indexed = true;
    int ret = 0;

    if (json_check(states, strlen(states), &walk.within, err) < 0)
        return err_wrap(err, "states");
    *sources = 0;
    while (ret == 0 && json_next(&walk, NULL, &value)) {
        buf_reset(&name);
        json_decode(&value, &name);
        if (!name.data || !task_status_parse(name.data, &status)) {
            ret = err_set(err, ERR_DATA, "no such state '%s'",
                          name.data ? name.data : "");
        } else {
            indexed = indexed && state_source(status) != 0;
            *sources |= state_source(status);
        }
    }
    if (!indexed)
        *sources = 0;
    buf_release(&name);
    return ret;
}

/* Do these indexes together hold so few that reading all of them is quick? */
static int are_few(struct store *store, int sources, struct err *err)
{
    struct db_rows rows = {0};
    int64_t sum = 0;

    if (db_query(store->db, SQL_READ_FEW, ARGS(arg_num(FEW + 1)), &rows, err) <
        0)
        return -1;
    for (size_t i = 0; i < INDEXES; i++)
        if (sources & 1 << i)
            sum += db_num(&rows, 0, i);
    db_rows_release(&rows);
    return sum <= FEW;
}

/* Where to look: 0 for the table itself. */
static int choose(struct store *store, const struct read_filter *filter,
                  int *sources, struct err *err)
{
    int few;

    *sources = 0;
    if (filter->states && state_sources(filter->states, sources, err) < 0)
        return -1;
    if (filter->workflow)
        *sources = FROM_WORKFLOW;
    else if (filter->agent)
        *sources = FROM_RUNNING; /* only a running task has an agent */
    else if (*sources) {
        few = are_few(store, *sources, err);
        if (few < 0)
            return -1;
        if (!few)
            *sources = 0;
    }
    return 0;
}

static int find_workflow(struct store *store, const char *name,
                         struct db_rows *rows, struct err *err)
{
    if (db_query(store->db, SQL_READ_WORKFLOW, ARGS(arg_text(name)), rows,
                 err) < 0)
        return -1;
    if (rows->count == 0)
        return err_set(err, ERR_NOINPUT, "no workflow '%s'", name);
    return 0;
}

static int pick(struct store *store, const struct read_page *page,
                const char *workflow_id, struct db_rows *seqs, struct err *err)
{
    const struct read_filter *filter = page->filter;
    enum sql which = page->newest ? SQL_READ_PICK_NEWEST : SQL_READ_PICK_OLDEST;
    int sources = 0;
    struct db_arg args[] = {
        arg_num(page->from),
        arg_num((int64_t)page->limit),
        arg_text(filter->states),
        arg_text(filter->types),
        arg_text(workflow_id),
        arg_text(filter->agent),
        arg_num(filter->since),
        arg_text(filter->correlation_id),
        arg_text(filter->session_id),
        arg_num(page->live),
        arg_null(),
    };
    size_t nargs = LENGTH(args);

    if (choose(store, filter, &sources, err) < 0)
        return -1;
    if (sources)
        which = page->newest ? SQL_READ_FEW_NEWEST : SQL_READ_FEW_OLDEST;
    args[nargs - 1] = arg_num(sources);
    return db_query(store->db, which, args, sources ? nargs : nargs - 1, seqs,
                    err);
}

static int work(struct store *store, void *ctx, struct err *err)
{
    const struct read_page *page = ctx;
    struct db_rows workflow = {0};
    struct db_rows seqs = {0};
    struct buf list = {0};
    int ret = -1;

    if (page->filter->workflow &&
        find_workflow(store, page->filter->workflow, &workflow, err) < 0)
        goto out;
    if (pick(store, page, workflow.count ? db_text(&workflow, 0, 0) : NULL,
             &seqs, err) < 0)
        goto out;
    buf_byte(&list, '[');
    for (size_t i = 0; i < seqs.count; i++)
        buf_fmt(&list, i ? ",%lld" : "%lld", (long long)db_num(&seqs, i, 0));
    buf_byte(&list, ']');
    if (page->rows_sql == SQL_READ_RESULTS_ROWS)
        ret = db_query(store->db, page->rows_sql,
                       ARGS(arg_text(list.data), arg_num(page->live)),
                       page->rows, err);
    else
        ret = db_query(store->db, page->rows_sql, ARGS(arg_text(list.data)),
                       page->rows, err);
out:
    db_rows_release(&workflow);
    db_rows_release(&seqs);
    buf_release(&list);
    return ret;
}

int read_page(struct store *store, struct read_page *page, struct err *err)
{
    static const struct read_filter all;

    if (!page->filter)
        page->filter = &all;
    return store_snapshot(store, work, page, err) < 0 ? -1 : 0;
}
