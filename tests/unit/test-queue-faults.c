/*
 * The queue with a Redis that is killed, starved, stopped and misused.
 */
#include "config.h"

#include "queue/queue.h"

#include "redis-case.h"

/* --- faults --------------------------------------------------------------- */

static void test_scripts_forgotten(void)
{
    begin();
    ok(redis_does("OK", "SCRIPT FLUSH") && push(1, 1, "code"),
       "a push survives SCRIPT FLUSH");
    ok(redis_does("OK", "SCRIPT FLUSH") &&
           pops(NULL, 0, 2, (const int64_t[]){1}, 1),
       "so does a pop");
    ok(redis_does("OK", "SCRIPT FLUSH") && refill(true) == 0 &&
           !queue_degraded(queue) && pop_trusted(),
       "so does a refill");
}

static void test_restart(void)
{
    char *epoch = key("epoch");

    begin();
    put_task(1, "code", NULL);
    ok(push(1, 1, "code") && redis_does("OK", "SAVE"), "Redis saves all");
    test_kill(&server);
    ok(!push(2, 2, "code") && queue_degraded(queue) && !pop_trusted() &&
           refill(true) == 0,
       "a killed Redis leaves the queue degraded, and nothing fails");
    ok(test_redis(&server, server_dir), "it starts again");
    ok(redis_does("1", "EXISTS %s", epoch), "with its old keys");
    ok(!push(2, 2, "code"), "it is not asked again at once");
    do_not_wait();
    ok(push(2, 2, "code") && !queue_degraded(queue),
       "later it is, and is back");
    ok(!pop_trusted(), "the epoch of the server that was is not trusted");
    ok(refill(false) == 1 && pops(NULL, 0, 9, (const int64_t[]){1}, 1),
       "a refill makes it trusted");
    free(epoch);
}

static void test_memory(void)
{
    begin();
    push(1, 1, "code");
    ok(redis_does("OK", "CONFIG SET maxmemory 1000"), "Redis has no memory");
    ok(!push(2, 2, "code") && queue_degraded(queue),
       "a push is not taken, and the queue degraded");
    do_not_wait();
    ok(!queue_ready(queue), "that lasts while no write is possible");
    ok(redis_does("OK", "CONFIG SET maxmemory 0"), "Redis has memory again");
    do_not_wait();
    ok(push(2, 2, "code") && !queue_degraded(queue), "then it is back");
}

static void test_read_only(void)
{
    begin();
    ok(redis_does("OK", "REPLICAOF 127.0.0.1 1"), "Redis is made a replica");
    ok(!push(2, 2, "code") && queue_degraded(queue), "a push is not taken");
    ok(redis_does("OK", "REPLICAOF NO ONE"), "it is made the master");
    do_not_wait();
    ok(push(2, 2, "code"), "then it is");
}

/* Both connections of the queue are closed: no late reply can be mistaken
 * for another one. */
