/*
 * status-results.c - results: bodies as they are, or records
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/result-json.h"
#include "cmd/status.h"
#include "core/file.h"
#include "core/mem.h"

enum { PAGE = 200 };

struct printer {
    enum output output;
    int64_t printed;
    bool unfinished;
};

/* On a terminal nothing raw; newline and tab are what a result may have. */
static void put_for_terminal(const char *data, size_t len)
{
    struct buf out = {0};
    size_t start = 0;
    size_t i;

    for (i = 0; i <= len; i++) {
        if (i < len && data[i] != '\n' && data[i] != '\t')
            continue;
        buf_printable(&out, data + start, i - start);
        if (i < len)
            buf_byte(&out, data[i]);
        start = i + 1;
    }
    fwrite(out.data ? out.data : "", 1, out.len, stdout);
    buf_release(&out);
}

/* The whole of a result that was cut: 1 printed, 0 not to be had here. */
static int put_artifact(struct status *status, const char *ref, struct err *err)
{
    const char *dir = conf_state_dir(status->conf, false, err);
    char chunk[1 << 16];
    char *path;
    ssize_t n;
    int fd;

    if (!dir)
        return -1;
    path = ref[0] == '/' ? xstrdup(ref) : xasprintf("%s/%s", dir, ref);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    free(path);
    if (fd < 0)
        return 0;
    while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
        if (isatty(STDOUT_FILENO))
            put_for_terminal(chunk, (size_t)n);
        else if (fwrite(chunk, 1, (size_t)n, stdout) != (size_t)n)
            break;
    }
    close(fd);
    if (n != 0)
        return err_errno(err, ERR_IO, "cannot copy artifact '%s'", ref);
    return 1;
}

/* The body alone: what a pipe wants. */
static int put_body(struct status *status, const struct db_rows *rows,
                    size_t row, struct err *err)
{
    const struct db_cell *cell = db_cell(rows, row, RR_RESULT);
    const char *artifact = db_text(rows, row, RR_RESULT_ARTIFACT);
    const char *format = db_text(rows, row, RR_RESULT_FORMAT);
    int whole;

    if (cell->kind == DB_NULL)
        return 0;
    if (artifact) {
        whole = put_artifact(status, artifact, err);
        if (whole != 0)
            return whole < 0 ? -1 : 0;
        cmd_warn("the whole result of task %s is in artifact '%s' on another "
                 "host; this is its beginning",
                 db_text(rows, row, RR_TASK_ID), artifact);
    }
    if (isatty(STDOUT_FILENO))
        put_for_terminal(cell->data, cell->len);
    else
        fwrite(cell->data, 1, cell->len, stdout);
    if (format && strcmp(format, "json") == 0)
        putchar('\n');
    return 0;
}

static void put_record(struct printer *printer, const struct db_rows *rows,
                       size_t row)
{
    struct buf out = {0};

    result_json(&out, rows, row, 0);
    if (printer->output == OUTPUT_JSON) {
        fputs(printer->printed ? ",\n" : "[", stdout);
        out.len--; /* its newline */
    }
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
}

static int put_rows(struct status *status, struct printer *printer,
                    const struct db_rows *rows, struct err *err)
{
    size_t i;
    int ret = 0;

    for (i = 0; ret == 0 && i < rows->count; i++) {
        if (printer->output == OUTPUT_AUTO)
            ret = put_body(status, rows, i, err);
        else
            put_record(printer, rows, i);
        printer->printed++;
        if (ferror(stdout))
            ret = err_set(err, ERR_IO, "cannot write to stdout");
    }
    return ret;
}

static int put_one(struct status *status, int64_t seq, void *ctx,
                   struct err *err)
{
    struct printer *printer = ctx;
    struct db_rows rows = {0};
    char list[32];
    int ret;

    snprintf(list, sizeof(list), "[%lld]", (long long)seq);
    ret = read_results(status->store, list, true, &rows, err);
    if (ret == 0 && rows.count > 0 && db_null(&rows, 0, RR_FINISHED_AT)) {
        cmd_warn("task %s has no result yet: it is %s",
                 db_text(&rows, 0, RR_TASK_ID), db_text(&rows, 0, RR_STATUS));
        printer->unfinished = true;
        if (printer->output == OUTPUT_AUTO)
            rows.count = 0;
    }
    if (ret == 0)
        ret = put_rows(status, printer, &rows, err);
    db_rows_release(&rows);
    return ret;
}

/* Without ids: every finished task that the filters leave, oldest first. */
static int put_all(struct status *status, struct printer *printer,
                   struct err *err)
{
    int64_t left = status->limit > 0 ? status->limit : INT64_MAX;
    struct db_rows rows = {0};
    int64_t after = 0;
    bool more = status->store != NULL;
    int ret = 0;

    while (ret == 0 && more && left > 0) {
        size_t want = left < PAGE ? (size_t)left : PAGE;

        if (read_results_page(status->store, &status->filter, false, after,
                              want, &rows, err) < 0)
            return -1;
        ret = put_rows(status, printer, &rows, err);
        more = rows.count == want;
        left -= (int64_t)rows.count;
        if (rows.count > 0)
            after = db_num(&rows, rows.count - 1, RR_SEQ);
        db_rows_release(&rows);
    }
    return ret;
}

int status_results(struct status *status, struct err *err)
{
    struct printer printer = {.output = cmd_shared.output};
    int ret;

    if (printer.output == OUTPUT_TABLE || printer.output == OUTPUT_TSV)
        return err_set(err, ERR_USAGE,
                       "results are printed raw, or with -o json or jsonl");
    if (status->id_count > 0)
        ret = status_each(status, put_one, &printer, err);
    else
        ret = put_all(status, &printer, err);
    if (printer.output == OUTPUT_JSON)
        fputs(printer.printed ? "]\n" : "[]\n", stdout);
    if (ret == 0 && printer.unfinished)
        err->code = ERR_NO;
    return err->code ? -1 : ret;
}
