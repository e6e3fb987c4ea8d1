/*
 * queue-pop.c - candidates from the ready sets
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "queue/queue-internal.h"
#include "task/task.h"

/* The keys of the ready sets to look at. */
struct keys {
    char **names;
    size_t count, cap;
};

static void keys_add(struct keys *keys, const struct queue *queue,
                     const char *type)
{
    keys->names =
        xgrow(keys->names, keys->count, &keys->cap, sizeof(*keys->names));
    keys->names[keys->count++] = queue_ready_key(queue, type);
}

static void keys_release(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        free(keys->names[i]);
    free(keys->names);
}

/* All types that have a ready set. */
static bool keys_all(struct keys *keys, struct queue *queue)
{
    redisReply *reply = queue_all_types(queue);

    if (!reply)
        return false;
    for (size_t i = 0; i < reply->elements && i < QUEUE_TYPES_MAX; i++)
        if (reply->element[i]->type == REDIS_REPLY_STRING &&
            !task_type_own(reply->element[i]->str))
            keys_add(keys, queue, reply->element[i]->str);
    freeReplyObject(reply);
    return true;
}

/* A member as the number it is; what is none was not put there by us. */
static bool read_member(const redisReply *reply, int64_t *seq)
{
    char *end;
    long long num;

    if (reply->type != REDIS_REPLY_STRING || reply->len == 0 ||
        strspn(reply->str, "0123456789") != reply->len)
        return false;
    num = strtoll(reply->str, &end, 10);
    if (num <= 0 || num == INT64_MAX)
        return false;
    *seq = num;
    return true;
}

/*
 * One call of the script.  How many it took out of the index (more than
 * were added to seqs, if some made no sense), or -1: not to be trusted.
 */
static int pop_some(struct queue *queue, const struct keys *keys, size_t max,
                    int64_t *seqs, size_t *count)
{
    struct redis_cmd cmd = {0};
    redisReply *reply;
    int taken = -1;

    redis_script(&queue->redis, &cmd, SCRIPT_POP, 1 + keys->count);
    redis_arg(&cmd, queue->epoch);
    for (size_t i = 0; i < keys->count; i++)
        redis_arg(&cmd, keys->names[i]);
    redis_arg(&cmd, queue->redis.run_id);
    redis_num(&cmd, (int64_t)max);
    reply = queue_call(queue, &cmd);
    redis_cmd_release(&cmd);
    if (reply && reply->type == REDIS_REPLY_ARRAY) {
        for (size_t i = 0; i < reply->elements && i < max; i++)
            if (read_member(reply->element[i], &seqs[*count]))
                ++*count;
        taken = (int)reply->elements;
    }
    freeReplyObject(reply);
    return taken;
}

bool queue_pop(struct queue *queue, const char *const *types, size_t type_count,
               size_t max, int64_t *seqs, size_t *count)
{
    struct keys keys = {0};
    size_t want;
    int taken;
    bool trusted = false;

    *count = 0;
    if (!queue_ready(queue) || queue->suspect)
        return false;
    for (size_t i = 0; types && i < type_count; i++)
        keys_add(&keys, queue, types[i]);
    if (!types && !keys_all(&keys, queue))
        goto out;
    do {
        want = max - *count < QUEUE_CHUNK ? max - *count : QUEUE_CHUNK;
        taken = pop_some(queue, &keys, want, seqs, count);
        trusted = taken >= 0;
    } while (taken > 0 && (size_t)taken == want && *count < max);
out:
    keys_release(&keys);
    return trusted || *count > 0;
}
