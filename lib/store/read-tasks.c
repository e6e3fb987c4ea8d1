/*
 * read-tasks.c - tasks as rows
 */
#include "config.h"

#include "store/read-private.h"

int read_tasks(struct store *store, const struct read_filter *filter,
               int64_t before, size_t limit, struct db_rows *rows,
               struct err *err)
{
    struct read_page page = {
        .filter = filter,
        .from = before > 0 ? before : INT64_MAX,
        .limit = limit,
        .newest = true,
        .live = true,
        .rows_sql = SQL_READ_TASKS_ROWS,
        .rows = rows,
    };

    if (read_page(store, &page, err) < 0)
        return err_wrap(err, "cannot list tasks");
    return 0;
}

int read_task(struct store *store, int64_t seq, struct db_rows *rows,
              struct err *err)
{
    if (store_query(store, SQL_READ_TASK, ARGS(arg_num(seq)), rows, err) < 0)
        return err_wrap(err, "cannot read task %lld", (long long)seq);
    return 0;
}

int read_final(struct store *store, const char *seqs_json, struct db_rows *rows,
               struct err *err)
{
    if (store_query(store, SQL_READ_FINAL, ARGS(arg_text(seqs_json)), rows,
                    err) < 0)
        return err_wrap(err, "cannot see which tasks are final");
    return 0;
}
