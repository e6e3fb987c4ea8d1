/*
 * The promises of read.h about agents, queues, totals and events, kept by
 * both engines.
 */
#include "config.h"

#include "store/read.h"

#include "sql-case.h"

static void put_agent(int n, const char *status, const char *capabilities,
                      int running)
{
    sql("INSERT INTO agents (agent_id, name, capabilities, handler, status,"
        " jobs, running, hostname, machine_id, boot_id, pid, pid_start,"
        " lock_path, lock_dev, lock_ino, version, registered_at,"
        " heartbeat_at, gone_at) VALUES ('agent-%d', 'n%d', '%s', 'command',"
        " '%s', 2, %d, 'h', 'm', 'b', 1, 1, '/l', 1, 1, '0', %d, %d, %s)",
        n, n, capabilities, status, running, n * 100, n * 100,
        strcmp(status, "gone") == 0 ? "500" : "NULL");
}

static void test_agents(void)
{
    clear();
    put_agent(1, "gone", "[]", 0);
    put_agent(2, "gone", "[]", 0);
    put_agent(3, "active", "[]", 1);
    ok(read_agents(store, false, 0, &rows, &err) == 0 && rows.count == 1 &&
           rows.width == RG_COLUMNS,
       "agents that are there");
    is(db_text(&rows, 0, RG_AGENT_ID), "agent-3", "with all their columns");
    db_rows_release(&rows);
    read_agents(store, true, 200, &rows, &err);
    is(seqs(RG_REGISTERED_AT), "200 300", "and those gone, since a time");
}

static void test_progress(void)
{
    char text[200] = "";
    char longest[260];
    int percent = 0;

    clear();
    put_agent(1, "active", "[]", 1);
    ok(read_progress(store, "agent-1", "t", &percent, text, &err) == 0,
       "no progress yet");
    memset(longest, 'x', 198);
    snprintf(longest + 198, sizeof(longest) - 198, "%s", "\xc3\xa4 cut");
    sql("UPDATE agents SET progress = '[{\"task_id\":\"a\",\"percent\":40.5,"
        "\"text\":\"half\\u0020way\"},{\"task_id\":\"b\",\"text\":\"%s\"}]'",
        longest);
    ok(read_progress(store, "agent-1", "a", &percent, text, &err) == 1 &&
           percent == 40,
       "a percentage");
    is(text, "half way", "and a text");
    ok(read_progress(store, "agent-1", "b", &percent, text, &err) == 1 &&
           percent == -1 && strlen(text) == 198,
       "no percentage, and no character is cut");
    ok(read_progress(store, "agent-1", "c", &percent, text, &err) == 0,
       "another task");
    ok(read_progress(store, "agent-9", "a", &percent, text, &err) == 0,
       "another agent");
}

static void test_queues_and_totals(void)
{
    put_all_states();
    put_agent(1, "active", "[]", 1);
    put_attempt(13, 1, "completed", look_num("SELECT aaos_now()"));
    put_attempt(15, 1, "timed_out", look_num("SELECT aaos_now()"));
    put_attempt(16, 1, "failed", 5);
    sql("UPDATE tasks SET run_at = 7 WHERE seq = 5;"
        "UPDATE tasks SET lease_until = 7 WHERE seq = 9");
    ok(read_queues(store, &rows, &err) == 0 && rows.width == RQ_COLUMNS &&
           rows.count == 2,
       "a row a type");
    is(db_text(&rows, 1, RQ_TASK_TYPE), "qa", "in order");
    for (size_t i = RQ_PENDING; i <= RQ_CANCELLED; i++)
        ok(db_num(&rows, 0, i) == 1, "one in state %zu", i);
    ok(db_num(&rows, 0, RQ_OLDEST_PENDING_AT) == 7000000, "the oldest pending");
    db_rows_release(&rows);
    ok(read_totals(store, 60000000, &rows, &err) == 0 && rows.count == 1 &&
           rows.width == RW_COLUMNS,
       "totals");
    for (size_t i = RW_PENDING; i <= RW_CANCELLED; i++)
        ok(db_num(&rows, 0, i) == 2, "two in state %zu", i);
    ok(db_num(&rows, 0, RW_RECENT_COMPLETED) == 1 &&
           db_num(&rows, 0, RW_RECENT_FAILED) == 1 &&
           db_num(&rows, 0, RW_RECENT_LOST) == 0,
       "what ended lately");
    ok(db_num(&rows, 0, RW_AGENTS) == 1 && db_num(&rows, 0, RW_OVERDUE) == 1 &&
           db_num(&rows, 0, RW_LEASES_OVER) == 1,
       "agents, what is overdue, leases that are over");
    ok(db_num(&rows, 0, RW_PROOF_MODE) == 1 && db_num(&rows, 0, RW_NOW) > 0,
       "flags and the time");
    db_rows_release(&rows);
}

