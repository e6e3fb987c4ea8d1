/*
 * Money: decimals to integers, golden costs, and the files they come from.
 */
#include "config.h"

#include "llm/price.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "llm-case.h"

#define MILLION INT64_C(1000000)

static int64_t parsed(const char *text, int64_t divide)
{
    struct err err = {0};
    int64_t pusd = -7;

    return llm_price_parse(text, strlen(text), divide, &pusd, &err) < 0 ? -1
                                                                        : pusd;
}

static void test_decimals(void)
{
    static const char *const bad[] = {
        "",   "-1",  "+1",    ".",   "e5",  "1e",  "1x",   " 1",
        "1 ", "0x1", "1.2.3", "1e+", "nan", "inf", "1001", "1e4000"};
    bool refused = true;
    size_t i;

    ok(parsed("2.5e-07", 1) == 250000 && parsed("0.00000025", 1) == 250000 &&
           parsed("25E-8", 1) == 250000 && parsed("0.000025e-02", 1) == 250000,
       "a price a token, however it is written");
    ok(parsed("3", MILLION) == 3000000 && parsed("0.30", MILLION) == 300000 &&
           parsed("3.75", MILLION) == 3750000,
       "a price per million");
    ok(parsed("0", 1) == 0 && parsed("0.0", 1) == 0 && parsed("0e99", 1) == 0 &&
           parsed("1e-400", 1) == 0,
       "nothing is nothing");
    ok(parsed("4e-13", 1) == 0 && parsed("5e-13", 1) == 1 &&
           parsed("1.5e-12", 1) == 2 && parsed("1.4999e-12", 1) == 1,
       "half of the smallest is rounded up");
    ok(parsed("0.000000123456789012345678901234567890123456789012345", 1) ==
           123457,
       "more digits than anybody needs");
    ok(parsed("1000", 1) == 1000 * LLM_PUSD, "a thousand dollars is the most");
    for (i = 0; i < LENGTH(bad); i++)
        refused = refused && parsed(bad[i], 1) == -1;
    ok(refused, "what is no price is refused");
}

static void test_dollars(void)
{
    char text[LLM_USD_SIZE];

    is(llm_usd(INT64_C(54399000000), text), "0.054399", "six decimals");
    is(llm_usd(LLM_PUSD, text), "1.00", "at least two");
    is(llm_usd(0, text), "0.00", "nothing");
    is(llm_usd(1, text), "0.000000000001", "the least");
    is(llm_usd(-1500000000000, text), "-1.50", "a refund");
    is(llm_usd(INT64_MIN, text), "-9223372.036854775808", "as far as it goes");
}

/* --- golden costs ------------------------------------------------------------ */

static struct llm_price price_of(int64_t in, int64_t out, int64_t read,
                                 int64_t write)
{
    struct llm_price price;

    llm_price_init(&price);
    price.in = in;
    price.out = out;
    price.cache_read = read;
    price.cache_5m = write;
    return price;
}

static int64_t cost(const struct llm_price *price, struct llm_usage usage,
                    bool batch)
{
    struct err err = {0};
    int64_t pusd = 0;

    if (llm_cost(price, &usage, batch, &pusd, &err) < 0) {
        printf("# %s\n", err.msg);
        return -1;
    }
    return pusd;
}

static void test_golden(void)
{
    struct llm_price price = price_of(3000000, 15000000, 300000, 3750000);

    ok(cost(&price, (struct llm_usage){.in = 3, .cache_5m = 12304, .out = 550},
            false) == INT64_C(54399000000),
       "cache writes are charged once: 0.054399");
    price = price_of(2500000, 10000000, 1250000, -1);
    ok(cost(&price, (struct llm_usage){.in = 176, .cache_read = 1024, .out = 9},
            false) == INT64_C(1810000000),
       "cached tokens are part of the prompt, and cheaper: 0.00181");
}

/* --- from the bytes of an answer to its cost ---------------------------------- */

