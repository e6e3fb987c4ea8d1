/*
 * effects.c - actions that a handler asks for
 *
 * Judged as they come, put into the outbox by the transaction that
 * completes the attempt, or never.  As with tasks: who asks for something
 * impossible has failed, and trying again cannot help.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "action/action.h"
#include "core/attr.h"
#include "core/clock.h"
#include "core/mem.h"
#include "store/actions.h"
#include "work/internal.h"

enum { MOST_EFFECTS = 1000, MOST_BYTES = 16 << 20 };

static void item_release(struct told_effect *item)
{
    free(item->type);
    free(item->key);
    free(item->payload);
    *item = (struct told_effect){0};
}

void effects_release(struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++)
        item_release(&effects->items[i]);
    free(effects->items);
    *effects = (struct effects){0};
}

/* --- one object ------------------------------------------------------------ */

static char *text_of(const struct json_slice *value)
{
    struct buf text = {0};

    buf_str(&text, "");
    json_decode(value, &text);
    return buf_detach(&text);
}

static int take_type(struct told_effect *item, const struct json_slice *value,
                     struct err *err)
{
    if (value->type != JSON_STRING)
        return err_set(err, ERR_DATA, "must be a string, not %s",
                       json_type_name(value->type));
    item->type = text_of(value);
    return 0;
}

static int take_key(struct told_effect *item, const struct json_slice *value,
                    struct err *err)
{
    if (value->type != JSON_STRING)
        return err_set(err, ERR_DATA, "must be a string, not %s",
                       json_type_name(value->type));
    item->key = text_of(value);
    return action_key_check(item->key, strlen(item->key), err);
}

/* The bytes stay as they are. */
static int take_payload(struct told_effect *item,
                        const struct json_slice *value, struct err *err)
{
    (void)err;
    item->payload = xmemdup0(value->data, value->len);
    return 0;
}

static int take_delay(struct told_effect *item, const struct json_slice *value,
                      struct err *err)
{
    char *text;
    int ret;

    if (value->type == JSON_STRING)
        text = text_of(value);
    else
        text = xmemdup0(value->data, value->len);
    ret = clock_parse_duration(text, &item->delay, err);
    free(text);
    return ret;
}

static int take(struct told_effect *item, const struct json_slice *key,
                const struct json_slice *value, struct err *err)
{
    static const struct {
        const char *name;
        int (*take)(struct told_effect *item, const struct json_slice *value,
                    struct err *err);
    } keys[] = {
        {"action_type", take_type},
        {"delay", take_delay},
        {"idempotency_key", take_key},
        {"payload", take_payload},
    };

    for (size_t i = 0; i < LENGTH(keys); i++) {
        if (!json_equals(key, keys[i].name))
            continue;
        if (value->type != JSON_NULL && keys[i].take(item, value, err) < 0)
            return err_wrap(err, "%s", keys[i].name);
        return 0;
    }
    err_set(err, ERR_DATA, "unknown key %.*s",
            (int)(key->len < 40 ? key->len : 40), key->data);
    return err_hint(err, "there are action_type, delay, idempotency_key and "
                         "payload");
}

static int parse(const struct json_slice *object, struct told_effect *item,
                 struct err *err)
{
    struct json_walk walk = {.within = *object};
    struct json_slice key, value;

    if (object->type != JSON_OBJECT)
        return err_set(err, ERR_DATA, "must be an object, not %s",
                       json_type_name(object->type));
    while (json_next(&walk, &key, &value))
        if (take(item, &key, &value, err) < 0)
            return -1;
    if (!item->type)
        return err_set(err, ERR_DATA, "'action_type' is missing");
    if (!item->payload)
        return err_set(err, ERR_DATA, "'payload' is missing");
    return action_check(item->type, item->payload, strlen(item->payload), err);
}

/* --- all of them ----------------------------------------------------------- */

static void add(struct job *job, const struct json_slice *object)
{
    struct effects *effects = &job->effects;
    struct told_effect *item;
    struct err err = {0};

    if (job->added_error.len > 0)
        return;
    effects->items = xgrow(effects->items, effects->count, &effects->cap,
                           sizeof(*effects->items));
    item = &effects->items[effects->count];
    *item = (struct told_effect){0};
    effects->bytes += object->len;
    if (effects->count == MOST_EFFECTS)
        err_set(&err, ERR_DATA, "an attempt asks for at most %d", MOST_EFFECTS);
    else if (effects->bytes > MOST_BYTES)
        err_set(&err, ERR_DATA, "an attempt asks for at most %d bytes of them",
                MOST_BYTES);
    else if (parse(object, item, &err) == 0)
        effects->count++;
    if (err.code) {
        added_refuse(job, "action", effects->count + 1, &err);
        item_release(item);
    }
}

void told_action(struct job *job, const char *raw, size_t len)
{
    struct json_slice object;
    struct err err = {0};

    if (json_check(raw, len, &object, &err) < 0)
        added_refuse(job, "action", job->effects.count + 1, &err);
    else
        add(job, &object);
}

void told_actions(struct job *job, const struct json_slice *list)
{
    told_list(job, "action", list, add);
}

void effects_hand(struct job *job, struct finish *finish, struct ended *ended)
{
    struct effects *effects = &ended->effects;

    *effects = job->effects;
    job->effects = (struct effects){0};
    if (effects->count == 0)
        return;
    ended->actions = xcalloc(effects->count, sizeof(*ended->actions));
    for (size_t i = 0; i < effects->count; i++)
        ended->actions[i] = (struct action_new){
            .action_type = effects->items[i].type,
            .idempotency_key = effects->items[i].key,
            .payload_json = effects->items[i].payload,
            .delay = effects->items[i].delay,
        };
    finish->actions = ended->actions;
    finish->action_count = effects->count;
}
