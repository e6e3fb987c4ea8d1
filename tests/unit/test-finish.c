/*
 * The promises of claim.h about the end of attempts, kept on both engines.
 */
#include "config.h"

#include "store/claim.h"

#include "core/hash.h"
#include "store-case.h"

#define QA "{\"task_type\":\"qa\",\"description\":\"look\"}"

static const struct finish plain = {.started = true,
                                    .exit_status = -1,
                                    .user_time = -1,
                                    .system_time = -1,
                                    .max_rss = -1};

static const struct store_policy quick = {.aging_unit = 1,
                                          .retry_base = 1000000,
                                          .retry_cap = 3000000,
                                          .loss_base = 100000,
                                          .max_attempts = 3,
                                          .max_losses = 2};

/* Claim one task, end it so; the finish as it came back. */
static struct finish end_one(struct store *store, enum task_outcome outcome,
                             const struct finish *how)
{
    struct claim_list out = case_claim(store, NULL, 1);
    struct finish finish = {0};

    if (!ok(out.count == 1, "a task is claimed"))
        return finish;
    finish = *how;
    finish.seq = out.items[0].seq;
    finish.attempt = out.items[0].attempt;
    finish.agent_id = "A";
    finish.outcome = outcome;
    claim_list_release(&out);
    if (store_cycle(store, &finish, 1, NULL, NULL, &err) < 0)
        ok(false, "finish: %s", err.msg);
    return finish;
}

static void test_a_completed_task(void)
{
    struct store *store = case_open();
    const struct finish_log logs[] = {
        {.level = "stderr", .message = "one\ntwo\xff\0", .message_len = 9},
        {.level = "odd",
         .message = "three",
         .message_len = 5,
         .artifact_ref = "a/b",
         .artifact_sha256 = "00"}};
    struct finish finish = {.started = true,
                            .exit_status = 0,
                            .elapsed = 2000000,
                            .user_time = 10,
                            .system_time = 20,
                            .max_rss = 30,
                            .result = "re\0sult",
                            .result_len = 7,
                            .logs = logs,
                            .log_count = 2};
    char sha256[HASH_TEXT_SIZE];

    case_fill(store, QA, 1);
    finish = end_one(store, OUTCOME_COMPLETED, &finish);
    ok(!finish.lost && finish.status == TASK_COMPLETED, "it is completed");
    is(case_text(store, "SELECT status FROM tasks WHERE agent_id IS NULL AND "
                        "lease_until IS NULL AND finished_at IS NOT NULL AND "
                        "reason IS NULL"),
       "completed", "the row says so and is nobody's");
    ok(case_num(store, "SELECT count(*) FROM attempts WHERE outcome = "
                       "'completed' AND exit_status = 0 AND signal IS NULL "
                       "AND user_time = 10 AND system_time = 20 AND max_rss = "
                       "30 AND result_size = 7 AND result_format = 'bytes' "
                       "AND error IS NULL AND agent_id = 'A'") == 1,
       "the attempt keeps how it went");
    ok(case_num(store, "SELECT finished_at - started_at FROM attempts") ==
           2000000,
       "it began as long ago as it took");
    ok(case_num(store, "SELECT count(*) FROM attempts a JOIN tasks t ON "
                       "t.seq = a.seq WHERE a.claimed_at = t.started_at") == 1,
       "it was claimed when the task was");
    ok(case_num(store, "SELECT length(result) FROM attempts") == 7,
       "every byte of the result is there");
    is(case_text(store, "SELECT result_sha256 FROM attempts"),
       hash_text("re\0sult", 7, sha256), "with its hash");
    is(case_text(store, "SELECT message FROM execution_logs ORDER BY id"),
       "one\ntwo\\xff\\x00", "log lines are stored printable");
    ok(case_num(store, "SELECT count(*) FROM execution_logs l JOIN tasks t ON "
                       "t.task_id = l.task_id WHERE l.level = 'info' AND "
                       "artifact_ref = 'a/b' AND l.attempt = 1 AND "
                       "correlation_id = t.task_id") == 1,
       "with what belongs to them");
    store_close(store);
}

