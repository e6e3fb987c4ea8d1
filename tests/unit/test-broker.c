/*
 * The promises of work/broker.h and store/calls.h, on each engine, with
 * Redis and without.
 */
#include "config.h"

#include "work/broker.h"

#include <signal.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "queue/states.h"
#include "redis-test.h"
#include "route-case.h"
#include "store-case.h"

#define S USEC_PER_SEC
#define CENT (LLM_PUSD / 100)

/* Ten thousand tokens of output cost a cent here, the prompt nothing. */
#define PRICED                          \
    "[endpoint e1]\nbase = https://1\n" \
    "[model a]\nuse = e1/m in=0 out=1\n"

static struct test_server redis;
static char redis_dir[] = "/tmp/aaos-redis-XXXXXX";
static bool with_redis;
static struct store *ledger;
static struct queue *queue;
static struct llm_config *models;
static struct broker *broker;

static void setup(const char *text)
{
    ledger = case_open();
    models = llm_case(text, &err);
    if (!models)
        xdie(err.msg);
    queue =
        queue_open(with_redis ? redis.url : "none", ledger, with_redis, &err);
    if (!queue)
        xdie(err.msg);
    broker = broker_open(ledger, queue, models, "agent-1", 7);
}

static void teardown(void)
{
    broker_close(broker);
    queue_close(queue);
    llm_config_close(models);
    store_close(ledger);
}

static struct broker_call wish(void)
{
    return (struct broker_call){
        .task_id = "task-1",
        .attempt = 1,
        .step = 1,
        .purpose = "answer",
        .task_type = "code",
        .budget = -1,
        .need = {.privacy = -1,
                 .policy = -1,
                 .tier = -1,
                 .prompt_tokens = 100,
                 .max_output = 10000},
        .request_sha256 = "request",
    };
}

static int begin(struct broker_call *call)
{
    llm_decision_release(&call->decision);
    if (broker_begin(broker, call, 1, &err) < 0) {
        ok(false, "begin: %s", err.msg);
        return -1;
    }
    return call->decision.kind == LLM_GO;
}

/* The end of a call: class, and what came. */
struct outcome {
    struct llm_answer answer;
    struct llm_result result;
    struct broker_end end;
};

static void outcome(struct outcome *out, const struct broker_call *call,
                    enum llm_class class, int64_t tokens)
{
    *out = (struct outcome){
        .answer = {.finish = LLM_FINISH_STOP,
                   .usage = {.in = 100, .out = tokens, .reported = tokens > 0}},
        .result = {.verdict = {.class = class, .wait = -1},
                   .status = class == LLM_OK ? 200 : 500,
                   .elapsed = S,
                   .first_token = S / 10},
        .end = {.call_id = call->call_id,
                .target = call->decision.target,
                .task_type = call->task_type,
                .session_id = call->session_id,
                .prompt_estimate = call->need.prompt_tokens,
                .class = class,
                .response = "{\"text\":\"hello\"}"},
    };
    llm_head_init(&out->result.head);
    out->result.answer = &out->answer;
    out->end.result = &out->result;
}

static void end(const struct broker_call *call, enum llm_class class,
                int64_t tokens)
{
    struct outcome out;

    outcome(&out, call, class, tokens);
    if (broker_end(broker, &out.end, 1, &err) < 0)
        ok(false, "end: %s", err.msg);
}

static int64_t budget(const char *column, const char *scope)
{
    char *sql =
        xasprintf("SELECT %s FROM budgets WHERE scope = '%s'", column, scope);
    int64_t num = case_num(ledger, sql);

    free(sql);
    return num;
}

