/*
 * The promises of control.h, kept by both engines.
 */
#include "config.h"

#include "store/control.h"

#include "sql-case.h"

static const struct control_order plain = {.actor = "ann@host",
                                           .reason = "because"};

/* One verb on one task. */
static struct control_item order(enum control_verb verb, int64_t seq)
{
    struct control_order given = plain;
    struct control_item item = {.seq = seq};

    given.verb = verb;
    err_clear(&err);
    if (store_control(store, &given, &item, 1, &err) < 0)
        give_up("store_control");
    return item;
}

static const char *status_of(int64_t seq)
{
    return look("SELECT status FROM tasks WHERE seq = %" PRId64, seq);
}

static void put_edge(int64_t child, int64_t parent, const char *state)
{
    sql("INSERT INTO task_dependencies (child_seq, parent_seq, parent_id,"
        " state) VALUES (%" PRId64 ", %" PRId64 ", '%s', '%s')",
        child, parent, id_of(parent), state);
}

static const char *edge_of(int64_t child, int64_t parent)
{
    return look("SELECT state FROM task_dependencies WHERE child_seq = %" PRId64
                " AND parent_seq = %" PRId64,
                child, parent);
}

static void test_what_an_id_may_be(void)
{
    int64_t seq = 0;
    char upper[40];

    clear();
    put_task(1, "code", "pending");
    put_task(2, "code", "pending");
    put_task(77, "code", "pending");
    ok(store_resolve(store, id_of(2), &seq, &err) == 1 && seq == 2, "an id");
    snprintf(upper, sizeof(upper), "%s", id_of(77));
    for (size_t i = 0; upper[i]; i++)
        if (upper[i] >= 'a' && upper[i] <= 'f')
            upper[i] = (char)(upper[i] - 'a' + 'A');
    ok(store_resolve(store, upper, &seq, &err) == 1 && seq == 77,
       "an id in capitals");
    ok(store_resolve(store, "77", &seq, &err) == 1 && seq == 77, "a seq");
    ok(store_resolve(store, "0198004d", &seq, &err) == 1 && seq == 77,
       "the start of an id");
    ok(store_resolve(store, "0198004d-0000-7", &seq, &err) == 1 && seq == 77,
       "a start with hyphens");
    ok(store_resolve(store, id_of(2) + 24, &seq, &err) == 1 && seq == 2,
       "the end of an id");
    put_task(77 + 65536, "code", "pending");
    ok(store_resolve(store, "0198004d", &seq, &err) == -1 &&
           err.code == ERR_DATA && strstr(err.msg, "2 tasks"),
       "an ambiguous start is refused: %s", err.msg);
    ok(store_resolve(store, "-8000-00", &seq, &err) == 0, "a middle is none");
    ok(store_resolve(store, "0198004", &seq, &err) == 0,
       "seven characters are too few");
    ok(store_resolve(store, "4711", &seq, &err) == 0, "no such seq");
    ok(store_resolve(store, "", &seq, &err) == 0, "nothing");
    ok(store_resolve(store, "%%%%%%%%%%", &seq, &err) == 0,
       "no pattern is meant");
    ok(store_resolve(store, "9999999999999999999999", &seq, &err) == 0,
       "a number too big");
}

static void test_cancel(void)
{
    static const char *const live[] = {"held", "blocked", "scheduled",
                                       "pending", "retry"};
    struct control_item item;

    clear();
    for (size_t i = 0; i < LENGTH(live); i++) {
        put_task((int64_t)i + 1, "code", live[i]);
        item = order(CONTROL_CANCEL, (int64_t)i + 1);
        ok(item.result == CONTROL_CHANGED && item.status == TASK_CANCELLED,
           "a %s task is cancelled", live[i]);
        is(look("SELECT status || ' ' || reason FROM tasks WHERE seq = %zu"
                " AND finished_at = updated_at",
                i + 1),
           "cancelled cancelled", "with its reason and its end");
    }
    is(item.task_id, id_of(5), "the item knows its task");
    item = order(CONTROL_CANCEL, 1);
    ok(item.result == CONTROL_REFUSED && item.status == TASK_CANCELLED,
       "a task is cancelled once");
    item = order(CONTROL_CANCEL, 4711);
    ok(item.result == CONTROL_MISSING, "no such task");
    put_task(9, "code", "completed");
    item = order(CONTROL_CANCEL, 9);
    ok(item.result == CONTROL_REFUSED && item.status == TASK_COMPLETED,
       "what is completed stays");
}