static void test_failures(void)
{
    struct store *store = case_open_with(&quick);
    struct finish how = plain;

    how.error = "no\xffway";
    case_fill(store, QA, 1);
    how = end_one(store, OUTCOME_FAILED, &how);
    ok(how.status == TASK_RETRY, "a failure is retried");
    ok(case_num(store, "SELECT run_at - updated_at FROM tasks WHERE failures "
                       "= 1 AND reason IS NULL") == 1000000,
       "after a while");
    is(case_text(store, "SELECT error FROM attempts"), "no\\xffway",
       "the error is kept, printable");
    case_run(store, "UPDATE tasks SET status = 'pending'");
    how.retry_after = 9000000;
    how = end_one(store, OUTCOME_TIMED_OUT, &how);
    ok(case_num(store, "SELECT run_at - updated_at FROM tasks WHERE failures "
                       "= 2") == 9000000,
       "a timeout is a failure; it waits as long as it was told to");
    case_run(store, "UPDATE tasks SET status = 'pending'");
    how = end_one(store, OUTCOME_FAILED, &how);
    ok(how.status == TASK_DEAD, "the last failure is the end");
    is(case_text(store, "SELECT reason FROM tasks WHERE failures = 3 AND "
                        "finished_at IS NOT NULL"),
       "failures", "because of the failures");
    ok(case_num(store, "SELECT count(*) FROM attempts") == 3,
       "each attempt has its row");

    case_fill(store, QA, 1);
    how = plain;
    how.permanent = true;
    how = end_one(store, OUTCOME_FAILED, &how);
    ok(how.status == TASK_DEAD, "a permanent failure is the end at once");
    is(case_text(store, "SELECT reason FROM tasks WHERE seq = 2"), "permanent",
       "because it is permanent");
    store_close(store);
}

static void test_losses_and_returns(void)
{
    struct store *store = case_open_with(&quick);
    struct finish how = plain;

    case_fill(store, QA, 1);
    how.started = false;
    how = end_one(store, OUTCOME_HANDED_BACK, &how);
    ok(how.status == TASK_PENDING && how.sort_at != 0,
       "what is handed back is pending, in its old place");
    is(case_text(store, "SELECT reason FROM tasks WHERE failures = 0 AND "
                        "losses = 0 AND attempt = 1"),
       "handed_back", "nothing is counted but the attempt");
    ok(case_num(store, "SELECT count(*) FROM attempts WHERE started_at IS "
                       "NULL") == 1,
       "an attempt that never started has no start");
    how = plain;
    how.not_now = true;
    how.reason = TASK_REASON_WARMING;
    how.retry_after = 500000;
    how.error = "the model is being loaded";
    how.model = "m";
    how.tokens_in = 7;
    how.cost = INT64_C(9000000000000);
    how = end_one(store, OUTCOME_HANDED_BACK, &how);
    ok(how.status == TASK_SCHEDULED, "not now means later");
    is(case_text(store, "SELECT reason FROM tasks WHERE failures = 0 AND "
                        "run_at - updated_at = 500000"),
       "warming", "at the time that was told, however short, and no failure");
    is(case_text(store, "SELECT error FROM attempts WHERE model = 'm' AND "
                        "tokens_in = 7 AND tokens_out = 0 AND "
                        "cost = 9000000000000"),
       "the model is being loaded", "with the reason and what it cost");
    ok(case_num(store, "SELECT count(*) FROM attempts WHERE tokens_in IS "
                       "NULL AND cost IS NULL") == 1,
       "what called no model has no tokens");
    case_run(store, "UPDATE tasks SET status = 'pending'");
    how = end_one(store, OUTCOME_LOST, &plain);
    ok(how.status == TASK_RETRY, "a lost attempt is tried again");
    is(case_text(store, "SELECT reason FROM tasks WHERE losses = 1 AND "
                        "failures = 0 AND run_at - updated_at = 100000"),
       "lease_lost", "soon, and counted apart");
    case_run(store, "UPDATE tasks SET status = 'pending'");
    how = end_one(store, OUTCOME_LOST, &plain);
    ok(how.status == TASK_DEAD, "too many losses are the end");
    is(case_text(store, "SELECT reason FROM tasks WHERE losses = 2"),
       "crash_loop", "the task takes its agents with it");
    store_close(store);
}

