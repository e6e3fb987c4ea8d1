/*
 * queue-push.c - tasks into the ready sets
 *
 * One pipeline of scripts, so that a batch costs one turn over the wire.
 * To send it twice is harmless: a set holds a member once.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/queue-internal.h"

/* The types of a chunk, each once, and which of them each task is of. */
struct chunk_types {
    const char *names[QUEUE_CHUNK];
    size_t count;
    size_t of[QUEUE_CHUNK];
};

static void sort_types(const struct ready *items, size_t count,
                       struct chunk_types *types)
{
    types->count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t t = 0;

        while (t < types->count &&
               strcmp(types->names[t], items[i].task_type) != 0)
            t++;
        if (t == types->count)
            types->names[types->count++] = items[i].task_type;
        types->of[i] = t;
    }
}

/* Members have leading zeros, so that equal scores keep their order. */
static void send_chunk(struct queue *queue, const char *rebuild,
                       const struct ready *items, size_t count,
                       enum queue_put what)
{
    static const char *const words[] = {
        [QUEUE_PUSH] = "push", [QUEUE_FILL] = "fill", [QUEUE_SOON] = "soon"};
    struct chunk_types types;
    struct redis_cmd cmd = {0};
    char member[24];

    sort_types(items, count, &types);
    redis_script(&queue->redis, &cmd, SCRIPT_PUSH, 3 + types.count);
    redis_arg(&cmd, queue->types);
    redis_arg(&cmd, queue->wake);
    redis_arg(&cmd, queue->rebuild);
    for (size_t i = 0; i < types.count; i++) {
        char *key = queue_ready_key(queue, types.names[i]);

        redis_arg(&cmd, key);
        free(key);
    }
    redis_arg(&cmd, rebuild);
    redis_arg(&cmd, words[what]);
    for (size_t i = 0; i < types.count; i++)
        redis_arg(&cmd, types.names[i]);
    for (size_t i = 0; i < count; i++) {
        redis_num(&cmd, (int64_t)types.of[i] + 1);
        redis_num(&cmd, items[i].sort_at);
        snprintf(member, sizeof(member), "%019lld", (long long)items[i].seq);
        redis_arg(&cmd, member);
    }
    redis_send(queue->redis.context, &cmd);
    redis_cmd_release(&cmd);
}

/* All replies of a pipeline: 1 all good, 0 some are not; -1 to be repeated,
 * because the scripts were forgotten. */
static int take_replies(struct queue *queue, size_t count)
{
    struct err err = {0};
    int ret = 1;

    for (size_t i = 0; i < count; i++) {
        redisReply *reply = redis_receive(queue->redis.context, &err);

        if (!reply) {
            queue_degrade(queue, &err);
            return 0;
        }
        if (redis_is_error(reply, "NOSCRIPT"))
            ret = -1;
        else if (reply->type == REDIS_REPLY_ERROR)
            queue_refused(queue, reply);
        if (ret > 0 &&
            (reply->type != REDIS_REPLY_INTEGER || reply->integer != 1))
            ret = 0;
        freeReplyObject(reply);
        if (!queue->redis.context)
            return 0;
    }
    return ret;
}

bool queue_put(struct queue *queue, const char *rebuild,
               const struct ready *items, size_t count, enum queue_put what)
{
    struct err err = {0};
    int ret = -1;

    for (int try = 0; try < 2 && ret < 0; try++) {
        size_t done = 0;
        size_t sent = 0;

        if (try > 0 && redis_load(&queue->redis, &err) < 0) {
            queue_degrade(queue, &err);
            return false;
        }
        do {
            size_t n = count - done < QUEUE_CHUNK ? count - done : QUEUE_CHUNK;

            send_chunk(queue, rebuild, items + done, n, what);
            done += n;
            sent++;
        } while (done < count);
        ret = take_replies(queue, sent);
    }
    return ret > 0;
}

static bool put_all(struct queue *queue, const struct ready *items,
                    size_t count, enum queue_put what)
{
    size_t done = 0;

    if (count == 0)
        return true;
    wake_touch(queue);
    if (!queue_has_redis(queue))
        return true;
    while (done < count) {
        size_t left = count - done;
        size_t n = left < QUEUE_PIPELINE ? left : QUEUE_PIPELINE;

        if (!queue_ready(queue) || !queue_put(queue, "", items + done, n, what))
            return false;
        done += n;
    }
    return true;
}

bool queue_push(struct queue *queue, const struct ready *items, size_t count)
{
    return put_all(queue, items, count, QUEUE_PUSH);
}

void queue_soon(struct queue *queue, const struct ready *items, size_t count)
{
    put_all(queue, items, count, QUEUE_SOON);
}

void queue_wake(struct queue *queue, size_t count)
{
    struct redis_cmd cmd = {0};

    if (count == 0)
        return;
    wake_touch(queue);
    if (!queue_ready(queue))
        return;
    redis_script(&queue->redis, &cmd, SCRIPT_WAKE, 2);
    redis_arg(&cmd, queue->types);
    redis_arg(&cmd, queue->wake);
    redis_num(&cmd, (int64_t)(count < QUEUE_WAKE_MAX ? count : QUEUE_WAKE_MAX));
    queue_call_num(queue, &cmd);
    redis_cmd_release(&cmd);
}
