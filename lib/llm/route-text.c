/*
 * route-text.c - a decision for machines and for people
 */
#include "config.h"

#include "llm/route-internal.h"

#include <string.h>

#include "core/clock.h"
#include "core/json.h"

static const char *const kinds[] = {"go", "later", "never"};
static const char *const terms[] = {"cost", "latency", "quality", "failures"};

static const char *alias_name(const struct llm_config *config, size_t alias)
{
    return alias == NO_ALIAS ? NULL : config->aliases[alias].name;
}

static void add_real(cJSON *object, const char *name, double value)
{
    struct buf text = {0};

    buf_fmt(&text, "%.4g", value);
    json_add_raw(object, name, text.data, text.len);
    buf_release(&text);
}

static void add_usd(cJSON *object, const char *name, int64_t pusd)
{
    char text[LLM_USD_SIZE];

    if (pusd < 0)
        return;
    llm_usd(pusd, text);
    json_add_raw(object, name, text, strlen(text));
}

static void add_instant(cJSON *object, const char *name, int64_t instant)
{
    char text[CLOCK_TEXT_SIZE];

    if (instant > 0)
        json_add_text(object, name, clock_format(instant, text));
}

static cJSON *weighed_json(const struct llm_config *config,
                           const struct llm_weighed *item)
{
    cJSON *object = cJSON_CreateObject();

    json_add_text(object, "target", config->targets[item->target].name);
    if (item->alias != NO_ALIAS)
        json_add_text(object, "alias", alias_name(config, item->alias));
    json_add_num(object, "order", item->order);
    json_add_num(object, "weight", item->weight);
    if (item->drop != LLM_KEPT)
        json_add_text(object, "drop", llm_drop_name(item->drop));
    if (item->detail && *item->detail)
        json_add_text(object, "detail", item->detail);
    add_instant(object, "until", item->until);
    add_usd(object, "expected_usd", item->cost);
    add_usd(object, "worst_usd", item->most);
    if (item->level) {
        for (size_t i = 0; i < LENGTH(terms); i++)
            add_real(object, terms[i], item->terms[i]);
        add_real(object, "score", item->score);
        json_add_raw(object, "equal", item->equal ? "true" : "false",
                     item->equal ? 4 : 5);
    }
    json_add_num(object, "in_flight", item->in_flight);
    return object;
}

static void add_complexity(cJSON *object, const struct llm_decision *decision)
{
    cJSON *signals;

    json_add_text(object, "tier", llm_tier_name(decision->tier));
    if (!decision->classified)
        return;
    signals = cJSON_AddObjectToObject(object, "signals");
    add_real(object, "complexity", decision->complexity.score);
    for (int i = 0; i < LLM_SIGNALS; i++)
        if (decision->complexity.signals[i] != 0)
            add_real(signals, llm_signal_name((enum llm_signal_kind)i),
                     decision->complexity.signals[i]);
}

static void add_flag(cJSON *object, const char *name, bool set)
{
    if (set)
        json_add_raw(object, name, "true", 4);
}

void llm_decision_json(const struct llm_config *config,
                       const struct llm_decision *decision, struct buf *out)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *list;

    json_add_text(object, "decision", kinds[decision->kind]);
    if (decision->target >= 0)
        json_add_text(object, "target", config->targets[decision->target].name);
    if (decision->alias >= 0)
        json_add_text(object, "alias", config->aliases[decision->alias].name);
    if (decision->asked >= 0)
        json_add_text(object, "asked", config->aliases[decision->asked].name);
    add_flag(object, "fallback", decision->fell_back);
    add_flag(object, "sticky", decision->sticky);
    add_flag(object, "quality_relaxed", decision->relaxed);
    if (decision->reason)
        json_add_text(object, "reason", decision->reason);
    add_instant(object, "until", decision->until);
    json_add_text(object, "policy", llm_policy_name(decision->policy));
    json_add_text(object, "privacy", llm_privacy_name(decision->privacy));
    add_complexity(object, decision);
    json_add_num(object, "prompt_tokens", decision->prompt_tokens);
    json_add_num(object, "max_output", decision->max_output);
    if (decision->kind == LLM_GO && config->targets[decision->target].priced)
        add_usd(object, "reserve_usd", decision->most);
    list = cJSON_AddArrayToObject(object, "candidates");
    for (size_t i = 0; i < decision->count; i++)
        cJSON_AddItemToArray(list, weighed_json(config, &decision->weighed[i]));
    json_print(object, false, out);
    cJSON_Delete(object);
}

