/*
 * status-exposition-llm.c - metrics of calls to models, and of money
 */
#include "config.h"

#include <string.h>

#include "cmd/status-metrics.h"
#include "cmd/status.h"
#include "llm/state.h"

enum { PAIRS = PROM_NAMES_MAX, CLASSES = 32 };

/* An endpoint and one of its models. */
struct pair {
    const char *endpoint, *model;
    int64_t values[MC_COST + 1];
};

/* Rows become pairs; those that are too many are added up as "other". */
static size_t list_pairs(struct page *page, struct pair pairs[PAIRS + 1])
{
    const struct db_rows *rows = &page->metrics->costs;
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++) {
        bool full = count >= PAIRS;
        const char *endpoint =
            full ? "other"
                 : prom_name(&page->endpoints, db_text(rows, i, MC_ENDPOINT));
        const char *model =
            full ? "other"
                 : prom_name(&page->models, db_text(rows, i, MC_MODEL));
        size_t at = 0;

        while (at < count && (strcmp(pairs[at].endpoint, endpoint) != 0 ||
                              strcmp(pairs[at].model, model) != 0))
            at++;
        if (at == count)
            pairs[count++] =
                (struct pair){.endpoint = endpoint, .model = model};
        for (size_t c = MC_CALLS; c <= MC_COST; c++)
            pairs[at].values[c] += db_num(rows, i, c);
    }
    return count;
}

static void put_pairs(struct page *page, const struct prom_family *family,
                      const struct pair *pairs, size_t count, size_t column)
{
    prom_family(page->out, family);
    for (size_t i = 0; i < count; i++)
        prom_sample(page->out, family,
                    (const struct prom_label[]){{"endpoint", pairs[i].endpoint},
                                                {"model", pairs[i].model},
                                                {0}},
                    pairs[i].values[column]);
}

static void put_tokens(struct page *page, const struct pair *pairs,
                       size_t count)
{
    static const struct prom_family family = {
        .name = "aaos_llm_tokens_total",
        .help = "Tokens that models read (cached: from a cache) and wrote.",
        .type = PROM_COUNTER,
    };
    static const struct {
        const char *type;
        size_t column;
    } types[] = {
        {"input", MC_TOKENS_IN},
        {"cached", MC_TOKENS_CACHED},
        {"output", MC_TOKENS_OUT},
    };

    prom_family(page->out, &family);
    for (size_t i = 0; i < count; i++)
        for (size_t t = 0; t < LENGTH(types); t++)
            prom_sample(
                page->out, &family,
                (const struct prom_label[]){{"type", types[t].type},
                                            {"endpoint", pairs[i].endpoint},
                                            {"model", pairs[i].model},
                                            {0}},
                pairs[i].values[types[t].column]);
}

static void put_costs(struct page *page)
{
    static const struct {
        struct prom_family family;
        size_t column;
    } families[] = {
        {{.name = "aaos_llm_calls_total",
          .help = "Calls to models.",
          .type = PROM_COUNTER},
         MC_CALLS},
        {{.name = "aaos_llm_calls_failed_total",
          .help = "Calls to models that failed.",
          .type = PROM_COUNTER},
         MC_FAILED},
        {{.name = "aaos_llm_calls_unpriced_total",
          .help = "Calls to models without a known price.",
          .type = PROM_COUNTER},
         MC_UNPRICED},
        {{.name = "aaos_llm_cost_usd_total",
          .help = "What calls to models cost.",
          .type = PROM_COUNTER,
          .unit = PROM_PICO},
         MC_COST},
    };
    struct pair pairs[PAIRS + 1];
    size_t count = list_pairs(page, pairs);

    for (size_t f = 0; f < LENGTH(families); f++)
        put_pairs(page, &families[f].family, pairs, count, families[f].column);
    put_tokens(page, pairs, count);
}

/* --- how calls ended ------------------------------------------------------ */

struct ending {
    const char *endpoint, *class;
    int64_t n;
};

/* The totals of one kind, by endpoint, and by class if that is a label. */
static void put_calls(struct page *page, const struct prom_family *family,
                      enum total_kind kind, bool by_class)
{
    static struct ending endings[(PROM_NAMES_MAX + 1) * CLASSES];
    const struct totals *totals = &page->metrics->totals;
    size_t count = 0;

    for (size_t i = 0; i < totals->count; i++) {
        const struct total *total = &totals->items[i];
        const char *class = by_class ? total->outcome : "";
        const char *endpoint;
        size_t at = 0;

        if (total->kind != kind)
            continue;
        endpoint = prom_name(&page->endpoints, total->name);
        while (at < count && (strcmp(endings[at].endpoint, endpoint) != 0 ||
                              strcmp(endings[at].class, class) != 0))
            at++;
        if (at == LENGTH(endings))
            continue;
        if (at == count)
            endings[count++] =
                (struct ending){.endpoint = endpoint, .class = class};
        endings[at].n += total->n;
    }
    prom_family(page->out, family);
    for (size_t i = 0; i < count; i++)
        prom_sample(page->out, family,
                    (const struct prom_label[]){
                        {"endpoint", endings[i].endpoint},
                        {by_class ? "class" : NULL, endings[i].class},
                        {0}},
                    endings[i].n);
}

