/*
 * submit-wait.c - --wait: results as they come
 *
 * Of each task only its number and line are kept.  A look asks for at most
 * a window of the outstanding ones; the next look takes the next window,
 * so that one slow task does not hide the others.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/result-json.h"
#include "cmd/submit.h"
#include "core/clock.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "store/read.h"

enum { WINDOW = 500 };

struct outstanding {
    int64_t seq, line;
};

struct waiting {
    struct outstanding *tasks;
    size_t count, cap;
    size_t at; /* where the next window starts */
    bool ordered;
    bool failed;
    int64_t done;
};

struct waiting *waiting_open(bool ordered)
{
    struct waiting *waiting = xcalloc(1, sizeof(*waiting));

    waiting->ordered = ordered;
    return waiting;
}

void waiting_close(struct waiting *waiting)
{
    if (!waiting)
        return;
    free(waiting->tasks);
    free(waiting);
}

bool waiting_any(const struct waiting *waiting)
{
    return waiting->count > 0;
}

bool waiting_failed(const struct waiting *waiting)
{
    return waiting->failed;
}

void waiting_add(struct waiting *waiting, int64_t seq, int64_t line)
{
    if (seq == 0) {
        cmd_warn("line %lld: its task is known but was pruned, there is no "
                 "result",
                 (long long)line);
        waiting->failed = true;
        return;
    }
    waiting->tasks = xgrow(waiting->tasks, waiting->count, &waiting->cap,
                           sizeof(*waiting->tasks));
    waiting->tasks[waiting->count++] =
        (struct outstanding){.seq = seq, .line = line};
}

static int by_line(const void *a, const void *b)
{
    const struct outstanding *x = a;
    const struct outstanding *y = b;

    return (x->line > y->line) - (x->line < y->line);
}

void waiting_sort(struct waiting *waiting)
{
    if (waiting->count > 1)
        qsort(waiting->tasks, waiting->count, sizeof(*waiting->tasks), by_line);
}

static size_t find(const struct db_rows *rows, int64_t seq)
{
    size_t i;

    for (i = 0; i < rows->count; i++) {
        if (db_num(rows, i, RR_SEQ) == seq)
            break;
    }
    return i;
}

/*
 * Move what has ended in the window [from, from + n) to `out`; ordered: only
 * the unbroken run at the front.
 */
static size_t take(struct waiting *waiting, size_t from, size_t n,
                   const struct db_rows *rows, struct buf *out)
{
    size_t i, row;
    size_t kept = from;
    size_t taken = 0;

    for (i = from; i < from + n; i++) {
        row = find(rows, waiting->tasks[i].seq);
        if (row == rows->count || (waiting->ordered && kept > from)) {
            waiting->tasks[kept++] = waiting->tasks[i];
            continue;
        }
        result_json(out, rows, row, waiting->tasks[i].line);
        if (strcmp(db_text(rows, row, RR_STATUS), "completed") != 0)
            waiting->failed = true;
        taken++;
    }
    memmove(&waiting->tasks[kept], &waiting->tasks[from + n],
            (waiting->count - from - n) * sizeof(*waiting->tasks));
    waiting->count -= taken;
    waiting->done += (int64_t)taken;
    waiting->at = kept < waiting->count && !waiting->ordered ? kept : 0;
    return taken;
}

int waiting_poll(struct waiting *waiting, struct submit *submit,
                 struct err *err)
{
    size_t from = waiting->at < waiting->count ? waiting->at : 0;
    size_t n = waiting->count - from;
    size_t i, taken;
    struct db_rows rows;
    struct buf list = {0};
    int ret;

    if (n > WINDOW)
        n = WINDOW;
    buf_byte(&list, '[');
    for (i = 0; i < n; i++)
        buf_fmt(&list, "%s%lld", i ? "," : "",
                (long long)waiting->tasks[from + i].seq);
    buf_byte(&list, ']');
    ret = read_results(submit->store, list.data, false, &rows, err);
    buf_release(&list);
    if (ret < 0)
        return err_wrap(err, "cannot read results");

    buf_reset(&submit->out);
    taken = take(waiting, from, n, &rows, &submit->out);
    db_rows_release(&rows);
    if (submit_write(submit, submit->out.data, submit->out.len, err) < 0)
        return -1;
    return taken > 0;
}

int waiting_all(struct waiting *waiting, struct submit *submit,
                int64_t deadline, struct err *err)
{
    const int64_t shortest = 2 * USEC_PER_MSEC;
    const int64_t longest = 100 * USEC_PER_MSEC;
    int64_t nap = shortest;
    int64_t total = waiting->done + (int64_t)waiting->count;
    size_t fruitless = 0;
    int got;

    while (waiting->count > 0) {
        got = waiting_poll(waiting, submit, err);
        if (got < 0)
            return -1;
        cmd_progress("finished", waiting->done, total);
        if (deadline && clock_mono() >= deadline && waiting->count > 0)
            return err_set(err, ERR_TIMEOUT,
                           "timed out with %zu of %lld tasks unfinished",
                           waiting->count, (long long)total);
        /* A full round without a result is worth a nap, a window is not. */
        fruitless = got ? 0 : fruitless + WINDOW;
        if (got)
            nap = shortest;
        if (fruitless < waiting->count || waiting->count == 0)
            continue;
        fruitless = 0;
        usleep((useconds_t)nap);
        nap = nap * 2 < longest ? nap * 2 : longest;
    }
    cmd_progress_end();
    return 0;
}
