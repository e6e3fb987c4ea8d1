/*
 * Every invariant is silent about a healthy sample and speaks when it is
 * broken.  The schema's own constraints stand in the way of most of what is
 * planted, so the tables are made anew without any.
 */
#include "config.h"

#include "verify/invariants.h"

#include <string.h>

#include "sql-case.h"
#include "task/task.h"

#define MINUTE "60000000"

/* A statement more each, for both engines. */
static const char *const sample[] = {
    /* 1 completed, told by webhook; 2 runs; 3 waits; 4 dead; 5 waits for 3 */
    "INSERT INTO tasks (seq, task_id, task_type, priority, status, reason,"
    " attempt, failures, max_attempts, losses, max_losses, agent_id,"
    " lease_until, run_at, started_at, finished_at, created_at) VALUES"
    " (1, 't1', 'qa', 5, 'completed', NULL, 1, 0, 3, 0, 3, NULL, NULL, NULL,"
    "  10, 20, 1),"
    " (2, 't2', 'qa', 5, 'running', NULL, 2, 1, 3, 0, 3, 'ag1',"
    "  aaos_lease_now() + " MINUTE ", NULL, 60, NULL, 1),"
    " (3, 't3', 'qa', 5, 'pending', NULL, 0, 0, 3, 0, 3, NULL, NULL, NULL,"
    "  NULL, NULL, 1),"
    " (4, 't4', 'qa', 5, 'dead', 'failures', 2, 2, 2, 0, 3, NULL, NULL,"
    "  NULL, 10, 20, 1),"
    " (5, 't5', 'qa', 5, 'blocked', NULL, 0, 0, 3, 0, 3, NULL, NULL, NULL,"
    "  NULL, NULL, 1),"
    " (6, 't6', 'qa', 5, 'retry', NULL, 1, 0, 3, 1, 3, NULL, NULL,"
    "  aaos_now() + " MINUTE ", 10, NULL, 1),"
    " (7, 't7', 'qa', 5, 'scheduled', NULL, 0, 0, 3, 0, 3, NULL, NULL,"
    "  aaos_now() + " MINUTE ", NULL, NULL, 1),"
    " (8, 't8', 'qa', 5, 'completed', NULL, 2, 0, 3, 0, 3, NULL, NULL, NULL,"
    "  40, 50, 1),"
    " (9, 't9', 'qa', 5, 'pending', NULL, 1, 0, 3, 0, 3, NULL, NULL, NULL,"
    "  10, NULL, 1)",
    "INSERT INTO workflows (workflow_id, name) VALUES ('w1', 'w')",
    "UPDATE tasks SET workflow_id = 'w1' WHERE seq = 1",
    "INSERT INTO task_bodies (seq, description, idempotency_key, digest,"
    " webhook) VALUES (1, 'one', 'k1', 'd1', 'https://example.org/'),"
    " (2, 'two', NULL, NULL, NULL), (3, 'three', NULL, NULL, NULL),"
    " (4, 'four', NULL, NULL, NULL), (5, 'five', NULL, NULL, NULL),"
    " (6, 'six', NULL, NULL, NULL), (7, 'seven', NULL, NULL, NULL),"
    " (8, 'eight', NULL, NULL, NULL), (9, 'nine', NULL, NULL, NULL)",
    "UPDATE task_bodies SET correlation_id = 'c'",
    "INSERT INTO idempotency_keys (key, digest, task_id, created_at) VALUES"
    " ('k1', 'd1', 't1', 1), ('k0', 'd0', 'pruned', 1)",
    /* 8 was completed twice and 9 once: both were requeued between. */
    "INSERT INTO attempts (seq, attempt, agent_id, outcome, claimed_at,"
    " finished_at, result_sha256) VALUES (1, 1, 'ag1', 'completed', 10, 20,"
    " NULL), (2, 1, 'ag1', 'failed', 10, 60, NULL),"
    " (4, 1, 'ag1', 'failed', 10, 20, NULL),"
    " (4, 2, 'ag1', 'timed_out', 20, 30, NULL),"
    " (6, 1, 'ag0', 'lost', 10, 20, NULL),"
    " (8, 1, 'ag1', 'completed', 10, 20, NULL),"
    " (8, 2, 'ag1', 'completed', 40, 50, NULL),"
    " (9, 1, 'ag1', 'completed', 10, 20, NULL)",
    "INSERT INTO task_dependencies (child_seq, parent_seq, parent_id, state)"
    " VALUES (5, 3, 't3', 'open'), (5, 1, 't1', 'satisfied'),"
    " (8, 99, 'pruned', 'satisfied')",
    "INSERT INTO agents (agent_id, name, status, hostname, machine_id,"
    " boot_id, pid, pid_start, heartbeat_at, gone_at) VALUES"
    " ('ag0', 'a', 'gone', 'h', 'm', 'b', 7, 70, 1, 2),"
    " ('ag1', 'a', 'active', 'h', 'm', 'b', 7, 70, aaos_now(), NULL),"
    " ('ag2', 'a', 'active', 'h', 'm', 'b', 8, 70, 1, NULL)",
    "INSERT INTO audit_logs (seq, ts, actor, verb, count, prev_hash, hash)"
    " VALUES (1, 30, 'me', 'requeue', 2, '0', 'h1'),"
    " (2, 31, 'me', 'pause', 0, 'h1', 'h2')",
    "INSERT INTO meta (key, value) VALUES ('audit_seq', '2'),"
    " ('audit_hash', 'h2')",
    "INSERT INTO actions (seq, action_id, idempotency_key, action_type,"
    " status, attempts, run_at, lease_until, task_id, created_at,"
    " finished_at) VALUES"
    " (1, 'a1', 'w:1', 'webhook', 'completed', 1, 20, NULL, 't1', 20, 30),"
    " (2, 'a2', 'x', 'command', 'running', 0, 20, 99, NULL, 20, NULL),"
    " (3, 'a3', 'y', 'command', 'retry', 1, aaos_now(), NULL, NULL, 20,"
    "  NULL)",
    "INSERT INTO execution_logs (id, ts, task_id, attempt, action_id, level,"
    " message, artifact_ref, artifact_sha256) VALUES"
    " (1, 1, 't1', 1, NULL, 'info', 'm', 'artifacts/d/f..g',"
    " '0123456789012345678901234567890123456789012345678901234567890123'),"
    " (2, 1, 'pruned', NULL, 'a1', 'info', 'm', NULL, NULL)",
    "INSERT INTO leases (name, owner, term) VALUES ('dispatcher', 'o', 3)",
    "INSERT INTO tick_ledger (id, term, owner, started_at, finished_at,"
    " status, attempted, succeeded) VALUES"
    " (1, 1, 'o', 10, 20, 'SUCCESS', 0, 0),"
    " (2, 3, 'o', 30, 40, 'PARTIAL', 2, 1), (3, 3, 'o', 50, NULL, NULL, 0, 0)",
    "INSERT INTO llm_calls (id, call_id, task_id, state, agent_type,"
    " workflow_id, endpoint, day, reserved, finished_at, expires_at) VALUES"
    " (1, 'c1', 't1', 'done', 'qa', NULL, 'e', 'd1', 9, 2, 3),"
    " (2, 'c2', 't2', 'intent', 'qa', 'w1', 'e', 'd1', 7, NULL,"
    "  9000000000000000),"
    " (3, 'c3', 't2', 'intent', NULL, NULL, 'f', 'd1', NULL, NULL,"
    "  9000000000000000)",
    "INSERT INTO llm_costs (day, endpoint, agent_type, workflow_id, cost)"
    " VALUES ('d1', 'e', 'qa', '', 5), ('d0', 'e', '', 'w1', 4)",
    "INSERT INTO budgets (scope, name, period, spent, reserved) VALUES"
    " ('day', '', 'd1', 5, 7), ('total', '', 'all', 9, 7),"
    " ('endpoint', 'e', 'd1', 5, 7), ('endpoint', 'f', 'd1', 0, 0),"
    " ('agent', 'qa', 'd1', 5, 7), ('workflow', 'w1', 'all', 4, 7),"
    " ('task', 't2', 'all', 3, 7), ('task', 't1', 'all', 5, 0)",
    NULL,
};

