/*
 * setup.c - from settings to an open store and queue
 */
#include "config.h"

#include "cmd/setup.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/secret.h"
#include "core/mem.h"
#include "store/audit.h"

/* A value that came from the environment: the message names the variable. */
static void name_origin(struct err *err, const char *origin)
{
    static const char prefix[] = "environment ";

    if (origin && strncmp(origin, prefix, sizeof(prefix) - 1) == 0)
        err_wrap(err, "%s", origin + sizeof(prefix) - 1);
}

const char *setup_url(struct conf *conf, bool create, struct err *err)
{
    static char *fallback;
    const char *url = conf_text(conf, "database.url");
    const char *dir;

    if (url)
        return url;
    if (!fallback) {
        dir = conf_state_dir(conf, create, err);
        if (!dir)
            return NULL;
        fallback = xasprintf("sqlite:%s/aaos.db", dir);
    }
    return fallback;
}

int setup_audit_key(struct conf *conf, struct store *store, struct err *err)
{
    const char *reference = conf_text(conf, "audit.key");
    char *key;

    if (!reference || strcmp(reference, "none") == 0)
        return 0;
    key = secret_get(reference, err);
    if (!key)
        return err_wrap(err, "audit.key");
    audit_key_set(store, key);
    explicit_bzero(key, strlen(key));
    free(key);
    return 0;
}

struct store *setup_store(struct conf *conf, enum store_mode mode,
                          const char *program, struct err *err)
{
    const struct store_policy policy = {
        .aging_unit = conf_num(conf, "task.aging_unit"),
        .retry_base = conf_num(conf, "task.retry_base"),
        .retry_cap = conf_num(conf, "task.retry_cap"),
        .loss_base = conf_num(conf, "task.loss_base"),
        .idempotency_ttl = conf_num(conf, "task.idempotency_ttl"),
        .max_attempts = (int)conf_num(conf, "task.max_attempts"),
        .max_losses = (int)conf_num(conf, "task.max_losses"),
    };
    const char *url = setup_url(conf, mode != STORE_READ, err);
    struct store *store;

    if (!url)
        return NULL;
    store = store_open(url, mode, &policy, program, err);
    if (!store)
        name_origin(err, conf_origin(conf, "database.url"));
    else if (mode != STORE_READ && setup_audit_key(conf, store, err) < 0) {
        store_close(store);
        store = NULL;
    }
    return store;
}

struct queue *setup_queue(struct conf *conf, struct store *store, bool required,
                          struct err *err)
{
    const char *url = conf_text(conf, "redis.url");
    struct queue *queue = queue_open(url, store, required, err);

    if (!queue)
        name_origin(err, conf_origin(conf, "redis.url"));
    return queue;
}

/* The configured extra types are a comma-separated list. */
static void add_types(const char *list, const char **types, size_t *count,
                      size_t max)
{
    char *copy = xstrdup(list);
    char *rest = copy;
    char *word;

    while ((word = strsep(&rest, ", \t")) && *count < max) {
        if (*word)
            types[(*count)++] = xstrdup(word);
    }
    free(copy);
}

void setup_rules(struct conf *conf, struct task_rules *rules)
{
    enum { MAX_TYPES = 256 };
    static const char *types[MAX_TYPES];
    static size_t count;
    const char *extra = conf_text(conf, "task.types");

    if (count == 0) {
        while (count < LENGTH(task_builtin_types)) {
            types[count] = task_builtin_types[count];
            count++;
        }
        if (extra)
            add_types(extra, types, &count, MAX_TYPES);
    }
    rules->types = types;
    rules->type_count = count;
}