static void test_a_call(void)
{
    struct broker_call call = wish();
    struct db_rows rows = {0};

    setup(PRICED);
    call.agent_type = "qa";
    call.workflow_id = "flow";
    ok(begin(&call) == 1, "a call may go");
    ok(uuid_valid(call.call_id, strlen(call.call_id)), "it has an id");
    is(case_text(ledger, "SELECT state FROM llm_calls"), "intent",
       "and a row before it starts");
    ok(budget("reserved", "day") == CENT &&
           budget("reserved", "task") == CENT &&
           budget("reserved", "agent") == CENT &&
           budget("reserved", "workflow") == CENT &&
           budget("reserved", "endpoint") == CENT &&
           budget("reserved", "total") == CENT,
       "the most that it can cost is held in each budget");
    ok(strstr(case_text(ledger, "SELECT content FROM reasoning_chains WHERE "
                                "kind = 'route' AND step = 1"),
              "\"target\":\"e1/m\"") != NULL,
       "the decision is stored");
    ok(case_num(ledger, "SELECT route_step FROM llm_calls") == 1,
       "and the call names it");
    end(&call, LLM_OK, 1234);
    ok(budget("reserved", "day") == 0 && budget("spent", "day") == 1234000000 &&
           budget("calls", "day") == 1 && budget("spent", "task") == 1234000000,
       "at its end what it did cost is spent");
    ok(store_calls_of(ledger, "task-1", &rows, &err) == 0 && rows.count == 1,
       "it can be read");
    is(db_text(&rows, 0, CC_STATE), "done", "state");
    is(db_text(&rows, 0, CC_RESPONSE), "{\"text\":\"hello\"}", "response");
    is(db_text(&rows, 0, CC_CLASS), "ok", "class");
    is(db_text(&rows, 0, CC_USAGE_SOURCE), "reported", "usage");
    ok(db_num(&rows, 0, CC_COST) == 1234000000 &&
           db_text(&rows, 0, CC_PRICE_SHA256) != NULL,
       "cost, and by which prices");
    db_rows_release(&rows);
    ok(case_num(ledger,
                "SELECT cost FROM llm_costs WHERE agent_type = 'qa' AND "
                "workflow_id = 'flow' AND calls = 1") == 1234000000,
       "costs are summed");
    end(&call, LLM_OK, 1234);
    ok(budget("spent", "day") == 1234000000, "to end it twice costs nothing");
    llm_decision_release(&call.decision);
    teardown();
}

static void test_costs(void)
{
    static const enum cost_key keys[] = {COST_MODEL, COST_AGENT, COST_TYPE,
                                         COST_WORKFLOW, COST_ENDPOINT};
    static const char *const wants[] = {"e1/m", "", "code", "", "e1"};
    struct broker_call call = wish();
    struct db_rows rows = {0};

    setup(PRICED "use = e1/unpriced order=2\n");
    begin(&call);
    end(&call, LLM_OK, 1000);
    begin(&call);
    end(&call, LLM_SERVER, 0);
    call.need.model = "e1/unpriced";
    begin(&call);
    end(&call, LLM_OK, 10);
    for (size_t i = 0; i < LENGTH(keys); i++) {
        ok(store_costs(ledger, keys[i], NULL, &rows, &err) == 0 &&
               rows.count > 0,
           "costs by %d", (int)keys[i]);
        is(db_text(&rows, 0, CO_KEY), wants[i], "key");
        ok(db_num(&rows, 0, CO_COST) == 1000000000, "cost");
        db_rows_release(&rows);
    }
    ok(store_costs(ledger, COST_TYPE, NULL, &rows, &err) == 0 &&
           db_num(&rows, 0, CO_CALLS) == 3 &&
           db_num(&rows, 0, CO_FAILED) == 1 &&
           db_num(&rows, 0, CO_UNPRICED) == 1,
       "calls, failures, and what had no price");
    db_rows_release(&rows);
    ok(store_costs(ledger, COST_DAY, "2999-01-01", &rows, &err) == 0 &&
           rows.count == 0,
       "since a day");
    db_rows_release(&rows);
    llm_decision_release(&call.decision);
    teardown();
}

