/*
 * status-top-replay.c - a workflow that is played again: all of it, read once
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/status-top-replay.h"
#include "core/mem.h"
#include "store/top.h"

enum { MOST_ATTEMPTS = 200000, EDGES = 1000, NOBODY = -1 };

#define NEVER INT64_MAX

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
    struct read_flow_at at = {0};
    struct db_rows rows = {0};
    const char *id = db_text(&replay->flow.head, 0, RV_WORKFLOW_ID);
    size_t count;

    do {
        if (read_flow_edges(status->store, id, &at, EDGES, &rows, err) < 0)
            return -1;
        count = rows.count;
        for (size_t i = 0; i < count; i++) {
            struct played *child = find(replay, db_num(&rows, i, RP_CHILD_SEQ));
            const struct played *parent =
                find(replay, db_num(&rows, i, RP_PARENT_SEQ));

            if (child && parent && parent->finished > child->ready)
                child->ready = parent->finished;
        }
        db_rows_release(&rows);
    } while (count > 0);
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
