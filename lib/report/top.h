/*
 * top.h - the live screen: what it shows, how it looks, what keys do
 *
 *   top.h          the model (what is known) and the view (what is looked at)
 *   top-draw.c     which part goes where
 *   top-parts.c    header, queues, agents, events, costs
 *   top-detail.c   one task; help
 *   top-keys.c     keys change the view
 *
 * Nothing here reads a database, a clock or a keyboard.
 */
#ifndef AAOS_REPORT_TOP_H
#define AAOS_REPORT_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/screen.h"

/* --- the model ------------------------------------------------------------ */

struct top_queue {
    char type[68];
    int64_t pending, running, waiting, dead;
    double completed, failed; /* a minute */
    int64_t wait;             /* of the next one, microseconds; -1: none */
};

struct top_agent {
    char agent_id[40];
    char name[68];
    char state[12]; /* "active", "draining" */
    int64_t jobs, running;
    int64_t completed, failed;
    int64_t silent; /* since its last heartbeat, microseconds; -1: unknown */
    /* One of the tasks that it runs; task_id "": none. */
    char task_id[40];
    char task_type[68];
    char task[240];
    int percent;      /* -1: not told */
    int64_t task_for; /* microseconds */
};

struct top_event {
    uint64_t serial; /* 1 for the first that was seen */
    int64_t ts;
    char kind[16];
    char task_id[40];
    char agent_id[40];
    char text[240];
};

struct top_cost {
    char name[100];
    char period[24];
    int64_t spent, reserved; /* 10^-12 USD */
};

enum { TOP_EVENTS = 2000 };

struct top_model {
    char database[120];
    char redis[40];  /* "ok", "none", ... */
    char error[200]; /* the database is away: the rest is old; "" */
    char note[80];   /* what the last key had to say; "" */
    int64_t now;     /* of the database, or of what is played */
    bool none;       /* there is no database yet */
    bool paused_in, paused_out, killed, proof_mode;
    char paused_types[100]; /* as a list, or "" */
    int64_t agents_count, jobs, busy;
    double completed, failed; /* a minute */
    struct top_queue *queues;
    size_t queue_count;
    struct top_agent *agents; /* the first of agents_count */
    size_t agent_count;
    struct top_cost *costs;
    size_t cost_count;
    /* A ring: event i (0 is the newest) is top_event(model, i). */
    struct top_event *events;
    size_t event_first, event_count;
    uint64_t event_serial;
    /* A replay. */
    bool replay;
    double speed;
    int64_t from, to;
    char title[120];
};
void top_model_release(struct top_model *model);
const struct top_event *top_event(const struct top_model *model, size_t i);
/* A place for the next event; the oldest is forgotten. */
struct top_event *top_event_add(struct top_model *model);

/* One task, as lines. */
struct top_detail {
    char task_id[40];
    struct top_line {
        int attr;
        char *text;
    } * lines;
    size_t count, cap;
};
void top_detail_release(struct top_detail *detail);
void top_detail_add(struct top_detail *detail, int attr, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* Only the last lines stay. */
void top_detail_keep(struct top_detail *detail, size_t most);

/* --- the view ------------------------------------------------------------- */

enum top_part { TOP_QUEUES, TOP_AGENTS, TOP_EVENT_LIST, TOP_PARTS };

struct top_view {
    enum top_part focus;
    size_t selected[TOP_PARTS]; /* a row of those that pass the filter */
    size_t first[TOP_PARTS];    /* the row that is drawn at the top */
    size_t page[TOP_PARTS];     /* rows that were drawn */
    uint64_t anchor;            /* the event that is selected; 0: the newest */
    char filter[64];
    char typed[64]; /* while a filter is typed */
    bool typing, help, frozen;
    bool detail; /* one task is shown */
    size_t detail_first, detail_page, detail_rows;
};

/* What passes the filter; any part of a name, an id or a text, in any case. */
bool top_passes(const struct top_view *view, const char *const *texts);
bool top_queue_passes(const struct top_view *view, const struct top_queue *q);
bool top_agent_passes(const struct top_view *view, const struct top_agent *a);
bool top_event_passes(const struct top_view *view, const struct top_event *e);

enum top_key {
    TOP_KEY_NONE,
    TOP_KEY_CHAR, /* with the character */
    TOP_KEY_UP,
    TOP_KEY_DOWN,
    TOP_KEY_LEFT,
    TOP_KEY_RIGHT,
    TOP_KEY_PAGE_UP,
    TOP_KEY_PAGE_DOWN,
    TOP_KEY_HOME,
    TOP_KEY_END,
    TOP_KEY_ENTER,
    TOP_KEY_TAB,
    TOP_KEY_BACK_TAB,
    TOP_KEY_ESCAPE,
    TOP_KEY_BACKSPACE
};
/* What the loop has to do because of a key. */
enum top_wish {
    TOP_NOTHING,
    TOP_QUIT,
    TOP_REFRESH,
    TOP_LOOK, /* into the task `task_id` */
    TOP_SLOWER,
    TOP_FASTER,
    TOP_BACK,    /* of a replay */
    TOP_FORWARD, /* likewise */
    TOP_RESTART  /* likewise */
};
enum top_wish top_press(struct top_view *view, const struct top_model *model,
                        enum top_key key, const char *character,
                        char task_id[40]);

/* --- drawing -------------------------------------------------------------- */

void top_draw(struct screen *screen, struct top_view *view,
              const struct top_model *model, const struct top_detail *detail);

/* A place on the screen. */
struct top_box {
    int row, col, rows, cols;
};
/* Parts of it; each fills its box. */
void top_draw_header(struct screen *screen, const struct top_model *model,
                     const struct top_box *box);
void top_draw_queues(struct screen *screen, struct top_view *view,
                     const struct top_model *model, const struct top_box *box);
void top_draw_agents(struct screen *screen, struct top_view *view,
                     const struct top_model *model, const struct top_box *box);
void top_draw_events(struct screen *screen, struct top_view *view,
                     const struct top_model *model, const struct top_box *box);
void top_draw_costs(struct screen *screen, const struct top_model *model,
                    const struct top_box *box);
void top_draw_detail(struct screen *screen, struct top_view *view,
                     const struct top_detail *detail,
                     const struct top_box *box);
void top_draw_help(struct screen *screen, const struct top_model *model,
                   const struct top_box *box);
/*
 * Columns of a list.  One of width 0 takes what is left, but at least
 * `least`; those of the highest rank go first when there is no room.
 */
struct top_column {
    const char *head;
    int width, least, rank;
    bool right;
};
struct top_grid {
    const struct top_column *columns;
    size_t count;
    int at[16], width[16]; /* width 0: not shown */
    int row;
    int attr; /* added to every cell */
};
struct top_grid top_grid(struct screen *screen,
                         const struct top_column *columns, size_t count,
                         const struct top_box *box);
void top_grid_text(struct screen *screen, const struct top_grid *grid,
                   size_t column, int attr, const char *text);
void top_grid_fmt(struct screen *screen, const struct top_grid *grid,
                  size_t column, int attr, const char *fmt, ...)
    ATTR_PRINTF(5, 6);

/*
 * Which rows of `count` a list of `rows` rows shows so that the selected
 * one can be seen; clamps the selection.
 */
void top_scroll(struct top_view *view, enum top_part part, size_t count,
                int rows);
/* "-- TITLE ---------- more --". */
void top_draw_list_title(struct screen *screen, const struct top_view *view,
                         enum top_part part, const struct top_box *box,
                         const char *title, size_t count);
void top_draw_title(struct screen *screen, const struct top_box *box,
                    bool focus, const char *title, const char *more);

#endif
