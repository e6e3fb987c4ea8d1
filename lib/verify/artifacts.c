/*
 * artifacts.c - does each file still have the content that was recorded?
 *
 * A handler could have left a link in its folder, or made one of its folders
 * one: files are opened by openat2(2) beneath the state directory, without
 * following any.
 */
#include "config.h"

#include "verify/artifacts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/mem.h"
#include "store/sql-names.h"
#include "verify/artifacts-private.h"
#include "verify/hashes.h"

enum { PAGE = 200 };

/* A file as a row has it. */
struct recorded {
    const char *id, *ref, *sha256;
    int64_t size; /* -1: not recorded */
    const char *machine_id, *lock_path;
};

static int open_beneath(int dir, const char *ref)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve =
            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};

    return (int)syscall(SYS_openat2, dir, ref, &how, sizeof(how));
}

/* Was it written where we look? */
static bool is_here(const struct artifact_look *look,
                    const struct recorded *file)
{
    size_t len = strlen(look->real);

    if (!file->machine_id || !file->lock_path)
        return look->one_host;
    return strcmp(file->machine_id, look->options->machine_id) == 0 &&
           strncmp(file->lock_path, look->real, len) == 0 &&
           file->lock_path[len] == '/';
}

static const char *why_not(int error)
{
    if (error == ELOOP)
        return "a link is in the way";
    return error == EXDEV ? "leads out of the state directory"
                          : strerror(error);
}

static void check_content(struct artifact_look *look,
                          const struct recorded *file, int fd)
{
    struct verify *verify = look->verify;
    char hex[HASH_TEXT_SIZE];
    struct err err = {0};
    struct stat st;
    int64_t size = 0;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        verify_offend(verify, file->id, "%s: is not a regular file", file->ref);
    else if (st.st_nlink != 1)
        verify_offend(verify, file->id, "%s: has %lu names", file->ref,
                      (unsigned long)st.st_nlink);
    else if (hashes_of(fd, hex, &size, &err) < 0)
        verify_offend(verify, file->id, "%s: %s", file->ref, err.msg);
    else if (strcmp(hex, file->sha256) == 0)
        return; /* it may be shorter than the result: there is a limit */
    else if (file->size >= 0 && size != file->size)
        verify_offend(verify, file->id, "%s: has %lld bytes, not %lld",
                      file->ref, (long long)size, (long long)file->size);
    else
        verify_offend(verify, file->id, "%s: has SHA-256 %s, not %s", file->ref,
                      hex, file->sha256);
}

static void check_file(struct artifact_look *look, const struct recorded *file)
{
    int fd;

    look->files++;
    if (!is_here(look, file)) {
        look->elsewhere++;
        return;
    }
    fd = look->state < 0 ? -1 : open_beneath(look->state, file->ref);
    if (fd < 0)
        verify_offend(look->verify, file->id, "%s: %s", file->ref,
                      why_not(look->state < 0 ? ENOENT : errno));
    else
        check_content(look, file, fd);
    file_close(&fd);
}

/* -------------------------------------------------------------- log rows */

enum { L_ID, L_OWNER, L_REF, L_SHA256, L_TS, L_MACHINE, L_LOCK };

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static int check_logs(struct artifact_look *look, struct err *err)
{
    int64_t after = 0;
    size_t count;

    do {
        const struct db_arg args[] = {arg_num(after), arg_num(PAGE)};
        struct db_rows rows = {0};

        if (db_query(store_db(look->store), SQL_VERIFY_LOG_ARTIFACTS, args,
                     LENGTH(args), &rows, err) < 0)
            return -1;
        count = rows.count;
        for (size_t i = 0; i < count; i++) {
            const struct recorded file = {
                .id = or_empty(db_text(&rows, i, L_OWNER)),
                .ref = or_empty(db_text(&rows, i, L_REF)),
                .sha256 = or_empty(db_text(&rows, i, L_SHA256)),
                .size = -1,
                .machine_id = db_text(&rows, i, L_MACHINE),
                .lock_path = db_text(&rows, i, L_LOCK)};

            check_file(look, &file);
            after = db_num(&rows, i, L_ID);
        }
        db_rows_release(&rows);
    } while (count == PAGE);
    return 0;
}

/* --------------------------------------------------------------- results */

enum {
    R_SEQ,
    R_ATTEMPT,
    R_TASK_ID,
    R_RESULT,
    R_LENGTH,
    R_SIZE,
    R_ARTIFACT,
    R_SHA256,
    R_FINISHED,
    R_MACHINE,
    R_LOCK
};

