/*
 * co-agent - a co-process that completes whatever it is sent
 *
 *     aaos-worker --coprocess -j 256 -- co-agent [SOCKET]
 *
 * With SOCKET, a Unix datagram socket, it sends the instant at which each
 * assignment arrived: see latency.c.
 */
#include "config.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"

enum { ROOM = 4 << 20 };

static int reporter = -1;
static char input[ROOM], output[ROOM];
static size_t input_len, output_len;

static void report_to(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    reporter = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (reporter < 0 || connect(reporter, (struct sockaddr *)&to, sizeof(to)))
        bench_die("co-agent: nobody listens at %s", path);
}

static void flush(void)
{
    size_t at = 0;

    while (at < output_len) {
        ssize_t n = write(STDOUT_FILENO, output + at, output_len - at);

        if (n < 0 && errno != EINTR)
            exit(0);
        at += n > 0 ? (size_t)n : 0;
    }
    output_len = 0;
}

static void hear(const char *line)
{
    static const char key[] = "\"task_id\":\"";
    const char *id = strstr(line, key);
    int64_t now;

    if (!id || !strstr(line, "\"task_assignment\""))
        return;
    if (reporter >= 0) {
        now = bench_now();
        if (send(reporter, &now, sizeof(now), 0) < 0)
            exit(1);
    }
    if (output_len > ROOM - 200)
        flush();
    output_len += (size_t)snprintf(
        output + output_len, ROOM - output_len,
        "{\"type\":\"task_complete\",\"task_id\":\"%.36s\",\"result\":true}\n",
        id + sizeof(key) - 1);
}

/* Every whole line; what is left moves to the front. */
static void hear_all(void)
{
    char *from = input;
    char *end;

    while ((end = memchr(from, '\n', input_len - (size_t)(from - input)))) {
        *end = '\0';
        hear(from);
        from = end + 1;
    }
    input_len -= (size_t)(from - input);
    memmove(input, from, input_len);
}

int main(int argc, char **argv)
{
    ssize_t got;

    if (argc > 1)
        report_to(argv[1]);
    output_len = (size_t)snprintf(
        output, ROOM, "{\"type\":\"register\",\"agent_type\":\"bench\"}\n");
    flush();
    while ((got = read(STDIN_FILENO, input + input_len, ROOM - input_len)) >
           0) {
        input_len += (size_t)got;
        hear_all();
        flush();
    }
    return 0;
}
