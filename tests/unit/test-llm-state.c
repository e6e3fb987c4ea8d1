/*
 * The promises of llm/state.h and llm/complexity.h.
 */
#include "config.h"

#include "llm/state.h"

#include "core/clock.h"
#include "llm/complexity.h"
#include "tap.h"

#define S USEC_PER_SEC
#define NOW (INT64_C(1800000000) * S)
#define LEASE (60 * S)

static struct llm_state at, model;
static const struct llm_rates none;
static int64_t now;

static void fresh(void)
{
    llm_state_release(&at);
    llm_state_release(&model);
    now = NOW;
}

static bool learn(enum llm_class class)
{
    const struct llm_lesson lesson = {.class = class,
                                      .wait = -1,
                                      .first_token = -1,
                                      .mark = "key-1",
                                      .requests_left = -1,
                                      .tokens_left = -1,
                                      .random = .5};

    return llm_state_learn(&at, &model, &lesson, "w", now);
}

static bool learn_wait(enum llm_class class, int64_t wait)
{
    const struct llm_lesson lesson = {.class = class,
                                      .wait = wait,
                                      .open_for = wait,
                                      .first_token = -1,
                                      .requests_left = -1,
                                      .tokens_left = -1,
                                      .random = .5};

    return llm_state_learn(&at, &model, &lesson, "w", now);
}

static const char *circuit(const struct llm_state *state)
{
    return llm_circuit_state_name(llm_state_circuit(state, now));
}

static void test_the_circuit(void)
{
    fresh();
    learn(LLM_SERVER);
    ok(!learn(LLM_SERVER), "two failures turn nothing");
    is(circuit(&model), "closed", "the circuit is closed");
    ok(learn(LLM_SERVER), "the third does");
    is(circuit(&model), "open", "three in a row open it");
    is(circuit(&at), "closed", "that of the model, not of the endpoint");
    is(model.why, "server", "it says why");
    ok(model.open_until == NOW + 10 * S, "for ten seconds at first");
    now += 10 * S;
    is(circuit(&model), "half-open", "then a probe may go");
    llm_state_take(&model, &none, "w", 0, LEASE, now);
    is(circuit(&model), "probing", "one");
    learn(LLM_SERVER);
    is(circuit(&model), "open", "that fails");
    ok(model.open_until == now + 20 * S, "which doubles the time");
    now = model.open_until;
    llm_state_take(&model, &none, "w", 0, LEASE, now);
    ok(learn(LLM_OK), "or succeeds");
    is(circuit(&model), "closed", "and closes it");
    ok(model.opens == 0 && model.failures == 0, "as if nothing had been");
}

static void test_the_time_is_bounded(void)
{
    fresh();
    for (int i = 0; i < 40; i++) {
        learn(LLM_SERVER);
        learn(LLM_SERVER);
        learn(LLM_SERVER);
        now = model.open_until;
    }
    learn(LLM_SERVER);
    ok(model.open_until - now == 300 * S, "five minutes at most");
}

static void test_more_than_half(void)
{
    fresh();
    learn(LLM_SERVER);
    learn(LLM_OK);
    learn(LLM_SERVER);
    learn(LLM_OK);
    is(circuit(&model), "closed", "half of four is not enough");
    learn(LLM_SERVER);
    is(circuit(&model), "open", "three of five within a minute are");
    fresh();
    for (int i = 0; i < 10; i++) {
        learn(LLM_SERVER);
        now += 61 * S;
        learn(LLM_OK);
        now += 61 * S;
    }
    is(circuit(&model), "closed", "not over a longer time");
}

static void test_a_lost_probe(void)
{
    fresh();
    for (int i = 0; i < 3; i++)
        learn(LLM_CONNECT);
    is(circuit(&at), "open", "an endpoint that cannot be reached is open");
    now = at.open_until;
    llm_state_take(&at, &none, "dead", 0, LEASE, now);
    now += LEASE;
    is(circuit(&at), "half-open",
       "a probe that never came back frees its place");
    llm_state_take(&at, &none, "w", 0, LEASE, now);
    learn(LLM_CANCELLED);
    is(circuit(&at), "half-open", "one that was cancelled, too");
    llm_state_take(&at, &none, "dead", 0, 100 * LEASE, now);
    now += 2 * LEASE;
    is(circuit(&at), "half-open", "two minutes are enough for a probe");
}

