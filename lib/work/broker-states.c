/*
 * broker-states.c - the states that are shared, wherever they are
 *
 * In Redis they are compared and swapped; in the database they are rows
 * that the transaction has locked.  What Redis does not have (it was empty,
 * or the key is old) is taken from the database, where each circuit that
 * opened or closed has been copied to.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "work/broker-internal.h"

static void add_key(struct pool *pool, char *key)
{
    pool->keys =
        xgrow(pool->keys, pool->count, &pool->cap, sizeof(*pool->keys));
    pool->keys[pool->count++] = key;
}

static void fill(struct pool *pool)
{
    size_t n = pool->count + 1;

    free(pool->states);
    free(pool->dirty);
    free(pool->read);
    pool->states = xcalloc(n, sizeof(*pool->states));
    pool->dirty = xcalloc(n, sizeof(*pool->dirty));
    pool->read = xcalloc(n, sizeof(*pool->read));
}

void pool_open(struct pool *pool, const struct broker *broker)
{
    const struct llm_config *config = broker->config;

    *pool = (struct pool){.endpoints = config->nendpoints,
                          .targets = config->ntargets};
    for (size_t i = 0; i < config->nendpoints; i++)
        add_key(pool, xasprintf("e:%s", config->endpoints[i].name));
    for (size_t i = 0; i < config->ntargets; i++)
        add_key(pool, xasprintf("m:%s", config->targets[i].name));
    fill(pool);
}

static void forget(struct pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) {
        llm_state_release(&pool->states[i]);
        free(pool->read[i]);
        pool->read[i] = NULL;
        pool->dirty[i] = false;
    }
}

void pool_release(struct pool *pool)
{
    forget(pool);
    for (size_t i = 0; i < pool->count; i++)
        free(pool->keys[i]);
    free(pool->keys);
    free(pool->states);
    free(pool->dirty);
    free(pool->read);
    *pool = (struct pool){0};
}

static size_t find_type(const struct pool *pool, const char *task_type)
{
    size_t i = pool->endpoints + pool->targets;

    while (i < pool->count && strcmp(pool->keys[i] + 2, task_type) != 0)
        i++;
    return i;
}

void pool_add_type(struct pool *pool, const char *task_type)
{
    if (find_type(pool, task_type) < pool->count)
        return;
    forget(pool);
    add_key(pool, xasprintf("t:%s", task_type));
    fill(pool);
}

struct llm_state *pool_type(const struct pool *pool, const char *task_type)
{
    return &pool->states[find_type(pool, task_type)];
}

struct llm_state *pool_endpoint(const struct pool *pool, size_t endpoint)
{
    return &pool->states[endpoint];
}

struct llm_state *pool_target(const struct pool *pool, size_t target)
{
    return &pool->states[pool->endpoints + target];
}

void pool_dirty(struct pool *pool, const struct llm_state *state)
{
    pool->dirty[state - pool->states] = true;
}

/* A circuit that a wrong configuration opened is judged by the new one. */
static void fit(struct pool *pool, const struct broker *broker)
{
    const struct llm_config *config = broker->config;

    for (size_t i = 0; i < pool->endpoints; i++)
        llm_state_fit(pool_endpoint(pool, i), config->endpoints[i].mark);
    for (size_t i = 0; i < pool->targets; i++)
        llm_state_fit(pool_target(pool, i),
                      config->endpoints[config->targets[i].endpoint].mark);
}

static void parse(struct pool *pool, size_t i, const char *text)
{
    if (text)
        llm_state_parse(text, strlen(text), &pool->states[i]);
}

/* The database's copy of what Redis does not have. */
static void from_copy(struct pool *pool, struct broker *broker)
{
    const char **missing = xcalloc(pool->count + 1, sizeof(*missing));
    struct db_rows rows = {0};
    struct err err = {0};
    size_t count = 0;

    for (size_t i = 0; i < pool->count; i++)
        if (!pool->read[i])
            missing[count++] = pool->keys[i];
    /* Without it nothing is known of them: no harm. */
    if (count > 0)
        store_states(broker->store, missing, count, &rows, &err);
    for (size_t row = 0; row < rows.count; row++)
        for (size_t i = 0; i < pool->count; i++)
            if (strcmp(pool->keys[i], db_text(&rows, row, 0)) == 0)
                parse(pool, i, db_text(&rows, row, 1));
    db_rows_release(&rows);
    free(missing);
}

static struct queue_state *as_queue(const struct pool *pool)
{
    struct queue_state *states = xcalloc(pool->count + 1, sizeof(*states));

    for (size_t i = 0; i < pool->count; i++) {
        states[i].key = pool->keys[i];
        states[i].text = pool->read[i];
    }
    return states;
}

bool pool_from_redis(struct pool *pool, struct broker *broker)
{
    struct queue_state *states;
    bool good;
    bool copy = false;

    forget(pool);
    if (!broker->queue || !queue_has_redis(broker->queue))
        return false;
    states = as_queue(pool);
    good = queue_states_read(broker->queue, states, pool->count);
    for (size_t i = 0; good && i < pool->count; i++) {
        pool->read[i] = states[i].text;
        parse(pool, i, states[i].text);
        copy |= !states[i].text;
    }
    free(states);
    if (good && copy)
        from_copy(pool, broker);
    fit(pool, broker);
    return good;
}

void pool_from_view(struct pool *pool, const struct broker *broker,
                    const struct calls_view *view)
{
    forget(pool);
    for (size_t i = 0; i < view->nstates; i++)
        parse(pool, i, view->states[i].text);
    fit(pool, broker);
}

static char *print(const struct pool *pool, size_t i)
{
    struct buf text = {0};

    llm_state_print(&pool->states[i], &text);
    return buf_detach(&text);
}

int pool_to_redis(struct pool *pool, struct broker *broker)
{
    struct queue_state *states = as_queue(pool);
    char **texts = xcalloc(pool->count + 1, sizeof(*texts));
    int ret;

    for (size_t i = 0; i < pool->count; i++)
        if (pool->dirty[i])
            states[i].changed = texts[i] = print(pool, i);
    ret = queue_states_swap(broker->queue, states, pool->count);
    for (size_t i = 0; i < pool->count; i++)
        free(texts[i]);
    free(texts);
    free(states);
    return ret;
}

void pool_to_view(const struct pool *pool, struct calls_view *view)
{
    for (size_t i = 0; i < view->nstates; i++) {
        free(view->states[i].changed);
        view->states[i].changed = pool->dirty[i] ? print(pool, i) : NULL;
    }
}

int pool_peek(struct pool *pool, struct broker *broker, struct err *err)
{
    struct db_rows rows = {0};

    if (!broker->store || pool_from_redis(pool, broker))
        return 0;
    if (store_states(broker->store, NULL, 0, &rows, err) < 0)
        return -1;
    for (size_t row = 0; row < rows.count; row++)
        for (size_t i = 0; i < pool->count; i++)
            if (strcmp(pool->keys[i], db_text(&rows, row, 0)) == 0)
                parse(pool, i, db_text(&rows, row, 1));
    db_rows_release(&rows);
    fit(pool, broker);
    return 0;
}
