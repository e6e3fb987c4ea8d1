/*
 * axis.c - ticks where a person would put them
 */
#include "config.h"

#include "report/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report/value.h"

/* Wanted number of steps. */
enum { VALUE_STEPS = 5, TIME_STEPS = 6 };
#define DECADES_FROM 100.0

static void add(struct axis *axis, double at, const char *label)
{
    struct axis_tick *tick;

    if (axis->count == AXIS_TICKS_MAX)
        return;
    tick = &axis->ticks[axis->count++];
    tick->at = at;
    snprintf(tick->label, sizeof(tick->label), "%s", label);
}

/* --- values --------------------------------------------------------------- */

static void add_value(struct axis *axis, double at, enum doc_unit unit)
{
    struct buf label = {0};

    value_put(at, unit, &label);
    add(axis, at, label.data);
    buf_release(&label);
}

static double nice_step(double raw)
{
    double power = pow(10, floor(log10(raw)));
    double first = raw / power;

    if (first <= 1)
        return power;
    if (first <= 2)
        return 2 * power;
    return first <= 5 ? 5 * power : 10 * power;
}

static void decades(struct axis *axis, double least, double most,
                    enum doc_unit unit)
{
    int from = (int)floor(log10(least));
    int to = (int)ceil(log10(most));

    axis->logarithmic = true;
    axis->low = pow(10, from);
    axis->high = pow(10, to > from ? to : from + 1);
    for (int i = from; i <= to; i++)
        add_value(axis, pow(10, i), unit);
}

static void steps(struct axis *axis, double most, enum doc_unit unit)
{
    const char *suffix;
    double scale = value_scale(most, unit, &suffix);
    double step = nice_step(most / scale / VALUE_STEPS);
    double scaled = most / scale;

    /* Counts have no halves. */
    if (unit == UNIT_NUMBER && scale <= 1 && step < 1)
        step = 1;
    axis->low = 0;
    axis->high = ceil(scaled / step - 1e-9) * step * scale;
    /* Not "1000 ms" but "1 s" at the top. */
    if (axis->high > most && value_scale(axis->high, unit, &suffix) != scale) {
        steps(axis, axis->high, unit);
        return;
    }
    for (int i = 0; i * step < axis->high / scale + step / 2; i++) {
        char label[AXIS_LABEL_SIZE];

        snprintf(label, sizeof(label), "%.10g%s", i * step, i ? suffix : "");
        add(axis, i * step * scale, label);
    }
}

void axis_values(struct axis *axis, double least, double most,
                 enum doc_unit unit)
{
    *axis = (struct axis){0};
    if (!(most > 0))
        most = unit == UNIT_SHARE ? 0.01 : 1;
    if (unit == UNIT_SECONDS && least > 0 && most / least > DECADES_FROM)
        decades(axis, least, most, unit);
    else
        steps(axis, most, unit);
}

/* --- time ----------------------------------------------------------------- */

static const double clock_steps[] = {
    1,     2,     5,      10,     15,      30,      60,      120,
    300,   600,   900,    1800,   3600,    7200,    10800,   21600,
    43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000};

static void time_label(double at, double step, char label[AXIS_LABEL_SIZE])
{
    time_t seconds = (time_t)at;
    struct tm tm;
    const char *form = step < 60 ? "%H:%M:%S" : "%H:%M";

    if (step >= 86400)
        form = "%m-%d";
    label[0] = '\0';
    if (!gmtime_r(&seconds, &tm))
        return;
    /* Midnight says which day begins. */
    if (step < 86400 && step >= 3600 && tm.tm_hour == 0 && tm.tm_min == 0)
        form = "%m-%d";
    if (strcmp(form, "%m-%d") == 0)
        strftime(label, AXIS_LABEL_SIZE, "%m-%d", &tm);
    else if (strcmp(form, "%H:%M") == 0)
        strftime(label, AXIS_LABEL_SIZE, "%H:%M", &tm);
    else
        strftime(label, AXIS_LABEL_SIZE, "%H:%M:%S", &tm);
}

void axis_time(struct axis *axis, double from, double to)
{
    double step = clock_steps[0];
    char label[AXIS_LABEL_SIZE];
    double at;

    *axis = (struct axis){.low = from, .high = to > from ? to : from + 1};
    for (size_t i = 0; i < LENGTH(clock_steps); i++) {
        step = clock_steps[i];
        if ((axis->high - from) / step <= TIME_STEPS)
            break;
    }
    at = ceil(from / step) * step;
    while (at <= axis->high && axis->count < AXIS_TICKS_MAX) {
        time_label(at, step, label);
        add(axis, at, label);
        at += step;
    }
}

double axis_place(const struct axis *axis, double value)
{
    double place;

    if (axis->logarithmic)
        place = value <= axis->low
                    ? 0
                    : log10(value / axis->low) / log10(axis->high / axis->low);
    else
        place = (value - axis->low) / (axis->high - axis->low);
    if (place < 0)
        return 0;
    return place > 1 ? 1 : place;
}
