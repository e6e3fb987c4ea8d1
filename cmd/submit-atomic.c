/*
 * submit-atomic.c - all of the input or nothing, through a spool
 *
 * No transaction spans a read of stdin: the input is copied to an unlinked
 * file and every record is judged there first; only then one transaction
 * takes them all.  The lines for stdout and the ids for the queue wait in
 * files of their own, so that memory stays flat up to the million records
 * that are allowed.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/submit.h"
#include "core/cmd.h"
#include "core/mem.h"

enum { MOST_RECORDS = 1000000, STEP = 1000 };

struct atomic {
    FILE *spool; /* struct head, then the bytes, record by record */
    FILE *lines; /* for stdout */
    FILE *ready; /* struct ready, for the queue */
};

struct head {
    int64_t line;
    size_t len;
    bool torn, too_long;
};

static int spool_open(FILE **file, struct err *err)
{
    *file = tmpfile();
    if (!*file)
        return err_errno(err, ERR_CREATE, "cannot create a temporary file");
    return 0;
}

static int spool_put(struct atomic *atomic, const struct record_text *text,
                     struct err *err)
{
    struct head head;

    memset(&head, 0, sizeof(head)); /* the padding is written, too */
    head.line = text->line;
    head.len = text->len;
    head.torn = text->torn;
    head.too_long = text->too_long;
    if (fwrite(&head, sizeof(head), 1, atomic->spool) != 1 ||
        fwrite(text->data, 1, text->len, atomic->spool) != text->len)
        return err_errno(err, ERR_IO, "cannot write the spool");
    return 0;
}

/* 1 and *text (its data owned by *data), 0 at the end. */
static int spool_get(struct atomic *atomic, struct buf *data,
                     struct record_text *text, struct err *err)
{
    struct head head;

    if (fread(&head, sizeof(head), 1, atomic->spool) != 1)
        return ferror(atomic->spool)
                   ? err_errno(err, ERR_IO, "cannot read the spool")
                   : 0;
    buf_reset(data);
    buf_reserve(data, head.len + 1);
    if (fread(data->data, 1, head.len, atomic->spool) != head.len)
        return err_errno(err, ERR_IO, "cannot read the spool");
    data->data[head.len] = '\0';
    data->len = head.len;
    *text = (struct record_text){.data = data->data,
                                 .len = head.len,
                                 .line = head.line,
                                 .torn = head.torn,
                                 .too_long = head.too_long};
    return 1;
}

/* Judge a record; the good ones are spooled. */
static int judge(struct submit *submit, struct atomic *atomic,
                 const struct record_text *text, struct err *err)
{
    bool good = submit_record(submit, text) == 1;

    submit_items_release(submit);
    if (submit->read > MOST_RECORDS)
        return err_set(err, ERR_DATA, "--atomic takes at most %d records",
                       MOST_RECORDS);
    if (submit->single && submit->read > 1)
        return err_set(err, ERR_USAGE,
                       "--idempotency-key names one task, and the input has "
                       "more than one");
    return good ? spool_put(atomic, text, err) : 0;
}

static int gather(struct submit *submit, struct atomic *atomic, int fd,
                  char separator, struct err *err)
{
    struct reader *reader = reader_open(fd, separator, submit->max_line);
    struct record_text text;
    int got;

    while ((got = reader_next(reader, -1, &text, err)) > 0) {
        if (got == 1 && judge(submit, atomic, &text, err) < 0) {
            got = -1;
            break;
        }
    }
    reader_close(reader);
    return got;
}

static int gather_args(struct submit *submit, struct atomic *atomic,
                       char *const *args, size_t nargs, struct err *err)
{
    size_t i;

    for (i = 0; i < nargs; i++) {
        const struct record_text text = {
            .data = args[i], .len = strlen(args[i]), .line = (int64_t)i + 1};

        if (judge(submit, atomic, &text, err) < 0)
            return -1;
    }
    return 0;
}

