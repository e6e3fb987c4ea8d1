/*
 * redis-case.h - a queue on a Redis of its own and on each engine
 */
#ifndef AAOS_TESTS_REDIS_CASE_H
#define AAOS_TESTS_REDIS_CASE_H

#include "core/log.h"
#include "queue-case.h"
#include "queue/queue-internal.h"
#include "redis-test.h"

static struct test_server server;
static const char *server_dir;
static struct queue *queue;

/* A name as Redis has it. */
ATTR_UNUSED
static char *key(const char *name)
{
    return xasprintf("aaos:{%s}:%s", store_uuid(store, &err), name);
}

/* What Redis answers, malloc'd. */
ATTR_UNUSED
ATTR_PRINTF(1, 2)
static char *redis_text(const char *fmt, ...)
{
    struct buf command = {0};
    va_list args;
    char *text;

    va_start(args, fmt);
    buf_vfmt(&command, fmt, args);
    va_end(args);
    text = test_ask(&server, command.data);
    buf_release(&command);
    return text;
}

/* Does it answer this? */
#define redis_does(want, ...) says(want, redis_text(__VA_ARGS__))
ATTR_UNUSED
static bool says(const char *want, char *got)
{
    bool same = got && strcmp(got, want) == 0;

    if (!same)
        printf("# Redis says: %s\n", got ? got : "(nothing)");
    free(got);
    return same;
}

/* The next call tries again, whenever the last one was. */
ATTR_UNUSED
static void do_not_wait(void)
{
    queue->retry_at = 0;
}

ATTR_UNUSED
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

ATTR_UNUSED
static bool pop_trusted(void)
{
    int64_t seq;
    size_t count;

    return queue_pop(queue, NULL, 0, 1, &seq, &count);
}

ATTR_UNUSED
static int64_t refill(bool force)
{
    int64_t pushed = -1;

    if (queue_refill(queue, store, force, &pushed, &err) < 0)
        give_up("refill");
    return pushed;
}

/* An empty server, an empty and trusted index. */
ATTR_UNUSED
static void begin(void)
{
    clear();
    free(redis_text("FLUSHALL"));
    pop_trusted(); /* notices a server that was killed */
    do_not_wait();
    refill(true);
    if (!pop_trusted())
        give_up("no trusted index");
}

ATTR_UNUSED
static bool push(int64_t seq, int64_t sort_at, const char *type)
{
    struct ready item = {.seq = seq, .sort_at = sort_at};

    snprintf(item.task_type, sizeof(item.task_type), "%s", type);
    return queue_push(queue, &item, 1);
}

static void on_engine(void);

static void on_each(void)
{
    queue = queue_open(server.url, store, true, &err);
    if (!queue)
        give_up("queue_open");
    on_engine();
    queue_close(queue);
}

/* main() of such a test: runs on_engine() for each engine. */
static int redis_main(void)
{
    static const char *const files[] = {"dump.rdb", "redis.sock"};
    char folder[] = "/tmp/aaos-redis-XXXXXX";

    log_setup("test", LOG_LEVEL_ERROR, false);
    signal(SIGPIPE, SIG_IGN); /* as every program does */
    server_dir = mkdtemp(folder);
    if (server_dir && test_redis(&server, server_dir))
        run_on_engines(on_each);
    else
        ok(true, "Redis # SKIP there is no redis-server");
    test_release(&server);
    for (size_t i = 0; i < LENGTH(files); i++) {
        char *path = xasprintf("%s/%s", folder, files[i]);

        unlink(path);
        free(path);
    }
    rmdir(folder);
    return tap_done();
}

#endif
