/*
 * bench.h - what the small programs of the bench share
 *
 * They stand beside the peers: no code of aaos is in them.  A program that
 * measures prints lines of "NAME VALUE"; whatever fails ends it with 1 and a
 * sentence on stderr.
 */
#ifndef AAOS_BENCH_H
#define AAOS_BENCH_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BENCH_ID_SIZE = 37 };

static inline int64_t bench_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

__attribute__((format(printf, 1, 2), noreturn)) static inline void bench_die(
    const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static inline long bench_count(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*end || n < 1 || n > 100000000)
        bench_die("not a count: %s", text);
    return n;
}

/* Tasks a second, since `began`. */
static inline void bench_rate(long count, int64_t began)
{
    printf("rate %.0f\n", (double)count * 1e6 / (double)(bench_now() - began));
}

/* Ids as aaos makes them: in order of time, with the form of a UUIDv7. */
static inline void bench_id(char id[BENCH_ID_SIZE], int64_t seq)
{
    uint64_t ms = (uint64_t)time(NULL) * 1000 & 0xffffffffffff;

    snprintf(id, BENCH_ID_SIZE, "%08" PRIx64 "-%04" PRIx64 "-7%03x-8%03x-%012x",
             ms >> 16, ms & 0xffff, (unsigned)(seq >> 24) & 0xfff,
             (unsigned)(seq >> 12) & 0xfff, (unsigned)seq & 0xffffff);
}

static inline int bench_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* p50 and p99 of these microseconds, in milliseconds. */
static inline void bench_quantiles(int64_t *times, size_t count)
{
    size_t middle = count / 2;
    size_t high = count * 99 / 100;

    qsort(times, count, sizeof(*times), bench_compare);
    printf("p50 %.3f\np99 %.3f\n", (double)times[middle] / 1000,
           (double)times[high] / 1000);
}

#endif
