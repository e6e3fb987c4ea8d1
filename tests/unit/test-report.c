/*
 * The promises of report/: values, axes, escapes, pages.
 */
#include "config.h"

#include <math.h>

#include "core/attr.h"
#include "report/axis.h"
#include "report/escape.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/value.h"
#include "tap.h"

/* 2026-11-25T15:00:00Z */
#define AFTERNOON 1795618800.0

static void values(void)
{
    static const struct {
        double value;
        enum doc_unit unit;
        const char *wanted;
    } cases[] = {
        {0, UNIT_NUMBER, "0"},
        {7, UNIT_NUMBER, "7"},
        {9999, UNIT_NUMBER, "9999"},
        {12345, UNIT_NUMBER, "12.3 k"},
        {1234567, UNIT_NUMBER, "1.23 M"},
        {-5, UNIT_NUMBER, "-5"},
        {295.4, UNIT_RATE, "295/s"},
        {0.5, UNIT_RATE, "0.50/s"},
        {0.000016, UNIT_SECONDS, "16 \xc2\xb5s"},
        {0.00123, UNIT_SECONDS, "1.23 ms"},
        {0.9999, UNIT_SECONDS, "1.00 s"},
        {59, UNIT_SECONDS, "59 s"},
        {600, UNIT_SECONDS, "10 min"},
        {86400, UNIT_SECONDS, "24 h"},
        {1023, UNIT_BYTES, "1023 B"},
        {3145728, UNIT_BYTES, "3 MiB"},
        {0.9958, UNIT_SHARE, "99.6 %"},
        {0, UNIT_SHARE, "0 %"},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct buf out = {0};

        value_put(cases[i].value, cases[i].unit, &out);
        is(out.data, cases[i].wanted, cases[i].wanted);
        buf_release(&out);
    }
}

/* All labels in one line. */
static const char *labels(const struct axis *axis)
{
    static char line[512];
    size_t len = 0;

    line[0] = '\0';
    for (size_t i = 0; i < axis->count; i++)
        len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s",
                                i ? "|" : "", axis->ticks[i].label);
    return line;
}

static void value_axes(void)
{
    struct axis axis;

    axis_values(&axis, 250, 346, UNIT_RATE);
    is(labels(&axis), "0|100/s|200/s|300/s|400/s", "steps of a hundred");
    axis_values(&axis, 1, 3, UNIT_NUMBER);
    is(labels(&axis), "0|1|2|3", "counts have no halves");
    axis_values(&axis, 0.002, 0.0031, UNIT_SECONDS);
    is(labels(&axis), "0|1 ms|2 ms|3 ms|4 ms", "milliseconds");
    axis_values(&axis, 0.2, 0.95, UNIT_SECONDS);
    is(labels(&axis), "0|0.2 s|0.4 s|0.6 s|0.8 s|1 s",
       "not 1000 ms at the top");
    axis_values(&axis, 1e6, 21.4 * 1048576, UNIT_BYTES);
    is(labels(&axis), "0|5 MiB|10 MiB|15 MiB|20 MiB|25 MiB",
       "sizes in their unit");
    axis_values(&axis, 0.9, 0.99, UNIT_SHARE);
    is(labels(&axis), "0|20 %|40 %|60 %|80 %|100 %", "shares");
    axis_values(&axis, 0.0005, 2, UNIT_SECONDS);
    is(labels(&axis), "100 \xc2\xb5s|1 ms|10 ms|100 ms|1 s|10 s",
       "decades when durations differ much");
    ok(axis.logarithmic && fabs(axis_place(&axis, 0.01) - 0.4) < 1e-9 &&
           axis_place(&axis, 1e-9) == 0 && axis_place(&axis, 1e9) == 1,
       "and places are those of logarithms, within the frame");
    axis_values(&axis, 0, 0, UNIT_NUMBER);
    is(labels(&axis), "0|1", "nothing but zeroes is an axis, too");
}

static void time_axes(void)
{
    struct axis axis;

    axis_time(&axis, AFTERNOON + 3, AFTERNOON + 41);
    is(labels(&axis), "15:00:10|15:00:20|15:00:30|15:00:40", "ten seconds");
    axis_time(&axis, AFTERNOON, AFTERNOON + 600);
    is(labels(&axis), "15:00|15:02|15:04|15:06|15:08|15:10", "two minutes");
    axis_time(&axis, AFTERNOON, AFTERNOON + 86400);
    is(labels(&axis), "18:00|11-26|06:00|12:00", "six hours, and the day");
    axis_time(&axis, AFTERNOON, AFTERNOON + 6 * 86400);
    is(labels(&axis), "11-26|11-27|11-28|11-29|11-30|12-01", "days");
    axis_time(&axis, AFTERNOON, AFTERNOON);
    ok(axis.high > axis.low, "an instant is an axis, too");
}

