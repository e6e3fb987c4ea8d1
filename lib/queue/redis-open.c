/*
 * redis-open.c - the server behind a connection, and its scripts
 *
 * All that has to be known before the first call goes out in one pipeline:
 * which server it is (its run_id is what the epoch must name), whether it
 * throws keys away, whether it takes writes now (a SETRANGE of nothing is
 * refused as any write would be, and changes nothing), and the scripts.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "queue/lua-data.h"
#include "queue/queue-internal.h"

static const char *const script_text[SCRIPT_COUNT] = {
    [SCRIPT_POP] = lua_pop,
    [SCRIPT_PUSH] = lua_push,
    [SCRIPT_WAKE] = lua_wake,
    [SCRIPT_REBUILD_BEGIN] = lua_rebuild_begin,
    [SCRIPT_REBUILD_END] = lua_rebuild_end,
    [SCRIPT_STATES_SWAP] = lua_states_swap,
};

/* The value of "name:value\r\n" in the reply of INFO, or "". */
static void info_field(const redisReply *reply, const char *name, char *value,
                       size_t size)
{
    const char *at = strstr(reply->str, name);
    size_t len;

    *value = '\0';
    if (!at)
        return;
    at += strlen(name);
    len = strcspn(at, "\r\n");
    if (len < size) {
        memcpy(value, at, len);
        value[len] = '\0';
    }
}

static void send_info(struct redis *redis, const char *section)
{
    struct redis_cmd cmd = {0};

    redis_arg(&cmd, "INFO");
    redis_arg(&cmd, section);
    redis_send(redis->context, &cmd);
    redis_cmd_release(&cmd);
}

static void send_probe(struct redis *redis, const char *key)
{
    struct redis_cmd cmd = {0};

    redis_arg(&cmd, "SETRANGE");
    redis_arg(&cmd, key);
    redis_arg(&cmd, "0");
    redis_arg(&cmd, "");
    redis_send(redis->context, &cmd);
    redis_cmd_release(&cmd);
}

static void send_scripts(struct redis *redis)
{
    struct redis_cmd cmd = {0};

    for (size_t i = 0; i < SCRIPT_COUNT; i++) {
        redis_cmd_reset(&cmd);
        redis_arg(&cmd, "SCRIPT");
        redis_arg(&cmd, "LOAD");
        redis_arg(&cmd, script_text[i]);
        redis_send(redis->context, &cmd);
    }
    redis_cmd_release(&cmd);
}

/* The next reply, which must be of this type; NULL and err if not. */
static redisReply *expect(struct redis *redis, int type, struct err *err)
{
    redisReply *reply = redis_receive(redis->context, err);

    if (!reply || reply->type == type)
        return reply;
    if (reply->type == REDIS_REPLY_ERROR)
        err_set(err, ERR_UNAVAIL, "%s", reply->str);
    else
        err_set(err, ERR_UNAVAIL, "this is no Redis: unexpected reply");
    freeReplyObject(reply);
    return NULL;
}

static int take_info(struct redis *redis, struct err *err)
{
    redisReply *server = expect(redis, REDIS_REPLY_STRING, err);
    redisReply *memory = server ? expect(redis, REDIS_REPLY_STRING, err) : NULL;
    int ret = -1;

    if (memory) {
        char policy[32];

        info_field(server, "\nrun_id:", redis->run_id, sizeof(redis->run_id));
        info_field(server, "\nredis_version:", redis->version,
                   sizeof(redis->version));
        info_field(memory, "\nmaxmemory_policy:", policy, sizeof(policy));
        redis->noeviction = strcmp(policy, "noeviction") == 0;
        ret = 0;
        if (!*redis->run_id)
            ret = err_set(err, ERR_UNAVAIL, "the server tells no run_id");
    }
    freeReplyObject(server);
    freeReplyObject(memory);
    return ret;
}

/* A key of a wrong type is no reason to stay away: a refill mends it. */
static int take_probe(struct redis *redis, struct err *err)
{
    redisReply *reply = redis_receive(redis->context, err);
    int ret = reply ? 0 : -1;

    if (reply && reply->type == REDIS_REPLY_ERROR &&
        !redis_is_error(reply, "WRONGTYPE"))
        ret = err_set(err, ERR_UNAVAIL, "%s", reply->str);
    freeReplyObject(reply);
    return ret;
}

static int take_scripts(struct redis *redis, struct err *err)
{
    for (size_t i = 0; i < SCRIPT_COUNT; i++) {
        redisReply *reply = expect(redis, REDIS_REPLY_STRING, err);

        if (!reply)
            return -1;
        snprintf(redis->sha[i], sizeof(redis->sha[i]), "%s", reply->str);
        freeReplyObject(reply);
    }
    return 0;
}

int redis_load(struct redis *redis, struct err *err)
{
    send_scripts(redis);
    return take_scripts(redis, err);
}

int redis_open(struct redis *redis, const struct redis_url *url,
               const char *probe, struct err *err)
{
    *redis = (struct redis){.context = redis_connect(url, err)};
    if (!redis->context)
        return -1;
    send_info(redis, "server");
    send_info(redis, "memory");
    send_probe(redis, probe);
    send_scripts(redis);
    if (take_info(redis, err) < 0 || take_probe(redis, err) < 0 ||
        take_scripts(redis, err) < 0) {
        redis_close(redis);
        return err_wrap(err, "Redis at '%s' cannot be used", url->name);
    }
    return 0;
}

void redis_close(struct redis *redis)
{
    redisFree(redis->context);
    *redis = (struct redis){0};
}

void redis_script(const struct redis *redis, struct redis_cmd *cmd,
                  enum redis_script script, size_t keys)
{
    redis_cmd_reset(cmd);
    redis_arg(cmd, "EVALSHA");
    redis_arg(cmd, redis->sha[script]);
    redis_num(cmd, (int64_t)keys);
}
