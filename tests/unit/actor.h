/*
 * actor.h - real processes for the tests of proc
 *
 * A test starts itself again with a word that says what the process shall
 * do; nothing waits by the clock: a process that died closes its end of a
 * pipe.
 */
#ifndef AAOS_TESTS_ACTOR_H
#define AAOS_TESTS_ACTOR_H

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/proc.h"

enum { PATIENCE_MS = 20000 };
#define PATIENCE (INT64_C(20) * 1000000)

static char self[4096];
static char tag[64]; /* in the environment of what this run started */

static int say(int fd, const char *text)
{
    return write(fd, text, strlen(text)) < 0;
}

/* Says "ready" on stdout and stays until it is killed. */
static void stay(void) ATTR_NORETURN;

static void stay(void)
{
    say(STDOUT_FILENO, "ready");
    for (;;)
        pause();
}

/* As a handler that wants to be forgotten: two forks, a new session. */
static int hide(void)
{
    pid_t middle;

    if (fork() != 0)
        return 0;
    setsid();
    middle = getpid();
    if (fork() != 0)
        return 0;
    /* Be the only one left before saying so. */
    while (getppid() == middle)
        poll(NULL, 0, 1);
    stay();
}

/* Says what it finds itself to be. */
static int report(void)
{
    struct sigaction old;
    sigset_t mask;
    DIR *fds = opendir("/proc/self/fd");
    char line[256];
    int count = 0;
    bool plain;

    while (readdir(fds))
        count++;
    closedir(fds);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigaction(SIGPIPE, NULL, &old);
    plain = sigismember(&mask, SIGTERM) == 0 &&
            sigismember(&mask, SIGUSR1) == 0 && old.sa_handler == SIG_DFL;
    /* ".", ".." and the directory itself are no open files */
    snprintf(line, sizeof(line), "%s %s fds=%d",
             getpgid(0) == getpid() ? "leader" : "member",
             plain ? "plain" : "changed", count - 3);
    say(STDOUT_FILENO, line);
    return say(STDERR_FILENO, "two") || say(3, "three");
}

/* A parent that starts a child and waits for nothing else. */
static void parent(void) ATTR_NORETURN;

static void parent(void)
{
    char *argv[] = {self, (char[]){"stay"}, NULL};
    char *envp[] = {NULL};
    struct proc_spec spec = {self, argv, envp, NULL, {-1, 1, -1, -1}, -1};
    struct err err = {0};

    if (proc_spawn(&spec, &err) < 0)
        say(STDOUT_FILENO, err.msg);
    for (;;)
        pause();
}

static int act(const char *what)
{
    if (strcmp(what, "stay") == 0)
        stay();
    if (strcmp(what, "hide") == 0)
        return hide();
    if (strcmp(what, "parent") == 0)
        parent();
    return report();
}

/* main() of a test that acts. */
ATTR_UNUSED
static bool actor_begin(int argc, char **argv, int *status)
{
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    snprintf(tag, sizeof(tag), "AAOS_TEST_PROC=%d", (int)getpid());
    if (argc < 2)
        return len < 0;
    *status = act(argv[1]);
    return true;
}

/* Start this program with one word and one or two strings to be found by. */
ATTR_UNUSED
static pid_t start(const char *what, const char *attempt, int out, int keep)
{
    char *word = xstrdup(what);
    char *value = xstrdup(attempt);
    char *argv[] = {self, word, NULL};
    char *envp[] = {tag, value, NULL};
    struct proc_spec spec = {self, argv, envp, NULL, {-1, out, 2, -1}, keep};
    struct err err = {0};
    pid_t pid = proc_spawn(&spec, &err);

    /* -1 must never get as far as kill(2), where it means everybody. */
    if (pid <= 0) {
        printf("Bail out! %s\n", err.msg);
        exit(1);
    }
    free(word);
    free(value);
    return pid;
}

/* Reads until text came ("" for the end); false when it does not come. */
ATTR_UNUSED
static bool comes(int fd, const char *text)
{
    char got[256] = "";
    size_t len = 0;

    while (len + 1 < sizeof(got)) {
        struct pollfd poller = {.fd = fd, .events = POLLIN};
        ssize_t more;

        if (poll(&poller, 1, PATIENCE_MS) <= 0)
            return false;
        more = read(fd, got + len, sizeof(got) - 1 - len);
        if (more <= 0)
            return !*text;
        len += (size_t)more;
        got[len] = '\0';
        if (*text && strcmp(got, text) == 0)
            return true;
    }
    return false;
}

ATTR_UNUSED
static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        exit(1);
}

ATTR_UNUSED
static bool killed(pid_t pid)
{
    int status = 0;

    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGKILL;
}

/* End a process that start() gave. */
ATTR_UNUSED
static void end(pid_t pid)
{
    if (pid > 1)
        kill(pid, SIGKILL);
}

ATTR_UNUSED
static bool running(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == 0;
}

#endif
