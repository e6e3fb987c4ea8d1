/*
 * host.c - what this host and some of its processes use
 */
#include "config.h"

#include "load/host.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"

enum { TEXT_MAX = 8192 };

/* A small file of /proc; "" when it cannot be read. */
static void read_text(const char *path, char text[TEXT_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_MAX - 1);

    text[n > 0 ? n : 0] = '\0';
    file_close(&fd);
}

/* --- the host ------------------------------------------------------------- */

static int64_t meminfo(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? strtoll(at + strlen(name), NULL, 10) * 1024 : -1;
}

static void read_memory(struct host *host)
{
    char text[TEXT_MAX];
    int64_t total, unused;

    read_text("/proc/meminfo", text);
    host->mem_total = meminfo(text, "MemTotal:");
    host->mem_available = meminfo(text, "MemAvailable:");
    total = meminfo(text, "SwapTotal:");
    unused = meminfo(text, "SwapFree:");
    host->swap_used = total < 0 || unused < 0 ? -1 : total - unused;
}

/* "cpu  user nice system idle iowait irq softirq steal ..." */
static void read_processors(struct host *host)
{
    char text[TEXT_MAX];
    char *at = text;
    char *end;

    host->busy = host->total = -1;
    read_text("/proc/stat", text);
    if (strncmp(text, "cpu ", 4) != 0)
        return;
    host->busy = host->total = 0;
    at += 4;
    for (int field = 0; field < 8; field++) {
        int64_t ticks = strtoll(at, &end, 10);

        if (end == at)
            break;
        at = end;
        host->total += ticks;
        host->busy += field == 3 || field == 4 ? 0 : ticks;
    }
}

void host_read(const char *path, struct host *host)
{
    double loads[3] = {-1, -1, -1};
    struct statvfs disk;

    *host = (struct host){.disk_free = -1, .disk_total = -1};
    if (getloadavg(loads, 3) != 3)
        loads[0] = loads[1] = loads[2] = -1;
    host->load1 = loads[0];
    host->load5 = loads[1];
    host->load15 = loads[2];
    host->processors = sysconf(_SC_NPROCESSORS_ONLN);
    read_memory(host);
    read_processors(host);
    if (path && statvfs(path, &disk) == 0) {
        host->disk_free = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
        host->disk_total = (int64_t)disk.f_blocks * (int64_t)disk.f_frsize;
    }
}

double host_busy(const struct host *from, const struct host *to)
{
    if (from->total < 0 || to->total <= from->total)
        return -1;
    return (double)(to->busy - from->busy) / (double)(to->total - from->total);
}

/* --- processes ------------------------------------------------------------ */

/* utime and stime are the 12th and 13th behind the name in parentheses,
 * which may hold anything; rss is the 22nd. */
void host_add_process(pid_t pid, struct host_use *use)
{
    char path[64], text[TEXT_MAX];
    int64_t values[23] = {0};
    const char *at;
    char *end;

    snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
    read_text(path, text);
    at = strrchr(text, ')');
    if (!at || at[1] != ' ' || !at[2])
        return;
    at += 3; /* behind the state */
    for (int field = 1; field < 23; field++) {
        values[field] = strtoll(at, &end, 10);
        if (end == at)
            return;
        at = end;
    }
    use->processes++;
    use->cpu += (values[11] + values[12]) * USEC_PER_SEC / sysconf(_SC_CLK_TCK);
    use->rss += values[21] * sysconf(_SC_PAGESIZE);
}

static void add_if_named(const char *pid, const char *prefix,
                         struct host_use *use)
{
    char path[64], text[TEXT_MAX];

    snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
    read_text(path, text);
    if (strncmp(text, prefix, strlen(prefix)) == 0)
        host_add_process((pid_t)strtol(pid, NULL, 10), use);
}

void host_find(const char *prefix, struct host_use *use)
{
    DIR *dir = opendir("/proc");
    const struct dirent *entry;

    *use = (struct host_use){0};
    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            add_if_named(entry->d_name, prefix, use);
    if (dir)
        closedir(dir);
}