static void test_zero_is_nothing(void)
{
    struct broker_call call = wish();

    setup(PRICED "[budget]\nday = 0\n");
    ok(begin(&call) == 0 && call.decision.kind == LLM_LATER,
       "of nothing nothing may be spent");
    is(call.decision.reason, "budget", "the task waits");
    ok(call.wait >= S && call.wait <= 86401 * S, "until the next day");
    ok(case_num(ledger, "SELECT count(*) FROM llm_calls") == 0,
       "there was no call");
    ok(case_num(ledger, "SELECT count(*) FROM reasoning_chains") == 1,
       "but a decision");
    llm_decision_release(&call.decision);
    teardown();
    setup(PRICED "[budget]\nday = 0\n[model f]\nuse = e1/f free=yes\n");
    call.need.model = "f";
    ok(begin(&call) == 1, "what is free costs nothing of it");
    end(&call, LLM_OK, 5);
    call.need.model = "a";
    call.budget = 0;
    ok(begin(&call) == 0, "a task's own nothing is nothing, too");
    llm_decision_release(&call.decision);
    teardown();
}

static void test_scopes(void)
{
    static const struct {
        const char *conf;
        const char *scope;
    } rows[] = {
        {"[budget]\nday = 0.01\n", "day"},
        {"[budget]\ntotal = 0.01\n", "total"},
        {"[budget]\ntask = 0.01\n", "task"},
        {"[budget]\nworkflow = 0.01\n", "workflow"},
        {"[budget]\nagent_day = 0.01\n", "agent"},
        {"[route type:code]\nbudget_task = 0.01\n", "task"},
        {"[endpoint e2]\nbase = https://2\nbudget_day = 0.01\n"
         "[model b]\nuse = e2/m in=0 out=1\n",
         "endpoint"},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        char *text =
            xasprintf(PRICED "[route default]\nuse = a\n%s", rows[i].conf);
        struct broker_call call = wish();

        setup(text);
        call.agent_type = "qa";
        call.workflow_id = "flow";
        if (llm_config_alias(models, "b") >= 0)
            call.need.model = "b";
        ok(begin(&call) == 1, "a budget of a cent: one call (%s)",
           rows[i].scope);
        ok(begin(&call) == 0, "while it is under way no other one");
        ok(call.wait >= 2 * S && call.wait <= 3 * S,
           "but soon, for what is held may come back");
        ok(strstr(case_text(ledger, "SELECT content FROM reasoning_chains "
                                    "ORDER BY id DESC LIMIT 1"),
                  rows[i].scope) != NULL,
           "and the decision says which budget");
        llm_decision_release(&call.decision);
        teardown();
        free(text);
    }
}

/* --- many workers, little money ------------------------------------------- */

enum { WORKERS = 50, TRIES = 4, PAID = 10 };

/* A process; its status is how many calls it made, or 100. */
static int work(int number)
{
    struct err e = {0};
    struct store *mine = store_open(case_url, STORE_WRITE, NULL, "t", &e);
    struct queue *my_queue =
        mine ? queue_open(with_redis ? redis.url : "none", mine, false, &e)
             : NULL;
    struct broker *my_broker;
    char name[20];
    int went = 0;

    snprintf(name, sizeof(name), "agent-%d", number);
    if (!my_queue)
        return 100;
    my_broker = broker_open(mine, my_queue, models, name, (uint64_t)number + 1);
    for (int i = 0; i < TRIES; i++) {
        struct broker_call call = wish();
        struct outcome out;

        if (broker_begin(my_broker, &call, 1, &e) < 0)
            return 100;
        if (call.decision.kind != LLM_GO)
            continue;
        went++;
        outcome(&out, &call, LLM_OK, 10000);
        if (broker_end(my_broker, &out.end, 1, &e) < 0)
            return 100;
    }
    return went;
}

