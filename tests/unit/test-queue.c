/*
 * The queue without Redis: its URLs, the wake file, and being degraded.
 */
#include "config.h"

#include "queue/queue.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "core/log.h"
#include "queue-case.h"
#include "queue/queue-internal.h"

/* --- URLs ----------------------------------------------------------------- */

static bool parses(const char *text, struct redis_url *url)
{
    err_clear(&err);
    return redis_url_parse(text, url, &err) == 0;
}

static void test_urls(void)
{
    struct redis_url url = {0};

    ok(parses(NULL, &url) && url.kind == URL_NONE && parses("none", &url) &&
           url.kind == URL_NONE,
       "no URL and 'none' mean no Redis");
    ok(parses("redis://example.org", &url) && url.kind == URL_TCP &&
           url.hosts[0].port == 6379 && url.db == 0 && !url.pass,
       "a host alone is enough");
    is(url.name, "redis://example.org:6379/0", "and shown in full");
    redis_url_release(&url);
    ok(parses("redis://us%40er:p%3A%2Fss@[::1]:7000/3", &url) &&
           strcmp(url.user, "us@er") == 0 && strcmp(url.pass, "p:/ss") == 0 &&
           strcmp(url.hosts[0].name, "::1") == 0 && url.hosts[0].port == 7000 &&
           url.db == 3,
       "user, password, IPv6 address, port and database are read");
    is(url.name, "redis://::1:7000/3", "the name has no password");
    redis_url_release(&url);
    ok(parses("unix:///run/redis.sock?db=2", &url) && url.kind == URL_UNIX &&
           strcmp(url.path, "/run/redis.sock") == 0 && url.db == 2,
       "a socket with a database is read");
    redis_url_release(&url);
    ok(parses("sentinel://:pw@a,b:7,c/main/1", &url) &&
           url.kind == URL_SENTINEL && url.host_count == 3 &&
           url.hosts[0].port == 26379 && url.hosts[1].port == 7 &&
           strcmp(url.service, "main") == 0 && url.db == 1 &&
           strcmp(url.pass, "pw") == 0 && !url.user,
       "sentinels, the name of the master and a database are read");
    redis_url_release(&url);
}

static void test_bad_urls(void)
{
    static const char *const bad[] = {
        "rediss://h",           "redis://",
        "redis://h:0",          "redis://h:65536",
        "redis://h:hidden",     "redis://h/hidden",
        "redis://[::1",         "redis://[::1]x",
        "redis://hidden@h",     "redis://u:%0g@h",
        "redis://u:%00@h",      "unix://relative",
        "unix:///s?x=1",        "sentinel://h",
        "sentinel:///m",        "sentinel://h:x/m",
        "redis://u:hidden/x@h", "http://h",
        "redis://h:6379/-1",
    };

    for (size_t i = 0; i < LENGTH(bad); i++) {
        struct redis_url url = {0};

        ok(!parses(bad[i], &url) && err.code == ERR_USAGE && !url.hosts &&
               !strstr(err.msg, "hidden"),
           "'%s' is refused, without quoting it", bad[i]);
    }
}

/* --- Redis that is not there ---------------------------------------------- */

static const struct ready task = {.seq = 1, .sort_at = 1, .task_type = "code"};

static void test_away(void)
{
    const char *url = "unix://u:hidden@/nonexistent/redis.sock";
    struct queue *queue = queue_open(url, store, true, &err);
    struct queue_info info;
    size_t count = 7;
    int64_t seq;

    ok(!queue && err.code == ERR_UNAVAIL, "a Redis that must be there is not");
    ok(!strstr(err.msg, "hidden"), "the message has no password");
    err_clear(&err);
    queue = queue_open(url, store, false, &err);
    ok(queue && queue_has_redis(queue) && queue_degraded(queue),
       "one that need not be there leaves the queue degraded");
    ok(!queue_push(queue, &task, 1), "a push says that it was not taken");
    ok(!queue_pop(queue, NULL, 0, 1, &seq, &count) && count == 0,
       "a pop says that it knows nothing");
    ok(queue_refill(queue, store, true, &seq, &err) == 0 && seq == 0,
       "a refill does nothing");
    queue_info(queue, &info);
    ok(info.configured && !info.reachable && *info.error &&
           !strstr(info.error, "hidden") && !strstr(info.name, "hidden"),
       "the facts say why");
    queue_close(queue);
}

/* --- the wake file -------------------------------------------------------- */

static bool readable(struct queue *queue)
{
    struct pollfd fd = {.fd = queue_wait_fd(queue), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

static void test_wake_file(void)
{
    struct queue *waiter = queue_open(NULL, store, true, &err);
    struct queue *writer = queue_open("none", store, true, &err);
    const char *path = waiter->wake_path;
    struct stat st;

    ok(!queue_has_redis(waiter) && !queue_degraded(waiter),
       "without Redis the queue is not degraded");
    queue_wake(writer, 1);
    ok(access(path, F_OK) < 0, "where nobody waits no file is made");
    ok(queue_wait_fd(waiter) == -1, "before the first wait there is nothing");
    queue_wait_begin(waiter);
    ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
       "who waits makes the file, for its owner alone");
    ok(queue_wait_fd(waiter) >= 0 && !readable(waiter) &&
           !queue_wait_end(waiter),
       "nothing has happened yet");
    ok(queue_push(writer, &task, 1) && readable(waiter), "a push is heard");
    ok(queue_wait_end(waiter) && !readable(waiter) && !queue_wait_end(waiter),
       "and taken once");
    queue_wake(writer, 3);
    ok(readable(waiter) && queue_wait_end(waiter), "a wake-up is heard");
    ok(truncate(path, 65536) == 0, "the file grows");
    queue_wake(writer, 1);
    ok(stat(path, &st) == 0 && st.st_size == 0, "until it is cut");
    queue_wait_end(waiter);
    queue_close(writer);
    queue_close(waiter);
}

static void test_wake_file_replaced(void)
{
    struct queue *waiter = queue_open(NULL, store, true, &err);
    struct queue *writer = queue_open(NULL, store, true, &err);
    const char *path = writer->wake_path;
    struct stat st;

    queue_wait_begin(waiter);
    unlink(path);
    ok(!queue_wait_end(waiter) && queue_wait_fd(waiter) == -1,
       "a file that was removed is not waited for");
    queue_wait_begin(waiter);
    queue_wake(writer, 1);
    ok(readable(waiter) && queue_wait_end(waiter), "but the next one is");
    queue_close(waiter);
    unlink(path);
    waiter = queue_open(NULL, store, true, &err);
    ok(symlink("/dev/null", path) == 0, "somebody puts a link there");
    queue_wait_begin(waiter);
    queue_wake(writer, 1);
    ok(queue_wait_fd(waiter) == -1 && lstat(path, &st) == 0 &&
           S_ISLNK(st.st_mode),
       "it is not followed");
    unlink(path);
    ok(mkfifo(path, 0600) == 0, "somebody puts a FIFO there");
    queue_wake(writer, 1);
    ok(true, "it does not stop us");
    unlink(path);
    queue_close(writer);
    queue_close(waiter);
}

static void cases(void)
{
    clear();
    test_away();
    if (db_engine(store_db(store)) == DB_POSTGRES)
        return;
    test_wake_file();
    test_wake_file_replaced();
}

int main(void)
{
    log_setup("test", LOG_LEVEL_ERROR, false);
    test_urls();
    test_bad_urls();
    run_on_engines(cases);
    return tap_done();
}
