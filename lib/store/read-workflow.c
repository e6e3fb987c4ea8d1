/*
 * read-workflow.c - a workflow, its tasks and what they wait for
 */
#include "config.h"

#include "store/read-private.h"

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

int read_flow_tasks(struct store *store, const char *workflow_id, int64_t after,
                    size_t limit, struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_READ_FLOW_TASKS,
                    ARGS(arg_text(workflow_id), arg_num(after),
                         arg_num((int64_t)limit)),
                    rows, err) < 0)
        return err_wrap(err, "cannot read the tasks of a workflow");
    return 0;
}

int read_flow_edges(struct store *store, const char *workflow_id,
                    const struct read_edge *after, size_t limit,
                    struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_READ_FLOW_EDGES,
                    ARGS(arg_text(workflow_id), arg_num(after->child),
                         arg_num(after->parent), arg_num((int64_t)limit)),
                    rows, err) < 0)
        return err_wrap(err, "cannot read what a workflow waits for");
    return 0;
}
