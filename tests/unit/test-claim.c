/*
 * The promises of claim.h about claims and leases, kept on both engines.
 */
#include "config.h"

#include "store/claim.h"

#include "store-case.h"
#include "store/agents.h"

#define QA "{\"task_type\":\"qa\",\"description\":\"look\"}"
#define CODE "{\"task_type\":\"code\",\"description\":\"write\"}"

static void test_a_claim_has_everything(void)
{
    struct store *store = case_open();
    struct items list = case_submit(
        store,
        LINES("{\"task_type\":\"qa\",\"description\":\"look\",\"payload\":"
              "\"text\",\"metadata\":{\"a\":1},\"idempotency_key\":\"k\","
              "\"workflow\":\"w\",\"session_id\":\"s\",\"agent_type\":\"t\","
              "\"timeout\":5,\"webhook\":\"https://example.org/\",\"model\":"
              "\"m\",\"llm_endpoint\":\"e\",\"privacy\":\"eu\",\"budget_usd\":"
              "0,\"output_schema\":{\"type\":\"object\"},\"priority\":8}",
              QA));
    struct claim_list out = case_claim(store, NULL, 9);
    const struct claim *claim = out.items;

    if (ok(out.count == 2, "both are claimed")) {
        ok(claim->seq == list.items[0].seq && claim->attempt == 1 &&
               claim->priority == 8 && claim->max_attempts == 3 &&
               claim->max_losses == 3 && claim->failures == 0,
           "the urgent one first, with its numbers");
        is(claim->task_id, list.items[0].task_id, "id");
        is(claim->task_type, "qa", "type");
        is(claim->description, "look", "description");
        ok(claim->payload_is_json && claim->payload_len == 6 &&
               strcmp(claim->payload, "\"text\"") == 0,
           "payload");
        is(claim->metadata, "{\"a\":1}", "metadata");
        is(claim->idempotency_key, "k", "key");
        is(claim->correlation_id, claim->task_id, "correlation id");
        ok(claim->workflow_id && uuid_valid(claim->workflow_id, 36),
           "workflow");
        is(claim->session_id, "s", "session");
        is(claim->agent_type, "t", "agent type");
        is(claim->webhook, "https://example.org/", "webhook");
        is(claim->model, "m", "model");
        is(claim->llm_endpoint, "e", "endpoint");
        is(claim->privacy, "eu", "privacy");
        is(claim->output_schema, "{\"type\":\"object\"}", "schema");
        ok(claim->timeout == 5000000 && claim->budget == 0 &&
               claim->sort_at == list.items[0].sort_at &&
               claim->created_at == list.items[0].created_at &&
               claim->claimed_at >= claim->created_at,
           "times and budget");
        claim++;
        ok(!claim->payload && !claim->metadata && !claim->workflow_id &&
               claim->timeout == 0 && claim->budget == -1,
           "what was not given is absent");
    }
    ok(case_num(store, "SELECT count(*) FROM tasks WHERE status = 'running' "
                       "AND agent_id = 'A' AND lease_until BETWEEN "
                       "aaos_lease_now() + 20000000 AND "
                       "aaos_lease_now() + 30000000") == 2,
       "the rows say whose they are, and until when");
    claim_list_release(&out);
    out = case_claim(store, NULL, 9);
    ok(out.count == 0, "nobody gets them twice");
    claim_list_release(&out);
    items_release(&list);
    store_close(store);
}

static void test_order_and_types(void)
{
    struct store *store = case_open();
    struct items list = case_submit(
        store, LINES(QA, CODE,
                     "{\"task_type\":\"qa\",\"description\":\"now\","
                     "\"priority\":10}",
                     "{\"task_type\":\"trading\",\"description\":\"buy\","
                     "\"priority\":9}",
                     CODE, QA));
    const struct submit_item *in = list.items;
    struct claim_list out = case_claim(store, LINES("code", "qa"), 4);

    if (ok(out.count == 4, "as many as asked for"))
        ok(out.items[0].seq == in[2].seq && out.items[1].seq == in[0].seq &&
               out.items[2].seq == in[1].seq && out.items[3].seq == in[4].seq,
           "in order of urgency, then age, whatever the type");
    claim_list_release(&out);
    out = case_claim(store, LINES("code"), 4);
    ok(out.count == 0, "of other types nothing");
    claim_list_release(&out);
    out = case_claim(store, NULL, 4);
    ok(out.count == 2 && out.items[0].seq == in[3].seq &&
           out.items[1].seq == in[5].seq,
       "no list of types means all");
    claim_list_release(&out);
    items_release(&list);
    store_close(store);
}

