/*
 * price.c - decimals to pico-dollars, and usage to cost
 *
 * All of it is integer arithmetic that is checked for overflow; nothing
 * ever becomes a double.
 */
#include "config.h"

#include "llm/price.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TOKEN_MOST (1000 * LLM_PUSD)

void llm_price_init(struct llm_price *price)
{
    *price = (struct llm_price){
        .in = -1,
        .out = -1,
        .cache_read = -1,
        .cache_5m = -1,
        .cache_1h = -1,
        .tier_in = -1,
        .tier_out = -1,
        .tier_cache_read = -1,
        .tier_cache_5m = -1,
        .tier_cache_1h = -1,
        .batch_in = -1,
        .batch_out = -1,
    };
}

/* --- decimals ------------------------------------------------------------- */

struct decimal {
    char digits[40]; /* without zeros in front */
    int count;
    int exponent; /* value = digits * 10^exponent */
};

static int read_digits(const char **at, const char *end, bool fraction,
                       struct decimal *decimal)
{
    int seen = 0;

    for (; *at < end && isdigit((unsigned char)**at); (*at)++, seen++) {
        if (decimal->count == 0 && **at == '0') {
            decimal->exponent -= fraction;
            continue;
        }
        if (decimal->count < (int)sizeof(decimal->digits)) {
            decimal->digits[decimal->count++] = **at;
            decimal->exponent -= fraction;
        } else {
            decimal->exponent += !fraction; /* far below a pUSD, or too much */
        }
    }
    return seen;
}

static bool read_exponent(const char **at, const char *end, int *exponent)
{
    bool minus = false;
    int value = 0;
    int seen = 0;

    if (*at < end && (**at == '-' || **at == '+'))
        minus = *(*at)++ == '-';
    for (; *at < end && isdigit((unsigned char)**at); (*at)++, seen++)
        if (value < 10000)
            value = value * 10 + (**at - '0');
    *exponent += minus ? -value : value;
    return seen > 0;
}

static bool read_decimal(const char *text, size_t len, struct decimal *decimal)
{
    const char *end = text + len;
    int seen;

    *decimal = (struct decimal){0};
    seen = read_digits(&text, end, false, decimal);
    if (text < end && *text == '.') {
        text++;
        seen += read_digits(&text, end, true, decimal);
    }
    if (seen == 0)
        return false;
    if (text < end && (*text == 'e' || *text == 'E')) {
        text++;
        if (!read_exponent(&text, end, &decimal->exponent))
            return false;
    }
    return text == end;
}

/* digits * 10^exponent, half rounded up; -1: too much. */
static int64_t whole(const struct decimal *decimal)
{
    int places = decimal->count + decimal->exponent; /* before the point */
    int64_t value = 0;
    int i;

    if (places > 18)
        return decimal->count > 0 ? -1 : 0;
    for (i = 0; i < places; i++)
        value =
            value * 10 + (i < decimal->count ? decimal->digits[i] - '0' : 0);
    if (places >= 0 && places < decimal->count)
        value += decimal->digits[places] >= '5';
    return value;
}

int llm_price_parse(const char *text, size_t len, int64_t divide, int64_t *pusd,
                    struct err *err)
{
    struct decimal decimal;
    int64_t value;

    if (!read_decimal(text, len, &decimal))
        return err_set(err, ERR_DATA, "'%.*s' is no price",
                       len < 40 ? (int)len : 40, text);
    decimal.exponent += 12;
    for (; divide > 1; divide /= 10)
        decimal.exponent--;
    value = whole(&decimal);
    if (value < 0 || value > TOKEN_MOST)
        return err_set(err, ERR_DATA, "a price of '%.*s' is too much",
                       len < 40 ? (int)len : 40, text);
    *pusd = value;
    return 0;
}

