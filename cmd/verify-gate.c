/*
 * verify-gate.c - figures against thresholds and against an earlier run
 *
 * Only what the section [gate] asks for is judged; if it asks for nothing
 * there is nothing that could be GO.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/verify-figures.h"
#include "cmd/verify.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"

enum { BASELINE_LIMIT = 1 << 20 };

/* Below this two times are the same, whatever the ratio. */
#define NOISE 0.005

/* What a figure must not exceed, or fall below. */
static void judge(struct verify *verify, const struct figures *figures,
                  enum figure figure, double limit, bool least)
{
    const char *name = figure_name(figure);
    double value = figures->values[figure];
    char about[120];
    char is[40];
    char may[40];

    figure_text(figure, value, is);
    figure_text(figure, limit, may);
    snprintf(about, sizeof(about), "%s is at %s %s", name,
             least ? "least" : "most", may);
    verify_begin(verify, name, about);
    if (isnan(value))
        verify_skip(verify, "there is nothing to measure");
    else if (least ? value < limit : value > limit)
        verify_offend(verify, name, "is %s, %s than %s", is,
                      least ? "less" : "more", may);
    else
        verify_note(verify, "%s", is);
    verify_end(verify);
}

/* "0.99" or "99%". */
static int parse_share(const char *text, double *share, struct err *err)
{
    char *end;

    *share = strtod(text, &end);
    if (end != text && strcmp(end, "%") == 0)
        *share /= 100;
    else if (end == text || *end)
        *share = (double)NAN;
    if (*share >= 0 && *share <= 1)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "gate.success_rate: must be from 0 to 1 or 0%% to 100%% "
                   "(got '%.60s')",
                   text);
}

static int parse_dollars(const char *text, double *dollars, struct err *err)
{
    char *end;

    *dollars = strtod(text, &end);
    if (end != text && !*end && *dollars >= 0)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "gate.max_cost: must be US dollars such as 0.50 (got "
                   "'%.60s')",
                   text);
}

static int judge_thresholds(struct verify_run *run,
                            const struct figures *figures, struct err *err)
{
    static const struct {
        const char *setting;
        enum figure figure;
        double unset, scale; /* the value that means: any; of one unit */
    } limits[] = {
        {"gate.wait_p50", FIGURE_WAIT_P50, 0, 1e6},
        {"gate.wait_p95", FIGURE_WAIT_P95, 0, 1e6},
        {"gate.wait_p99", FIGURE_WAIT_P99, 0, 1e6},
        {"gate.run_p50", FIGURE_RUN_P50, 0, 1e6},
        {"gate.run_p95", FIGURE_RUN_P95, 0, 1e6},
        {"gate.run_p99", FIGURE_RUN_P99, 0, 1e6},
        {"gate.max_dead", FIGURE_DEAD, -1, 1},
        {"gate.max_lost", FIGURE_LOST, -1, 1},
        {"gate.max_backlog", FIGURE_BACKLOG, -1, 1},
        {"gate.backlog_age", FIGURE_BACKLOG_AGE, 0, 1e6},
    };
    const char *rate = conf_text(run->conf, "gate.success_rate");
    const char *most = conf_text(run->conf, "gate.max_cost");
    double share = 0;
    double dollars = 0;

    if ((rate && parse_share(rate, &share, err) < 0) ||
        (most && parse_dollars(most, &dollars, err) < 0))
        return -1;
    if (rate)
        judge(&run->verify, figures, FIGURE_SUCCESS_RATE, share, true);
    for (size_t i = 0; i < LENGTH(limits); i++) {
        double limit = (double)conf_num(run->conf, limits[i].setting);

        if (limit != limits[i].unset)
            judge(&run->verify, figures, limits[i].figure,
                  limit / limits[i].scale, false);
    }
    if (most)
        judge(&run->verify, figures, FIGURE_COST_USD, dollars, false);
    return 0;
}

/* -------------------------------------------------------------- baseline */

static void compare(struct verify *verify, enum figure figure, double now,
                    double then, double tolerance)
{
    bool more_is_better =
        figure == FIGURE_SUCCESS_RATE || figure == FIGURE_THROUGHPUT;
    double limit =
        more_is_better ? then * (1 - tolerance) : then * (1 + tolerance);
    char name[60];
    char about[120];
    char texts[2][40];

    if (isnan(then))
        return;
    snprintf(name, sizeof(name), "%s-regression", figure_name(figure));
    snprintf(about, sizeof(about), "%s is not much worse than %s",
             figure_name(figure), figure_text(figure, then, texts[0]));
    figure_text(figure, now, texts[1]);
    verify_begin(verify, name, about);
    if (isnan(now))
        verify_skip(verify, "there is nothing to measure");
    else if (more_is_better ? now < limit : now > limit && now - then > NOISE)
        verify_offend(verify, figure_name(figure), "is %s, it was %s", texts[1],
                      texts[0]);
    else
        verify_note(verify, "%s", texts[1]);
    verify_end(verify);
}

