/*
 * The promises of read.h, kept by both engines.
 */
#include "config.h"

#include "store/read.h"

#include "sql-case.h"
#include "store/sql-sqlite.h"

static const char *tasks(const struct read_filter *filter, int64_t before,
                         size_t limit)
{
    db_rows_release(&rows);
    if (read_tasks(store, filter, before, limit, &rows, &err) < 0)
        give_up("read_tasks");
    return seqs(RT_SEQ);
}

static const char *states(const char *json)
{
    struct read_filter filter = {.states = json};

    return tasks(&filter, 0, 100);
}

static void test_tasks_come_newest_first_in_pages(void)
{
    put_all_states();
    is(tasks(NULL, 0, 5), "18 17 16 15 14", "the newest come first");
    is(tasks(NULL, 14, 5), "13 12 11 10 9", "the next page goes on");
    is(tasks(NULL, 3, 5), "2 1", "the last one ends");
    is(tasks(NULL, 1, 5), "", "and there is nothing behind it");
}

static void test_tasks_by_state(void)
{
    put_all_states();
    is(states("[\"pending\"]"), "8 7", "pending");
    is(states("[\"running\"]"), "10 9", "running");
    is(states("[\"scheduled\"]"), "6 5",
       "scheduled, which shares its index with retry");
    is(states("[\"retry\",\"held\"]"), "12 11 2 1", "retry and held");
    is(states("[\"dead\",\"blocked\"]"), "16 15 4 3", "dead and blocked");
    is(states("[\"completed\"]"), "14 13", "completed, which has no index");
    is(states("[\"cancelled\",\"pending\"]"), "18 17 8 7",
       "one with and one without");
    is(states("[]"), "", "no state");
    ok(read_tasks(store, &(struct read_filter){.states = "[\"done\"]"}, 0, 9,
                  &rows, &err) == -1 &&
           err.code == ERR_DATA,
       "an unknown state is refused: %s", err.msg);
}

static void test_tasks_by_other_things(void)
{
    struct read_filter filter = {.types = "[\"code\"]"};

    put_all_states();
    is(tasks(&filter, 8, 3), "7 5 3", "a type");
    filter = (struct read_filter){.types = "[\"code\",\"qa\"]",
                                  .states = "[\"dead\"]"};
    is(tasks(&filter, 0, 9), "16 15", "types and a state");
    filter = (struct read_filter){.since = 16000000};
    is(tasks(&filter, 0, 9), "18 17 16", "made since");
    filter = (struct read_filter){.agent = "agent-1"};
    is(tasks(&filter, 0, 9), "10 9", "what an agent runs");
    filter = (struct read_filter){.correlation_id = "c0"};
    is(tasks(&filter, 0, 3), "18 15 12", "a correlation id");
    sql("UPDATE task_bodies SET session_id = 's' WHERE seq = 4");
    filter = (struct read_filter){.session_id = "s"};
    is(tasks(&filter, 0, 3), "4", "a session");
}

static void test_tasks_of_a_workflow(void)
{
    struct read_filter filter = {.workflow = "nightly"};

    put_all_states();
    sql("INSERT INTO workflows (workflow_id, name, created_at)"
        " VALUES ('w-1', 'nightly', 1), ('w-2', 'w-1', 1);"
        "UPDATE tasks SET workflow_id = 'w-1' WHERE seq > 14;"
        "UPDATE tasks SET workflow_id = 'w-2' WHERE seq = 3");
    is(tasks(&filter, 18, 9), "17 16 15", "by name");
    filter.workflow = "w-1";
    is(tasks(&filter, 0, 9), "18 17 16 15", "an id goes before a name");
    filter.states = "[\"dead\"]";
    is(tasks(&filter, 0, 9), "16 15", "and by state");
    filter.workflow = "weekly";
    ok(read_tasks(store, &filter, 0, 9, &rows, &err) == -1 &&
           err.code == ERR_NOINPUT,
       "an unknown one is said: %s", err.msg);
}

/* "seq", or "child>parent", of each row, page by page. */
static const char *flow(bool edges, size_t limit)
{
    static struct buf text;
    struct read_flow_at at = {0};
    size_t most = 1000; /* calls: it has to end */

    buf_reset(&text);
    buf_str(&text, "");
    do {
        if ((edges ? read_flow_edges : read_flow_tasks)(store, "w-1", &at,
                                                        limit, &rows, &err) < 0)
            give_up("read_flow");
        for (size_t i = 0; i < rows.count; i++) {
            buf_fmt(&text, "%s%lld", text.len > 0 ? " " : "",
                    (long long)db_num(&rows, i, 0));
            if (edges)
                buf_fmt(&text, ">%lld",
                        (long long)db_num(&rows, i, RP_PARENT_SEQ));
        }
    } while (rows.count > 0 && --most > 0);
    ok(most > 0, "and there is an end");
    return text.data;
}

