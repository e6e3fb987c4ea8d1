/*
 * The outbox: one effect a key, written with its cause, recorded by the
 * holder of the lease alone.
 */
#include "config.h"

#include "store/actions.h"

#include "core/json.h"
#include "store-case.h"
#include "store/agents.h"
#include "store/control.h"

#define LONG (INT64_C(30) * 1000000)
#define HOUR (INT64_C(3600) * 1000000)

static struct lease mine;

static void hold(struct store *store, const char *owner)
{
    err_clear(&err);
    if (lease_take(store, LEASE_DISPATCHER, owner, LONG, false, &mine, &err) !=
        1)
        ok(false, "the lease: %s", err.msg);
}

static struct action_new add(struct store *store, const char *type,
                             const char *key, int64_t delay)
{
    struct action_new action = {.action_type = type,
                                .idempotency_key = key,
                                .payload_json = "{\"url\":\"https://a/\"}",
                                .delay = delay};

    if (store_action_add(store, &action, &err) < 0)
        ok(false, "add: %s", err.msg);
    return action;
}

/* How many; the first one's seq and attempts. */
static size_t take(struct store *store, bool webhooks, size_t limit,
                   int64_t *seq, int *attempts)
{
    struct action_row *rows = NULL;
    size_t count = 0;

    err_clear(&err);
    if (store_actions_take(store, &mine, webhooks, limit, LONG, &rows, &count,
                           &err) < 0)
        return 99;
    *seq = count > 0 ? rows[0].seq : 0;
    *attempts = count > 0 ? rows[0].attempts : -1;
    for (size_t i = 0; i < count; i++)
        action_row_release(&rows[i]);
    free(rows);
    return count;
}

static int end(struct store *store, int64_t seq, bool completed, bool dead,
               int64_t retry_in)
{
    const struct action_end what = {
        .seq = seq,
        .completed = completed,
        .dead = dead,
        .retry_in = retry_in,
        .message = completed ? "sent" : "HTTP 500",
        .artifact_ref = completed ? "artifacts/x" : NULL,
        .artifact_sha256 = completed ? "abc" : NULL,
    };

    err_clear(&err);
    return store_action_end(store, &mine, &what, &err);
}

static void test_one_effect_a_key(void)
{
    struct store *store = case_open();
    struct action_new first = add(store, "file", "k1", 0);
    struct action_new again = add(store, "file", "k1", 0);
    struct action_new other = add(store, "file", "k2", 0);

    ok(uuid_valid(first.action_id, 36) && !first.duplicate,
       "an action is given an id");
    ok(again.duplicate && strcmp(again.action_id, first.action_id) == 0,
       "its key gives the same id again");
    ok(!other.duplicate && strcmp(other.action_id, first.action_id) != 0,
       "another key gives another");
    ok(case_num(store, "SELECT count(*) FROM actions") == 2, "there are two");
    for (int committed = 0; committed < 2; committed++) {
        struct action_new action;

        case_lose_answer(store, committed);
        action = add(store, "file", committed ? "k3" : "k4", 0);
        ok(!action.duplicate, "a lost answer makes no duplicate of itself");
    }
    ok(case_num(store, "SELECT count(*) FROM actions") == 4, "nor of the row");
    store_close(store);
}

static void test_the_life_of_an_action(void)
{
    struct store *store = case_open();
    int64_t counts[3] = {0};
    int64_t seq = 0;
    int attempts;

    hold(store, "A");
    add(store, "file", "k1", 0);
    add(store, "file", "later", HOUR);
    ok(take(store, false, 9, &seq, &attempts) == 1 && attempts == 0,
       "what is due is taken, what is not stays");
    ok(take(store, false, 9, &seq, &attempts) == 0, "it is taken once");
    seq = case_num(store, "SELECT seq FROM actions WHERE "
                          "idempotency_key = 'k1'");
    ok(store_action_give_back(store, &mine, seq, &err) == 0 &&
           take(store, false, 9, &seq, &attempts) == 1 && attempts == 0,
       "given back it counts nothing");
    ok(end(store, seq, false, false, 0) == 0, "a try fails");
    is(case_text(store, "SELECT status || ' ' || attempts || ' ' || last_error "
                        "FROM actions WHERE idempotency_key = 'k1'"),
       "retry 1 HTTP 500", "it will be tried again");
    ok(take(store, false, 9, &seq, &attempts) == 1 && attempts == 1,
       "and really is");
    ok(end(store, seq, false, false, HOUR) == 0 &&
           take(store, false, 9, &seq, &attempts) == 0,
       "not before its time");
    case_run(store, "UPDATE actions SET run_at = 0 WHERE attempts = 2");
    ok(take(store, false, 9, &seq, &attempts) == 1 &&
           end(store, seq, true, false, 0) == 0,
       "in the end it is done");
    is(case_text(store, "SELECT status || ' ' || attempts FROM actions WHERE "
                        "finished_at IS NOT NULL"),
       "completed 3", "after three tries");
    is(case_text(store, "SELECT l.level || ' ' || l.message || ' ' || "
                        "artifact_ref || ' ' || artifact_sha256 FROM "
                        "execution_logs l JOIN actions a ON a.action_id = "
                        "l.action_id ORDER BY id DESC LIMIT 1"),
       "info sent artifacts/x abc", "the log says what came of it");
    ok(case_num(store, "SELECT count(*) FROM execution_logs") == 3,
       "each try is in the log");
    ok(read_action_counts(store, counts, &err) == 0 && counts[0] == 1 &&
           counts[1] == 0 && counts[2] == 0,
       "one is left");
    store_close(store);
}