static const char *const tables[] = {
    "tasks",         "task_bodies",       "attempts",       "workflows",
    "agents",        "task_dependencies", "audit_logs",     "actions",
    "tick_ledger",   "idempotency_keys",  "execution_logs", "leases",
    "control_flags", "llm_calls",         "llm_costs",      "budgets"};

/* What breaks each of them, and who is then named. */
static const struct plant {
    const char *name, *sql, *id;
} plants[] = {
    {"state-known", "UPDATE tasks SET status = 'lost' WHERE seq = 3", "t3"},
    {"state-known", "UPDATE tasks SET status = NULL WHERE seq = 3", "t3"},
    {"running-held", "UPDATE tasks SET lease_until = NULL WHERE seq = 2", "t2"},
    {"running-held", "UPDATE tasks SET agent_id = NULL WHERE seq = 2", "t2"},
    {"others-free", "UPDATE tasks SET agent_id = 'ag1' WHERE seq = 3", "t3"},
    {"others-free", "UPDATE tasks SET lease_until = 5 WHERE seq = 1", "t1"},
    {"final-ended", "UPDATE tasks SET finished_at = NULL WHERE seq = 4", "t4"},
    {"final-ended", "UPDATE tasks SET finished_at = 5 WHERE seq = 3", "t3"},
    {"counters", "UPDATE tasks SET failures = 4 WHERE seq = 1", "t1"},
    {"counters", "UPDATE tasks SET losses = -1 WHERE seq = 1", "t1"},
    {"counters", "UPDATE tasks SET priority = 11 WHERE seq = 1", "t1"},
    {"due-known", "UPDATE tasks SET run_at = NULL WHERE seq = 6", "t6"},
    {"times",
     "UPDATE tasks SET created_at = 20000000, started_at = 1"
     " WHERE seq = 3",
     "t3"},
    {"times", "UPDATE tasks SET created_at = 20000000 WHERE seq = 1", "t1"},
    {"times", "UPDATE tasks SET started_at = 20000000 WHERE seq = 1", "t1"},
    {"completed-by-attempt", "UPDATE tasks SET finished_at = 21 WHERE seq = 1",
     "t1"},
    {"correlated",
     "UPDATE execution_logs SET correlation_id = 'other' WHERE id = 1", "t1"},
    {"correlated", "UPDATE actions SET correlation_id = 'other' WHERE seq = 1",
     "t1"},
    {"flags", "DELETE FROM control_flags", "control_flags"},
    {"identity", "UPDATE meta SET value = '' WHERE key = 'db_uuid'", "meta"},
    {"body", "DELETE FROM task_bodies WHERE seq = 4", "t4"},
    {"body", "INSERT INTO task_bodies (seq) VALUES (77)", "seq 77"},
    {"id-unique", "UPDATE tasks SET task_id = 't4' WHERE seq = 3", "t4"},
    {"attempts-gapless", "UPDATE tasks SET attempt = 3 WHERE seq = 8", "t8"},
    {"attempts-gapless", "UPDATE tasks SET attempt = 1 WHERE seq = 2", "t2"},
    {"attempts-gapless", "DELETE FROM attempts WHERE seq = 8 AND attempt = 1",
     "t8"},
    {"attempt-owned",
     "INSERT INTO attempts (seq, attempt, outcome) VALUES (66, 1, 'lost')",
     "seq 66"},
    {"attempt-owned",
     "INSERT INTO task_dependencies (child_seq, parent_seq) VALUES (67, 1)",
     "seq 67"},
    {"completed-once", "UPDATE audit_logs SET verb = 'hold' WHERE seq = 1",
     "t8"},
    {"money-held", "UPDATE budgets SET reserved = 8 WHERE scope = 'day'",
     "day  d1"},
    {"money-held", "UPDATE llm_calls SET reserved = 1 WHERE id = 2",
     "task t2 all"},
    {"money-held", "UPDATE llm_calls SET reserved = 1 WHERE id = 3",
     "endpoint f d1"},
    {"money-spent", "UPDATE budgets SET spent = 1 WHERE scope = 'agent'",
     "agent qa d1"},
    {"money-spent", "DELETE FROM llm_costs WHERE day = 'd0'",
     "workflow w1 all"},
    {"money-spent", "UPDATE llm_costs SET cost = 0 WHERE day = 'd1'",
     "total  all"},
    {"call-ended", "UPDATE llm_calls SET finished_at = 1 WHERE id = 2", "c2"},
    {"call-ended", "UPDATE llm_calls SET finished_at = NULL WHERE id = 1",
     "c1"},
    {"call-settled", "UPDATE llm_calls SET expires_at = 1 WHERE id = 2", "c2"},
    {"completed-once",
     "UPDATE attempts SET outcome = 'completed' WHERE seq = 2;"
     " DELETE FROM audit_logs",
     "t2"},
    {"completed-by-attempt",
     "UPDATE attempts SET outcome = 'failed' WHERE seq = 1", "t1"},
    {"completed-by-attempt", "DELETE FROM attempts WHERE seq = 1", "t1"},
    {"completion-kept",
     "UPDATE tasks SET status = 'dead', reason = 'x' WHERE seq = 1; DELETE"
     " FROM audit_logs",
     "t1"},
    {"attempts-apart",
     "UPDATE attempts SET finished_at = 20000000 WHERE seq = 8 AND attempt ="
     " 1",
     "t8"},
    {"attempts-apart",
     "UPDATE attempts SET finished_at = 20000000 WHERE seq = 2", "t2"},
    {"attempts-apart", "UPDATE attempts SET claimed_at = 21 WHERE seq = 1",
     "t1"},
    {"failures-recorded", "UPDATE tasks SET failures = 2 WHERE seq = 2", "t2"},
    {"failures-recorded", "UPDATE tasks SET losses = 2 WHERE seq = 6", "t6"},
    {"key-names-task",
     "UPDATE task_bodies SET idempotency_key = 'k2' WHERE seq = 1", "t1"},
    {"key-names-task", "UPDATE idempotency_keys SET digest = 'd2'", "t1"},
    {"task-has-key", "DELETE FROM idempotency_keys WHERE key = 'k1'", "t1"},
    {"task-has-key",
     "UPDATE idempotency_keys SET task_id = 't4' WHERE key = 'k1'", "t1"},
    {"dead-reason", "UPDATE tasks SET reason = NULL WHERE seq = 4", "t4"},
    {"exhausted",
     "UPDATE tasks SET status = 'pending', finished_at = NULL WHERE seq = 4",
     "t4"},
    {"exhausted", "UPDATE tasks SET max_losses = 1 WHERE seq = 6", "t6"},
    {"parents-first", "UPDATE tasks SET status = 'pending' WHERE seq = 5",
     "t5"},
    {"workflow-known", "DELETE FROM workflows", "t1"},
    {"action-after-end",
     "UPDATE actions SET task_id = 't3' WHERE seq = 3;"
     " DELETE FROM audit_logs",
     "a3"},
    {"webhook-told", "DELETE FROM actions WHERE seq = 1", "t1"},
    {"action-ended", "UPDATE actions SET finished_at = NULL WHERE seq = 1",
     "a1"},
    {"action-ended", "UPDATE actions SET attempts = 0 WHERE seq = 1", "a1"},
    {"action-ended", "UPDATE actions SET lease_until = NULL WHERE seq = 2",
     "a2"},
    {"action-ended", "UPDATE actions SET status = 'sent' WHERE seq = 1", "a1"},
    {"action-tries", "UPDATE actions SET attempts = 9 WHERE seq = 3", "a3"},
    {"audit-links", "UPDATE audit_logs SET prev_hash = 'h9' WHERE seq = 2",
     "row 2"},
    {"audit-gapless", "DELETE FROM audit_logs WHERE seq = 1", "rows 1 to 2"},
    {"audit-head", "DELETE FROM audit_logs WHERE seq = 2", "head"},
    {"audit-head", "DELETE FROM meta WHERE key = 'audit_seq'", "head"},
    {"audit-head", "UPDATE audit_logs SET hash = 'h9' WHERE seq = 2", "head"},
    {"artifact-named",
     "UPDATE execution_logs SET artifact_ref = '/etc/passwd' WHERE id = 1",
     "t1"},
    {"artifact-named",
     "UPDATE execution_logs SET artifact_ref = 'artifacts/d/../../x'"
     " WHERE id = 1",
     "t1"},
    {"artifact-named",
     "UPDATE execution_logs SET artifact_sha256 = 'ab' WHERE id = 1", "t1"},
    {"artifact-named",
     "UPDATE attempts SET result_artifact = 'artifacts/..' WHERE seq = 1",
     "t1"},
    {"artifact-named", "UPDATE attempts SET result_sha256 = 'ab' WHERE seq = 1",
     "t1"},
    {"log-owned", "UPDATE execution_logs SET task_id = 'gone' WHERE id = 1",
     "gone"},
    {"log-owned", "UPDATE execution_logs SET attempt = 2 WHERE id = 1", "t1"},
    {"tick-closed", "UPDATE tick_ledger SET finished_at = NULL WHERE id = 2",
     "tick 2"},
    {"tick-whole", "UPDATE tick_ledger SET succeeded = 3 WHERE id = 2",
     "tick 2"},
    {"tick-whole", "UPDATE tick_ledger SET status = 'OK' WHERE id = 2",
     "tick 2"},
    {"tick-terms", "UPDATE tick_ledger SET term = 2 WHERE id = 3", "tick 3"},
    {"tick-apart", "UPDATE tick_ledger SET finished_at = 51 WHERE id = 2",
     "tick 3"},
    {"lease-term", "UPDATE leases SET term = 2", "dispatcher"},
    {"agent-once", "UPDATE agents SET pid = 7 WHERE agent_id = 'ag2'", "ag1"},
    {"lease-live",
     "UPDATE tasks SET lease_until = aaos_lease_now() - " MINUTE
     " WHERE seq = 2",
     "t2"},
    {"agent-live", "UPDATE tasks SET agent_id = 'ag2' WHERE seq = 2", "t2"},
    {"agent-live", "UPDATE tasks SET agent_id = 'ag0' WHERE seq = 2", "t2"},
    {"agent-live", "UPDATE tasks SET agent_id = 'ag9' WHERE seq = 2", "t2"},
    {"due-promoted",
     "UPDATE tasks SET run_at = 1 WHERE seq = 7; UPDATE tick_ledger SET"
     " started_at = 5000000, finished_at = 6000000 WHERE id = 2;"
     " UPDATE tick_ledger SET started_at = 7000000 WHERE id = 3",
     "t7"},
    {"blocked-waits",
     "UPDATE task_dependencies SET state = 'satisfied' WHERE child_seq = 5",
     "t5"},
    {"action-leaves", "UPDATE actions SET run_at = 51 WHERE seq = 3", "a3"},
};

