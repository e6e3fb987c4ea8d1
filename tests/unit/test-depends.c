/*
 * Dependencies: who waits for whom, and what the end of a parent means.
 */
#include "config.h"

#include <sys/wait.h>

#include "store-case.h"
#include "store/agents.h"
#include "store/cycle.h"
#include "store/store-private.h"

#define TASK(more) "{\"task_type\":\"qa\",\"description\":\"look\"" more "}"

/* End the first task that can be claimed. */
static void end_first(struct store *store, enum task_outcome outcome)
{
    struct claim_list out = case_claim(store, NULL, 1);
    struct finish finish;

    if (!ok(out.count == 1, "the first is claimed"))
        return;
    finish = case_end(&out.items[0], outcome);
    finish.permanent = true;
    if (store_cycle(store, &finish, 1, NULL, NULL, &err) < 0)
        ok(false, "finish: %s", err.msg);
    claim_list_release(&out);
}

static const char *status(struct store *store, int seq)
{
    char text[80];

    snprintf(text, sizeof(text), "SELECT status FROM tasks WHERE seq = %d",
             seq);
    return case_text(store, text);
}

static int64_t count_of(struct store *store, const char *state)
{
    char text[80];

    snprintf(text, sizeof(text),
             "SELECT count(*) FROM tasks WHERE status = '%s'", state);
    return case_num(store, text);
}

static void test_children_wait(void)
{
    struct store *store = case_open();
    struct items list =
        case_submit(store, LINES(TASK(",\"ref\":\"a\""), TASK(",\"ref\":\"b\""),
                                 TASK(",\"depends_on\":[\"a\",\"b\"]"),
                                 TASK(",\"depends_on\":[\"a\"],\"delay\":99")));
    struct items more = {0};
    char *line;

    ok(list.items[2].status == TASK_BLOCKED &&
           list.items[3].status == TASK_BLOCKED,
       "who depends on something is blocked");
    end_first(store, OUTCOME_COMPLETED);
    is(status(store, 3), "blocked", "one parent of two is not enough");
    is(status(store, 4), "scheduled", "the only one is, but not before time");
    end_first(store, OUTCOME_COMPLETED);
    is(status(store, 3), "pending", "the second parent sets it free");
    ok(case_num(store, "SELECT count(*) FROM task_dependencies WHERE state = "
                       "'satisfied'") == 3,
       "the edges say why");

    line = xasprintf(TASK(",\"depends_on\":[\"%s\"]"), list.items[0].task_id);
    more = case_submit(store, LINES(line));
    ok(more.items[0].status == TASK_PENDING,
       "who depends on what is completed does not wait");
    free(line);
    items_release(&more);
    items_release(&list);
    store_close(store);
}

static void test_refs(void)
{
    struct store *store = case_open();
    struct items list = items_of(
        LINES(TASK(",\"depends_on\":[\"late\"]"), TASK(",\"ref\":\"late\"")));

    ok(store_submit(store, list.items, 2, false, &err) == -1 &&
           strstr(err.msg, "line 1: depends_on") && list.items[0].bad,
       "a ref must name an earlier record: there are no circles");
    err_clear(&err);
    items_release(&list);
    list = items_of(LINES(TASK(",\"ref\":\"x\""), TASK(",\"ref\":\"x\""),
                          TASK(",\"depends_on\":[\"x\"]")));
    ok(store_submit(store, list.items, 3, false, &err) == -1 &&
           strstr(err.msg, "ref: 'x' is used"),
       "and only one");
    err_clear(&err);
    items_release(&list);
    list = case_submit(store,
                       LINES(TASK(",\"ref\":\"k\",\"idempotency_key\":\"k\"")));
    items_release(&list);
    list = case_submit(store,
                       LINES(TASK(",\"ref\":\"k\",\"idempotency_key\":\"k\""),
                             TASK(",\"depends_on\":[\"k\"]")));
    ok(list.items[0].outcome == SUBMIT_DUPLICATE &&
           list.items[1].status == TASK_BLOCKED &&
           case_num(store, "SELECT parent_seq FROM task_dependencies") ==
               list.items[0].seq,
       "the ref of a duplicate means the task that is there");
    items_release(&list);
    store_close(store);
}