static void test_webhooks_apart(void)
{
    struct store *store = case_open();
    int64_t seq = 0;
    int attempts;

    hold(store, "A");
    add(store, "webhook", "w1", 0);
    add(store, "webhook", "w2", 0);
    add(store, "file", "f1", 0);
    ok(take(store, false, 3, &seq, &attempts) == 1, "one is no webhook");
    ok(take(store, true, 1, &seq, &attempts) == 1 &&
           take(store, true, 9, &seq, &attempts) == 1,
       "two are, and the limit holds");
    store_close(store);
}

static void test_only_the_holder_records(void)
{
    struct store *store = case_open();
    struct lease old;
    int64_t seq = 0;
    int64_t again;
    int attempts;

    hold(store, "A");
    add(store, "file", "k1", 0);
    take(store, false, 1, &seq, &attempts);
    old = mine;
    case_run(store, "UPDATE leases SET expires_at = aaos_lease_now() - 1");
    ok(end(store, seq, true, false, 0) < 0 && err.code == ERR_LOST,
       "a lease that is over records nothing");
    hold(store, "B");
    ok(take(store, false, 1, &again, &attempts) == 0,
       "what the other one tries is left to it for a while");
    case_run(store, "UPDATE actions SET lease_until = aaos_lease_now() - 1");
    ok(take(store, false, 1, &again, &attempts) == 1 && again == seq &&
           attempts == 0,
       "then it is due again");
    mine = old;
    ok(end(store, seq, true, false, 0) < 0 && err.code == ERR_LOST,
       "who was stopped records nothing: %s", err.msg);
    ok(take(store, false, 1, &again, &attempts) == 99 && err.code == ERR_LOST,
       "nor takes anything");
    ok(store_action_give_back(store, &mine, seq, &err) < 0 &&
           err.code == ERR_LOST,
       "nor gives back");
    is(case_text(store, "SELECT status FROM actions"), "running",
       "the action is the other's");
    ok(case_num(store, "SELECT count(*) FROM execution_logs") == 0,
       "and the log is empty");
    case_run(store,
             "UPDATE actions SET lease_until = aaos_lease_now() + 7200000000");
    err_clear(&err);
    lease_take(store, LEASE_DISPATCHER, "B", LONG, false, &mine, &err);
    ok(take(store, false, 1, &again, &attempts) == 1,
       "a row's lease of another boot holds nobody up");
    store_close(store);
}

static void test_lost_answers(void)
{
    for (int committed = 0; committed < 2; committed++) {
        struct store *store = case_open();
        int64_t seq = 0;
        int attempts;

        hold(store, "A");
        add(store, "file", "k1", 0);
        take(store, false, 1, &seq, &attempts);
        case_lose_answer(store, committed);
        ok(end(store, seq, true, false, 0) == 0 &&
               case_num(store, "SELECT attempts FROM actions") == 1 &&
               case_num(store, "SELECT count(*) FROM execution_logs") == 1,
           "a lost answer to a %s record: it is there once",
           committed ? "stored" : "failed");
        store_close(store);
    }
}

static int control(struct store *store, const char *id, bool requeue)
{
    const struct action_order order = {
        .requeue = requeue, .actor = "ann@host", .reason = "because"};

    err_clear(&err);
    return store_action_control(store, id, &order, &err);
}

