/*
 * queue-redis.c - degrading and coming back; calls
 *
 * Redis is there as long as the connection is open.  Whatever fails closes
 * it, and with it the one that waits: a server that is out of memory, read
 * only or hanging is then treated like one that is gone, and coming back
 * means to connect and to be greeted like the first time.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "queue/queue-internal.h"

/* A server that hangs costs a second each time it is asked. */
#define RETRY_GONE (1 * USEC_PER_SEC)
#define RETRY_HUNG (5 * USEC_PER_SEC)

/* --- degrading and coming back -------------------------------------------- */

void queue_degrade(struct queue *queue, const struct err *err)
{
    bool hung = err->code == ERR_TIMEOUT;

    redis_close(&queue->redis);
    wake_drop(queue);
    queue->retry_at = clock_mono() + (hung ? RETRY_HUNG : RETRY_GONE);
    snprintf(queue->error, sizeof(queue->error), "%.*s",
             (int)sizeof(queue->error) - 1, err->msg);
    if (!queue->degraded)
        log_warn("redis_degraded", log_text("redis", queue->url.name),
                 log_text("error", queue->error));
    queue->degraded = true;
}

static void welcome(struct queue *queue)
{
    if (queue->degraded)
        log_info("redis_back", log_text("redis", queue->url.name));
    queue->degraded = false;
    *queue->error = '\0';
    if (!queue->redis.noeviction && !queue->eviction_said) {
        log_warn("redis_evicts", log_text("redis", queue->url.name),
                 log_text("hint", "set maxmemory-policy noeviction"));
        queue->eviction_said = true;
    }
}

int queue_connect(struct queue *queue, struct err *err)
{
    if (redis_open(&queue->redis, &queue->url, queue->epoch, err) < 0)
        return -1;
    welcome(queue);
    return 0;
}

bool queue_ready(struct queue *queue)
{
    struct err err = {0};

    if (!queue_has_redis(queue))
        return false;
    if (queue->redis.context)
        return true;
    if (clock_mono() < queue->retry_at)
        return false;
    if (queue_connect(queue, &err) < 0) {
        queue_degrade(queue, &err);
        return false;
    }
    return true;
}

/* --- calls ---------------------------------------------------------------- */

void queue_refused(struct queue *queue, const redisReply *reply)
{
    struct err err = {0};

    if (redis_is_error(reply, "WRONGTYPE")) {
        if (!queue->suspect)
            log_warn("redis_suspect", log_text("redis", queue->url.name),
                     log_text("error", reply->str));
        queue->suspect = true;
        return;
    }
    err_set(&err, ERR_UNAVAIL, "%s", reply->str);
    queue_degrade(queue, &err);
}

redisReply *queue_call(struct queue *queue, const struct redis_cmd *cmd)
{
    struct err err = {0};
    redisReply *reply = redis_call(queue->redis.context, cmd, &err);

    if (reply && redis_is_error(reply, "NOSCRIPT")) {
        freeReplyObject(reply);
        reply = NULL;
        if (redis_load(&queue->redis, &err) == 0)
            reply = redis_call(queue->redis.context, cmd, &err);
    }
    if (!reply) {
        queue_degrade(queue, &err);
        return NULL;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        queue_refused(queue, reply);
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

long long queue_call_num(struct queue *queue, const struct redis_cmd *cmd)
{
    redisReply *reply = queue_call(queue, cmd);
    long long num = -1;

    if (reply && reply->type == REDIS_REPLY_INTEGER)
        num = reply->integer;
    freeReplyObject(reply);
    return num;
}

bool queue_epoch_valid(struct queue *queue)
{
    struct redis_cmd cmd = {0};
    redisReply *reply;
    bool valid;

    redis_arg(&cmd, "GET");
    redis_arg(&cmd, queue->epoch);
    reply = queue_call(queue, &cmd);
    redis_cmd_release(&cmd);
    valid = reply && reply->type == REDIS_REPLY_STRING &&
            strcmp(reply->str, queue->redis.run_id) == 0;
    freeReplyObject(reply);
    return valid;
}

char *queue_ready_key(const struct queue *queue, const char *type)
{
    return xasprintf("%sready:%s", queue->prefix, type);
}

redisReply *queue_all_types(struct queue *queue)
{
    struct redis_cmd cmd = {0};
    redisReply *reply;

    redis_arg(&cmd, "SMEMBERS");
    redis_arg(&cmd, queue->types);
    reply = queue_call(queue, &cmd);
    redis_cmd_release(&cmd);
    if (reply && reply->type == REDIS_REPLY_ARRAY)
        return reply;
    freeReplyObject(reply);
    return NULL;
}