static void test_a_workflow_is_read_in_order_wherever_its_tasks_are(void)
{
    static const int64_t in[] = {1,    4095,  4096,   4097,   8191,
                                 8192, 50000, 123456, 123457, 1000000};

    clear();
    sql("INSERT INTO workflows (workflow_id, name, created_at)"
        " VALUES ('w-1', 'nightly', 1), ('w-2', 'weekly', 1)");
    is(flow(false, 3), "", "no tasks at all");
    for (size_t i = 0; i < LENGTH(in); i++)
        put_task(in[i], "code", "pending");
    put_task(2, "code", "pending");
    put_task(4098, "code", "pending");
    put_task(1000001, "code", "pending");
    is(flow(false, 3), "", "none of this workflow");
    is(flow(true, 3), "", "and no edges");
    sql("UPDATE tasks SET workflow_id = 'w-1';"
        "UPDATE tasks SET workflow_id = 'w-2'"
        " WHERE seq = 2 OR seq = 4098 OR seq = 1000001;"
        "INSERT INTO task_dependencies (child_seq, parent_seq, parent_id)"
        " VALUES (4096, 1, 'a'), (4097, 1, 'a'), (4097, 4095, 'a'), (4097, 4096, 'a'),"
        " (123457, 2, 'a'), (4098, 2, 'a'), (1000000, 1, 'a'),"
        " (1000000, 2, 'a'), (1000000, 123457, 'a')");
    for (size_t limit = 1; limit <= 11; limit++) {
        is(flow(false, limit),
           "1 4095 4096 4097 8191 8192 50000 123456 123457 1000000",
           "its tasks, page by page");
        is(flow(true, limit),
           "4096>1 4097>1 4097>4095 4097>4096 123457>2 1000000>1 1000000>2 "
           "1000000>123457",
           "what they wait for, page by page");
    }
}

static void test_many_pending_tasks_are_paged_too(void)
{
    clear();
    sql("INSERT INTO tasks (seq, task_id, task_type, priority, status,"
        " sort_at, created_at, updated_at)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 10500) SELECT i, 'id-' || i, 'code', 5, 'pending', -i, i,"
        " i FROM n");
    sql("INSERT INTO task_bodies (seq, description, correlation_id)"
        " SELECT seq, 'd', 'c' FROM tasks");
    put_task(10501, "code", "held");
    is(states("[\"held\"]"), "10501", "few beside many");
    is(tasks(&(struct read_filter){.states = "[\"pending\"]"}, 0, 3),
       "10500 10499 10498", "many");
    is(tasks(&(struct read_filter){.states = "[\"pending\"]"}, 3, 9), "2 1",
       "the last page of many");
}

static void test_one_task(void)
{
    clear();
    put_task(1, "code", "running");
    put_task(2, "code", "pending");
    sql("UPDATE task_bodies SET payload = '1', payload_format = 'json',"
        " timeout = 5 WHERE seq = 1");
    ok(read_task(store, 1, &rows, &err) == 0 && rows.count == 1 &&
           rows.width == RX_COLUMNS,
       "a task has all its columns");
    is(db_text(&rows, 0, RT_TASK_ID), id_of(1), "its id");
    is(db_text(&rows, 0, RT_DESCRIPTION), "task 1", "its description");
    is(db_text(&rows, 0, RX_PAYLOAD), "1", "its payload");
    ok(db_num(&rows, 0, RX_TIMEOUT) == 5, "its time limit");
    ok(!db_null(&rows, 0, RX_LEASE_LEFT) && db_num(&rows, 0, RX_LEASE_LEFT) > 0,
       "what is left of its lease");
    db_rows_release(&rows);
    ok(read_task(store, 2, &rows, &err) == 0 &&
           db_null(&rows, 0, RX_LEASE_LEFT),
       "which only a running one has");
    db_rows_release(&rows);
    ok(read_task(store, 3, &rows, &err) == 0 && rows.count == 0,
       "no such task, no row");
    db_rows_release(&rows);
}