static void test_ten_calls(void)
{
    pid_t pids[WORKERS];
    int went = 0, failed = 0;

    setup(PRICED "[budget]\nday = 0.10\n");
    fflush(stdout);
    for (int i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(work(i));
    }
    for (int i = 0; i < WORKERS; i++) {
        int status = 0;

        waitpid(pids[i], &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) < 100)
            went += WEXITSTATUS(status);
        else
            failed++;
    }
    ok(went == PAID, "a budget for ten calls is ten calls of %d workers: %d",
       WORKERS, went);
    ok(failed == 0, "nobody failed: %d", failed);
    ok(budget("spent", "day") == 10 * CENT && budget("reserved", "day") == 0,
       "not a pico-dollar more");
    teardown();
}

/* --- lost calls ----------------------------------------------------------- */

static void test_a_lost_call(void)
{
    struct broker_call call = wish();

    setup(PRICED);
    begin(&call);
    ok(store_calls_expire(ledger, 100, &err) == 0, "a call has its time");
    case_run(ledger, "UPDATE llm_calls SET expires_at = 1");
    ok(store_calls_expire(ledger, 100, &err) == 1, "then it is lost");
    is(case_text(ledger, "SELECT state FROM llm_calls"), "lost", "it says so");
    ok(budget("spent", "day") == CENT && budget("reserved", "day") == 0,
       "what was held is spent");
    ok(case_num(ledger, "SELECT cost FROM llm_costs") == CENT,
       "and in the costs");
    end(&call, LLM_OK, 1);
    ok(budget("spent", "day") == CENT, "whoever comes late changes nothing");
    ok(store_calls_expire(ledger, 100, &err) == 0, "it is lost once");
    llm_decision_release(&call.decision);
    teardown();
}

/* --- what is shared ------------------------------------------------------- */

static void test_failover(void)
{
    struct broker_call call = wish();
    const char *const tried[] = {"e1"};

    setup("[endpoint e1]\nbase = https://1\n[endpoint e2]\nbase = https://2\n"
          "[model a]\nuse = e1/m free=yes\nuse = e2/m free=yes order=2\n");
    for (int i = 0; i < 3; i++) {
        call.need.ntried = 0;
        ok(begin(&call) == 1 && call.decision.target == 0,
           "while the circuit is closed the first one is called");
        end(&call, LLM_SERVER, 0);
        call.need.tried = tried;
        call.need.ntried = 1;
        call.need.after = LLM_SERVER;
        ok(begin(&call) == 1 && call.decision.target == 1,
           "and the second when it failed, in the same attempt");
        end(&call, LLM_OK, 10);
    }
    call.need.ntried = 0;
    call.need.after = LLM_OK;
    ok(begin(&call) == 1 && call.decision.target == 1,
       "after three failures only the second");
    end(&call, LLM_OK, 10);
    ok(case_num(ledger, "SELECT count(*) FROM llm_states WHERE key = 'm:e1/m' "
                        "AND state LIKE '%open_until%'") == 1,
       "the database knows of the open circuit");
    llm_decision_release(&call.decision);
    teardown();
}

static void test_a_fallback_is_told(void)
{
    struct broker_call call = wish();

    setup("[endpoint e1]\nbase = https://1\nkey = env:MISSING\n"
          "[endpoint e2]\nbase = https://2\n"
          "[model a]\nuse = e1/m free=yes\nfallbacks = b\n"
          "[model b]\nuse = e2/m free=yes\n[route default]\nuse = a\n");
    ok(begin(&call) == 1 && call.decision.fell_back, "a fallback says so");
    end(&call, LLM_OK, 10);
    is(case_text(ledger, "SELECT fallback_from FROM llm_calls"), "a",
       "the call knows what was asked for");
    is(case_text(ledger, "SELECT alias FROM llm_calls"), "b",
       "and what it got");
    llm_decision_release(&call.decision);
    teardown();
}

