/*
 * prices.c - a prices file, in the shape that LiteLLM made common
 *
 * The text is kept as it is; an index of models (sorted) points into it,
 * and a model's prices are read when they are asked for.  All are read once
 * at the beginning, so that a bad file is refused before it costs money.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/json.h"
#include "core/mem.h"
#include "llm/price.h"

struct entry {
    struct json_slice name; /* with its quotes */
    struct json_slice value;
};

struct llm_prices {
    char *text;
    char hash[HASH_TEXT_SIZE];
    struct entry *entries;
    size_t count, cap;
};

/* --- one model ------------------------------------------------------------ */

#define AT(member) offsetof(struct llm_price, member)

static const struct {
    const char *name;
    size_t place;
} numbers[] = {
    {"input_cost_per_token", AT(in)},
    {"output_cost_per_token", AT(out)},
    {"cache_read_input_token_cost", AT(cache_read)},
    {"cache_creation_input_token_cost", AT(cache_5m)},
    {"cache_creation_input_token_cost_above_1hr", AT(cache_1h)},
    {"input_cost_per_token_above_200k_tokens", AT(tier_in)},
    {"output_cost_per_token_above_200k_tokens", AT(tier_out)},
    {"cache_read_input_token_cost_above_200k_tokens", AT(tier_cache_read)},
    {"cache_creation_input_token_cost_above_200k_tokens", AT(tier_cache_5m)},
    {"cache_creation_input_token_cost_above_1hr_above_200k_tokens",
     AT(tier_cache_1h)},
    {"input_cost_per_token_batches", AT(batch_in)},
    {"output_cost_per_token_batches", AT(batch_out)},
    {"input_cost_per_request", AT(request)},
};

static const struct {
    const char *name;
    size_t place;
} sizes[] = {
    {"max_input_tokens", AT(max_input)},
    {"max_output_tokens", AT(max_output)},
};

static const struct {
    const char *name;
    size_t place;
} flags[] = {
    {"free", AT(free)},
    {"supports_function_calling", AT(tools)},
    {"supports_vision", AT(vision)},
    {"supports_response_schema", AT(schema)},
};

/* A number or a string that holds one: its text. */
static bool as_decimal(const struct json_slice *value, const char **text,
                       size_t *len)
{
    *text = value->data;
    *len = value->len;
    if (value->type == JSON_STRING) {
        (*text)++;
        *len -= 2;
    }
    return value->type == JSON_STRING || value->type == JSON_NUMBER;
}

static int read_number(const struct json_slice *model, const char *name,
                       int64_t *to, struct err *err)
{
    struct json_slice value;
    const char *text;
    size_t len;

    if (!json_member(model, name, &value) || value.type == JSON_NULL)
        return 0;
    if (!as_decimal(&value, &text, &len))
        return err_set(err, ERR_DATA, "%s: expected a number, not %s", name,
                       json_type_name(value.type));
    if (llm_price_parse(text, len, 1, to, err) < 0)
        return err_wrap(err, "%s", name);
    return 0;
}

/* A number of tokens; what is none ("unlimited") is not known. */
static void read_size(const struct json_slice *model, const char *name,
                      int64_t *to)
{
    struct json_slice value;
    struct json_slice inner = {.type = JSON_NUMBER};
    const char *text;
    double number;

    if (!json_member(model, name, &value) ||
        !as_decimal(&value, &text, &inner.len))
        return;
    inner.data = text;
    if (inner.len == 0 || strspn(text, "0123456789.eE+") < inner.len)
        return;
    number = json_double(&inner);
    if (number >= 0 && number < 1e15)
        *to = (int64_t)number;
}

static int read_price(const struct json_slice *model, struct llm_price *price,
                      struct err *err)
{
    struct json_slice value;
    size_t i;

