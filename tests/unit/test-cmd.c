/*
 * The promises of cmd.h.  Each program here is a function that runs in a
 * child of its own, because cmd_begin() and cmd_end() may exit.
 */
#include "config.h"

#include "core/cmd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/cmd-internal.h"
#include "core/mem.h"
#include "tap.h"

/* What a program left behind. */
static struct {
    int status;
    char *out;
    char *err;
} got;

static char *read_all(int fd)
{
    struct buf text = {0};
    char piece[4096];
    ssize_t len;

    lseek(fd, 0, SEEK_SET);
    buf_str(&text, "");
    while ((len = read(fd, piece, sizeof(piece))) > 0)
        buf_put(&text, piece, (size_t)len);
    close(fd);
    return buf_detach(&text);
}

static int temporary(void)
{
    char path[] = "/tmp/test-cmd.XXXXXX";
    int fd = mkstemp(path);

    unlink(path);
    return fd;
}

/* Run with the words of line as arguments; to: stdout, -1 for a file. */
static void run_to(int to, int (*program)(int, char **), const char *line)
{
    char *words = xstrdup(line);
    char *argv[32] = {NULL};
    int argc = 0;
    int out = temporary();
    int err = temporary();
    pid_t pid;

    for (char *at = strtok(words, " "); at && argc < 31; at = strtok(NULL, " "))
        argv[argc++] = at;
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        dup2(to < 0 ? out : to, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        exit(program(argc, argv));
    }
    waitpid(pid, &got.status, 0);
    got.status = WIFEXITED(got.status) ? WEXITSTATUS(got.status) : -1;
    free(got.out);
    free(got.err);
    got.out = read_all(out);
    got.err = read_all(err);
    free(words);
}

static void run(int (*program)(int, char **), const char *line)
{
    run_to(-1, program, line);
}

static int add_word(void *to, const char *value, struct err *err)
{
    struct buf *words = to;

    if (value && strcmp(value, "bad") == 0)
        return err_set(err, ERR_DATA, "is bad");
    buf_fmt(words, "<%s>", value ? value : "");
    return 0;
}

/* A program without verbs that prints all it was told. */
static int submit(int argc, char **argv)
{
    const char *type = "none";
    bool hold = false;
    int64_t number = -1;
    int64_t wait = -1;
    int64_t size = -1;
    struct buf words = {0};
    const struct opt options[] = {
        {'t', "type", "TYPE", "kind of work", .str = &type},
        {'p', "priority", "N", "urgency", .num = &number, .min = 0, .max = 10},
        {0, "delay", "TIME", "how long to wait", .usec = &wait},
        {0, "limit", "SIZE", "how much", .bytes = &size},
        {'m', "meta", "KEY=VALUE", "more facts", .set = add_word, .to = &words},
        {'u', "until", "[=all]", "when to end", .set = add_word, .to = &words},
        {0, "hold", NULL, "do not start it", .flag = &hold},
        {'0', NULL, NULL, "records end in NUL", .flag = &hold},
        {0},
    };
    const struct cmd cmd = {
        .name = "aaos-submit",
        .operands = "[DESCRIPTION...]",
        .about = "Put tasks on the queue.",
        .options = options,
        .lists = true,
        .stop_at_operand = getenv("POSIX") != NULL,
    };
    struct err err = {0};
    int first = cmd_begin(&cmd, argc, argv);

    printf("%s %" PRId64 " %" PRId64 " %" PRId64 " %d %s q%d v%d o%d d%d:",
           type, number, wait, size, hold, words.len > 0 ? words.data : "-",
           cmd_shared.quiet, cmd_shared.verbose, (int)cmd_output(),
           cmd_shared.dashdash ? cmd_shared.dashdash - first : -1);
    for (int i = first; i < argc; i++)
        printf(" %s", argv[i]);
    printf("\n");
    if (first < argc && strcmp(argv[first], "fail") == 0) {
        err_set(&err, ERR_TEMP, "it failed");
        err_hint(&err, "try again");
    }
    if (first < argc && strcmp(argv[first], "warn") == 0) {
        cmd_warn("a\n%s", "b");
        cmd_note("a note");
        cmd_progress("work", 1, 2);
    }
    buf_release(&words);
    return cmd_end(&cmd, &err);
}

