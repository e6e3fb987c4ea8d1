/*
 * status-top-replay.c - a workflow, played again
 *
 * Everything is read once.  What the screen shows at an instant follows
 * from when each task was made, when what it waited for had ended, and when
 * its attempts began and ended; so any instant can be shown at once, and
 * time can run at any speed, and backwards.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/status-flow.h"
#include "cmd/status-top.h"
#include "core/clock.h"
#include "core/mem.h"
#include "store/top.h"

enum { MOST_ATTEMPTS = 200000, EDGES = 1000, NOBODY = -1 };

#define NEVER INT64_MAX
#define MINUTE (60 * USEC_PER_SEC)

struct played {
    const struct flow_node *node;
    int64_t created, ready, finished; /* NEVER: not yet */
    size_t first, attempts;           /* of replay->attempts */
};

struct played_attempt {
    size_t task;
    int agent;
    int64_t start, end;
    bool good;
    const char *outcome;
};

struct played_agent {
    const char *agent_id, *name;
    int64_t from, jobs, running;
};

/* Something to tell. */
struct moment {
    int64_t ts;
    const char *kind;
    size_t task;
    int agent;
};

struct replay {
    struct flow flow;
    struct db_rows rows; /* TF_ columns */
    struct played *tasks;
    struct played_attempt *attempts;
    struct played_agent *agents;
    size_t agent_count, agent_cap;
    struct moment *moments;
    size_t moment_count, moment_cap;
    size_t told; /* moments that are in the model */
    int64_t at;
};

/* --- reading -------------------------------------------------------------- */

static int by_seq(const void *key, const void *item)
{
    const int64_t *seq = key;
    const struct played *task = item;

    return (*seq > task->node->seq) - (*seq < task->node->seq);
}

static struct played *find(struct replay *replay, int64_t seq)
{
    return bsearch(&seq, replay->tasks, replay->flow.count,
                   sizeof(*replay->tasks), by_seq);
}

static int64_t or_never(int64_t instant)
{
    return instant > 0 ? instant : NEVER;
}

static void take_tasks(struct replay *replay)
{
    const struct flow *flow = &replay->flow;

    replay->tasks = xcalloc(flow->count + 1, sizeof(*replay->tasks));
    for (size_t i = 0; i < flow->count; i++) {
        const struct flow_node *node = &flow->nodes[i];

        replay->tasks[i] = (struct played){
            .node = node,
            .created = flow_time(node, RK_CREATED_AT),
            .ready = flow_time(node, RK_CREATED_AT),
            .finished = or_never(flow_time(node, RK_FINISHED_AT)),
        };
    }
}

/* A task could start when the last of its parents had ended. */
static int take_edges(struct replay *replay, struct status *status,
                      struct err *err)
{
    struct read_edge after = {0};
    struct db_rows rows = {0};
    const char *id = db_text(&replay->flow.head, 0, RV_WORKFLOW_ID);
    size_t count = EDGES;

    while (count == EDGES) {
        if (read_flow_edges(status->store, id, &after, EDGES, &rows, err) < 0)
            return -1;
        count = rows.count;
        for (size_t i = 0; i < count; i++) {
            struct played *child = find(replay, db_num(&rows, i, RP_CHILD_SEQ));
            const struct played *parent =
                find(replay, db_num(&rows, i, RP_PARENT_SEQ));

            if (child && parent && parent->finished > child->ready)
                child->ready = parent->finished;
            after.child = db_num(&rows, i, RP_CHILD_SEQ);
            after.parent = db_num(&rows, i, RP_PARENT_SEQ);
        }
        db_rows_release(&rows);
    }
    return 0;
}

static int agent_of(struct replay *replay, size_t row)
{
    const char *id = db_text(&replay->rows, row, TF_AGENT_ID);
    const char *name = db_text(&replay->rows, row, TF_AGENT_NAME);
    int64_t from = db_num(&replay->rows, row, TF_CLAIMED_AT);

    for (size_t i = 0; i < replay->agent_count; i++) {
        if (strcmp(replay->agents[i].agent_id, id) != 0)
            continue;
        if (from < replay->agents[i].from)
            replay->agents[i].from = from;
        return (int)i;
    }
    replay->agents = xgrow(replay->agents, replay->agent_count,
                           &replay->agent_cap, sizeof(*replay->agents));
    replay->agents[replay->agent_count] = (struct played_agent){
        .agent_id = id, .name = name ? name : id, .from = from, .jobs = 1};
    return (int)replay->agent_count++;
}

static void tell(struct replay *replay, int64_t ts, const char *kind,
                 size_t task, int agent)
{
    replay->moments = xgrow(replay->moments, replay->moment_count,
                            &replay->moment_cap, sizeof(*replay->moments));
    replay->moments[replay->moment_count++] =
        (struct moment){.ts = ts, .kind = kind, .task = task, .agent = agent};
}

