/*
 * The promises of action.h that need no network: commands, files.
 */
#include "config.h"

#include <errno.h>

#include "action-case.h"

/* --- commands -------------------------------------------------------------- */

/* A command of the shell; the payload's input is its stdin. */
static const struct action_outcome *run(const char *script, const char *input)
{
    char *text = xstrdup(script);
    char *payload = xasprintf("{\"name\":\"c\",\"input\":%s}", input);
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, text, NULL};
    const struct action_command command = {.name = "c", .argv = argv};

    config.commands = &command;
    config.command_count = 1;
    carry_out("command", payload);
    config.commands = NULL;
    config.command_count = 0;
    free(payload);
    free(text);
    return &outcome;
}

static void test_input_and_output(void)
{
    is(run("cat; echo two >&2", "\"a \\u00e9\\n\"")->answer,
       "a \xc3\xa9\\x0atwo\\x0a", "the text of a string is its input");
    ok(outcome.verdict == ACTION_COMPLETED, "status 0 completes");
    is(outcome.message, "exited with 0", "... and is told");
    is(run("cat", "{ \"n\":1e400 }")->answer, "{ \"n\":1e400 }",
       "any other value is given as stored");
    run("yes | head -c 1000000", "1");
    ok(outcome.verdict == ACTION_COMPLETED &&
           strlen(outcome.answer) == sizeof(outcome.answer) - 1,
       "of a long output the beginning is kept");
    is(run("exec >&- 2>&-; exit 3", "1")->message, "exited with 3",
       "a command need not have an output");
}

static void test_environment(void)
{
    setenv("AAOS_SECRET", "x", 1);
    is(run("echo [$AAOS_SECRET$AAOS_ATTEMPT] $AAOS_TASK_ID $AAOS_ACTION_ID "
           "$AAOS_IDEMPOTENCY_KEY $TRACEPARENT",
           "1")
           ->answer,
       "[] task-1 " ACTION_ID
       " key-1 00-0198abcd111172228333444455556666-833300000000000a-01\\x0a",
       "it knows what it is for, and no secret");
}

static void test_statuses(void)
{
    static const struct {
        const char *script, *message;
        enum action_verdict verdict;
    } cases[] = {
        {"exit 1", "exited with 1", ACTION_RETRY},
        {"exit 75", "exited with 75", ACTION_RETRY},
        {"exit 64", "exited with 64", ACTION_DEAD},
        {"exit 65", "exited with 65", ACTION_DEAD},
        {"exit 77", "exited with 77", ACTION_DEAD},
        {"exit 78", "exited with 78", ACTION_DEAD},
        {"kill -TERM $$", "ended by signal 15", ACTION_RETRY},
    };
    size_t i;

    for (i = 0; i < LENGTH(cases); i++) {
        run(cases[i].script, "1");
        is(outcome.message, cases[i].message, cases[i].script);
        ok(outcome.verdict == cases[i].verdict, "... and its verdict");
    }
}

/* Nothing that ran holds the fifo any more; it was held once. */
static bool fifo_is_left(const char *fifo)
{
    int fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct pollfd end = {.fd = fd, .events = POLLIN};
    bool left;

    close(open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    left = poll(&end, 1, RECEIVER_PATIENCE_MS) == 1 &&
           (end.revents & POLLHUP) != 0;
    close(fd);
    return left;
}

static void test_nothing_is_left_behind(void)
{
    char *fifo = xasprintf("%s/fifo", folder);
    char *leaves = xasprintf("exec 3<>'%s'; sleep 1000 & exit 0", fifo);
    char *hangs = xasprintf("exec sleep 1000 3<>'%s'", fifo);

    mkfifo(fifo, 0600);
    run(leaves, "1");
    ok(outcome.verdict == ACTION_COMPLETED && fifo_is_left(fifo),
       "what a command leaves running dies with it");
    config.command_timeout = 200 * USEC_PER_MSEC;
    run(hangs, "1");
    is(outcome.message, "killed after 200ms", "a command has a time limit");
    ok(outcome.verdict == ACTION_RETRY && fifo_is_left(fifo),
       "... and does not outlive it");
    config.command_timeout = 30 * USEC_PER_SEC;
    ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no zombie is left");
    free(fifo);
    free(leaves);
    free(hangs);
}

static void test_a_missing_program(void)
{
    char *argv[] = {(char[]){"no-such-program"}, NULL};
    const struct action_command command = {.name = "c", .argv = argv};

    config.commands = &command;
    config.command_count = 1;
    is(carry_out("command", "{\"name\":\"c\",\"input\":1}")->message,
       "REAL_RUN_UNCONFIGURED: command 'no-such-program' is not found in PATH",
       "a program that is not there is not configured");
    config.command_count = 0;
}

/* --- files ----------------------------------------------------------------- */

static const struct action_outcome *write_to(const char *path)
{
    char *payload =
        xasprintf("{\"path\":\"%s\",\"content\":\"text\\n\"}", path);

    carry_out("file", payload);
    free(payload);
    return &outcome;
}

static void test_files(void)
{
    struct stat st;
    static char path[64];
    char *file = xasprintf("%s/files/a/b/c.txt", folder);
    char *text;

    snprintf(path, sizeof(path), "%s/files", folder);
    mkdir(path, 0700);
    config.file_dir = path;
    ok(write_to("a/b/c.txt")->verdict == ACTION_COMPLETED, "a file is written");
    is(outcome.message, "wrote 5 bytes", "... and told");
    text = contents("files/a/b/c.txt");
    is(text, "text\n", "... with its content, in folders of its own");
    ok(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600,
       "... for nobody else");
    ok(write_to("a/b/c.txt")->verdict == ACTION_COMPLETED,
       "doing it again is doing it once");
    ok(unlink(file) == 0 && rmdir((file[strlen(file) - 6] = '\0', file)) == 0,
       "nothing else is left in its folder");
    free(text);
    free(file);
}

static void test_links_lead_nowhere(void)
{
    char *dir = xasprintf("%s/files/link", folder);
    char *file = xasprintf("%s/files/file", folder);
    char *outside = xasprintf("%s/outside", folder);
    char *text;

    mkdir(outside, 0700);
    if (symlink(outside, dir) < 0 || symlink("../outside/x", file) < 0)
        bail_out("cannot make links");
    ok(write_to("link/x")->verdict == ACTION_DEAD,
       "a folder that is a link is refused, for good");
    ok(write_to("file")->verdict == ACTION_COMPLETED,
       "a file that is a link is replaced");
    text = contents("files/file");
    is(text, "text\n", "... by the file");
    ok(rmdir(outside) == 0, "... and nothing was written outside");
    ok(write_to("file/x")->verdict == ACTION_DEAD,
       "below a file there is nothing");
    ok(write_to("a")->verdict == ACTION_DEAD, "a folder is not replaced");
    config.file_dir = "/nonexistent";
    ok(write_to("x")->verdict == ACTION_RETRY,
       "a folder that is away may come back");
    config.file_dir = NULL;
    free(text);
    free(dir);
    free(file);
    free(outside);
}

int main(void)
{
    folder_open();
    test_input_and_output();
    test_environment();
    test_statuses();
    test_nothing_is_left_behind();
    test_a_missing_program();
    test_files();
    test_links_lead_nowhere();
    folder_close();
    return tap_done();
}
