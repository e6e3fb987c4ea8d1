/*
 * queue.c - opening, closing, and facts for people
 */
#include "config.h"

#include "queue/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "queue/queue-internal.h"

static void name_keys(struct queue *queue, const char *uuid)
{
    queue->prefix = xasprintf("aaos:{%s}:", uuid);
    queue->types = xasprintf("%stypes", queue->prefix);
    queue->wake = xasprintf("%swake", queue->prefix);
    queue->epoch = xasprintf("%sepoch", queue->prefix);
    queue->rebuild = xasprintf("%srebuild", queue->prefix);
}

static int open_redis(struct queue *queue, struct store *store, bool required,
                      struct err *err)
{
    struct err why = {0};
    const char *uuid = store_uuid(store, err);

    if (!uuid)
        return -1;
    name_keys(queue, uuid);
    if (queue_connect(queue, &why) == 0)
        return 0;
    if (required)
        return err_set(err, ERR_UNAVAIL, "%s", why.msg);
    queue_degrade(queue, &why);
    return 0;
}

struct queue *queue_open(const char *url, struct store *store, bool required,
                         struct err *err)
{
    struct queue *queue = xcalloc(1, sizeof(*queue));
    const char *path = db_path(store_db(store));

    queue->notify = queue->watch = queue->epoll = -1;
    if (path)
        queue->wake_path = xasprintf("%s-wake", path);
    if (redis_url_parse(url, &queue->url, err) < 0)
        goto fail;
    if (queue_has_redis(queue) && open_redis(queue, store, required, err) < 0)
        goto fail;
    return queue;
fail:
    queue_close(queue);
    return NULL;
}

void queue_close(struct queue *queue)
{
    if (!queue)
        return;
    wake_close(queue);
    redis_close(&queue->redis);
    redis_url_release(&queue->url);
    free(queue->prefix);
    free(queue->types);
    free(queue->wake);
    free(queue->epoch);
    free(queue->rebuild);
    free(queue);
}

bool queue_has_redis(const struct queue *queue)
{
    return queue->url.kind != URL_NONE;
}

bool queue_degraded(const struct queue *queue)
{
    return queue->degraded;
}

/* Members of one ready set. */
static int64_t count_ready(struct queue *queue, const char *type)
{
    struct redis_cmd cmd = {0};
    char *key = queue_ready_key(queue, type);
    long long num;

    redis_arg(&cmd, "ZCARD");
    redis_arg(&cmd, key);
    num = queue_call_num(queue, &cmd);
    redis_cmd_release(&cmd);
    free(key);
    return num > 0 ? num : 0;
}

static int64_t count_all_ready(struct queue *queue)
{
    redisReply *reply = queue_all_types(queue);
    int64_t sum = 0;

    for (size_t i = 0; reply && i < reply->elements; i++)
        if (queue->redis.context &&
            reply->element[i]->type == REDIS_REPLY_STRING)
            sum += count_ready(queue, reply->element[i]->str);
    freeReplyObject(reply);
    return sum;
}

void queue_info(struct queue *queue, struct queue_info *info)
{
    *info = (struct queue_info){.configured = queue_has_redis(queue)};
    if (!info->configured)
        return;
    snprintf(info->name, sizeof(info->name), "%s", queue->url.name);
    if (queue_ready(queue)) {
        snprintf(info->version, sizeof(info->version), "%s",
                 queue->redis.version);
        info->noeviction = queue->redis.noeviction;
        info->epoch_ok = queue_epoch_valid(queue);
    }
    if (queue->redis.context)
        info->ready = count_all_ready(queue);
    info->reachable = queue->redis.context != NULL;
    snprintf(info->error, sizeof(info->error), "%s", queue->error);
}
