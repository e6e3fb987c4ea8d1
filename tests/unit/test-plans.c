/*
 * Every hot statement keeps to its index: with many rows, and with and
 * without statistics, because nobody promises that anybody runs ANALYZE.
 */
#include "config.h"

#include "store-case.h"
#include "store/sql-postgres.h"
#include "store/sql-sqlite.h"

static const struct hot {
    enum sql which;
    const char *name;
    const char *args;      /* a letter each: number, text, seqs, json */
    const char *sqlite[3]; /* all of these are in the plan */
    const char *postgres[3];
} hot[] = {
    {SQL_CLAIM_PICK,
     "claim_pick",
     "tnnn",
     {"SEARCH tasks USING INDEX tasks_claim"},
     {"tasks_claim"}},
    {SQL_CLAIM_TYPES,
     "claim_types",
     "",
     {"SEARCH tasks USING INDEX tasks_claim"},
     {"using tasks_claim"}},
    {SQL_CLAIM_TAKE,
     "claim_take",
     "stnnj",
     {"SEARCH tasks USING INTEGER PRIMARY KEY"},
     {"tasks_pkey"}},
    {SQL_CLAIM_EXPIRE,
     "claim_expire",
     "sn",
     {"SEARCH tasks USING INTEGER PRIMARY KEY"},
     {"tasks_pkey"}},
    {SQL_CLAIM_BODIES,
     "claim_bodies",
     "s",
     {"SEARCH task_bodies USING INTEGER PRIMARY KEY",
      "SEARCH d USING PRIMARY KEY (child_seq=?)"},
     {"task_bodies_pkey", "task_dependencies_pkey"}},
    {SQL_FINISH_FACTS,
     "finish_facts",
     "s",
     {"SEARCH tasks USING INTEGER PRIMARY KEY"},
     {"tasks_pkey"}},
    {SQL_FINISH_ATTEMPT,
     "finish_attempt",
     "NNTTNNNNNNNTTNTTTTNNN",
     {"SEARCH t USING INTEGER PRIMARY KEY"},
     {"seq = u.seq"}},
    {SQL_FINISH_TASK,
     "finish_task",
     "NNTTTNNNNN",
     {"SEARCH tasks USING INTEGER PRIMARY KEY"},
     {"seq = u.seq"}},
    {SQL_BUDGETS_LOCK,
     "budgets_lock",
     "b",
     {"SEARCH b USING PRIMARY KEY (scope=? AND name=? AND period=?)"},
     {"budgets_pkey"}},
    {SQL_CALLS_LOCK,
     "calls_lock",
     "j",
     {"SEARCH llm_calls USING INDEX sqlite_autoindex_llm_calls_1 (call_id=?)"},
     {"llm_calls_call_id_key"}},
    {SQL_CALLS_OF,
     "calls_of",
     "t",
     {"SEARCH llm_calls USING INDEX llm_calls_task (task_id=?)"},
     {"llm_calls_task"}},
    {SQL_CALLS_EXPIRED,
     "calls_expired",
     "nn",
     {"SEARCH llm_calls USING INDEX llm_calls_expires (expires_at<?)"},
     {"llm_calls_expires"}},
    {SQL_LAST_ROUTE,
     "last_route",
     "t",
     {"SEARCH reasoning_chains USING INDEX sqlite_autoindex_reasoning_chains_1 "
      "(task_id=?)"},
     {"reasoning_chains_task_id_attempt_step_key"}},
    {SQL_HEARTBEAT_TASKS,
     "heartbeat_tasks",
     "tn",
     {"SEARCH tasks USING INDEX tasks_running (agent_id=?)"},
     {"tasks_running"}},
    {SQL_ORPHANS,
     "orphans",
     "t",
     {"SEARCH tasks USING INDEX tasks_running (agent_id=?)"},
     {"tasks_running"}},
    {SQL_LEASES_OVER, "leases_over", "n", {"tasks_running"}, {"tasks_running"}},
    {SQL_NEXT_DUE, "next_due", "j", {"USING INDEX tasks_due"}, {"tasks_due"}},
    {SQL_DRAINED,
     "drained",
     "jn",
     {"tasks_claim (task_type=?)", "tasks_running", "tasks_due (run_at<?)"},
     {"tasks_claim", "tasks_running", "tasks_due"}},
    {SQL_DRAINED_ANY,
     "drained_any",
     "n",
     {"tasks_due (run_at<?)", "INDEX tasks_claim", "INDEX tasks_running"},
     {"tasks_due", "tasks_claim", "tasks_running"}},
    {SQL_DRAINED_ALL, "drained_all", "", {"tasks_waiting"}, {"tasks_waiting"}},
    {SQL_PROMOTE_PROBE,
     "promote_probe",
     "",
     {"tasks_due (run_at<?)", "tasks_expiring"},
     {"tasks_due", "tasks_expiring"}},
    {SQL_PROMOTE_DUE,
     "promote_due",
     "nn",
     {"tasks_due (run_at<?)", "SEARCH tasks USING INTEGER PRIMARY KEY"},
     {"tasks_due", "tasks_pkey"}},
    {SQL_PROMOTE_EXPIRED,
     "promote_expired",
     "nn",
     {"tasks_expiring", "SEARCH tasks USING INTEGER PRIMARY KEY"},
     {"tasks_expiring", "tasks_pkey"}},
    {SQL_PROMOTE_BLOCKED,
     "promote_blocked",
     "nn",
     {"tasks_waiting (seq>?)"},
     {"tasks_waiting"}},
    {SQL_PENDING_PAGE,
     "pending_page",
     "nn",
     {"SEARCH tasks USING INTEGER PRIMARY KEY (rowid>?)"},
     {"ndex"}},
    {SQL_CLOSE_EDGES,
     "close_edges",
     "s",
     {"task_dependencies_open (parent_seq=?)"},
     {"task_dependencies_open"}},
    {SQL_JUDGE_READY,
     "judge_ready",
     "sn",
     {"SEARCH tasks USING", "SEARCH d USING PRIMARY KEY (child_seq=?)"},
     {"tasks_pkey", "task_dependencies_pkey"}},
    {SQL_DEPENDENCIES,
     "dependencies",
     "nnn",
     {"SEARCH d USING PRIMARY KEY (child_seq=? AND parent_seq>?)"},
     {"task_dependencies_pkey"}},
    {SQL_HAND_OVER,
     "hand_over",
     "sn",
     {"SEARCH t USING INTEGER PRIMARY KEY",
      "SEARCH d USING PRIMARY KEY (child_seq=?)"},
     {"tasks_pkey", "task_dependencies_pkey"}},
    {SQL_PROBE_TASK,
     "probe_task",
     "t",
     {"SEARCH tasks USING"},
     {"tasks_task_id_key"}},
    {SQL_KEY_HOLDERS,
     "key_holders",
     "j",
     {"SEARCH k USING PRIMARY KEY (key=?)", "SEARCH t USING INDEX"},
     {"tasks_task_id_key"}},
    {SQL_WEBHOOKS_OF,
     "webhooks_of",
     "s",
     {"SEARCH b USING INTEGER PRIMARY KEY"},
     {"task_bodies_pkey"}},
    {SQL_PRUNE_PICK,
     "prune_pick",
     "nn",
     {"tasks_finished", "task_dependencies_closed", "task_bodies_parent"},
     {"tasks_finished"}},
    {SQL_LAST_END, "last_end", "n", {"SEARCH attempts USING"}, {"attempts"}},
    {SQL_SESSION_MESSAGES,
     "session_messages",
     "tn",
     {"SEARCH s USING PRIMARY KEY (session_id=?)",
      "SEARCH m USING PRIMARY KEY (hash=?)"},
     {"llm_sessions_pkey", "llm_messages_pkey"}},
    {SQL_READ_FLOW_TASKS,
     "read_flow_tasks",
     "tnnn",
     {"t USING COVERING INDEX tasks_workflow (<expr>=? AND workflow_id=?)",
      "SEARCH t USING INTEGER PRIMARY KEY"},
     {"tasks_workflow", "tasks_pkey"}},
    {SQL_READ_FLOW_EDGES,
     "read_flow_edges",
     "tnnnn",
     {"t USING COVERING INDEX tasks_workflow (<expr>=? AND workflow_id=?)",
      "SEARCH d USING PRIMARY KEY (child_seq=?)"},
     {"tasks_workflow", "task_dependencies_pkey"}},
    {SQL_READ_FEW_NEWEST,
     "read_few_newest",
     "nnjjttnttnn",
     {"SEARCH tasks USING COVERING INDEX tasks_workflow (<expr>=? AND "
      "workflow_id=?)",
      "tasks_running"},
     {"tasks_workflow", "tasks_running"}},
    {SQL_TOP_FLOW_ATTEMPTS,
     "top_flow_attempts",
     "tn",
     {"t USING COVERING INDEX tasks_workflow (<expr>=? AND workflow_id=?)",
      "SEARCH a USING"},
     {"tasks_workflow"}},
    {SQL_TAKE_WEBHOOKS,
     "take_webhooks",
     "nnnn",
     {"actions_webhooks (run_at<?)"},
     {"actions"}},
    {SQL_TAKE_OTHERS,
     "take_others",
     "nnnn",
     {"actions_others (run_at<?)"},
     {"actions"}},
};

