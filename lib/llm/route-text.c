/*
 * route-text.c - a decision for machines and for people
 */
#include "config.h"

#include "llm/route-internal.h"

#include <string.h>

#include "core/clock.h"
#include "llm/wire-internal.h"

static const char *const kinds[] = {"go", "later", "never"};
static const char *const terms[] = {"cost", "latency", "quality", "failures"};

static const char *alias_name(const struct llm_config *config, size_t alias)
{
    return alias == NO_ALIAS ? NULL : config->aliases[alias].name;
}

static void add_real(struct buf *out, const char *name, double value)
{
    llm_key(out, name);
    /* Most of them are 0 or 1, which need no floating point. */
    if (value >= 0 && value < 1000 && value == (double)(int)value)
        buf_num(out, (int)value);
    else
        buf_fmt(out, "%.4g", value);
}

static void add_usd(struct buf *out, const char *name, int64_t pusd)
{
    char text[LLM_USD_SIZE];

    if (pusd < 0)
        return;
    llm_key(out, name);
    buf_str(out, llm_usd(pusd, text));
}

static void add_instant(struct buf *out, const char *name, int64_t instant)
{
    char text[CLOCK_TEXT_SIZE];

    if (instant > 0)
        llm_key_text(out, name, clock_format(instant, text));
}

static void add_bool(struct buf *out, const char *name, bool value)
{
    llm_key(out, name);
    buf_str(out, value ? "true" : "false");
}

static void add_weighed(struct buf *out, const struct llm_config *config,
                        const struct llm_weighed *item)
{
    llm_comma(out);
    buf_byte(out, '{');
    llm_key_text(out, "target", config->targets[item->target].name);
    if (item->alias != NO_ALIAS)
        llm_key_text(out, "alias", alias_name(config, item->alias));
    llm_key_num(out, "order", item->order);
    llm_key_num(out, "weight", item->weight);
    if (item->drop != LLM_KEPT)
        llm_key_text(out, "drop", llm_drop_name(item->drop));
    if (item->detail && *item->detail)
        llm_key_text(out, "detail", item->detail);
    add_instant(out, "until", item->until);
    add_usd(out, "expected_usd", item->cost);
    add_usd(out, "worst_usd", item->most);
    if (item->level) {
        for (size_t i = 0; i < LENGTH(terms); i++)
            add_real(out, terms[i], item->terms[i]);
        add_real(out, "score", item->score);
        add_bool(out, "equal", item->equal);
    }
    llm_key_num(out, "in_flight", item->in_flight);
    buf_byte(out, '}');
}

static void add_complexity(struct buf *out, const struct llm_decision *decision)
{
    llm_key_text(out, "tier", llm_tier_name(decision->tier));
    if (!decision->classified)
        return;
    llm_key(out, "signals");
    buf_byte(out, '{');
    for (int i = 0; i < LLM_SIGNALS; i++)
        if (decision->complexity.signals[i] != 0)
            add_real(out, llm_signal_name((enum llm_signal_kind)i),
                     decision->complexity.signals[i]);
    buf_byte(out, '}');
    add_real(out, "complexity", decision->complexity.score);
}

static void add_flag(struct buf *out, const char *name, bool set)
{
    if (set)
        add_bool(out, name, true);
}

/* Written in one pass: it is done for each call. */
void llm_decision_json(const struct llm_config *config,
                       const struct llm_decision *decision, struct buf *out)
{
    buf_byte(out, '{');
    llm_key_text(out, "decision", kinds[decision->kind]);
    if (decision->target >= 0)
        llm_key_text(out, "target", config->targets[decision->target].name);
    if (decision->alias >= 0)
        llm_key_text(out, "alias", config->aliases[decision->alias].name);
    if (decision->asked >= 0)
        llm_key_text(out, "asked", config->aliases[decision->asked].name);
    add_flag(out, "fallback", decision->fell_back);
    add_flag(out, "sticky", decision->sticky);
    add_flag(out, "quality_relaxed", decision->relaxed);
    if (decision->reason)
        llm_key_text(out, "reason", decision->reason);
    add_instant(out, "until", decision->until);
    llm_key_text(out, "policy", llm_policy_name(decision->policy));
    llm_key_text(out, "privacy", llm_privacy_name(decision->privacy));
    add_complexity(out, decision);
    llm_key_num(out, "prompt_tokens", decision->prompt_tokens);
    llm_key_num(out, "max_output", decision->max_output);
    if (decision->kind == LLM_GO && config->targets[decision->target].priced)
        add_usd(out, "reserve_usd", decision->most);
    llm_key(out, "candidates");
    buf_byte(out, '[');
    for (size_t i = 0; i < decision->count; i++)
        add_weighed(out, config, &decision->weighed[i]);
    buf_str(out, "]}");
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
