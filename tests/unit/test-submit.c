/*
 * The promises of submit.h, kept on both engines.
 */
#include "config.h"

#include "store/submit.h"

#include "store-case.h"

#define TASK(more) "{\"task_type\":\"qa\",\"description\":\"look\"" more "}"

static void test_what_is_stored(void)
{
    struct store *store = case_open();
    struct items list = case_submit(
        store,
        LINES(TASK(",\"priority\":7,\"payload\":{\"a\": 1e400},"
                   "\"metadata\":{\"n\":12345678901234567890}"),
              TASK(",\"delay\":60,\"max_attempts\":9,\"session_id\":\"s\""),
              "{\"task_type\":\"code\",\"description\":\"fix\","
              "\"correlation_id\":\"c-1\",\"workflow\":\"night\","
              "\"timeout\":\"90s\"}",
              TASK(",\"workflow\":\"night\"")));
    const struct submit_item *item = list.items;

    ok(item[0].seq > 0 && item[1].seq == item[0].seq + 1,
       "tasks are numbered in their order");
    ok(item[0].outcome == SUBMIT_STORED && item[0].status == TASK_PENDING &&
           item[1].status == TASK_SCHEDULED,
       "what is due is pending, what is delayed is scheduled");
    ok(item[0].sort_at == item[0].created_at - 7 * INT64_C(300000000),
       "priority makes a task older");
    ok(item[1].sort_at ==
           item[1].created_at + 60000000 - 5 * INT64_C(300000000),
       "a delay makes it younger");
    ok(strcmp(item[0].task_id, item[1].task_id) < 0, "ids grow");
    is(case_text(store, "SELECT task_id FROM tasks ORDER BY seq LIMIT 1"),
       item[0].task_id, "the id is the one that was made");
    is(case_text(store, "SELECT metadata FROM task_bodies ORDER BY seq"),
       "{\"n\":12345678901234567890}", "metadata are kept byte for byte");
    ok(case_num(store, "SELECT count(*) FROM task_bodies WHERE seq = 1 AND "
                       "payload_format = 'json'") == 1,
       "the payload is there with its format");
    is(case_text(store, "SELECT correlation_id FROM task_bodies WHERE seq = 1"),
       item[0].task_id, "a task's own id is its correlation_id");
    is(case_text(store, "SELECT correlation_id FROM task_bodies WHERE seq = 3"),
       "c-1", "unless it was given one");
    ok(case_num(store, "SELECT max_attempts FROM tasks WHERE seq = 2") == 9 &&
           case_num(store, "SELECT max_attempts FROM tasks WHERE seq = 1") == 3,
       "attempts are counted as asked, else by the policy");
    ok(case_num(store, "SELECT timeout FROM task_bodies WHERE seq = 3") ==
           90000000,
       "a timeout is stored");
    ok(case_num(store, "SELECT count(*) FROM workflows") == 1 &&
           case_num(store, "SELECT count(*) FROM tasks t JOIN workflows w ON "
                           "w.workflow_id = t.workflow_id") == 2,
       "a workflow is made on first use, and once");
    items_release(&list);
    store_close(store);
}

static void test_times_are_judged_by_the_database(void)
{
    struct store *store = case_open();
    struct items list = items_of(
        LINES(TASK(""), TASK(",\"expires_at\":\"2001-01-01T00:00:00Z\""),
              TASK(",\"expires_at\":\"2002-01-01T00:00:00Z\"")));

    ok(store_submit(store, list.items, 3, false, &err) == -1 &&
           err.code == ERR_DATA && strstr(err.msg, "line 2: expires_at"),
       "what has expired already is refused with its line");
    ok(!list.items[0].bad && list.items[1].bad && list.items[2].bad,
       "every item that is to blame is marked");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 0,
       "and nothing was stored");
    err_clear(&err);
    ok(store_submit(store, list.items, 1, false, &err) == 0,
       "the others can be stored then");
    items_release(&list);
    list = items_of(LINES(TASK(",\"delay\":5"),
                          TASK(",\"run_at\":\"2001-01-01T00:00:00Z\"")));
    list.items[0].record.hold = true;
    ok(store_submit(store, list.items, 2, false, &err) == 0, "two more");
    ok(list.items[0].status == TASK_HELD, "a task can be born held");
    ok(list.items[1].status == TASK_PENDING &&
           list.items[1].sort_at <= list.items[1].created_at,
       "a run_at in the past gives no advantage");
    ok(list.items[1].sort_at ==
           list.items[1].created_at - 5 * INT64_C(300000000),
       "and no disadvantage");
    items_release(&list);
    store_close(store);
}