static struct db_arg arg_of(char kind, bool sqlite)
{
    switch (kind) {
    case 'N':
    case 'T':
        return sqlite ? arg_num(7) : arg_text("{7}");
    case 'n':
        return arg_num(7);
    case 's':
        return arg_text("[1,2,3]");
    case 'b':
        return arg_text("[[\"day\",\"\",\"2026-01-31\"]]");
    case 'j':
        return arg_text("[\"qa\",\"code\"]");
    default:
        return arg_text("qa");
    }
}

/* The plan as one text, a line a row. */
static char *plan_of(struct store *store, const struct hot *hot_one)
{
    bool sqlite = db_engine(store_db(store)) == DB_SQLITE;
    char *text = xasprintf("%s %s", sqlite ? "EXPLAIN QUERY PLAN" : "EXPLAIN",
                           sqlite ? sql_sqlite[hot_one->which]
                                  : sql_postgres[hot_one->which]);
    struct db_arg args[32];
    struct db_rows rows = {0};
    struct buf plan = {0};
    size_t n;

    for (n = 0; hot_one->args[n]; n++)
        args[n] = arg_of(hot_one->args[n], sqlite);
    if (db_adhoc(store_db(store), text, args, n, &rows, &err) < 0)
        buf_fmt(&plan, "failed: %s", err.msg);
    for (size_t i = 0; i < rows.count; i++)
        buf_fmt(&plan, "%s\n", db_text(&rows, i, sqlite ? 3 : 0));
    db_rows_release(&rows);
    free(text);
    return buf_detach(&plan);
}