static void test_what_is_ahead(void)
{
    clear();
    put_task(1, "code", "pending");
    put_task(2, "qa", "pending");
    put_task(3, "code", "pending");
    put_task(4, "code", "blocked");
    put_agent(1, "active", "[\"code\",\"research\"]", 2);
    put_agent(2, "active", "[]", 1);
    put_agent(3, "draining", "[]", 0);
    put_agent(4, "active", "[\"cod\",\"xcode\"]", 0);
    sql("INSERT INTO task_dependencies (child_seq, parent_seq, parent_id)"
        " VALUES (4, 1, 'a'), (4, 2, 'b')");
    ok(read_ahead(store, 3, &rows, &err) == 0 && rows.width == RH_COLUMNS &&
           db_num(&rows, 0, RH_AHEAD) == 1,
       "one of its type comes first");
    ok(db_num(&rows, 0, RH_AGENTS) == 2 &&
           db_num(&rows, 0, RH_FREE_AGENTS) == 1,
       "two agents take it, one is free");
    db_rows_release(&rows);
    read_ahead(store, 4, &rows, &err);
    ok(db_num(&rows, 0, RH_OPEN_DEPENDENCIES) == 2, "it waits for two");
    db_rows_release(&rows);
}

/* All events in pages of `limit`, their keys joined. */
static char *all_events(size_t limit, size_t *pages)
{
    struct buf all = {0};
    char key[100] = "";
    int64_t ts = 0;
    size_t count;

    *pages = 0;
    do {
        if (read_events(store, ts, key, limit, &rows, &err) < 0)
            give_up("read_events");
        count = rows.count;
        for (size_t i = 0; i < count; i++)
            buf_fmt(&all, "%" PRId64 " %s\n", db_num(&rows, i, RE_TS),
                    db_text(&rows, i, RE_KIND));
        if (count > 0) {
            ts = db_num(&rows, count - 1, RE_TS);
            snprintf(key, sizeof(key), "%s", db_text(&rows, count - 1, RE_KEY));
        }
        db_rows_release(&rows);
        (*pages)++;
    } while (count == limit);
    return buf_detach(&all);
}

static void test_events_by_time(void)
{
    size_t pages;

    clear();
    put_task(1, "code", "completed");
    put_attempt(1, 1, "failed", 100);
    put_attempt(1, 2, "lost", 100);
    put_attempt(1, 10, "completed", 100);
    put_agent(1, "gone", "[]", 0);
    sql("INSERT INTO execution_logs (id, ts, task_id, level, message)"
        " VALUES (9, 100, 'a', 'info', 'm'), (10, 300, 'a', 'info', 'm');"
        "INSERT INTO audit_logs (seq, ts, actor, verb, count, prev_hash, hash)"
        " VALUES (1, 200, 'ann', 'cancel', 1, '', '')");
    for (size_t limit = 1; limit <= 20; limit += 3) {
        char *events = all_events(limit, &pages);

        is(events,
           "100 registered\n100 failed\n100 lost\n100 completed\n100 log\n"
           "200 control\n300 log\n500 gone\n",
           "every event comes once, in order, whatever the page");
        free(events);
    }
    read_events(store, 200, NULL, 1, &rows, &err);
    is(db_text(&rows, 0, RE_TEXT), "cancel 1 by ann", "said in words");
    db_rows_release(&rows);
    read_events(store, 100, "agent-agent-1", 1, &rows, &err);
    is(db_text(&rows, 0, RE_TASK_ID), id_of(1), "with its task");
    is(db_text(&rows, 0, RE_TEXT), "code, attempt 1, exit 1", "and its end");
    db_rows_release(&rows);
}

static void cases(void)
{
    test_agents();
    test_progress();
    test_queues_and_totals();
    test_what_is_ahead();
    test_events_by_time();
}

int main(void)
{
    run_on_engines(cases);
    return tap_done();
}