static void test_keys(void)
{
    struct store *store = case_open();
    struct items first =
        case_submit(store, LINES(TASK(",\"idempotency_key\":\"k\"")));
    struct items again = case_submit(
        store,
        LINES(TASK(",\"idempotency_key\":\"new\""),
              TASK(",\"idempotency_key\":\"k\""),
              TASK(",\"idempotency_key\":\"k\",\"priority\":9"),
              TASK(",\"idempotency_key\":\"new\""),
              TASK(",\"idempotency_key\":\"k\",\"correlation_id\":\"other\"")));

    ok(again.items[0].outcome == SUBMIT_STORED, "a new key is stored");
    ok(again.items[1].outcome == SUBMIT_DUPLICATE &&
           again.items[1].seq == first.items[0].seq,
       "a known key gives the old task back");
    is(again.items[1].task_id, first.items[0].task_id, "with its id");
    ok(again.items[1].created_at == first.items[0].created_at &&
           again.items[1].status == TASK_PENDING,
       "its age and its state");
    ok(again.items[2].outcome == SUBMIT_CONFLICT,
       "the same key for something else is a conflict");
    ok(again.items[3].outcome == SUBMIT_DUPLICATE &&
           again.items[3].seq == again.items[0].seq,
       "a key that is twice in a batch makes one task");
    ok(again.items[4].outcome == SUBMIT_DUPLICATE,
       "the correlation id is not part of what a key stands for");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 2, "two tasks in all");
    items_release(&again);

    again = items_of(LINES(TASK(""), TASK(",\"idempotency_key\":\"k\","
                                          "\"priority\":1")));
    ok(store_submit(store, again.items, 2, true, &err) == -1 &&
           err.code == ERR_DATA && strstr(err.msg, "line 2:") &&
           again.items[1].bad,
       "a conflict in an atomic batch refuses all of it");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 2, "nothing came");
    err_clear(&err);
    items_release(&again);
    items_release(&first);
    store_close(store);
}

static void test_keys_outlive_their_task(void)
{
    struct store *store = case_open();
    struct items first =
        case_submit(store, LINES(TASK(",\"idempotency_key\":\"k\"")));
    struct items again;

    case_run(store, "DELETE FROM tasks");
    again = case_submit(store, LINES(TASK(",\"idempotency_key\":\"k\"")));
    ok(again.items[0].outcome == SUBMIT_DUPLICATE && again.items[0].seq == 0,
       "the key of a pruned task still counts");
    is(again.items[0].task_id, first.items[0].task_id, "for its id");
    items_release(&again);
    case_run(store, "UPDATE idempotency_keys SET created_at = 1");
    again = case_submit(store, LINES(TASK(",\"idempotency_key\":\"k\"")));
    ok(again.items[0].outcome == SUBMIT_STORED, "until it is old enough");
    items_release(&again);
    case_run(store, "UPDATE idempotency_keys SET created_at = 1");
    again = case_submit(store, LINES(TASK(",\"idempotency_key\":\"k\"")));
    ok(again.items[0].outcome == SUBMIT_DUPLICATE,
       "while its task is there age does not matter");
    items_release(&again);
    items_release(&first);
    store_close(store);
}

static void test_a_failed_call_can_be_repeated(void)
{
    struct store *store = case_open();
    struct items list = items_of(LINES(TASK(",\"idempotency_key\":\"k\""),
                                       TASK(",\"idempotency_key\":\"k\""),
                                       TASK(",\"depends_on\":[\"nobody\"]")));
    char first[UUID_SIZE];

    ok(store_submit(store, list.items, 3, false, &err) == -1 &&
           strstr(err.msg, "line 3: depends_on: no such task 'nobody'"),
       "a dependency that does not exist is refused");
    memcpy(first, list.items[0].task_id, UUID_SIZE);
    ok(uuid_valid(first, 36) && strcmp(first, list.items[1].task_id) != 0,
       "the ids that were made are kept");
    err_clear(&err);
    ok(store_submit(store, list.items, 2, false, &err) == 0, "without it: yes");
    is(list.items[0].task_id, first, "under the id of the first try");
    items_release(&list);
    store_close(store);
}

