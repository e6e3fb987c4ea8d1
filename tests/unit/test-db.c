/*
 * Values, rows and classes of failure, the same on both engines.
 */
#include "config.h"

#include "db/db.h"

#include "db-items.h"
#include "tap.h"

static void test_urls(void)
{
    enum db_engine engine;

    ok(db_engine_of("a:b.db", &engine, &err) == 0 && engine == DB_SQLITE,
       "a path may have a colon");
    ok(db_engine_of("sqlite:x", &engine, &err) == 0 && engine == DB_SQLITE,
       "sqlite:");
    ok(db_engine_of("sqlite+aiosqlite:///x", &engine, &err) == 0 &&
           engine == DB_SQLITE,
       "a driver's name is ignored");
    ok(db_engine_of("postgres://h/d", &engine, &err) == 0 &&
           engine == DB_POSTGRES,
       "postgres:");
    ok(db_engine_of("postgresql+psycopg2://h/d", &engine, &err) == 0 &&
           engine == DB_POSTGRES,
       "postgresql+driver:");
    ok(db_engine_of("mysql://h/d", &engine, &err) == -1 &&
           err.code == ERR_USAGE,
       "another: %s", err.msg);
    ok(db_engine_of("postgresql:x", &engine, &err) == -1 &&
           err.code == ERR_USAGE,
       "postgresql: without slashes: %s", err.msg);
}

static void test_values_come_back_as_they_were(void)
{
    struct db *db = open_empty();
    struct db_rows rows = {0};
    unsigned char bytes[256];
    const struct db_cell *cell;
    struct db_arg id = arg_num(1);
    struct db_arg args[] = {arg_num(1), arg_num(INT64_MIN), arg_real(0.1),
                            arg_textn("gr\xc3\xbc\xc3\x9f"
                                      "eXX",
                                      7),
                            arg_blob(bytes, sizeof(bytes))};

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)i;
    ok(db_exec(db, PUT, args, LENGTH(args), &err) == 1, "one row is inserted");
    ok(db_query(db, GET, &id, 1, &rows, &err) == 0 && rows.count == 1 &&
           rows.width == 4,
       "and found, with four columns");
    ok(db_num(&rows, 0, 0) == INT64_MIN, "the smallest number");
    ok(db_real(&rows, 0, 1) >= 0.1 && db_real(&rows, 0, 1) <= 0.1,
       "a fraction, to the last bit");
    is(db_text(&rows, 0, 2),
       "gr\xc3\xbc\xc3\x9f"
       "e",
       "text of a given length");
    cell = db_cell(&rows, 0, 3);
    ok(cell->kind == DB_BLOB && cell->len == 256 &&
           memcmp(cell->data, bytes, 256) == 0,
       "bytes, all 256 of them");
    db_rows_release(&rows);

    args[0] = id = arg_num(2);
    args[1] = arg_opt(false, 5);
    args[2] = arg_null();
    args[3] = arg_text("");
    args[4] = arg_blob("", 0);
    ok(db_exec(db, PUT, args, LENGTH(args), &err) == 1, "an emptier row");
    ok(db_query(db, GET, &id, 1, &rows, &err) == 0, "and found");
    ok(db_null(&rows, 0, 0) && db_null(&rows, 0, 1), "NULL is NULL");
    cell = db_cell(&rows, 0, 2);
    ok(cell->kind == DB_TEXT && cell->len == 0 && cell->data[0] == '\0',
       "the empty text is not NULL");
    cell = db_cell(&rows, 0, 3);
    ok(cell->kind == DB_BLOB && cell->len == 0, "nor are no bytes");
    db_rows_release(&rows);

    ok(db_query(db, COUNT, NULL, 0, &rows, &err) == 0 &&
           db_cell(&rows, 0, 1)->kind == DB_NUM && db_num(&rows, 0, 1) == 3,
       "a sum is a number");
    db_rows_release(&rows);
    db_close(db);
}

