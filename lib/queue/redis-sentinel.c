/*
 * redis-sentinel.c - which server is the master
 *
 * Each sentinel is asked in turn; the first one that knows a master that
 * can be reached is believed, but the server itself must say that it is
 * one: a sentinel may not have heard of a failover yet.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "queue/queue-internal.h"

enum { NAME_MAX_LEN = 255 };

/* The address in the reply of one sentinel. */
static bool read_address(const redisReply *reply, struct redis_host *master)
{
    const redisReply *host, *port;
    long number;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
        return false;
    host = reply->element[0];
    port = reply->element[1];
    if (host->type != REDIS_REPLY_STRING || port->type != REDIS_REPLY_STRING ||
        host->len == 0 || host->len > NAME_MAX_LEN)
        return false;
    number = strtol(port->str, NULL, 10);
    if (number < 1 || number > UINT16_MAX)
        return false;
    *master = (struct redis_host){.name = xmemdup0(host->str, host->len),
                                  .port = (int)number};
    return true;
}

static int ask(const struct redis_url *url, const struct redis_host *sentinel,
               struct redis_host *master, struct err *err)
{
    redisContext *context = redis_dial(url, sentinel, err);
    struct redis_cmd cmd = {0};
    redisReply *reply = NULL;
    int ret = -1;

    if (!context)
        goto out;
    redis_arg(&cmd, "SENTINEL");
    redis_arg(&cmd, "get-master-addr-by-name");
    redis_arg(&cmd, url->service);
    reply = redis_call(context, &cmd, err);
    if (!reply)
        goto out;
    if (!read_address(reply, master)) {
        err_set(err, ERR_UNAVAIL, "sentinel '%s' knows no master '%s'",
                sentinel->name, url->service);
        goto out;
    }
    ret = 0;
out:
    freeReplyObject(reply);
    redis_cmd_release(&cmd);
    redisFree(context);
    return ret;
}

redisContext *sentinel_dial(const struct redis_url *url, struct err *err)
{
    redisContext *context = NULL;

    for (size_t i = 0; i < url->host_count && !context; i++) {
        struct redis_host master = {0};

        if (ask(url, &url->hosts[i], &master, err) == 0)
            context = redis_dial(url, &master, err);
        free(master.name);
    }
    return context;
}

int sentinel_check(redisContext *context, const char *name, struct err *err)
{
    struct redis_cmd cmd = {0};
    redisReply *reply;
    bool master;

    redis_arg(&cmd, "ROLE");
    reply = redis_call(context, &cmd, err);
    redis_cmd_release(&cmd);
    if (!reply)
        return -1;
    master = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 &&
             reply->element[0]->type == REDIS_REPLY_STRING &&
             strcmp(reply->element[0]->str, "master") == 0;
    freeReplyObject(reply);
    if (!master)
        return err_set(err, ERR_UNAVAIL,
                       "what the sentinels name as '%s' is no master", name);
    return 0;
}