static void take_attempt(struct replay *replay, size_t row)
{
    struct played *task = find(replay, db_num(&replay->rows, row, TF_SEQ));
    struct played_attempt *attempt = &replay->attempts[row];

    /* A task that came between two reads. */
    attempt->task = SIZE_MAX;
    if (!task)
        return;
    attempt->task = (size_t)(task - replay->tasks);
    attempt->agent = agent_of(replay, row);
    attempt->outcome = db_text(&replay->rows, row, TF_OUTCOME);
    attempt->good = strcmp(attempt->outcome, "completed") == 0;
    attempt->end = db_num(&replay->rows, row, TF_FINISHED_AT);
    attempt->start = db_null(&replay->rows, row, TF_STARTED_AT)
                         ? db_num(&replay->rows, row, TF_CLAIMED_AT)
                         : db_num(&replay->rows, row, TF_STARTED_AT);
    if (task->attempts++ == 0)
        task->first = row;
    tell(replay, attempt->start, "started", attempt->task, attempt->agent);
    tell(replay, attempt->end, attempt->outcome, attempt->task, attempt->agent);
}

static int by_time(const void *left, const void *right)
{
    const struct moment *a = left;
    const struct moment *b = right;

    if (a->ts != b->ts)
        return a->ts < b->ts ? -1 : 1;
    return (a->task > b->task) - (a->task < b->task);
}

/* As many slots as it ever used. */
static void count_slots(struct replay *replay)
{
    for (size_t i = 0; i < replay->moment_count; i++) {
        const struct moment *moment = &replay->moments[i];
        struct played_agent *agent =
            moment->agent == NOBODY ? NULL : &replay->agents[moment->agent];

        if (!agent)
            continue;
        if (strcmp(moment->kind, "started") == 0)
            agent->running++;
        else if (agent->running > 0)
            agent->running--;
        if (agent->running > agent->jobs)
            agent->jobs = agent->running;
    }
}

static void take_moments(struct replay *replay)
{
    for (size_t i = 0; i < replay->flow.count; i++) {
        const struct played *task = &replay->tasks[i];

        tell(replay, task->created, "submitted", i, NOBODY);
        /* Attempts tell of the others. */
        if (task->finished != NEVER && task->node->status != TASK_COMPLETED)
            tell(replay, task->finished, task_status_name(task->node->status),
                 i, NOBODY);
    }
    for (size_t i = 0; i < replay->rows.count; i++)
        take_attempt(replay, i);
    qsort(replay->moments, replay->moment_count, sizeof(*replay->moments),
          by_time);
    count_slots(replay);
}

static void set_model(struct replay *replay, struct top_model *model)
{
    model->replay = true;
    model->proof_mode = true;
    model->from = replay->moments[0].ts;
    model->to = replay->moments[replay->moment_count - 1].ts;
    model->now = model->from;
    model->queues = xcalloc(replay->flow.count + 1, sizeof(*model->queues));
    model->agents = xcalloc(replay->agent_count + 1, sizeof(*model->agents));
}

struct replay *replay_open(struct status *status, const char *workflow,
                           struct top_model *model, struct err *err)
{
    struct replay *replay = xcalloc(1, sizeof(*replay));

    if (!status->store) {
        err_set(err, ERR_NOINPUT, "no such workflow: '%s'", workflow);
        goto fail;
    }
    if (flow_read(status->store, workflow, &replay->flow, err) < 0 ||
        store_top_flow(status->store,
                       db_text(&replay->flow.head, 0, RV_WORKFLOW_ID),
                       MOST_ATTEMPTS, &replay->rows, err) < 0)
        goto fail;
    if (replay->flow.count == 0) {
        err_set(err, ERR_NOINPUT, "workflow '%s' has no tasks", workflow);
        goto fail;
    }
    take_tasks(replay);
    replay->attempts =
        xcalloc(replay->rows.count + 1, sizeof(*replay->attempts));
    if (take_edges(replay, status, err) < 0)
        goto fail;
    take_moments(replay);
    set_model(replay, model);
    return replay;
fail:
    replay_close(replay);
    return NULL;
}

void replay_close(struct replay *replay)
{
    if (!replay)
        return;
    flow_release(&replay->flow);
    db_rows_release(&replay->rows);
    free(replay->tasks);
    free(replay->attempts);
    free(replay->agents);
    free(replay->moments);
    free(replay);
}

/* --- showing -------------------------------------------------------------- */

static struct top_queue *queue_of(struct top_model *model, const char *type)
{
    struct top_queue *queue;

    for (size_t i = 0; i < model->queue_count; i++)
        if (strcmp(model->queues[i].type, type) == 0)
            return &model->queues[i];
    queue = &model->queues[model->queue_count++];
    *queue = (struct top_queue){.wait = -1};
    snprintf(queue->type, sizeof(queue->type), "%.67s", type);
    return queue;
}