void llm_decision_drops(const struct llm_decision *decision, struct buf *out)
{
    bool first = true;

    buf_str(out, "");
    for (int drop = 1; drop < LLM_DROPS; drop++) {
        int count = 0;

        for (size_t i = 0; i < decision->count; i++)
            count += decision->weighed[i].drop == (enum llm_drop)drop;
        if (count == 0)
            continue;
        buf_fmt(out, "%s%s: %d", first ? "" : ", ",
                llm_drop_name((enum llm_drop)drop), count);
        first = false;
    }
    if (decision->count == 0)
        buf_str(out, "there is no model to choose from");
}

static void headline(const struct llm_config *config,
                     const struct llm_decision *decision, int64_t now,
                     struct buf *out)
{
    char span[CLOCK_SPAN_SIZE];
    char usd[LLM_USD_SIZE];

    switch (decision->kind) {
    case LLM_GO:
        buf_fmt(out, "%s", config->targets[decision->target].name);
        if (decision->alias >= 0)
            buf_fmt(out, " (model %s)", config->aliases[decision->alias].name);
        if (decision->fell_back)
            buf_fmt(out, ", because no '%s' can serve",
                    config->aliases[decision->asked].name);
        if (decision->sticky)
            buf_str(out, ", where the session was");
        if (!config->targets[decision->target].priced)
            buf_str(out, "; its price is not known");
        else if (config->targets[decision->target].price.free)
            buf_str(out, "; free");
        else
            buf_fmt(out, "; at most %s USD", llm_usd(decision->most, usd));
        break;
    case LLM_LATER:
        buf_fmt(out, "not now: %s", decision->reason);
        if (decision->until > 0)
            buf_fmt(out, ", for %s", clock_span(decision->until - now, span));
        break;
    case LLM_NEVER:
        buf_str(out, "nothing can serve it: ");
        llm_decision_drops(decision, out);
        break;
    }
    buf_byte(out, '\n');
}

static void weighed_text(const struct llm_config *config,
                         const struct llm_weighed *item, int64_t now,
                         struct buf *out)
{
    char span[CLOCK_SPAN_SIZE];

    buf_fmt(out, "  %-32s ", config->targets[item->target].name);
    if (item->drop == LLM_KEPT && item->level)
        buf_fmt(out, "score %.3f%s", item->score, item->equal ? " =" : "");
    else if (item->drop == LLM_KEPT)
        buf_fmt(out, "order %d", item->order);
    else
        buf_fmt(out, "no: %s", llm_drop_name(item->drop));
    if (item->detail && *item->detail) {
        buf_str(out, " (");
        buf_printable(out, item->detail, strlen(item->detail));
        buf_byte(out, ')');
    }
    if (item->until > now)
        buf_fmt(out, ", for %s", clock_span(item->until - now, span));
    buf_byte(out, '\n');
}

void llm_decision_text(const struct llm_config *config,
                       const struct llm_decision *decision, int64_t now,
                       struct buf *out)
{
    headline(config, decision, now, out);
    buf_fmt(out, "policy %s, privacy %s, %s%s\n",
            llm_policy_name(decision->policy),
            llm_privacy_name(decision->privacy), llm_tier_name(decision->tier),
            decision->relaxed ? " (no model is that good)" : "");
    for (size_t i = 0; i < decision->count; i++)
        weighed_text(config, &decision->weighed[i], now, out);
}