static int dispatch_with(const char *default_verb, int argc, char **argv)
{
    const char *reason = "none";
    const char *type = "none";
    const struct opt common[] = {{0, "reason", "TEXT", "why", .str = &reason},
                                 {0}};
    const struct opt pause[] = {
        {'t', "type", "TYPE", "only this type", .str = &type}, {0}};
    const struct cmd_verb verbs[] = {
        {"pause", NULL, "stop for a while", pause},
        {"resume", NULL, "go on", NULL},
        {"cancel", "ID...", "give up tasks", NULL},
        {0},
    };
    const struct cmd cmd = {
        .name = "aaos-dispatch",
        .about = "Control the queue.",
        .options = common,
        .verbs = verbs,
        .default_verb = default_verb,
        .changes = true,
    };
    struct err err = {0};
    struct conf *conf;
    int first = cmd_begin(&cmd, argc, argv);

    conf = cmd_conf(&cmd, &err);
    if (conf)
        printf("%s %s %s n%d %s %s:", verbs[cmd_shared.verb].name, reason, type,
               cmd_shared.dry_run, conf_text(conf, "database.url"),
               conf_text(conf, "redis.url") ? "redis" : "none");
    for (int i = first; i < argc; i++)
        printf(" %s", argv[i]);
    printf("\n");
    conf_close(conf);
    return cmd_end(&cmd, &err);
}

static int dispatch(int argc, char **argv)
{
    return dispatch_with(NULL, argc, argv);
}

static int status(int argc, char **argv)
{
    return dispatch_with("pause", argc, argv);
}

static void prints(int (*program)(int, char **), const char *line,
                   const char *out, const char *name)
{
    char *want = xasprintf("%s\n", out);

    run(program, line);
    is(got.out, want, name);
    if (got.status != 0 || *got.err)
        ok(false, "... with status 0, not %d and %s", got.status, got.err);
    free(want);
}

static void refuses(int (*program)(int, char **), const char *line,
                    const char *message, const char *hint)
{
    const char *name = strncmp(line, "submit", 6) ? "dispatch" : "submit";
    char *want = xasprintf("aaos-%s: %s\nhint: %s\n", name, message, hint);

    run(program, line);
    is(got.err, want, line);
    if (got.status != 64 || *got.out)
        ok(false, "... with status 64, not %d", got.status);
    free(want);
}

static void test_options(void)
{
    prints(submit, "submit -t code -p 7 a b",
           "code 7 -1 -1 0 - q0 v0 o4 d-1: a b",
           "short options with arguments behind them");
    prints(submit, "submit -tcode -p7", "code 7 -1 -1 0 - q0 v0 o4 d-1:",
           "short options with arguments in them");
    prints(submit, "submit --type=code --priority 7 --delay=1.5s --limit 2k",
           "code 7 1500000 2048 0 - q0 v0 o4 d-1:", "long options, both ways");
    prints(submit, "submit --ty code --ho",
           "code -1 -1 -1 1 - q0 v0 o4 d-1:", "abbreviations");
    prints(submit, "submit -qvvp0 3", "none 0 -1 -1 0 - q1 v2 o4 d-1: 3",
           "a cluster ends at an argument");
}