static void test_candidates(void)
{
    struct store *store = case_open();
    struct items list = case_submit(store, LINES(QA, QA, QA, CODE));
    const int64_t seqs[] = {list.items[2].seq, 4711, list.items[3].seq,
                            list.items[1].seq};
    const char *const types[] = {"qa"};
    struct claim_request request = {.agent_id = "A",
                                    .types = types,
                                    .type_count = 1,
                                    .seqs = seqs,
                                    .seq_count = 4,
                                    .max = 3,
                                    .lease = 1000000};
    struct claim_list out = {0};

    ok(store_cycle(store, NULL, 0, &request, &out, &err) == 0 &&
           out.count == 2 && out.items[0].seq == list.items[1].seq &&
           out.items[1].seq == list.items[2].seq,
       "candidates that are pending and of the types are claimed");
    request.sql_too = true;
    ok(store_cycle(store, NULL, 0, &request, &out, &err) == 0 &&
           out.count == 3 && out.items[2].seq == list.items[0].seq,
       "what is missing comes from SQL, behind what was there");
    claim_list_release(&out);
    items_release(&list);
    store_close(store);
}

static void test_expired_while_waiting(void)
{
    struct store *store = case_open();
    const int64_t seq = 1;
    struct claim_request request = {
        .agent_id = "A", .seqs = &seq, .seq_count = 1, .max = 1, .lease = 1};
    struct claim_list out = {0};

    case_fill(store, QA, 40);
    case_run(store, "UPDATE tasks SET expires_at = 1 WHERE seq < 40");
    ok(store_cycle(store, NULL, 0, &request, &out, &err) == 0 && out.count == 0,
       "a candidate that has expired is not claimed");
    is(case_text(store, "SELECT status FROM tasks WHERE seq = 1"), "cancelled",
       "but cancelled");
    out = case_claim(store, NULL, 1);
    ok(out.count == 1 && out.items[0].seq == 40,
       "behind many expired ones the next live one is found");
    ok(case_num(store, "SELECT count(*) FROM tasks WHERE status = 'cancelled' "
                       "AND reason = 'expired' AND finished_at > 0") == 39,
       "they are cancelled because they expired");
    claim_list_release(&out);
    store_close(store);
}

static void test_two_claimers(void)
{
    struct store *store = case_open();
    struct store *other = case_again(NULL);
    struct claim_list all[2] = {{0}};
    struct claim_list *out = NULL;

    case_fill(store, QA, 30);
    for (int i = 0; i < 6; i++) {
        struct claim_list some = case_claim(i % 2 ? other : store, NULL, 7);

        out = &all[i % 2];
        for (size_t k = 0; k < some.count; k++) {
            out->items =
                xgrow(out->items, out->count, &out->cap, sizeof(*out->items));
            out->items[out->count++] = some.items[k];
        }
        free(some.items);
    }
    ok(all[0].count + all[1].count == 30, "two connections share the tasks");
    ok(case_num(store, "SELECT max(attempt) FROM tasks") == 1, "each once");
    claim_list_release(&all[0]);
    claim_list_release(&all[1]);
    store_close(other);
    store_close(store);
}

static void test_locked_rows_are_skipped(void)
{
    struct store *store;
    struct store *other;
    struct claim_list out;

    if (!case_server)
        return; /* SQLite has one writer */
    store = case_open();
    other = case_again(NULL);
    case_fill(store, QA, 3);
    db_begin(store_db(other), &err);
    case_num(other, "SELECT seq FROM tasks WHERE seq = 1 FOR UPDATE");
    out = case_claim(store, NULL, 3);
    ok(out.count == 2, "a row that another one is claiming is not waited for");
    claim_list_release(&out);
    db_rollback(store_db(other));
    store_close(other);
    store_close(store);
}

static void test_heartbeats(void)
{
    struct store *store = case_open();
    struct agent agent = {.agent_id = "A",
                          .name = (char[]){"n"},
                          .capabilities = (char[]){"[]"},
                          .handler = (char[]){"h"},
                          .hostname = (char[]){"h"},
                          .machine_id = (char[]){"m"},
                          .boot_id = (char[]){"b"},
                          .lock_path = (char[]){"/l"},
                          .version = (char[]){"1"}};
    struct heartbeat beat = {.agent_id = "A",
                             .status = "draining",
                             .progress = "[]",
                             .running = 2,
                             .completed = 3,
                             .failed = 1,
                             .lease = 60000000};
    struct claim_list out;

    case_fill(store, QA, 3);
    ok(store_agent_register(store, &agent, &err) == 0, "an agent comes");
    out = case_claim(store, NULL, 2);
    case_run(store, "UPDATE tasks SET cancel_requested_at = 5 WHERE seq = 2");
    ok(store_heartbeat(store, &beat, &err) == 0 && beat.held_count == 2,
       "a heartbeat returns what the agent holds");
    ok(beat.held_count == 2 && beat.held[0].attempt == 1 &&
           beat.held[0].cancel_requested == (beat.held[0].seq == 2) &&
           beat.held[1].cancel_requested == (beat.held[1].seq == 2),
       "with the wish to cancel");
    ok(case_num(store, "SELECT count(*) FROM tasks WHERE lease_until > "
                       "aaos_lease_now() + 50000000") == 2,
       "and renews the leases");
    ok(case_num(store, "SELECT completed FROM agents WHERE status = "
                       "'draining' AND running = 2 AND failed = 1 AND "
                       "heartbeat_at > 0") == 3,
       "the agent's row tells how it is");
    free(beat.held);
    case_run(store, "UPDATE agents SET status = 'gone', gone_at = 1");
    ok(store_heartbeat(store, &beat, &err) == 0 &&
           case_num(store, "SELECT count(*) FROM agents WHERE status = "
                           "'gone'") == 0,
       "who was taken for gone and speaks is back");
    free(beat.held);
    claim_list_release(&out);
    store_close(store);
}

