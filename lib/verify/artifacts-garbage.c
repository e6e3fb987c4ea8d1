/*
 * artifacts-garbage.c - folders that belong to no task any more
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/uuid.h"
#include "store/sql-names.h"
#include "verify/artifacts-private.h"

enum { NAMED_MAX = 3 };

struct garbage {
    int64_t count;
    struct buf names; /* of the first ones */
};

/* "<task_id>.<attempt>": 1 and both, or 0. */
static int parse_folder(const char *name, char task_id[UUID_SIZE],
                        int64_t *attempt)
{
    size_t len = UUID_SIZE - 1;
    char *end;

    if (strlen(name) < len + 2 || name[len] != '.' || !uuid_valid(name, len) ||
        !isdigit((unsigned char)name[len + 1]))
        return 0;
    memcpy(task_id, name, len);
    task_id[len] = '\0';
    *attempt = strtoll(name + len + 1, &end, 10);
    return !*end;
}

/* Has the task come to this attempt?  1, 0, -1. */
static int has_attempt(struct artifact_look *look, const char *task_id,
                       int64_t attempt, struct err *err)
{
    struct db_arg arg = arg_text(task_id);
    struct db_rows rows = {0};
    int found;

    if (db_query(store_db(look->store), SQL_VERIFY_FOLDER, &arg, 1, &rows,
                 err) < 0)
        return -1;
    found = rows.count > 0 && db_num(&rows, 0, 0) >= attempt;
    db_rows_release(&rows);
    return found;
}

static bool is_old(const struct artifact_look *look, int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (int64_t)st.st_mtime * USEC_PER_SEC <
               look->options->now - look->options->grace;
}

static void add(struct garbage *garbage, const char *name)
{
    if (garbage->count++ < NAMED_MAX)
        buf_fmt(&garbage->names, "%s%s", garbage->names.len ? ", " : "", name);
}

static int look_at(struct artifact_look *look, int dir, const char *name,
                   struct garbage *garbage, struct err *err)
{
    char task_id[UUID_SIZE];
    int64_t attempt = 0;
    int known = 1;

    if (*name == '.' || strncmp(name, "proof_", 6) == 0 ||
        !is_old(look, dir, name))
        return 0;
    if (parse_folder(name, task_id, &attempt))
        known = has_attempt(look, task_id, attempt, err);
    else
        known = 0;
    if (known == 0)
        add(garbage, name);
    return known < 0 ? -1 : 0;
}

static int walk(struct artifact_look *look, struct garbage *garbage,
                struct err *err)
{
    int fd = look->state < 0
                 ? -1
                 : openat(look->state, "artifacts",
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    const struct dirent *entry;
    DIR *dir;
    int ret = 0;

    if (fd < 0 && (look->state < 0 || errno == ENOENT))
        return 0;
    dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return err_errno(err, ERR_CONFIG, "cannot read '%s/artifacts'",
                         look->real);
    while (ret == 0 && (entry = readdir(dir)))
        ret = look_at(look, dirfd(dir), entry->d_name, garbage, err);
    closedir(dir);
    return ret;
}

void artifact_garbage(struct artifact_look *look)
{
    struct garbage garbage = {0};
    struct err err = {0};

    verify_begin(look->verify, "garbage", "folders without a task are counted");
    if (walk(look, &garbage, &err) < 0)
        verify_unknown(look->verify, &err);
    else if (garbage.count > 0)
        verify_note(look->verify, "%lld belong to no task: %s%s",
                    (long long)garbage.count, garbage.names.data,
                    garbage.count > NAMED_MAX ? ", ..." : "");
    verify_end(look->verify);
    buf_release(&garbage.names);
}
