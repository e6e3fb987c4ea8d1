/*
 * top-draw.c - which part of the live screen goes where
 *
 * Wide: queues, agents and costs on the left, events on the right.  80
 * columns: one below the other.  Few rows: only the part that has the focus.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "report/top.h"

enum { WIDE = 150, LOW = 18, GAP = 1 };

/* --- lists ---------------------------------------------------------------- */

/* Hide columns, the least important first, until the rest fits. */
static int fit(struct top_grid *grid, int cols)
{
    for (int rank = 9; rank >= 0; rank--) {
        int need = -GAP;

        for (size_t i = 0; i < grid->count; i++) {
            const struct top_column *column = &grid->columns[i];

            grid->width[i] = column->rank > rank ? 0
                             : column->width     ? column->width
                                                 : column->least;
            if (grid->width[i])
                need += grid->width[i] + GAP;
        }
        if (need <= cols)
            return cols - need;
    }
    return 0;
}

struct top_grid top_grid(struct screen *screen,
                         const struct top_column *columns, size_t count,
                         const struct top_box *box)
{
    struct top_grid grid = {
        .columns = columns, .count = count, .row = box->row};
    int left = fit(&grid, box->cols);
    int col = box->col;

    for (size_t i = 0; i < count; i++) {
        if (!grid.width[i])
            continue;
        if (!columns[i].width)
            grid.width[i] += left;
        grid.at[i] = col;
        col += grid.width[i] + GAP;
        top_grid_text(screen, &grid, i, SCREEN_HEAD, columns[i].head);
    }
    return grid;
}

void top_grid_text(struct screen *screen, const struct top_grid *grid,
                   size_t column, int attr, const char *text)
{
    int width = grid->width[column];

    if (!width)
        return;
    if (grid->columns[column].right)
        screen_right(screen, grid->row, grid->at[column], width,
                     attr | grid->attr, text);
    else
        screen_put(screen, grid->row, grid->at[column], width,
                   attr | grid->attr, text);
}

void top_grid_fmt(struct screen *screen, const struct top_grid *grid,
                  size_t column, int attr, const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    top_grid_text(screen, grid, column, attr, text.data);
    buf_release(&text);
}

void top_scroll(struct top_view *view, enum top_part part, size_t count,
                int rows)
{
    size_t page = rows > 0 ? (size_t)rows : 0;
    size_t *selected = &view->selected[part];
    size_t *first = &view->first[part];

    view->page[part] = page;
    if (*selected >= count)
        *selected = count > 0 ? count - 1 : 0;
    if (*selected < *first)
        *first = *selected;
    if (page > 0 && *selected >= *first + page)
        *first = *selected - page + 1;
    if (*first + page > count)
        *first = count > page ? count - page : 0;
}

/* Which of how many are in sight, if not all. */
void top_draw_list_title(struct screen *screen, const struct top_view *view,
                         enum top_part part, const struct top_box *box,
                         const char *title, size_t count)
{
    char more[64] = "";

    if (count > view->page[part] && view->page[part] > 0)
        snprintf(more, sizeof(more), "%zu to %zu of %zu", view->first[part] + 1,
                 view->first[part] + view->page[part], count);
    top_draw_title(screen, box, view->focus == part, title, more);
}

void top_draw_title(struct screen *screen, const struct top_box *box,
                    bool focus, const char *title, const char *more)
{
    int attr = focus ? SCREEN_TITLE : SCREEN_DIM;
    int len = (int)strlen(more);

    screen_rule(screen, box->row, box->col, box->cols, SCREEN_DIM);
    screen_fmt(screen, box->row, box->col + 2, box->cols - 4, attr, " %s ",
               title);
    if (len > 0 && (int)strlen(title) + len + 10 < box->cols)
        screen_fmt(screen, box->row, box->col + box->cols - len - 4, len + 2,
                   SCREEN_DIM, " %s ", more);
}

/* --- the screen ----------------------------------------------------------- */