static void test_results(void)
{
    clear();
    put_task(1, "code", "completed");
    put_task(2, "code", "cancelled");
    put_task(3, "code", "retry");
    put_task(4, "qa", "dead");
    put_attempt(1, 1, "failed", 10);
    put_attempt(1, 2, "completed", 20);
    put_attempt(3, 1, "failed", 30);
    put_attempt(4, 1, "failed", 40);
    ok(read_results(store, "[4,1,3,2]", false, &rows, &err) == 0 &&
           rows.width == RR_COLUMNS,
       "results have all their columns");
    is(db_text(&rows, 1, RR_RESULT), "r2", "the last attempt counts");
    is(db_text(&rows, 1, RR_OUTCOME), "completed", "with its outcome");
    ok(db_null(&rows, 2, RR_OUTCOME) && db_null(&rows, 2, RR_RESULT),
       "a task that never ran has no result");
    is(seqs(RR_SEQ), "4 1 2", "the list keeps its order; 3 is not final");
    read_results(store, "[4,1,3,2]", true, &rows, &err);
    is(seqs(RR_SEQ), "4 1 3 2", "unless live ones are wanted");
    ok(read_results_page(store, NULL, false, 0, 2, &rows, &err) == 0, "a page");
    is(seqs(RR_SEQ), "1 2", "of results, oldest first");
    read_results_page(store, NULL, false, 2, 2, &rows, &err);
    is(seqs(RR_SEQ), "4", "the next one");
    read_results_page(store, &(struct read_filter){.types = "[\"qa\"]"}, true,
                      0, 9, &rows, &err);
    is(seqs(RR_SEQ), "4", "of one type");
    read_results_page(store, &(struct read_filter){.states = "[\"retry\"]"},
                      true, 0, 9, &rows, &err);
    is(seqs(RR_SEQ), "3", "of one state");
    read_results_page(store, &(struct read_filter){.states = "[\"retry\"]"},
                      false, 0, 9, &rows, &err);
    is(seqs(RR_SEQ), "", "which is not final");
    read_final(store, "[1,2,3,4,5]", &rows, &err);
    is(seqs(RF_SEQ), "1 2 4", "which are final");
}

static void test_attempts_and_logs(void)
{
    clear();
    put_task(1, "code", "completed");
    put_attempt(1, 2, "completed", 20);
    put_attempt(1, 1, "failed", 10);
    ok(read_attempts(store, 1, &rows, &err) == 0 && rows.width == RA_COLUMNS,
       "attempts have all their columns");
    is(seqs(RA_ATTEMPT), "1 2", "in order");
    sql("INSERT INTO execution_logs (id, ts, task_id, attempt, level, message)"
        " VALUES (1, 1, '%s', 1, 'info', 'a'), (2, 2, '%s', 1, 'info', 'b'),"
        " (3, 3, 'other', 1, 'info', 'c'), (4, 4, '%s', 2, 'stderr', 'd')",
        id_of(1), id_of(1), id_of(1));
    ok(read_logs(store, id_of(1), 0, 2, &rows, &err) == 0 &&
           rows.width == RL_COLUMNS,
       "logs have all their columns");
    is(seqs(RL_ID), "1 2", "the first");
    read_logs(store, id_of(1), 2, 9, &rows, &err);
    is(seqs(RL_ID), "4", "and those behind them, of this task alone");
}

/* How many there are: the highest. */
static size_t parameters(const char *text)
{
    size_t most = 0;

    while ((text = strchr(text, '?'))) {
        size_t n = strtoul(++text, NULL, 10);

        if (n > most)
            most = n;
    }
    return most;
}

/* A read that scans what may be long is only noticed when it is. */
static void test_pages_keep_to_their_index(void)
{
    static const enum sql hot[] = {
        SQL_READ_PICK_NEWEST,  SQL_READ_PICK_OLDEST, SQL_READ_FEW,
        SQL_READ_FEW_NEWEST,   SQL_READ_FEW_OLDEST,  SQL_READ_TASKS_ROWS,
        SQL_READ_RESULTS_ROWS, SQL_READ_FINAL,       SQL_READ_LOGS,
        SQL_READ_AHEAD,
    };

    if (db_engine(store_db(store)) != DB_SQLITE)
        return;
    for (size_t i = 0; i < LENGTH(hot); i++) {
        char *text = xasprintf("EXPLAIN QUERY PLAN %s", sql_sqlite[hot[i]]);
        struct db_arg args[16] = {{0}};
        bool scans = false;

        if (db_adhoc(store_db(store), text, args, parameters(text), &rows,
                     &err) < 0)
            give_up(text);
        for (size_t row = 0; row < rows.count; row++) {
            const char *step = db_text(&rows, row, 3);

            scans |=
                strncmp(step, "SCAN t", 6) == 0 && !strstr(step, "USING INDEX");
            scans |= strncmp(step, "SCAN a", 6) == 0;
        }
        ok(!scans && rows.count > 0, "statement %zu reads no whole table", i);
        db_rows_release(&rows);
        free(text);
    }
}

static void cases(void)
{
    test_tasks_come_newest_first_in_pages();
    test_tasks_by_state();
    test_tasks_by_other_things();
    test_tasks_of_a_workflow();
    test_a_workflow_is_read_in_order_wherever_its_tasks_are();
    test_many_pending_tasks_are_paged_too();
    test_one_task();
    test_results();
    test_attempts_and_logs();
    test_pages_keep_to_their_index();
}

int main(void)
{
    run_on_engines(cases);
    return tap_done();
}
