/*
 * svg.c - one plot as an SVG picture
 *
 * More points than columns are drawn as the least and the greatest of each
 * column, so that no peak is lost and a day is no larger than a minute.
 */
#include "config.h"

#include "report/svg.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "report/axis.h"
#include "report/escape.h"
#include "report/value.h"

/* The picture, and the frame in it. */
enum {
    WIDTH = 560,
    HEIGHT = 250,
    LEFT = 66,
    RIGHT = 32, /* half a label of a tick */
    TOP = 12,
    BOTTOM = 44,
    INNER_WIDTH = WIDTH - LEFT - RIGHT,
    INNER_HEIGHT = HEIGHT - TOP - BOTTOM,
    COLUMNS = INNER_WIDTH / 2,
    MANY = 2 * COLUMNS /* points */
};

struct frame {
    struct axis x, y;
};

/* --- what there is -------------------------------------------------------- */

struct extent {
    double from, to;    /* x */
    double least, most; /* y; least above 0, HUGE_VAL when there is none */
};

static void extend(struct extent *extent, const struct doc_point *point)
{
    if (point->x < extent->from)
        extent->from = point->x;
    if (point->x > extent->to)
        extent->to = point->x;
    if (isnan(point->y))
        return;
    if (point->y > extent->most)
        extent->most = point->y;
    if (point->y > 0 && point->y < extent->least)
        extent->least = point->y;
}

static struct extent measure(const struct doc_plot *plot)
{
    struct extent extent = {HUGE_VAL, -HUGE_VAL, HUGE_VAL, 0};

    for (size_t i = 0; i < plot->count; i++)
        for (size_t j = 0; j < plot->series[i].count; j++)
            extend(&extent, &plot->series[i].points[j]);
    return extent;
}

static double place_x(const struct frame *frame, double x)
{
    return LEFT + INNER_WIDTH * axis_place(&frame->x, x);
}

static double place_y(const struct frame *frame, double y)
{
    return TOP + INNER_HEIGHT * (1 - axis_place(&frame->y, y));
}

/* --- axes ----------------------------------------------------------------- */

static void put_y_axis(const struct frame *frame, struct buf *out)
{
    for (size_t i = 0; i < frame->y.count; i++) {
        double y = place_y(frame, frame->y.ticks[i].at);

        buf_fmt(out,
                "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
                "y2=\"%.1f\"/><text class=\"tick\" x=\"%d\" y=\"%.1f\" "
                "text-anchor=\"end\">",
                LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4);
        html_text(out, frame->y.ticks[i].label);
        buf_str(out, "</text>\n");
    }
}

static void put_x_axis(const struct frame *frame, struct buf *out)
{
    for (size_t i = 0; i < frame->x.count; i++) {
        double x = place_x(frame, frame->x.ticks[i].at);

        buf_fmt(out,
                "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" "
                "y2=\"%d\"/><text class=\"tick\" x=\"%.1f\" y=\"%d\" "
                "text-anchor=\"middle\">",
                x, x, TOP + INNER_HEIGHT, TOP + INNER_HEIGHT + 5, x,
                TOP + INNER_HEIGHT + 18);
        html_text(out, frame->x.ticks[i].label);
        buf_str(out, "</text>\n");
    }
    buf_fmt(out,
            "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n",
            LEFT, WIDTH - RIGHT, TOP + INNER_HEIGHT, TOP + INNER_HEIGHT);
}

static void put_x_label(const struct frame *frame, struct buf *out)
{
    time_t from = (time_t)frame->x.low;
    char day[32] = "";
    struct tm tm;

    if (gmtime_r(&from, &tm))
        strftime(day, sizeof(day), "from %Y-%m-%d, UTC", &tm);
    buf_fmt(out,
            "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">"
            "time (%s)</text>\n",
            LEFT + INNER_WIDTH / 2, HEIGHT - 6, day);
}

/* --- lines ---------------------------------------------------------------- */

struct pen {
    const struct frame *frame;
    struct buf *out;
    size_t run; /* points since the last gap */
};

/* A point alone between two gaps is a dot. */
static void lift(struct pen *pen)
{
    if (pen->run == 1)
        buf_fmt(pen->out, "h0.01");
    pen->run = 0;
}