static void test_a_parent_that_fails(void)
{
    struct store *store = case_open();
    struct items list =
        case_submit(store, LINES(TASK(",\"ref\":\"a\""),
                                 TASK(",\"ref\":\"b\",\"depends_on\":[\"a\"]"),
                                 TASK(",\"ref\":\"c\",\"depends_on\":[\"b\"]"),
                                 TASK(",\"depends_on\":[\"c\"],"
                                      "\"on_dependency_failure\":\"run\"")));

    end_first(store, OUTCOME_FAILED);
    is(status(store, 2), "cancelled", "the child of a dead task is cancelled");
    is(status(store, 3), "cancelled", "its child too");
    is(case_text(store, "SELECT reason FROM tasks WHERE seq = 3 AND "
                        "finished_at IS NOT NULL"),
       "dependency", "because of what it depended on");
    is(status(store, 4), "pending", "who wants to run all the same does");
    items_release(&list);
    store_close(store);
}

static void test_born_too_late(void)
{
    struct store *store = case_open();
    struct items first = case_submit(store, LINES(TASK("")));
    struct items list;
    char *line = xasprintf(TASK(",\"ref\":\"b\",\"depends_on\":[\"%s\"]"),
                           first.items[0].task_id);

    end_first(store, OUTCOME_FAILED);
    list = case_submit(store, LINES(line, TASK(",\"depends_on\":[\"b\"]")));
    ok(list.items[0].status == TASK_CANCELLED &&
           list.items[1].status == TASK_CANCELLED,
       "who depends on what is dead is cancelled at birth, with its child");
    free(line);
    items_release(&list);
    items_release(&first);
    store_close(store);
}

static void test_expired_parents(void)
{
    struct store *store = case_open();
    struct items list = case_submit(
        store, LINES(TASK(",\"ref\":\"a\""), TASK(",\"depends_on\":[\"a\"]"),
                     TASK(",\"ref\":\"b\""), TASK(",\"depends_on\":[\"b\"]")));
    struct claim_list out;

    case_run(store, "UPDATE tasks SET expires_at = 1 WHERE seq = 1");
    out = case_claim(store, NULL, 9);
    ok(out.count == 1, "one is claimed, one has expired");
    is(status(store, 2), "cancelled",
       "a child is cancelled when its parent expires at a claim");
    claim_list_release(&out);
    case_run(store, "UPDATE tasks SET status = 'pending', agent_id = NULL, "
                    "lease_until = NULL, expires_at = 1 WHERE seq = 3");
    ok(store_promote(store, 10, NULL, &err) == 0, "another one expires");
    is(status(store, 4), "cancelled", "or otherwise");
    items_release(&list);
    store_close(store);
}

static void test_long_chains(void)
{
    enum { LONG = 1200 };
    struct store *store = case_open();
    struct submit_item *items = xcalloc(LONG, sizeof(*items));

    for (int i = 0; i < LONG; i++) {
        char *line =
            i == 0 ? xstrdup(TASK(",\"ref\":\"0\""))
                   : xasprintf(TASK(",\"ref\":\"%d\",\"depends_on\":[\"%d\"]"),
                               i, i - 1);

        parse(line, NULL, &items[i].record, &err);
        free(line);
    }
    ok(store_submit(store, items, LONG, false, &err) == 0, "a long chain");
    end_first(store, OUTCOME_FAILED);
    ok(count_of(store, "cancelled") == 1000,
       "a transaction follows it for a thousand tasks");
    ok(store_promote(store, 1000, NULL, &err) == 0 &&
           count_of(store, "cancelled") == LONG - 1,
       "the next promotion does the rest");
    for (int i = 0; i < LONG; i++)
        task_record_release(&items[i].record);
    free(items);
    store_close(store);
}

