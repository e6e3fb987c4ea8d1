/*
 * limit-sqlite - what SQLite itself can do with our schema
 *
 *     limit-sqlite submit FILE N    N tasks, 1000 a transaction
 *     limit-sqlite drain FILE N     claim and finish N of them, 1000 at a time
 *     limit-sqlite one FILE         one task, for the time from start to exit
 *
 * FILE was made by `aaos-migrate up`.  One process, no parsing, no locks but
 * SQLite's own; WAL and synchronous=FULL as in aaos.
 */
#include "config.h"

#include <sqlite3.h>

#include "bench.h"

enum { BATCH = 1000 };

static sqlite3 *db;

static void must(int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        bench_die("limit-sqlite: %s: %s", what, sqlite3_errmsg(db));
}

static void run(const char *sql)
{
    must(sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    must(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), sql);
    return stmt;
}

/* A statement without rows, once more. */
static void step(sqlite3_stmt *stmt)
{
    must(sqlite3_step(stmt), "step");
    sqlite3_reset(stmt);
}

static void text(sqlite3_stmt *stmt, int at, const char *value)
{
    sqlite3_bind_text(stmt, at, value, -1, SQLITE_STATIC);
}

/* ---------------------------------------------------------------- submit */

static int64_t next_seq(void)
{
    sqlite3_stmt *stmt = prepare("SELECT coalesce(max(seq), 0) + 1 FROM tasks");
    int64_t seq;

    must(sqlite3_step(stmt), "max");
    seq = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return seq;
}

static void insert(sqlite3_stmt *task, sqlite3_stmt *body, int64_t seq)
{
    char id[BENCH_ID_SIZE];
    char what[64];
    char payload[160];

    bench_id(id, seq);
    snprintf(what, sizeof(what), "Summarise document number %" PRId64, seq);
    snprintf(payload, sizeof(payload),
             "{\"n\":%" PRId64
             ",\"url\":\"https://example.com/documents/%" PRId64 "\"}",
             seq, seq);
    sqlite3_bind_int64(task, 1, seq);
    text(task, 2, id);
    sqlite3_bind_int64(task, 3, seq % 11);
    step(task);
    sqlite3_bind_int64(body, 1, seq);
    text(body, 2, what);
    sqlite3_bind_blob(body, 3, payload, (int)strlen(payload), SQLITE_STATIC);
    text(body, 4, id);
    step(body);
}

static void submit(long count)
{
    sqlite3_stmt *task = prepare(
        "INSERT INTO tasks (seq, task_id, task_type, priority, status, "
        "sort_at, max_attempts, max_losses, created_at, updated_at) "
        "VALUES (?1, ?2, 'research', ?3, 'pending', "
        "1700000000000000 + ?1 - ?3 * 300000000, 3, 3, 1700000000000000 + ?1, "
        "1700000000000000)");
    sqlite3_stmt *body = prepare(
        "INSERT INTO task_bodies (seq, description, payload, payload_format, "
        "correlation_id) VALUES (?1, ?2, ?3, 'json', ?4)");
    int64_t began = bench_now();
    int64_t seq = next_seq();
    long i;

    for (i = 0; i < count; i++) {
        if (i % BATCH == 0)
            run("BEGIN IMMEDIATE");
        insert(task, body, seq + i);
        if (i % BATCH == BATCH - 1 || i == count - 1)
            run("COMMIT");
    }
    bench_rate(count, began);
    sqlite3_finalize(task);
    sqlite3_finalize(body);
}

/* ----------------------------------------------------------------- drain */

static struct {
    sqlite3_stmt *claim, *body, *attempt, *finish;
    int64_t seqs[BATCH];
    int count;
} cycle;

static void open_cycle(void)
{
    cycle.claim = prepare(
        "UPDATE tasks SET status = 'running', attempt = attempt + 1, "
        "agent_id = 'bench', lease_until = 1, started_at = 1, updated_at = 1 "
        "WHERE status = 'pending' AND seq IN (SELECT seq FROM tasks "
        "WHERE status = 'pending' AND task_type = 'research' "
        "ORDER BY sort_at, seq LIMIT ?1) RETURNING seq");
    cycle.body = prepare("SELECT description, payload, correlation_id "
                         "FROM task_bodies WHERE seq = ?1");
    cycle.attempt = prepare(
        "INSERT INTO attempts (seq, attempt, agent_id, outcome, claimed_at, "
        "started_at, finished_at) SELECT seq, attempt, agent_id, 'completed', "
        "started_at, 1, 2 FROM tasks WHERE seq = ?1 AND agent_id = 'bench' "
        "AND status = 'running'");
    cycle.finish =
        prepare("UPDATE tasks SET status = 'completed', finished_at = 2, "
                "updated_at = 2, agent_id = NULL, lease_until = NULL "
                "WHERE seq = ?1 AND agent_id = 'bench' AND status = 'running'");
}

static void finish_all(void)
{
    int i;

    for (i = 0; i < cycle.count; i++) {
        sqlite3_bind_int64(cycle.attempt, 1, cycle.seqs[i]);
        step(cycle.attempt);
        sqlite3_bind_int64(cycle.finish, 1, cycle.seqs[i]);
        step(cycle.finish);
        if (sqlite3_changes(db) != 1)
            bench_die("limit-sqlite: a task got away");
    }
}

static void claim_some(int max)
{
    int i;

    cycle.count = 0;
    sqlite3_bind_int(cycle.claim, 1, max);
    while (sqlite3_step(cycle.claim) == SQLITE_ROW)
        cycle.seqs[cycle.count++] = sqlite3_column_int64(cycle.claim, 0);
    must(sqlite3_reset(cycle.claim), "claim");
    for (i = 0; i < cycle.count; i++) {
        sqlite3_bind_int64(cycle.body, 1, cycle.seqs[i]);
        must(sqlite3_step(cycle.body), "body");
        if (!sqlite3_column_text(cycle.body, 0))
            bench_die("limit-sqlite: a task without a body");
        sqlite3_reset(cycle.body);
    }
}

static void drain(long count)
{
    int64_t began = bench_now();
    long left = count;

    open_cycle();
    do {
        run("BEGIN IMMEDIATE");
        finish_all();
        claim_some(left < BATCH ? (int)left : BATCH);
        run("COMMIT");
        left -= cycle.count;
    } while (cycle.count > 0);
    if (left > 0)
        bench_die("limit-sqlite: %ld tasks are missing", left);
    bench_rate(count, began);
    sqlite3_finalize(cycle.claim);
    sqlite3_finalize(cycle.body);
    sqlite3_finalize(cycle.attempt);
    sqlite3_finalize(cycle.finish);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        bench_die("usage: limit-sqlite submit|drain|one FILE [N]");
    if (sqlite3_open(argv[2], &db) != SQLITE_OK)
        bench_die("limit-sqlite: cannot open %s", argv[2]);
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000; "
        "PRAGMA wal_autocheckpoint=2000");
    if (strcmp(argv[1], "submit") == 0 && argc > 3)
        submit(bench_count(argv[3]));
    else if (strcmp(argv[1], "drain") == 0 && argc > 3)
        drain(bench_count(argv[3]));
    else
        submit(1);
    sqlite3_close(db);
    return 0;
}
