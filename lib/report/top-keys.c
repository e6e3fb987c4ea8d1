/*
 * top-keys.c - what keys do to the view of the live screen
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "report/top.h"

/* --- typing a filter ------------------------------------------------------ */

static void type_char(struct top_view *view, const char *character)
{
    size_t len = strlen(view->typed);
    size_t more = strlen(character);

    if (len + more < sizeof(view->typed))
        memcpy(view->typed + len, character, more + 1);
}

static void erase_char(struct top_view *view)
{
    size_t len = strlen(view->typed);

    while (len > 0 && ((unsigned char)view->typed[--len] & 0xc0) == 0x80)
        ;
    view->typed[len] = '\0';
}

static enum top_wish press_typing(struct top_view *view, enum top_key key,
                                  const char *character)
{
    if (key == TOP_KEY_CHAR)
        type_char(view, character);
    else if (key == TOP_KEY_BACKSPACE)
        erase_char(view);
    if (key != TOP_KEY_ENTER && key != TOP_KEY_ESCAPE)
        return TOP_NOTHING;
    if (key == TOP_KEY_ENTER)
        memcpy(view->filter, view->typed, sizeof(view->filter));
    view->typing = false;
    view->anchor = 0;
    return TOP_NOTHING;
}

/* --- moving --------------------------------------------------------------- */

static size_t moved(size_t at, enum top_key key, size_t page)
{
    switch (key) {
    case TOP_KEY_UP:
        return at > 0 ? at - 1 : 0;
    case TOP_KEY_DOWN:
        return at + 1;
    case TOP_KEY_PAGE_UP:
        return at > page ? at - page : 0;
    case TOP_KEY_PAGE_DOWN:
        return at + page;
    case TOP_KEY_HOME:
        return 0;
    case TOP_KEY_END:
        return SIZE_MAX / 2;
    case TOP_KEY_NONE:
    case TOP_KEY_CHAR:
    case TOP_KEY_LEFT:
    case TOP_KEY_RIGHT:
    case TOP_KEY_ENTER:
    case TOP_KEY_TAB:
    case TOP_KEY_BACK_TAB:
    case TOP_KEY_ESCAPE:
    case TOP_KEY_BACKSPACE:
        break;
    }
    return at;
}

/* The n-th of the events that pass. */
static const struct top_event *event_at(const struct top_view *view,
                                        const struct top_model *model, size_t n)
{
    const struct top_event *last = NULL;

    for (size_t i = 0; i < model->event_count; i++) {
        if (!top_event_passes(view, top_event(model, i)))
            continue;
        last = top_event(model, i);
        if (n-- == 0)
            break;
    }
    return last;
}

static void move(struct top_view *view, const struct top_model *model,
                 enum top_key key)
{
    enum top_part part = view->focus;
    size_t to = moved(view->selected[part], key, view->page[part]);
    const struct top_event *event;

    view->selected[part] = to;
    if (part != TOP_EVENT_LIST)
        return;
    event = to > 0 ? event_at(view, model, to) : NULL;
    view->anchor = event ? event->serial : 0;
}

/* --- looking into --------------------------------------------------------- */

static const char *chosen_task(const struct top_view *view,
                               const struct top_model *model)
{
    const struct top_event *event;
    size_t n = view->selected[TOP_AGENTS];

    if (view->focus == TOP_EVENT_LIST) {
        event = event_at(view, model, view->selected[TOP_EVENT_LIST]);
        return event ? event->task_id : "";
    }
    for (size_t i = 0; i < model->agent_count; i++)
        if (top_agent_passes(view, &model->agents[i]) && n-- == 0)
            return model->agents[i].task_id;
    return "";
}

static void choose_type(struct top_view *view, const struct top_model *model)
{
    size_t n = view->selected[TOP_QUEUES];

    for (size_t i = 0; i < model->queue_count; i++) {
        if (!top_queue_passes(view, &model->queues[i]) || n-- > 0)
            continue;
        snprintf(view->filter, sizeof(view->filter), "%.63s",
                 model->queues[i].type);
        view->anchor = 0;
        return;
    }
}

static enum top_wish look(struct top_view *view, const struct top_model *model,
                          char task_id[40])
{
    const char *id;

    if (view->focus == TOP_QUEUES) {
        choose_type(view, model);
        return TOP_NOTHING;
    }
    id = chosen_task(view, model);
    if (!*id)
        return TOP_NOTHING;
    snprintf(task_id, 40, "%s", id);
    view->detail = true;
    view->detail_first = 0;
    return TOP_LOOK;
}

/* --- all keys ------------------------------------------------------------- */

static enum top_wish escape(struct top_view *view)
{
    if (view->detail)
        view->detail = false;
    else
        view->filter[0] = '\0';
    return TOP_NOTHING;
}

/* Letters are keys of their own, or stand for others. */
static enum top_wish press_char(struct top_view *view,
                                const struct top_model *model, char letter)
{
    switch (letter) {
    case 'q':
        return TOP_QUIT;
    case 'p':
    case ' ':
        view->frozen = !view->frozen;
        return TOP_NOTHING;
    case '?':
    case 'h':
        view->help = true;
        return TOP_NOTHING;
    case '/':
        view->typing = !view->detail;
        view->typed[0] = '\0';
        return TOP_NOTHING;
    case 'j':
        return top_press(view, model, TOP_KEY_DOWN, "", NULL);
    case 'k':
        return top_press(view, model, TOP_KEY_UP, "", NULL);
    case 'r':
        return TOP_REFRESH;
    case '+':
    case '=':
        return TOP_FASTER;
    case '-':
        return TOP_SLOWER;
    default:
        return TOP_NOTHING;
    }
}

enum top_wish top_press(struct top_view *view, const struct top_model *model,
                        enum top_key key, const char *character,
                        char task_id[40])
{
    if (view->help) {
        view->help = false;
        return key == TOP_KEY_CHAR && *character == 'q' ? TOP_QUIT
                                                        : TOP_NOTHING;
    }
    if (view->typing)
        return press_typing(view, key, character);
    if (key == TOP_KEY_CHAR)
        return press_char(view, model, *character);
    if (key == TOP_KEY_ESCAPE || key == TOP_KEY_BACKSPACE)
        return escape(view);
    if (view->detail) {
        view->detail_first = moved(view->detail_first, key, view->detail_page);
        return TOP_NOTHING;
    }
    if (key == TOP_KEY_TAB)
        view->focus = (enum top_part)((view->focus + 1) % TOP_PARTS);
    else if (key == TOP_KEY_BACK_TAB)
        view->focus =
            (enum top_part)((view->focus + TOP_PARTS - 1) % TOP_PARTS);
    else if (key == TOP_KEY_ENTER)
        return look(view, model, task_id);
    else if (model->replay && key == TOP_KEY_LEFT)
        return TOP_BACK;
    else if (model->replay && key == TOP_KEY_RIGHT)
        return TOP_FORWARD;
    else if (model->replay && key == TOP_KEY_HOME)
        return TOP_RESTART;
    else
        move(view, model, key);
    return TOP_NOTHING;
}
