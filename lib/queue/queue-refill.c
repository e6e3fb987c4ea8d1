/*
 * queue-refill.c - building the index anew
 *
 * The epoch says that the index is complete, and for which server.  While
 * it is built there is none, so nobody relies on it, but everybody goes on
 * pushing: a task that becomes pending after the old sets were thrown away
 * is in the new ones, or in a page that is read later, or in both.  The
 * token dies by itself 10 s after its holder.
 */
#include "config.h"

#include <stdlib.h>

#include "core/log.h"
#include "core/uuid.h"
#include "queue/queue-internal.h"
#include "store/agents.h"

static bool rebuild_begin(struct queue *queue, const char *token)
{
    struct redis_cmd cmd = {0};
    struct buf sets = {0};
    bool ours;

    buf_fmt(&sets, "%sready:", queue->prefix);
    redis_script(&queue->redis, &cmd, SCRIPT_REBUILD_BEGIN, 4);
    redis_arg(&cmd, queue->rebuild);
    redis_arg(&cmd, queue->epoch);
    redis_arg(&cmd, queue->types);
    redis_arg(&cmd, queue->wake);
    redis_arg(&cmd, token);
    redis_arg(&cmd, sets.data);
    ours = queue_call_num(queue, &cmd) == 1;
    redis_cmd_release(&cmd);
    buf_release(&sets);
    return ours;
}

/* A server that came in between has another run_id and no such token. */
static bool rebuild_end(struct queue *queue, const char *token)
{
    struct redis_cmd cmd = {0};
    bool ours;

    redis_script(&queue->redis, &cmd, SCRIPT_REBUILD_END, 2);
    redis_arg(&cmd, queue->rebuild);
    redis_arg(&cmd, queue->epoch);
    redis_arg(&cmd, token);
    redis_arg(&cmd, queue->redis.run_id);
    ours = queue_call_num(queue, &cmd) == 1;
    redis_cmd_release(&cmd);
    return ours;
}

/* All pages: 1 done, 0 Redis went away or another took over, -1 the store. */
static int put_pages(struct queue *queue, struct store *store,
                     const char *token, int64_t *pushed, struct err *err)
{
    struct ready_list page = {0};
    int64_t after = 0;
    size_t got;
    int ret = 1;

    do {
        page.count = 0;
        if (store_pending_page(store, after, QUEUE_PIPELINE, &page, err) < 0) {
            ret = -1;
            break;
        }
        got = page.count;
        if (got == 0)
            break;
        after = page.items[got - 1].seq;
        if (!queue_put(queue, token, page.items, got, QUEUE_FILL))
            ret = 0;
        else
            *pushed += (int64_t)got;
    } while (ret > 0 && got == QUEUE_PIPELINE);
    ready_list_release(&page);
    return ret;
}

int queue_refill(struct queue *queue, struct store *store, bool force,
                 int64_t *pushed, struct err *err)
{
    char token[UUID_SIZE];
    int ret;

    *pushed = 0;
    if (!queue_ready(queue))
        return 0;
    if (!force && !queue->suspect && queue_epoch_valid(queue))
        return 0;
    /* Asking may have found that Redis is away. */
    if (!queue->redis.context || !rebuild_begin(queue, uuid_make(token)))
        return 0;
    ret = put_pages(queue, store, token, pushed, err);
    if (ret > 0 && rebuild_end(queue, token)) {
        queue->suspect = false;
        log_info("redis_refilled", log_num("tasks", *pushed));
    }
    return ret < 0 ? -1 : 0;
}
