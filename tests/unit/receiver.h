/*
 * receiver.h - tests/bin/webhook-receiver.js, for the tests of HTTP
 *
 * It dies with the test: its stdin is a pipe from us.
 */
#ifndef AAOS_TESTS_RECEIVER_H
#define AAOS_TESTS_RECEIVER_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/proc.h"

enum { RECEIVER_PATIENCE_MS = 60000 };

static struct {
    pid_t pid;
    int in, out;
    int port, rude_port;
    struct buf text; /* what it said and nobody has read yet */
} receiver;

ATTR_NORETURN
ATTR_UNUSED
static void bail_out(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

/* The next line that it prints; malloc'd. */
ATTR_UNUSED
static char *receiver_line(void)
{
    struct pollfd ready = {.fd = receiver.out, .events = POLLIN};
    char piece[4096];
    const char *end;
    char *line;

    while (receiver.text.len == 0 ||
           !(end = memchr(receiver.text.data, '\n', receiver.text.len))) {
        ssize_t got = -1;

        if (poll(&ready, 1, RECEIVER_PATIENCE_MS) > 0)
            got = read(receiver.out, piece, sizeof(piece));
        if (got <= 0)
            bail_out("the receiver says nothing; is node installed?");
        buf_put(&receiver.text, piece, (size_t)got);
    }
    line = xmemdup0(receiver.text.data, (size_t)(end - receiver.text.data));
    buf_drop(&receiver.text, (size_t)(end - receiver.text.data) + 1);
    return line;
}

/* secrets: NULL-ended, at most 4. */
ATTR_UNUSED
static void receiver_open(const char *const *secrets)
{
    const char *source = getenv("AAOS_SRCDIR");
    char *script =
        xasprintf("%s/tests/bin/webhook-receiver.js", source ? source : ".");
    char *argv[8] = {(char[]){"node"}, script};
    struct err err = {0};
    char *path = proc_lookup("node", &err);
    size_t count = 2;
    char *line;
    char *rest;
    int in[2];
    int out[2];

    for (; secrets && *secrets; secrets++)
        argv[count++] = xstrdup(*secrets);
    if (!path || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        bail_out("node is needed for this test");
    receiver.pid = proc_spawn(&(struct proc_spec){.path = path,
                                                  .argv = argv,
                                                  .envp = environ,
                                                  .fds = {in[0], out[1], 2, -1},
                                                  .keep = -1},
                              &err);
    if (receiver.pid < 0)
        bail_out(err.msg);
    close(in[0]);
    close(out[1]);
    receiver.in = in[1];
    receiver.out = out[0];
    line = receiver_line();
    if (strncmp(line, "ready ", 6) != 0)
        bail_out(line);
    receiver.port = (int)strtol(line + 6, &rest, 10);
    receiver.rude_port = (int)strtol(rest, NULL, 10);
    free(line);
    free(path);
    while (count > 1)
        free(argv[--count]);
}

ATTR_UNUSED
static void receiver_close(void)
{
    close(receiver.in);
    close(receiver.out);
    waitpid(receiver.pid, NULL, 0);
    buf_release(&receiver.text);
}

/* "http://127.0.0.1:PORT" + path; the text stays until the 8th next call. */
ATTR_UNUSED
static const char *at(const char *path)
{
    static char urls[8][128];
    static unsigned next;
    char *url = urls[next++ % LENGTH(urls)];

    snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%d%s", receiver.port,
             path);
    return url;
}

#endif
