/*
 * host.h - what this host and some of its processes use
 *
 * Read from /proc; what cannot be read is -1.  Counters of processors are
 * shares of a second a second (1.0: one processor busy), found from two
 * readings.
 */
#ifndef AAOS_LOAD_HOST_H
#define AAOS_LOAD_HOST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct host {
    double load1, load5, load15;
    int64_t mem_total, mem_available, swap_used; /* bytes */
    int64_t busy, total; /* clock ticks of all processors since the boot */
    int64_t disk_free, disk_total; /* of the file system of a path */
    int64_t processors;
};
void host_read(const char *path, struct host *host);
/* Busy share of all processors between two readings, 0 to 1; or -1. */
double host_busy(const struct host *from, const struct host *to);

/* Of some processes together. */
struct host_use {
    int64_t processes;
    int64_t rss; /* bytes */
    int64_t cpu; /* microseconds of user and system time */
};
void host_add_process(pid_t pid, struct host_use *use);
/* All processes of this host whose name begins with this. */
void host_find(const char *prefix, struct host_use *use);

#endif
