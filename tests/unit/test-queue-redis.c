/*
 * The queue with a Redis that is flushed, killed, starved and misused.
 */
#include "config.h"

#include "queue/queue.h"

#include <sys/mman.h>

#include "core/log.h"
#include "queue/queue-internal.h"
#include "redis-test.h"
#include "store-case.h"

static struct test_server server;
static const char *dir;
static struct queue *queue;

/* A name as Redis has it. */
static char *key(const char *name)
{
    return xasprintf("aaos:{%s}:%s", store_uuid(store, &err), name);
}

ATTR_PRINTF(2, 3)
static bool redis_does(const char *want, const char *fmt, ...)
{
    char *command = NULL;
    va_list args;
    bool done;

    va_start(args, fmt);
    if (vasprintf(&command, fmt, args) < 0)
        exit(1);
    va_end(args);
    done = test_says(&server, command, want);
    free(command);
    return done;
}

/* The next call tries again, whenever the last one was. */
static void do_not_wait(void)
{
    queue->retry_at = 0;
}

static bool pops(const char *const *types, size_t type_count, size_t max,
                 const int64_t *want, size_t want_count)
{
    int64_t seqs[64];
    size_t count = 0;
    bool same = queue_pop(queue, types, type_count, max, seqs, &count) &&
                count == want_count;

    for (size_t i = 0; i < count; i++) {
        same = same && i < want_count && seqs[i] == want[i];
        if (!same)
            printf("# %zu: %lld\n", i, (long long)seqs[i]);
    }
    return same;
}

static bool pop_trusted(void)
{
    int64_t seq;
    size_t count;

    return queue_pop(queue, NULL, 0, 1, &seq, &count);
}

static int64_t refill(bool force)
{
    int64_t pushed = -1;

    if (queue_refill(queue, store, force, &pushed, &err) < 0)
        give_up("refill");
    return pushed;
}

/* An empty server, an empty and trusted index. */
static void begin(void)
{
    clear();
    free(test_ask(&server, "FLUSHALL"));
    do_not_wait();
    queue->suspect = false;
    refill(true);
}

static bool push(int64_t seq, int64_t sort_at, const char *type)
{
    struct ready item = {.seq = seq, .sort_at = sort_at};

    snprintf(item.task_type, sizeof(item.task_type), "%s", type);
    return queue_push(queue, &item, 1);
}

/* --- order ---------------------------------------------------------------- */

static void test_order(void)
{
    static const char *const both[] = {"code", "qa"};
    const int64_t now = 1763692800123456;

    begin();
    ok(push(3, now + 1, "code") && push(10, now, "qa") &&
           push(9, now, "code") && push(100, now, "code") &&
           push(7, now - 1, "qa") && push(8, now + 2, "research"),
       "tasks are pushed");
    ok(pops(both, 2, 5, (const int64_t[]){7, 9, 10, 100, 3}, 5),
       "they come by score to the microsecond, then by number");
    ok(pops(both, 2, 5, NULL, 0), "each comes once, and only of its type");
    ok(push(1, 5, "code") && push(2, 4, "qa") && push(2, 4, "qa"),
       "a task is pushed twice");
    ok(pops(NULL, 0, 2, (const int64_t[]){2, 1}, 2) &&
           pops(NULL, 0, 2, (const int64_t[]){8}, 1),
       "all types are looked at, no more than asked for is taken");
    ok(push(4, -5, "code") && push(5, 3, "code") &&
           pops(NULL, 0, 1, (const int64_t[]){4}, 1) &&
           pops(NULL, 0, 1, (const int64_t[]){5}, 1),
       "a negative score is lower");
}

static void test_many(void)
{
    enum { MANY = 5000 };
    struct ready *items = xcalloc(MANY, sizeof(*items));
    int64_t *seqs = xcalloc(MANY, sizeof(*seqs));
    size_t count = 0;
    bool sorted = true;

    begin();
    for (int i = 0; i < MANY; i++) {
        items[i].seq = i + 1;
        items[i].sort_at = 1000 + i / 7;
        snprintf(items[i].task_type, sizeof(items[i].task_type), "t%d", i % 5);
    }
    ok(queue_push(queue, items, MANY), "five thousand are pushed at once");
    ok(queue_pop(queue, NULL, 0, MANY, seqs, &count) && count == MANY,
       "and popped at once");
    for (int i = 0; i < MANY && count == MANY; i++)
        sorted = sorted && seqs[i] == i + 1;
    ok(sorted, "in order, through all calls of the script");
    free(items);
    free(seqs);
}

static void test_junk(void)
{
    char *ready = key("ready:code");

    begin();
    push(5, 5, "code");
    ok(redis_does("1", "ZADD %s 1 junk", ready) &&
           redis_does("1", "ZADD %s -inf -7", ready) &&
           redis_does("1", "ZADD %s 2 99999999999999999999", ready) &&
           pops(NULL, 0, 9, (const int64_t[]){5}, 1),
       "members that are no numbers are thrown away");
    ok(redis_does("0", "EXISTS %s", ready), "for good");
    free(ready);
}

/* --- trust ---------------------------------------------------------------- */

static void test_flush(void)
{
    begin();
    for (int64_t seq = 1; seq <= 700; seq++)
        put_task(seq, seq % 2 ? "code" : "qa", "pending");
    put_task(701, "code", "running");
    push(1, 1, "code");
    ok(redis_does("OK", "FLUSHALL"), "Redis is flushed");
    ok(!pop_trusted(), "an index without epoch is not trusted");
    ok(!queue_degraded(queue), "but Redis is there");
    ok(refill(false) == 700, "a refill puts back what is pending");
    ok(pops(NULL, 0, 3, (const int64_t[]){1, 2, 3}, 3),
       "then the index is trusted, and in order");
    ok(refill(false) == 0, "a second refill has nothing to do");
    ok(refill(true) == 700 && pops(NULL, 0, 1, (const int64_t[]){1}, 1),
       "unless it is forced");
}

