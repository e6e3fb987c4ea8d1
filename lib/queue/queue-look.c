/*
 * queue-look.c - reading the index for checks
 *
 * SCAN and ZSCAN see everything that is there all the time, some of what
 * comes and goes, and a few things twice; who uses this must bear that.
 */
#include "config.h"

#include "queue/queue-look.h"

#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/mem.h"
#include "queue/queue-internal.h"

enum { LOOK_PAGE = 1000 };

/* A reply that is no error; NULL with err. */
static redisReply *ask(struct queue *queue, struct redis_cmd *cmd,
                       struct err *err)
{
    redisReply *reply = NULL;

    if (queue_ready(queue))
        reply = redis_call(queue->redis.context, cmd, err);
    else
        err_set(err, ERR_UNAVAIL, "Redis at '%s' is away: %s", queue->url.name,
                queue->error);
    redis_cmd_release(cmd);
    if (!reply && queue->redis.context)
        queue_degrade(queue, err);
    if (!reply)
        err->code = ERR_UNAVAIL;
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        err_set(err, ERR_UNAVAIL, "Redis at '%s': %s", queue->url.name,
                reply->str);
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

/* "SCAN cursor MATCH ...": the next cursor, and the list in *items. */
static const char *scan_page(const redisReply *reply, const redisReply **items,
                             struct err *err)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_ARRAY) {
        err_set(err, ERR_UNAVAIL, "this is no Redis: unexpected reply");
        return NULL;
    }
    *items = reply->element[1];
    return reply->element[0]->str;
}

/* ------------------------------------------------------------------ keys */

/* Ask for a page and move the cursor on; NULL: it failed.  The items belong
 * to the reply. */
static redisReply *next_page(struct queue *queue, struct redis_cmd *cmd,
                             char **cursor, const redisReply **items,
                             struct err *err)
{
    redisReply *reply = ask(queue, cmd, err);
    const char *next = reply ? scan_page(reply, items, err) : NULL;

    if (!next) {
        freeReplyObject(reply);
        return NULL;
    }
    free(*cursor);
    *cursor = xstrdup(next);
    return reply;
}

const char *queue_key_kind(const char *name)
{
    /* What ends with ':' is followed by something. */
    static const struct {
        const char *name, *kind;
    } known[] = {
        {"types", "set"},   {"wake", "list"},    {"wake:", "list"},
        {"ready:", "zset"}, {"epoch", "string"}, {"rebuild", "string"},
        {"llm:", "string"},
    };

    for (size_t i = 0; i < LENGTH(known); i++) {
        size_t len = strlen(known[i].name);
        bool open = known[i].name[len - 1] == ':';

        if (strncmp(name, known[i].name, len) == 0 && !name[len] == !open)
            return known[i].kind;
    }
    return NULL;
}

/* What is known of one key; it may have gone since. */
static int visit_key(struct queue *queue, const char *key, queue_key_seen *seen,
                     void *ctx, struct err *err)
{
    struct redis_cmd cmd = {0};
    redisReply *kind;
    redisReply *ttl;

    redis_arg(&cmd, "TYPE");
    redis_arg(&cmd, key);
    kind = ask(queue, &cmd, err);
    if (!kind)
        return -1;
    redis_arg(&cmd, "PTTL");
    redis_arg(&cmd, key);
    ttl = ask(queue, &cmd, err);
    if (ttl && kind->type == REDIS_REPLY_STATUS &&
        strcmp(kind->str, "none") != 0)
        seen(ctx, key + strlen(queue->prefix), kind->str,
             ttl->type == REDIS_REPLY_INTEGER ? ttl->integer : -1);
    freeReplyObject(kind);
    freeReplyObject(ttl);
    return ttl ? 0 : -1;
}

