/*
 * queue-wake.c - waiting until there may be something to do
 *
 * Two bells behind one descriptor, an epoll(7) set that can itself be
 * polled: the reply of a BLPOP on a connection of its own, and inotify(7)
 * on the file "<database>-wake" (SQLite: all who write are on this host).
 * The file is rung even when there is Redis, because Redis may be away for
 * us and not for the waiter, or the other way round.  It is made by who
 * waits: where there is none, nobody listens.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "queue/queue-internal.h"

enum { WAKE_FILE_MAX = 65536 };
/* BLPOP itself waits for 1 s. */
#define SILENCE_MAX (3 * USEC_PER_SEC)

/* --- the wake file -------------------------------------------------------- */

void wake_touch(const struct queue *queue)
{
    struct stat st;
    int fd;

    if (!queue->wake_path)
        return;
    /* O_NONBLOCK: should somebody have put a FIFO there. */
    fd = open(queue->wake_path,
              O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    /* A bell that cannot be rung is replaced by everybody's own look. */
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && write(fd, "\n", 1) == 1 &&
        st.st_size >= WAKE_FILE_MAX)
        (void)!ftruncate(fd, 0);
    close(fd);
}

static bool listen_to(struct queue *queue, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (queue->epoll < 0)
        queue->epoll = epoll_create1(EPOLL_CLOEXEC);
    return queue->epoll >= 0 &&
           epoll_ctl(queue->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool watch_file(struct queue *queue)
{
    int fd =
        open(queue->wake_path,
             O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

    if (fd < 0)
        return false;
    close(fd);
    if (queue->notify < 0) {
        queue->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (queue->notify < 0)
            return false;
        if (!listen_to(queue, queue->notify)) {
            file_close(&queue->notify);
            return false;
        }
    }
    queue->watch = inotify_add_watch(queue->notify, queue->wake_path,
                                     IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF |
                                         IN_DONT_FOLLOW);
    return queue->watch >= 0;
}

static void begin_file(struct queue *queue)
{
    if (!queue->wake_path || queue->watch >= 0 || watch_file(queue))
        return;
    if (!queue->notify_said)
        log_warn("wake_file_unusable", log_text("path", queue->wake_path),
                 log_text("error", strerror(errno)));
    queue->notify_said = true;
}

/* The file is gone or another by now: watch the next one. */
static void forget_watch(struct queue *queue)
{
    inotify_rm_watch(queue->notify, queue->watch);
    queue->watch = -1;
}

static bool end_file(struct queue *queue)
{
    char events[4096]
        __attribute__((aligned(__alignof__(struct inotify_event))));
    bool rung = false;
    ssize_t got;

    if (queue->notify < 0)
        return false;
    while ((got = read(queue->notify, events, sizeof(events))) > 0) {
        for (const char *at = events; at < events + got;) {
            struct inotify_event event;

            memcpy(&event, at, sizeof(event));
            if (event.mask & (IN_MODIFY | IN_Q_OVERFLOW))
                rung = true;
            if ((event.mask & (IN_MOVE_SELF | IN_DELETE_SELF)) &&
                event.wd == queue->watch)
                forget_watch(queue);
            at += sizeof(event) + event.len;
        }
    }
    return rung;
}

/* --- Redis ---------------------------------------------------------------- */

void wake_drop(struct queue *queue)
{
    redisFree(queue->waiting); /* leaves the epoll set by being closed */
    queue->waiting = NULL;
    queue->asked = false;
}

static bool open_waiting(struct queue *queue, struct err *err)
{
    redisContext *context = redis_connect(&queue->url, err);

    if (!context)
        return false;
    queue->waiting = context;
    /* From here on nothing on it may block. */
    context->flags &= ~REDIS_BLOCK;
    if (fcntl(context->fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ||
        !listen_to(queue, context->fd)) {
        err_errno(err, ERR_OS, "cannot wait for Redis");
        return false;
    }
    return true;
}

static bool send_blpop(struct queue *queue, struct err *err)
{
    struct redis_cmd cmd = {0};
    int done = 0;

    redis_arg(&cmd, "BLPOP");
    for (size_t i = 0; queue->heard && i < queue->heard_count; i++) {
        char *key = xasprintf("%s:%s", queue->wake, queue->heard[i]);

        redis_arg(&cmd, key);
        free(key);
    }
    if (!queue->heard)
        redis_arg(&cmd, queue->wake);
    redis_arg(&cmd, "1");
    redis_send(queue->waiting, &cmd);
    redis_cmd_release(&cmd);
    /* So few bytes always fit, or the server has stopped reading. */
    if (redisBufferWrite(queue->waiting, &done) != REDIS_OK || !done) {
        err_set(err, ERR_UNAVAIL, "cannot wait for Redis");
        return false;
    }
    queue->asked = true;
    queue->asked_at = clock_mono();
    return true;
}

static void begin_redis(struct queue *queue)
{
    struct err err = {0};

    /* A key of the wrong type would answer at once, again and again. */
    if (!queue_ready(queue) || queue->suspect)
        return;
    if (queue->asked && clock_mono() - queue->asked_at > SILENCE_MAX) {
        err_set(&err, ERR_TIMEOUT, "no answer within 3 s");
        queue_degrade(queue, &err);
        return;
    }
    if (queue->asked)
        return;
    if ((!queue->waiting && !open_waiting(queue, &err)) ||
        !send_blpop(queue, &err))
        queue_degrade(queue, &err);
}

static bool end_redis(struct queue *queue)
{
    struct err err = {0};
    void *memory = NULL;
    redisReply *reply;
    bool rung;

    if (!queue->waiting)
        return false;
    if (redisBufferRead(queue->waiting) != REDIS_OK ||
        redisGetReplyFromReader(queue->waiting, &memory) != REDIS_OK) {
        err_set(&err, ERR_UNAVAIL, "%s", queue->waiting->errstr);
        queue_degrade(queue, &err);
        return false;
    }
    reply = memory;
    if (!reply)
        return false;
    queue->asked = false;
    rung = reply->type == REDIS_REPLY_ARRAY;
    if (reply->type == REDIS_REPLY_ERROR) {
        wake_drop(queue);
        queue_refused(queue, reply);
    }
    freeReplyObject(reply);
    return rung;
}

/* --- both ----------------------------------------------------------------- */

void queue_listen(struct queue *queue, const char *const *types, size_t count)
{
    queue->heard = count > 0 ? types : NULL;
    queue->heard_count = count;
}

int queue_wait_fd(struct queue *queue)
{
    return queue->watch >= 0 || queue->waiting ? queue->epoll : -1;
}

void queue_wait_begin(struct queue *queue)
{
    begin_file(queue);
    begin_redis(queue);
}

bool queue_wait_end(struct queue *queue)
{
    bool file = end_file(queue);
    bool redis = end_redis(queue);

    return file || redis;
}

void wake_close(struct queue *queue)
{
    wake_drop(queue);
    file_close(&queue->notify);
    file_close(&queue->epoll);
    free(queue->wake_path);
}