static void test_pieces(void)
{
    struct store *store = case_open();
    struct items list = items_of(LINES(TASK(""), TASK(""), TASK("")));

    ok(store_submit_begin(store, &err) == 0 &&
           store_submit_add(store, list.items, 1, &err) == 0 &&
           store_submit_add(store, list.items + 1, 2, &err) == 0 &&
           store_submit_commit(store, &err) == 0,
       "a submission can come in pieces");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 3, "all are there");
    ok(store_submit_commit(store, &err) == -1 && err.code == ERR_BUG,
       "what was not begun cannot be committed");
    err_clear(&err);
    items_release(&list);
    list = items_of(LINES(TASK(""), TASK(",\"depends_on\":[\"x\"]")));
    ok(store_submit_begin(store, &err) == 0 &&
           store_submit_add(store, list.items, 1, &err) == 0,
       "another begins");
    ok(store_submit_add(store, list.items + 1, 1, &err) == -1,
       "and meets something wrong");
    store_submit_abort(store);
    ok(case_num(store, "SELECT count(*) FROM tasks") == 3, "nothing is left");
    err_clear(&err);
    items_release(&list);
    store_close(store);
}

static void test_a_lost_answer(void)
{
    struct store *store = case_open();
    struct items list = items_of(LINES(TASK(",\"idempotency_key\":\"a\""),
                                       TASK(",\"idempotency_key\":\"a\"")));

    case_lose_answer(store, true);
    ok(store_submit(store, list.items, 2, false, &err) == 0,
       "a commit whose answer was lost is settled");
    ok(list.items[0].outcome == SUBMIT_STORED &&
           list.items[1].outcome == SUBMIT_DUPLICATE &&
           list.items[1].seq == list.items[0].seq,
       "what was stored is known as stored, not as a duplicate of itself");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 1, "and is there once");
    items_release(&list);

    list = items_of(LINES(TASK(",\"idempotency_key\":\"b\"")));
    case_lose_answer(store, false);
    ok(store_submit(store, list.items, 1, false, &err) == 0 &&
           list.items[0].outcome == SUBMIT_STORED,
       "one that did not happen is done again");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 2, "once");
    items_release(&list);

    list = items_of(LINES(TASK("")));
    store_submit_begin(store, &err);
    store_submit_add(store, list.items, 1, &err);
    case_lose_answer(store, true);
    ok(store_submit_commit(store, &err) == 0,
       "a submission in pieces is settled too");
    items_release(&list);
    list = items_of(LINES(TASK("")));
    store_submit_begin(store, &err);
    store_submit_add(store, list.items, 1, &err);
    case_lose_answer(store, false);
    ok(store_submit_commit(store, &err) == -1 && err.code == ERR_UNAVAIL &&
           strstr(err.msg, "not known"),
       "but not done again: that is said");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 3, "three in all");
    err_clear(&err);
    items_release(&list);
    store_close(store);
}

static void test_many_at_once(void)
{
    enum { MANY = 5000 };
    struct store *store = case_open();
    struct submit_item *items = xcalloc(MANY, sizeof(*items));

    for (int i = 0; i < MANY; i++) {
        parse(TASK(""), NULL, &items[i].record, &err);
        if (i % 2)
            items[i].record.idempotency_key = xasprintf("key-%d", i % 4000);
    }
    ok(store_submit(store, items, MANY, false, &err) == 0,
       "thousands go in one transaction");
    ok(case_num(store, "SELECT count(*) FROM tasks") == 4500,
       "each key once, whatever piece it was in");
    ok(items[4999].outcome == SUBMIT_DUPLICATE &&
           items[4999].seq == items[999].seq,
       "the last repeats one of the first");
    for (int i = 0; i < MANY; i++)
        task_record_release(&items[i].record);
    free(items);
    store_close(store);
}

static void tests(void)
{
    test_what_is_stored();
    test_times_are_judged_by_the_database();
    test_keys();
    test_keys_outlive_their_task();
    test_a_failed_call_can_be_repeated();
    test_pieces();
    test_a_lost_answer();
    test_many_at_once();
}

int main(void)
{
    return case_main(tests);
}
