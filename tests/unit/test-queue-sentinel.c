/*
 * Finding the master through sentinels, and not believing them blindly.
 */
#include "config.h"

#include "queue/queue.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/log.h"
#include "queue-case.h"
#include "queue/queue-internal.h"
#include "redis-test.h"

static const char *server_dir;

/* A port that nobody has. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port = 0;

    if (bind(fd, (struct sockaddr *)&address, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        port = ntohs(address.sin_port);
    close(fd);
    return port;
}

/* Wait for it; then give it a command. */
static bool tell(int port, const char *command)
{
    bool done = false;

    for (int i = 0; i < 1000 && !done; i++) {
        redisContext *context = redisConnect("127.0.0.1", port);
        redisReply *reply = NULL;

        if (context && !context->err)
            reply = redisCommand(context, command);
        done = reply && reply->type != REDIS_REPLY_ERROR;
        freeReplyObject(reply);
        redisFree(context);
        if (!done)
            poll(NULL, 0, 5);
    }
    return done;
}

static pid_t start_server(int port)
{
    char *text = xasprintf("%d", port);
    pid_t pid =
        test_start(server_dir, (const char *const[]){"redis-server", "--port",
                                                     text, "--save", "", NULL});

    free(text);
    return tell(port, "PING") ? pid : -1;
}

static pid_t start_sentinel(int port, int master)
{
    char *path = xasprintf("%s/sentinel.conf", server_dir);
    FILE *file = fopen(path, "we");
    pid_t pid;

    free(path);
    if (!file)
        return -1;
    fprintf(file, "port %d\nsentinel monitor main 127.0.0.1 %d 1\n", port,
            master);
    fclose(file);
    pid = test_start(server_dir,
                     (const char *const[]){"redis-server", "sentinel.conf",
                                           "--sentinel", NULL});
    return tell(port, "PING") ? pid : -1;
}

static void stop(pid_t pid)
{
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

static void test_sentinel(int master, int sentinel)
{
    char *url = xasprintf("sentinel://127.0.0.1:%d,127.0.0.1:%d/main",
                          free_port(), sentinel);
    char *unknown = xasprintf("sentinel://127.0.0.1:%d/other", sentinel);
    struct queue *queue = queue_open(url, store, true, &err);
    const struct ready item = {.seq = 1, .sort_at = 1, .task_type = "code"};

    ok(queue && queue_push(queue, &item, 1),
       "the second sentinel leads to the master when the first is away");
    ok(!queue_open(unknown, store, true, &err) && err.code == ERR_UNAVAIL,
       "a master that they do not know is an error");
    is(strstr(err.msg, "knows no master"), "knows no master 'other'",
       "and named");
    err_clear(&err);
    ok(tell(master, "REPLICAOF 127.0.0.1 1"), "the master becomes a replica");
    ok(!queue_push(queue, &item, 1) && queue_degraded(queue),
       "it is not used any more");
    queue->retry_at = 0;
    ok(!queue_push(queue, &item, 1),
       "nor is it when the sentinels still name it");
    ok(strstr(queue->error, "is no master") != NULL, "that is said");
    ok(tell(master, "REPLICAOF NO ONE"), "it becomes the master again");
    queue->retry_at = 0;
    ok(queue_push(queue, &item, 1) && !queue_degraded(queue),
       "then it is used");
    queue_close(queue);
    free(url);
    free(unknown);
}

static void cases(void)
{
    int master_port = free_port();
    int sentinel_port = free_port();
    pid_t master = start_server(master_port);
    pid_t sentinel = start_sentinel(sentinel_port, master_port);

    if (master > 0 && sentinel > 0)
        test_sentinel(master_port, sentinel_port);
    else
        ok(true, "sentinels # SKIP they cannot be started");
    stop(sentinel);
    stop(master);
}

int main(void)
{
    char folder[] = "/tmp/aaos-redis-XXXXXX";
    char *conf;

    log_setup("test", LOG_LEVEL_ERROR, false);
    signal(SIGPIPE, SIG_IGN); /* as every program does */
    server_dir = mkdtemp(folder);
    if (!server_dir)
        return 1;
    run_on_engines(cases);
    conf = xasprintf("%s/sentinel.conf", folder);
    unlink(conf);
    free(conf);
    rmdir(folder);
    return tap_done();
}
