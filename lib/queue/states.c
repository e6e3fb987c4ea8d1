/*
 * states.c - what is known of endpoints, in Redis
 */
#include "config.h"

#include "queue/states.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "queue/queue-internal.h"

enum { KEEP_MS = 3600 * 1000 };

static void add_key(struct redis_cmd *cmd, const struct queue *queue,
                    const char *key)
{
    char *full = xasprintf("%sllm:%s", queue->prefix, key);

    redis_arg(cmd, full);
    free(full);
}

bool queue_states_read(struct queue *queue, struct queue_state *states,
                       size_t count)
{
    struct redis_cmd cmd = {0};
    redisReply *reply;
    bool good;

    if (!queue_ready(queue) || count == 0)
        return false;
    redis_arg(&cmd, "MGET");
    for (size_t i = 0; i < count; i++)
        add_key(&cmd, queue, states[i].key);
    reply = queue_call(queue, &cmd);
    redis_cmd_release(&cmd);
    good =
        reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == count;
    for (size_t i = 0; good && i < count; i++)
        if (reply->element[i]->type == REDIS_REPLY_STRING)
            states[i].text =
                xmemdup0(reply->element[i]->str, reply->element[i]->len);
    freeReplyObject(reply);
    return good;
}

int queue_states_swap(struct queue *queue, const struct queue_state *states,
                      size_t count)
{
    struct redis_cmd cmd = {0};
    size_t changed = 0;
    long long done;

    for (size_t i = 0; i < count; i++)
        changed += states[i].changed != NULL;
    if (changed == 0)
        return 1;
    if (!queue_ready(queue))
        return -1;
    redis_script(&queue->redis, &cmd, SCRIPT_STATES_SWAP, changed);
    for (size_t i = 0; i < count; i++)
        if (states[i].changed)
            add_key(&cmd, queue, states[i].key);
    redis_num(&cmd, KEEP_MS);
    for (size_t i = 0; i < count; i++) {
        if (!states[i].changed)
            continue;
        redis_arg(&cmd, states[i].text ? states[i].text : "");
        redis_arg(&cmd, states[i].changed);
    }
    done = queue_call_num(queue, &cmd);
    redis_cmd_release(&cmd);
    return done < 0 ? -1 : done == 1;
}