/* A long one is fetched alone. */
static int hash_result(struct artifact_look *look, const struct db_rows *rows,
                       size_t i, char hex[HASH_TEXT_SIZE], struct err *err)
{
    const struct db_arg args[] = {arg_num(db_num(rows, i, R_SEQ)),
                                  arg_num(db_num(rows, i, R_ATTEMPT))};
    const struct db_cell *result = db_cell(rows, i, R_RESULT);
    struct db_rows one = {0};

    if (result->kind == DB_NULL) {
        if (db_query(store_db(look->store), SQL_VERIFY_RESULT, args,
                     LENGTH(args), &one, err) < 0)
            return -1;
        if (one.count > 0)
            result = db_cell(&one, 0, 0);
    }
    hash_text(result->data, result->len, hex);
    db_rows_release(&one);
    return 0;
}

/* The hash is that of the file, or, without one, that of what the row has. */
static int check_result(struct artifact_look *look, const struct db_rows *rows,
                        size_t i, struct err *err)
{
    const struct recorded file = {
        .id = db_text(rows, i, R_TASK_ID),
        .ref = db_text(rows, i, R_ARTIFACT),
        .sha256 = db_text(rows, i, R_SHA256),
        .size = db_null(rows, i, R_SIZE) ? -1 : db_num(rows, i, R_SIZE),
        .machine_id = db_text(rows, i, R_MACHINE),
        .lock_path = db_text(rows, i, R_LOCK)};
    char hex[HASH_TEXT_SIZE];

    if (file.ref) {
        check_file(look, &file);
        return 0;
    }
    if (db_null(rows, i, R_LENGTH))
        return 0;
    look->results++;
    if (hash_result(look, rows, i, hex, err) < 0)
        return -1;
    if (strcmp(hex, file.sha256) != 0)
        verify_offend(look->verify, file.id,
                      "the result of attempt %lld has SHA-256 %s, not %s",
                      (long long)db_num(rows, i, R_ATTEMPT), hex, file.sha256);
    return 0;
}

static int check_results(struct artifact_look *look, struct err *err)
{
    int64_t seq = 0;
    int64_t attempt = 0;
    int ret = 0;
    size_t count;

    do {
        const struct db_arg args[] = {arg_num(seq), arg_num(attempt),
                                      arg_num(PAGE)};
        struct db_rows rows = {0};

        if (db_query(store_db(look->store), SQL_VERIFY_RESULTS, args,
                     LENGTH(args), &rows, err) < 0)
            return -1;
        count = rows.count;
        for (size_t i = 0; ret == 0 && i < count; i++) {
            ret = check_result(look, &rows, i, err);
            seq = db_num(&rows, i, R_SEQ);
            attempt = db_num(&rows, i, R_ATTEMPT);
        }
        db_rows_release(&rows);
    } while (ret == 0 && count == PAGE);
    return ret;
}

/* ------------------------------------------------------------------- all */

static void run(struct artifact_look *look, const char *name, const char *about,
                int (*work)(struct artifact_look *look, struct err *err),
                const char *what, const int64_t *count)
{
    struct err err = {0};

    look->files = look->elsewhere = look->results = 0;
    verify_begin(look->verify, name, about);
    if (work(look, &err) < 0)
        verify_unknown(look->verify, &err);
    if (look->elsewhere > 0)
        verify_note(look->verify, "%lld %s, and %lld files on other hosts",
                    (long long)*count, what, (long long)look->elsewhere);
    else
        verify_note(look->verify, "%lld %s", (long long)*count, what);
    verify_end(look->verify);
}

void verify_artifacts(struct verify *verify, struct store *store,
                      const struct artifact_options *options)
{
    struct artifact_look look = {
        .verify = verify,
        .store = store,
        .options = options,
        .state = open(options->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC),
        .real = realpath(options->state_dir, NULL),
        .one_host = db_engine(store_db(store)) == DB_SQLITE};

    if (!look.real)
        look.real = xstrdup(options->state_dir);
    verify->area = "artifacts";
    run(&look, "files", "every recorded file is there, and unchanged",
        check_logs, "files", &look.files);
    run(&look, "results", "every result has the SHA-256 that was recorded",
        check_results, "results", &look.results);
    artifact_garbage(&look);
    free(look.real);
    file_close(&look.state);
}
