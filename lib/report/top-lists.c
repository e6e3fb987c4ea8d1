/*
 * top-lists.c - events and costs of the live screen
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "report/top.h"

/* --- events --------------------------------------------------------------- */

static int color_of(const char *kind)
{
    static const struct {
        const char *kind;
        int attr;
    } colors[] = {
        {"completed", SCREEN_GOOD}, {"failed", SCREEN_BAD},
        {"timed_out", SCREEN_BAD},  {"lost", SCREEN_BAD},
        {"dead", SCREEN_BAD},       {"cancelled", SCREEN_WARN},
        {"control", SCREEN_WARN},   {"registered", SCREEN_INFO},
        {"gone", SCREEN_INFO},      {"started", SCREEN_INFO},
        {"log", SCREEN_DIM},        {"handed_back", SCREEN_DIM},
    };

    for (size_t i = 0; i < LENGTH(colors); i++)
        if (strcmp(colors[i].kind, kind) == 0)
            return colors[i].attr;
    return SCREEN_PLAIN;
}

enum { E_TIME, E_KIND, E_TASK, E_TEXT };
static const struct top_column event_columns[] = {
    [E_TIME] = {"TIME", 8, 0, 0, false},
    [E_KIND] = {"WHAT", 11, 0, 0, false},
    [E_TASK] = {"TASK", 8, 0, 2, false},
    [E_TEXT] = {"", 0, 18, 0, false},
};

static void put_event(struct screen *screen, const struct top_grid *grid,
                      const struct top_event *e)
{
    time_t seconds = (time_t)(e->ts / USEC_PER_SEC);
    size_t len = strlen(e->task_id);
    struct tm tm;
    char when[16] = "";

    if (localtime_r(&seconds, &tm))
        strftime(when, sizeof(when), "%H:%M:%S", &tm);
    top_grid_text(screen, grid, E_TIME, SCREEN_DIM, when);
    top_grid_text(screen, grid, E_KIND, color_of(e->kind), e->kind);
    /* The end of an id is what differs, and names it. */
    top_grid_text(screen, grid, E_TASK, SCREEN_DIM,
                  len > 8 ? e->task_id + len - 8 : e->task_id);
    top_grid_text(screen, grid, E_TEXT, SCREEN_PLAIN, e->text);
}

/* The selection stays at its event while others come. */
static size_t count_events(struct top_view *view, const struct top_model *model)
{
    size_t count = 0;

    for (size_t i = 0; i < model->event_count; i++) {
        const struct top_event *event = top_event(model, i);

        if (!top_event_passes(view, event))
            continue;
        if (view->anchor && event->serial >= view->anchor)
            view->selected[TOP_EVENT_LIST] = count;
        count++;
    }
    if (!view->anchor)
        view->selected[TOP_EVENT_LIST] = 0;
    return count;
}

void top_draw_events(struct screen *screen, struct top_view *view,
                     const struct top_model *model, const struct top_box *box)
{
    struct top_box list = {box->row + 1, box->col, box->rows - 1, box->cols};
    struct top_grid grid;
    size_t count = count_events(view, model);
    size_t first;
    size_t row = 0;

    top_scroll(view, TOP_EVENT_LIST, count, box->rows - 2);
    first = view->first[TOP_EVENT_LIST];
    top_draw_list_title(screen, view, TOP_EVENT_LIST, box, "EVENTS", count);
    grid = top_grid(screen, event_columns, LENGTH(event_columns), &list);
    for (size_t i = 0; i < model->event_count; i++) {
        const struct top_event *event = top_event(model, i);

        if (!top_event_passes(view, event))
            continue;
        if (row >= first + view->page[TOP_EVENT_LIST])
            break;
        if (row >= first) {
            grid.row++;
            grid.attr = view->focus == TOP_EVENT_LIST &&
                                view->selected[TOP_EVENT_LIST] == row
                            ? SCREEN_SELECTED
                            : 0;
            if (grid.attr)
                screen_attr(screen, grid.row, box->col, box->cols, grid.attr);
            put_event(screen, &grid, event);
        }
        row++;
    }
}

/* --- costs ---------------------------------------------------------------- */

enum { C_NAME, C_PERIOD, C_SPENT, C_RESERVED };
static const struct top_column cost_columns[] = {
    [C_NAME] = {"BUDGET", 0, 10, 0, false},
    [C_PERIOD] = {"PERIOD", 12, 0, 2, false},
    [C_SPENT] = {"SPENT USD", 12, 0, 0, true},
    [C_RESERVED] = {"HELD USD", 12, 0, 1, true},
};

static double usd(int64_t pico)
{
    return (double)pico / 1e12;
}

void top_draw_costs(struct screen *screen, const struct top_model *model,
                    const struct top_box *box)
{
    struct top_box list = {box->row + 1, box->col, box->rows - 1, box->cols};
    struct top_grid grid;

    top_draw_title(screen, box, false, "COSTS", "");
    grid = top_grid(screen, cost_columns, LENGTH(cost_columns), &list);
    for (int i = 0; i < box->rows - 2 && (size_t)i < model->cost_count; i++) {
        const struct top_cost *cost = &model->costs[i];

        grid.row++;
        top_grid_text(screen, &grid, C_NAME, SCREEN_PLAIN, cost->name);
        top_grid_text(screen, &grid, C_PERIOD, SCREEN_PLAIN, cost->period);
        top_grid_fmt(screen, &grid, C_SPENT, SCREEN_PLAIN, "%.4f",
                     usd(cost->spent));
        top_grid_fmt(screen, &grid, C_RESERVED,
                     cost->reserved ? SCREEN_INFO : SCREEN_PLAIN, "%.4f",
                     usd(cost->reserved));
    }
}
