/*
 * top-parts.c - header, queues, agents, events and costs of the live screen
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "report/top.h"

/* "14:03:59" of an instant, as the user's clock has it. */
static const char *time_of_day(int64_t instant, char text[16])
{
    time_t seconds = (time_t)(instant / USEC_PER_SEC);
    struct tm tm;

    text[0] = '\0';
    if (localtime_r(&seconds, &tm))
        strftime(text, 16, "%H:%M:%S", &tm);
    return text;
}

/* --- header --------------------------------------------------------------- */

/* Words one behind the other, as long as they fit. */
struct words {
    struct screen *screen;
    int row, col, end;
};

static void word(struct words *words, int attr, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

static void word(struct words *words, int attr, const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;
    int width;

    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    /* A word that does not fit is left out, unless it is the first. */
    width = (int)utf8_columns(text.data, text.len);
    if (words->col == 0 || words->col + width <= words->end)
        words->col += screen_put(words->screen, words->row, words->col,
                                 words->end - words->col, attr, text.data) +
                      2;
    buf_release(&text);
}

static void put_flags(struct words *words, const struct top_model *model)
{
    /* This must be seen, if only its start. */
    if (*model->error)
        words->col +=
            screen_put(words->screen, words->row, words->col,
                       words->end - words->col, SCREEN_BAD, model->error) +
            2;
    if (model->none)
        word(words, SCREEN_WARN, "there is no database yet");
    if (model->killed)
        word(words, SCREEN_BAD, "KILLED");
    if (model->paused_in)
        word(words, SCREEN_WARN, "PAUSED IN");
    if (model->paused_out)
        word(words, SCREEN_WARN, "PAUSED OUT");
    if (*model->paused_types)
        word(words, SCREEN_WARN, "PAUSED %s", model->paused_types);
}

static void put_replay(struct words *words, const struct top_model *model)
{
    char at[CLOCK_SPAN_SIZE], all[CLOCK_SPAN_SIZE];

    word(words, SCREEN_TITLE, "replay %gx", model->speed);
    word(words, SCREEN_PLAIN, "%s of %s",
         clock_span(model->now - model->from, at),
         clock_span(model->to - model->from, all));
    word(words, SCREEN_DIM, "%s", model->title);
}

static int64_t sum_of(const struct top_model *model, size_t offset)
{
    int64_t sum = 0;

    for (size_t i = 0; i < model->queue_count; i++) {
        int64_t value;

        memcpy(&value, (const char *)&model->queues[i] + offset, sizeof(value));
        sum += value;
    }
    return sum;
}
#define SUM(model, field) sum_of(model, offsetof(struct top_queue, field))

static void put_totals(struct words *words, const struct top_model *model)
{
    int64_t running = SUM(model, running);
    int64_t dead = SUM(model, dead);

    word(words, SCREEN_PLAIN, "pending %lld", (long long)SUM(model, pending));
    word(words, running ? SCREEN_INFO : SCREEN_PLAIN, "running %lld",
         (long long)running);
    word(words, SCREEN_PLAIN, "waiting %lld", (long long)SUM(model, waiting));
    word(words, dead ? SCREEN_BAD : SCREEN_PLAIN, "dead %lld", (long long)dead);
    if (model->replay)
        return;
    word(words, model->completed > 0 ? SCREEN_GOOD : SCREEN_PLAIN,
         "done %.0f/min", model->completed);
    word(words, model->failed > 0 ? SCREEN_BAD : SCREEN_PLAIN,
         "failed %.0f/min", model->failed);
    word(words, SCREEN_PLAIN, "agents %lld", (long long)model->agents_count);
    word(words, SCREEN_PLAIN, "busy %lld/%lld", (long long)model->busy,
         (long long)model->jobs);
    word(words,
         strcmp(model->redis, "unreachable") == 0 ? SCREEN_BAD : SCREEN_DIM,
         "redis %s", model->redis);
    if (!model->proof_mode)
        word(words, SCREEN_WARN, "real");
}

void top_draw_header(struct screen *screen, const struct top_model *model,
                     const struct top_box *box)
{
    struct words words = {screen, box->row, 0, box->cols};
    char text[16];

    word(&words, SCREEN_TITLE, "aaos");
    word(&words, SCREEN_PLAIN, "%s", time_of_day(model->now, text));
    if (model->replay)
        put_replay(&words, model);
    put_flags(&words, model);
    if (box->rows > 1) {
        word(&words, SCREEN_DIM, "%s", model->database);
        words = (struct words){screen, box->row + 1, 0, box->cols};
    }
    put_totals(&words, model);
}

/* --- queues --------------------------------------------------------------- */

enum {
    Q_TYPE,
    Q_PENDING,
    Q_RUNNING,
    Q_WAITING,
    Q_DEAD,
    Q_DONE,
    Q_FAILED,
    Q_WAIT
};
static const struct top_column queue_columns[] = {
    [Q_TYPE] = {"TYPE", 0, 10, 0, false},
    [Q_PENDING] = {"PENDING", 8, 0, 0, true},
    [Q_RUNNING] = {"RUNNING", 8, 0, 1, true},
    [Q_WAITING] = {"WAITING", 8, 0, 3, true},
    [Q_DEAD] = {"DEAD", 7, 0, 2, true},
    [Q_DONE] = {"DONE/MIN", 9, 0, 2, true},
    [Q_FAILED] = {"FAIL/MIN", 9, 0, 4, true},
    [Q_WAIT] = {"NEXT WAITS", 10, 0, 3, true},
};

static void put_queue(struct screen *screen, const struct top_grid *grid,
                      const struct top_queue *q)
{
    char span[CLOCK_SPAN_SIZE];

    top_grid_text(screen, grid, Q_TYPE, SCREEN_PLAIN, q->type);
    top_grid_fmt(screen, grid, Q_PENDING, SCREEN_PLAIN, "%lld",
                 (long long)q->pending);
    top_grid_fmt(screen, grid, Q_RUNNING,
                 q->running ? SCREEN_INFO : SCREEN_PLAIN, "%lld",
                 (long long)q->running);
    top_grid_fmt(screen, grid, Q_WAITING, SCREEN_PLAIN, "%lld",
                 (long long)q->waiting);
    top_grid_fmt(screen, grid, Q_DEAD, q->dead ? SCREEN_BAD : SCREEN_PLAIN,
                 "%lld", (long long)q->dead);
    top_grid_fmt(screen, grid, Q_DONE,
                 q->completed > 0 ? SCREEN_GOOD : SCREEN_PLAIN, "%.0f",
                 q->completed);
    top_grid_fmt(screen, grid, Q_FAILED,
                 q->failed > 0 ? SCREEN_BAD : SCREEN_PLAIN, "%.0f", q->failed);
    if (q->wait >= 0)
        top_grid_text(screen, grid, Q_WAIT, SCREEN_PLAIN,
                      clock_span(q->wait, span));
}

/* The attribute of a row that is selected in the part with the focus. */
static int selected(const struct top_view *view, enum top_part part, size_t row)
{
    return view->focus == part && view->selected[part] == row ? SCREEN_SELECTED
                                                              : 0;
}

static void mark_row(struct screen *screen, const struct top_box *box,
                     struct top_grid *grid, int attr)
{
    grid->row++;
    grid->attr = attr;
    if (attr)
        screen_attr(screen, grid->row, box->col, box->cols, attr);
}

void top_draw_queues(struct screen *screen, struct top_view *view,
                     const struct top_model *model, const struct top_box *box)
{
    struct top_box list = {box->row + 1, box->col, box->rows - 1, box->cols};
    struct top_grid grid;
    size_t count = 0;
    size_t row = 0;

    for (size_t i = 0; i < model->queue_count; i++)
        count += top_queue_passes(view, &model->queues[i]);
    top_scroll(view, TOP_QUEUES, count, box->rows - 2);
    top_draw_list_title(screen, view, TOP_QUEUES, box, "QUEUES", count);
    grid = top_grid(screen, queue_columns, LENGTH(queue_columns), &list);
    for (size_t i = 0; i < model->queue_count; i++) {
        if (!top_queue_passes(view, &model->queues[i]))
            continue;
        if (row >= view->first[TOP_QUEUES] &&
            row < view->first[TOP_QUEUES] + view->page[TOP_QUEUES]) {
            mark_row(screen, box, &grid, selected(view, TOP_QUEUES, row));
            put_queue(screen, &grid, &model->queues[i]);
        }
        row++;
    }
}

/* --- agents --------------------------------------------------------------- */

enum { A_NAME, A_STATE, A_LOAD, A_DONE, A_FAILED, A_BEAT, A_FOR, A_TASK };
static const struct top_column agent_columns[] = {
    [A_NAME] = {"AGENT", 14, 0, 0, false},
    [A_STATE] = {"STATE", 8, 0, 2, false},
    [A_LOAD] = {"LOAD", 13, 0, 1, false},
    [A_DONE] = {"DONE", 7, 0, 4, true},
    [A_FAILED] = {"FAILED", 6, 0, 6, true},
    [A_BEAT] = {"SEEN", 6, 0, 1, true},
    [A_FOR] = {"FOR", 6, 0, 5, true},
    [A_TASK] = {"TASK", 0, 20, 0, false},
};

/* "###... 4/8" */
static void put_load(struct screen *screen, const struct top_grid *grid,
                     const struct top_agent *a)
{
    enum { WIDTH = 6 };
    char bar[WIDTH + 1];
    int64_t filled =
        a->jobs > 0 ? (a->running * WIDTH + a->jobs - 1) / a->jobs : 0;

    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[WIDTH] = '\0';
    top_grid_fmt(screen, grid, A_LOAD,
                 a->running >= a->jobs ? SCREEN_GOOD
                 : a->running > 0      ? SCREEN_INFO
                                       : SCREEN_DIM,
                 "%s %lld/%lld", bar, (long long)a->running,
                 (long long)a->jobs);
}

static void put_agent(struct screen *screen, const struct top_grid *grid,
                      const struct top_agent *a)
{
    char span[CLOCK_SPAN_SIZE];

    top_grid_text(screen, grid, A_NAME, SCREEN_PLAIN, a->name);
    top_grid_text(screen, grid, A_STATE,
                  strcmp(a->state, "active") == 0 ? SCREEN_PLAIN : SCREEN_WARN,
                  a->state);
    put_load(screen, grid, a);
    top_grid_fmt(screen, grid, A_DONE, SCREEN_PLAIN, "%lld",
                 (long long)a->completed);
    top_grid_fmt(screen, grid, A_FAILED, a->failed ? SCREEN_WARN : SCREEN_PLAIN,
                 "%lld", (long long)a->failed);
    if (a->silent >= 0)
        top_grid_text(screen, grid, A_BEAT,
                      a->silent > 30 * USEC_PER_SEC ? SCREEN_BAD : SCREEN_PLAIN,
                      clock_span(a->silent, span));
    if (!*a->task_id)
        return;
    top_grid_text(screen, grid, A_FOR, SCREEN_PLAIN,
                  clock_span(a->task_for, span));
    if (a->percent >= 0)
        top_grid_fmt(screen, grid, A_TASK, SCREEN_PLAIN, "%3d%% %s", a->percent,
                     a->task);
    else
        top_grid_text(screen, grid, A_TASK, SCREEN_PLAIN, a->task);
}

void top_draw_agents(struct screen *screen, struct top_view *view,
                     const struct top_model *model, const struct top_box *box)
{
    struct top_box list = {box->row + 1, box->col, box->rows - 1, box->cols};
    struct top_grid grid;
    size_t count = 0;
    size_t row = 0;

    for (size_t i = 0; i < model->agent_count; i++)
        count += top_agent_passes(view, &model->agents[i]);
    top_scroll(view, TOP_AGENTS, count, box->rows - 2);
    /* Without a filter those count, too, that were not read. */
    top_draw_list_title(screen, view, TOP_AGENTS, box, "AGENTS",
                        count < model->agent_count ||
                                model->agents_count < (int64_t)count
                            ? count
                            : (size_t)model->agents_count);
    grid = top_grid(screen, agent_columns, LENGTH(agent_columns), &list);
    for (size_t i = 0; i < model->agent_count; i++) {
        if (!top_agent_passes(view, &model->agents[i]))
            continue;
        if (row >= view->first[TOP_AGENTS] &&
            row < view->first[TOP_AGENTS] + view->page[TOP_AGENTS]) {
            mark_row(screen, box, &grid, selected(view, TOP_AGENTS, row));
            put_agent(screen, &grid, &model->agents[i]);
        }
        row++;
    }
}
