/*
 * queue-case.h - an empty store on each engine, for the tests of what stands
 * above the store
 *
 * SQLite in a folder of its own; PostgreSQL, when AAOS_TEST_POSTGRES names
 * a database, in a schema of its own.  Rows are put and looked at with SQL
 * that both engines understand.
 */
#ifndef AAOS_TESTS_QUEUE_CASE_H
#define AAOS_TESTS_QUEUE_CASE_H

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "store/migrate.h"
#include "store/store.h"
#include "tap.h"

static struct store *store; /* of the engine under test */
static char *store_url;
static struct err err;

/* No test goes on after this. */
ATTR_NORETURN
static void give_up(const char *what)
{
    printf("Bail out! %s: %s\n", what, err.msg);
    exit(1);
}

ATTR_PRINTF(1, 2)
ATTR_UNUSED
static void sql(const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    if (db_script(store_db(store), text.data, &err) < 0)
        give_up(text.data);
    buf_release(&text);
}

/* The number in the first cell of the first row. */
ATTR_PRINTF(1, 2)
ATTR_UNUSED
static int64_t look(const char *fmt, ...)
{
    struct db_rows rows = {0};
    struct buf text = {0};
    va_list args;
    int64_t num;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    if (db_adhoc(store_db(store), text.data, NULL, 0, &rows, &err) < 0)
        give_up(text.data);
    num = rows.count > 0 ? db_num(&rows, 0, 0) : -1;
    db_rows_release(&rows);
    buf_release(&text);
    return num;
}

/* Something that looks like an id, one a seq. */
ATTR_UNUSED
static const char *id_of(int64_t seq)
{
    static char ids[8][40];
    static size_t next;
    char *id = ids[next++ % LENGTH(ids)];

    snprintf(id, sizeof(ids[0]), "01980000-0000-7000-8000-%012" PRIx64,
             (uint64_t)seq);
    return id;
}

/* A task made at instant seq; pending, or running for this agent. */
ATTR_UNUSED
static void put_task(int64_t seq, const char *type, const char *agent)
{
    char *quoted = agent ? xasprintf("'%s'", agent) : xstrdup("NULL");

    sql("INSERT INTO tasks (seq, task_id, task_type, priority, status,"
        " sort_at, attempt, agent_id, lease_until, created_at, updated_at,"
        " started_at)"
        " VALUES (%" PRId64 ", '%s', '%s', 5, '%s', %" PRId64 ", %d, %s, %s,"
        " %" PRId64 ", %" PRId64 ", %s)",
        seq, id_of(seq), type, agent ? "running" : "pending", seq,
        agent ? 1 : 0, quoted, agent ? "9000000000000000" : "NULL", seq, seq,
        agent ? "1" : "NULL");
    sql("INSERT INTO task_bodies (seq, description, correlation_id)"
        " VALUES (%" PRId64 ", 'a task', 'c')",
        seq);
    free(quoted);
}

/* Empty tables for the next case. */
ATTR_UNUSED
static void clear(void)
{
    sql("DELETE FROM attempts; DELETE FROM task_bodies; DELETE FROM tasks;"
        " DELETE FROM agents; DELETE FROM agent_communications;"
        " DELETE FROM execution_logs");
    err_clear(&err);
}

static void open_case(const char *url)
{
    struct db *db;

    store = store_open(url, STORE_MIGRATE, NULL, "test", &err);
    if (!store)
        give_up("cannot open the store");
    db = store_db(store);
    if (migrate_to(db, migrate_latest(db_engine(db)), NULL, NULL, &err) < 0)
        give_up("cannot create the tables");
}

static void run_postgres(const char *base, void (*cases)(void))
{
    const struct db_options none = {.program = "test"};
    char *make = xasprintf("CREATE SCHEMA aaos_%ld", (long)getpid());
    char *drop = xasprintf("DROP SCHEMA aaos_%ld CASCADE", (long)getpid());
    struct db *db = NULL;

    if (db_open(base, &none, &db, &err) < 0 || db_script(db, make, &err) < 0)
        give_up(base);
    printf("# PostgreSQL\n");
    store_url =
        xasprintf("%s&options=-csearch_path%%3Daaos_%ld", base, (long)getpid());
    open_case(store_url);
    cases();
    store_close(store);
    if (db_script(db, "SET client_min_messages = error", &err) < 0 ||
        db_script(db, drop, &err) < 0)
        give_up(drop);
    db_close(db);
    free(store_url);
    free(make);
    free(drop);
}

/* The cases on SQLite, then, if there is one, on PostgreSQL. */
static void run_on_engines(void (*cases)(void))
{
    static const char *const ends[] = {"", "-wal", "-shm", "-lock", "-wake"};
    const char *base = getenv("AAOS_TEST_POSTGRES");
    char dir[] = "/tmp/aaos-queue-XXXXXX";

    if (!mkdtemp(dir))
        give_up("mkdtemp");
    store_url = xasprintf("sqlite:%s/t.db", dir);
    open_case(store_url);
    cases();
    store_close(store);
    free(store_url);
    for (size_t i = 0; i < LENGTH(ends); i++) {
        char *file = xasprintf("%s/t.db%s", dir, ends[i]);

        unlink(file);
        free(file);
    }
    ok(rmdir(dir) == 0, "nothing else is left in the folder");
    if (base)
        run_postgres(base, cases);
    else
        ok(true, "PostgreSQL # SKIP AAOS_TEST_POSTGRES is not set");
}

#endif