static void test_the_fence(void)
{
    struct store *store = case_open();
    struct claim_list out;
    struct finish f[5];

    case_fill(store, QA, 3);
    out = case_claim(store, NULL, 2);
    for (size_t i = 0; i < LENGTH(f); i++)
        f[i] = case_end(&out.items[0], OUTCOME_COMPLETED);
    f[0].agent_id = "B";
    f[1].attempt = 2;
    f[2].seq = 3;
    /* f[3] holds; f[4] is the same once more. */
    ok(store_cycle(store, f, 5, NULL, NULL, &err) == 0, "a mixed batch");
    ok(f[0].lost, "another agent's attempt is lost");
    ok(f[1].lost, "another attempt is lost");
    ok(f[2].lost, "a task that is not running is lost");
    ok(!f[3].lost && f[3].status == TASK_COMPLETED, "the right one is not");
    ok(f[4].lost, "and counts once");
    ok(case_num(store, "SELECT count(*) FROM attempts") == 1,
       "what is lost leaves no trace");
    f[0] = case_end(&out.items[1], OUTCOME_LOST);
    f[0].only_if_lease_over = true;
    ok(store_cycle(store, f, 1, NULL, NULL, &err) == 0 && f[0].lost,
       "a lease that is not over protects its attempt");
    case_run(store, "UPDATE tasks SET lease_until = 1 WHERE seq = 2");
    ok(store_cycle(store, f, 1, NULL, NULL, &err) == 0 && !f[0].lost &&
           f[0].status == TASK_RETRY,
       "one that is over does not");
    f[0] = case_end(&out.items[1], OUTCOME_COMPLETED);
    ok(store_cycle(store, f, 1, NULL, NULL, &err) == 0 && f[0].lost,
       "then the agent itself has lost it");
    claim_list_release(&out);
    store_close(store);
}

static void test_a_wish_to_cancel(void)
{
    static const struct {
        enum task_outcome outcome;
        bool not_now;
        enum task_status status;
    } ways[] = {{OUTCOME_COMPLETED, false, TASK_COMPLETED},
                {OUTCOME_FAILED, false, TASK_CANCELLED},
                {OUTCOME_TIMED_OUT, false, TASK_CANCELLED},
                {OUTCOME_CANCELLED, false, TASK_CANCELLED},
                {OUTCOME_LOST, false, TASK_CANCELLED},
                {OUTCOME_HANDED_BACK, false, TASK_CANCELLED},
                {OUTCOME_HANDED_BACK, true, TASK_CANCELLED}};
    struct store *store = case_open();

    case_fill(store, QA, (int)LENGTH(ways));
    for (size_t i = 0; i < LENGTH(ways); i++) {
        struct claim_list out = case_claim(store, NULL, 1);
        struct finish finish = case_end(&out.items[0], ways[i].outcome);

        finish.not_now = ways[i].not_now;
        case_run(store, "UPDATE tasks SET cancel_requested_at = 1 "
                        "WHERE status = 'running'");
        store_cycle(store, &finish, 1, NULL, NULL, &err);
        ok(finish.status == ways[i].status,
           "a task that shall be cancelled and is %s%s ends %s",
           task_outcome_name(ways[i].outcome),
           ways[i].not_now ? " for now" : "", task_status_name(ways[i].status));
        claim_list_release(&out);
    }
    ok(case_num(store, "SELECT count(*) FROM tasks WHERE reason = 'cancelled' "
                       "AND finished_at IS NOT NULL") == LENGTH(ways) - 1,
       "the reason is kept");
    store_close(store);
}

