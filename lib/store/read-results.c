/*
 * read-results.c - what attempts left behind
 */
#include "config.h"

#include "store/read-private.h"

int read_results(struct store *store, const char *seqs_json, bool live,
                 struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_READ_RESULTS_ROWS,
                    ARGS(arg_text(seqs_json), arg_num(live)), rows, err) < 0)
        return err_wrap(err, "cannot read results");
    return 0;
}

/* NOLINTNEXTLINE(readability-function-size): the header's contract */
int read_results_page(struct store *store, const struct read_filter *filter,
                      bool live, int64_t after, size_t limit,
                      struct db_rows *rows, struct err *err)
{
    struct read_page page = {
        .filter = filter,
        .from = after,
        .limit = limit,
        .live = live,
        .rows_sql = SQL_READ_RESULTS_ROWS,
        .rows = rows,
    };

    if (read_page(store, &page, err) < 0)
        return err_wrap(err, "cannot list results");
    return 0;
}

int read_attempts(struct store *store, int64_t seq, struct db_rows *rows,
                  struct err *err)
{
    if (store_query(store, SQL_READ_ATTEMPTS, ARGS(arg_num(seq)), rows, err) <
        0)
        return err_wrap(err, "cannot read attempts");
    return 0;
}

int read_logs(struct store *store, const char *task_id, int64_t after,
              size_t limit, struct db_rows *rows, struct err *err)
{
    if (store_query(
            store, SQL_READ_LOGS,
            ARGS(arg_text(task_id), arg_num(after), arg_num((int64_t)limit)),
            rows, err) < 0)
        return err_wrap(err, "cannot read logs");
    return 0;
}