static void test_verbs(void)
{
    struct store *store = case_open();
    struct action_new action = add(store, "webhook", "k1", 0);
    const struct action_order rehearsal = {.dry_run = true};
    bool disabled = false;
    int64_t seq = 0;
    int attempts;

    hold(store, "A");
    ok(control(store, "01980000-0000-7000-8000-000000000000", false) == 0,
       "an unknown id");
    ok(control(store, action.action_id, true) < 0 && err.code == ERR_NO,
       "what waits cannot be requeued: %s", err.msg);
    ok(store_action_control(store, action.action_id, &rehearsal, &err) == 1 &&
           case_num(store, "SELECT count(*) FROM audit_logs") == 0,
       "a rehearsal changes nothing");
    ok(control(store, action.action_id, false) == 1 &&
           take(store, true, 1, &seq, &attempts) == 0,
       "what is cancelled is not tried");
    is(case_text(store, "SELECT verb || ' ' || actor || ' ' || reason FROM "
                        "audit_logs"),
       "cancel_action ann@host because", "that is audited");
    ok(control(store, action.action_id, false) < 0 && err.code == ERR_NO,
       "it is cancelled once");
    ok(control(store, action.action_id, true) == 1 &&
           take(store, true, 1, &seq, &attempts) == 1,
       "requeued it is tried");
    ok(control(store, action.action_id, false) < 0 && err.code == ERR_NO,
       "what is being tried cannot be cancelled: %s", err.msg);
    end(store, seq, false, true, 0);
    ok(store_endpoint_disable(store, "https://a/", &err) == 0 &&
           store_endpoint_disabled(store, "https://a/", &disabled, &err) == 0 &&
           disabled,
       "an endpoint is disabled");
    ok(store_endpoint_disabled(store, "https://b/", &disabled, &err) == 0 &&
           !disabled,
       "another one is not");
    ok(control(store, action.action_id, true) == 1 &&
           store_endpoint_disabled(store, "https://a/", &disabled, &err) == 0 &&
           !disabled,
       "requeue enables it again");
    ok(take(store, true, 1, &seq, &attempts) == 1 && attempts == 0,
       "a requeued action has all its tries");
    store_close(store);
}

static void test_lists(void)
{
    struct store *store = case_open();
    struct db_rows rows = {0};
    int64_t before;

    add(store, "file", "k1", 0);
    add(store, "webhook", "k2", 0);
    add(store, "webhook", "k3", 0);
    ok(read_actions(store, NULL, NULL, 0, 2, &rows, &err) == 0 &&
           rows.count == 2 &&
           strcmp(db_text(&rows, 0, RC_IDEMPOTENCY_KEY), "k3") == 0,
       "the newest come first");
    before = db_num(&rows, 1, RC_SEQ);
    db_rows_release(&rows);
    ok(read_actions(store, NULL, NULL, before, 9, &rows, &err) == 0 &&
           rows.count == 1 && db_num(&rows, 0, RC_TERM) == 0 &&
           db_null(&rows, 0, RC_FINISHED_AT),
       "pages go back in time");
    db_rows_release(&rows);
    ok(read_actions(store, "[\"pending\"]", "webhook", 0, 9, &rows, &err) ==
               0 &&
           rows.count == 2,
       "one type");
    db_rows_release(&rows);
    ok(read_actions(store, "[\"dead\",\"retry\"]", NULL, 0, 9, &rows, &err) ==
               0 &&
           rows.count == 0,
       "some states");
    db_rows_release(&rows);
    store_close(store);
}

/* --- events of tasks ------------------------------------------------------ */

static const char *const hooked =
    "{\"task_type\":\"code\",\"description\":\"a task\",\"max_attempts\":1,"
    "\"webhook\":\"https://example.org/hook\",\"correlation_id\":\"c-1\"}";

static int64_t events(struct store *store, const char *type)
{
    char *text = xasprintf(
        "SELECT count(*) FROM actions WHERE action_type = 'webhook' AND "
        "status = 'pending' AND payload_json LIKE "
        "'%%\"type\":\"aaos.task.%s\"%%'",
        type);
    int64_t count = case_num(store, text);

    free(text);
    return count;
}

static void finish_all_claimed(struct store *store, enum task_outcome outcome)
{
    struct claim_list list = case_claim(store, NULL, 10);

    for (size_t i = 0; i < list.count; i++) {
        struct finish finish = case_end(&list.items[i], outcome);

        finish.result = outcome == OUTCOME_COMPLETED ? "done" : NULL;
        finish.result_len = finish.result ? 4 : 0;
        if (store_cycle(store, &finish, 1, NULL, NULL, &err) < 0)
            ok(false, "finish: %s", err.msg);
    }
    claim_list_release(&list);
}