static void test_classes(void)
{
    static const struct {
        enum llm_class class;
        const char *endpoint, *model;
    } rows[] = {
        {LLM_CONFIG, "open", "closed"},
        {LLM_CONTEXT, "closed", "closed"},
        {LLM_BAD_REQUEST, "closed", "closed"},
        {LLM_POLICY, "closed", "closed"},
        {LLM_AUTH, "open", "closed"},
        {LLM_QUOTA, "open", "closed"},
        {LLM_MODEL_GONE, "closed", "open"},
        {LLM_CONFLICT, "closed", "closed"},
        {LLM_RATE, "closed", "closed"},
        {LLM_WARMING, "closed", "open"},
        {LLM_OUTPUT, "closed", "closed"},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        fresh();
        learn(rows[i].class);
        is(circuit(&at), rows[i].endpoint, llm_class_name(rows[i].class));
        is(circuit(&model), rows[i].model, "... and of the model");
    }
    fresh();
    learn_wait(LLM_RATE, 7 * S);
    ok(at.cooldown_until == now + 7 * S && at.failures == 0 &&
           model.failing == 0,
       "a rate limit cools for exactly its time and is no failure");
    fresh();
    learn_wait(LLM_QUOTA, S * 3 * 3600);
    ok(at.open_until == now + S * 3 * 3600, "a quota opens till it is back");
}

static void test_a_new_key(void)
{
    fresh();
    learn(LLM_AUTH);
    llm_state_fit(&at, "key-1");
    is(circuit(&at), "open", "a wrong key stays wrong");
    llm_state_fit(&at, "key-2");
    is(circuit(&at), "closed", "until there is another one");
    for (int i = 0; i < 3; i++)
        learn(LLM_CONNECT);
    llm_state_fit(&at, "key-2");
    is(circuit(&at), "open", "which mends nothing else");
}

static void test_in_flight(void)
{
    fresh();
    llm_state_take(&at, &none, "w", 0, LEASE, now);
    llm_state_take(&at, &none, "w", 0, LEASE, now);
    llm_state_take(&at, &none, "dead", 0, LEASE, now);
    ok(llm_state_in_flight(&at, now) == 3, "calls are counted");
    llm_state_give(&at, "w", now);
    ok(llm_state_in_flight(&at, now) == 2, "until they end");
    llm_state_give(&at, "nobody", now);
    ok(llm_state_in_flight(&at, now) == 2, "whoever has none ends none");
    ok(llm_state_in_flight(&at, now + LEASE) == 0,
       "a killed worker's count ends by itself");
    for (int i = 0; i < 2 * LLM_OWNERS; i++) {
        char name[20];

        snprintf(name, sizeof(name), "w%d", i);
        llm_state_take(&at, &none, name, 0, LEASE, now);
    }
    ok(at.nowners == LLM_OWNERS, "owners are bounded");
}

static void test_buckets(void)
{
    const struct llm_rates rates = {60, 6000, 0};

    fresh();
    ok(llm_state_room(&at, &rates, 6000, now) == now, "a bucket starts full");
    llm_state_take(&at, &rates, "w", 5000, LEASE, now);
    ok(llm_state_room(&at, &rates, 1000, now) == now, "what is left may go");
    ok(llm_state_room(&at, &rates, 1100, now) == now + S,
       "100 tokens too many wait for a second");
    ok(llm_state_room(&at, &rates, 9000, now) == now + 50 * S,
       "more than a minute's worth waits for a full one");
    for (int i = 0; i < 59; i++)
        llm_state_take(&at, &rates, "w", 0, LEASE, now);
    ok(llm_state_room(&at, &rates, 0, now) == now + S,
       "the 61st request waits for a second");
    ok(llm_state_room(&at, &rates, 0, now + S) == now + S, "then it may go");
    ok(llm_state_room(&at, &none, 1 << 30, now) == now, "no limit is none");
    fresh();
    for (int i = 0; i < 1000; i++)
        llm_state_take(&at, &none, "w", 1000, LEASE, now);
    ok(llm_state_room(&at, &rates, 100, now) == now + S,
       "what was used without a limit is not owed to a new one");
}