/* Tables of the same columns, but without keys, checks and references. */
static void loosen(void)
{
    bool postgres = db_engine(store_db(store)) == DB_POSTGRES;

    sql("DROP VIEW tasks_view; DROP VIEW attempts_view; DROP VIEW"
        " agents_view");
    for (size_t i = 0; i < LENGTH(tables); i++)
        sql("CREATE TABLE x_%s AS SELECT * FROM %s", tables[i], tables[i]);
    for (size_t i = 0; i < LENGTH(tables); i++)
        sql("DROP TABLE %s %s", tables[LENGTH(tables) - 1 - i],
            postgres ? "CASCADE" : "");
    for (size_t i = 0; i < LENGTH(tables); i++)
        sql("ALTER TABLE x_%s RENAME TO %s", tables[i], tables[i]);
}

static void fill(void)
{
    for (size_t i = 0; i < LENGTH(tables); i++)
        sql("DELETE FROM %s", tables[i]);
    sql("DELETE FROM meta WHERE key = 'audit_seq' OR key = 'audit_hash'");
    sql("UPDATE meta SET value = '01980000-0000-7000-8000-000000000000'"
        " WHERE key = 'db_uuid'");
    sql("INSERT INTO control_flags (id, paused_out, killed) VALUES (1, 0, 0)");
    for (size_t i = 0; sample[i]; i++)
        sql("%s", sample[i]);
}

