/*
 * The queue with Redis: order, trust, two at once, and what is told of it.
 */
#include "config.h"

#include "queue/queue.h"

#include <sys/mman.h>

#include "redis-case.h"

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
    ok(pops(both, 2, 5, (const int64_t[]){0}, 0),
       "each comes once, and only of its type");
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
        put_task(seq, seq % 2 ? "code" : "qa", NULL);
    put_task(701, "code", "agent");
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
    put_task(1, "code", NULL);
    ok(redis_does("OK", "FLUSHALL") &&
           redis_does("OK", "SET %s other PX 10000", rebuild),
       "another one is refilling");
    ok(refill(false) == 0 && !pop_trusted(), "then we do not");
    ok(!queue_put(queue, "mine", &item, 1, QUEUE_FILL),
       "and who has lost the token puts nothing more");
    ok(redis_does("OK", "SET %s other", rebuild) && refill(false) == 1 &&
           pop_trusted(),
       "a token without end does not stop us");
    free(rebuild);
}

static void test_wrong_types(void)
{
    static const char *const names[] = {"ready:code", "types", "wake",
                                        "wake:code",  "epoch", "rebuild"};

    for (size_t i = 0; i < LENGTH(names); i++) {
        bool string = i >= 4; /* else a list is something else */
        char *name = key(names[i]);

        begin();
        put_task(1, "code", NULL);
        free(redis_text("DEL %s", name));
        ok(redis_does(string ? "1" : "OK", string ? "LPUSH %s x" : "SET %s x",
                      name),
           "'%s' is made something else", names[i]);
        push(1, 1, "code");
        pop_trusted();
        refill(i == 5);
        ok(!queue_degraded(queue) && push(1, 1, "code") &&
               pops(NULL, 0, 2, (const int64_t[]){1}, 1),
           "a refill mends '%s'", names[i]);
        free(name);
    }
}

/* --- two processes -------------------------------------------------------- */

/* How often each number was popped, by both. */
static void pop_all(unsigned char *taken, /* NOLINT: written to */
                    size_t limit)
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

static void on_engine(void)
{
    ok(!pop_trusted(), "a new server is not trusted");
    test_order();
    test_many();
    test_junk();
    test_flush();
    test_rebuild_token();
    test_wrong_types();
    test_race();
    test_info();
}

int main(void)
{
    return redis_main();
}