static void escapes(void)
{
    struct buf out = {0};

    html_text(&out, "<a href='x'>&\"\x1b[0m\xff\xe2\x80\xae");
    is(out.data, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\\x1b[0m\\xff\\u202E",
       "nothing in a text is HTML");
    buf_reset(&out);
    markdown_text(&out, "a|b_c*d`e`<f>[g](h)\n");
    is(out.data, "a\\|b\\_c\\*d\\`e\\`&lt;f&gt;\\[g\\]\\(h\\)\\\\x0a",
       "nothing in a text is Markdown");
    buf_release(&out);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    while ((text = strstr(text, part))) {
        count++;
        text += strlen(part);
    }
    return count;
}

/* A week of seconds, with one peak. */
static void many_points(void)
{
    struct doc doc = {0};
    struct buf out = {0};
    struct doc_plot *plot;

    doc_title(&doc, "title", "made");
    plot = doc_plot(&doc, "plot", UNIT_NUMBER);
    doc_series(plot, "series");
    for (int i = 0; i < 604800; i++)
        doc_point(plot, 0, AFTERNOON + i, i == 300000 ? 1000 : 1);
    html_report(&doc, &out);
    ok(out.len < 32768, "a week is not larger than a minute (%zu)", out.len);
    /* The frame's upper end is at 12. */
    ok(count_of(out.data, " 12.0L") == 1, "and its only peak is not lost");
    ok(strstr(out.data, "series: 1 to 1000. ") != NULL,
       "words say what the picture shows");
    buf_release(&out);
    doc_release(&doc);
}

static void gaps(void)
{
    struct doc doc = {0};
    struct buf out = {0};
    struct doc_plot *plot;

    doc_title(&doc, "title", "made");
    plot = doc_plot(&doc, "plot", UNIT_NUMBER);
    doc_series(plot, "one");
    for (int i = 0; i < 7; i++)
        doc_point(plot, 0, AFTERNOON + i, i == 2 || i == 4 ? (double)NAN : 1.0);
    plot = doc_plot(&doc, "nothing", UNIT_NUMBER);
    doc_series(plot, "none");
    doc_point(plot, 0, AFTERNOON, (double)INFINITY);
    html_report(&doc, &out);
    ok(count_of(strstr(out.data, "<path class=\"s0\" d="), "M") >= 3,
       "a gap divides a line");
    ok(strstr(out.data, "h0.01") != NULL, "a point alone is a dot");
    ok(count_of(out.data, "<svg class=\"plot\"") == 1 &&
           !strstr(out.data, "nan"),
       "a plot of nothing is left out");
    buf_reset(&out);
    markdown_report(&doc, &out);
    ok(out.len > 0 && !strstr(out.data, "nan"), "also in Markdown");
    buf_release(&out);
    doc_release(&doc);
}

static void tables(void)
{
    static const struct doc_column columns[] = {{"name", false},
                                                {"number", true}};
    struct doc doc = {0};
    struct buf out = {0};
    struct doc_table *table;

    doc_title(&doc, "<title>", "made");
    doc_warning(&doc, "careful");
    table = doc_table(&doc, "caption", columns, LENGTH(columns));
    doc_cell(table, "a|b");
    doc_cell_value(table, (double)NAN, UNIT_BYTES);
    doc_cell(table, NULL);
    doc_cell_fmt(table, "%d", 7);
    markdown_report(&doc, &out);
    ok(strstr(out.data,
              "| name | number |\n|---|---:|\n| a\\|b |  |\n|  | 7 |"),
       "a table in Markdown");
    ok(strncmp(out.data, "# &lt;title&gt;\n", 16) == 0, "below its title");
    buf_reset(&out);
    html_report(&doc, &out);
    ok(strstr(out.data,
              "<tr><td>a|b</td><td class=\"n\">\xe2\x80\x93</td></tr>"),
       "a table in HTML");
    buf_release(&out);
    doc_release(&doc);
}

int main(void)
{
    values();
    value_axes();
    time_axes();
    escapes();
    many_points();
    gaps();
    tables();
    return tap_done();
}
