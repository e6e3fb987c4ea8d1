/*
 * verify-e2e-work.c - what work does: order, side by side, contention
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/verify-e2e.h"
#include "core/clock.h"
#include "core/file.h"

enum { ORDER_LIMIT = 1 << 16, WORKERS = 4 };

/* -------------------------------------------------------------- priority */

/* In the order in which they are submitted, and then run. */
static const int priorities[] = {2, 9, 5, 9, 0, 10, 5};
static const int run_order[] = {5, 1, 3, 2, 6, 0, 4};

/* The place of an id among those that were submitted, or -1. */
static int place_of(const char *id, size_t len, const struct buf *ids)
{
    const char *line = ids->data;

    for (int i = 0; *line; i++) {
        size_t n = strcspn(line, "\n");

        if (n == len && strncmp(line, id, n) == 0)
            return i;
        line += n + (line[n] == '\n');
    }
    return -1;
}

static void judge_order(struct e2e *e2e, const char *file,
                        const struct buf *ids)
{
    struct buf ran = {0};
    struct err err = {0};
    const char *line;

    if (file_read(file, ORDER_LIMIT, &ran, &err) < 0)
        verify_offend(e2e->verify, "handler", "%s", err.msg);
    line = ran.data ? ran.data : "";
    for (size_t i = 0; i < LENGTH(run_order) && !err.code; i++) {
        size_t len = strcspn(line, "\n");
        int place = place_of(line, len, ids);
        char at[32];

        snprintf(at, sizeof(at), "run %zu", i + 1);
        if (place < 0)
            verify_offend(e2e->verify, at, "was of no task of ours");
        else if (place != run_order[i])
            verify_offend(e2e->verify, at,
                          "was of priority %d, submitted as number %d; number "
                          "%d with priority %d comes before",
                          priorities[place], place + 1, run_order[i] + 1,
                          priorities[run_order[i]]);
        line += len + (line[len] == '\n');
    }
    buf_release(&ran);
}

void e2e_priority(struct e2e *e2e)
{
    struct db_rows rows = {0};
    struct buf records = {0};
    struct buf ids = {0};
    char *file = e2e_path(e2e, "order");

    if (conf_num(e2e->run->conf, "task.aging_unit") < USEC_PER_SEC * 10) {
        verify_skip(e2e->verify, "task.aging_unit leaves priority no weight");
        goto out;
    }
    for (size_t i = 0; i < LENGTH(priorities); i++)
        buf_fmt(&records, "{\"description\":\"priority %d\",\"priority\":%d}\n",
                priorities[i], priorities[i]);
    if (e2e_submit(e2e, records.data, &ids) &&
        e2e_drain(e2e,
                  E2E_ARGS("-q", "--until-empty", "-j", "1", "--", "sh", "-c",
                           "echo \"$AAOS_TASK_ID\" >>\"$1\"", "sh", file)) &&
        e2e_all_completed(e2e, LENGTH(priorities), &rows))
        judge_order(e2e, file, &ids);
out:
    db_rows_release(&rows);
    buf_release(&records);
    buf_release(&ids);
    free(file);
}

/* ------------------------------------------------------- several workers */

/* Start them all, then wait for all. */
static bool run_workers(struct e2e *e2e, int count, const char *const *args)
{
    struct e2e_child workers[WORKERS] = {{0}};
    bool good = true;

    for (int i = 0; i < count; i++)
        good &= e2e_worker(e2e, &workers[i], args) == 0;
    for (int i = 0; i < count; i++)
        if (workers[i].pid > 0)
            good &= e2e_end(e2e, &workers[i], 0, NULL);
    return good;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many agents took part. */
static size_t count_agents(const struct db_rows *rows)
{
    const char **agents = calloc(rows->count + 1, sizeof(*agents));
    size_t count = 0;

    for (size_t i = 0; agents && i < rows->count; i++) {
        const char *agent = db_text(rows, i, ET_AGENT_ID);

        agents[i] = agent ? agent : "";
    }
    if (agents && rows->count > 0)
        qsort(agents, rows->count, sizeof(*agents), by_text);
    for (size_t i = 0; agents && i < rows->count; i++)
        count += i == 0 || strcmp(agents[i], agents[i - 1]) != 0;
    free(agents);
    return count;
}

/* Each handler waits until three of them run: without work side by side, by
 * more than one worker of two jobs, none would end well. */
static const char meet[] = ": >\"$1/$AAOS_TASK_ID\"\n"
                           "i=0\n"
                           "while set -- \"$1\" \"$1\"/*; [ $# -lt 4 ]; do\n"
                           "    set -- \"$1\"\n"
                           "    i=$((i + 1))\n"
                           "    [ $i -le 600 ] || exit 65\n"
                           "    sleep 0.05\n"
                           "done\n";

void e2e_concurrency(struct e2e *e2e)
{
    enum { COUNT = 9 };
    struct db_rows rows = {0};
    char *dir = e2e_path(e2e, "meeting");
    size_t agents;

    if (mkdir(dir, 0700) < 0)
        verify_offend(e2e->verify, "folder", "cannot be made: %s", dir);
    else if (e2e_submit_many(e2e, COUNT) &&
             run_workers(e2e, 3,
                         E2E_ARGS("-q", "--until-empty", "-j", "2", "--", "sh",
                                  "-c", meet, "sh", dir)) &&
             e2e_all_completed(e2e, COUNT, &rows)) {
        agents = count_agents(&rows);
        if (agents < 2)
            verify_offend(e2e->verify, "agents", "only %zu took part", agents);
        verify_note(e2e->verify, "%d tasks by %zu agents", (int)COUNT, agents);
    }
    db_rows_release(&rows);
    free(dir);
}

void e2e_contention(struct e2e *e2e)
{
    enum { COUNT = 200 };
    struct db_rows rows = {0};

    if (!e2e_submit_many(e2e, COUNT) ||
        !run_workers(e2e, WORKERS,
                     E2E_ARGS("-q", "--until-empty", "-j", "4", "--", "true")))
        return;
    if (e2e_all_completed(e2e, COUNT, &rows))
        verify_note(e2e->verify, "%d tasks by %zu of %d agents", (int)COUNT,
                    count_agents(&rows), (int)WORKERS);
    db_rows_release(&rows);
}
