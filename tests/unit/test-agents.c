/*
 * The promises of agents.h: agents, what they left, and promotion.
 */
#include "config.h"

#include "store/agents.h"

#include "store-case.h"

#define QA "{\"task_type\":\"qa\",\"description\":\"look\"}"

static void put_agent(struct store *store, const char *id, const char *machine)
{
    struct agent agent = {.name = xstrdup("name"),
                          .agent_type = xstrdup("code"),
                          .capabilities = xstrdup("[\"qa\"]"),
                          .handler = xstrdup("command"),
                          .jobs = 4,
                          .hostname = xstrdup("host"),
                          .machine_id = xstrdup(machine),
                          .boot_id = xstrdup("boot"),
                          .pid = 12,
                          .pid_start = 34,
                          .lock_path = xstrdup("/run/lock"),
                          .lock_dev = 56,
                          .lock_ino = 78,
                          .version = xstrdup("0.1")};

    snprintf(agent.agent_id, sizeof(agent.agent_id), "%s", id);
    if (store_agent_register(store, &agent, &err) < 0)
        ok(false, "register: %s", err.msg);
    agent_release(&agent);
}

static void agents_free(struct agent *agents, size_t count)
{
    for (size_t i = 0; i < count; i++)
        agent_release(&agents[i]);
    free(agents);
}

static void test_coming_and_going(void)
{
    struct store *store = case_open();
    struct agent *agents = NULL;
    size_t count = 0;

    put_agent(store, "A", "m1");
    put_agent(store, "B", "m2");
    ok(store_agents_live(store, "m1", &agents, &count, &err) == 0 && count == 1,
       "agents are found by their machine");
    if (count == 1) {
        is(agents->agent_id, "A", "id");
        is(agents->capabilities, "[\"qa\"]", "types");
        is(agents->boot_id, "boot", "boot");
        is(agents->lock_path, "/run/lock", "lock");
        ok(agents->jobs == 4 && agents->pid == 12 && agents->pid_start == 34 &&
               agents->lock_dev == 56 && agents->lock_ino == 78 &&
               agents->heartbeat_at > 0,
           "numbers");
    }
    agents_free(agents, count);
    ok(store_agents_live(store, NULL, &agents, &count, &err) == 0 && count == 2,
       "or wherever they are");
    agents_free(agents, count);
    ok(case_num(store, "SELECT count(*) FROM agent_communications WHERE "
                       "message_type = 'register' AND from_agent IN ('A', "
                       "'B')") == 2,
       "they introduced themselves");
    ok(store_agent_gone(store, "A", "drained", &err) == 1 &&
           store_agent_gone(store, "A", "killed", &err) == 0,
       "an agent goes once");
    is(case_text(store, "SELECT gone_reason FROM agents WHERE agent_id = 'A' "
                        "AND gone_at IS NOT NULL"),
       "drained", "for one reason");
    case_lose_answer(store, true);
    put_agent(store, "C", "m1");
    ok(case_num(store, "SELECT count(*) FROM agent_communications") == 3,
       "one whose registration had no answer is registered once");
    store_close(store);
}

static void orphans_free(struct orphan **orphans)
{
    free(*orphans);
    *orphans = NULL;
}

static void test_what_is_left(void)
{
    struct store *store = case_open();
    struct orphan *orphans = NULL;
    struct claim_list out;
    size_t count = 0;

    case_fill(store, QA, 3);
    put_agent(store, "A", "m1");
    out = case_claim(store, NULL, 2);
    ok(store_leases_over(store, 0, &orphans, &count, &err) == 0 && count == 0,
       "no lease is over");
    orphans_free(&orphans);
    ok(store_orphans(store, "A", &orphans, &count, &err) == 0 && count == 2 &&
           orphans[0].seq == 1 && orphans[0].attempt == 1 &&
           orphans[0].max_attempts == 3 && !orphans[0].lease_over,
       "the attempts of an agent are found");
    orphans_free(&orphans);
    case_run(store, "UPDATE tasks SET lease_until = aaos_lease_now() - 5000000 "
                    "WHERE seq = 2");
    ok(store_leases_over(store, 9000000, &orphans, &count, &err) == 0 &&
           count == 0,
       "there is some grace");
    orphans_free(&orphans);
    ok(store_leases_over(store, 2000000, &orphans, &count, &err) == 0 &&
           count == 1 && orphans[0].seq == 2 && orphans[0].lease_over,
       "and an end to it");
    if (count == 1)
        is(orphans[0].agent_id, "A", "they tell whose they are");
    orphans_free(&orphans);

    put_agent(store, "B", "m2");
    case_run(store, "UPDATE agents SET heartbeat_at = 1");
    ok(store_agents_silent(store, "m2", 1000000, &err) == 0,
       "one's own machine is looked at otherwise, and who holds tasks stays");
    ok(store_agents_silent(store, "m3", 1000000, &err) == 1,
       "a silent agent without tasks is gone");
    is(case_text(store, "SELECT gone_reason FROM agents WHERE agent_id = 'B'"),
       "silent", "because it is silent");
    claim_list_release(&out);
    store_close(store);
}

static void test_promotion(void)
{
    struct store *store = case_open();
    struct ready_list ready = {0};

    case_fill(store,
              "{\"task_type\":\"qa\",\"description\":\"later\","
              "\"delay\":100}",
              7);
    ok(store_promote(store, 10, &ready, &err) == 0 && ready.count == 0,
       "what is not due stays");
    case_run(store, "UPDATE tasks SET run_at = seq WHERE seq <= 5;"
                    "UPDATE tasks SET status = 'retry', reason = 'lease_lost' "
                    "WHERE seq = 2;"
                    "UPDATE tasks SET expires_at = 1 WHERE seq >= 5;"
                    "UPDATE tasks SET status = 'held' WHERE seq = 7");
    ok(store_promote(store, 2, &ready, &err) == 1 && ready.count == 2 &&
           ready.items[0].seq + ready.items[1].seq == 3,
       "the longest due go first, and there may be more");
    for (int i = 0; i < 5 && store_promote(store, 2, &ready, &err) == 1; i++)
        ok(ready.count <= 4, "then the rest");
    ok(ready.count == 4, "to the last");
    ok(case_num(store, "SELECT count(*) FROM tasks WHERE status = 'pending' "
                       "AND reason IS NULL") == 4,
       "they are pending, and that needs no reason");
    ok(case_num(store, "SELECT count(*) FROM tasks WHERE status = 'cancelled' "
                       "AND reason = 'expired'") == 2,
       "what has expired is cancelled, due or not");
    is(case_text(store, "SELECT status FROM tasks WHERE seq = 7"), "held",
       "held tasks do not expire");
    ready_list_release(&ready);
    ok(store_pending_page(store, 0, 2, &ready, &err) == 0 && ready.count == 2 &&
           ready.items[0].seq == 1,
       "pending tasks come in pages");
    ok(store_pending_page(store, 2, 2, &ready, &err) == 0 && ready.count == 4 &&
           ready.items[2].seq == 3,
       "one after the other");
    ready_list_release(&ready);
    store_close(store);
}

static void tests(void)
{
    test_coming_and_going();
    test_what_is_left();
    test_promotion();
}

int main(void)
{
    return case_main(tests);
}