static void (*between)(void);
static int looks;

static void look_away(int64_t usec)
{
    (void)usec;
    looks++;
    if (between)
        between();
}

static void verify_now(struct verify *verify)
{
    const struct invariant_options options = {
        .grace = 30000000, .tries = 9, .look = 1, .wait = look_away};

    verify_invariants(verify, store, &options);
}

/* One that has passed nothing when there is none of that name. */
static const struct check *find(const struct verify *verify, const char *name)
{
    static const struct check none = {.verdict = VERDICT_SKIP};

    for (size_t i = 0; i < verify->count; i++)
        if (strcmp(verify->checks[i].name, name) == 0)
            return &verify->checks[i];
    return &none;
}

static bool names(const struct check *check, const char *id)
{
    for (size_t i = 0; i < check->count; i++)
        if (strcmp(check->offenders[i].id, id) == 0)
            return true;
    return false;
}

static void show(const struct verify *verify)
{
    for (size_t i = 0; i < verify->count; i++) {
        const struct check *check = &verify->checks[i];

        if (check->verdict == VERDICT_PASS)
            continue;
        printf("# %s %s %s\n", check->name, verdict_name(check->verdict),
               check->err.msg);
        for (size_t k = 0; k < check->count; k++)
            printf("#   %s: %s\n", check->offenders[k].id,
                   check->offenders[k].what);
    }
}

