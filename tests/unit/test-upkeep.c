/*
 * Old rows go, and nothing goes that somebody still needs.
 */
#include "config.h"

#include "store/upkeep.h"

#include "store-case.h"

#define DAY (INT64_C(86400) * 1000000)
#define MONTH (30 * DAY)

static struct lease mine;

static struct store *begin(void)
{
    struct store *store = case_open();

    lease_take(store, LEASE_DISPATCHER, "A", 30 * INT64_C(1000000), false,
               &mine, &err);
    return store;
}

static int64_t prune(struct store *store, enum prune_kind kind, size_t limit)
{
    int64_t count = -1;

    err_clear(&err);
    if (store_prune(store, &mine, kind, MONTH, limit, &count, &err) < 0)
        printf("# %s\n", err.msg);
    return count;
}

static int due(struct store *store)
{
    return store_prune_due(store, MONTH, &err);
}

#define OLD "aaos_now() - 31 * 86400000000"

/* All that is finished was finished long ago. */
static void age(struct store *store)
{
    case_run(store, "UPDATE tasks SET finished_at = " OLD
                    " WHERE finished_at IS NOT NULL");
}

static void complete(struct store *store, size_t max)
{
    struct claim_list list = case_claim(store, NULL, max);
    const struct finish_log line = {
        .level = "info", .message = "line", .message_len = 4};

    for (size_t i = 0; i < list.count; i++) {
        struct finish finish = case_end(&list.items[i], OUTCOME_COMPLETED);

        finish.logs = &line;
        finish.log_count = 1;
        if (store_cycle(store, &finish, 1, NULL, NULL, &err) < 0)
            ok(false, "finish: %s", err.msg);
    }
    claim_list_release(&list);
}

#define TASK(more) "{\"task_type\":\"code\",\"description\":\"a task\"" more "}"

static void test_finished_tasks(void)
{
    struct store *store = begin();

    case_fill(store, TASK(), 3);
    ok(due(store) == 0, "where nothing is old nothing is due");
    complete(store, 2);
    ok(prune(store, PRUNE_TASKS, 10) == 0, "what has just finished stays");
    age(store);
    ok(due(store) == 1, "what is old is due");
    ok(prune(store, PRUNE_TASKS, 1) == 1, "a batch has its limit");
    ok(prune(store, PRUNE_TASKS, 10) == 1, "what is old goes");
    ok(prune(store, PRUNE_TASKS, 10) == 0, "once");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 1 &&
           case_num(store, "SELECT count(*) FROM task_bodies") == 1 &&
           case_num(store, "SELECT count(*) FROM attempts") == 0 &&
           case_num(store, "SELECT count(*) FROM execution_logs") == 0,
       "with all that belongs to it; the live one stays");
    complete(store, 1);
    age(store);
    ok(prune(store, PRUNE_TASKS, 10) == 0,
       "the task with the highest number stays: it must not be given twice");
    ok(due(store) == 1, "although it is old");
    store_close(store);
}

static void test_parents_of_the_living(void)
{
    struct store *store = begin();
    struct items list =
        case_submit(store, LINES(TASK(",\"ref\":\"a\""),
                                 TASK(",\"depends_on\":[\"a\"],\"ref\":\"b\""),
                                 TASK(",\"delay\":3600")));

    complete(store, 1);
    age(store);
    ok(prune(store, PRUNE_TASKS, 10) == 0, "the parent of a live task stays");
    complete(store, 1);
    case_run(store, "UPDATE task_bodies SET parent_id = (SELECT task_id FROM "
                    "tasks ORDER BY seq LIMIT 1) WHERE seq = "
                    "(SELECT max(seq) FROM tasks)");
    case_run(store, "UPDATE tasks SET finished_at = aaos_now() WHERE seq <> "
                    "(SELECT min(seq) FROM tasks) AND finished_at IS NOT NULL");
    ok(prune(store, PRUNE_TASKS, 10) == 0,
       "so does the one that a live task came from");
    case_run(store, "UPDATE task_bodies SET parent_id = NULL");
    ok(prune(store, PRUNE_TASKS, 10) == 1, "when they ended it goes");
    items_release(&list);
    store_close(store);
}

static void test_keys(void)
{
    struct store *store = begin();
    struct items again;

    case_fill(store, TASK(",\"idempotency_key\":\"k1\""), 1);
    case_fill(store, TASK(), 1);
    complete(store, 1);
    age(store);
    case_run(store, "UPDATE idempotency_keys SET created_at = 0");
    ok(prune(store, PRUNE_KEYS, 10) == 0, "the key of a task stays with it");
    ok(prune(store, PRUNE_TASKS, 10) == 1 && prune(store, PRUNE_KEYS, 10) == 0,
       "when the task goes the key stays for its time");
    again = case_submit(store, LINES(TASK(",\"idempotency_key\":\"k1\"")));
    ok(again.items[0].outcome == SUBMIT_DUPLICATE,
       "and keeps the task from being made again");
    case_run(store, "UPDATE idempotency_keys SET created_at = " OLD);
    ok(prune(store, PRUNE_KEYS, 10) == 1, "then it goes, too");
    items_release(&again);
    store_close(store);
}

