/*
 * added.c - tasks that a handler adds to the queue
 *
 * They are judged as they come and stored by the transaction that completes
 * the attempt, or never.  An attempt that said something wrong about them
 * has failed, and trying again cannot help: half a plan is no plan.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "task/links.h"
#include "work/internal.h"

enum { MOST_TASKS = 1000, MOST_BYTES = 16 << 20 };

void added_release(struct submit_item *tasks, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        task_record_release(&tasks[i].record);
    free(tasks);
}

/* The first is the reason; all are in the log. */
void added_refuse(struct job *job, const char *what, size_t number,
                  const struct err *err)
{
    errlog_add(&job->log, "warn", "%s %zu: %s", what, number, err->msg);
    if (job->added_error.len == 0)
        buf_fmt(&job->added_error, "%s %zu: %s", what, number, err->msg);
}

static void add(struct job *job, const struct json_slice *object)
{
    const struct work_options *options = job->work->options;
    struct submit_item *item;
    struct err err = {0};

    if (job->added_error.len > 0)
        return;
    job->tasks =
        xgrow(job->tasks, job->task_count, &job->task_cap, sizeof(*job->tasks));
    item = &job->tasks[job->task_count];
    memset(item, 0, sizeof(*item));
    item->line = (int64_t)job->task_count + 1;
    job->task_bytes += object->len;
    if (job->task_count == MOST_TASKS)
        err_set(&err, ERR_DATA, "an attempt adds at most %d", MOST_TASKS);
    else if (job->task_bytes > MOST_BYTES)
        err_set(&err, ERR_DATA, "an attempt adds at most %d bytes of them",
                MOST_BYTES);
    else if (task_record_parse(object, &options->defaults, &options->rules,
                               &item->record, &err) == 0)
        job->task_count++;
    if (err.code)
        added_refuse(job, "task", (size_t)item->line, &err);
}

void told_task(struct job *job, const char *raw, size_t len)
{
    struct json_slice object;
    struct err err = {0};

    if (json_check(raw, len, &object, &err) < 0)
        added_refuse(job, "task", job->task_count + 1, &err);
    else
        add(job, &object);
}

void told_list(struct job *job, const char *what, const struct json_slice *list,
               void (*add_one)(struct job *job,
                               const struct json_slice *object))
{
    struct json_walk walk = {.within = *list};
    struct json_slice object;
    struct err err = {0};

    if (list->type == JSON_NULL)
        return;
    if (list->type != JSON_ARRAY) {
        err_set(&err, ERR_DATA, "'%ss' must be a list (got %s)", what,
                json_type_name(list->type));
        added_refuse(job, what, 1, &err);
        return;
    }
    while (json_next(&walk, NULL, &object))
        add_one(job, &object);
}

void told_tasks(struct job *job, const struct json_slice *list)
{
    told_list(job, "task", list, add);
}

static int check_links(struct job *job, struct err *err)
{
    struct links *links = links_open("task");
    int ret = 0;
    size_t i;

    for (i = 0; ret == 0 && i < job->task_count; i++) {
        ret = links_add(links, &job->tasks[i].record, job->tasks[i].line, err);
        if (ret < 0)
            err_wrap(err, "task %zu", i + 1);
    }
    if (ret == 0)
        ret = links_check(links, err);
    links_close(links);
    return ret;
}

bool added_good(struct job *job)
{
    struct err err = {0};

    if (job->task_count > 0 && job->added_error.len == 0 &&
        check_links(job, &err) < 0) {
        errlog_add(&job->log, "warn", "%s", err.msg);
        buf_str(&job->added_error, err.msg);
    }
    if (job->added_error.len == 0)
        return true;
    told_error(job, job->added_error.data, job->added_error.len);
    return false;
}