static void test_rate_and_places(void)
{
    struct broker_call call = wish();
    struct broker_call other = wish();

    setup("[endpoint e1]\nbase = https://1\nparallel = 1\n"
          "[model a]\nuse = e1/m free=yes\n");
    ok(begin(&call) == 1, "one place");
    ok(begin(&other) == 0, "is taken once");
    is(other.decision.reason, "rate_limited", "the other one waits");
    ok(other.wait >= S && other.wait <= 2 * S, "a moment");
    end(&call, LLM_OK, 1);
    ok(begin(&other) == 1, "and then has it");
    llm_decision_release(&call.decision);
    llm_decision_release(&other.decision);
    teardown();
    setup("[endpoint e1]\nbase = https://1\nrpm = 6\n"
          "[model a]\nuse = e1/m free=yes\n");
    for (int i = 0; i < 6; i++) {
        call = wish();
        begin(&call);
        end(&call, LLM_OK, 1);
        llm_decision_release(&call.decision);
    }
    call = wish();
    ok(begin(&call) == 0 && call.wait > 5 * S && call.wait <= 11 * S,
       "the seventh of six a minute waits for ten seconds");
    llm_decision_release(&call.decision);
    teardown();
}

static void test_places_of_the_dead(void)
{
    struct broker_call call = wish();
    struct broker *other;

    setup("[endpoint e1]\nbase = https://1\nparallel = 1\n"
          "[model a]\nuse = e1/m free=yes\n");
    case_run(ledger,
             "INSERT INTO agents (agent_id, name, capabilities, handler, "
             "status, jobs, hostname, machine_id, boot_id, pid, pid_start, "
             "lock_path, lock_dev, lock_ino, version, registered_at, "
             "heartbeat_at) VALUES ('agent-2', 'n', '[]', 'llm', 'active', 1, "
             "'h', 'm', 'b', 1, 1, '/l', 1, 1, '1', 1, 1)");
    ok(begin(&call) == 1, "a worker has the one place");
    other = broker;
    broker = broker_open(ledger, queue, models, "agent-2", 8);
    case_run(ledger, "UPDATE agents SET agent_id = 'agent-1'");
    ok(begin(&call) == 0, "and keeps it while it lives");
    case_run(ledger, "UPDATE agents SET status = 'gone', gone_at = 1");
    ok(begin(&call) == 1, "when it is gone, its place is free");
    ok(begin(&call) == 0, "once");
    broker_close(other);
    llm_decision_release(&call.decision);
    teardown();
}

static void test_a_session(void)
{
    struct broker_call call = wish();
    int where;

    setup("[endpoint e1]\nbase = https://1\n[endpoint e2]\nbase = https://2\n"
          "[model a]\nuse = e1/m free=yes\nuse = e2/m free=yes\n");
    call.session_id = "talk";
    begin(&call);
    where = call.decision.target;
    end(&call, LLM_OK, 1);
    for (int i = 0; i < 10; i++) {
        begin(&call);
        if (call.decision.target != where || !call.decision.sticky)
            ok(false, "a session moved");
        end(&call, LLM_OK, 1);
    }
    ok(call.decision.target == where, "a session stays where it was");
    llm_decision_release(&call.decision);
    teardown();
}

static void test_a_batch(void)
{
    enum { N = 200 };
    static struct broker_call calls[N];
    static struct outcome outs[N];
    static struct broker_end ends[N];
    int went = 0;

    setup(PRICED "[budget]\nday = 1.50\n");
    for (int i = 0; i < N; i++)
        calls[i] = wish();
    calls[7].need.model = "nonsense";
    ok(broker_begin(broker, calls, N, &err) == 0, "a batch is decided");
    ok(calls[7].err.code == ERR_DATA, "one that makes no sense fails alone");
    for (int i = 0; i < N; i++) {
        if (calls[i].err.code || calls[i].decision.kind != LLM_GO)
            continue;
        outcome(&outs[went], &calls[i], LLM_OK, 10000);
        ends[went] = outs[went].end;
        ends[went].result = &outs[went].result;
        went++;
    }
    ok(went == 150, "as many as there is money for: %d", went);
    ok(budget("reserved", "day") == 150 * CENT, "which is held");
    ok(broker_end(broker, ends, (size_t)went, &err) == 0, "a batch ends");
    ok(budget("spent", "day") == 150 * CENT && budget("calls", "day") == 150,
       "and is spent");
    for (int i = 0; i < N; i++)
        llm_decision_release(&calls[i].decision);
    calls[0] = wish();
    calls[0].task_id = "another";
    ok(begin(&calls[0]) == 0, "a task that is new finds nothing left");
    llm_decision_release(&calls[0].decision);
    teardown();
}

