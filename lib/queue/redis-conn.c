/*
 * redis-conn.c - one connection to Redis
 *
 * Commands are put together here, byte for byte as they go over the wire,
 * so that no text of ours is ever taken for a format.  Whatever goes wrong
 * on a connection ends it: after a time limit the next reply would be that
 * of the last question.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "queue/queue-internal.h"

static const struct timeval time_limit = {.tv_sec = 1};

void redis_arg(struct redis_cmd *cmd, const char *text)
{
    size_t len = strlen(text);

    buf_byte(&cmd->body, '$');
    buf_num(&cmd->body, (int64_t)len);
    buf_put(&cmd->body, "\r\n", 2);
    buf_put(&cmd->body, text, len);
    buf_put(&cmd->body, "\r\n", 2);
    cmd->args++;
}

void redis_num(struct redis_cmd *cmd, int64_t num)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)num);
    redis_arg(cmd, text);
}

void redis_cmd_reset(struct redis_cmd *cmd)
{
    buf_reset(&cmd->body);
    cmd->args = 0;
}

void redis_cmd_release(struct redis_cmd *cmd)
{
    buf_release(&cmd->body);
    cmd->args = 0;
}

/* Why the context failed; the words of hiredis for a time limit mislead. */
static int broken(const redisContext *context, int error, struct err *err)
{
    bool late = error == EAGAIN || error == ETIMEDOUT || error == EINPROGRESS;

    if (!context)
        return err_set(err, ERR_UNAVAIL, "no connection");
    if (context->err == REDIS_ERR_IO && late)
        return err_set(err, ERR_TIMEOUT, "no answer within 1 s");
    return err_set(err, ERR_UNAVAIL, "%s", context->errstr);
}

redisContext *redis_dial(const struct redis_url *url,
                         const struct redis_host *host, struct err *err)
{
    redisContext *context;

    errno = 0;
    if (host)
        context = redisConnectWithTimeout(host->name, host->port, time_limit);
    else
        context = redisConnectUnixWithTimeout(url->path, time_limit);
    if (!context || context->err) {
        broken(context, errno, err);
        goto fail;
    }
    if (redisSetTimeout(context, time_limit) != REDIS_OK ||
        fcntl(context->fd, F_SETFD, FD_CLOEXEC) < 0 ||
        (host && redisEnableKeepAlive(context) != REDIS_OK)) {
        err_set(err, ERR_UNAVAIL, "cannot set up the connection");
        goto fail;
    }
    return context;
fail:
    redisFree(context);
    return NULL;
}

void redis_send(redisContext *context, const struct redis_cmd *cmd)
{
    char head[24];
    int len = snprintf(head, sizeof(head), "*%zu\r\n", cmd->args);

    redisAppendFormattedCommand(context, head, (size_t)len);
    redisAppendFormattedCommand(context, cmd->body.data, cmd->body.len);
}

redisReply *redis_receive(redisContext *context, struct err *err)
{
    void *reply = NULL;

    errno = 0;
    if (redisGetReply(context, &reply) != REDIS_OK || !reply) {
        broken(context, errno, err);
        return NULL;
    }
    return reply;
}

redisReply *redis_call(redisContext *context, const struct redis_cmd *cmd,
                       struct err *err)
{
    redis_send(context, cmd);
    return redis_receive(context, err);
}

bool redis_is_error(const redisReply *reply, const char *word)
{
    return reply->type == REDIS_REPLY_ERROR && strstr(reply->str, word);
}

/* A command whose reply must be no error; `secret`: nor may it be shown. */
static int expect_ok(redisContext *context, const struct redis_cmd *cmd,
                     bool secret, struct err *err)
{
    redisReply *reply = redis_call(context, cmd, err);
    int ret = 0;

    if (!reply)
        return -1;
    if (reply->type == REDIS_REPLY_ERROR)
        ret = err_set(err, ERR_UNAVAIL, "%s",
                      secret ? "user or password is not accepted" : reply->str);
    freeReplyObject(reply);
    return ret;
}

static int log_in(redisContext *context, const struct redis_url *url,
                  struct err *err)
{
    struct redis_cmd cmd = {0};
    int ret = 0;

    if (url->pass) {
        redis_arg(&cmd, "AUTH");
        if (url->user)
            redis_arg(&cmd, url->user);
        redis_arg(&cmd, url->pass);
        ret = expect_ok(context, &cmd, true, err);
        explicit_bzero(cmd.body.data, cmd.body.len);
    }
    if (ret == 0 && url->db > 0) {
        redis_cmd_reset(&cmd);
        redis_arg(&cmd, "SELECT");
        redis_num(&cmd, url->db);
        ret = expect_ok(context, &cmd, false, err);
    }
    redis_cmd_release(&cmd);
    return ret;
}

redisContext *redis_connect(const struct redis_url *url, struct err *err)
{
    redisContext *context;

    if (url->kind == URL_SENTINEL)
        context = sentinel_dial(url, err);
    else
        context = redis_dial(url, url->hosts, err);
    if (!context)
        goto fail;
    if (log_in(context, url, err) < 0)
        goto fail;
    if (url->kind == URL_SENTINEL &&
        sentinel_check(context, url->service, err) < 0)
        goto fail;
    return context;
fail:
    err_wrap(err, "cannot reach Redis at '%s'", url->name);
    redisFree(context);
    return NULL;
}
