/*
 * status-top-read.c - from the store to the model
 *
 * A database that is away is not an end: what was seen last stays, with
 * the error above it, until it is back.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/setup.h"
#include "cmd/status-top.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "store/top.h"

enum {
    WORKERS = 500, /* agents that are shown */
    TYPES = 200,   /* task types */
    PAGE = 500,    /* events at a time */
    PAGES = 4,     /* at one look; more is left out */
    ENOUGH = 100   /* events to start with */
};

#define MINUTE (60 * USEC_PER_SEC)
#define REDIS_EVERY (5 * USEC_PER_SEC)

static void copy(char *to, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (len >= size) {
        len = size - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    if (len > 0)
        memcpy(to, text, len);
    to[len] = '\0';
}
#define COPY(to, text) copy(to, sizeof(to), text)

void reader_start(struct top_reader *reader, struct status *status,
                  struct top_model *model)
{
    *reader = (struct top_reader){.status = status, .model = model};
    COPY(model->redis, "none");
}

void reader_stop(struct top_reader *reader)
{
    top_detail_release(&reader->log);
}

/* --- queues and agents ---------------------------------------------------- */

static struct top_queue *queue_of(struct top_model *model, const char *type)
{
    struct top_queue *queue;

    for (size_t i = 0; i < model->queue_count; i++)
        if (strcmp(model->queues[i].type, type) == 0)
            return &model->queues[i];
    if (model->queue_count == TYPES)
        return NULL;
    queue = &model->queues[model->queue_count++];
    *queue = (struct top_queue){.wait = -1};
    COPY(queue->type, type);
    return queue;
}

static void add_count(struct top_queue *queue, const char *kind, int64_t count)
{
    if (strcmp(kind, "pending") == 0)
        queue->pending += count;
    else if (strcmp(kind, "running") == 0)
        queue->running += count;
    else if (strcmp(kind, "dead") == 0)
        queue->dead += count;
    else
        queue->waiting += count;
}

/* When there were too many to count, those that were counted took less
 * than a minute. */
static void take_rates(struct top_model *model, const struct db_rows *rows)
{
    int64_t since = model->now;
    int64_t count = 0;
    double minutes = 1;

    for (size_t i = 0; i < rows->count; i++) {
        count += db_num(rows, i, TR_COUNT);
        if (db_num(rows, i, TR_SINCE) < since)
            since = db_num(rows, i, TR_SINCE);
    }
    if (count >= TOP_RATE_MOST)
        minutes = (double)(model->now - since + 1) / (double)MINUTE;
    model->completed = model->failed = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct top_queue *queue = queue_of(model, db_text(rows, i, TR_TYPE));
        double completed = (double)db_num(rows, i, TR_COMPLETED) / minutes;
        double failed = (double)db_num(rows, i, TR_FAILED) / minutes;

        model->completed += completed;
        model->failed += failed;
        if (queue) {
            queue->completed = completed;
            queue->failed = failed;
        }
    }
}

static int by_type(const void *left, const void *right)
{
    const struct top_queue *a = left;
    const struct top_queue *b = right;

    return strcmp(a->type, b->type);
}

static int take_queues(struct top_reader *reader, const struct top_rows *rows,
                       struct err *err)
{
    struct top_model *model = reader->model;
    int64_t created_at = 0;

    if (!model->queues)
        model->queues = xcalloc(TYPES, sizeof(*model->queues));
    model->queue_count = 0;
    for (size_t i = 0; i < rows->queues.count; i++) {
        struct top_queue *queue =
            queue_of(model, db_text(&rows->queues, i, TQ_TYPE));

        if (queue)
            add_count(queue, db_text(&rows->queues, i, TQ_KIND),
                      db_num(&rows->queues, i, TQ_COUNT));
    }
    take_rates(model, &rows->rates);
    qsort(model->queues, model->queue_count, sizeof(*model->queues), by_type);
    for (size_t i = 0; i < model->queue_count; i++) {
        struct top_queue *queue = &model->queues[i];
        int found = queue->pending
                        ? store_top_head(reader->status->store, queue->type,
                                         &created_at, err)
                        : 0;

        if (found < 0)
            return -1;
        if (found > 0)
            queue->wait = model->now > created_at ? model->now - created_at : 0;
    }
    return 0;
}

