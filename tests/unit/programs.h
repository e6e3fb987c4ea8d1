/*
 * programs.h - programs for the tests of cmd
 *
 * Each is a function that runs in a child of its own, because cmd_begin()
 * and cmd_end() may exit.
 */
#ifndef AAOS_TESTS_PROGRAMS_H
#define AAOS_TESTS_PROGRAMS_H

#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/cmd.h"
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
ATTR_UNUSED
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

ATTR_UNUSED
static int dispatch(int argc, char **argv)
{
    return dispatch_with(NULL, argc, argv);
}

ATTR_UNUSED
static int status(int argc, char **argv)
{
    return dispatch_with("pause", argc, argv);
}

ATTR_UNUSED
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

ATTR_UNUSED
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

/* Nothing of the caller's environment reaches a test. */
static void clean_env(void)
{
    setenv("AAOS_CONFIG", "/dev/null", 1);
    unsetenv("AAOS_DATABASE_URL");
    unsetenv("DATABASE_URL");
    unsetenv("AAOS_REDIS_URL");
    unsetenv("REDIS_HOST");
    unsetenv("NO_COLOR");
}

#endif