static int visit_keys(struct queue *queue, const redisReply *items,
                      queue_key_seen *seen, void *ctx, struct err *err)
{
    for (size_t i = 0; i < items->elements; i++)
        if (items->element[i]->type == REDIS_REPLY_STRING &&
            strncmp(items->element[i]->str, queue->prefix,
                    strlen(queue->prefix)) == 0 &&
            visit_key(queue, items->element[i]->str, seen, ctx, err) < 0)
            return -1;
    return 0;
}

int queue_look_keys(struct queue *queue, queue_key_seen *seen, void *ctx,
                    struct err *err)
{
    char *pattern = xasprintf("%s*", queue->prefix);
    char *cursor = xstrdup("0");
    int ret = 0;

    do {
        struct redis_cmd cmd = {0};
        const redisReply *items = NULL;
        redisReply *reply;

        redis_arg(&cmd, "SCAN");
        redis_arg(&cmd, cursor);
        redis_arg(&cmd, "MATCH");
        redis_arg(&cmd, pattern);
        redis_arg(&cmd, "COUNT");
        redis_num(&cmd, LOOK_PAGE);
        reply = next_page(queue, &cmd, &cursor, &items, err);
        ret = reply ? visit_keys(queue, items, seen, ctx, err) : -1;
        freeReplyObject(reply);
    } while (ret == 0 && strcmp(cursor, "0") != 0);
    free(cursor);
    free(pattern);
    return ret;
}

/* --------------------------------------------------------------- members */

static void read_member(const redisReply *member, const redisReply *score,
                        struct queue_member *out)
{
    size_t len = member->len;

    *out = (struct queue_member){0};
    if (len >= sizeof(out->text))
        len = sizeof(out->text) - 1;
    memcpy(out->text, member->str, len);
    if (member->len == 19 && strspn(member->str, "0123456789") == 19)
        out->seq = strtoll(member->str, NULL, 10);
    if (out->seq == INT64_MAX)
        out->seq = 0;
    out->score = (int64_t)strtod(score->str, NULL);
}

static int visit_members(const redisReply *items, queue_members_seen *seen,
                         void *ctx, struct err *err)
{
    struct queue_member *members =
        xcalloc(items->elements / 2 + 1, sizeof(*members));
    size_t count = 0;
    int ret = 0;

    for (size_t i = 0; i + 1 < items->elements; i += 2)
        if (items->element[i]->type == REDIS_REPLY_STRING &&
            items->element[i + 1]->type == REDIS_REPLY_STRING)
            read_member(items->element[i], items->element[i + 1],
                        &members[count++]);
    if (count > 0)
        ret = seen(ctx, members, count, err);
    free(members);
    return ret;
}

int queue_look_ready(struct queue *queue, const char *type,
                     queue_members_seen *seen, void *ctx, struct err *err)
{
    char *key = queue_ready_key(queue, type);
    char *cursor = xstrdup("0");
    int ret = 0;

    do {
        struct redis_cmd cmd = {0};
        const redisReply *items = NULL;
        redisReply *reply;

        redis_arg(&cmd, "ZSCAN");
        redis_arg(&cmd, key);
        redis_arg(&cmd, cursor);
        redis_arg(&cmd, "COUNT");
        redis_num(&cmd, LOOK_PAGE);
        reply = next_page(queue, &cmd, &cursor, &items, err);
        ret = reply ? visit_members(items, seen, ctx, err) : -1;
        freeReplyObject(reply);
    } while (ret == 0 && strcmp(cursor, "0") != 0);
    free(cursor);
    free(key);
    return ret;
}

int queue_look_type(struct queue *queue, const char *type, struct err *err)
{
    struct redis_cmd cmd = {0};
    redisReply *reply;
    int found = -1;

    redis_arg(&cmd, "SISMEMBER");
    redis_arg(&cmd, queue->types);
    redis_arg(&cmd, type);
    reply = ask(queue, &cmd, err);
    if (reply)
        found = reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
    freeReplyObject(reply);
    return found;
}

