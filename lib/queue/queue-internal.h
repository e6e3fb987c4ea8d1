/*
 * queue-internal.h - what the files of this module share
 *
 *   queue.c           opening, closing, facts for people
 *   queue-redis.c     degrading and coming back; calls
 *   queue-push.c      tasks into the ready sets
 *   queue-pop.c       and out of them
 *   queue-refill.c    building the index anew
 *   queue-wake.c      waiting: BLPOP, the wake file, one descriptor for both
 *   states.c          what is known of endpoints
 *   redis-conn.c      one connection: commands and replies
 *   redis-open.c      the server behind it, and the scripts that it knows
 *   redis-sentinel.c  which server is the master
 *   redis-url.c       where Redis is
 */
#ifndef AAOS_QUEUE_INTERNAL_H
#define AAOS_QUEUE_INTERNAL_H

#include <hiredis/hiredis.h>

#include "core/buf.h"
#include "queue/queue.h"

/* --- redis-url.c ---------------------------------------------------------- */

enum redis_kind { URL_NONE, URL_TCP, URL_UNIX, URL_SENTINEL };

struct redis_host {
    char *name;
    int port;
};

struct redis_url {
    enum redis_kind kind;
    struct redis_host *hosts; /* one, or the sentinels */
    size_t host_count;
    char *path;    /* of the socket */
    char *service; /* what the sentinels call the master */
    char *user, *pass;
    int db;
    char name[200]; /* for people: no password */
};

/* ERR_USAGE when it makes no sense. */
int redis_url_parse(const char *text, struct redis_url *url, struct err *err);
void redis_url_release(struct redis_url *url);

/* --- redis-conn.c --------------------------------------------------------- */

/* A command being put together.  Zero is an empty one. */
struct redis_cmd {
    struct buf body;
    size_t args;
};
void redis_arg(struct redis_cmd *cmd, const char *text);
void redis_num(struct redis_cmd *cmd, int64_t num);
void redis_cmd_reset(struct redis_cmd *cmd);
void redis_cmd_release(struct redis_cmd *cmd);

/* A connection to the master, logged in.  NULL: ERR_UNAVAIL, or
 * ERR_TIMEOUT when the server does not answer in time. */
redisContext *redis_connect(const struct redis_url *url, struct err *err);
/* One to this host and port, without logging in; no host: to the socket. */
redisContext *redis_dial(const struct redis_url *url,
                         const struct redis_host *host, struct err *err);

/* Put into the output; leaves the command as it is. */
void redis_send(redisContext *context, const struct redis_cmd *cmd);
/* The next reply, which may be an error; NULL: the connection broke. */
redisReply *redis_receive(redisContext *context, struct err *err);
redisReply *redis_call(redisContext *context, const struct redis_cmd *cmd,
                       struct err *err);
/* Is it an error that begins with, or (from a script) holds, this word? */
bool redis_is_error(const redisReply *reply, const char *word);

/* --- redis-open.c --------------------------------------------------------- */

enum redis_script {
    SCRIPT_POP,
    SCRIPT_PUSH,
    SCRIPT_WAKE,
    SCRIPT_REBUILD_BEGIN,
    SCRIPT_REBUILD_END,
    SCRIPT_STATES_SWAP,
    SCRIPT_COUNT
};

/* A connection and what is known of the server behind it. */
struct redis {
    redisContext *context; /* NULL: closed */
    char run_id[48];
    char version[32];
    bool noeviction;
    char sha[SCRIPT_COUNT][48];
};

/* Connect, learn who it is, load the scripts; `probe` names a key that
 * must be writable. */
int redis_open(struct redis *redis, const struct redis_url *url,
               const char *probe, struct err *err);
void redis_close(struct redis *redis);
int redis_load(struct redis *redis, struct err *err);
/* Begin a call of a script with this many keys. */
void redis_script(const struct redis *redis, struct redis_cmd *cmd,
                  enum redis_script script, size_t keys);

/* --- redis-sentinel.c ----------------------------------------------------- */

/* A connection to the master, not logged in. */
redisContext *sentinel_dial(const struct redis_url *url, struct err *err);
/* After logging in: is it one? */
int sentinel_check(redisContext *context, const char *name, struct err *err);

/* --- the queue ------------------------------------------------------------ */

enum {
    QUEUE_CHUNK = 256,                 /* tasks a call of a script */
    QUEUE_TYPES_MAX = 4096,            /* that a pop looks at */
    QUEUE_PIPELINE = 16 * QUEUE_CHUNK, /* tasks under way at once */
    QUEUE_WAKE_MAX = 64                /* wake-up tokens */
};

struct queue {
    struct redis_url url;
    struct redis redis;
    bool degraded;    /* and it was said */
    bool suspect;     /* a key of ours is not what it should be */
    int64_t retry_at; /* not before; on the monotonic clock */
    char *prefix;     /* "aaos:{UUID}:" */
    char *types, *wake, *epoch, *rebuild;
    char error[200]; /* why Redis is away */
    bool eviction_said;

    const char *const *heard; /* the types that are waited for; NULL: all */
    size_t heard_count;
    redisContext *waiting; /* the connection that blocks */
    bool asked;            /* BLPOP is under way ... */
    int64_t asked_at;      /* ... since then */
    char *wake_path;       /* of the wake file, or NULL */
    int notify, watch;     /* inotify; -1 */
    bool notify_said;
    int epoll; /* both of them; -1 */
};

/* --- queue-redis.c -------------------------------------------------------- */

int queue_connect(struct queue *queue, struct err *err);
/* Is Redis there?  Tries again when it is time to. */
bool queue_ready(struct queue *queue);
/* It is not: both connections are closed, and it is said once. */
void queue_degrade(struct queue *queue, const struct err *err);
/* An error reply: Redis is degraded, or the index suspect. */
void queue_refused(struct queue *queue, const redisReply *reply);
/*
 * A call whose reply is no error, or NULL: then Redis is degraded, or a key
 * was of the wrong type and the index is suspect.
 */
redisReply *queue_call(struct queue *queue, const struct redis_cmd *cmd);
/* One whose reply is an integer; -1 when it failed. */
long long queue_call_num(struct queue *queue, const struct redis_cmd *cmd);
/* The key of the ready set of a type, malloc'd. */
char *queue_ready_key(const struct queue *queue, const char *type);
/* All types that have a ready set: a list, or NULL when it failed. */
redisReply *queue_all_types(struct queue *queue);
/* The value of the epoch is that of this server. */
bool queue_epoch_valid(struct queue *queue);

/* --- queue-push.c --------------------------------------------------------- */

enum queue_put {
    QUEUE_PUSH, /* and wake a worker for each */
    QUEUE_FILL, /* and wake nobody */
    QUEUE_SOON  /* only wake: they are not ready yet */
};
/*
 * At most QUEUE_PIPELINE tasks, in one pipeline; `rebuild` is the token of
 * a refill or "".  False: not all were taken.
 */
bool queue_put(struct queue *queue, const char *rebuild,
               const struct ready *items, size_t count, enum queue_put what);

/* --- queue-wake.c --------------------------------------------------------- */

void wake_close(struct queue *queue);
/* Drop the blocking connection. */
void wake_drop(struct queue *queue);
/* One byte to whoever watches the file. */
void wake_touch(const struct queue *queue);

#endif
