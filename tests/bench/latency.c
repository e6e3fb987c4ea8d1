/*
 * latency - from a line written to a submitter to the start of its handler
 *
 *     latency SOCKET N -- aaos-submit ...
 *
 * Writes one description at a time to the command, which stays running, and
 * waits on SOCKET (made here) for co-agent to say when it arrived.  Between
 * two of them nothing happens for 25 to 55 ms: the system is idle.  The first
 * five are not counted.  A handler must be running under a worker.
 */
#include "config.h"

#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { WARM = 5 };

static int listen_at(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
        bench_die("latency: cannot listen at %s", path);
    return fd;
}

/* The command with a pipe for its input; returns our end. */
static int start(char **argv, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int fds[2];

    if (pipe(fds) < 0)
        bench_die("latency: no pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[0], STDIN_FILENO);
    posix_spawn_file_actions_addclose(&actions, fds[1]);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1,
                                     0);
    if (posix_spawnp(pid, argv[0], &actions, NULL, argv, environ) != 0)
        bench_die("latency: cannot start %s", argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[0]);
    return fds[1];
}

static int64_t measure(int to, int from, long i)
{
    char line[80];
    int len = snprintf(line, sizeof(line), "measure the latency %ld\n", i);
    int64_t arrived;
    int64_t began = bench_now();

    if (write(to, line, (size_t)len) != len)
        bench_die("latency: the submitter is gone");
    if (recv(from, &arrived, sizeof(arrived), 0) != sizeof(arrived))
        bench_die("latency: the task never started");
    return arrived - began;
}

int main(int argc, char **argv)
{
    int64_t *times;
    pid_t pid;
    int from, to;
    long count, i;

    if (argc < 5 || strcmp(argv[3], "--") != 0)
        bench_die("usage: latency SOCKET N -- COMMAND...");
    count = bench_count(argv[2]);
    times = calloc((size_t)count + WARM, sizeof(*times));
    if (!times)
        bench_die("latency: out of memory");
    from = listen_at(argv[1]);
    to = start(argv + 4, &pid);
    for (i = 0; i < count + WARM; i++) {
        usleep((useconds_t)(25000 + i * 7919 % 30000));
        times[i] = measure(to, from, i);
    }
    close(to);
    waitpid(pid, NULL, 0);
    bench_quantiles(times + WARM, (size_t)count);
    unlink(argv[1]);
    free(times);
    return 0;
}