static void test_cancel_of_a_running_task_is_a_request(void)
{
    struct control_item item;

    clear();
    put_task(1, "code", "running");
    item = order(CONTROL_CANCEL, 1);
    ok(item.result == CONTROL_REQUESTED && item.status == TASK_RUNNING,
       "it is asked for");
    is(look("SELECT status FROM tasks WHERE cancel_requested_at > 0"),
       "running", "the flag is set");
    is(look("SELECT message_type || ' ' || to_agent || ' ' || payload"
            "  FROM agent_communications"),
       "cancel agent-1 {\"actor\":\"ann@host\",\"reason\":\"because\"}",
       "and the agent is told");
    item = order(CONTROL_CANCEL, 1);
    ok(item.result == CONTROL_REQUESTED, "asking again is no error");
    is(look("SELECT count(*) FROM agent_communications"), "1",
       "but says nothing new");
    is(look("SELECT count(*) FROM audit_logs"), "1", "and changes nothing");
}

static void test_cancel_settles_the_children(void)
{
    clear();
    put_task(1, "code", "pending");
    put_task(2, "code", "blocked");
    put_task(3, "code", "blocked");
    put_edge(2, 1, "open");
    put_edge(3, 2, "open");
    order(CONTROL_CANCEL, 1);
    is(look("SELECT status || ' ' || reason FROM tasks WHERE seq = 2"),
       "cancelled dependency", "the child of a cancelled task is cancelled");
    is(status_of(3), "cancelled", "and the child's child");
}

static void test_hold_and_release(void)
{
    struct control_item item;

    clear();
    put_task(1, "code", "pending");
    put_task(2, "code", "retry");
    put_task(3, "code", "blocked");
    put_task(4, "code", "running");
    put_task(5, "code", "dead");
    put_edge(3, 4, "open");
    for (int64_t seq = 1; seq <= 3; seq++) {
        item = order(CONTROL_HOLD, seq);
        ok(item.result == CONTROL_CHANGED && item.status == TASK_HELD,
           "a task that waits can be held");
    }
    ok(order(CONTROL_HOLD, 1).result == CONTROL_REFUSED, "but only once");
    ok(order(CONTROL_HOLD, 4).result == CONTROL_REFUSED, "not while it runs");
    ok(order(CONTROL_HOLD, 5).result == CONTROL_REFUSED, "not when it ended");
    item = order(CONTROL_RELEASE, 1);
    ok(item.status == TASK_PENDING && item.sort_at == 1000000 - 1500000000 &&
           strcmp(item.task_type, "code") == 0,
       "released, it is pending in its old place");
    ok(order(CONTROL_RELEASE, 2).status == TASK_SCHEDULED,
       "one that is not due is scheduled");
    ok(order(CONTROL_RELEASE, 3).status == TASK_BLOCKED,
       "one that waits for another is blocked");
    ok(order(CONTROL_RELEASE, 1).result == CONTROL_REFUSED,
       "only what is held can be released");
}

static void test_release_with_a_failed_parent_waits_for_judgement(void)
{
    clear();
    put_task(1, "code", "dead");
    put_task(2, "code", "held");
    put_edge(2, 1, "failed");
    ok(order(CONTROL_RELEASE, 2).status == TASK_BLOCKED,
       "a task whose parent failed does not run");
    put_task(3, "code", "held");
    put_edge(3, 1, "failed");
    sql("UPDATE task_bodies SET on_dependency_failure = 'run' WHERE seq = 3");
    ok(order(CONTROL_RELEASE, 3).status == TASK_PENDING,
       "unless it is to run all the same");
}