/* As recorded; whole and streamed, in which counts come twice. */
static const struct {
    const char *name;
    enum llm_wire wire;
    const char *text;
    int64_t pusd;
} recorded[] = {
    {"anthropic, whole", LLM_ANTHROPIC,
     "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
     "\"content\":[{\"type\":\"text\",\"text\":\"x\"}],\"stop_reason\":"
     "\"end_turn\",\"usage\":{\"input_tokens\":3,"
     "\"cache_creation_input_tokens\":12304,\"cache_read_input_tokens\":0,"
     "\"output_tokens\":550}}",
     INT64_C(54399000000)},
    {"anthropic, streamed", LLM_ANTHROPIC,
     "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
     "\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":12304,"
     "\"cache_read_input_tokens\":0,\"output_tokens\":1}}}\n\n"
     "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
     "\"end_turn\"},\"usage\":{\"input_tokens\":3,"
     "\"cache_creation_input_tokens\":12304,\"cache_read_input_tokens\":0,"
     "\"output_tokens\":550}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
     INT64_C(54399000000)},
    {"anthropic, read again an hour later", LLM_ANTHROPIC,
     "{\"type\":\"message\",\"content\":[],\"stop_reason\":\"end_turn\","
     "\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":100,"
     "\"cache_creation\":{\"ephemeral_5m_input_tokens\":0,"
     "\"ephemeral_1h_input_tokens\":100},\"cache_read_input_tokens\":12304,"
     "\"output_tokens\":2}}",
     INT64_C(3) * 3000000 + 100 * INT64_C(6000000) + 12304 * INT64_C(300000) +
         2 * INT64_C(15000000)},
    {"openai, whole", LLM_OPENAI,
     "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":"
     "\"stop\"}],\"usage\":{\"prompt_tokens\":1200,\"completion_tokens\":9,"
     "\"total_tokens\":1209,\"prompt_tokens_details\":{\"cached_tokens\":"
     "1024}}}",
     176 * INT64_C(3000000) + 1024 * INT64_C(300000) + 9 * INT64_C(15000000)},
    {"openai, streamed", LLM_OPENAI,
     "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},"
     "\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{"
     "\"prompt_tokens\":1200,\"completion_tokens\":9,\"total_tokens\":1209,"
     "\"prompt_tokens_details\":{\"cached_tokens\":1024}}}\n\n",
     176 * INT64_C(3000000) + 1024 * INT64_C(300000) + 9 * INT64_C(15000000)},
    {"ollama", LLM_OLLAMA,
     "{\"message\":{\"content\":\"x\"},\"done\":true,\"done_reason\":"
     "\"stop\",\"prompt_eval_count\":10,\"eval_count\":2}",
     10 * INT64_C(3000000) + 2 * INT64_C(15000000)},
};

static void test_recorded(void)
{
    struct llm_price price = price_of(3000000, 15000000, 300000, 3750000);
    size_t i;

    price.cache_1h = 6000000;
    for (i = 0; i < LENGTH(recorded); i++) {
        read_all(recorded[i].wire, true, recorded[i].text);
        ok(got.parse == LLM_PARSE_OK && !got.answer.usage.anomaly &&
               cost(&price, got.answer.usage, false) == recorded[i].pusd,
           "%s", recorded[i].name);
    }
    llm_answer_release(&got.answer);
    buf_release(&got.heard);
}

static void test_missing_prices(void)
{
    struct llm_price price = price_of(1, -1, -1, -1);
    struct llm_usage usage = {.in = 5, .cache_1h = 1};
    struct err err = {0};
    int64_t pusd = -7;

    ok(cost(&price, (struct llm_usage){.in = 5}, false) == 5,
       "what was not used needs no price");
    ok(llm_cost(&price, &usage, false, &pusd, &err) == -1 && pusd == -7 &&
           err.code == ERR_CONFIG,
       "what was used does");
    is(err.msg, "no price for cache write (1 hour) tokens", "... by its name");
    price.free = true;
    price.request = 5;
    usage.out = 9;
    ok(cost(&price, usage, false) == 0, "free is free");
    price = price_of(0, 0, 0, 0);
    ok(cost(&price, (struct llm_usage){.in = 5, .out = 5}, false) == 0,
       "and a price of 0 is a price");
}

static void test_tiers(void)
{
    struct llm_price price = price_of(3, 15, 1, 4);

    price.tier = 200000;
    price.tier_in = 6;
    price.tier_out = 22;
    ok(cost(&price, (struct llm_usage){.in = 200000, .out = 1}, false) ==
           600015,
       "up to the tier");
    ok(cost(&price, (struct llm_usage){.in = 199999, .cache_read = 2, .out = 1},
            false) == 199999 * 6 + 2 + 22,
       "above it all of the request moves, and what is cached counts");
}

static void test_batches(void)
{
    struct llm_price price = price_of(4, 10, 3, -1);
    struct llm_usage usage = {.in = 10, .cache_read = 10, .out = 10};

    ok(cost(&price, usage, true) == 170, "a batch costs the same");
    price.batch_in = 2;
    price.batch_out = 5;
    ok(cost(&price, usage, true) == 20 + 20 + 50, "... unless a price says so");
    ok(cost(&price, usage, false) == 170, "... and only a batch");
}

static void test_overflow(void)
{
    struct llm_price price = price_of(1000 * LLM_PUSD, 1, 1, 1);

    ok(cost(&price, (struct llm_usage){.in = 1000000000}, false) == -1,
       "a sum that does not fit is refused");
    ok(cost(&price, (struct llm_usage){.in = -1}, false) == -1,
       "... and so is a negative number of tokens");
}

static void test_the_most(void)
{
    struct llm_price price = price_of(100, 1000, 10, 125);
    struct err err = {0};
    int64_t pusd = 0;

    price.request = 7;
    ok(llm_cost_most(&price, 1000, 50, &pusd, &err) == 0 &&
           pusd == 1100 * 125 + 50 * 1000 + 7,
       "the most: a tenth more of the dearest prompt, all of the answer");
    price.in = -1;
    ok(llm_cost_most(&price, 1000, 50, &pusd, &err) == -1,
       "without a price nothing can be reserved");
    ok(llm_cost_most(&price, -1, 50, &pusd, &err) == -1, "nor for nonsense");
}