static void send_score(struct queue *queue, const struct ready *item)
{
    struct redis_cmd cmd = {0};
    char member[24];
    char *key = queue_ready_key(queue, item->task_type);

    snprintf(member, sizeof(member), "%019lld", (long long)item->seq);
    redis_arg(&cmd, "ZSCORE");
    redis_arg(&cmd, key);
    redis_arg(&cmd, member);
    redis_send(queue->redis.context, &cmd);
    redis_cmd_release(&cmd);
    free(key);
}

int queue_look_tasks(struct queue *queue, const struct ready *items,
                     size_t count, bool *there, struct err *err)
{
    if (!queue_ready(queue))
        return err_set(err, ERR_UNAVAIL, "Redis at '%s' is away: %s",
                       queue->url.name, queue->error);
    for (size_t i = 0; i < count; i++)
        send_score(queue, &items[i]);
    for (size_t i = 0; i < count; i++) {
        redisReply *reply = redis_receive(queue->redis.context, err);

        if (!reply) {
            queue_degrade(queue, err);
            err->code = ERR_UNAVAIL;
            return -1;
        }
        there[i] = reply->type == REDIS_REPLY_STRING;
        freeReplyObject(reply);
    }
    return 0;
}

/* ----------------------------------------------------------------- facts */

/* The value of a string key: 1, 0 there is none, -1. */
static int get(struct queue *queue, const char *key, char *value, size_t size,
               struct err *err)
{
    struct redis_cmd cmd = {0};
    redisReply *reply;
    int found;

    redis_arg(&cmd, "GET");
    redis_arg(&cmd, key);
    reply = ask(queue, &cmd, err);
    if (!reply)
        return -1;
    found = reply->type == REDIS_REPLY_STRING;
    snprintf(value, size, "%s", found ? reply->str : "");
    freeReplyObject(reply);
    return found;
}

int queue_look_epoch(struct queue *queue, enum queue_epoch *epoch,
                     struct err *err)
{
    char value[64];
    int found = get(queue, queue->rebuild, value, sizeof(value), err);

    if (found < 0)
        return -1;
    *epoch = EPOCH_REBUILDING;
    if (found)
        return 0;
    found = get(queue, queue->epoch, value, sizeof(value), err);
    if (found < 0)
        return -1;
    *epoch = !found                                    ? EPOCH_NONE
             : strcmp(value, queue->redis.run_id) == 0 ? EPOCH_GOOD
                                                       : EPOCH_WRONG;
    return 0;
}

int queue_look_info(struct queue *queue, const char *field, char *value,
                    size_t size, struct err *err)
{
    char *name = xasprintf("\n%s:", field);
    struct redis_cmd cmd = {0};
    const char *at = NULL;
    redisReply *reply;

    redis_arg(&cmd, "INFO");
    reply = ask(queue, &cmd, err);
    *value = '\0';
    if (reply && reply->type == REDIS_REPLY_STRING)
        at = strstr(reply->str, name);
    if (at) {
        at += strlen(name);
        snprintf(value, size, "%.*s", (int)strcspn(at, "\r\n"), at);
    }
    free(name);
    freeReplyObject(reply);
    return reply ? 0 : -1;
}

void queue_forget_type(struct queue *queue, const char *type)
{
    struct redis_cmd cmd = {0};
    char *key = queue_ready_key(queue, type);
    char *wake = xasprintf("%s:%s", queue->wake, type);

    if (queue_ready(queue)) {
        redis_arg(&cmd, "SREM");
        redis_arg(&cmd, queue->types);
        redis_arg(&cmd, type);
        freeReplyObject(queue_call(queue, &cmd));
    }
    redis_cmd_reset(&cmd);
    if (queue_ready(queue)) {
        redis_arg(&cmd, "UNLINK");
        redis_arg(&cmd, key);
        redis_arg(&cmd, wake);
        freeReplyObject(queue_call(queue, &cmd));
    }
    redis_cmd_release(&cmd);
    free(wake);
    free(key);
}
