/*
 * top-model.c - what the live screen knows
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "report/top.h"

void top_model_release(struct top_model *model)
{
    free(model->queues);
    free(model->agents);
    free(model->costs);
    free(model->events);
    *model = (struct top_model){0};
}

const struct top_event *top_event(const struct top_model *model, size_t i)
{
    return &model->events[(model->event_first + model->event_count - 1 - i) %
                          TOP_EVENTS];
}

struct top_event *top_event_add(struct top_model *model)
{
    struct top_event *event;

    if (!model->events)
        model->events = xcalloc(TOP_EVENTS, sizeof(*model->events));
    if (model->event_count == TOP_EVENTS)
        model->event_first = (model->event_first + 1) % TOP_EVENTS;
    else
        model->event_count++;
    event = &model->events[(model->event_first + model->event_count - 1) %
                           TOP_EVENTS];
    *event = (struct top_event){.serial = ++model->event_serial};
    return event;
}

void top_detail_release(struct top_detail *detail)
{
    for (size_t i = 0; i < detail->count; i++)
        free(detail->lines[i].text);
    free(detail->lines);
    *detail = (struct top_detail){0};
}

void top_detail_add(struct top_detail *detail, int attr, const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    detail->lines = xgrow(detail->lines, detail->count, &detail->cap,
                          sizeof(*detail->lines));
    detail->lines[detail->count++] =
        (struct top_line){.attr = attr, .text = buf_detach(&text)};
}

void top_detail_keep(struct top_detail *detail, size_t most)
{
    size_t over = detail->count > most ? detail->count - most : 0;

    if (over == 0)
        return;
    for (size_t i = 0; i < over; i++)
        free(detail->lines[i].text);
    detail->count = most;
    memmove(detail->lines, detail->lines + over, most * sizeof(*detail->lines));
}

/* --- what passes the filter ----------------------------------------------- */

bool top_passes(const struct top_view *view, const char *const *texts)
{
    const char *filter = view->typing ? view->typed : view->filter;

    if (!*filter)
        return true;
    for (; *texts; texts++)
        if (strcasestr(*texts, filter))
            return true;
    return false;
}

bool top_queue_passes(const struct top_view *view, const struct top_queue *q)
{
    return top_passes(view, (const char *const[]){q->type, NULL});
}

bool top_agent_passes(const struct top_view *view, const struct top_agent *a)
{
    return top_passes(view, (const char *const[]){a->name, a->agent_id,
                                                  a->state, a->task_id,
                                                  a->task_type, a->task, NULL});
}

bool top_event_passes(const struct top_view *view, const struct top_event *e)
{
    return top_passes(view, (const char *const[]){e->kind, e->task_id,
                                                  e->agent_id, e->text, NULL});
}
