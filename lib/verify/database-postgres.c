/*
 * database-postgres.c - settings, indexes, what the server has noticed
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "verify/database.h"

static void check_durability(struct verify *verify, struct db *db)
{
    verify_begin(verify, "durability", "a commit survives the loss of power");
    verify_list(verify, db,
                "SELECT name, 'is ''' || setting || ''': ' ||"
                "       CASE name WHEN 'data_sync_retry' THEN"
                "            'a failed fsync is believed the second time'"
                "            WHEN 'fsync' THEN 'all may be lost'"
                "            WHEN 'full_page_writes' THEN"
                "            'pages may be torn'"
                "            WHEN 'synchronous_commit' THEN"
                "            'the last commits may be lost'"
                "            ELSE 'damage is passed over' END"
                "  FROM pg_settings"
                " WHERE (name IN ('fsync', 'full_page_writes',"
                "                 'synchronous_commit')"
                "        AND setting = 'off')"
                "    OR (name IN ('data_sync_retry', 'zero_damaged_pages',"
                "                 'ignore_checksum_failure')"
                "        AND setting = 'on')"
                " ORDER BY name");
    verify_end(verify);
}

static void check_server(struct verify *verify, struct db *db)
{
    struct err err = {0};
    char *version = verify_ask(db, "SHOW server_version", &err);

    verify_begin(verify, "server", "it takes writes, in UTF-8");
    if (!version)
        verify_unknown(verify, &err);
    verify_list(verify, db,
                "SELECT 'server', 'is a standby' WHERE pg_is_in_recovery()"
                " UNION ALL "
                "SELECT 'server_encoding', 'is ' || setting FROM pg_settings"
                " WHERE name = 'server_encoding' AND setting <> 'UTF8'"
                " UNION ALL "
                "SELECT name, 'is on' FROM pg_settings"
                " WHERE name = 'default_transaction_read_only'"
                "   AND reset_val = 'on' AND source <> 'client'"
                "   AND source <> 'session'");
    if (version)
        verify_note(verify, "PostgreSQL %s", version);
    verify_end(verify);
    free(version);
}

static void check_checksums(struct verify *verify, struct db *db)
{
    verify_begin(verify, "checksums", "the server has found no damaged page");
    verify_list(verify, db,
                "SELECT datname, checksum_failures || ' damaged pages, the"
                " last at ' || checksum_last_failure"
                "  FROM pg_stat_database"
                " WHERE datname = current_database()"
                "   AND checksum_failures > 0");
    verify_end(verify);
}

static void check_valid(struct verify *verify, struct db *db)
{
    verify_begin(verify, "valid", "indexes and constraints are in force");
    verify_list(verify, db,
                "SELECT c.relname, 'is an index that is not valid'"
                "  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                "  JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = current_schema()"
                "   AND NOT (i.indisvalid AND i.indisready)"
                " UNION ALL "
                "SELECT k.conname, 'is a constraint that was never checked'"
                "  FROM pg_constraint k"
                "  JOIN pg_namespace n ON n.oid = k.connamespace"
                " WHERE n.nspname = current_schema() AND NOT k.convalidated"
                " UNION ALL "
                "SELECT t.tgname, 'is a switched-off trigger of ' || c.relname"
                "  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                "  JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = current_schema() AND t.tgenabled = 'D'");
    verify_end(verify);
}

/* ---------------------------------------------------------------- amcheck */

static const char *const list_indexes =
    "SELECT c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
    "  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    "  JOIN pg_am a ON a.oid = c.relam"
    "  JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND a.amname = 'btree'"
    "   AND i.indisvalid AND c.relpersistence <> 't' ORDER BY 1";

/* The schema of the extension, quoted; "" when it is not there. */
static char *amcheck_schema(struct db *db, struct err *err)
{
    return verify_ask(db,
                      "SELECT quote_ident(n.nspname) FROM pg_extension e"
                      "  JOIN pg_namespace n ON n.oid = e.extnamespace"
                      " WHERE e.extname = 'amcheck'",
                      err);
}

/* One at a time, so that an error names its index. */
static void check_each(struct verify *verify, struct db *db, const char *schema)
{
    char *sql =
        xasprintf("SELECT %s.bt_index_check(CAST($1 AS regclass))", schema);
    struct db_rows rows = {0};
    struct db_rows none = {0};
    struct err err = {0};

    if (db_adhoc(db, list_indexes, NULL, 0, &rows, &err) < 0)
        verify_unknown(verify, &err);
    for (size_t i = 0; i < rows.count; i++) {
        struct db_arg arg = arg_text(db_text(&rows, i, 1));

        err_clear(&err);
        if (db_adhoc(db, sql, &arg, 1, &none, &err) == 0) {
            db_rows_release(&none);
            continue;
        }
        if (err.code == ERR_CONFIG || err.code == ERR_UNAVAIL ||
            err.code == ERR_TEMP)
            verify_unknown(verify, &err);
        else
            verify_offend(verify, db_text(&rows, i, 0), "%s", err.msg);
    }
    verify_note(verify, "%zu indexes", rows.count);
    db_rows_release(&rows);
    free(sql);
}

static void check_indexes(struct verify *verify, struct db *db)
{
    struct err err = {0};
    char *schema = amcheck_schema(db, &err);

    verify_begin(verify, "indexes", "no index is corrupt");
    if (!schema)
        verify_unknown(verify, &err);
    else if (!*schema)
        verify_skip(verify, "amcheck is not there: CREATE EXTENSION amcheck");
    else
        check_each(verify, db, schema);
    verify_end(verify);
    free(schema);
}

void verify_postgres(struct verify *verify, struct db *db)
{
    check_server(verify, db);
    check_durability(verify, db);
    check_checksums(verify, db);
    check_valid(verify, db);
    check_indexes(verify, db);
}
