/*
 * status-wait.c - wait until tasks have ended
 *
 * Prints "task_id TAB status" as each ends.  0: all completed; 1: some
 * ended otherwise; 124: time is over.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/status.h"
#include "core/clock.h"
#include "core/mem.h"

enum { WINDOW = 500 };

struct waited {
    int64_t seq;
    char task_id[40];
};
struct wait_list {
    struct waited *tasks;
    size_t count, cap;
    bool failed;
    int64_t done;
};

static int add(struct status *status, int64_t seq, void *ctx, struct err *err)
{
    struct wait_list *list = ctx;
    struct db_rows rows = {0};
    struct waited *task;

    if (read_task(status->store, seq, &rows, err) < 0)
        return -1;
    if (rows.count > 0) {
        list->tasks =
            xgrow(list->tasks, list->count, &list->cap, sizeof(*list->tasks));
        task = &list->tasks[list->count++];
        task->seq = seq;
        snprintf(task->task_id, sizeof(task->task_id), "%s",
                 db_text(&rows, 0, RT_TASK_ID));
    }
    db_rows_release(&rows);
    return 0;
}

/* Report those of the window [from, from + n) that have ended. */
static void settle(struct wait_list *list, size_t from, size_t n,
                   const struct db_rows *rows)
{
    size_t kept = from;
    size_t i, row;

    for (i = from; i < from + n; i++) {
        for (row = 0; row < rows->count; row++) {
            if (db_num(rows, row, RF_SEQ) == list->tasks[i].seq)
                break;
        }
        if (row == rows->count) {
            list->tasks[kept++] = list->tasks[i];
            continue;
        }
        printf("%s\t%s\n", list->tasks[i].task_id,
               db_text(rows, row, RF_STATUS));
        if (strcmp(db_text(rows, row, RF_STATUS), "completed") != 0)
            list->failed = true;
        list->done++;
    }
    memmove(&list->tasks[kept], &list->tasks[from + n],
            (list->count - from - n) * sizeof(*list->tasks));
    list->count -= from + n - kept;
}

/* One look at all of them, window by window from the end. */
static int look(struct status *status, struct wait_list *list, struct err *err)
{
    size_t end = list->count;
    struct buf json = {0};
    int ret = 0;

    while (ret == 0 && end > 0) {
        size_t from = end > WINDOW ? end - WINDOW : 0;
        struct db_rows rows = {0};
        size_t i;

        buf_reset(&json);
        buf_byte(&json, '[');
        for (i = from; i < end; i++)
            buf_fmt(&json, "%s%lld", i > from ? "," : "",
                    (long long)list->tasks[i].seq);
        buf_byte(&json, ']');
        ret = read_final(status->store, json.data, &rows, err);
        if (ret == 0)
            settle(list, from, end - from, &rows);
        db_rows_release(&rows);
        end = from;
    }
    buf_release(&json);
    if (ret == 0 && fflush(stdout) != 0)
        ret = err_errno(err, ERR_IO, "cannot write to stdout");
    return ret;
}

int status_wait(struct status *status, struct err *err)
{
    const int64_t longest = 200 * USEC_PER_MSEC;
    int64_t deadline = status->timeout ? clock_mono() + status->timeout : 0;
    int64_t nap = 5 * USEC_PER_MSEC;
    struct wait_list list = {0};
    int64_t total;
    int ret = status_each(status, add, &list, err);

    total = (int64_t)list.count;
    while (ret == 0 && list.count > 0) {
        ret = look(status, &list, err);
        if (ret < 0 || list.count == 0 || (status->any && list.done > 0))
            break;
        cmd_progress("finished", list.done, total);
        if (deadline && clock_mono() >= deadline)
            ret = err_set(err, ERR_TIMEOUT,
                          "timed out with %zu of %lld tasks unfinished",
                          list.count, (long long)total);
        else
            usleep((useconds_t)nap);
        nap = nap * 2 < longest ? nap * 2 : longest;
    }
    cmd_progress_end();
    if (ret == 0 && list.failed) {
        err->code = ERR_NO;
        ret = -1;
    }
    free(list.tasks);
    return ret;
}
