/*
 * loadgen-results.c - the file of a run: a JSON object a line
 *
 * The load matters more than its record: when the file cannot be written
 * any more (a full disk) that is said once, and the run goes on.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/loadgen.h"
#include "core/file.h"
#include "core/mem.h"

struct results {
    char *path;
    int fd;
    struct err err; /* the first failure */
};

static char *default_path(struct conf *conf, const char *run_id,
                          struct err *err)
{
    const char *dir = conf_state_dir(conf, true, err);
    char *folder;
    char *path = NULL;

    if (!dir)
        return NULL;
    folder = xasprintf("%s/loadgen", dir);
    if (file_mkdir(folder, err) == 0)
        path = xasprintf("%s/%s.jsonl", folder, run_id);
    free(folder);
    return path;
}

struct results *results_open(struct conf *conf, const char *path,
                             const char *run_id, struct err *err)
{
    struct results *results = xcalloc(1, sizeof(*results));

    results->fd = -1;
    results->path = path ? xstrdup(path) : default_path(conf, run_id, err);
    if (results->path)
        results->fd =
            open(results->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (results->fd >= 0)
        return results;
    if (results->path)
        err_errno(err, ERR_CREATE, "cannot create '%s'", results->path);
    free(results->path);
    free(results);
    return NULL;
}

const char *results_path(const struct results *results)
{
    return results->path;
}

void results_line(struct results *results, const struct buf *line)
{
    if (results->err.code ||
        file_write_all(results->fd, line->data, line->len, &results->err) == 0)
        return;
    results->err.code = ERR_IO;
    err_wrap(&results->err, "cannot write '%s'", results->path);
    cmd_warn("%s; the run goes on without it", results->err.msg);
}

int results_close(struct results *results, struct err *err)
{
    int ret = 0;

    if (!results)
        return 0;
    if (close(results->fd) < 0 && !results->err.code)
        err_errno(&results->err, ERR_IO, "cannot write '%s'", results->path);
    if (results->err.code) {
        *err = results->err;
        ret = -1;
    }
    free(results->path);
    free(results);
    return ret;
}
