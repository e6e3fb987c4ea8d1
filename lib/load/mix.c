/*
 * mix.c - drawing tasks, and reading what they are drawn from
 */
#include "config.h"

#include "load/mix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/clock.h"
#include "core/conf.h"
#include "core/mem.h"
#include "load/draw.h"

/* --- values --------------------------------------------------------------- */

static int parse_priority(const char *text, int64_t *out, struct err *err)
{
    return conf_parse_int(text, 0, 10, out, err);
}

static int parse_size(const char *text, int64_t *out, struct err *err)
{
    if (conf_parse_size(text, out, err) < 0)
        return -1;
    if (*out > MIX_SIZE_MAX)
        return err_set(err, ERR_USAGE, "must be at most 1m (got '%s')", text);
    return 0;
}

static int parse_run(const char *text, int64_t *out, struct err *err)
{
    if (clock_parse_duration(text, out, err) < 0)
        return -1;
    if (*out > MIX_RUN_MAX)
        return err_set(err, ERR_USAGE, "must be at most 1d (got '%s')", text);
    return 0;
}

typedef int parse_value(const char *text, int64_t *out, struct err *err);

static int parse_range(char *text, parse_value *parse, struct mix_range *range,
                       struct err *err)
{
    struct mix_range out = {0};
    char *high;

    if (*text == '~' && parse == parse_run) {
        out.exponential = true;
        text++;
    }
    high = out.exponential ? NULL : strchr(text, '-');
    if (high)
        *high++ = '\0';
    if (parse(text, &out.low, err) < 0)
        return -1;
    out.high = out.low;
    if (high && parse(high, &out.high, err) < 0)
        return -1;
    if (out.high < out.low)
        return err_set(err, ERR_USAGE, "'%s' is less than '%s'", high, text);
    *range = out;
    return 0;
}

/* "5%" or "0.05" */
static int parse_share(const char *text, double *out, struct err *err)
{
    char *end;
    double share = strtod(text, &end);

    if (end != text && *end == '%') {
        share /= 100;
        end++;
    }
    if (end == text || *end || !(share >= 0 && share <= 1) ||
        strspn(text, "0123456789.%") != strlen(text))
        return err_set(err, ERR_USAGE, "must be from 0%% to 100%% (got '%s')",
                       text);
    *out = share;
    return 0;
}

static int parse_weight(const char *text, double *out, struct err *err)
{
    char *end;
    double weight = strtod(text, &end);

    if (end == text || *end || strspn(text, "0123456789.") != strlen(text) ||
        !(weight > 0 && weight <= 1e6))
        return err_set(err, ERR_USAGE,
                       "weight: must be a number above 0 (got '%s')", text);
    *out = weight;
    return 0;
}

/* --- a class -------------------------------------------------------------- */

static const char *const keys[] = {"priority", "size", "result", "run",
                                   "fail",     "dead", "after",  "attempts"};

static int set_key(struct mix_class *class, const char *key, char *value,
                   struct err *err)
{
    const char *nearest;

    if (strcmp(key, "priority") == 0)
        return parse_range(value, parse_priority, &class->priority, err);
    if (strcmp(key, "size") == 0)
        return parse_range(value, parse_size, &class->size, err);
    if (strcmp(key, "result") == 0)
        return parse_range(value, parse_size, &class->result, err);
    if (strcmp(key, "run") == 0)
        return parse_range(value, parse_run, &class->run, err);
    if (strcmp(key, "fail") == 0)
        return parse_share(value, &class->fail, err);
    if (strcmp(key, "dead") == 0)
        return parse_share(value, &class->dead, err);
    if (strcmp(key, "after") == 0)
        return parse_share(value, &class->after, err);
    if (strcmp(key, "attempts") == 0)
        return conf_parse_int(value, 1, 1000, &class->attempts, err);
    nearest = conf_nearest(key, keys, LENGTH(keys));
    err_set(err, ERR_USAGE, "there is no such key");
    if (nearest)
        err_hint(err, "did you mean '%s'?", nearest);
    return -1;
}