static void test_priority(void)
{
    struct control_order urgent = plain;
    struct control_item items[3] = {{.seq = 1}, {.seq = 2}, {.seq = 3}};
    const int64_t unit = store_default_policy.aging_unit;

    clear();
    put_task(1, "code", "pending");
    put_task(2, "code", "running");
    put_task(3, "code", "completed");
    urgent.verb = CONTROL_PRIORITY;
    urgent.priority = 9;
    ok(store_control(store, &urgent, items, 3, &err) == 0, "a priority");
    ok(items[0].result == CONTROL_CHANGED && items[0].status == TASK_PENDING &&
           items[0].sort_at == 1000000 - 9 * unit,
       "moves a task in the queue");
    ok(look_num("SELECT sort_at FROM tasks WHERE seq = 1") ==
               items[0].sort_at &&
           look_num("SELECT priority FROM tasks WHERE seq = 1") == 9,
       "and is stored");
    ok(items[1].result == CONTROL_CHANGED && items[1].status == TASK_RUNNING,
       "also of a running task");
    ok(items[2].result == CONTROL_REFUSED, "not of one that ended");
    is(look("SELECT detail FROM audit_logs"), "{\"priority\":9}",
       "the audit knows which");
}

static void test_requeue(void)
{
    struct control_item item;

    clear();
    put_task(1, "code", "dead");
    sql("UPDATE tasks SET failures = 3, losses = 2, attempt = 5,"
        " reason = 'failures', run_at = 7, expires_at = 8,"
        " cancel_requested_at = 9 WHERE seq = 1");
    item = order(CONTROL_REQUEUE, 1);
    ok(item.result == CONTROL_CHANGED && item.status == TASK_PENDING,
       "a dead task is pending again");
    is(look("SELECT count(*) FROM tasks WHERE failures = 0 AND losses = 0 AND"
            " reason IS NULL AND run_at IS NULL AND expires_at IS NULL AND"
            " cancel_requested_at IS NULL AND finished_at IS NULL AND"
            " attempt = 5"),
       "1", "nothing is left of its past but the number of attempts");
    ok(item.sort_at == look_num("SELECT updated_at FROM tasks") -
                           5 * store_default_policy.aging_unit,
       "it sorts as if it were made now");
    ok(order(CONTROL_REQUEUE, 1).result == CONTROL_REFUSED,
       "what lives cannot be requeued");
    put_task(2, "code", "completed");
    put_task(3, "code", "cancelled");
    ok(order(CONTROL_REQUEUE, 2).result == CONTROL_CHANGED &&
           order(CONTROL_REQUEUE, 3).result == CONTROL_CHANGED,
       "completed and cancelled ones can");
}

static void test_requeue_and_dependencies(void)
{
    struct control_order again = plain;
    struct control_item items[2] = {{.seq = 2}, {.seq = 1}};

    clear();
    put_task(1, "code", "dead");
    put_task(2, "code", "cancelled");
    put_edge(2, 1, "failed");
    again.verb = CONTROL_REQUEUE;
    ok(store_control(store, &again, items, 2, &err) == 0 &&
           items[0].status == TASK_BLOCKED && items[1].status == TASK_PENDING,
       "a child requeued with its parent waits for it");
    is(edge_of(2, 1), "open", "its edge is open again");

    put_task(3, "code", "dead");
    put_task(4, "code", "running");
    put_task(5, "code", "cancelled");
    put_edge(5, 3, "failed");
    put_edge(5, 4, "satisfied");
    ok(order(CONTROL_REQUEUE, 5).status == TASK_BLOCKED,
       "a child waits for a parent that runs again");
    is(edge_of(5, 3), "satisfied", "a parent that stays dead is forgiven");

    put_task(6, "code", "cancelled");
    put_edge(6, 3, "failed");
    ok(order(CONTROL_REQUEUE, 6).status == TASK_PENDING,
       "alone, a child runs without its parent");
}

