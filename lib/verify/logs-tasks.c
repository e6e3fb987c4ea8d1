/*
 * logs-tasks.c - one correlation id a task, in the lines and in the database
 *
 * A table of what was seen, at most a million tasks; of an id only a part of
 * its digest is kept.  What comes later is compared with the database alone.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/uuid.h"
#include "store/audit.h"
#include "store/sql-names.h"
#include "verify/logs-private.h"

enum { TASKS_MAX = 1000000, SLOTS = 1 << 21, DIGEST = 15 };

struct log_tasks {
    struct log_task *items;
    size_t count, cap;
    uint32_t *slots; /* index + 1 into items, by hash */
};

static size_t slot_of(const char *task_id)
{
    uint32_t h = 2166136261U; /* FNV-1a */

    for (; *task_id; task_id++)
        h = (h ^ (unsigned char)*task_id) * 16777619U;
    return h & (SLOTS - 1);
}

/* The task, new if need be; NULL when the table is full. */
static struct log_task *find(struct log_reading *reading, const char *task_id)
{
    struct log_tasks *tasks = reading->tasks;
    size_t slot = slot_of(task_id);
    struct log_task *task;

    if (!tasks) {
        tasks = reading->tasks = xcalloc(1, sizeof(*tasks));
        tasks->slots = xcalloc(SLOTS, sizeof(*tasks->slots));
    }
    for (; tasks->slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
        task = &tasks->items[tasks->slots[slot] - 1];
        if (strcmp(task->task_id, task_id) == 0)
            return task;
    }
    if (tasks->count == TASKS_MAX)
        return NULL;
    tasks->items =
        xgrow(tasks->items, tasks->count, &tasks->cap, sizeof(*tasks->items));
    task = &tasks->items[tasks->count++];
    tasks->slots[slot] = (uint32_t)tasks->count;
    *task = (struct log_task){0};
    memcpy(task->task_id, task_id, UUID_SIZE);
    reading->about_tasks++;
    return task;
}

static void digest_of(const char *text, char digest[DIGEST + 1])
{
    char hex[HASH_TEXT_SIZE];

    hash_text(text, strlen(text), hex);
    memcpy(digest, hex, DIGEST);
    digest[DIGEST] = '\0';
}

void log_task_seen(struct log_reading *reading, const char *at,
                   const struct json_slice *line)
{
    char *task_id = log_member(line, "task_id");
    char *correlation = log_member(line, "correlation_id");
    char digest[DIGEST + 1];
    struct log_task *task;

    if (*task_id && !uuid_valid(task_id, strlen(task_id)))
        log_find(&reading->correlation, at, "task_id '%.60s' is none", task_id);
    else if (*task_id && *correlation) {
        task = find(reading, task_id);
        digest_of(correlation, digest);
        if (task && !*task->correlation)
            memcpy(task->correlation, digest, sizeof(digest));
        else if (task && strcmp(task->correlation, digest) != 0)
            log_find(&reading->correlation, task_id,
                     "%s: has another correlation id, '%.100s'", at,
                     correlation);
    }
    free(task_id);
    free(correlation);
}

/* ---------------------------------------------------------- the database */

static int compare(struct log_reading *reading, const struct log_task *task,
                   struct err *err)
{
    struct db_arg arg = arg_text(task->task_id);
    struct db_rows rows = {0};
    char digest[DIGEST + 1];

    if (db_query(store_db(reading->store), SQL_VERIFY_CORRELATION, &arg, 1,
                 &rows, err) < 0)
        return -1;
    /* It may have been pruned since. */
    if (rows.count > 0 && db_text(&rows, 0, 0)) {
        digest_of(db_text(&rows, 0, 0), digest);
        if (strcmp(digest, task->correlation) != 0)
            log_find(&reading->correlation, task->task_id,
                     "has the correlation id '%.100s' in the database, and "
                     "another in the log",
                     db_text(&rows, 0, 0));
    }
    db_rows_release(&rows);
    return 0;
}

void log_tasks_end(struct log_reading *reading)
{
    struct log_tasks *tasks = reading->tasks;

    if (!tasks)
        return;
    for (size_t i = 0; reading->store && i < tasks->count; i++)
        if (*tasks->items[i].correlation &&
            compare(reading, &tasks->items[i], &reading->err) < 0)
            break;
    free(tasks->items);
    free(tasks->slots);
    free(tasks);
    reading->tasks = NULL;
}

void log_audit_seen(struct log_reading *reading, const char *at,
                    const struct json_slice *line)
{
    struct audit_head head = {0};
    struct json_slice seq;
    char *hash = log_member(line, "hash");
    int found = 1;

    if (!json_member(line, "seq", &seq) || !json_integer(&seq, &head.seq) ||
        strlen(hash) != HASH_TEXT_SIZE - 1) {
        log_find(&reading->audit, at, "names no row and hash");
    } else {
        reading->audited++;
        memcpy(head.hash, hash, HASH_TEXT_SIZE);
        if (reading->store && !reading->err.code)
            found = audit_has(reading->store, &head, &reading->err);
        if (found == 0)
            log_find(&reading->audit, at,
                     "row %lld of the audit was there, and is not any more",
                     (long long)head.seq);
    }
    free(hash);
}
