/*
 * The promises of cmd.h about what a program prints and how it ends.
 */
#include "config.h"

#include "core/cmd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cmd-internal.h"
#include "programs.h"
#include "tap.h"

static void test_help(void)
{
    run(submit, "submit --help");
    ok(got.status == 0 && !*got.err, "--help succeeds");
    ok(!strncmp(got.out,
                "usage: aaos-submit [OPTION...] [DESCRIPTION...]\n"
                "Put tasks on the queue.\n",
                70),
       "usage comes first");
    ok(strstr(got.out, "\n  -p, --priority=N      urgency\n") != NULL,
       "options are aligned");
    ok(strstr(got.out, "\n  -u, --until[=all]     when to end\n") != NULL,
       "an optional argument is shown as one");
    ok(strstr(got.out, "\n  -0                    records end in NUL\n") !=
           NULL,
       "a letter alone is shown");
    ok(strstr(got.out, "(table|json|jsonl|tsv)\n") != NULL, "values are shown");
    run(dispatch, "dispatch --help");
    ok(strstr(got.out, "\nVerbs:\n  pause         stop for a while\n") != NULL,
       "verbs are listed");
    run(dispatch, "dispatch pause --help");
    ok(!strncmp(got.out, "usage: aaos-dispatch pause [OPTION...]\n", 39) &&
           strstr(got.out, "only this type"),
       "a verb has a help of its own");
}

static void test_lists_for_completions(void)
{
    run(submit, "submit --list-options");
    ok(strstr(got.out, "--output=FORM\tform of the output\to"
                       "\ttable|json|jsonl|tsv\n") != NULL,
       "name, help, letter and values");
    ok(strstr(got.out, "--until[=all]\twhen to end\tu\t\n") != NULL,
       "an optional argument");
    ok(strstr(got.out, "-0\trecords end in NUL\t0\t\n") != NULL,
       "a letter alone");
    ok(!strstr(got.out, "--dry-run"), "not what the program lacks");
    run(dispatch, "dispatch pause --list-options");
    ok(strstr(got.out, "--type=TYPE\t") && strstr(got.out, "--dry-run\t"),
       "a verb adds its own");
    prints(dispatch, "dispatch --list-verbs",
           "pause\tstop for a while\nresume\tgo on\ncancel\tgive up tasks",
           "verbs with their help");
    prints(submit, "submit --version", "aaos-submit (aaos) " PACKAGE_VERSION,
           "the version");
}

static void test_secrets_are_refused(void)
{
    run(dispatch, "dispatch pause -d postgres://me:s3cret@db/aaos");
    ok(got.status == 64, "a password in --database is refused");
    ok(!strstr(got.err, "s3cret"), "... and not repeated");
    ok(strstr(got.err, "PGPASSFILE") != NULL, "... with a way out");
    run(dispatch, "dispatch pause --redis=redis://:s3cret@cache");
    ok(got.status == 64 && !strstr(got.err, "s3cret"), "one in --redis, too");
}

static void test_show_config(void)
{
    run(dispatch, "dispatch --show-config -d a.db");
    ok(got.status == 0 &&
           !strncmp(got.out, "database.url = a.db  # option\n", 30),
       "--show-config prints, even without a verb");
    run(dispatch, "dispatch pause -c /nonexistent/x");
    ok(got.status == 78 && !strncmp(got.err, "aaos-dispatch: cannot open", 26),
       "a missing configuration file is status 78");
    run(dispatch, "dispatch pause --redis=");
    is(got.err, "aaos-dispatch: redis.url: must not be empty\n",
       "an empty URL is refused");
}

static void test_the_end(void)
{
    int full = open("/dev/full", O_WRONLY);
    int ends[2];

    run(submit, "submit fail");
    ok(got.status == 75, "the status is that of the error");
    is(got.err, "aaos-submit: it failed\nhint: try again\n",
       "the message has a hint");
    run(submit, "submit fail --log-format json");
    ok(strstr(got.err, "\"it failed\"") && got.err[0] == '{' &&
           strstr(got.err, "\"try again\""),
       "it can be a line of JSON");
    run_to(full, submit, "submit");
    ok(got.status == 74, "a full disk does not look like success");
    is(got.err,
       "aaos-submit: cannot write to stdout: no space left on device\n",
       "... and is named");
    run_to(full, submit, "submit --help");
    ok(got.status == 74, "not even for --help");
    close(full);
    if (pipe(ends) < 0)
        return;
    close(ends[0]);
    run_to(ends[1], submit, "submit");
    ok(got.status == 74, "a closed pipe ends with 74, not by a signal");
    is(got.err, "aaos-submit: stdout is closed\n", "... and says so");
    close(ends[1]);
}

static void test_warnings(void)
{
    run(submit, "submit warn");
    is(got.err, "aaos-submit: a\\x0ab\naaos-submit: a note\n",
       "a warning is one line; no progress without a terminal");
    run(submit, "submit warn -q");
    is(got.err, "aaos-submit: a\\x0ab\n", "a note is quiet under -q");
}

static int closed_stdout(int argc, char **argv)
{
    close(STDOUT_FILENO);
    return submit(argc, argv);
}

static int closed_but_unused(int argc, char **argv)
{
    const struct opt none[] = {{0}};
    const struct cmd cmd = {
        .name = "aaos-submit", .about = "", .options = none};
    struct err err = {0};
    char byte;

    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    cmd_begin(&cmd, argc, argv);
    if (!cmd_shared.stdin_closed || !cmd_shared.stdout_closed ||
        open("/dev/null", O_RDONLY) < 3 || read(0, &byte, 1) >= 0)
        err_set(&err, ERR_BUG, "descriptors are not guarded");
    return cmd_end(&cmd, &err);
}

static void test_closed_descriptors(void)
{
    run(closed_stdout, "submit");
    ok(got.status == 74, "what was printed to a closed stdout is missed");
    is(got.err, "aaos-submit: stdout is closed\n", "... and it is said");
    run(closed_but_unused, "submit");
    ok(got.status == 0, "nobody minds when nothing was printed");
    is(got.err, "", "... and no file takes the place of the closed");
}

static int colors(int argc, char **argv)
{
    const struct opt none[] = {{0}};
    const struct cmd cmd = {
        .name = "aaos-submit", .about = "", .options = none};
    struct err err = {0};

    cmd_begin(&cmd, argc, argv);
    printf("%d%d\n", cmd_shared.color_out, cmd_shared.color_err);
    return cmd_end(&cmd, &err);
}

static void test_colors(void)
{
    prints(colors, "submit", "00", "no colours without a terminal");
    prints(colors, "submit --color=always", "11", "unless they are asked for");
    setenv("NO_COLOR", "1", 1);
    prints(colors, "submit --color=always", "11", "the option beats NO_COLOR");
    unsetenv("NO_COLOR");
}

static void test_progress(void)
{
    struct buf line = {0};

    cmd_progress_line(&line, "tasks", 250, 1000, 50.0);
    is(line.data, "tasks: 250/1000  50/s  ETA 15s", "rate and time to go");
    buf_reset(&line);
    cmd_progress_line(&line, "tasks", 250, -1, 50.0);
    is(line.data, "tasks: 250  50/s", "without a total there is no end");
    buf_release(&line);
}

int main(void)
{
    clean_env();
    test_help();
    test_lists_for_completions();
    test_secrets_are_refused();
    test_show_config();
    test_the_end();
    test_warnings();
    test_closed_descriptors();
    test_colors();
    test_progress();
    free(got.out);
    free(got.err);
    return tap_done();
}