static void test_healthy(void)
{
    struct verify verify = {0};

    fill();
    looks = 0;
    verify_now(&verify);
    ok(verify_verdict(&verify) == ERR_NONE,
       "nothing is said about a healthy sample");
    ok(looks == 0, "and there is no second look");
    show(&verify);
    verify_release(&verify);
}

static void test_plants(void)
{
    for (size_t i = 0; i < LENGTH(plants); i++) {
        const struct plant *plant = &plants[i];
        struct verify verify = {0};
        const struct check *check;

        fill();
        sql("%s", plant->sql);
        verify_now(&verify);
        check = find(&verify, plant->name);
        ok(check->verdict == VERDICT_FAIL && names(check, plant->id) &&
               *check->offenders[0].what,
           "%s names %s after: %.50s", plant->name, plant->id, plant->sql);
        if (!names(check, plant->id))
            show(&verify);
        ok(verify_count(&verify).unknown == 0, "and every check is made");
        verify_release(&verify);
    }
}

static void test_every_one_is_planted(void)
{
    const char *about;
    const char *name;

    for (size_t i = 0; (name = invariant_name(i, &about)); i++) {
        bool planted = false;

        for (size_t k = 0; k < LENGTH(plants); k++)
            planted |= strcmp(plants[k].name, name) == 0;
        ok(planted, "%s has been broken here", name);
    }
}