static void take_task(struct top_agent *agent, const struct db_rows *rows,
                      size_t i, int64_t now)
{
    const char *progress = db_text(rows, i, TG_PROGRESS);
    char text[200] = "";

    agent->percent = -1;
    if (db_null(rows, i, TG_TASK_ID))
        return;
    COPY(agent->task_id, db_text(rows, i, TG_TASK_ID));
    COPY(agent->task_type, db_text(rows, i, TG_TASK_TYPE));
    COPY(agent->task, db_text(rows, i, TG_DESCRIPTION));
    if (!db_null(rows, i, TG_STARTED_AT) &&
        now > db_num(rows, i, TG_STARTED_AT))
        agent->task_for = now - db_num(rows, i, TG_STARTED_AT);
    if (progress &&
        read_progress_in(progress, agent->task_id, &agent->percent, text) &&
        *text)
        COPY(agent->task, text);
}

static void take_workers(struct top_model *model, const struct db_rows *rows)
{
    free(model->agents);
    model->agents = xcalloc(rows->count + 1, sizeof(*model->agents));
    model->agent_count = rows->count;
    for (size_t i = 0; i < rows->count; i++) {
        struct top_agent *agent = &model->agents[i];
        int64_t silent = model->now - db_num(rows, i, TG_HEARTBEAT_AT);

        COPY(agent->agent_id, db_text(rows, i, TG_AGENT_ID));
        COPY(agent->name, db_text(rows, i, TG_NAME));
        COPY(agent->state, db_text(rows, i, TG_STATUS));
        agent->jobs = db_num(rows, i, TG_JOBS);
        agent->running = db_num(rows, i, TG_RUNNING);
        agent->completed = db_num(rows, i, TG_COMPLETED);
        agent->failed = db_num(rows, i, TG_FAILED);
        agent->silent = silent > 0 ? silent : 0;
        take_task(agent, rows, i, model->now);
        /* What it told last is a heartbeat old. */
        if (*agent->task_id && agent->running == 0)
            agent->running = 1;
    }
}

/* Budgets, and behind them what models cost today. */
static void take_costs(struct top_model *model, const struct top_rows *rows)
{
    const struct db_rows *budgets = &rows->budgets;
    const struct db_rows *costs = &rows->costs;

    free(model->costs);
    model->costs =
        xcalloc(budgets->count + costs->count + 1, sizeof(*model->costs));
    model->cost_count = 0;
    for (size_t i = 0; i < budgets->count; i++) {
        struct top_cost *cost = &model->costs[model->cost_count++];

        snprintf(cost->name, sizeof(cost->name), "%.30s %.60s",
                 db_text(budgets, i, MB_SCOPE), db_text(budgets, i, MB_NAME));
        COPY(cost->period, db_text(budgets, i, MB_PERIOD));
        cost->spent = db_num(budgets, i, MB_SPENT);
        cost->reserved = db_num(budgets, i, MB_RESERVED);
    }
    for (size_t i = 0; i < costs->count; i++) {
        struct top_cost *cost = &model->costs[model->cost_count++];

        snprintf(cost->name, sizeof(cost->name), "%.40s/%.55s",
                 db_text(costs, i, TC_ENDPOINT), db_text(costs, i, TC_MODEL));
        COPY(cost->period, "today");
        cost->spent = db_num(costs, i, TC_COST);
    }
}

static void take_state(struct top_model *model, const struct top_rows *rows)
{
    const struct db_rows *state = &rows->state;

    model->now = db_num(state, 0, MS_NOW);
    model->paused_in = db_num(state, 0, MS_PAUSED_IN) != 0;
    model->paused_out = db_num(state, 0, MS_PAUSED_OUT) != 0;
    model->killed = db_num(state, 0, MS_KILLED) != 0;
    model->proof_mode = db_num(state, 0, MS_PROOF_MODE) != 0;
    COPY(model->paused_types, db_text(state, 0, MS_PAUSED_TYPES));
    model->agents_count = model->jobs = model->busy = 0;
    for (size_t i = 0; i < rows->agents.count; i++) {
        model->agents_count += db_num(&rows->agents, i, MG_COUNT);
        model->jobs += db_num(&rows->agents, i, MG_JOBS);
        model->busy += db_num(&rows->agents, i, MG_RUNNING);
    }
}

/* --- events --------------------------------------------------------------- */

static void take_event(struct top_model *model, const struct db_rows *rows,
                       size_t i)
{
    struct top_event *event = top_event_add(model);

    event->ts = db_num(rows, i, RE_TS);
    COPY(event->kind, db_text(rows, i, RE_KIND));
    COPY(event->task_id, db_text(rows, i, RE_TASK_ID));
    COPY(event->agent_id, db_text(rows, i, RE_AGENT_ID));
    COPY(event->text, db_text(rows, i, RE_TEXT));
}

