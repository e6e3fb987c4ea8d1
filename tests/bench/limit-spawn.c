/*
 * limit-spawn - how many processes this machine starts
 *
 *     limit-spawn rate J N -- COMMAND...    N of them, J at a time, each with
 *                                           three pipes; commands a second
 *     limit-spawn time N -- COMMAND...      one after the other, output to
 *                                           /dev/null; ms from start to exit,
 *                                           and MiB of the largest
 */
#include "config.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* Nothing reads or writes: the cost is that of making them. */
static void pipes(posix_spawn_file_actions_t *actions, int fds[3][2])
{
    int i;

    posix_spawn_file_actions_init(actions);
    for (i = 0; i < 3; i++) {
        if (pipe2(fds[i], O_CLOEXEC) < 0)
            bench_die("limit-spawn: no pipe");
        posix_spawn_file_actions_adddup2(actions, fds[i][i == 0 ? 0 : 1], i);
    }
}

static void start(char **argv, bool with_pipes)
{
    posix_spawn_file_actions_t actions;
    int fds[3][2];
    pid_t pid;
    int i;

    if (with_pipes) {
        pipes(&actions, fds);
    } else {
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    }
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
        bench_die("limit-spawn: cannot start %s", argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    for (i = 0; with_pipes && i < 3; i++) {
        close(fds[i][0]);
        close(fds[i][1]);
    }
}

static void reap(void)
{
    int status;

    if (wait(&status) < 0 || status != 0)
        bench_die("limit-spawn: a command failed");
}

int main(int argc, char **argv)
{
    bool rates = argc > 1 && strcmp(argv[1], "rate") == 0;
    int dashes = rates ? 4 : 3;
    long jobs, count, i;
    int64_t began;

    if (argc < dashes + 2 || strcmp(argv[dashes], "--") != 0)
        bench_die("usage: limit-spawn rate J N -- COMMAND...\n"
                  "       limit-spawn time N -- COMMAND...");
    jobs = rates ? bench_count(argv[2]) : 1;
    count = bench_count(argv[dashes - 1]);
    began = bench_now();
    for (i = 0; i < count + jobs; i++) {
        if (i >= jobs)
            reap();
        if (i < count)
            start(argv + dashes + 1, rates);
    }
    if (rates) {
        bench_rate(count, began);
    } else {
        struct rusage usage = {0};

        printf("ms %.3f\n",
               (double)(bench_now() - began) / 1000 / (double)count);
        getrusage(RUSAGE_CHILDREN, &usage);
        printf("mib %.1f\n", (double)usage.ru_maxrss / 1024);
    }
    return 0;
}