/* What `column` is in the sums of a task type. */
static int64_t sum(const char *column, const char *type)
{
    char *sql = xasprintf("SELECT %s FROM llm_costs WHERE task_type = '%s'",
                          column, type);
    int64_t num = case_num(ledger, sql);

    free(sql);
    return num;
}

static void test_a_batch_of_many_tasks(void)
{
    enum { N = 300 };
    static struct broker_call calls[N];
    static struct outcome outs[N];
    static struct broker_end ends[N];
    static char ids[N][16];

    setup(PRICED);
    for (int i = 0; i < N; i++) {
        snprintf(ids[i], sizeof(ids[i]), "task-%d", i % 100);
        calls[i] = wish();
        calls[i].task_id = ids[i];
        calls[i].step = i / 100;
        calls[i].task_type = i % 3 ? "code" : "test";
    }
    ok(broker_begin(broker, calls, N, &err) == 0, "three calls of each task");
    ok(case_num(ledger, "SELECT count(*) FROM budgets WHERE scope = 'task' "
                        "AND reserved = 30000000000") == 100,
       "are held for in one budget each");
    for (int i = 0; i < N; i++) {
        outcome(&outs[i], &calls[i], i % 3 == 1 ? LLM_SERVER : LLM_OK,
                i % 3 == 1 ? 0 : 1000);
        ends[i] = outs[i].end;
        ends[i].result = &outs[i].result;
    }
    ok(broker_end(broker, ends, N, &err) == 0, "they end together");
    ok(sum("count(*)", "code") == 1 && sum("calls", "code") == 200 &&
           sum("failed", "code") == 100 && sum("calls", "test") == 100 &&
           sum("failed", "test") == 0,
       "and are summed up by type");
    ok(sum("cost", "code") == 100 * CENT / 10 &&
           sum("cost", "test") == 100 * CENT / 10 &&
           sum("tokens_out", "code") == 100000,
       "with what they cost");
    ok(case_num(ledger, "SELECT count(*) FROM budgets WHERE scope = 'task' "
                        "AND reserved = 0 AND calls = 3") == 100 &&
           budget("sum(spent)", "task") == 200 * CENT / 10,
       "each task pays its own");
    for (int i = 0; i < N; i++)
        llm_decision_release(&calls[i].decision);
    teardown();
}

static void test_a_lost_answer(void)
{
    struct broker_call call = wish();

    setup(PRICED);
    case_lose_answer(ledger, true);
    ok(begin(&call) == 1, "a commit without an answer is looked for");
    ok(case_num(ledger, "SELECT count(*) FROM llm_calls") == 1 &&
           budget("reserved", "day") == CENT,
       "and not repeated when it is there");
    case_lose_answer(ledger, true);
    end(&call, LLM_OK, 10000);
    ok(budget("spent", "day") == CENT && budget("reserved", "day") == 0,
       "nor is the end");
    case_lose_answer(ledger, false);
    ok(begin(&call) == 1 &&
           case_num(ledger, "SELECT count(*) FROM llm_calls") == 2,
       "one that was not stored is");
    llm_decision_release(&call.decision);
    teardown();
}

