/*
 * What goes from task to task: news, results, tasks that are added.
 */
#include "config.h"

#include "store-case.h"

#define TASK(more) "{\"task_type\":\"qa\",\"description\":\"look\"" more "}"

static const char *status(struct store *store, int seq)
{
    char text[80];

    snprintf(text, sizeof(text), "SELECT status FROM tasks WHERE seq = %d",
             seq);
    return case_text(store, text);
}

/* The seqs that a call made ready, as "2 5 "; valid until the next. */
static const char *ready_of(struct store *store)
{
    const struct ready_list *ready = store_ready(store);
    static char text[200];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < ready->count; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%d ",
                                (int)ready->items[i].seq);
    return text;
}

static void test_news(void)
{
    struct store *store = case_open();
    struct items list = case_submit(
        store, LINES(TASK(",\"ref\":\"a\""), TASK(",\"depends_on\":[\"a\"]"),
                     TASK(",\"depends_on\":[\"a\"]"), TASK(",\"ref\":\"b\""),
                     TASK(",\"depends_on\":[\"b\"],"
                          "\"on_dependency_failure\":\"run\"")));
    struct claim_list out = case_claim(store, NULL, 1);
    struct claim_request request = {
        .agent_id = "A", .sql_too = true, .max = 1, .lease = 30000000};
    const char *const types[] = {"qa"};
    struct finish finish = case_end(&out.items[0], OUTCOME_COMPLETED);

    ok(store_cycle(store, &finish, 1, &request, &out, &err) == 0,
       "a parent ends, and one is claimed");
    is(ready_of(store), "3 ",
       "what it unblocked is news, but not what was claimed with it");
    ok(!out.items[0].has_parents && out.items[1].has_parents,
       "a claim knows whether it waited for others");
    case_run(store, "UPDATE tasks SET expires_at = 1 WHERE seq = 4;"
                    "UPDATE tasks SET task_type = 'code' WHERE seq = 5");
    request.types = types;
    request.type_count = 1;
    request.max = 9;
    ok(store_cycle(store, NULL, 0, &request, &out, &err) == 0,
       "a claim finds one that has expired");
    is(ready_of(store), "5 ", "what that one unblocked is news, too");
    ok(store_cycle(store, NULL, 0, NULL, NULL, &err) == 0 &&
           strcmp(ready_of(store), "") == 0,
       "and old the next time");
    claim_list_release(&out);
    items_release(&list);
    store_close(store);
}

static void test_handed_over(void)
{
    struct store *store = case_open();
    struct items list =
        case_submit(store, LINES(TASK(",\"ref\":\"a\""), TASK(",\"ref\":\"b\""),
                                 TASK(",\"depends_on\":[\"a\",\"b\"]")));
    struct claim_list out = case_claim(store, NULL, 2);
    struct finish finishes[2];
    struct db_rows rows = {0};

    for (int i = 0; i < 2; i++)
        finishes[i] = case_end(&out.items[i], OUTCOME_COMPLETED);
    finishes[0].result = "[1e400]";
    finishes[0].result_len = 7;
    finishes[0].result_is_json = true;
    store_cycle(store, finishes, 2, NULL, NULL, &err);
    claim_list_release(&out);
    out = case_claim(store, NULL, 1);
    ok(case_num(store, "SELECT count(*) FROM agent_communications WHERE "
                       "message_type = 'dependency_result' AND to_agent = 'A' "
                       "AND from_agent = 'A'") == 2,
       "with the claim the results are handed over");
    ok(store_dependencies(store, 3, 0, 1, &rows, &err) == 0 &&
           rows.count == 1 && db_num(&rows, 0, DC_SEQ) == 1 &&
           strcmp(db_text(&rows, 0, DC_REF), "a") == 0 &&
           strcmp(db_text(&rows, 0, DC_RESULT), "[1e400]") == 0 &&
           strcmp(db_text(&rows, 0, DC_RESULT_FORMAT), "json") == 0,
       "a result is what it was");
    db_rows_release(&rows);
    ok(store_dependencies(store, 3, 1, 9, &rows, &err) == 0 &&
           rows.count == 1 && db_null(&rows, 0, DC_RESULT) &&
           strcmp(db_text(&rows, 0, DC_STATUS), "completed") == 0,
       "the next page has the rest");
    db_rows_release(&rows);
    claim_list_release(&out);
    items_release(&list);
    store_close(store);
}

/* End the only task, adding these. */
static int add_with(struct store *store, struct items *added,
                    enum task_outcome outcome)
{
    struct claim_list out = case_claim(store, NULL, 1);
    struct finish finish = case_end(&out.items[0], outcome);
    int ret;

    finish.tasks = added->items;
    finish.task_count = added->count;
    ret = store_cycle(store, &finish, 1, NULL, NULL, &err);
    claim_list_release(&out);
    return ret;
}