static void put_endings(struct page *page)
{
    static const struct prom_family attempts = {
        .name = "aaos_llm_attempts_total",
        .help = "Calls to models that have ended, by what became of them.",
        .type = PROM_COUNTER,
    };
    static const struct prom_family fallbacks = {
        .name = "aaos_llm_fallbacks_total",
        .help = "Calls that went to another model than was asked for.",
        .type = PROM_COUNTER,
    };
    static const struct prom_family duration = {
        .name = "aaos_llm_request_duration_seconds",
        .help = "How long calls to models took.",
        .type = PROM_HISTOGRAM,
        .unit = PROM_MICRO,
    };

    put_calls(page, &attempts, TOTAL_CALL, true);
    put_calls(page, &fallbacks, TOTAL_FALLBACK, false);
    prom_family(page->out, &duration);
    exposition_histogram(page, &duration, TOTAL_CALL, NULL);
}

/* --- endpoints and budgets ------------------------------------------------ */

static void put_circuits(struct page *page)
{
    static const struct prom_family family = {
        .name = "aaos_circuit_state",
        .help = "Of an endpoint: 0 it is used, 1 it is tried, 2 it is not.",
    };
    const struct db_rows *rows = &page->metrics->circuits;
    size_t shown = rows->count < PROM_NAMES_MAX ? rows->count : PROM_NAMES_MAX;

    prom_family(page->out, &family);
    for (size_t i = 0; i < shown; i++) {
        const char *text = db_text(rows, i, MI_STATE);
        struct llm_state state = {0};
        enum llm_circuit_state circuit;

        llm_state_parse(text, strlen(text), &state);
        circuit = llm_state_circuit(&state, page->now);
        prom_sample(page->out, &family,
                    (const struct prom_label[]){
                        {"endpoint", db_text(rows, i, MI_KEY) + 2}, {0}},
                    circuit == LLM_OPENED   ? 2
                    : circuit == LLM_CLOSED ? 0
                                            : 1);
        llm_state_release(&state);
    }
}

static void put_budget(struct page *page, const struct prom_family *family,
                       size_t row, int64_t value)
{
    const struct db_rows *rows = &page->metrics->budgets;
    const char *period = db_text(rows, row, MB_PERIOD);

    /* Each day is a series of its own otherwise. */
    prom_sample(page->out, family,
                (const struct prom_label[]){
                    {"scope", db_text(rows, row, MB_SCOPE)},
                    {"name", db_text(rows, row, MB_NAME)},
                    {"period", strcmp(period, "all") == 0 ? "all" : "day"},
                    {0}},
                value);
}

static void put_budgets(struct page *page)
{
    static const struct prom_family spent = {
        .name = "aaos_budget_spent_usd",
        .help = "Money spent, today or ever, by budget.",
        .unit = PROM_PICO,
    };
    static const struct prom_family reserved = {
        .name = "aaos_budget_reserved_usd",
        .help = "Money held for calls under way, by budget.",
        .unit = PROM_PICO,
    };
    static const struct prom_family remaining = {
        .name = "aaos_budget_remaining_usd",
        .help = "Money left of budgets that have a limit.",
        .unit = PROM_PICO,
    };
    const struct db_rows *rows = &page->metrics->budgets;
    size_t shown = rows->count < PROM_NAMES_MAX ? rows->count : PROM_NAMES_MAX;

    prom_family(page->out, &spent);
    for (size_t i = 0; i < shown; i++)
        put_budget(page, &spent, i, db_num(rows, i, MB_SPENT));
    prom_family(page->out, &reserved);
    for (size_t i = 0; i < shown; i++)
        put_budget(page, &reserved, i, db_num(rows, i, MB_RESERVED));
    prom_family(page->out, &remaining);
    for (size_t i = 0; i < shown; i++) {
        int64_t limit = status_budget_limit(
            page->conf, db_text(rows, i, MB_SCOPE), db_text(rows, i, MB_NAME));
        int64_t used = db_num(rows, i, MB_SPENT) + db_num(rows, i, MB_RESERVED);

        if (limit >= 0)
            put_budget(page, &remaining, i, limit > used ? limit - used : 0);
    }
}

void exposition_llm(struct page *page)
{
    put_costs(page);
    put_endings(page);
    put_circuits(page);
    put_budgets(page);
}
