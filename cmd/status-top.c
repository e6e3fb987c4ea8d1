/*
 * status-top.c - the live screen: look, draw, wait for a key
 *
 * Looks once an interval, but spends at most a tenth of the time on it: a
 * database that answers slowly is asked less often.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/status-top.h"
#include "core/clock.h"
#include "core/log.h"

#define FASTEST (USEC_PER_SEC / 10)
#define SLOWEST (60 * USEC_PER_SEC)
#define FRAME (USEC_PER_SEC / 10) /* of a replay */
#define SKIP 20                   /* a replay is skipped by so many parts */

struct top {
    struct status *status;
    struct top_reader reader;
    struct top_model model;
    struct top_view view;
    struct top_detail detail;
    struct screen screen;
    struct replay *replay;
    char task_id[40];
    int64_t interval;
    int64_t look_at; /* monotonic */
    int64_t note_until;
    int64_t shown_at; /* of a replay: when this instant was shown */
};

/* --- looking -------------------------------------------------------------- */

static void look(struct top *top)
{
    int64_t began = clock_mono();
    int64_t took;

    reader_look(&top->reader);
    if (top->view.detail)
        reader_task(&top->reader, top->task_id, &top->detail);
    took = clock_mono() - began;
    top->look_at =
        began + (took * 10 > top->interval ? took * 10 : top->interval);
}

/* Time goes on, unless it is paused. */
static void play(struct top *top)
{
    int64_t now = clock_mono();
    int64_t passed = now - top->shown_at;
    int64_t instant = top->model.now;

    top->shown_at = now;
    if (!top->view.frozen)
        instant += (int64_t)((double)passed * top->model.speed);
    if (instant > top->model.to)
        instant = top->model.to;
    replay_show(top->replay, &top->model, instant);
    top->look_at = now + FRAME;
}

static void step(struct top *top)
{
    if (clock_mono() > top->note_until)
        top->model.note[0] = '\0';
    if (top->replay)
        play(top);
    else if (!top->view.frozen && clock_mono() >= top->look_at)
        look(top);
}

/* --- keys ----------------------------------------------------------------- */

/* By a half or twice. */
static void change_speed(struct top *top, bool faster)
{
    double speed = faster ? top->model.speed * 2 : top->model.speed / 2;
    int64_t interval = faster ? top->interval / 2 : top->interval * 2;

    if (top->replay) {
        if (speed >= 0.001 && speed <= 100000)
            top->model.speed = speed;
        return;
    }
    top->interval = interval < FASTEST   ? FASTEST
                    : interval > SLOWEST ? SLOWEST
                                         : interval;
    top->look_at = 0;
    snprintf(top->model.note, sizeof(top->model.note), "looks every %g seconds",
             (double)top->interval / (double)USEC_PER_SEC);
    top->note_until = clock_mono() + 2 * USEC_PER_SEC;
}

static void skip(struct top *top, int parts)
{
    struct top_model *model = &top->model;
    int64_t part = (model->to - model->from) / SKIP;
    int64_t instant = model->now + parts * (part > 0 ? part : 1);

    if (instant < model->from)
        instant = model->from;
    model->now = instant > model->to ? model->to : instant;
}

/* False: the end. */
static bool press(struct top *top, enum top_key key, const char *character)
{
    switch (top_press(&top->view, &top->model, key, character, top->task_id)) {
    case TOP_QUIT:
        return false;
    case TOP_REFRESH:
        top->look_at = 0;
        break;
    case TOP_LOOK:
        reader_task(&top->reader, top->task_id, &top->detail);
        break;
    case TOP_SLOWER:
        change_speed(top, false);
        break;
    case TOP_FASTER:
        change_speed(top, true);
        break;
    case TOP_BACK:
        skip(top, -1);
        break;
    case TOP_FORWARD:
        skip(top, 1);
        break;
    case TOP_RESTART:
        skip(top, -SKIP - 1);
        break;
    case TOP_NOTHING:
        break;
    }
    return true;
}

static void draw(struct top *top)
{
    int rows = 0;
    int cols = 0;

    term_size(&rows, &cols);
    screen_clear(&top->screen, rows, cols);
    top_draw(&top->screen, &top->view, &top->model, &top->detail);
    term_paint(&top->screen);
}

static void loop(struct top *top)
{
    char character[8] = "";
    enum top_key key;
    int64_t left;

    do {
        step(top);
        draw(top);
        left = top->look_at - clock_mono();
        if (top->view.frozen && !top->replay)
            left = USEC_PER_SEC;
        key = term_key(left > 0 ? left : 0, character);
        if (key != TOP_KEY_NONE && !press(top, key, character))
            break;
    } while (!term_signal());
}

/* --- the verb ------------------------------------------------------------- */

static int parse_speed(const char *text, double *speed, struct err *err)
{
    char *end;

    errno = 0;
    *speed = strtod(text, &end);
    /* Not a number is not in the range. */
    if (end == text || *end || errno || !(*speed >= 0.001 && *speed <= 100000))
        return err_set(err, ERR_USAGE,
                       "--replay: must be a number from 0.001 to 100000 "
                       "(got '%s')",
                       text);
    return 0;
}

static int start(struct top *top, struct err *err)
{
    struct status *status = top->status;
    double speed = 1;

    if (cmd_shared.output != OUTPUT_AUTO)
        return err_set(err, ERR_USAGE, "top has no other form: no --output");
    if (status->replay && !status->filter.workflow)
        return err_set(err, ERR_USAGE,
                       "--replay needs --workflow: what shall be played");
    if (!status->replay && status->filter.workflow)
        return err_set(err, ERR_USAGE, "--workflow needs --replay");
    if (status->replay && parse_speed(status->replay, &speed, err) < 0)
        return -1;
    if (status->replay) {
        top->replay =
            replay_open(status, status->filter.workflow, &top->model, err);
        if (!top->replay)
            return -1;
        top->model.speed = speed;
    }
    if (term_open(cmd_shared.color_out, err) < 0)
        return -1;
    /* A line of the log would tear the screen. */
    if (isatty(STDERR_FILENO))
        log_setup("aaos-status", LOG_LEVEL_ERROR, cmd_shared.log_json);
    return 0;
}

int status_top(struct status *status, struct err *err)
{
    struct top top = {
        .status = status,
        .interval = status->interval ? status->interval : USEC_PER_SEC,
    };
    int number = 0;
    int ret;

    reader_start(&top.reader, status, &top.model);
    top.view.focus = TOP_EVENT_LIST;
    ret = start(&top, err);
    if (ret == 0) {
        top.screen.ascii = term_ascii();
        top.shown_at = clock_mono();
        loop(&top);
        term_close();
        number = term_signal();
    }
    replay_close(top.replay);
    reader_stop(&top.reader);
    top_model_release(&top.model);
    top_detail_release(&top.detail);
    screen_release(&top.screen);
    if (number)
        term_die(number);
    return ret;
}