static void test_readers_convert(void)
{
    struct db *db = open_empty();
    struct db_rows rows = {0};

    ok(db_adhoc(db, "SELECT 42, '17', 2.5e0, NULL", NULL, 0, &rows, &err) == 0,
       "a statement of no table runs");
    is(db_text(&rows, 0, 0), "42", "a number reads as text");
    ok(db_num(&rows, 0, 1) == 17, "a text as a number");
    ok(db_num(&rows, 0, 2) == 2, "a fraction as a whole number");
    ok(!db_text(&rows, 0, 3) && db_num(&rows, 0, 3) == 0, "NULL as nothing");
    ok(db_null(&rows, 1, 0) && db_null(&rows, 0, 9),
       "beyond the rows there is nothing");
    db_rows_release(&rows);
    ok(rows.count == 0 && !rows.cells, "released rows are empty");
    db_close(db);
}

static void test_changed_rows_are_counted(void)
{
    struct db *db = open_empty();
    struct db_arg one = arg_num(1);
    struct db_rows rows = {0};

    put(db, 1, "a");
    put(db, 2, "b");
    put(db, 3, "c");
    ok(db_exec(db, BUMP, &one, 1, &err) == 3, "three rows are updated");
    ok(db_exec(db, LIST, NULL, 0, &err) == 0, "reading changes none");
    ok(db_query(db, BUMP, &one, 1, &rows, &err) == 0 && rows.count == 3 &&
           db_num(&rows, 0, 1) == 2 && db_num(&rows, 2, 1) == 2,
       "RETURNING gives all rows");
    db_rows_release(&rows);
    ok(put(db, 3, "again") == -1 && err.code == ERR_DATA && !db_broken(db),
       "a constraint is ERR_DATA: %s", err.msg);
    ok(count(db) == 3, "and the connection stays usable");
    db_close(db);
}

static void test_what_is_wrong_has_its_class(void)
{
    struct db *db = open_empty();
    struct db_arg args[] = {arg_num(1), arg_textn("a\0b", 3)};

    ok(db_exec(db, RETEXT, args, 2, &err) == -1 && err.code == ERR_DATA,
       "a NUL byte in a text: %s", err.msg);
    ok(db_exec(db, RETEXT, args, 1, &err) == -1 && err.code == ERR_BUG,
       "too few arguments: %s", err.msg);
    ok(db_exec(db, LAST, NULL, 0, &err) == -1 && err.code == ERR_BUG,
       "no such statement: %s", err.msg);
    ok(db_exec(db, MISSING_SYNTAX, NULL, 0, &err) == -1 && err.code == ERR_BUG,
       "no SQL: %s", err.msg);
    ok(db_exec(db, MISSING_TABLE, NULL, 0, &err) == -1 &&
           err.code == ERR_CONFIG,
       "no such table: %s", err.msg);
    ok(db_script(db, "SELEKT", &err) == -1 && err.code == ERR_BUG,
       "no script: %s", err.msg);
    ok(!db_broken(db) && count(db) == 0, "the connection stands all that");
    db_close(db);
}

static void test_read_only(void)
{
    struct db *db = open_empty();
    struct db_options only = options;
    struct db *reader = NULL;

    put(db, 1, "a");
    only.read_only = true;
    ok(db_open(url, &only, &reader, &err) == 0, "opened for reading");
    ok(count(reader) == 1, "it reads");
    ok(put(reader, 2, "b") == -1 && err.code == ERR_BUG, "it does not write");
    ok(db_begin(reader, &err) == -1 && err.code == ERR_BUG, "nor begin to");
    ok(db_snapshot(reader, &err) == 0 && count(reader) == 1 &&
           db_commit(reader, &err) == 0,
       "a snapshot is fine");
    ok(count(db) == 1, "nothing was written");
    db_close(reader);
    db_close(db);
}

static void run_all(void)
{
    test_values_come_back_as_they_were();
    test_readers_convert();
    test_changed_rows_are_counted();
    test_what_is_wrong_has_its_class();
    test_read_only();
}

int main(void)
{
    test_urls();
    on_both_engines(run_all);
    return tap_done();
}