static void test_hang(void)
{
    pid_t pid;

    begin();
    push(1, 1, "code");
    kill(server.pid, SIGSTOP);
    ok(!pop_trusted() && queue_degraded(queue), "Redis does not answer");
    ok(queue->redis.context == NULL, "the connection is dropped");
    do_not_wait();
    ok(!push(2, 2, "code"), "it still does not");
    kill(server.pid, SIGCONT);
    do_not_wait();
    ok(push(3, 3, "code"), "it does again");
    ok(pop_trusted(), "and the replies are those of the questions");
    pid = fork();
    if (pid == 0) {
        free(test_ask(&server, "DEBUG SLEEP 2"));
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    ok(redis_does("PONG", "PING") && pop_trusted(),
       "a server that slept between two calls is not gone");
}

static void test_password(void)
{
    char *wrong = xasprintf("unix://:hidden@%s", server.socket);
    char *right = xasprintf("unix://default:sesame@%s?db=1", server.socket);
    struct queue *other;

    begin();
    ok(redis_does("OK", "CONFIG SET requirepass sesame"), "a password is set");
    other = queue_open(server.url, store, true, &err);
    ok(!other && err.code == ERR_UNAVAIL, "none is not enough");
    other = queue_open(wrong, store, true, &err);
    ok(!other && err.code == ERR_UNAVAIL && !strstr(err.msg, "hidden"),
       "a wrong one is not either, and is not told");
    err_clear(&err);
    other = queue_open(right, store, true, &err);
    ok(other != NULL, "the right one is");
    queue_close(other);
    test_kill(&server);
    ok(test_redis(&server, server_dir), "Redis starts again without");
    do_not_wait();
    free(wrong);
    free(right);
}

/* --- waiting -------------------------------------------------------------- */

/* A waiter that hears Redis alone. */
static struct queue *open_waiter(void)
{
    struct queue *waiter = queue_open(server.url, store, true, &err);

    if (!waiter)
        give_up("waiter");
    free(waiter->wake_path);
    waiter->wake_path = NULL;
    return waiter;
}

static bool hears(struct queue *waiter, int msec)
{
    struct pollfd fd = {.fd = queue_wait_fd(waiter), .events = POLLIN};

    return poll(&fd, 1, msec) == 1 && queue_wait_end(waiter);
}

/* BLPOP has arrived at the server. */
static void settle(int blocked)
{
    char *want = xasprintf("blocked_clients:%d", blocked);
    bool there = false;

    while (!there) {
        char *info = redis_text("INFO clients");

        there = info && strstr(info, want);
        free(info);
    }
    free(want);
}

static void test_wake(void)
{
    struct queue *one = open_waiter();
    struct queue *two = open_waiter();
    char *wake = key("wake");
    int heard;

    begin();
    ok(queue_wait_fd(one) == -1, "before the first wait there is nothing");
    queue_wait_begin(one);
    settle(1);
    queue_wait_begin(one);
    ok(queue_wait_fd(one) >= 0 && !hears(one, 0), "nothing has happened yet");
    push(1, 1, "code");
    ok(hears(one, 5000), "a push is heard");
    queue_wait_begin(one);
    queue_wait_begin(two);
    settle(2);
    queue_wake(queue, 1);
    settle(1);
    heard = hears(one, 50) + hears(two, 50);
    ok(heard == 1, "one token wakes one of two");
    for (int i = 0; i < 100; i++)
        queue_wake(queue, 10);
    ok(redis_does("64", "LLEN %s", wake), "no more than 64 tokens are kept");
    queue_close(one);
    queue_close(two);
    free(wake);
}

/* Nobody is woken for what is not his. */
static void test_wake_types(void)
{
    static const char *const code[] = {"code"};
    static const char *const others[] = {"qa", "research"};
    const struct ready soon = {.seq = 7, .sort_at = 1, .task_type = "qa"};
    struct queue *one = open_waiter();
    struct queue *two = open_waiter();
    char *ready = key("ready:qa");

    begin();
    queue_listen(one, code, 1);
    queue_listen(two, others, 2);
    queue_wait_begin(one);
    queue_wait_begin(two);
    settle(2);
    push(1, 1, "code");
    ok(hears(one, 5000) && !hears(two, 0), "a push wakes who waits for it");
    queue_wait_begin(one);
    settle(2);
    queue_soon(queue, &soon, 1);
    ok(hears(two, 5000) && !hears(one, 0),
       "so does what becomes due within moments");
    ok(redis_does("0", "EXISTS %s", ready), "which is not in the index yet");
    queue_wait_begin(two);
    settle(2);
    push(2, 2, "qa");
    ok(hears(two, 5000), "the second of several types is heard, too");
    queue_wait_begin(two);
    settle(2);
    queue_wake(queue, 1);
    ok(hears(one, 5000) && hears(two, 5000),
       "what concerns everybody wakes both");
    queue_close(one);
    queue_close(two);
    free(ready);
}

static void test_wake_lost(void)
{
    struct queue *waiter = open_waiter();
    struct pollfd fd = {.events = POLLIN};
    char *wake = key("wake");

    begin();
    queue_wait_begin(waiter);
    settle(1);
    test_kill(&server);
    fd.fd = queue_wait_fd(waiter);
    ok(poll(&fd, 1, 5000) == 1 && !queue_wait_end(waiter),
       "a server that dies is no wake-up");
    ok(queue_wait_fd(waiter) == -1 && queue_degraded(waiter),
       "and not waited for any longer");
    ok(test_redis(&server, server_dir), "Redis starts again");
    free(redis_text("FLUSHALL")); /* it has loaded what was saved */
    pop_trusted();                /* notices a server that was killed */
    do_not_wait();
    waiter->retry_at = 0;
    queue_wait_begin(waiter);
    settle(1);
    queue_wake(queue, 1);
    ok(hears(waiter, 5000), "then it is");
    redis_does("OK", "SET %s x", wake);
    queue_wait_begin(waiter);
    fd.fd = queue_wait_fd(waiter);
    ok(poll(&fd, 1, 5000) == 1 && !queue_wait_end(waiter) && waiter->suspect,
       "a wake list that is none is no wake-up");
    queue_wait_begin(waiter);
    ok(queue_wait_fd(waiter) == -1, "nor is it asked for again");
    queue_close(waiter);
    free(wake);
}

static void on_engine(void)
{
    test_scripts_forgotten();
    test_restart();
    test_memory();
    test_read_only();
    test_hang();
    test_password();
    test_wake();
    test_wake_types();
    test_wake_lost();
}

int main(void)
{
    return redis_main();
}
