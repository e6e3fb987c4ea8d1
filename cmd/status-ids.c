/*
 * status-ids.c - ids from arguments and stdin
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "cmd/status.h"
#include "core/file.h"
#include "store/control.h"

enum { MOST_ID = 4096 };

typedef int visitor(struct status *status, int64_t seq, void *ctx,
                    struct err *err);

static int one(struct status *status, const char *id, visitor *visit, void *ctx,
               struct err *err)
{
    int64_t seq = 0;
    int found = 0;

    if (status->store)
        found = store_resolve(status->store, id, &seq, err);
    if (found < 0 && err->code == ERR_DATA) {
        cmd_warn("%s", err->msg);
        err_clear(err);
        status->bad = true;
        return 0;
    }
    if (found < 0)
        return -1;
    if (!found) {
        cmd_warn("no such task: '%s'", id);
        status->missing = true;
        return 0;
    }
    return visit(status, seq, ctx, err);
}

/* The first field of each line; the rest may be what a list printed. */
static int from_stdin(struct status *status, visitor *visit, void *ctx,
                      struct err *err)
{
    struct reader *reader = reader_open(STDIN_FILENO, '\n', MOST_ID);
    struct record_text line;
    char id[64];
    int got;

    while ((got = reader_next(reader, -1, &line, err)) > 0) {
        size_t len = strcspn(line.data, " \t\r");

        if (got == 2 || len == 0)
            continue;
        if (len >= sizeof(id))
            len = sizeof(id) - 1;
        memcpy(id, line.data, len);
        id[len] = '\0';
        if (one(status, id, visit, ctx, err) < 0) {
            got = -1;
            break;
        }
    }
    reader_close(reader);
    return got;
}

int status_each(struct status *status, visitor *visit, void *ctx,
                struct err *err)
{
    size_t i;
    int ret = 0;

    if (status->id_count == 0)
        return err_set(err, ERR_USAGE, "no task is named");
    for (i = 0; ret == 0 && i < status->id_count; i++) {
        if (strcmp(status->ids[i], "-") == 0)
            ret = from_stdin(status, visit, ctx, err);
        else
            ret = one(status, status->ids[i], visit, ctx, err);
    }
    return ret;
}
