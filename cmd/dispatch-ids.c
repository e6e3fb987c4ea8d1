/*
 * dispatch-ids.c - which tasks are meant
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "cmd/dispatch.h"
#include "core/clock.h"
#include "core/file.h"

/* Of a line only the start is wanted: there a list has its id. */
enum { LINE_LIMIT = 4096, ID_LIMIT = 64 };

static int add_id(struct dispatch *dispatch, const char *id, struct err *err)
{
    int64_t seq = 0;
    int found = store_resolve(dispatch->store, id, &seq, err);

    if (found > 0)
        return dispatch_add(dispatch, seq, err);
    if (found == 0)
        found = dispatch_action(dispatch, id, err);
    if (found > 0)
        return 0;
    if (found < 0 && err->code != ERR_DATA)
        return -1;
    if (found < 0) {
        cmd_warn("%s", err->msg);
        err_clear(err);
        dispatch->bad = true;
    } else {
        cmd_warn("no such task: '%s'", id);
        dispatch->missing = true;
    }
    return 0;
}

static int add_line(struct dispatch *dispatch, const char *line,
                    struct err *err)
{
    const char *start = line + strspn(line, " \t\r");
    size_t len = strcspn(start, " \t\r");
    char id[ID_LIMIT + 1];

    if (len == 0)
        return 0;
    if (len > ID_LIMIT)
        len = ID_LIMIT;
    memcpy(id, start, len);
    id[len] = '\0';
    return add_id(dispatch, id, err);
}

/* A slow writer need not fill a batch: what has come is done after 20 ms. */
static int add_stdin(struct dispatch *dispatch, struct err *err)
{
    struct reader *reader;
    struct record_text line;
    int ret = 0;
    int got;

    if (cmd_shared.stdin_closed)
        return err_set(err, ERR_IO, "stdin is closed");
    if (isatty(STDIN_FILENO))
        cmd_note("reading ids from the terminal, one a line; end with ^D");
    reader = reader_open(STDIN_FILENO, '\n', LINE_LIMIT);
    do {
        got = reader_next(reader, dispatch->count > 0 ? 20 * USEC_PER_MSEC : -1,
                          &line, err);
        if (got == 1)
            ret = add_line(dispatch, line.data, err);
        else if (got == 2)
            ret = dispatch_flush(dispatch, err);
    } while (got > 0 && ret == 0);
    reader_close(reader);
    return got < 0 ? -1 : ret;
}

int dispatch_ids(struct dispatch *dispatch, char **ids, size_t count,
                 struct err *err)
{
    int ret = 0;

    for (size_t i = 0; ret == 0 && i < count; i++)
        ret = strcmp(ids[i], "-") == 0 ? add_stdin(dispatch, err)
                                       : add_id(dispatch, ids[i], err);
    return ret < 0 ? -1 : dispatch_flush(dispatch, err);
}

int dispatch_chosen(struct dispatch *dispatch, struct err *err)
{
    int64_t seqs[DISPATCH_BATCH];
    int64_t left = dispatch->limit > 0 ? dispatch->limit : INT64_MAX;
    int64_t after = 0;
    int count;

    do {
        count = store_select(
            dispatch->store, &dispatch->choice, after,
            left < DISPATCH_BATCH ? (size_t)left : DISPATCH_BATCH, seqs, err);
        for (int i = 0; i < count; i++)
            if (dispatch_add(dispatch, seqs[i], err) < 0)
                return -1;
        if (count < 0 || dispatch_flush(dispatch, err) < 0)
            return -1;
        if (count > 0)
            after = seqs[count - 1];
        left -= count;
    } while (count == DISPATCH_BATCH && left > 0);
    return 0;
}
