/*
 * status-top-stage.c - any instant of a workflow, as the screen showed it
 *
 * What there was follows from when each task was made, when what it waited
 * for had ended, and when its attempts began and ended; so any instant can
 * be shown at once, and time can run at any speed, and backwards.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cmd/status-top-replay.h"
#include "core/clock.h"

#define MINUTE (60 * USEC_PER_SEC)

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