static void end_it(void)
{
    sql("UPDATE tasks SET agent_id = 'ag1' WHERE seq = 2");
}

static void other_attempt(void)
{
    sql("UPDATE tasks SET attempt = 3 WHERE seq = 2");
}

static void test_alarms_need_two_looks(void)
{
    struct verify verify = {0};

    fill();
    sql("UPDATE tasks SET agent_id = 'ag2' WHERE seq = 2");
    between = end_it;
    looks = 0;
    verify_now(&verify);
    ok(looks == 1, "what is late is looked at twice");
    ok(verify_verdict(&verify) == ERR_NONE,
       "and is no offence when it has gone on meanwhile");
    show(&verify);
    verify_release(&verify);

    fill();
    sql("UPDATE tasks SET agent_id = 'ag2' WHERE seq = 2");
    between = other_attempt;
    verify_now(&verify);
    ok(find(&verify, "agent-live")->verdict == VERDICT_PASS,
       "nor when another attempt is late by then");
    between = NULL;
    verify_release(&verify);
}

static void test_many(void)
{
    struct verify verify = {.keep = 3};
    const struct check *check;

    fill();
    for (int i = 100; i < 150; i++)
        sql("INSERT INTO tasks (seq, task_id, status, attempt, failures,"
            " max_attempts, losses, max_losses, priority)"
            " VALUES (%d, 'm%d', 'odd', 0, 0, 3, 0, 3, 5)",
            i, i);
    verify_now(&verify);
    check = find(&verify, "state-known");
    ok(check->count == 3 && check->total == 50,
       "the first offenders are listed, all are counted");
    verify_release(&verify);
}

static void test_a_missing_table(void)
{
    struct verify verify = {0};

    fill();
    sql("ALTER TABLE leases RENAME TO leases_away");
    verify_now(&verify);
    ok(find(&verify, "lease-term")->verdict == VERDICT_UNKNOWN &&
           verify_verdict(&verify) == ERR_CONFIG,
       "a table that is not there is a matter of the schema");
    ok(find(&verify, "agent-once")->verdict == VERDICT_PASS,
       "and the checks behind it are made");
    sql("ALTER TABLE leases_away RENAME TO leases");
    verify_release(&verify);
}

static void cases(void)
{
    loosen();
    test_healthy();
    test_plants();
    test_alarms_need_two_looks();
    test_many();
    test_a_missing_table();
}

int main(void)
{
    run_on_engines(cases);
    test_every_one_is_planted();
    return tap_done();
}