static void test_follow_ups(void)
{
    struct store *store = case_open();
    struct items list = case_submit(
        store, LINES(TASK(",\"workflow\":\"w\",\"session_id\":\"s\"")));
    struct items added =
        items_of(LINES(TASK(",\"depends_on\":[\"late\"]"),
                       TASK(",\"ref\":\"late\",\"session_id\":\"own\"")));

    ok(add_with(store, &added, OUTCOME_COMPLETED) == 0, "tasks are added");
    is(ready_of(store), "3 ", "the one that can run is news");
    is(status(store, 2), "blocked", "the other one waits for it");
    ok(case_num(store, "SELECT count(*) FROM tasks c JOIN task_bodies b ON "
                       "b.seq = c.seq JOIN tasks p ON p.seq = 1 JOIN "
                       "task_bodies q ON q.seq = 1 WHERE b.parent_id = "
                       "p.task_id AND c.workflow_id = p.workflow_id AND "
                       "b.correlation_id = q.correlation_id") == 2,
       "they are children of the one that added them");
    is(case_text(store, "SELECT session_id FROM task_bodies WHERE seq = 3"),
       "own", "what they say themselves wins");
    items_release(&added);
    items_release(&list);
    store_close(store);
}

static void test_follow_ups_refused(void)
{
    struct store *store = case_open();
    struct items list = case_submit(store, LINES(TASK("")));
    struct items added = items_of(
        LINES(TASK(""), TASK(",\"depends_on\":["
                             "\"01a00000-0000-7000-8000-000000000000\"]")));

    ok(add_with(store, &added, OUTCOME_COMPLETED) == -1 &&
           err.code == ERR_DATA && strstr(err.msg, "no such task"),
       "one that cannot be added is an error");
    err_clear(&err);
    is(status(store, 1), "running", "and nothing has happened");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 1, "nor was stored");
    case_run(store, "UPDATE tasks SET status = 'pending', agent_id = NULL, "
                    "lease_until = NULL");
    added.count = 1;
    ok(add_with(store, &added, OUTCOME_FAILED) == 0 &&
           case_num(store, "SELECT count(*) FROM tasks") == 1,
       "who does not complete adds nothing");
    added.count = 2;
    items_release(&added);
    items_release(&list);
    store_close(store);
}

/* A commit whose answer is lost must neither lose nor double them. */
static void test_follow_ups_once(void)
{
    for (int committed = 0; committed < 2; committed++) {
        struct store *store = case_open();
        struct items list = case_submit(store, LINES(TASK("")));
        struct items added =
            items_of(LINES(TASK(",\"idempotency_key\":\"k\"")));
        struct claim_list out = case_claim(store, NULL, 1);
        struct finish finish = case_end(&out.items[0], OUTCOME_COMPLETED);

        finish.tasks = added.items;
        finish.task_count = added.count;
        case_lose_answer(store, committed);
        ok(store_cycle(store, &finish, 1, NULL, NULL, &err) == 0 &&
               !finish.lost &&
               case_num(store, "SELECT count(*) FROM tasks") == 2,
           "the answer is lost, the commit %s: it is added once",
           committed ? "is not" : "too");
        ok(store_ready(store)->count == 1 &&
               store_ready(store)->items[0].seq ==
                   case_num(store, "SELECT max(seq) FROM tasks"),
           "and is news");
        claim_list_release(&out);
        items_release(&added);
        items_release(&list);
        store_close(store);
    }
}

static void test_flow(void)
{
    struct store *store = case_open();
    struct submit_flow flow = {.name = "w"};
    struct submit_flow again = {.name = "w"};
    struct items list = items_of(
        LINES(TASK(",\"depends_on\":[\"late\"]"), TASK(",\"ref\":\"late\"")));

    ok(store_submit_flow(store, &flow, list.items, 2, &err) == 0 &&
           list.items[0].status == TASK_BLOCKED &&
           list.items[1].status == TASK_PENDING,
       "in a workflow a ref may be that of a later record");
    is(flow.label, "w", "the name is free");
    for (int i = 0; i < 2; i++)
        *list.items[i].task_id = '\0';
    ok(store_submit_flow(store, &again, list.items, 2, &err) == 0,
       "the same again");
    is(again.label, "w-2", "is another workflow");
    ok(case_num(store, "SELECT count(DISTINCT workflow_id) FROM tasks") == 2,
       "with tasks of its own");
    items_release(&list);
    store_close(store);
}

static void test_remembered(void)
{
    struct store *store = case_open();
    struct items list;

    store_submit_remember(store, 2);
    list = case_submit(store, LINES(TASK(",\"ref\":\"a\"")));
    items_release(&list);
    list = case_submit(store,
                       LINES(TASK(",\"ref\":\"b\",\"depends_on\":[\"a\"]")));
    ok(list.items[0].status == TASK_BLOCKED,
       "a ref of an earlier call is remembered");
    items_release(&list);
    list = items_of(LINES(TASK(",\"ref\":\"a\"")));
    ok(store_submit(store, list.items, 1, false, &err) == -1 &&
           strstr(list.items[0].why, "used by another"),
       "and cannot be used again");
    err_clear(&err);
    items_release(&list);
    list = items_of(LINES(TASK(",\"ref\":\"c\"")));
    ok(store_submit(store, list.items, 1, false, &err) == -1 &&
           strstr(list.items[0].why, "more than 2"),
       "there is an end to remembering");
    err_clear(&err);
    items_release(&list);
    store_close(store);
}

static void tests(void)
{
    test_news();
    test_handed_over();
    test_follow_ups();
    test_follow_ups_refused();
    test_follow_ups_once();
    test_flow();
    test_remembered();
}

int main(void)
{
    return case_main(tests);
}
