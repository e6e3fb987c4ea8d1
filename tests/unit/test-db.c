/*
 * The promises of db.h, kept by both engines: on SQLite always, and on the
 * PostgreSQL server whose URL is in AAOS_TEST_POSTGRES.
 */
#include "config.h"

#include "db/db.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tap.h"

enum {
    PUT,
    GET,
    COUNT,
    LIST,
    BUMP,   /* RETURNING all rows */
    RETEXT, /* RETURNING what was written */
    MISSING_TABLE,
    MISSING_SYNTAX,
    LAST
};

static const char *const on_sqlite[LAST] = {
    [PUT] = "INSERT INTO item (id, num, real, text, data) "
            "VALUES (?1, ?2, ?3, ?4, ?5)",
    [GET] = "SELECT num, real, text, data FROM item WHERE id = ?1",
    [COUNT] = "SELECT count(*), sum(id) FROM item",
    [LIST] = "SELECT id, text FROM item ORDER BY id",
    [BUMP] = "UPDATE item SET num = num + ?1 RETURNING id, num",
    [RETEXT] = "UPDATE item SET text = ?2 WHERE id = ?1 RETURNING text",
    [MISSING_TABLE] = "SELECT 1 FROM nowhere",
    [MISSING_SYNTAX] = "SELEKT 1",
};

static const char *const on_postgres[LAST] = {
    [PUT] = "INSERT INTO item (id, num, \"real\", text, data) "
            "VALUES ($1, $2, $3, $4, $5)",
    [GET] = "SELECT num, \"real\", text, data FROM item WHERE id = $1",
    [COUNT] = "SELECT count(*), sum(id) FROM item",
    [LIST] = "SELECT id, text FROM item ORDER BY id",
    [BUMP] = "UPDATE item SET num = num + $1 RETURNING id, num",
    [RETEXT] = "UPDATE item SET text = $2 WHERE id = $1 RETURNING text",
    [MISSING_TABLE] = "SELECT 1 FROM nowhere",
    [MISSING_SYNTAX] = "SELEKT 1",
};

static const struct db_options options = {
    .sqlite = on_sqlite,
    .postgres = on_postgres,
    .count = LAST,
    .create = true,
    .program = "test-db",
};

static const char *url; /* of the engine under test */
static struct err err;

static struct db *open_db(void)
{
    struct db *db = NULL;

    if (db_open(url, &options, &db, &err) < 0) {
        printf("Bail out! cannot open %s: %s\n", url, err.msg);
        exit(1);
    }
    return db;
}

static struct db *open_empty(void)
{
    struct db *db = open_db();
    const char *text =
        db_engine(db) == DB_SQLITE
            ? "DROP TABLE IF EXISTS item;"
              "CREATE TABLE item (id INTEGER PRIMARY KEY, num INTEGER,"
              "                   real REAL, text TEXT, data BLOB)"
            : "DROP TABLE IF EXISTS item;"
              "CREATE TABLE item (id bigint PRIMARY KEY, num bigint,"
              "                   \"real\" float8, text text, data bytea)";

    ok(db_script(db, text, &err) == 0, "a script of two statements runs");
    return db;
}

static int64_t put(struct db *db, int64_t id, const char *text)
{
    const struct db_arg args[] = {arg_num(id), arg_num(0), arg_null(),
                                  arg_text(text), arg_null()};

    return db_exec(db, PUT, args, LENGTH(args), &err);
}

static int64_t count(struct db *db)
{
    struct db_rows rows = {0};
    int64_t got = -1;

    if (db_query(db, COUNT, NULL, 0, &rows, &err) == 0)
        got = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return got;
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

static void test_a_failed_statement_fails_its_transaction(void)
{
    struct db *db = open_empty();

    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == 1,
       "a row in a transaction");
    ok(put(db, 1, "a") == -1 && err.code == ERR_DATA, "the same once more");
    ok(put(db, 2, "b") == -1 && err.code == ERR_BUG, "nothing runs after it");
    ok(db_commit(db, &err) == -1 && !db_fate_unknown(db), "nor commits");
    ok(count(db) == 0, "everything is undone");
    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == 1 && put(db, 1, "a") == -1,
       "once more");
    db_rollback(db);
    db_rollback(db);
    ok(put(db, 5, "e") == 1 && count(db) == 1, "rolled back, it goes on");
    ok(db_commit(db, &err) == -1 && err.code == ERR_BUG,
       "no transaction, no commit");
    db_close(db);
}

