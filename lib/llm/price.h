/*
 * price.h - what tokens cost, in integers
 *
 * Money is int64_t pico-dollars (1e-12 USD): a price of 3 USD per million
 * tokens is 3,000,000 pUSD a token, and an int64_t holds 9.2 million USD.
 *
 * A prices file has the shape of LiteLLM's
 * model_prices_and_context_window.json: an object of models, each with
 * input_cost_per_token and so on.  Decimals are read as text (also when
 * they are strings), never by way of a double: 2.5e-07 is 250,000 pUSD.
 * "sample_spec" and members that are not objects are skipped; of our own
 * are "free": true and "valid_from".
 *
 * What is not known is -1 and never 0: to charge for tokens whose price is
 * not there is an error.
 */
#ifndef AAOS_LLM_PRICE_H
#define AAOS_LLM_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/hash.h"
#include "llm/llm.h"

#define LLM_PUSD INT64_C(1000000000000) /* one dollar */

/* Tokens in pUSD each; -1: not known.  Start from llm_price_init(): zero
 * would mean that it costs nothing. */
struct llm_price {
    int64_t in, out;
    int64_t cache_read, cache_5m, cache_1h;
    int64_t tier; /* prompts of more tokens than this cost the next five
                       throughout; 0: no tier */
    int64_t tier_in, tier_out;
    int64_t tier_cache_read, tier_cache_5m, tier_cache_1h;
    int64_t batch_in, batch_out;   /* served as a batch; the caches at half */
    int64_t request;               /* each request; 0 if not known */
    bool free;                     /* explicitly: all costs are 0 */
    int64_t max_input, max_output; /* tokens; 0: not known */
    bool tools, vision, schema;    /* supports_...; false if not known */
};

void llm_price_init(struct llm_price *price);

/*
 * USD as decimal text ("3", "0.30", "2.5e-07") to pUSD, divided by
 * `divide`: 1 for a price a token, 1000000 for one per million.
 * Rounds half up to a whole pUSD.  ERR_DATA: not a decimal, negative, or
 * more than 1000 USD a token.
 */
int llm_price_parse(const char *text, size_t len, int64_t divide, int64_t *pusd,
                    struct err *err);

/* "0.054399" - all digits that there are, at least two decimals. */
enum { LLM_USD_SIZE = 32 };
char *llm_usd(int64_t pusd, char text[LLM_USD_SIZE]);

struct llm_prices; /* opaque: a file */

enum { LLM_PRICES_MAX = 32 << 20 };

/* ERR_NOINPUT, ERR_DATA (with the model and the member), ERR_IO. */
struct llm_prices *llm_prices_open(const char *path, struct err *err);
struct llm_prices *llm_prices_read(const char *text, size_t len,
                                   struct err *err);
void llm_prices_close(struct llm_prices *prices);
const char *llm_prices_hash(const struct llm_prices *prices); /* SHA-256 */
size_t llm_prices_count(const struct llm_prices *prices);
/*
 * The price of "model", else of "PROVIDER/model" for a provider that is not
 * NULL.  1 found, 0 not there.
 */
int llm_prices_get(const struct llm_prices *prices, const char *provider,
                   const char *model, struct llm_price *price);

/*
 * What this usage cost: 0, or -1 with ERR_CONFIG that names the price that
 * is missing; ERR_DATA if a count is negative or the sum does not fit.
 */
int llm_cost(const struct llm_price *price, const struct llm_usage *usage,
             bool batch, int64_t *pusd, struct err *err);

/*
 * The most that a call can cost: estimate * 1.10 of prompt (all of it at
 * the dearest of in, cache_5m and cache_1h that is known) and max_output.
 * For reserving.
 */
int llm_cost_most(const struct llm_price *price, int64_t prompt_estimate,
                  int64_t max_output, int64_t *pusd, struct err *err);

#endif
