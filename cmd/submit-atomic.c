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
#include "core/failpoint.h"
#include "core/mem.h"
#include "task/links.h"

enum { MOST_RECORDS = 1000000, STEP = 1000 };

/* A piece of the lines. */
struct piece {
    int64_t at;
    size_t len;
};

struct atomic {
    struct spool records; /* as they were read */
    FILE *lines;          /* for stdout */
    FILE *ready;          /* struct ready, for the queue */
    FILE *logged;         /* for the log */
    struct links *links;
    size_t stored;       /* records that add() has seen */
    struct piece *print; /* of each record; NULL: in the order of storing */
};

/* Judge a record; the good ones are spooled. */
static int judge(struct submit *submit, struct atomic *atomic,
                 const struct record_text *text, struct err *err)
{
    bool good = submit_record(submit, text) == 1;
    struct err why = {0};

    if (good && links_add(atomic->links, &submit->items[0].record, text->line,
                          &why) < 0) {
        submit_refuse_item(submit, 0, why.msg);
        good = false;
    }
    submit_items_release(submit);
    if (submit->read > MOST_RECORDS)
        return err_set(err, ERR_DATA, "--atomic takes at most %d records",
                       MOST_RECORDS);
    if (submit->single && submit->read > 1)
        return err_set(err, ERR_USAGE,
                       "--idempotency-key names one task, and the input has "
                       "more than one");
    return good ? spool_put(&atomic->records, text, err) : 0;
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

/* The record that comes at this place of the order. */
static size_t record_at(const struct atomic *atomic, size_t place)
{
    return atomic->print ? links_order(atomic->links)[place] : place;
}

static int put_ready(struct atomic *atomic, const struct submit_item *item,
                     struct err *err)
{
    struct ready ready;

    memset(&ready, 0, sizeof(ready));
    ready.seq = item->seq;
    ready.sort_at = item->sort_at;
    memcpy(ready.task_type, item->record.task_type,
           strnlen(item->record.task_type, sizeof(ready.task_type) - 1));
    if (fwrite(&ready, sizeof(ready), 1, atomic->ready) != 1)
        return err_errno(err, ERR_IO, "cannot write the spool");
    return 0;
}

/* Store one step's items; remember what to print and to push. */
static int add(struct submit *submit, struct atomic *atomic, struct err *err)
{
    int64_t at = ftello(atomic->lines);
    size_t i;

    if (store_submit_add(submit->store, submit->items, submit->count, err) < 0)
        return -1;
    buf_reset(&submit->out);
    for (i = 0; i < submit->count; i++) {
        const struct submit_item *item = &submit->items[i];
        size_t from = submit->out.len;

        submit->stored += item->outcome == SUBMIT_STORED;
        submit->duplicates += item->outcome == SUBMIT_DUPLICATE;
        submit->webhooks = submit->webhooks || item->record.webhook;
        if (submit->waiting)
            waiting_add(submit->waiting, item->seq, item->line);
        else
            submit_print(submit, item, false, &submit->out);
        if (atomic->print)
            atomic->print[record_at(atomic, atomic->stored + i)] =
                (struct piece){at + (int64_t)from, submit->out.len - from};
        if (item->outcome == SUBMIT_STORED && item->status == TASK_PENDING &&
            put_ready(atomic, item, err) < 0)
            return -1;
        submit_note_soon(submit, item);
        if (submit_log_spool(submit, item, atomic->logged, err) < 0)
            return -1;
    }
    atomic->stored += submit->count;
    if (submit->out.len > 0 && fwrite(submit->out.data, 1, submit->out.len,
                                      atomic->lines) != submit->out.len)
        return err_errno(err, ERR_IO, "cannot write the spool");
    submit_items_release(submit);
    return 0;
}

/* The next record of the order becomes an item: 1, at the end 0. */
static int fetch(struct submit *submit, struct atomic *atomic, size_t place,
                 struct buf *data, struct err *err)
{
    struct record_text text;
    int got;

    if (place == links_count(atomic->links))
        return 0;
    if (atomic->print &&
        spool_seek(&atomic->records, record_at(atomic, place), err) < 0)
        return -1;
    got = spool_get(&atomic->records, data, &text, err);
    if (got == 1 && submit_record(submit, &text) != 1)
        return err_set(err, ERR_BUG, "line %lld was good before",
                       (long long)text.line);
    return got;
}

static int store_all(struct submit *submit, struct atomic *atomic,
                     struct err *err)
{
    struct buf data = {0};
    size_t place = 0;
    int got = 0;

    if (links_forward(atomic->links))
        atomic->print =
            xcalloc(links_count(atomic->links) + 1, sizeof(*atomic->print));
    rewind(atomic->records.file);
    store_submit_remember(submit->store, LINKS_MOST_REFS);
    if (store_submit_begin(submit->store, err) < 0)
        return -1;
    do {
        got = fetch(submit, atomic, place++, &data, err);
        if (got >= 0 && (submit->count >= STEP || got == 0) &&
            submit->count > 0 && add(submit, atomic, err) < 0)
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

/* The first failure is the message; the rest only counts. */
static void print(struct submit *submit, const char *lines, size_t len,
                  int *ret, struct err *err)
{
    struct err later = {0};

    if (submit_write(submit, lines, len, *ret < 0 ? &later : err) < 0)
        *ret = -1;
}

/* In the order of the input. */
static int print_pieces(struct submit *submit, struct atomic *atomic,
                        struct err *err)
{
    int ret = 0;

    buf_reset(&submit->out);
    for (size_t i = 0; i < atomic->stored; i++) {
        const struct piece *piece = &atomic->print[i];
        struct buf *out = &submit->out;

        buf_reserve(out, piece->len + 1);
        if (fseeko(atomic->lines, piece->at, SEEK_SET) < 0 ||
            fread(out->data + out->len, 1, piece->len, atomic->lines) !=
                piece->len)
            return err_errno(err, ERR_IO, "cannot read the spool");
        out->len += piece->len;
        if (out->len < 1 << 15 && i + 1 < atomic->stored)
            continue;
        print(submit, out->data, out->len, &ret, err);
        buf_reset(out);
    }
    return ret;
}

/* After COMMIT: push, print. */
static int tell(struct submit *submit, struct atomic *atomic, struct err *err)
{
    struct ready ready[STEP];
    char lines[1 << 15];
    size_t n;
    int ret = 0;

    FAILPOINT("submit.committed");
    rewind(atomic->ready);
    while ((n = fread(ready, sizeof(ready[0]), STEP, atomic->ready)) > 0) {
        if (!queue_push(submit->queue, ready, n))
            submit->deferred += (int64_t)n;
    }
    submit_tell_soon(submit);
    FAILPOINT("submit.pushed");
    submit_log_replay(atomic->logged);
    if (submit->waiting)
        waiting_sort(submit->waiting);
    if (atomic->print && !submit->waiting)
        return print_pieces(submit, atomic, err);
    rewind(atomic->lines);
    while ((n = fread(lines, 1, sizeof(lines), atomic->lines)) > 0)
        print(submit, lines, n, &ret, err);
    return ret;
}

int submit_atomic(struct submit *submit, int fd, char separator,
                  char *const *args, size_t nargs, struct err *err)
{
    struct atomic atomic = {0};
    int ret = -1;

    atomic.links = links_open(submit->unit);
    if (spool_file(&atomic.records.file, err) < 0 ||
        spool_file(&atomic.lines, err) < 0 ||
        spool_file(&atomic.ready, err) < 0 ||
        spool_file(&atomic.logged, err) < 0)
        goto out;
    if (nargs > 0 ? gather_args(submit, &atomic, args, nargs, err) < 0
                  : gather(submit, &atomic, fd, separator, err) < 0)
        goto out;
    if (submit->bad) {
        ret = err_set(err, ERR_DATA, "nothing was stored (--atomic)");
        goto out;
    }
    ret = links_check(atomic.links, err);
    if (!submit->store) /* --dry-run */
        submit->stored = submit->read;
    if (ret < 0 || !submit->store)
        goto out;
    ret = -1;
    if (store_all(submit, &atomic, err) < 0) {
        submit->stored = submit->duplicates = 0;
        err_wrap(err, "nothing was stored");
        goto out;
    }
    ret = tell(submit, &atomic, err);
out:
    submit_items_release(submit);
    links_close(atomic.links);
    free(atomic.print);
    spool_release(&atomic.records);
    if (atomic.lines)
        fclose(atomic.lines);
    if (atomic.ready)
        fclose(atomic.ready);
    if (atomic.logged)
        fclose(atomic.logged);
    return ret;
}