    llm_price_init(price);
    for (i = 0; i < LENGTH(numbers); i++)
        if (read_number(model, numbers[i].name,
                        (int64_t *)((char *)price + numbers[i].place), err) < 0)
            return -1;
    for (i = 0; i < LENGTH(sizes); i++)
        read_size(model, sizes[i].name,
                  (int64_t *)((char *)price + sizes[i].place));
    for (i = 0; i < LENGTH(flags); i++)
        if (json_member(model, flags[i].name, &value))
            *(bool *)((char *)price + flags[i].place) = value.type == JSON_TRUE;
    if (price->tier_in >= 0 || price->tier_out >= 0)
        price->tier = 200000;
    return 0;
}

/* --- the file --------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct json_slice *left = &((const struct entry *)a)->name;
    const struct json_slice *right = &((const struct entry *)b)->name;

    return json_compare(left->data + 1, left->len - 2, right->data + 1,
                        right->len - 2);
}

static int add(struct llm_prices *prices, const struct entry *entry,
               struct err *err)
{
    struct llm_price price;

    if (entry->value.type != JSON_OBJECT ||
        json_equals(&entry->name, "sample_spec"))
        return 0;
    if (read_price(&entry->value, &price, err) < 0)
        return err_wrap(err, "model %.*s", (int)entry->name.len,
                        entry->name.data);
    prices->entries = xgrow(prices->entries, prices->count, &prices->cap,
                            sizeof(struct entry));
    prices->entries[prices->count++] = *entry;
    return 0;
}

static int index_all(struct llm_prices *prices, size_t len, struct err *err)
{
    struct json_walk walk = {0};
    struct entry entry;

    if (json_check(prices->text, len, &walk.within, err) < 0)
        return -1;
    if (walk.within.type != JSON_OBJECT)
        return err_set(err, ERR_DATA, "expected an object of models, not %s",
                       json_type_name(walk.within.type));
    while (json_next(&walk, &entry.name, &entry.value))
        if (add(prices, &entry, err) < 0)
            return -1;
    if (prices->count > 0)
        qsort(prices->entries, prices->count, sizeof(struct entry), by_name);
    return 0;
}

struct llm_prices *llm_prices_read(const char *text, size_t len,
                                   struct err *err)
{
    struct llm_prices *prices;

    if (len > LLM_PRICES_MAX) {
        err_set(err, ERR_DATA, "prices of more than 32 MiB");
        return NULL;
    }
    prices = xcalloc(1, sizeof(*prices));
    prices->text = xmemdup0(text, len);
    hash_text(text, len, prices->hash);
    if (index_all(prices, len, err) < 0) {
        llm_prices_close(prices);
        return NULL;
    }
    return prices;
}

struct llm_prices *llm_prices_open(const char *path, struct err *err)
{
    struct llm_prices *prices = NULL;
    struct buf text = {0};

    if (file_read(path, LLM_PRICES_MAX, &text, err) == 0)
        prices = llm_prices_read(text.data ? text.data : "", text.len, err);
    if (!prices)
        err_wrap(err, "cannot use the prices of '%s'", path);
    buf_release(&text);
    return prices;
}

void llm_prices_close(struct llm_prices *prices)
{
    if (!prices)
        return;
    free(prices->entries);
    free(prices->text);
    free(prices);
}

const char *llm_prices_hash(const struct llm_prices *prices)
{
    return prices->hash;
}

size_t llm_prices_count(const struct llm_prices *prices)
{
    return prices->count;
}

static const struct entry *find(const struct llm_prices *prices,
                                const char *model)
{
    struct buf name = {0};
    struct entry key = {0};
    const struct entry *found;

    if (prices->count == 0)
        return NULL;
    buf_json(&name, model, strlen(model));
    key.name = (struct json_slice){name.data, name.len, JSON_STRING};
    found = bsearch(&key, prices->entries, prices->count, sizeof(key), by_name);
    buf_release(&name);
    return found;
}

int llm_prices_get(const struct llm_prices *prices, const char *provider,
                   const char *model, struct llm_price *price)
{
    const struct entry *found = find(prices, model);
    struct err err;

    if (!found && provider) {
        char *name = xasprintf("%s/%s", provider, model);

        found = find(prices, name);
        free(name);
    }
    return found && read_price(&found->value, price, &err) == 0 ? 1 : 0;
}