static void test_the_event_of_a_completed_task(void)
{
    struct store *store = case_open();
    struct json_slice payload;
    struct json_slice event;
    struct json_slice data;
    struct json_slice value;
    const char *text;

    case_fill(store, hooked, 1);
    case_fill(store, "{\"task_type\":\"code\",\"description\":\"no hook\"}", 1);
    ok(case_num(store, "SELECT count(*) FROM actions") == 0,
       "a task that lives has no event");
    finish_all_claimed(store, OUTCOME_COMPLETED);
    ok(case_num(store, "SELECT count(*) FROM actions") == 1 &&
           events(store, "completed") == 1,
       "one that completed has one, if it asked for it");
    is(case_text(store, "SELECT a.idempotency_key FROM actions a JOIN tasks t "
                        "ON a.idempotency_key = 'webhook:' || t.task_id || "
                        "':1' AND a.task_id = t.task_id WHERE "
                        "a.correlation_id = 'c-1'")
           ? "found"
           : NULL,
       "found", "its key names task and attempt");
    text = case_text(store, "SELECT payload_json FROM actions");
    ok(json_check(text, strlen(text), &payload, &err) == 0 &&
           json_member(&payload, "url", &value) &&
           json_equals(&value, "https://example.org/hook") &&
           json_member(&payload, "event", &event) &&
           json_member(&event, "timestamp", &value) &&
           json_member(&event, "data", &data),
       "it is an event for the URL: %s", text);
    ok(json_member(&data, "status", &value) &&
           json_equals(&value, "completed") &&
           json_member(&data, "attempt", &value) && value.data[0] == '1' &&
           json_member(&data, "correlation_id", &value) &&
           json_equals(&value, "c-1") &&
           json_member(&data, "result_sha256", &value) && value.len == 66,
       "with what happened to the task");
    store_close(store);
}

static void test_every_end_has_its_event(void)
{
    struct store *store = case_open();
    const struct control_order cancel = {.verb = CONTROL_CANCEL};
    const struct control_order requeue = {.verb = CONTROL_REQUEUE};
    struct control_item item = {0};
    struct ready_list ready = {0};

    case_fill(store, hooked, 1);
    finish_all_claimed(store, OUTCOME_FAILED);
    ok(events(store, "dead") == 1, "a dead task");
    item.seq = case_num(store, "SELECT seq FROM tasks");
    store_control(store, &requeue, &item, 1, &err);
    ok(case_num(store, "SELECT count(*) FROM actions") == 1,
       "requeueing is no end");
    store_control(store, &cancel, &item, 1, &err);
    ok(events(store, "cancelled") == 1,
       "the same task, cancelled without a further attempt");
    case_fill(store, hooked, 1);
    case_run(store, "UPDATE tasks SET expires_at = 1 WHERE status = 'pending'");
    finish_all_claimed(store, OUTCOME_COMPLETED);
    ok(events(store, "cancelled") == 2, "a task that expired at a claim");
    case_fill(store, hooked, 1);
    case_run(store, "UPDATE tasks SET expires_at = 1 WHERE status = 'pending'");
    ok(store_promote(store, 100, &ready, &err) >= 0 &&
           events(store, "cancelled") == 3,
       "a task that expired while nobody claimed");
    ready_list_release(&ready);
    store_close(store);
}

static void test_children_have_theirs(void)
{
    struct store *store = case_open();
    struct items list = case_submit(
        store,
        LINES("{\"task_type\":\"code\",\"description\":\"one\",\"ref\":\"a\","
              "\"max_attempts\":1}",
              "{\"task_type\":\"code\",\"description\":\"two\",\"ref\":\"b\","
              "\"depends_on\":[\"a\"],\"webhook\":\"https://example.org/\"}",
              "{\"task_type\":\"code\",\"description\":\"three\","
              "\"depends_on\":[\"b\"],\"webhook\":\"https://example.org/\"}"));

    finish_all_claimed(store, OUTCOME_FAILED);
    ok(events(store, "cancelled") == 2,
       "children and grandchildren that can never run");
    items_release(&list);
    store_close(store);
}

static void tests(void)
{
    test_one_effect_a_key();
    test_the_life_of_an_action();
    test_webhooks_apart();
    test_only_the_holder_records();
    test_lost_answers();
    test_verbs();
    test_lists();
    test_the_event_of_a_completed_task();
    test_every_end_has_its_event();
    test_children_have_theirs();
}

int main(void)
{
    return case_main(tests);
}
