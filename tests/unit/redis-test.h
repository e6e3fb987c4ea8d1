/*
 * redis-test.h - a Redis of our own, to be killed, flushed and starved
 */
#ifndef AAOS_TESTS_REDIS_TEST_H
#define AAOS_TESTS_REDIS_TEST_H

#include <hiredis/hiredis.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/mem.h"

struct test_server {
    pid_t pid;
    char *dir, *socket, *url;
};

static void test_exec(const char *dir, const char *const *argv)
{
    char *copy[32] = {NULL};

    for (size_t i = 0; argv[i] && i + 1 < LENGTH(copy); i++)
        copy[i] = xstrdup(argv[i]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir(dir) == 0 && freopen("/dev/null", "w", stdout))
        execvp(copy[0], copy);
    _exit(127);
}

/* Start a program in a folder; it dies with the test. */
ATTR_UNUSED
static pid_t test_start(const char *dir, const char *const *argv)
{
    pid_t pid = fork();

    if (pid == 0)
        test_exec(dir, argv);
    return pid;
}

/* Talk to it directly; the integer or string of the reply, malloc'd. */
ATTR_UNUSED
static char *test_ask(const struct test_server *server, const char *command)
{
    redisContext *context = redisConnectUnix(server->socket);
    redisReply *reply = NULL;
    char *text = NULL;

    if (context && !context->err)
        reply = redisCommand(context, command);
    if (reply && reply->str)
        text = xstrdup(reply->str);
    else if (reply)
        text = xasprintf("%lld", reply->integer);
    freeReplyObject(reply);
    redisFree(context);
    return text;
}

/* Until it answers, or has died. */
ATTR_UNUSED
static bool test_wait(const struct test_server *server)
{
    while (waitpid(server->pid, NULL, WNOHANG) == 0) {
        char *pong = test_ask(server, "PING");
        bool up = pong && strcmp(pong, "PONG") == 0;

        free(pong);
        if (up)
            return true;
        poll(NULL, 0, 5);
    }
    return false;
}

/* False: there is no redis-server on this machine. */
ATTR_UNUSED
static bool test_redis(struct test_server *server, const char *dir)
{
    free(server->socket);
    free(server->url);
    server->socket = xasprintf("%s/redis.sock", dir);
    server->url = xasprintf("unix://%s", server->socket);
    server->pid = test_start(
        dir, (const char *const[]){
                 "redis-server", "--port", "0", "--unixsocket", "redis.sock",
                 "--save", "", "--appendonly", "no", "--dbfilename", "dump.rdb",
                 "--enable-debug-command", "local", NULL});
    return test_wait(server);
}

ATTR_UNUSED
static void test_kill(struct test_server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
}

ATTR_UNUSED
static void test_release(struct test_server *server)
{
    test_kill(server);
    free(server->socket);
    free(server->url);
}

#endif