static void test_explaining(void)
{
    struct broker_call call = wish();

    setup(PRICED "[budget]\nday = 0.01\n");
    ok(broker_explain(broker, &call, &err) == 0 && call.decision.kind == LLM_GO,
       "what would be decided can be asked");
    ok(case_num(ledger, "SELECT count(*) FROM llm_calls") == 0 &&
           case_num(ledger, "SELECT count(*) FROM reasoning_chains") == 0 &&
           budget("reserved", "day") == 0,
       "and nothing is taken");
    llm_decision_release(&call.decision);
    begin(&call);
    llm_decision_release(&call.decision);
    ok(broker_explain(broker, &call, &err) == 0 &&
           call.decision.kind == LLM_LATER,
       "it sees what is held");
    llm_decision_release(&call.decision);
    teardown();
}

/* --- Redis ---------------------------------------------------------------- */

static void test_who_is_faster(void)
{
    struct queue_state mine[] = {{.key = "e:1"}, {.key = "e:2"}};
    struct queue_state other = {.key = "e:2", .changed = "theirs"};

    if (!with_redis)
        return;
    setup(PRICED);
    ok(queue_states_read(queue, mine, 2) && !mine[0].text && !mine[1].text,
       "states that nobody has stored are none");
    ok(queue_states_swap(queue, &other, 1) == 1, "somebody else is faster");
    mine[0].changed = mine[1].changed = "mine";
    ok(queue_states_swap(queue, mine, 2) == 0, "then ours is refused");
    ok(queue_states_read(queue, mine, 2) && !mine[0].text,
       "as a whole: nothing of it is stored");
    is(mine[1].text, "theirs", "and theirs is what there is");
    ok(queue_states_swap(queue, mine, 2) == 1, "on which ours may follow");
    free(mine[1].text);
    teardown();
}

static void test_redis_is_lost(void)
{
    struct broker_call call = wish();

    if (!with_redis)
        return;
    setup("[endpoint e1]\nbase = https://1\n"
          "[model a]\nuse = e1/m free=yes\n");
    for (int i = 0; i < 3; i++) {
        begin(&call);
        end(&call, LLM_SERVER, 0);
    }
    ok(begin(&call) == 0, "a circuit is open");
    free(test_ask(&redis, "FLUSHALL"));
    ok(begin(&call) == 0, "and stays open when Redis forgets all");
    test_kill(&redis);
    ok(begin(&call) == 0, "or is gone");
    case_run(ledger, "DELETE FROM llm_states");
    ok(begin(&call) == 1, "without Redis the database decides");
    end(&call, LLM_OK, 1);
    ok(case_num(ledger, "SELECT count(*) FROM llm_states WHERE key = 'e:e1'") ==
           1,
       "and remembers");
    llm_decision_release(&call.decision);
    teardown();
    if (!test_redis(&redis, redis_dir))
        xdie("redis-server does not start again");
}

static void cases(void)
{
    test_a_call();
    test_costs();
    test_zero_is_nothing();
    test_scopes();
    test_a_lost_call();
    test_failover();
    test_a_fallback_is_told();
    test_rate_and_places();
    test_places_of_the_dead();
    test_a_session();
    test_a_batch();
    test_a_batch_of_many_tasks();
    test_a_lost_answer();
    test_explaining();
    test_ten_calls();
    test_who_is_faster();
    test_redis_is_lost();
}

static void tests(void)
{
    with_redis = false;
    printf("# without Redis\n");
    cases();
    case_drop();
    if (!test_redis(&redis, redis_dir)) {
        ok(true, "Redis # SKIP redis-server cannot be started");
        return;
    }
    with_redis = true;
    printf("# with Redis\n");
    cases();
    test_kill(&redis);
}

int main(void)
{
    int ret;

    setenv("AAOS_CONFIG", "/dev/null", 1);
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(redis_dir))
        xdie("mkdtemp");
    ret = case_main(tests);
    conf_close(llm_conf);
    if (redis.socket)
        unlink(redis.socket);
    rmdir(redis_dir);
    test_release(&redis);
    return ret;
}