/* A walk over a whole table, or a sort that an index should spare. */
static bool is_bad(const char *plan, bool sqlite, enum sql which)
{
    if (!sqlite)
        return strstr(plan, "Seq Scan on tasks") ||
               strstr(plan, "Seq Scan on task_");
    if (which == SQL_CLAIM_PICK && strstr(plan, "TEMP B-TREE"))
        return true;
    for (const char *at = plan; (at = strstr(at, "SCAN ")); at++)
        if ((strncmp(at, "SCAN tasks", 10) == 0 ||
             strncmp(at, "SCAN t\n", 7) == 0) &&
            strncmp(at, "SCAN tasks USING ", 17) != 0)
            return true;
    return false;
}

static void check_plans(struct store *store, const char *when)
{
    bool sqlite = db_engine(store_db(store)) == DB_SQLITE;

    for (size_t i = 0; i < LENGTH(hot); i++) {
        const char *const *want = sqlite ? hot[i].sqlite : hot[i].postgres;
        char *plan;
        bool good;

        plan = plan_of(store, &hot[i]);
        good = !is_bad(plan, sqlite, hot[i].which);
        for (size_t k = 0; k < LENGTH(hot[i].sqlite) && want[k]; k++)
            good &= strstr(plan, want[k]) != NULL;
        ok(good, "%s: %s keeps to its index", when, hot[i].name);
        if (!good)
            printf("# %s\n", plan);
        free(plan);
    }
}