/* What it runs at this instant becomes what the agent does. */
static void show_running(struct replay *replay, struct top_model *model,
                         const struct played_attempt *attempt, int64_t at)
{
    struct top_agent *agent = &model->agents[attempt->agent];
    const struct flow_node *node = replay->tasks[attempt->task].node;

    if (agent->running++ > 0)
        return;
    snprintf(agent->task_id, sizeof(agent->task_id), "%.39s",
             flow_text(node, RK_TASK_ID));
    snprintf(agent->task_type, sizeof(agent->task_type), "%.67s",
             flow_text(node, RK_TASK_TYPE));
    snprintf(agent->task, sizeof(agent->task), "%.230s",
             flow_text(node, RK_DESCRIPTION));
    agent->task_for = at - attempt->start;
}

/* Attempts up to this instant; true if the task runs. */
static bool show_attempts(struct replay *replay, struct top_model *model,
                          const struct played *task, struct top_queue *queue,
                          int64_t at)
{
    bool runs = false;

    for (size_t i = task->first; i < task->first + task->attempts; i++) {
        const struct played_attempt *attempt = &replay->attempts[i];
        struct top_agent *agent = &model->agents[attempt->agent];

        if (attempt->start > at)
            break;
        if (attempt->end > at) {
            show_running(replay, model, attempt, at);
            runs = true;
            continue;
        }
        agent->completed += attempt->good;
        agent->failed += !attempt->good;
        queue->completed += attempt->good && attempt->end > at - MINUTE;
        queue->failed += !attempt->good && attempt->end > at - MINUTE;
    }
    return runs;
}

static void show_task(struct replay *replay, struct top_model *model,
                      const struct played *task, int64_t at)
{
    struct top_queue *queue =
        queue_of(model, flow_text(task->node, RK_TASK_TYPE));

    if (task->created > at)
        return;
    if (show_attempts(replay, model, task, queue, at)) {
        queue->running++;
    } else if (task->finished <= at) {
        queue->dead += task->node->status == TASK_DEAD;
    } else if (task->ready <= at &&
               (task->attempts == 0 ||
                replay->attempts[task->first].start > at)) {
        queue->pending++;
        if (at - task->ready > queue->wait)
            queue->wait = at - task->ready;
    } else {
        queue->waiting++;
    }
}

static void show_agents(struct replay *replay, struct top_model *model,
                        int64_t at)
{
    model->agents_count = model->jobs = model->busy = 0;
    for (size_t i = 0; i < replay->agent_count; i++) {
        const struct played_agent *from = &replay->agents[i];
        struct top_agent *agent = &model->agents[i];

        *agent =
            (struct top_agent){.jobs = from->jobs, .percent = -1, .silent = -1};
        snprintf(agent->agent_id, sizeof(agent->agent_id), "%.39s",
                 from->agent_id);
        snprintf(agent->name, sizeof(agent->name), "%.67s", from->name);
        snprintf(agent->state, sizeof(agent->state), "%s",
                 from->from <= at ? "active" : "to come");
        model->agents_count += from->from <= at;
        model->jobs += from->jobs;
    }
    model->agent_count = replay->agent_count;
}

static void show_moments(struct replay *replay, struct top_model *model,
                         int64_t at)
{
    if (at < replay->at) {
        model->event_first = model->event_count = 0;
        replay->told = 0;
    }
    for (; replay->told < replay->moment_count; replay->told++) {
        const struct moment *moment = &replay->moments[replay->told];
        const struct flow_node *node = replay->tasks[moment->task].node;
        const char *ref = flow_text(node, RK_REF);
        struct top_event *event;

        if (moment->ts > at)
            break;
        event = top_event_add(model);
        event->ts = moment->ts;
        snprintf(event->kind, sizeof(event->kind), "%s", moment->kind);
        snprintf(event->task_id, sizeof(event->task_id), "%.39s",
                 flow_text(node, RK_TASK_ID));
        snprintf(event->text, sizeof(event->text), "%s%s%.170s", ref ? ref : "",
                 ref ? ": " : "", flow_text(node, RK_DESCRIPTION));
    }
}

static void show_title(struct replay *replay, struct top_model *model,
                       int64_t at)
{
    const struct db_rows *head = &replay->flow.head;
    const char *name = db_text(head, 0, RV_NAME);
    size_t ended = 0;

    for (size_t i = 0; i < replay->flow.count; i++)
        ended += replay->tasks[i].finished <= at;
    snprintf(model->title, sizeof(model->title), "%.80s: %zu of %zu tasks",
             name ? name : db_text(head, 0, RV_WORKFLOW_ID), ended,
             replay->flow.count);
}

void replay_show(struct replay *replay, struct top_model *model,
                 int64_t instant)
{
    model->now = instant;
    model->queue_count = 0;
    model->completed = model->failed = 0;
    show_agents(replay, model, instant);
    for (size_t i = 0; i < replay->flow.count; i++)
        show_task(replay, model, &replay->tasks[i], instant);
    show_moments(replay, model, instant);
    show_title(replay, model, instant);
    replay->at = instant;
}