static bool type_valid(const char *type)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t len = strlen(type);

    return len >= 1 && len <= MIX_TYPE_MAX && strspn(type, known) == len;
}

static int parse_keys(char *rest, struct mix_class *class, struct err *err)
{
    char *key, *value;

    while ((key = strsep(&rest, ":"))) {
        value = strchr(key, '=');
        if (!value || value == key)
            return err_set(err, ERR_USAGE, "'%s': expected KEY=VALUE", key);
        *value++ = '\0';
        if (set_key(class, key, value, err) < 0)
            return err_wrap(err, "%s", key);
    }
    return 0;
}

static int parse_class(char *text, struct mix_class *class, struct err *err)
{
    char *rest = text;
    char *type = strsep(&rest, ":");
    char *weight = strchr(type, '=');

    *class = (struct mix_class){
        .weight = 1,
        .priority = {.low = 5, .high = 5},
        .size = {.low = 150, .high = 150},
    };
    if (weight)
        *weight++ = '\0';
    if (!type_valid(type))
        return err_set(err, ERR_USAGE,
                       "a task type has 1 to %d letters, digits, '_', '.' or "
                       "'-' (got '%s')",
                       MIX_TYPE_MAX, type);
    memcpy(class->type, type, strlen(type) + 1);
    if ((weight && parse_weight(weight, &class->weight, err) < 0) ||
        (rest && parse_keys(rest, class, err) < 0))
        return err_wrap(err, "%s", class->type);
    return 0;
}

int mix_parse(const char *text, struct mix *mix, struct err *err)
{
    struct mix *out = xcalloc(1, sizeof(*out));
    char *copy = xstrdup(text);
    char *rest = copy;
    char *word;
    int ret = 0;

    while (ret == 0 && (word = strsep(&rest, ","))) {
        if (out->count == MIX_CLASSES_MAX) {
            ret = err_set(err, ERR_USAGE, "more than %d classes",
                          MIX_CLASSES_MAX);
            break;
        }
        ret = parse_class(word, &out->classes[out->count], err);
        out->weight += out->classes[out->count].weight;
        out->count++;
    }
    if (ret == 0)
        *mix = *out;
    else
        err_wrap(err, "mix");
    free(copy);
    free(out);
    return ret;
}

/* --- a task --------------------------------------------------------------- */

static size_t draw_class(const struct mix *mix, struct draw *draw)
{
    double left = draw_unit(draw) * mix->weight;
    size_t i = 0;

    while (i + 1 < mix->count && left >= mix->classes[i].weight)
        left -= mix->classes[i++].weight;
    return i;
}

static int64_t draw_range(const struct mix_range *range, struct draw *draw)
{
    double drawn;

    if (!range->exponential)
        return draw_between(draw, range->low, range->high);
    drawn = draw_exponential(draw, (double)range->low);
    return drawn < (double)MIX_RUN_MAX ? (int64_t)drawn : MIX_RUN_MAX;
}

/* Everything is drawn always, so that one setting does not move the rest. */
void mix_draw(const struct mix *mix, uint64_t seed, int64_t number,
              int attempts, struct mix_task *task)
{
    struct draw draw = draw_stream(seed, (uint64_t)number);
    size_t class = draw_class(mix, &draw);
    const struct mix_class *from = &mix->classes[class];
    double dead, after, fail;

    *task = (struct mix_task){
        .number = number,
        .class = class,
        .priority = (int)draw_range(&from->priority, &draw),
        .max_attempts = from->attempts ? (int)from->attempts : attempts,
    };
    task->size = draw_range(&from->size, &draw);
    task->result = draw_range(&from->result, &draw);
    task->run = draw_range(&from->run, &draw);
    dead = draw_unit(&draw);
    after = draw_unit(&draw);
    task->back = draw_between(&draw, 1, MIX_BACK_MAX);
    fail = draw_unit(&draw);
    if (after >= from->after || task->back > number)
        task->back = 0;
    task->dead = dead < from->dead;
    if (task->dead)
        task->fail = 1;
    /* One number decides how many fail: each with the same probability. */
    while (!task->dead && fail < from->fail &&
           ++task->fail < task->max_attempts)
        fail /= from->fail;
}