/* --- files --------------------------------------------------------------------- */

static const char map[] =
    "{\"sample_spec\":{\"input_cost_per_token\":\"what it costs\"},"
    "\"note\":\"not a model\","
    "\"gpt-x\":{\"input_cost_per_token\":2.5e-06,\"output_cost_per_token\":"
    "\"1e-05\",\"cache_read_input_token_cost\":1.25e-06,"
    "\"input_cost_per_token_batches\":1.25e-06,"
    "\"output_cost_per_token_batches\":5e-06,\"max_input_tokens\":\"128000\","
    "\"max_output_tokens\":16384,\"litellm_provider\":\"openai\","
    "\"supports_function_calling\":true,\"supports_vision\":false,"
    "\"supports_response_schema\":true},"
    "\"claude-y\":{\"input_cost_per_token\":3e-06,\"output_cost_per_token\":"
    "1.5e-05,\"cache_creation_input_token_cost\":3.75e-06,"
    "\"cache_creation_input_token_cost_above_1hr\":6e-06,"
    "\"cache_read_input_token_cost\":3e-07,"
    "\"input_cost_per_token_above_200k_tokens\":6e-06,"
    "\"output_cost_per_token_above_200k_tokens\":2.25e-05,"
    "\"max_input_tokens\":2e5,\"max_output_tokens\":\"unlimited\"},"
    "\"vllm/local\":{\"free\":true},\"half\":{\"input_cost_per_token\":null}}";

static void test_a_file(void)
{
    struct err err = {0};
    struct llm_prices *prices = llm_prices_read(map, strlen(map), &err);
    struct llm_price price;
    char hash[HASH_TEXT_SIZE];

    if (!ok(prices != NULL, "the shape that everybody has"))
        return;
    ok(llm_prices_count(prices) == 4, "... without what is no model");
    is(llm_prices_hash(prices), hash_text(map, strlen(map), hash),
       "... has a hash");
    ok(llm_prices_get(prices, NULL, "gpt-x", &price) == 1 &&
           price.in == 2500000 && price.out == 10000000 &&
           price.cache_read == 1250000 && price.cache_5m == -1 &&
           price.batch_in == 1250000 && price.batch_out == 5000000 &&
           price.tier == 0 && price.max_input == 128000 &&
           price.max_output == 16384 && price.tools && !price.vision &&
           price.schema && !price.free,
       "numbers, and strings that are numbers");
    ok(llm_prices_get(prices, NULL, "claude-y", &price) == 1 &&
           price.cache_5m == 3750000 && price.cache_1h == 6000000 &&
           price.tier == 200000 && price.tier_in == 6000000 &&
           price.tier_out == 22500000 && price.tier_cache_read == -1 &&
           price.max_input == 200000 && price.max_output == 0,
       "caches and tiers");
    ok(llm_prices_get(prices, "vllm", "local", &price) == 1 && price.free,
       "by the provider's name, too");
    ok(llm_prices_get(prices, NULL, "half", &price) == 1 && price.in == -1,
       "null is not known");
    ok(llm_prices_get(prices, "vllm", "gpt", &price) == 0 &&
           llm_prices_get(prices, NULL, "sample_spec", &price) == 0,
       "a model that is not there is not there");
    llm_prices_close(prices);
}

static void refuses(const char *text, const char *want)
{
    struct err err = {0};
    struct llm_prices *prices = llm_prices_read(text, strlen(text), &err);

    ok(!prices && err.code == ERR_DATA, "%s is refused", text);
    is(err.msg, want, "... with a reason");
    llm_prices_close(prices);
}

static void test_bad_files(void)
{
    struct llm_prices *prices;
    struct err err = {0};

    refuses("", "at byte 0: expected a value, not the end");
    refuses("[]", "expected an object of models, not an array");
    refuses("{\"m\":{\"input_cost_per_token\":-1e-6}}",
            "model \"m\": input_cost_per_token: '-1e-6' is no price");
    refuses("{\"m\":{\"output_cost_per_token\":\"cheap\"}}",
            "model \"m\": output_cost_per_token: 'cheap' is no price");
    refuses("{\"m\":{\"output_cost_per_token\":[]}}",
            "model \"m\": output_cost_per_token: expected a number, not an "
            "array");
    refuses("{\"m\":{},\"m\":{}}", "at byte 8: duplicate key 'm'");
    prices = llm_prices_read("{}", 2, &err);
    ok(prices && llm_prices_count(prices) == 0 &&
           llm_prices_get(prices, NULL, "m", &(struct llm_price){0}) == 0,
       "a file without models has none");
    llm_prices_close(prices);
    ok(!llm_prices_open("/nowhere/prices.json", &err) &&
           err.code == ERR_NOINPUT,
       "a file that is not there");
}

int main(void)
{
    test_decimals();
    test_dollars();
    test_golden();
    test_recorded();
    test_missing_prices();
    test_tiers();
    test_batches();
    test_overflow();
    test_the_most();
    test_a_file();
    test_bad_files();
    return tap_done();
}