static void test_others_see_what_was_committed(void)
{
    struct db *db = open_empty();
    struct db *other = open_db();

    ok(db_begin(db, &err) == 0 && put(db, 1, "a") == 1, "a row is written");
    ok(db_begin(db, &err) == -1 && err.code == ERR_BUG, "nesting is refused");
    ok(count(other) == 0, "before the commit nobody sees it");
    ok(db_commit(db, &err) == 0 && count(other) == 1, "after it all do");

    ok(db_snapshot(other, &err) == 0 && count(other) == 1, "a snapshot");
    put(db, 2, "b");
    ok(count(other) == 1 && count(db) == 2, "does not see what comes later");
    ok(put(other, 3, "c") == -1 && err.code == ERR_BUG, "and cannot write");
    db_rollback(other);
    ok(db_snapshot(other, &err) == 0 && db_commit(other, &err) == 0 &&
           count(other) == 2,
       "after it the new rows are there");

    ok(db_begin(db, &err) == 0 && put(db, 4, "d") == 1, "a row");
    db_rollback(db);
    ok(count(db) == 2, "is gone after a rollback");
    db_close(other);
    db_close(db);
}

static int send_put(struct db *db, int64_t id, const char *text)
{
    const struct db_arg args[] = {arg_num(id), arg_num(0), arg_null(),
                                  arg_text(text), arg_null()};

    return db_send(db, PUT, args, LENGTH(args), &err);
}

static void test_many_statements_are_sent(void)
{
    static int64_t changed[DB_SEND_MAX];
    struct db *db = open_empty();
    struct db_arg one = arg_num(1);
    bool good = true;

    ok(send_put(db, 1, "a") == -1 && err.code == ERR_BUG,
       "sending needs a transaction");
    ok(db_begin(db, &err) == 0, "in a transaction");
    for (int64_t i = 0; i < DB_SEND_MAX - 1; i++)
        good = good && send_put(db, i, "text") == 0;
    ok(good && db_send(db, BUMP, &one, 1, &err) == 0, "a full load is sent");
    ok(db_collect(db, changed, DB_SEND_MAX, &err) == 0 && changed[0] == 1 &&
           changed[DB_SEND_MAX - 2] == 1 &&
           changed[DB_SEND_MAX - 1] == DB_SEND_MAX - 1,
       "and each says how many rows it changed");
    ok(count(db) == DB_SEND_MAX - 1, "a query may follow");
    ok(db_collect(db, NULL, 0, &err) == 0, "collecting nothing is fine");
    ok(send_put(db, -1, "a") == 0 && db_collect(db, NULL, 1, &err) == 0 &&
           db_commit(db, &err) == 0 && count(db) == DB_SEND_MAX,
       "a second load, and all is stored");

    ok(db_begin(db, &err) == 0 && send_put(db, -2, "a") == 0 &&
           count(db) == -1 && err.code == ERR_BUG,
       "a query must not come in between");
    ok(db_commit(db, &err) == -1, "that fails the transaction");
    ok(db_begin(db, &err) == 0 && send_put(db, -2, "a") == 0 &&
           db_collect(db, NULL, 2, &err) == -1 && err.code == ERR_BUG,
       "what is collected is what was sent");
    db_rollback(db);
    ok(db_begin(db, &err) == 0 && send_put(db, -2, "a") == 0 &&
           db_commit(db, &err) == -1 && err.code == ERR_BUG,
       "an uncollected load is not committed");
    ok(count(db) == DB_SEND_MAX, "nothing of that is there");
    db_close(db);
}