static void draw(struct pen *pen, const struct doc_point *point)
{
    if (isnan(point->y)) {
        lift(pen);
        return;
    }
    buf_fmt(pen->out, "%c%.1f %.1f", pen->run ? 'L' : 'M',
            place_x(pen->frame, point->x), place_y(pen->frame, point->y));
    pen->run++;
}

/* The points of one column: in their order, at most two, and its gap. */
static void draw_column(struct pen *pen, const struct doc_point *points,
                        size_t count)
{
    size_t low = count;
    size_t high = count;
    bool gap = false;

    for (size_t i = 0; i < count; i++) {
        if (isnan(points[i].y)) {
            gap = true;
            continue;
        }
        if (low == count || points[i].y < points[low].y)
            low = i;
        if (high == count || points[i].y > points[high].y)
            high = i;
    }
    if (low < count) {
        draw(pen, &points[low < high ? low : high]);
        if (low != high)
            draw(pen, &points[low < high ? high : low]);
    }
    if (gap)
        lift(pen);
}

static void draw_series(const struct frame *frame,
                        const struct doc_series *series, struct buf *out)
{
    struct pen pen = {.frame = frame, .out = out};
    size_t from = 0;

    while (from < series->count) {
        size_t to = from + 1;

        if (series->count > MANY) {
            double column =
                floor(axis_place(&frame->x, series->points[from].x) * COLUMNS);

            while (to < series->count &&
                   floor(axis_place(&frame->x, series->points[to].x) *
                         COLUMNS) <= column)
                to++;
        }
        draw_column(&pen, series->points + from, to - from);
        from = to;
    }
    lift(&pen);
}

/* --- in words ------------------------------------------------------------- */

static void put_description(const struct doc_plot *plot, struct buf *out)
{
    for (size_t i = 0; i < plot->count; i++) {
        const struct doc_series *series = &plot->series[i];
        struct extent extent = {HUGE_VAL, -HUGE_VAL, HUGE_VAL, -HUGE_VAL};
        double least = HUGE_VAL;

        for (size_t j = 0; j < series->count; j++) {
            extend(&extent, &series->points[j]);
            if (series->points[j].y < least)
                least = series->points[j].y;
        }
        if (isinf(least))
            continue;
        html_text(out, series->name);
        buf_str(out, ": ");
        value_put(least, plot->unit, out);
        buf_str(out, " to ");
        value_put(extent.most, plot->unit, out);
        buf_str(out, ". ");
    }
}

static void put_legend(const struct doc_plot *plot, struct buf *out)
{
    buf_str(out, "<ul class=\"legend\">");
    for (size_t i = 0; i < plot->count; i++) {
        buf_fmt(out,
                "<li><svg class=\"key\" viewBox=\"0 0 28 8\" "
                "aria-hidden=\"true\"><path class=\"s%zu\" d=\"M0 4H28\"/>"
                "</svg>",
                i);
        html_text(out, plot->series[i].name);
        buf_str(out, "</li>");
    }
    buf_str(out, "</ul>\n");
}

void svg_plot(const struct doc_plot *plot, size_t number, struct buf *out)
{
    struct extent extent = measure(plot);
    struct frame frame;

    axis_time(&frame.x, extent.from, extent.to);
    axis_values(&frame.y, isinf(extent.least) ? 0 : extent.least, extent.most,
                plot->unit);
    buf_str(out, "<figure>\n<figcaption>");
    html_text(out, plot->title);
    buf_fmt(out,
            "%s</figcaption>\n<svg class=\"plot\" viewBox=\"0 0 %d %d\" "
            "role=\"img\" aria-labelledby=\"t%zu d%zu\">\n<title id=\"t%zu\">",
            frame.y.logarithmic ? " <small>(logarithmic)</small>" : "", WIDTH,
            HEIGHT, number, number, number);
    html_text(out, plot->title);
    buf_fmt(out, "</title><desc id=\"d%zu\">", number);
    put_description(plot, out);
    buf_str(out, "</desc>\n");
    put_y_axis(&frame, out);
    put_x_axis(&frame, out);
    put_x_label(&frame, out);
    for (size_t i = 0; i < plot->count; i++) {
        buf_fmt(out, "<path class=\"s%zu\" d=\"", i);
        draw_series(&frame, &plot->series[i], out);
        buf_str(out, "\"/>\n");
    }
    buf_str(out, "</svg>\n");
    put_legend(plot, out);
    buf_str(out, "</figure>\n");
}