/* Mostly finished tasks, some of every other kind. */
static void fill(struct store *store)
{
    static const char series[] =
        "WITH RECURSIVE s (n) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM s "
        "WHERE n < 20000) ";
    char *text = xasprintf(
        "%sINSERT INTO workflows (workflow_id, created_at) SELECT 'w-' || n, n "
        "FROM s WHERE n <= 100;"
        "%sINSERT INTO tasks (seq, task_id, task_type, priority, status, "
        "sort_at, run_at, expires_at, attempt, agent_id, lease_until, "
        "workflow_id, created_at, updated_at, finished_at) SELECT n, 'task-' || n, "
        "CASE n %% 5 WHEN 0 THEN 'code' ELSE 'qa' END, 5, "
        "CASE n %% 20 WHEN 0 THEN 'pending' WHEN 1 THEN 'running' WHEN 2 THEN "
        "'scheduled' WHEN 3 THEN 'blocked' ELSE 'completed' END, n, "
        "CASE n %% 20 WHEN 2 THEN n * 1000000 END, "
        "CASE n %% 100 WHEN 0 THEN n * 1000000 END, 1, "
        "CASE n %% 20 WHEN 1 THEN 'agent' || n %% 50 END, "
        "CASE n %% 20 WHEN 1 THEN n END, 'w-' || (n %% 100 + 1), n, n, "
        "CASE WHEN n %% 20 > 3 THEN n END FROM s;"
        "%sINSERT INTO task_bodies (seq, description, correlation_id) SELECT "
        "n, 'text', 'c' FROM s;"
        "%sINSERT INTO task_dependencies (child_seq, parent_seq, parent_id, "
        "state) SELECT n, n - 1, 'task-' || (n - 1), CASE n %% 2 WHEN 0 THEN "
        "'satisfied' ELSE 'open' END FROM s WHERE n > 1;"
        "%sINSERT INTO idempotency_keys SELECT 'key-' || n, 'd', 'task-' || n, "
        "n FROM s;"
        "%sINSERT INTO budgets (scope, name, period, updated_at) SELECT "
        "'task', 'task-' || n, 'all', n FROM s;"
        "%sINSERT INTO llm_calls (call_id, task_id, attempt, step, purpose, "
        "state, task_type, endpoint, requested_model, day, started_at, "
        "expires_at, finished_at) SELECT 'call-' || n, 'task-' || n, 1, 1, "
        "'answer', 'done', 'qa', 'e', 'm', '2026-01-31', n, n, n FROM s;"
        "%sINSERT INTO reasoning_chains (ts, task_id, attempt, step, kind, "
        "content) SELECT n, 'task-' || n, 1, 1, 'route', '{}' FROM s",
        series, series, series, series, series, series, series, series);

    case_run(store, text);
    free(text);
}

static void tests(void)
{
    struct store *store = case_open();

    /* An empty table PostgreSQL may read as it likes. */
    if (db_engine(store_db(store)) == DB_SQLITE)
        check_plans(store, "empty");
    fill(store);
    ok(case_num(store, "SELECT count(*) FROM tasks") == 20000,
       "there are many tasks");
    if (db_engine(store_db(store)) == DB_SQLITE)
        check_plans(store, "many, no statistics");
    case_run(store, "ANALYZE tasks; ANALYZE task_bodies;"
                    "ANALYZE task_dependencies; ANALYZE idempotency_keys");
    store_close(store);
    store = case_again(NULL);
    check_plans(store, "many, with statistics");
    store_close(store);
}

int main(void)
{
    return case_main(tests);
}