/* A page behind what was seen: how many, or -1. */
static int64_t take_page(struct top_reader *reader, int64_t safe,
                         struct err *err)
{
    struct db_rows rows = {0};
    size_t count;

    if (read_events(reader->status->store, reader->after, reader->key, PAGE,
                    &rows, err) < 0)
        return -1;
    count = read_events_until(&rows, safe);
    for (size_t i = 0; i < count; i++)
        take_event(reader->model, &rows, i);
    if (count > 0) {
        reader->after = db_num(&rows, count - 1, RE_TS);
        COPY(reader->key, db_text(&rows, count - 1, RE_KEY));
    }
    db_rows_release(&rows);
    return (int64_t)count;
}

/* How far back to begin, so that there is something to see and not too much:
 * a longer time is tried until it holds enough. */
static int find_start(struct top_reader *reader, struct err *err)
{
    static const int64_t spans[] = {
        5 * USEC_PER_SEC, MINUTE, 10 * MINUTE, 360 * MINUTE, 10080 * MINUTE,
    };
    int64_t now = reader->model->now;
    struct db_rows rows = {0};
    size_t count = 0;

    for (size_t i = 0; i < LENGTH(spans) && count < ENOUGH; i++) {
        if (read_events(reader->status->store, now - spans[i], "", PAGE, &rows,
                        err) < 0)
            return -1;
        count = rows.count;
        /* A full page would end long before now. */
        if (count < PAGE || i == 0)
            reader->after = now - spans[i];
        db_rows_release(&rows);
    }
    return 0;
}

static int take_events(struct top_reader *reader, struct err *err)
{
    struct top_event *event;
    int64_t count = PAGE;
    int64_t safe = 0;

    if (reader->after == 0 && find_start(reader, err) < 0)
        return -1;
    if (read_horizon(reader->status->store, &safe, err) < 0)
        return -1;
    for (int i = 0; i < PAGES && count == PAGE; i++)
        count = take_page(reader, safe, err);
    if (count < PAGE)
        return count < 0 ? -1 : 0;
    /* They come faster than anybody could read. */
    event = top_event_add(reader->model);
    event->ts = reader->model->now;
    COPY(event->kind, "...");
    COPY(event->text, "events left out: there are too many to show");
    reader->after = safe;
    reader->key[0] = '\0';
    return 0;
}

/* --- all of it ------------------------------------------------------------ */

static void take_redis(struct top_reader *reader)
{
    struct status *status = reader->status;
    struct queue_info info = {0};
    struct err err = {0};
    struct queue *queue;

    if (clock_mono() < reader->redis_at)
        return;
    queue = setup_queue(status->conf, status->store, false, &err);
    info.configured = true;
    if (queue)
        queue_info(queue, &info);
    queue_close(queue);
    COPY(reader->model->redis, !info.configured  ? "none"
                               : !info.reachable ? "unreachable"
                               : info.epoch_ok   ? "ok"
                                                 : "index not built");
    reader->redis_at = clock_mono() + REDIS_EVERY;
}

static int look(struct top_reader *reader, struct err *err)
{
    struct status *status = reader->status;
    struct top_model *model = reader->model;
    struct top_rows rows = {0};
    int ret;

    if (!status->store)
        status->store =
            setup_store(status->conf, STORE_READ, "aaos-status", err);
    model->none = !status->store && err->code == ERR_NOINPUT;
    if (!status->store)
        return -1;
    COPY(model->database, db_name(store_db(status->store)));
    if (store_top(status->store, WORKERS, &rows, err) < 0)
        return -1;
    take_state(model, &rows);
    take_workers(model, &rows.workers);
    take_costs(model, &rows);
    ret = take_queues(reader, &rows, err);
    top_rows_release(&rows);
    if (ret == 0)
        ret = take_events(reader, err);
    if (ret == 0)
        take_redis(reader);
    return ret;
}

void reader_look(struct top_reader *reader)
{
    struct top_model *model = reader->model;
    struct err err = {0};

    term_waiting(true);
    model->error[0] = '\0';
    if (look(reader, &err) < 0 && !model->none)
        COPY(model->error, err.msg);
    if (model->none)
        model->now = clock_wall();
    term_waiting(false);
}
