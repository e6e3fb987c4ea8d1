/*
 * db-items.h - one small table on both engines, for the tests of db
 *
 * on_both_engines() runs a test program's cases on a new SQLite database,
 * and on the PostgreSQL server whose URL is in AAOS_TEST_POSTGRES.
 */
#ifndef AAOS_TESTS_DB_ITEMS_H
#define AAOS_TESTS_DB_ITEMS_H

#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "db/db.h"
#include "drop.h"
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
    [PUT] = "INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?5)",
    [GET] = "SELECT num, real, text, data FROM item WHERE id = ?1",
    [COUNT] = "SELECT count(*), sum(id) FROM item",
    [LIST] = "SELECT id, text FROM item ORDER BY id",
    [BUMP] = "UPDATE item SET num = num + ?1 RETURNING id, num",
    [RETEXT] = "UPDATE item SET text = ?2 WHERE id = ?1 RETURNING text",
    [MISSING_TABLE] = "SELECT 1 FROM nowhere",
    [MISSING_SYNTAX] = "SELEKT 1",
};

static const char *const on_postgres[LAST] = {
    [PUT] = "INSERT INTO item VALUES ($1, $2, $3, $4, $5)",
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

ATTR_UNUSED
static struct db *open_db(void)
{
    struct db *db = NULL;

    if (db_open(url, &options, &db, &err) < 0) {
        printf("Bail out! cannot open %s: %s\n", url, err.msg);
        exit(1);
    }
    return db;
}

ATTR_UNUSED
static void by_script(const char *where, const char *text)
{
    struct db *db;

    url = where;
    db = open_db();
    ok(db_script(db, text, &err) == 0, "%s", text);
    db_close(db);
}

ATTR_UNUSED
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

ATTR_UNUSED
static int64_t put(struct db *db, int64_t id, const char *text)
{
    const struct db_arg args[] = {arg_num(id), arg_num(0), arg_null(),
                                  arg_text(text), arg_null()};

    return db_exec(db, PUT, args, LENGTH(args), &err);
}

ATTR_UNUSED
static int64_t count(struct db *db)
{
    struct db_rows rows = {0};
    int64_t got = -1;

    if (db_query(db, COUNT, NULL, 0, &rows, &err) == 0)
        got = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return got;
}

ATTR_UNUSED
static int send_put(struct db *db, int64_t id, const char *text)
{
    const struct db_arg args[] = {arg_num(id), arg_num(0), arg_null(),
                                  arg_text(text), arg_null()};

    return db_send(db, PUT, args, LENGTH(args), &err);
}

ATTR_UNUSED
static char *make_folder(void)
{
    char *made = xstrdup("/tmp/aaos-db-XXXXXX");

    if (!mkdtemp(made))
        exit(1);
    return made;
}

/* Removes and frees it. */
ATTR_UNUSED
static void drop_folder(char *made)
{
    drop_tree(made);
    free(made);
}

/*
 * On the server of AAOS_TEST_POSTGRES, in a schema of its own so that test
 * programs can run side by side; false when there is none.
 */
ATTR_UNUSED
static bool on_postgres_server(void (*run_all)(void))
{
    const char *base = getenv("AAOS_TEST_POSTGRES");
    char *create = xasprintf("CREATE SCHEMA test_db_%d", (int)getpid());
    char *drop = xasprintf("DROP SCHEMA test_db_%d CASCADE", (int)getpid());
    char *inside = xasprintf("%s&options=-csearch_path%%3Dtest_db_%d",
                             base ? base : "", (int)getpid());

    if (base) {
        by_script(base, create);
        url = inside;
        run_all();
        by_script(base, drop);
    }
    free(create);
    free(drop);
    free(inside);
    return base != NULL;
}

ATTR_UNUSED
static void on_both_engines(void (*run_all)(void))
{
    char *place = make_folder();
    char *sqlite = xasprintf("sqlite:///%s/new/test.db", place);

    printf("# SQLite\n");
    url = sqlite;
    run_all();
    free(sqlite);
    drop_folder(place);

    printf("# PostgreSQL\n");
    if (!on_postgres_server(run_all))
        ok(true, "PostgreSQL # SKIP AAOS_TEST_POSTGRES is not set");
}

#endif