static void footer(struct screen *screen, const struct top_view *view,
                   const struct top_model *model)
{
    int row = screen->rows - 1;
    const char *keys =
        view->help     ? " any key: back"
        : view->detail ? " Esc back  Up/Down scroll  q quit"
        : model->replay
            ? " q quit  Space pause  +/- speed  Left/Right skip  Home again"
              "  ? help"
            : " q quit  Space pause  Tab part  Enter look  / filter  ? help";

    screen_attr(screen, row, 0, screen->cols, SCREEN_BAR);
    if (view->typing)
        screen_fmt(screen, row, 0, screen->cols, SCREEN_BAR, " filter: %s_",
                   view->typed);
    else if (*model->note)
        screen_fmt(screen, row, 0, screen->cols, SCREEN_BAR, " %s",
                   model->note);
    else if (*view->filter && !view->detail)
        screen_fmt(screen, row, 0, screen->cols, SCREEN_BAR,
                   " only '%s'  (Esc: all) %s", view->filter, keys);
    else
        screen_put(screen, row, 0, screen->cols, SCREEN_BAR, keys);
}

static void draw_part(struct screen *screen, struct top_view *view,
                      const struct top_model *model, enum top_part part,
                      const struct top_box *box)
{
    if (part == TOP_QUEUES)
        top_draw_queues(screen, view, model, box);
    else if (part == TOP_AGENTS)
        top_draw_agents(screen, view, model, box);
    else
        top_draw_events(screen, view, model, box);
}

static int at_most(int wanted, int most)
{
    return wanted < most ? wanted : most;
}

/* A title, a head and a row for each, but not more than a share; what is
 * drawn moves the rest of the box down. */
static struct top_box cut(struct top_box *rest, size_t rows, int share)
{
    struct top_box box = *rest;
    int wanted = at_most((int)at_most((int)rows, SCREEN_MOST) + 2, share);

    box.rows = wanted < 3 ? 3 : wanted;
    box.rows = at_most(box.rows, rest->rows);
    rest->row += box.rows;
    rest->rows -= box.rows;
    return box;
}

static void draw_left(struct screen *screen, struct top_view *view,
                      const struct top_model *model, struct top_box *rest,
                      int share)
{
    struct top_box box = cut(rest, model->queue_count, rest->rows * 4 / 10);

    draw_part(screen, view, model, TOP_QUEUES, &box);
    if (model->cost_count > 0) {
        box = cut(rest, model->cost_count, 6);
        top_draw_costs(screen, model, &box);
    }
    box = cut(rest, model->agent_count, share ? rest->rows / 2 : rest->rows);
    draw_part(screen, view, model, TOP_AGENTS, &box);
}

static void draw_parts(struct screen *screen, struct top_view *view,
                       const struct top_model *model, struct top_box rest)
{
    struct top_box left = rest;

    if (screen->rows < LOW) {
        draw_part(screen, view, model, view->focus, &rest);
        return;
    }
    if (screen->cols < WIDE) {
        draw_left(screen, view, model, &rest, true);
        draw_part(screen, view, model, TOP_EVENT_LIST, &rest);
        return;
    }
    left.cols = rest.cols / 2;
    rest.col += left.cols + 1;
    rest.cols -= left.cols + 1;
    draw_left(screen, view, model, &left, false);
    draw_part(screen, view, model, TOP_EVENT_LIST, &rest);
}

void top_draw(struct screen *screen, struct top_view *view,
              const struct top_model *model, const struct top_detail *detail)
{
    struct top_box head = {.rows = screen->rows < LOW ? 1 : 2,
                           .cols = screen->cols};
    struct top_box rest = {.row = head.rows,
                           .rows = screen->rows - head.rows - 1,
                           .cols = screen->cols};

    top_draw_header(screen, model, &head);
    if (view->frozen)
        screen_put(screen, 0, screen->cols - 10, 10, SCREEN_WARN, "  PAUSED  ");
    if (rest.rows > 0 && view->help)
        top_draw_help(screen, model, &rest);
    else if (rest.rows > 0 && view->detail)
        top_draw_detail(screen, view, detail, &rest);
    else if (rest.rows > 0)
        draw_parts(screen, view, model, rest);
    if (screen->rows > 1)
        footer(screen, view, model);
}
