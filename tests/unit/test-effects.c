/*
 * Actions that a handler asks for: in the outbox with the end of its task,
 * or not at all.
 */
#include "config.h"

#include "store-case.h"

#include "store/actions.h"

#define PAYLOAD "{\"path\":\"a\",\"content\":[1e400]}"

static struct action_new file(const char *key)
{
    return (struct action_new){
        .action_type = "file", .idempotency_key = key, .payload_json = PAYLOAD};
}

/* End this task, asking for these. */
static int end_this(struct store *store, struct claim_list *out,
                    struct action_new *actions, size_t count,
                    enum task_outcome outcome)
{
    struct finish finish = case_end(&out->items[0], outcome);
    int ret;

    finish.actions = actions;
    finish.action_count = count;
    ret = store_cycle(store, &finish, 1, NULL, NULL, &err);
    claim_list_release(out);
    return ret;
}

static int end_with(struct store *store, struct action_new *actions,
                    size_t count, enum task_outcome outcome)
{
    struct claim_list out = case_claim(store, NULL, 1);

    return end_this(store, &out, actions, count, outcome);
}

static void submit(struct store *store, int count)
{
    for (int i = 0; i < count; i++) {
        struct items list = case_submit(
            store, LINES("{\"task_type\":\"qa\",\"description\":\"look\"}"));

        items_release(&list);
    }
}

static void test_asked_for(void)
{
    struct store *store = case_open();
    struct action_new actions[] = {file(NULL), file("k"), file("k")};

    submit(store, 1);
    actions[0].delay = INT64_C(3600000000);
    ok(end_with(store, actions, LENGTH(actions), OUTCOME_COMPLETED) == 0 &&
           case_num(store, "SELECT count(*) FROM actions") == 2,
       "what is asked for is in the outbox, a key only once");
    ok(case_num(store,
                "SELECT count(*) FROM actions a JOIN tasks t ON t.task_id = "
                "a.task_id JOIN task_bodies b ON b.seq = t.seq WHERE "
                "a.correlation_id = b.correlation_id AND a.status = "
                "'pending' AND a.payload_json = '" PAYLOAD "'") == 2,
       "with its task, its correlation id and the bytes that came");
    ok(case_num(store, "SELECT count(*) FROM actions WHERE idempotency_key = "
                       "'action:' || task_id || ':1:1' AND (run_at - "
                       "created_at) / 60000000 BETWEEN 59 AND 60") == 1,
       "who gives no key gets that of the attempt");
    ok(case_num(store, "SELECT count(*) FROM execution_logs l JOIN actions a "
                       "ON a.action_id = l.action_id WHERE l.attempt = 1 AND "
                       "l.message LIKE 'enqueued: file, key %'") == 2 &&
           case_num(store, "SELECT count(*) FROM execution_logs WHERE "
                           "message = 'not enqueued again: file, key k'") == 1,
       "the log of the task says what became of each");
    store_close(store);
}

static void test_again(void)
{
    struct store *store = case_open();
    struct action_new actions[] = {file(NULL), file("k")};

    submit(store, 2);
    for (int i = 0; i < 2; i++)
        ok(end_with(store, actions, 2, OUTCOME_COMPLETED) == 0,
           "a task asks for them");
    ok(case_num(store, "SELECT count(*) FROM actions") == 3,
       "a key belongs to the first, whichever task that was");
    ok(case_num(store, "SELECT t.seq FROM actions a JOIN tasks t ON t.task_id "
                       "= a.task_id WHERE a.idempotency_key = 'k'") == 1,
       "and names the task that came first");
    store_close(store);
}

static void test_not_completed(void)
{
    static const enum task_outcome others[] = {
        OUTCOME_FAILED, OUTCOME_TIMED_OUT, OUTCOME_LOST, OUTCOME_HANDED_BACK};
    struct store *store = case_open();
    struct action_new action = file("k");

    submit(store, LENGTH(others));
    for (size_t i = 0; i < LENGTH(others); i++)
        ok(end_with(store, &action, 1, others[i]) == 0 &&
               case_num(store, "SELECT count(*) FROM actions") == 0,
           "%s: nothing is enqueued", task_outcome_name(others[i]));
    store_close(store);
}

static void test_lost_fence(void)
{
    struct store *store = case_open();
    struct action_new action = file("k");
    struct claim_list out;
    struct finish finish;

    submit(store, 1);
    out = case_claim(store, NULL, 1);
    finish = case_end(&out.items[0], OUTCOME_COMPLETED);
    finish.attempt++;
    finish.actions = &action;
    finish.action_count = 1;
    ok(store_cycle(store, &finish, 1, NULL, NULL, &err) == 0 && finish.lost &&
           case_num(store, "SELECT count(*) FROM actions") == 0,
       "who has lost its task enqueues nothing");
    claim_list_release(&out);
    store_close(store);
}

/* A commit whose answer is lost must neither lose nor double them. */
static void test_once(void)
{
    for (int committed = 0; committed < 2; committed++) {
        struct store *store = case_open();
        struct action_new action = file(NULL);

        struct claim_list out;

        submit(store, 1);
        out = case_claim(store, NULL, 1);
        case_lose_answer(store, committed);
        ok(end_this(store, &out, &action, 1, OUTCOME_COMPLETED) == 0 &&
               case_num(store, "SELECT count(*) FROM actions") == 1 &&
               case_num(store, "SELECT count(*) FROM execution_logs WHERE "
                               "message LIKE 'enqueued: %'") == 1,
           "the answer is lost, the commit %s: it is enqueued once",
           committed ? "is not" : "too");
        store_close(store);
    }
}

static void tests(void)
{
    test_asked_for();
    test_again();
    test_not_completed();
    test_lost_fence();
    test_once();
}

int main(void)
{
    return case_main(tests);
}