static int judge_baseline(struct verify_run *run, const struct figures *figures,
                          const char *path, struct err *err)
{
    static const enum figure compared[] = {
        FIGURE_SUCCESS_RATE, FIGURE_THROUGHPUT, FIGURE_WAIT_P50,
        FIGURE_WAIT_P95,     FIGURE_WAIT_P99,   FIGURE_RUN_P50,
        FIGURE_RUN_P95,      FIGURE_RUN_P99};
    double tolerance = (double)conf_num(run->conf, "gate.regression") / 100;
    struct figures then = {0};
    struct buf text = {0};
    int ret = file_read(path, BASELINE_LIMIT, &text, err);

    if (ret == 0)
        ret = figures_parse(text.data ? text.data : "", text.len, &then, err);
    for (size_t i = 0; ret == 0 && i < LENGTH(compared); i++)
        compare(&run->verify, compared[i], figures->values[compared[i]],
                then.values[compared[i]], tolerance);
    buf_release(&text);
    if (ret == 0)
        return 0;
    err_wrap(err, "gate.baseline");
    err->code = ERR_CONFIG;
    return -1;
}

/* ------------------------------------------------------------------- all */

static void judge_count(struct verify_run *run, const struct figures *figures)
{
    int64_t want = conf_num(run->conf, "gate.min_tasks");
    double got = figures->values[FIGURE_COMPLETED] +
                 figures->values[FIGURE_DEAD] +
                 figures->values[FIGURE_CANCELLED];
    char span[CLOCK_SPAN_SIZE] = "all that time";

    if (figures->window > 0)
        clock_span(figures->window, span);
    verify_begin(&run->verify, "tasks", "enough has ended to judge by");
    if (got < (double)want)
        verify_offend(&run->verify, "tasks",
                      "only %.0f have ended within %s, not %lld", got, span,
                      (long long)want);
    else
        verify_note(&run->verify, "%.0f within %s", got, span);
    verify_end(&run->verify);
}

static int save(const struct figures *figures, const char *path,
                struct err *err)
{
    struct buf text = {0};
    int ret;

    figures_put(figures, &text);
    if (strcmp(path, "-") == 0)
        ret = fwrite(text.data, 1, text.len, stdout) == text.len
                  ? 0
                  : err_errno(err, ERR_IO, "cannot write to stdout");
    else
        ret = file_replace(path, text.data, text.len, 0644, err);
    buf_release(&text);
    return ret;
}

static int judge_all(struct verify_run *run, const struct figures *figures,
                     struct err *err)
{
    const char *baseline = conf_text(run->conf, "gate.baseline");

    run->verify.area = "gate";
    judge_count(run, figures);
    if (judge_thresholds(run, figures, err) < 0)
        return -1;
    return baseline ? judge_baseline(run, figures, baseline, err) : 0;
}

/* Does section [gate] ask for anything? */
static bool is_asked(const struct conf *conf)
{
    static const char *const names[] = {
        "gate.success_rate", "gate.wait_p50",    "gate.wait_p95",
        "gate.wait_p99",     "gate.run_p50",     "gate.run_p95",
        "gate.run_p99",      "gate.max_dead",    "gate.max_lost",
        "gate.max_backlog",  "gate.backlog_age", "gate.max_cost",
        "gate.baseline"};

    for (size_t i = 0; i < LENGTH(names); i++)
        if (strcmp(conf_origin(conf, names[i]), "default") != 0)
            return true;
    return false;
}

int verify_run_gate(struct verify_run *run, struct err *err)
{
    struct figures figures;

    if (!run->given->save && !is_asked(run->conf)) {
        err_set(err, ERR_CONFIG, "no threshold is set in section [gate]");
        return err_hint(err, "examples/gate.conf shows them");
    }
    if (figures_read(run->store, conf_num(run->conf, "gate.window"), &figures,
                     err) < 0)
        return -1;
    run->writes = run->given->save != NULL;
    if (run->given->save)
        return save(&figures, run->given->save, err);
    return judge_all(run, &figures, err);
}

/* ---------------------------------------------------------------- report */

static void keep_figures(struct verify_run *run, const struct figures *figures)
{
    size_t count = 0;
    char text[40];

    run->figures = xcalloc(2 * FIGURE_COUNT + 1, sizeof(*run->figures));
    for (int i = 0; i < FIGURE_COUNT; i++) {
        if (isnan(figures->values[i]))
            continue;
        run->figures[count++] = xstrdup(figure_name((enum figure)i));
        run->figures[count++] =
            xstrdup(figure_text((enum figure)i, figures->values[i], text));
    }
}

int verify_run_report(struct verify_run *run, struct err *err)
{
    struct figures figures;

    if (verify_run_all(run, err) < 0 ||
        figures_read(run->store, conf_num(run->conf, "gate.window"), &figures,
                     err) < 0)
        return -1;
    keep_figures(run, &figures);
    if (is_asked(run->conf) && judge_all(run, &figures, err) < 0)
        return -1;
    return run->given->e2e ? verify_run_e2e(run, err) : 0;
}