static void test_operands(void)
{
    prints(submit, "submit a -q b - -v c",
           "none -1 -1 -1 0 - q1 v1 o4 d-1: a b - c", "options stand anywhere");
    prints(submit, "submit a -- -q -- b",
           "none -1 -1 -1 0 - q0 v0 o4 d1: a -q -- b",
           "nothing behind -- is an option");
    prints(submit, "submit -q --",
           "none -1 -1 -1 0 - q1 v0 o4 d0:", "-- may be last");
    setenv("POSIX", "1", 1);
    prints(submit, "submit -v make -q --",
           "none -1 -1 -1 0 - q0 v1 o4 d-1: make -q --",
           "the first operand can end the options");
    unsetenv("POSIX");
}

static void test_callbacks(void)
{
    prints(submit, "submit -m a=1 --meta b=2 --until --until=all x -u y",
           "none -1 -1 -1 0 <a=1><b=2><><all><> q0 v0 o4 d-1: x y",
           "called for each, an optional argument only behind '='");
    run(submit, "submit -m bad");
    ok(got.status == 65, "a callback decides the status");
    is(got.err,
       "aaos-submit: option '-m': is bad\n"
       "hint: try 'aaos-submit --help'\n",
       "... and the message");
}

static void test_bad_usage(void)
{
    refuses(submit, "submit --priorty 3", "unknown option '--priorty'",
            "did you mean '--priority'?");
    refuses(submit, "submit -x", "unknown option '-x'",
            "try 'aaos-submit --help'");
    refuses(submit, "submit -qx", "unknown option '-x'",
            "try 'aaos-submit --help'");
    refuses(submit, "submit --l", "option '--l' is ambiguous",
            "did you mean '--limit' or '--list-options'?");
    refuses(submit, "submit --type", "option '--type' needs an argument",
            "write: --type TYPE");
    refuses(submit, "submit --hold=yes", "option '--hold' takes no argument",
            "try 'aaos-submit --help'");
    refuses(submit, "submit -p 11",
            "option '-p': must be an integer from 0 to 10 (got '11')",
            "try 'aaos-submit --help'");
    refuses(submit, "submit -o xml",
            "option '-o': must be one of table|json|jsonl|tsv (got 'xml')",
            "try 'aaos-submit --help'");
    refuses(submit, "submit --=x", "unknown option '--'",
            "try 'aaos-submit --help'");
}

static void test_verbs(void)
{
    prints(dispatch, "dispatch -n pause --reason x -t code",
           "pause x code n1 (null) none:", "the verb's options follow it");
    prints(dispatch, "dispatch -d my.db -r redis://h cancel 1 -n 2",
           "cancel none none n1 my.db redis: 1 2", "the rest are operands");
    prints(dispatch, "dispatch --reason x -- cancel -- -1",
           "cancel x none n0 (null) none: -- -1", "a verb may follow --");
    refuses(dispatch, "dispatch -n", "a verb is missing",
            "try 'aaos-dispatch --help'");
    refuses(dispatch, "dispatch pasue", "unknown verb 'pasue'",
            "did you mean 'pause'?");
    refuses(dispatch, "dispatch --type x pause", "unknown option '--type'",
            "write it behind the verb: aaos-dispatch VERB --type");
    refuses(dispatch, "dispatch resume --type x", "unknown option '--type'",
            "try 'aaos-dispatch --help'");
}

static void test_a_default_verb(void)
{
    prints(status, "dispatch",
           "pause none none n0 (null) none:", "it is taken when there is none");
    prints(status, "dispatch -t code",
           "pause none code n0 (null) none:", "its options count");
    refuses(status, "dispatch -t code resume",
            "option '-t' belongs to verb 'pause'",
            "try 'aaos-dispatch --help'");
}

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
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    unsetenv("AAOS_CONFIG");
    unsetenv("AAOS_DATABASE_URL");
    unsetenv("DATABASE_URL");
    unsetenv("AAOS_REDIS_URL");
    unsetenv("REDIS_HOST");
    unsetenv("NO_COLOR");
    test_options();
    test_operands();
    test_callbacks();
    test_bad_usage();
    test_verbs();
    test_a_default_verb();
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
