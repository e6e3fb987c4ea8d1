/*
 * aaos-verify - GO or NO-GO: does what must hold, hold?
 *
 *     aaos-verify all || mail -s 'NO-GO' root
 *     aaos-verify invariants -o junit >verify.xml
 *
 * Every check lists its offenders.  0: there are none (GO); 1: there are
 * (NO-GO); any other status: something could not be checked.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/setup.h"
#include "cmd/verify.h"
#include "core/clock.h"

static struct verify_given given = {
    .output = "tap",
    .grace = -1,
    .look = 5 * USEC_PER_SEC,
    .keep = VERIFY_KEEP,
};

#define OPT_GRACE                                             \
    {                                                         \
        0, "grace", "DURATION",                               \
            "how late anything may be (leases and a minute)", \
            .usec = &given.grace                              \
    }
#define OPT_LOOK                                              \
    {                                                         \
        0, "look", "DURATION",                                \
            "wait before a second look at what is late (5s)", \
            .usec = &given.look                               \
    }

static const struct opt late_options[] = {OPT_GRACE, OPT_LOOK, {0}};
static const struct opt look_options[] = {OPT_LOOK, {0}};

enum { VERB_ALL, VERB_SCHEMA, VERB_DATABASE, VERB_QUEUE, VERB_INVARIANTS };
static const struct cmd_verb verbs[] = {
    [VERB_ALL] = {"all", "", "every check that only reads", late_options},
    [VERB_SCHEMA] = {"schema", "", "the tables are what they should be", NULL},
    [VERB_DATABASE] = {"database", "",
                       "the engine's own checks, and settings that endanger",
                       NULL},
    [VERB_QUEUE] = {"queue", "", "Redis against the database", look_options},
    [VERB_INVARIANTS] = {"invariants", "",
                         "what must hold among tasks, attempts and records",
                         late_options},
    {0},
};

static verify_verb *const runs[] = {
    [VERB_ALL] = verify_run_all,
    [VERB_SCHEMA] = verify_run_schema,
    [VERB_DATABASE] = verify_run_database,
    [VERB_QUEUE] = verify_run_queue,
    [VERB_INVARIANTS] = verify_run_invariants,
};

static const struct opt options[] = {
    {'o', "output", "FORM", "form of the output", "tap|json|junit|markdown",
     .str = &given.output},
    {0, "keep", "N", "offenders that are listed of a check (20)",
     .num = &given.keep, .min = 1, .max = 100000},
    {0},
};

static const struct cmd cmd = {
    .name = "aaos-verify",
    .about = "Say GO or NO-GO: check what must hold, and name what offends.",
    .options = options,
    .verbs = verbs,
    .default_verb = "all",
};

/* A check has ended: its line, or a sign of life. */
static void print_check(void *ctx, const struct check *check, size_t number)
{
    struct buf line = {0};

    (void)ctx;
    if (strcmp(given.output, "tap") != 0) {
        cmd_progress("checks", (int64_t)number, -1);
        return;
    }
    if (number == 1)
        render_tap_begin(&line);
    render_tap(&line, check, number, cmd_shared.color_out);
    fwrite(line.data, 1, line.len, stdout);
    fflush(stdout);
    buf_release(&line);
}

static void print_whole(const struct verify_run *run, int64_t began)
{
    char title[64];
    char host[256] = "";
    struct buf out = {0};
    struct render_facts facts = {
        .title = title,
        .version = PACKAGE_VERSION,
        .host = gethostname(host, sizeof(host) - 1) == 0 ? host : NULL,
        .database = run->store ? db_name(store_db(run->store)) : NULL,
        .at = clock_wall(),
        .elapsed = clock_mono() - began,
    };

    snprintf(title, sizeof(title), "aaos-verify %s",
             verbs[cmd_shared.verb].name);
    if (strcmp(given.output, "tap") == 0)
        render_tap_end(&out, &run->verify);
    else if (strcmp(given.output, "json") == 0)
        render_json(&out, &run->verify, &facts);
    else if (strcmp(given.output, "junit") == 0)
        render_junit(&out, &run->verify, &facts);
    else
        render_markdown(&out, &run->verify, &facts);
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
}

/* The status speaks; a message is for what could not be checked. */
static void conclude(const struct verify *verify, struct err *err)
{
    err->code = verify_verdict(verify);
    if (err->code == ERR_NONE || err->code == ERR_NO)
        return;
    for (size_t i = 0; i < verify->count; i++) {
        const struct check *check = &verify->checks[i];

        if (check->verdict != VERDICT_UNKNOWN)
            continue;
        err_set(err, err->code, "%s %s could not be checked: %s", check->area,
                check->name, check->err.msg);
        if (*check->err.hint)
            err_hint(err, "%s", check->err.hint);
        return;
    }
}

static void run_verb(struct verify_run *run, struct err *err)
{
    int64_t began = clock_mono();

    run->conf = cmd_conf(&cmd, err);
    if (!run->conf)
        return;
    run->store = setup_store(run->conf, STORE_READ, cmd.name, err);
    if (!run->store || runs[cmd_shared.verb](run, err) < 0) {
        err->code = verify_class(err->code);
        return;
    }
    cmd_progress_end();
    print_whole(run, began);
    conclude(&run->verify, err);
}

int main(int argc, char **argv)
{
    struct verify_run run = {.given = &given};
    struct err err = {0};
    int first = cmd_begin(&cmd, argc, argv);

    run.args = argv + first;
    run.arg_count = (size_t)(argc - first);
    run.verify.clock = clock_mono;
    run.verify.keep = (size_t)given.keep;
    run.verify.ended = print_check;
    if (run.arg_count > 0)
        err_set(&err, ERR_USAGE, "'%s' takes no operands",
                verbs[cmd_shared.verb].name);
    else
        run_verb(&run, &err);
    verify_release(&run.verify);
    queue_close(run.queue);
    store_close(run.store);
    conf_close(run.conf);
    return cmd_end(&cmd, &err);
}