static void test_rebuild_token(void)
{
    char *rebuild = key("rebuild");
    const struct ready item = {.seq = 1, .sort_at = 1, .task_type = "code"};

    begin();
    put_task(1, "code", "pending");
    ok(redis_does("OK", "FLUSHALL") &&
           redis_does("OK", "SET %s other PX 10000", rebuild),
       "another one is refilling");
    ok(refill(false) == 0 && !pop_trusted(), "then we do not");
    ok(!queue_put(queue, "mine", &item, 1, 0),
       "and who has lost the token puts nothing more");
    ok(redis_does("OK", "SET %s other", rebuild) && refill(false) == 1 &&
           pop_trusted(),
       "a token without end does not stop us");
    free(rebuild);
}

static void test_wrong_types(void)
{
    static const char *const names[] = {"ready:code", "types", "wake", "epoch",
                                        "rebuild"};

    for (size_t i = 0; i < LENGTH(names); i++) {
        bool string = i >= 3; /* else a list is something else */
        char *name = key(names[i]);

        begin();
        put_task(1, "code", "pending");
        ok(redis_does("1", "DEL %s", name) || redis_does("0", "DEL %s", name),
           "'%s' is removed", names[i]);
        ok(redis_does(string ? "1" : "OK", string ? "LPUSH %s x" : "SET %s x",
                      name),
           "'%s' is made something else", names[i]);
        push(1, 1, "code");
        pop_trusted();
        refill(i == 4);
        ok(!queue_degraded(queue) && push(1, 1, "code") &&
               pops(NULL, 0, 2, (const int64_t[]){1}, 1),
           "a refill mends '%s'", names[i]);
        free(name);
    }
}

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
    put_task(1, "code", "pending");
    ok(push(1, 1, "code") && redis_does("OK", "SAVE"), "Redis saves all");
    test_kill(&server);
    ok(!push(2, 2, "code") && queue_degraded(queue) && !pop_trusted() &&
           refill(true) == 0,
       "a killed Redis leaves the queue degraded, and nothing fails");
    ok(test_redis(&server, dir), "it starts again");
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
    ok(test_says(&server, "PING", "PONG") && pop_trusted(),
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
    free(test_ask(&server, "AUTH sesame"));
    test_kill(&server);
    ok(test_redis(&server, dir), "Redis starts again without");
    do_not_wait();
    free(wrong);
    free(right);
}

/* --- two processes -------------------------------------------------------- */

/* How often each number was popped, by both. */
static void pop_all(unsigned char *taken, size_t limit)
{
    struct queue *own = queue_open(server.url, store, true, &err);
    int64_t seqs[64];
    size_t count = 0;

    while (own && queue_pop(own, NULL, 0, LENGTH(seqs), seqs, &count) &&
           count > 0)
        for (size_t i = 0; i < count; i++)
            if (seqs[i] >= 0 && (size_t)seqs[i] < limit)
                __atomic_add_fetch(&taken[seqs[i]], 1, __ATOMIC_SEQ_CST);
    queue_close(own);
}

static void test_race(void)
{
    enum { MANY = 4000, POPPERS = 2 };
    unsigned char *taken = mmap(NULL, MANY + 1, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pids[POPPERS];
    int once = 0;

    begin();
    for (int seq = 1; seq <= MANY; seq++)
        push(seq, seq, seq % 3 ? "code" : "qa");
    for (size_t i = 0; i < POPPERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            pop_all(taken, MANY + 1);
            _exit(0);
        }
    }
    for (size_t i = 0; i < POPPERS; i++)
        waitpid(pids[i], NULL, 0);
    for (int seq = 1; seq <= MANY; seq++)
        once += taken[seq] == 1;
    ok(once == MANY, "two processes pop %d of %d exactly once", once, MANY);
    munmap(taken, MANY + 1);
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
        char *info = test_ask(&server, "INFO clients");

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
    ok(test_redis(&server, dir), "Redis starts again");
    waiter->retry_at = 0;
    do_not_wait();
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

static void test_info(void)
{
    struct queue_info info;

    begin();
    push(1, 1, "code");
    push(2, 1, "qa");
    queue_info(queue, &info);
    ok(info.configured && info.reachable && info.epoch_ok && info.noeviction &&
           info.ready == 2 && *info.version && !*info.error,
       "the facts are there");
    is(info.name + strlen(info.name) - 5, "?db=0", "with the database");
}

static void cases(void)
{
    queue = queue_open(server.url, store, true, &err);
    if (!queue)
        give_up("queue_open");
    ok(!pop_trusted(), "a new server is not trusted");
    test_order();
    test_many();
    test_junk();
    test_flush();
    test_rebuild_token();
    test_wrong_types();
    test_scripts_forgotten();
    test_restart();
    test_memory();
    test_read_only();
    test_hang();
    test_password();
    test_race();
    test_wake();
    test_wake_lost();
    test_info();
    queue_close(queue);
}

int main(void)
{
    char folder[] = "/tmp/aaos-redis-XXXXXX";
    char *dump;

    log_setup("test", LOG_LEVEL_ERROR, false);
    dir = mkdtemp(folder);
    if (dir && test_redis(&server, dir))
        run_on_engines(cases);
    else
        ok(true, "Redis # SKIP there is no redis-server");
    test_release(&server);
    dump = xasprintf("%s/dump.rdb", folder);
    unlink(dump);
    free(dump);
    dump = xasprintf("%s/redis.sock", folder);
    unlink(dump);
    free(dump);
    rmdir(folder);
    return tap_done();
}