static void test_a_failure_among_many(void)
{
    struct db *db = open_empty();
    struct db_arg one = arg_num(1);
    int ret;

    ok(db_begin(db, &err) == 0 && send_put(db, 1, "a") == 0, "a good one");
    ret = send_put(db, 1, "a");
    if (ret == 0)
        ret = send_put(db, 2, "b");
    /* Its first use is behind the failure: it must be prepared again. */
    if (ret == 0)
        ret = db_send(db, BUMP, &one, 1, &err);
    if (ret == 0)
        ret = db_collect(db, NULL, 4, &err);
    ok(ret == -1 && err.code == ERR_DATA, "a bad one fails the load: %s",
       err.msg);
    db_rollback(db);
    ok(count(db) == 0 && put(db, 1, "a") == 1, "all of it, and it goes on");
    ok(db_begin(db, &err) == 0 && db_send(db, BUMP, &one, 1, &err) == 0 &&
           db_collect(db, NULL, 1, &err) == 0 && db_commit(db, &err) == 0,
       "what was skipped works the next time");
    db_close(db);
}

/* More than both sides' buffers hold, in both directions at once. */
static void test_big_loads_do_not_block(void)
{
    enum { SENT = 100, SIZE = 200000 };
    struct db *db = open_empty();
    char *text = xmalloc(SIZE);
    bool good = true;

    memset(text, 'x', SIZE);
    put(db, 1, "a");
    ok(db_begin(db, &err) == 0, "a transaction");
    for (int i = 0; i < SENT; i++) {
        const struct db_arg args[] = {arg_num(1), arg_textn(text, SIZE)};

        good = good && db_send(db, RETEXT, args, 2, &err) == 0;
    }
    ok(good && db_collect(db, NULL, SENT, &err) == 0 &&
           db_commit(db, &err) == 0,
       "20 MB there and back in one load");
    free(text);
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

static void test_a_script_is_all_or_nothing(void)
{
    struct db *db = open_empty();

    ok(db_script(db, "INSERT INTO item (id) VALUES (1); SELECT 1 FROM nowhere",
                 &err) == -1,
       "a script fails in its second half");
    ok(count(db) == 0, "and the first half is undone");
    ok(db_begin(db, &err) == 0 &&
           db_script(db, "INSERT INTO item (id) VALUES (1);", &err) == 0,
       "a script in a transaction");
    db_rollback(db);
    ok(count(db) == 0, "is undone with it");
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

static void test_reconnect(void)
{
    struct db *db = open_empty();

    put(db, 1, "a");
    ok(db_begin(db, &err) == 0 && put(db, 2, "b") == 1, "in a transaction");
    ok(db_reconnect(db, &err) == 0 && !db_broken(db), "it connects anew");
    ok(count(db) == 1 && put(db, 3, "c") == 1, "the transaction was undone");
    ok(db_begin(db, &err) == 0 && send_put(db, 4, "d") == 0 &&
           db_reconnect(db, &err) == 0 && count(db) == 2,
       "and so with one that was half sent");
    db_close(db);
}

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

static void run_all(void)
{
    test_values_come_back_as_they_were();
    test_readers_convert();
    test_changed_rows_are_counted();
    test_a_failed_statement_fails_its_transaction();
    test_others_see_what_was_committed();
    test_many_statements_are_sent();
    test_a_failure_among_many();
    test_big_loads_do_not_block();
    test_what_is_wrong_has_its_class();
    test_a_script_is_all_or_nothing();
    test_read_only();
    test_reconnect();
}

int main(void)
{
    char folder[] = "/tmp/aaos-db-XXXXXX";
    char *command;

    if (!mkdtemp(folder))
        return 1;
    test_urls();
    printf("# SQLite\n");
    url = xasprintf("sqlite:///%s/new/test.db", folder);
    run_all();
    command = xasprintf("rm -r '%s'", folder);
    if (system(command) != 0) /* NOLINT(cert-env33-c): a folder of our own */
        printf("# cannot remove %s\n", folder);

    url = getenv("AAOS_TEST_POSTGRES");
    if (url) {
        printf("# PostgreSQL\n");
        run_all();
    } else {
        ok(true, "PostgreSQL # SKIP AAOS_TEST_POSTGRES is not set");
    }
    return tap_done();
}
