/*
 * peer-beanstalkd - a client that asks as much of beanstalkd as it can give
 *
 *     peer-beanstalkd submit SOCKET N    puts of 150 bytes, 1000 in the pipe
 *     peer-beanstalkd drain SOCKET N     reserves, then deletes, 1000 deep
 *     peer-beanstalkd latency SOCKET N   put to reserved, one at a time
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"

enum { DEPTH = 1000, SIZE = 150 };

static FILE *in, *out;

static void dial(const char *path, FILE **reading, FILE **writing)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        bench_die("peer-beanstalkd: no server at %s", path);
    *reading = fdopen(fd, "r");
    *writing = fdopen(dup(fd), "w");
    if (!*reading || !*writing)
        bench_die("peer-beanstalkd: out of memory");
}

static void line(FILE *from, char *text, size_t size, const char *wanted)
{
    if (!fgets(text, (int)size, from) ||
        strncmp(text, wanted, strlen(wanted)) != 0)
        bench_die("peer-beanstalkd: expected %s, got %s", wanted, text);
}

static void put(FILE *to)
{
    char body[SIZE + 1];

    memset(body, 'x', SIZE);
    body[SIZE] = '\0';
    fprintf(to, "put 5 0 60 %d\r\n%s\r\n", SIZE, body);
}

static void submit(long count)
{
    char text[256];
    int64_t began = bench_now();
    long i, n;

    for (i = 0; i < count; i += n) {
        long k;

        n = count - i < DEPTH ? count - i : DEPTH;
        for (k = 0; k < n; k++)
            put(out);
        fflush(out);
        for (k = 0; k < n; k++)
            line(in, text, sizeof(text), "INSERTED");
    }
    bench_rate(count, began);
}

static unsigned long reserved(FILE *from)
{
    char text[256];
    unsigned long id;

    line(from, text, sizeof(text), "RESERVED");
    id = strtoul(text + 9, NULL, 10);
    line(from, text, sizeof(text), "x");
    return id;
}

static void drain(long count)
{
    static unsigned long ids[DEPTH];
    char text[256];
    int64_t began = bench_now();
    long i, n, k;

    for (i = 0; i < count; i += n) {
        n = count - i < DEPTH ? count - i : DEPTH;
        for (k = 0; k < n; k++)
            fputs("reserve\r\n", out);
        fflush(out);
        for (k = 0; k < n; k++)
            ids[k] = reserved(in);
        for (k = 0; k < n; k++)
            fprintf(out, "delete %lu\r\n", ids[k]);
        fflush(out);
        for (k = 0; k < n; k++)
            line(in, text, sizeof(text), "DELETED");
    }
    bench_rate(count, began);
}

/* Two connections: one waits in `reserve` while the other puts. */
static void latency(const char *path, long count)
{
    int64_t *times = calloc((size_t)count, sizeof(*times));
    FILE *worker_in, *worker_out;
    char text[256];
    long i;

    if (!times)
        bench_die("peer-beanstalkd: out of memory");
    dial(path, &worker_in, &worker_out);
    for (i = 0; i < count; i++) {
        int64_t began;
        unsigned long id;

        fputs("reserve\r\n", worker_out);
        fflush(worker_out);
        usleep((useconds_t)(25000 + i * 7919 % 30000));
        began = bench_now();
        put(out);
        fflush(out);
        id = reserved(worker_in);
        times[i] = bench_now() - began;
        line(in, text, sizeof(text), "INSERTED");
        fprintf(worker_out, "delete %lu\r\n", id);
        fflush(worker_out);
        line(worker_in, text, sizeof(text), "DELETED");
    }
    bench_quantiles(times, (size_t)count);
    free(times);
    fclose(worker_in);
    fclose(worker_out);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        bench_die("usage: peer-beanstalkd submit|drain|latency SOCKET N");
    dial(argv[2], &in, &out);
    if (strcmp(argv[1], "submit") == 0)
        submit(bench_count(argv[3]));
    else if (strcmp(argv[1], "drain") == 0)
        drain(bench_count(argv[3]));
    else
        latency(argv[2], bench_count(argv[3]));
    fclose(in);
    fclose(out);
    return 0;
}