static void test_averages_forget(void)
{
    struct llm_lesson lesson = {.class = LLM_OK,
                                .wait = -1,
                                .first_token = S,
                                .elapsed = 2 * S,
                                .out_tokens = 50,
                                .prompt_tokens = 3000,
                                .prompt_estimate = 1000,
                                .requests_left = -1,
                                .tokens_left = -1};

    fresh();
    llm_state_learn(&at, &model, &lesson, "w", now);
    ok(model.first_token == S && model.speed == 50 && model.out_tokens == 50,
       "the first value is the average");
    ok(model.ratio == 2, "an estimate is corrected twofold at most");
    lesson.first_token = 3 * S;
    lesson.elapsed = 4 * S;
    now += 300 * S;
    llm_state_learn(&at, &model, &lesson, "w", now);
    ok(model.first_token > 2.2 * S && model.first_token < 2.3 * S,
       "after five minutes a new value weighs two thirds");
    for (int i = 0; i < 20; i++) {
        now += 300 * S;
        llm_state_learn(&at, &model, &lesson, "w", now);
    }
    ok(model.first_token > 2.99 * S, "the old one is forgotten");
}

static void test_the_servers_word(void)
{
    const struct llm_lesson lesson = {.class = LLM_OK,
                                      .first_token = -1,
                                      .requests_left = 0,
                                      .requests_reset = 6 * S,
                                      .tokens_left = -1};

    fresh();
    llm_state_learn(&at, &model, &lesson, "w", now);
    ok(at.cooldown_until == now + 6 * S,
       "a server that has no requests left is left alone until it has");
}

static void test_text(void)
{
    static const char *const rubbish[] = {
        "",
        "[]",
        "{\"failures\":",
        "{\"failures\":\"x\"}",
        "{\"owners\":[[1,2,3],[\"a\"],7,[\"b\",1,\"x\"]]}",
        "{\"failures\":1e400,\"speed\":1e400,\"why\":[1]}"};
    struct buf text = {0}, again = {0};
    struct llm_state copy;

    fresh();
    for (int i = 0; i < 3; i++)
        learn(LLM_AUTH);
    llm_state_take(&at, &none, "w", 100, LEASE, now);
    at.first_token = 1.5;
    llm_state_print(&at, &text);
    ok(llm_state_parse(text.data, text.len, &copy), "a state is text: %s",
       text.data);
    llm_state_print(&copy, &again);
    is(again.data, text.data, "and the same again");
    llm_state_release(&copy);
    for (size_t i = 0; i < LENGTH(rubbish); i++) {
        llm_state_parse(rubbish[i], strlen(rubbish[i]), &copy);
        ok(copy.failures == 0 && copy.nowners == 0 && !copy.why[0],
           "rubbish is a state of which nothing is known");
        llm_state_release(&copy);
    }
    buf_reset(&text);
    buf_str(&text, "{\"why\":\"");
    for (int i = 0; i < 1000; i++)
        buf_byte(&text, 'x');
    buf_str(&text, "\"}");
    ok(llm_state_parse(text.data, text.len, &copy) && !copy.why[0],
       "a word that does not fit is dropped");
    buf_release(&text);
    buf_release(&again);
}

static void test_complexity(void)
{
    static const struct {
        const char *text;
        enum llm_tier tier;
    } rows[] = {
        {"", LLM_SIMPLE},
        {"What is the capital of France?", LLM_SIMPLE},
        {"Summarise the attached report for the board in one paragraph, and "
         "keep its tone.",
         LLM_SIMPLE},
        {"Write a script that renames the files of this folder by their date, "
         "please.",
         LLM_MEDIUM},
        {"Implement a function in Python with unit test and debug the latency "
         "of the database in this service, whatever it takes to do so.",
         LLM_COMPLEX},
        {"Prove it, step by step.", LLM_REASONING},
    };
    struct llm_complexity got = {0};

    for (size_t i = 0; i < LENGTH(rows); i++) {
        llm_complexity(rows[i].text, strlen(rows[i].text), &got);
        is(llm_tier_name(got.tier), llm_tier_name(rows[i].tier), rows[i].text);
    }
    llm_complexity("a classic classroom and tests", 29, &got);
    ok(got.signals[LLM_SIGNAL_CODE] == .5, "words match whole");
    llm_complexity("\xff\0\x80 what is", 11, &got);
    ok(got.signals[LLM_SIGNAL_SIMPLE] == -1, "any bytes will do");
}

int main(void)
{
    test_the_circuit();
    test_the_time_is_bounded();
    test_more_than_half();
    test_a_lost_probe();
    test_classes();
    test_a_new_key();
    test_in_flight();
    test_buckets();
    test_averages_forget();
    test_the_servers_word();
    test_text();
    test_complexity();
    fresh();
    return tap_done();
}
