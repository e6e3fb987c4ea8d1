/*
 * From where an attempt may go on.
 */
#include "config.h"

#include "store/resume.h"

#include "store/store-private.h"

int store_last_end(struct store *store, int64_t seq, int *attempt,
                   struct err *err)
{
    struct db_rows rows = {0};

    if (store_query(store, SQL_LAST_END, ARGS(arg_num(seq)), &rows, err) < 0)
        return -1;
    *attempt = rows.count > 0 ? (int)db_num(&rows, 0, 0) : 0;
    db_rows_release(&rows);
    return 0;
}