char *llm_usd(int64_t pusd, char text[LLM_USD_SIZE])
{
    const char *sign = pusd < 0 ? "-" : "";
    uint64_t amount = pusd < 0 ? 0 - (uint64_t)pusd : (uint64_t)pusd;
    uint64_t dollar = (uint64_t)LLM_PUSD;
    size_t len;

    snprintf(text, LLM_USD_SIZE, "%s%" PRIu64 ".%012" PRIu64, sign,
             amount / dollar, amount % dollar);
    len = strlen(text);
    while (text[len - 1] == '0' && text[len - 3] != '.')
        text[--len] = '\0';
    return text;
}

/* --- costs ------------------------------------------------------------------ */

/* One kind of token after the other. */
struct bill {
    int64_t sum;
    struct err *err;
    bool failed;
};

static void charge(struct bill *bill, const char *what, int64_t count,
                   int64_t price)
{
    int64_t part;

    if (bill->failed || count == 0)
        return;
    bill->failed = true;
    if (count < 0)
        err_set(bill->err, ERR_DATA, "a negative number of %s tokens", what);
    else if (price < 0)
        err_set(bill->err, ERR_CONFIG, "no price for %s tokens", what);
    else if (__builtin_mul_overflow(count, price, &part) ||
             __builtin_add_overflow(bill->sum, part, &bill->sum))
        err_set(bill->err, ERR_DATA, "a cost that is too large to be true");
    else
        bill->failed = false;
}

/* Half, as batches are billed; unknown stays unknown. */
static int64_t halved(int64_t price, bool batch)
{
    return batch && price > 0 ? (price + 1) / 2 : price;
}

static int64_t either(int64_t first, int64_t second)
{
    return first >= 0 ? first : second;
}

/* The whole request moves to the other price, not only what is above. */
static struct llm_price in_tier(const struct llm_price *price, int64_t prompt)
{
    struct llm_price now = *price;

    if (price->tier <= 0 || prompt <= price->tier)
        return now;
    now.in = either(price->tier_in, price->in);
    now.out = either(price->tier_out, price->out);
    now.cache_read = either(price->tier_cache_read, price->cache_read);
    now.cache_5m = either(price->tier_cache_5m, price->cache_5m);
    now.cache_1h = either(price->tier_cache_1h, price->cache_1h);
    return now;
}

int llm_cost(const struct llm_price *price, const struct llm_usage *usage,
             bool batch, int64_t *pusd, struct err *err)
{
    struct llm_price now = in_tier(price, llm_usage_prompt(usage));
    struct bill bill = {.sum = now.request, .err = err};

    /* A batch is cheaper only if the price says so. */
    batch = batch && (now.batch_in >= 0 || now.batch_out >= 0);
    if (price->free)
        now = (struct llm_price){.batch_in = -1, .batch_out = -1};
    charge(&bill, "input", usage->in,
           batch && now.batch_in >= 0 ? now.batch_in : now.in);
    charge(&bill, "cache read", usage->cache_read,
           halved(now.cache_read, batch));
    charge(&bill, "cache write (5 minutes)", usage->cache_5m,
           halved(now.cache_5m, batch));
    charge(&bill, "cache write (1 hour)", usage->cache_1h,
           halved(now.cache_1h, batch));
    charge(&bill, "output", usage->out,
           batch && now.batch_out >= 0 ? now.batch_out : now.out);
    if (bill.failed)
        return -1;
    *pusd = price->free ? 0 : bill.sum;
    return 0;
}

int llm_cost_most(const struct llm_price *price, int64_t prompt_estimate,
                  int64_t max_output, int64_t *pusd, struct err *err)
{
    struct llm_usage usage = {.out = max_output};
    struct llm_price now;

    if (prompt_estimate < 0 || prompt_estimate > INT64_MAX / 11)
        return err_set(err, ERR_DATA, "an estimate that cannot be true");
    usage.in = (prompt_estimate * 11 + 9) / 10;
    now = in_tier(price, usage.in);
    now.tier = 0;
    if (now.in >= 0 && now.cache_5m > now.in)
        now.in = now.cache_5m;
    if (now.in >= 0 && now.cache_1h > now.in)
        now.in = now.cache_1h;
    return llm_cost(&now, &usage, false, pusd, err);
}
