/*
 * state-text.c - a state as JSON, for Redis and the table llm_states
 *
 * Written by hand, in one pass and with what is zero left out: it is done
 * for each call.
 */
#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/json.h"
#include "core/mem.h"
#include "llm/state.h"

#define WHOLE(member)                                     \
    {                                                     \
#member, offsetof(struct llm_state, member), true \
    }
#define REAL(member)                                       \
    {                                                      \
#member, offsetof(struct llm_state, member), false \
    }

static const struct {
    const char *name;
    size_t at;
    bool whole;
} members[] = {
    WHOLE(failures),     WHOLE(opens),
    WHOLE(open_until),   WHOLE(cooldown_until),
    WHOLE(probe_until),  WHOLE(window_at),
    WHOLE(window_calls), WHOLE(window_failures),
    WHOLE(seen_at),      REAL(first_token),
    REAL(speed),         REAL(failing),
    REAL(out_tokens),    REAL(ratio),
    WHOLE(bucket_at),    REAL(requests),
    REAL(tokens),
};

static void begin(struct buf *out, const char *name)
{
    if (out->data[out->len - 1] != '{')
        buf_byte(out, ',');
    buf_fmt(out, "\"%s\":", name);
}

static void print_owners(const struct llm_state *state, struct buf *out)
{
    begin(out, "owners");
    buf_byte(out, '[');
    for (size_t i = 0; i < state->nowners; i++) {
        const struct llm_owner *owner = &state->owners[i];

        buf_str(out, i ? ",[" : "[");
        buf_json_safe(out, owner->id, strlen(owner->id));
        buf_fmt(out, ",%" PRId64 ",%" PRId64 "]", owner->count, owner->expires);
    }
    buf_byte(out, ']');
}

static void print_whole(struct buf *out, const char *name, int64_t value)
{
    if (value == 0)
        return;
    begin(out, name);
    buf_num(out, value);
}

static void print_real(struct buf *out, const char *name, double value)
{
    if (value == 0)
        return;
    begin(out, name);
    buf_fmt(out, "%.9g", value);
}

static void print_word(struct buf *out, const char *name, const char *word)
{
    if (!*word)
        return;
    begin(out, name);
    buf_json_safe(out, word, strlen(word));
}

void llm_state_print(const struct llm_state *state, struct buf *out)
{
    buf_byte(out, '{');
    for (size_t i = 0; i < LENGTH(members); i++) {
        const char *at = (const char *)state + members[i].at;

        if (members[i].whole)
            print_whole(out, members[i].name,
                        *(const int64_t *)(const void *)at);
        else
            print_real(out, members[i].name, *(const double *)(const void *)at);
    }
    print_word(out, "why", state->why);
    print_word(out, "mark", state->mark);
    print_word(out, "prober", state->prober);
    if (state->nowners > 0)
        print_owners(state, out);
    buf_byte(out, '}');
}

/* A word that fits, or nothing. */
static void take_word(const struct json_slice *value, char *word, size_t size)
{
    struct buf text = {0};

    if (value->type == JSON_STRING)
        json_decode(value, &text);
    if (text.len < size && text.data)
        memcpy(word, text.data, text.len + 1);
    buf_release(&text);
}

static void take_owners(const struct json_slice *list, struct llm_state *state)
{
    struct json_walk walk = {.within = *list};
    struct json_slice key, entry;

    while (state->nowners < LLM_OWNERS && json_next(&walk, &key, &entry)) {
        struct json_walk inner = {.within = entry};
        struct json_slice part[3];
        struct llm_owner owner = {0};

        if (entry.type != JSON_ARRAY || !json_next(&inner, &key, &part[0]) ||
            !json_next(&inner, &key, &part[1]) ||
            !json_next(&inner, &key, &part[2]))
            continue;
        take_word(&part[0], owner.id, sizeof(owner.id));
        if (!owner.id[0] || !json_integer(&part[1], &owner.count) ||
            !json_integer(&part[2], &owner.expires))
            continue;
        state->owners =
            xrealloc(state->owners, state->nowners + 1, sizeof(*state->owners));
        state->owners[state->nowners++] = owner;
    }
}

static void take_number(const struct json_slice *key,
                        const struct json_slice *value, struct llm_state *state)
{
    for (size_t i = 0; i < LENGTH(members); i++) {
        char *at = (char *)state + members[i].at;

        if (!json_equals(key, members[i].name))
            continue;
        if (!members[i].whole)
            *(double *)(void *)at = json_double(value);
        else if (!json_integer(value, (int64_t *)(void *)at))
            *(int64_t *)(void *)at = 0;
    }
}

bool llm_state_parse(const char *text, size_t len, struct llm_state *state)
{
    struct json_slice whole, key, value;
    struct json_walk walk = {0};
    struct err err = {0};

    *state = (struct llm_state){0};
    if (!text || json_check(text, len, &whole, &err) < 0 ||
        whole.type != JSON_OBJECT)
        return false;
    walk.within = whole;
    while (json_next(&walk, &key, &value)) {
        if (value.type == JSON_NUMBER)
            take_number(&key, &value, state);
        else if (json_equals(&key, "why"))
            take_word(&value, state->why, sizeof(state->why));
        else if (json_equals(&key, "mark"))
            take_word(&value, state->mark, sizeof(state->mark));
        else if (json_equals(&key, "prober"))
            take_word(&value, state->prober, sizeof(state->prober));
        else if (json_equals(&key, "owners") && value.type == JSON_ARRAY)
            take_owners(&value, state);
    }
    return true;
}