static void test_waiting(void)
{
    struct store *store = case_open();
    const char *const qa[] = {"qa"};
    const char *const code[] = {"code"};
    int64_t in = -1;
    struct claim_list out;

    ok(store_next_due(store, NULL, 0, &in, &err) == 0, "nothing is due ever");
    ok(store_drained(store, NULL, 0, 1000000, false, &err) == 1,
       "an empty queue is drained");
    case_fill(store,
              "{\"task_type\":\"qa\",\"description\":\"later\","
              "\"delay\":100}",
              1);
    ok(store_next_due(store, NULL, 0, &in, &err) == 1 && in > 90000000 &&
           in <= 100000000,
       "a delayed task is due in its time");
    ok(store_next_due(store, code, 1, &in, &err) == 0 &&
           store_next_due(store, qa, 1, &in, &err) == 1,
       "by type");
    ok(store_drained(store, qa, 1, 1000000, false, &err) == 1 &&
           store_drained(store, NULL, 0, 1000000, false, &err) == 1,
       "what is due later does not keep a queue from being drained");
    ok(store_drained(store, qa, 1, 200000000, false, &err) == 0 &&
           store_drained(store, NULL, 0, 200000000, false, &err) == 0,
       "unless the horizon reaches it");
    ok(store_drained(store, NULL, 0, 1000000, true, &err) == 0,
       "or all is asked for");
    case_run(store, "UPDATE tasks SET run_at = 1");
    ok(store_next_due(store, NULL, 0, &in, &err) == 1 && in == 0,
       "what is overdue is due now");
    case_run(store, "UPDATE tasks SET status = 'held', run_at = NULL");
    ok(store_drained(store, NULL, 0, 1000000, true, &err) == 1,
       "held tasks never count");
    case_run(store, "UPDATE tasks SET status = 'blocked'");
    ok(store_drained(store, NULL, 0, 1000000, true, &err) == 0 &&
           store_drained(store, NULL, 0, 1000000, false, &err) == 1,
       "blocked ones count for all");
    case_fill(store, CODE, 1);
    ok(store_drained(store, qa, 1, 0, false, &err) == 1 &&
           store_drained(store, code, 1, 0, false, &err) == 0 &&
           store_drained(store, NULL, 0, 0, false, &err) == 0,
       "pending ones do");
    out = case_claim(store, NULL, 1);
    ok(store_drained(store, qa, 1, 0, false, &err) == 1 &&
           store_drained(store, code, 1, 0, false, &err) == 0 &&
           store_drained(store, NULL, 0, 0, false, &err) == 0,
       "running ones do");
    claim_list_release(&out);
    store_close(store);
}

static void test_a_lost_answer(void)
{
    struct store *store = case_open();
    struct claim_list out;

    case_fill(store, QA, 4);
    case_lose_answer(store, true);
    out = case_claim(store, NULL, 2);
    ok(out.count == 2 && out.items[0].seq == 1 && out.items[0].attempt == 1 &&
           out.items[0].description,
       "claims whose answer was lost are ours");
    ok(case_num(store, "SELECT count(*) FROM tasks WHERE status = 'running'") ==
           2,
       "no others were taken");
    claim_list_release(&out);
    case_lose_answer(store, false);
    out = case_claim(store, NULL, 1);
    ok(out.count == 1 && out.items[0].seq == 3,
       "claims that did not happen are made again");
    claim_list_release(&out);
    store_close(store);
}

static void tests(void)
{
    test_a_claim_has_everything();
    test_order_and_types();
    test_candidates();
    test_expired_while_waiting();
    test_two_claimers();
    test_locked_rows_are_skipped();
    test_heartbeats();
    test_waiting();
    test_a_lost_answer();
}

int main(void)
{
    return case_main(tests);
}