static void test_judged_again(void)
{
    struct store *store = case_open();
    struct items list = case_submit(
        store, LINES(TASK(",\"ref\":\"a\""), TASK(",\"depends_on\":[\"a\"]"),
                     TASK(",\"ref\":\"b\""), TASK(",\"depends_on\":[\"b\"]"),
                     TASK(",\"depends_on\":[\"a\",\"b\"]")));
    struct ready_list ready = {0};

    ok(store_promote(store, 2, &ready, &err) == 0 && ready.count == 0,
       "nothing changes as long as the parents live");
    case_run(store, "UPDATE tasks SET status = 'completed', finished_at = 1 "
                    "WHERE seq = 1;"
                    "DELETE FROM tasks WHERE seq = 3");
    for (int i = 0; i < 3; i++)
        store_promote(store, 2, &ready, &err);
    is(status(store, 2), "pending", "what was left blocked is set free");
    ok(ready.count == 1 && ready.items[0].seq == 2 &&
           strcmp(ready.items[0].task_type, "qa") == 0,
       "and the queue is told");
    is(status(store, 4), "cancelled", "a parent that is gone has failed");
    is(status(store, 5), "cancelled", "one that failed is enough");
    ready_list_release(&ready);
    items_release(&list);
    store_close(store);
}

/* Ends task 2 on a connection of its own; waits for the row of task 3. */
static int end_other(void)
{
    struct store *store = case_again(NULL);
    struct finish finish = {
        .seq = 2, .attempt = 1, .agent_id = "A", .exit_status = -1};
    int ret = store_cycle(store, &finish, 1, NULL, NULL, &err);

    store_close(store);
    return ret == 0 && !finish.lost ? 0 : 1;
}

static void test_two_parents_at_once(void)
{
    struct store *store;
    struct items list;
    struct claim_list out;
    struct finish finish;
    int64_t now = 0;
    int wait = -1;
    pid_t pid;

    if (!case_server)
        return; /* SQLite has one writer */
    store = case_open();
    list =
        case_submit(store, LINES(TASK(",\"ref\":\"a\""), TASK(",\"ref\":\"b\""),
                                 TASK(",\"depends_on\":[\"a\",\"b\"]")));
    out = case_claim(store, NULL, 2);
    finish = case_end(&out.items[0], OUTCOME_COMPLETED);
    ok(db_begin(store_db(store), &err) == 0 && tx_now(store, &now, &err) == 0 &&
           finish_all(store, &finish, 1, now, &err) == 0,
       "one parent ends and has not committed");
    fflush(stdout);
    pid = fork();
    if (pid == 0)
        _exit(end_other());
    /* Until the other one waits for us, or ends because it did not. */
    while (waitpid(pid, &wait, WNOHANG) == 0)
        if (case_num(store, "SELECT count(*) FROM pg_locks WHERE NOT granted "
                            "AND database = (SELECT oid FROM pg_database "
                            "WHERE datname = current_database())") > 0 ||
            case_num(store, "SELECT count(*) FROM pg_locks WHERE NOT granted "
                            "AND locktype = 'transactionid'") > 0)
            break;
    ok(db_commit(store_db(store), &err) == 0, "it commits");
    if (wait == -1)
        waitpid(pid, &wait, 0);
    ok(wait == 0, "the other one has ended too");
    is(status(store, 3), "pending",
       "two parents that end at once do not leave their child behind");
    claim_list_release(&out);
    items_release(&list);
    store_close(store);
}

static void tests(void)
{
    test_children_wait();
    test_refs();
    test_a_parent_that_fails();
    test_born_too_late();
    test_expired_parents();
    test_long_chains();
    test_judged_again();
    test_two_parents_at_once();
}

int main(void)
{
    return case_main(tests);
}
