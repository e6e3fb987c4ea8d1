/*
 * sql-case.h - a store filled and looked at with SQL, on each engine
 *
 * SQLite in a folder of its own; PostgreSQL, when AAOS_TEST_POSTGRES names
 * a database, in a schema of its own, so that tests can run side by side.
 * Rows are put in states that would take long to reach by working.
 */
#ifndef AAOS_TESTS_SQL_CASE_H
#define AAOS_TESTS_SQL_CASE_H

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "db/db.h"
#include "store/migrate.h"
#include "store/store.h"
#include "tap.h"

static struct store *store; /* of the case that runs */
ATTR_UNUSED static struct db_rows rows;
static struct err err;

/* No test goes on after this. */
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

/* The first cell of the first row; a few answers live side by side. */
ATTR_PRINTF(1, 2)
ATTR_UNUSED
static const char *look(const char *fmt, ...)
{
    static char answers[8][256];
    static size_t next;
    char *answer = answers[next++ % LENGTH(answers)];
    struct db_rows found = {0};
    struct buf text = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    if (db_adhoc(store_db(store), text.data, NULL, 0, &found, &err) < 0)
        give_up(text.data);
    if (found.count == 0 || db_null(&found, 0, 0))
        snprintf(answer, sizeof(answers[0]), "-");
    else if (db_cell(&found, 0, 0)->kind == DB_NUM)
        snprintf(answer, sizeof(answers[0]), "%" PRId64, db_num(&found, 0, 0));
    else
        snprintf(answer, sizeof(answers[0]), "%s", db_text(&found, 0, 0));
    db_rows_release(&found);
    buf_release(&text);
    return answer;
}

#define look_num(...) strtoll(look(__VA_ARGS__), NULL, 10)

/* Ids that look like real ones, one a seq. */
ATTR_UNUSED
static const char *id_of(int64_t seq)
{
    static char ids[8][48];
    static size_t next;
    char *id = ids[next++ % LENGTH(ids)];

    snprintf(id, sizeof(ids[0]), "0198%04" PRIx64 "-0000-7000-8000-%012" PRIx64,
             (uint64_t)seq & 0xffff, (uint64_t)seq * 2654435761U);
    return id;
}

/* A task that was made at instant seq seconds, in any state. */
ATTR_UNUSED
static void put_task(int64_t seq, const char *type, const char *status)
{
    bool running = strcmp(status, "running") == 0;
    bool waits =
        strcmp(status, "scheduled") == 0 || strcmp(status, "retry") == 0;
    bool final = strcmp(status, "completed") == 0 ||
                 strcmp(status, "dead") == 0 ||
                 strcmp(status, "cancelled") == 0;
    const char *far = "9000000000000000";
    int64_t at = seq * 1000000;
    int64_t unit = 300000000;
    char end[24] = "NULL";

    if (final)
        snprintf(end, sizeof(end), "%" PRId64, at + 500000);
    sql("INSERT INTO tasks (seq, task_id, task_type, priority, status,"
        " sort_at, run_at, attempt, agent_id, lease_until, created_at,"
        " updated_at, finished_at) VALUES (%" PRId64 ", '%s', '%s', 5, '%s',"
        " %" PRId64 ", %s, %d, %s, %s, %" PRId64 ", %" PRId64 ", %s)",
        seq, id_of(seq), type, status, at - 5 * unit, waits ? far : "NULL",
        running || final, running ? "'agent-1'" : "NULL",
        running ? far : "NULL", at, at, end);
    sql("INSERT INTO task_bodies (seq, description, correlation_id)"
        " VALUES (%" PRId64 ", 'task %" PRId64 "', 'c%" PRId64 "')",
        seq, seq, seq % 3);
}

/* Empty tables for the next case. */
static void clear(void)
{
    sql("DELETE FROM attempts; DELETE FROM task_dependencies;"
        " DELETE FROM task_bodies; DELETE FROM tasks; DELETE FROM workflows;"
        " DELETE FROM agents; DELETE FROM agent_communications;"
        " DELETE FROM execution_logs; DELETE FROM audit_logs;"
        " DELETE FROM meta WHERE key = 'audit_seq' OR key = 'audit_hash'");
    err_clear(&err);
}

/* Two of each state; the odd ones are code. */
ATTR_UNUSED
static void put_all_states(void)
{
    clear();
    for (int i = 0; i < TASK_STATUS_COUNT; i++) {
        const char *name = task_status_name((enum task_status)i);

        put_task(2 * i + 1, "code", name);
        put_task(2 * i + 2, "qa", name);
    }
}

ATTR_UNUSED
static void put_attempt(int64_t seq, int attempt, const char *outcome,
                        int64_t finished_at)
{
    sql("INSERT INTO attempts (seq, attempt, agent_id, outcome, exit_status,"
        " claimed_at, started_at, finished_at, result, result_format)"
        " VALUES (%" PRId64 ", %d, 'agent-1', '%s', %d, 1, 2, %" PRId64
        ", 'r%d', 'bytes')",
        seq, attempt, outcome, attempt, finished_at, attempt);
}

/* The seqs of the rows, with blanks between. */
ATTR_UNUSED
static const char *seqs(size_t column)
{
    static struct buf text;

    buf_reset(&text);
    buf_str(&text, "");
    for (size_t i = 0; i < rows.count; i++)
        buf_fmt(&text, i ? " %" PRId64 : "%" PRId64, db_num(&rows, i, column));
    db_rows_release(&rows);
    return text.data;
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
    char *url =
        xasprintf("%s&options=-csearch_path%%3Daaos_%ld", base, (long)getpid());
    char *make = xasprintf("CREATE SCHEMA aaos_%ld", (long)getpid());
    char *drop = xasprintf("SET client_min_messages = error;"
                           " DROP SCHEMA aaos_%ld CASCADE",
                           (long)getpid());
    struct db *db = NULL;

    if (db_open(base, &none, &db, &err) < 0 || db_script(db, make, &err) < 0)
        give_up(base);
    printf("# PostgreSQL\n");
    open_case(url);
    cases();
    store_close(store);
    if (db_script(db, drop, &err) < 0)
        give_up(drop);
    db_close(db);
    free(url);
    free(make);
    free(drop);
}

/* The cases on SQLite, then, if there is one, on PostgreSQL. */
static void run_on_engines(void (*cases)(void))
{
    static const char *const ends[] = {"", "-wal", "-shm", "-lock", "-wake"};
    const char *base = getenv("AAOS_TEST_POSTGRES");
    char dir[] = "/tmp/aaos-sql-XXXXXX";
    char *url;

    if (!mkdtemp(dir))
        give_up("mkdtemp");
    url = xasprintf("sqlite:%s/t.db", dir);
    open_case(url);
    cases();
    store_close(store);
    for (size_t i = 0; i < LENGTH(ends); i++) {
        char *file = xasprintf("%s/t.db%s", dir, ends[i]);

        unlink(file);
        free(file);
    }
    ok(rmdir(dir) == 0, "nothing else is left in the folder");
    free(url);
    if (base)
        run_postgres(base, cases);
    else
        ok(true, "PostgreSQL # SKIP AAOS_TEST_POSTGRES is not set");
}

#endif
