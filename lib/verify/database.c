/*
 * database.c - what both engines share
 */
#include "config.h"

#include "verify/database.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

char *verify_ask(struct db *db, const char *sql, struct err *err)
{
    struct db_rows rows = {0};
    struct buf text = {0};

    if (db_adhoc(db, sql, NULL, 0, &rows, err) < 0)
        return NULL;
    if (rows.count > 0 && db_cell(&rows, 0, 0)->kind == DB_NUM)
        buf_num(&text, db_num(&rows, 0, 0));
    else if (rows.count > 0 && !db_null(&rows, 0, 0))
        buf_str(&text, db_text(&rows, 0, 0));
    db_rows_release(&rows);
    return buf_detach(&text);
}

void verify_list(struct verify *verify, struct db *db, const char *sql)
{
    struct db_rows rows = {0};
    struct err err = {0};

    if (db_adhoc(db, sql, NULL, 0, &rows, &err) < 0) {
        /* What cannot be read is not a check that could not be made. */
        if (err.code == ERR_IO)
            verify_offend(verify, "database", "%s", err.msg);
        else
            verify_unknown(verify, &err);
        return;
    }
    for (size_t i = 0; i < rows.count; i++)
        verify_offend(verify, db_text(&rows, i, 0) ? db_text(&rows, i, 0) : "",
                      "%s", db_text(&rows, i, 1) ? db_text(&rows, i, 1) : "");
    db_rows_release(&rows);
}

void verify_database(struct verify *verify, struct store *store,
                     struct store *writer)
{
    struct db *db = store_db(store);

    verify->area = "database";
    if (db_engine(db) == DB_SQLITE)
        verify_sqlite(verify, db, writer ? store_db(writer) : NULL);
    else
        verify_postgres(verify, db);
}