static void test_a_dry_run_changes_nothing(void)
{
    struct control_order rehearsal = plain;
    struct control_item item = {.seq = 1};

    clear();
    put_task(1, "code", "pending");
    rehearsal.dry_run = true;
    ok(store_control(store, &rehearsal, &item, 1, &err) == 0 &&
           item.result == CONTROL_CHANGED && item.status == TASK_CANCELLED,
       "a dry run says what would happen");
    is(status_of(1), "pending", "and the task stays as it is");
    is(look("SELECT count(*) FROM audit_logs"), "0", "nothing is in the audit");
    is(look("SELECT count(*) FROM meta WHERE key = 'audit_seq'"), "0",
       "not even a head");
}

static void test_an_id_may_come_twice(void)
{
    struct control_order twice = plain;
    struct control_item items[2] = {{.seq = 1}, {.seq = 1}};

    clear();
    put_task(1, "code", "pending");
    ok(store_control(store, &twice, items, 2, &err) == 0 &&
           items[0].result == CONTROL_CHANGED &&
           items[1].result == CONTROL_REFUSED,
       "the second time it is cancelled already");
    is(look("SELECT count FROM audit_logs"), "1", "it counts once");
}

static void test_a_whole_batch(void)
{
    struct control_item *items = xcalloc(1001, sizeof(*items));
    struct control_order held = plain;
    size_t changed = 0;

    clear();
    sql("INSERT INTO tasks (seq, task_id, task_type, priority, status,"
        " sort_at, created_at, updated_at)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 1000) SELECT i, 'id-' || i, 'code', 5, 'pending', i, i, i"
        " FROM n");
    held.verb = CONTROL_HOLD;
    for (size_t i = 0; i < 1000; i++)
        items[i].seq = 1000 - (int64_t)i;
    ok(store_control(store, &held, items, 1000, &err) == 0, "a thousand tasks");
    for (size_t i = 0; i < 1000; i++)
        changed += items[i].result == CONTROL_CHANGED;
    ok(changed == 1000, "are held at once");
    is(look("SELECT count(*) FROM tasks WHERE status = 'held'"), "1000",
       "all of them");
    ok(store_control(store, &held, items, 1001, &err) == -1 &&
           err.code == ERR_BUG,
       "one more is too many");
    free(items);
}

static void test_select(void)
{
    struct control_choice choice = {.status = TASK_DEAD};
    int64_t found[10];

    clear();
    for (int64_t seq = 1; seq <= 9; seq++)
        put_task(seq, seq % 2 ? "code" : "qa", seq <= 6 ? "dead" : "completed");
    ok(store_select(store, &choice, 0, 4, found, &err) == 4 && found[0] == 1 &&
           found[3] == 4,
       "dead tasks come in order");
    ok(store_select(store, &choice, 4, 4, found, &err) == 2 && found[1] == 6,
       "page by page");
    choice.type = "qa";
    ok(store_select(store, &choice, 0, 10, found, &err) == 3 && found[0] == 2,
       "of one type");
    choice.type = NULL;
    choice.since = 5000000;
    ok(store_select(store, &choice, 0, 10, found, &err) == 2 && found[0] == 5,
       "of those that ended since");
    choice.status = TASK_COMPLETED;
    ok(store_select(store, &choice, 7, 10, found, &err) == 2 && found[0] == 8,
       "completed ones likewise");
}

static void cases(void)
{
    test_what_an_id_may_be();
    test_cancel();
    test_cancel_of_a_running_task_is_a_request();
    test_cancel_settles_the_children();
    test_hold_and_release();
    test_release_with_a_failed_parent_waits_for_judgement();
    test_priority();
    test_requeue();
    test_requeue_and_dependencies();
    test_a_dry_run_changes_nothing();
    test_an_id_may_come_twice();
    test_a_whole_batch();
    test_select();
}

int main(void)
{
    run_on_engines(cases);
    return tap_done();
}
