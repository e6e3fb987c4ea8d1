/*
 * parents.c - results of the tasks that one waited for
 *
 * Read when the attempt starts, a few at a time: there may be a thousand of
 * them, each as long as a result may be.  What is told in one line is
 * bounded; the files hold everything.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"
#include "work/artifact.h"

enum { PAGE = 4, INLINE_MAX = 16 << 20 };

static const char folder_name[] = "dependencies";

/* --- files ---------------------------------------------------------------- */

static int folder_open(struct job *job, bool make, struct err *err)
{
    int base = artifact_folder(job, err);
    int fd = -1;

    if (base < 0)
        return -1;
    if (make && mkdirat(base, folder_name, 0700) < 0 && errno != EEXIST)
        err_errno(err, ERR_OS, "cannot create '%s/%s'", job->dir, folder_name);
    else
        fd = openat(base, folder_name,
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && !err->code)
        err_errno(err, ERR_OS, "cannot open '%s/%s'", job->dir, folder_name);
    file_close(&base);
    return fd;
}

/* A name that no shell and no path has a second meaning for. */
static char *safe_name(const char *name)
{
    static const char safe[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    char *copy = xstrdup(name);

    for (char *at = copy; *at; at++)
        if (!strchr(safe, *at))
            *at = '_';
    if (*copy == '.' || *copy == '-')
        *copy = '_';
    return copy;
}

/* Two refs may look the same then: the second is called by its id. */
static int create(int folder, const char *ref, const char *task_id, char **name)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int fd;

    *name = safe_name(ref ? ref : task_id);
    fd = openat(folder, *name, flags, 0600);
    if (fd < 0 && errno == EEXIST) {
        free(*name);
        *name = xstrdup(task_id);
        fd = openat(folder, *name, flags, 0600);
    }
    return fd;
}

static int write_file(struct job *job, int folder, const struct db_rows *rows,
                      size_t row, struct err *err)
{
    const struct db_cell *result = db_cell(rows, row, DC_RESULT);
    char *name = NULL;
    int fd = create(folder, db_text(rows, row, DC_REF),
                    db_text(rows, row, DC_TASK_ID), &name);
    int ret = 0;

    job->handed = xgrow(job->handed, job->handed_count, &job->handed_cap,
                        sizeof(*job->handed));
    job->handed[job->handed_count++] = name;
    if (fd < 0)
        return err_errno(err, ERR_OS, "cannot create '%s/%s/%s'", job->dir,
                         folder_name, name);
    if (result->len > 0)
        ret = file_write_all(fd, result->data, result->len, err);
    file_close(&fd);
    return ret;
}

/* Not when the attempt says that something in there is an artifact. */
static bool is_kept(const struct job *job)
{
    for (size_t i = 0; i < job->announced_count; i++)
        if (strstr(job->announced[i], folder_name))
            return true;
    return false;
}

void parents_drop(struct job *job)
{
    struct err ignored = {0};
    bool keep = is_kept(job);
    int folder = -1;
    int base = -1;

    if (job->handed_count > 0 && !keep) {
        folder = folder_open(job, false, &ignored);
        base = artifact_folder(job, &ignored);
    }
    for (size_t i = 0; i < job->handed_count; i++) {
        if (folder >= 0)
            unlinkat(folder, job->handed[i], 0);
        free(job->handed[i]);
    }
    if (base >= 0)
        unlinkat(base, folder_name, AT_REMOVEDIR);
    job->handed_count = 0;
    file_close(&folder);
    file_close(&base);
}

/* --- what is handed over -------------------------------------------------- */

struct hand {
    struct job *job;
    bool list;
    int folder; /* or -1: no files */
    int64_t after;
};

static int hand_one(struct hand *hand, const struct db_rows *rows, size_t row,
                    struct err *err)
{
    struct job *job = hand->job;
    struct buf *out = &job->parents;
    size_t len = db_cell(rows, row, DC_RESULT)->len;
    char *file = NULL;

    hand->after = db_num(rows, row, DC_SEQ);
    if (hand->folder >= 0 && !db_null(rows, row, DC_RESULT)) {
        if (write_file(job, hand->folder, rows, row, err) < 0)
            return -1;
        file =
            xasprintf("%s/%s", folder_name, job->handed[job->handed_count - 1]);
    }
    if (hand->list) {
        buf_byte(out, out->len > 0 ? ',' : '[');
        record_dependency(rows, row, file, out->len + len > INLINE_MAX, out);
    }
    free(file);
    return 0;
}

static int hand_all(struct hand *hand, struct err *err)
{
    struct work *work = hand->job->work;
    size_t count;

    do {
        struct db_rows rows = {0};
        int ret = store_dependencies(work->store, hand->job->claim.seq,
                                     hand->after, PAGE, &rows, err);

        count = rows.count;
        for (size_t i = 0; ret == 0 && i < rows.count; i++)
            ret = hand_one(hand, &rows, i, err);
        db_rows_release(&rows);
        if (ret < 0)
            return -1;
    } while (count == PAGE);
    return 0;
}

int parents_hand(struct job *job, bool list, bool files, struct err *err)
{
    struct hand hand = {.job = job, .list = list, .folder = -1};
    int ret = 0;

    if (!job->claim.has_parents || (!list && !files))
        return 0;
    if (files)
        hand.folder = folder_open(job, true, err);
    if (files && hand.folder < 0)
        ret = -1;
    if (ret == 0)
        ret = hand_all(&hand, err);
    if (ret == 0 && job->parents.len > 0)
        buf_byte(&job->parents, ']');
    file_close(&hand.folder);
    if (ret < 0) {
        buf_reset(&job->parents);
        err->code = ERR_OS; /* whatever is away now may come back */
        err_wrap(err, "cannot hand over the results it depends on");
    }
    return ret;
}