/* Store one step's items; remember what to print and to push. */
static int add(struct submit *submit, struct atomic *atomic, struct err *err)
{
    size_t i;

    if (store_submit_add(submit->store, submit->items, submit->count, err) < 0)
        return -1;
    buf_reset(&submit->out);
    for (i = 0; i < submit->count; i++) {
        const struct submit_item *item = &submit->items[i];
        struct ready ready;

        submit->stored += item->outcome == SUBMIT_STORED;
        submit->duplicates += item->outcome == SUBMIT_DUPLICATE;
        if (submit->waiting)
            waiting_add(submit->waiting, item->seq, item->line);
        else
            submit_print(submit, item, false, &submit->out);
        if (item->outcome != SUBMIT_STORED || item->status != TASK_PENDING)
            continue;
        memset(&ready, 0, sizeof(ready));
        ready.seq = item->seq;
        ready.sort_at = item->sort_at;
        memcpy(ready.task_type, item->record.task_type,
               strnlen(item->record.task_type, sizeof(ready.task_type) - 1));
        if (fwrite(&ready, sizeof(ready), 1, atomic->ready) != 1)
            return err_errno(err, ERR_IO, "cannot write the spool");
    }
    if (fwrite(submit->out.data, 1, submit->out.len, atomic->lines) !=
        submit->out.len)
        return err_errno(err, ERR_IO, "cannot write the spool");
    submit_items_release(submit);
    return 0;
}

static int store_all(struct submit *submit, struct atomic *atomic,
                     struct err *err)
{
    struct record_text text;
    struct buf data = {0};
    int got = 0;

    rewind(atomic->spool);
    if (store_submit_begin(submit->store, err) < 0)
        return -1;
    do {
        got = spool_get(atomic, &data, &text, err);
        if (got == 1)
            submit_record(submit, &text);
        if ((submit->count >= STEP || got == 0) && submit->count > 0 &&
            add(submit, atomic, err) < 0)
            got = -1;
    } while (got > 0);
    buf_release(&data);
    if (got == 0 && fflush(atomic->lines) == 0 && fflush(atomic->ready) == 0)
        return store_submit_commit(submit->store, err);
    if (got == 0)
        err_errno(err, ERR_IO, "cannot write the spool");
    store_submit_abort(submit->store);
    return -1;
}

/* After COMMIT: push, print. */
static int tell(struct submit *submit, struct atomic *atomic, struct err *err)
{
    struct ready ready[STEP];
    char lines[1 << 15];
    size_t n;
    int ret = 0;

    rewind(atomic->ready);
    while ((n = fread(ready, sizeof(ready[0]), STEP, atomic->ready)) > 0) {
        if (!queue_push(submit->queue, ready, n))
            submit->deferred += (int64_t)n;
    }
    rewind(atomic->lines);
    while ((n = fread(lines, 1, sizeof(lines), atomic->lines)) > 0) {
        /* The first failure is the message; the rest only counts. */
        struct err later = {0};

        if (submit_write(submit, lines, n, ret < 0 ? &later : err) < 0)
            ret = -1;
    }
    return ret;
}

int submit_atomic(struct submit *submit, int fd, char separator,
                  char *const *args, size_t nargs, struct err *err)
{
    struct atomic atomic = {0};
    int ret = -1;

    if (spool_open(&atomic.spool, err) < 0 ||
        spool_open(&atomic.lines, err) < 0 ||
        spool_open(&atomic.ready, err) < 0)
        goto out;
    if (nargs > 0 ? gather_args(submit, &atomic, args, nargs, err) < 0
                  : gather(submit, &atomic, fd, separator, err) < 0)
        goto out;
    if (submit->bad) {
        ret = err_set(err, ERR_DATA, "nothing was stored (--atomic)");
        goto out;
    }
    if (!submit->store) { /* --dry-run */
        submit->stored = submit->read;
        ret = 0;
        goto out;
    }
    if (store_all(submit, &atomic, err) < 0) {
        submit->stored = submit->duplicates = 0;
        err_wrap(err, "nothing was stored");
        goto out;
    }
    ret = tell(submit, &atomic, err);
out:
    submit_items_release(submit);
    if (atomic.spool)
        fclose(atomic.spool);
    if (atomic.lines)
        fclose(atomic.lines);
    if (atomic.ready)
        fclose(atomic.ready);
    return ret;
}
