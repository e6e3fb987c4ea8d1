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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/setup.h"
#include "cmd/verify.h"
#include "core/clock.h"

static struct verify_given given = {
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
static const struct opt grace_options[] = {OPT_GRACE, {0}};
static const struct opt report_options[] = {
    OPT_GRACE,
    OPT_LOOK,
    {0, "e2e", NULL, "with the checks from end to end", .flag = &given.e2e},
    {0}};
static const struct opt gate_options[] = {
    {0, "save", "FILE", "write the figures, judge nothing", .str = &given.save},
    {0}};
static const struct opt hashes_options[] = {
    {0, "make", NULL, "print a list of these files and folders",
     .flag = &given.make},
    {0}};

enum {
    VERB_ALL,
    VERB_SCHEMA,
    VERB_DATABASE,
    VERB_QUEUE,
    VERB_INVARIANTS,
    VERB_AUDIT,
    VERB_ARTIFACTS,
    VERB_HASHES,
    VERB_LOGS,
    VERB_CONFIG,
    VERB_E2E,
    VERB_GATE,
    VERB_REPORT,
    VERB_ARCHIVE
};
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
    [VERB_AUDIT] = {"audit", "", "the chain of what operators did", NULL},
    [VERB_ARTIFACTS] = {"artifacts", "", "recorded files and results",
                        grace_options},
    [VERB_HASHES] = {"hashes", "FILE...", "files against a list of sha256sum",
                     hashes_options},
    [VERB_LOGS] = {"logs", "FILE...", "log lines in JSON", NULL},
    [VERB_CONFIG] = {"config", "", "settings, secrets and folders", NULL},
    [VERB_E2E] = {"e2e", "", "live, from submission to clean-up", late_options},
    [VERB_GATE] = {"gate", "", "figures against the thresholds of [gate]",
                   gate_options},
    [VERB_REPORT] = {"report", "", "a validation log, in Markdown or HTML",
                     report_options},
    [VERB_ARCHIVE] = {"archive", "FILE PATH...",
                      "a tar of evidence, with its hashes", NULL},
    {0},
};

/* What a verb needs before it begins. */
enum needs { NEEDS_STORE, NEEDS_NOTHING, MAY_HAVE_STORE };

static const struct {
    verify_verb *run;
    enum needs needs;
    bool files; /* takes operands, at least one */
} runs[] = {
    [VERB_ALL] = {verify_run_all, NEEDS_STORE, false},
    [VERB_SCHEMA] = {verify_run_schema, NEEDS_STORE, false},
    [VERB_DATABASE] = {verify_run_database, NEEDS_STORE, false},
    [VERB_QUEUE] = {verify_run_queue, NEEDS_STORE, false},
    [VERB_INVARIANTS] = {verify_run_invariants, NEEDS_STORE, false},
    [VERB_AUDIT] = {verify_run_audit, NEEDS_STORE, false},
    [VERB_ARTIFACTS] = {verify_run_artifacts, NEEDS_STORE, false},
    [VERB_HASHES] = {verify_run_hashes, NEEDS_NOTHING, true},
    [VERB_LOGS] = {verify_run_logs, MAY_HAVE_STORE, true},
    [VERB_CONFIG] = {verify_run_config, NEEDS_NOTHING, false},
    [VERB_E2E] = {verify_run_e2e, NEEDS_STORE, false},
    [VERB_GATE] = {verify_run_gate, NEEDS_STORE, false},
    [VERB_REPORT] = {verify_run_report, NEEDS_STORE, false},
    [VERB_ARCHIVE] = {verify_run_archive, NEEDS_NOTHING, true},
};

static const struct opt options[] = {
    {'o', "output", "FORM", "form of the output",
     "tap|json|junit|markdown|html", .str = &given.output},
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

/* The form, if none was asked for: lines, but a report is one. */
static bool form_is(const char *form)
{
    const char *usual = cmd_shared.verb == VERB_REPORT ? "markdown" : "tap";

    return strcmp(given.output ? given.output : usual, form) == 0;
}

/* A check has ended: its line, or a sign of life. */
static void print_check(void *ctx, const struct check *check, size_t number)
{
    struct buf line = {0};

    (void)ctx;
    if (!form_is("tap")) {
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
    struct queue_info info = {0};
    struct buf out = {0};
    struct render_facts facts = {
        .title = title,
        .version = PACKAGE_VERSION,
        .host = gethostname(host, sizeof(host) - 1) == 0 ? host : NULL,
        .database = run->store ? db_name(store_db(run->store)) : NULL,
        .at = clock_wall(),
        .elapsed = clock_mono() - began,
        .figures = (const char *const *)run->figures,
    };

    snprintf(title, sizeof(title), "aaos-verify %s",
             verbs[cmd_shared.verb].name);
    if (run->queue)
        queue_info(run->queue, &info);
    if (info.configured)
        facts.redis = info.name;
    if (form_is("tap"))
        render_tap_end(&out, &run->verify);
    else if (form_is("json"))
        render_json(&out, &run->verify, &facts);
    else if (form_is("junit"))
        render_junit(&out, &run->verify, &facts);
    else
        verify_document(&run->verify, &facts, form_is("html"), &out);
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

/* Is a database named, or was there one at the usual place? */
static int open_store(struct verify_run *run, enum needs needs, struct err *err)
{
    if (needs == NEEDS_NOTHING)
        return 0;
    run->store = setup_store(run->conf, STORE_READ, cmd.name, err);
    if (run->store)
        return 0;
    if (needs == NEEDS_STORE || err->code != ERR_NOINPUT)
        return -1;
    err_clear(err);
    return 0;
}

/* A file that the engine cannot read is an answer, not a lack of one. */
static bool is_broken(const struct err *err)
{
    return err->code == ERR_IO &&
           (cmd_shared.verb == VERB_ALL || cmd_shared.verb == VERB_DATABASE);
}

static int run_checks(struct verify_run *run, struct err *err)
{
    if (open_store(run, runs[cmd_shared.verb].needs, err) == 0)
        return runs[cmd_shared.verb].run(run, err);
    if (!is_broken(err))
        return -1;
    run->verify.area = "database";
    verify_begin(&run->verify, "readable", "the database can be read");
    verify_offend(&run->verify, "database", "%s", err->msg);
    verify_end(&run->verify);
    err_clear(err);
    return 0;
}

static void run_verb(struct verify_run *run, struct err *err)
{
    int64_t began = clock_mono();

    run->conf = cmd_conf(&cmd, err);
    if (!run->conf || run_checks(run, err) < 0) {
        if (!run->writes)
            err->code = verify_class(err->code);
        return;
    }
    cmd_progress_end();
    if (run->verify.count == 0)
        return; /* a verb that prints something else */
    print_whole(run, began);
    conclude(&run->verify, err);
}

static int check_operands(const struct verify_run *run, struct err *err)
{
    bool files = runs[cmd_shared.verb].files;
    const char *name = verbs[cmd_shared.verb].name;

    if (files && run->arg_count == 0)
        return err_set(err, ERR_USAGE, "'%s' needs a file", name);
    if (!files && run->arg_count > 0)
        return err_set(err, ERR_USAGE, "'%s' takes no operands", name);
    return 0;
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
    if (check_operands(&run, &err) == 0)
        run_verb(&run, &err);
    verify_release(&run.verify);
    for (char **text = run.figures; text && *text; text++)
        free(*text);
    free(run.figures);
    queue_close(run.queue);
    store_close(run.store);
    conf_close(run.conf);
    return cmd_end(&cmd, &err);
}
