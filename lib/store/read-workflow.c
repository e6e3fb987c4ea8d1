/*
 * read-workflow.c - a workflow, its tasks and what they wait for
 */
#include "config.h"

#include "store/read-private.h"

/* Of the index tasks_workflow: a migration made it. */
enum { PART = 4096 };

/* The id first: it is unique whatever the names are. */
static int resolve(struct store *store, const char *name, struct db_rows *rows,
                   struct err *err)
{
    if (store_query(store, SQL_READ_WORKFLOW, ARGS(arg_text(name)), rows, err) <
        0)
        return -1;
    if (rows->count == 0)
        return err_set(err, ERR_NOINPUT, "no workflow '%.100s'", name);
    return 0;
}

int read_flow(struct store *store, const char *name, struct db_rows *rows,
              struct err *err)
{
    struct db_rows found = {0};
    int ret = resolve(store, name, &found, err);

    if (ret == 0)
        ret = store_query(store, SQL_READ_FLOW,
                          ARGS(arg_text(db_text(&found, 0, 0))), rows, err);
    db_rows_release(&found);
    if (ret == 0 && rows->count == 0)
        ret = err_set(err, ERR_NOINPUT, "no workflow '%.100s'", name);
    return ret;
}

static int begin(struct store *store, struct read_flow_at *at, struct err *err)
{
    struct db_rows rows = {0};
    int ret = store_query(store, SQL_READ_FLOW_LAST, NULL, 0, &rows, err);

    if (ret == 0)
        at->last = db_num(&rows, 0, 0);
    at->span = PART;
    db_rows_release(&rows);
    return ret;
}

/* What comes behind the rows: a full page may not be all of its range. */
static void go_on(struct read_flow_at *at, int64_t end, size_t limit,
                  const struct db_rows *rows)
{
    if (rows->count == limit) {
        at->seq = db_num(rows, limit - 1, 0);
        if (at->span > PART)
            at->span /= 2;
        return;
    }
    at->seq = end;
    at->parent = INT64_MAX;
    at->ended = end >= at->last;
    if (rows->count < limit / 2 && at->span < at->last)
        at->span *= 2;
}

/*
 * The next rows, from as many parts of the index as it takes: a workflow may
 * have all its tasks in one part, or a few in each of thousands.  A range
 * that brings little is followed by one twice as wide, and one that brings
 * more than a page by one half as wide, because all of it is sorted.
 */
static int read_on(struct store *store, enum sql which, const char *workflow_id,
                   struct read_flow_at *at, size_t limit, struct db_rows *rows,
                   struct err *err)
{
    if (at->span == 0 && begin(store, at, err) < 0)
        return -1;
    rows->count = 0;
    while (rows->count == 0 && !at->ended) {
        int64_t end =
            at->span < at->last - at->seq ? at->seq + at->span : at->last;
        const struct db_arg args[] = {arg_text(workflow_id), arg_num(at->seq),
                                      arg_num(end), arg_num((int64_t)limit),
                                      arg_num(at->parent)};

        db_rows_release(rows);
        if (store_query(store, which, args,
                        which == SQL_READ_FLOW_EDGES ? 5 : 4, rows, err) < 0)
            return -1;
        go_on(at, end, limit, rows);
    }
    return 0;
}

int read_flow_tasks(struct store *store, const char *workflow_id,
                    struct read_flow_at *at, size_t limit, struct db_rows *rows,
                    struct err *err)
{
    if (read_on(store, SQL_READ_FLOW_TASKS, workflow_id, at, limit, rows, err) <
        0)
        return err_wrap(err, "cannot read the tasks of a workflow");
    return 0;
}

int read_flow_edges(struct store *store, const char *workflow_id,
                    struct read_flow_at *at, size_t limit, struct db_rows *rows,
                    struct err *err)
{
    if (read_on(store, SQL_READ_FLOW_EDGES, workflow_id, at, limit, rows, err) <
        0)
        return err_wrap(err, "cannot read what a workflow waits for");
    if (rows->count == limit)
        at->parent = db_num(rows, limit - 1, RP_PARENT_SEQ);
    return 0;
}