static void test_the_rest(void)
{
    struct store *store = begin();
    const struct sample samples[] = {{"one", 1}, {"two", 2.5}};

    ok(store_sampled(store, DAY, &err) == 0, "at first there is no sample");
    ok(store_sample(store, &mine, samples, 2, &err) == 0 &&
           store_sampled(store, DAY, &err) == 1 &&
           case_num(store, "SELECT count(*) FROM system_metrics WHERE value > "
                           "2.4") == 1,
       "samples are stored");
    case_run(store, "UPDATE system_metrics SET ts = " OLD);
    ok(due(store) == 1 && prune(store, PRUNE_METRICS, 10) == 1,
       "old samples go, but the last");
    case_run(store,
             "INSERT INTO tick_ledger (term, started_at, finished_at) VALUES "
             "(1, 1, 1), (1, 2, NULL), (1, aaos_now(), NULL)");
    ok(prune(store, PRUNE_TICKS, 10) == 1, "so do old ticks that are over");
    case_run(store,
             "INSERT INTO agent_communications (ts, message_type) VALUES "
             "(1, 'register'), (2, 'register'), (aaos_now(), 'register')");
    ok(prune(store, PRUNE_MESSAGES, 1) == 1 &&
           prune(store, PRUNE_MESSAGES, 9) == 1,
       "and old messages");
    case_run(store,
             "INSERT INTO consciousness_snapshots (ts, agent_id, activity) "
             "VALUES (1, 'a', 'x'), (aaos_now(), 'a', 'x')");
    ok(prune(store, PRUNE_SNAPSHOTS, 9) == 1, "and old snapshots");
    case_run(store,
             "INSERT INTO agents (agent_id, name, capabilities, handler, "
             "status, jobs, hostname, machine_id, boot_id, pid, pid_start, "
             "lock_path, lock_dev, lock_ino, version, registered_at, "
             "heartbeat_at, gone_at) VALUES "
             "('a', 'n', '[]', 'h', 'gone', 1, 'h', 'm', 'b', 1, 1, 'l', 1, 1, "
             "'v', 1, 1, 1), "
             "('b', 'n', '[]', 'h', 'active', 1, 'h', 'm', 'b', 1, 1, 'l', 1, "
             "1, 'v', 1, 1, NULL)");
    ok(prune(store, PRUNE_AGENTS, 9) == 1 &&
           case_num(store, "SELECT count(*) FROM agents") == 1,
       "and agents that have long gone");
    store_close(store);
}

static void test_actions(void)
{
    struct store *store = begin();

    case_run(store,
             "INSERT INTO actions (action_id, idempotency_key, action_type, "
             "payload_json, status, run_at, created_at, updated_at, "
             "finished_at) VALUES "
             "('a', 'a', 'file', '{}', 'completed', 1, 1, 1, 1), "
             "('b', 'b', 'file', '{}', 'retry', 1, 1, 1, NULL), "
             "('c', 'c', 'file', '{}', 'dead', 1, 1, 1, aaos_now()), "
             "('d', 'd', 'file', '{}', 'dead', 1, 1, 1, 1)");
    case_run(store,
             "INSERT INTO execution_logs (ts, action_id, level, message) "
             "VALUES (1, 'a', 'info', 'x'), (1, 'b', 'info', 'x'), "
             "(aaos_now(), 'c', 'info', 'x')");
    ok(prune(store, PRUNE_LOGS, 9) == 0, "an action keeps its log");
    ok(prune(store, PRUNE_ACTIONS, 9) == 1, "old actions go, but the last");
    ok(case_num(store, "SELECT count(*) FROM actions WHERE action_id = 'b'") ==
           1,
       "what lives stays");
    ok(prune(store, PRUNE_LOGS, 9) == 1, "then its log does");
    store_close(store);
}

static void test_the_guard(void)
{
    struct store *store = begin();
    const struct sample sample = {"one", 1};
    int64_t count = 0;

    case_fill(store, TASK(), 2);
    complete(store, 2);
    age(store);
    case_run(store, "UPDATE leases SET owner = 'B', term = term + 1");
    ok(store_prune(store, &mine, PRUNE_TASKS, MONTH, 9, &count, &err) < 0 &&
           err.code == ERR_LOST &&
           case_num(store, "SELECT count(*) FROM tasks") == 2,
       "who lost the lease prunes nothing");
    ok(store_sample(store, &mine, &sample, 1, &err) < 0 &&
           err.code == ERR_LOST &&
           case_num(store, "SELECT count(*) FROM system_metrics") == 0,
       "and stores no sample");
    store_close(store);
}

static void tests(void)
{
    test_finished_tasks();
    test_parents_of_the_living();
    test_keys();
    test_the_rest();
    test_actions();
    test_the_guard();
}

int main(void)
{
    return case_main(tests);
}