static void test_many_in_one(void)
{
    enum { MANY = 3000 };
    struct store *store = case_open();
    const struct claim_request request = {
        .agent_id = "A", .sql_too = true, .max = MANY, .lease = 1000000};
    struct submit_item *items = xcalloc(MANY, sizeof(*items));
    struct finish *finishes = xcalloc(MANY, sizeof(*finishes));
    struct claim_list out = {0};
    bool good = true;

    for (int i = 0; i < MANY; i++)
        parse(QA, NULL, &items[i].record, &err);
    store_submit(store, items, MANY, false, &err);
    ok(store_cycle(store, NULL, 0, &request, &out, &err) == 0 &&
           out.count == MANY,
       "thousands are claimed at once");
    for (size_t i = 0; i < out.count; i++)
        finishes[i] = case_end(&out.items[i], OUTCOME_HANDED_BACK);
    claim_list_release(&out);
    ok(store_cycle(store, finishes, MANY, &request, &out, &err) == 0 &&
           out.count == MANY && out.items[0].attempt == 2,
       "ended at once, and claimed again in the same transaction");
    for (int i = 0; i < MANY; i++)
        good &= !finishes[i].lost;
    ok(good, "none was lost");
    claim_list_release(&out);
    for (int i = 0; i < MANY; i++)
        task_record_release(&items[i].record);
    free(items);
    free(finishes);
    store_close(store);
}

static void test_a_lost_answer(void)
{
    struct store *store = case_open();
    const struct claim_request request = {
        .agent_id = "A", .sql_too = true, .max = 1, .lease = 1000000};
    struct claim_list out;
    struct claim_list next = {0};
    struct finish f[2];

    case_fill(store, QA, 5);
    out = case_claim(store, NULL, 2);
    f[0] = case_end(&out.items[0], OUTCOME_COMPLETED);
    f[0].agent_id = "B";
    f[1] = case_end(&out.items[1], OUTCOME_COMPLETED);
    case_lose_answer(store, true);
    ok(store_cycle(store, f, 2, &request, &next, &err) == 0,
       "a cycle whose answer was lost is settled");
    ok(f[0].lost && !f[1].lost && f[1].status == TASK_COMPLETED,
       "what was recorded counts as recorded, what was lost as lost");
    ok(next.count == 1 && next.items[0].seq == 3 &&
           case_num(store, "SELECT count(*) FROM tasks WHERE status = "
                           "'running'") == 2,
       "the claims of the same transaction are ours, and no more of them");
    f[0] = case_end(&out.items[0], OUTCOME_COMPLETED);
    case_lose_answer(store, false);
    ok(store_cycle(store, f, 1, &request, &next, &err) == 0 && !f[0].lost &&
           next.count == 2 && next.items[1].seq == 4,
       "a cycle that did not happen is repeated");
    ok(case_num(store, "SELECT count(*) FROM attempts") == 2,
       "two attempts have ended");
    claim_list_release(&out);
    claim_list_release(&next);
    store_close(store);
}

static void test_logs_while_running(void)
{
    struct store *store = case_open();
    const struct finish_log log = {
        .level = "warn", .message = "hm", .message_len = 2};
    struct claim_list out;

    case_fill(store, QA, 1);
    out = case_claim(store, NULL, 1);
    ok(store_log(store, 1, 1, "A", &log, 1, &err) == 1,
       "a running attempt can log");
    ok(store_log(store, 1, 2, "A", &log, 1, &err) == 0 &&
           store_log(store, 1, 1, "B", &log, 1, &err) == 0,
       "one that is not ours cannot");
    ok(case_num(store, "SELECT count(*) FROM execution_logs WHERE message = "
                       "'hm' AND level = 'warn'") == 1,
       "one line is there");
    claim_list_release(&out);
    store_close(store);
}

static void tests(void)
{
    test_a_completed_task();
    test_failures();
    test_losses_and_returns();
    test_the_fence();
    test_a_wish_to_cancel();
    test_many_in_one();
    test_a_lost_answer();
    test_logs_while_running();
}

int main(void)
{
    return case_main(tests);
}
