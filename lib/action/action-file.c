/*
 * action-file.c - a file below the configured folder
 *
 * The path is walked name by name: each is plain, and opened without
 * following a link, so that none leads out of the folder.  The content is
 * complete under a name of its own before it takes the place of what was
 * there; doing it twice is doing it once.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action-internal.h"
#include "core/file.h"

const char *file_unconfigured(const struct effect *effect)
{
    return effect->run->config->file_dir ? NULL
                                         : "there is no folder for files";
}

int64_t file_limit(const struct action_config *config)
{
    (void)config;
    return 0;
}

/* What no later try can mend is ERR_DATA. */
static int fail(struct err *err, const char *what, const char *name)
{
    bool final = errno == ELOOP || errno == ENOTDIR || errno == EISDIR ||
                 errno == ENAMETOOLONG || errno == EINVAL;

    return err_errno(err, final ? ERR_DATA : ERR_IO, "cannot %s '%s'", what,
                     name);
}

/*
 * The folder of the last name of path, made as needed; *name is that name.
 * Takes over `at`; changes path.
 */
static int open_parent(int at, char *path, const char **name, struct err *err)
{
    char *rest = path;
    char *slash;

    while (at >= 0 && (slash = strchr(rest, '/')) != NULL) {
        int next = -1;

        *slash = '\0';
        if (mkdirat(at, rest, 0700) < 0 && errno != EEXIST)
            fail(err, "create", rest);
        else if ((next = openat(at, rest,
                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
                                    O_CLOEXEC)) < 0)
            fail(err, "open", rest);
        file_close(&at);
        at = next;
        rest = slash + 1;
    }
    *name = rest;
    return at;
}

static int write_file(int folder, const char *temporary, const char *name,
                      const struct buf *content, struct err *err)
{
    int ret = -1;
    int fd;

    /* Of a try that was cut short. */
    unlinkat(folder, temporary, 0);
    fd = openat(folder, temporary,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(err, "create", name);
    if (file_write_all(fd, content->data, content->len, err) < 0)
        err_wrap(err, "'%s'", name);
    else if (fsync(fd) < 0 || renameat(folder, temporary, folder, name) < 0)
        fail(err, "write", name);
    else
        ret = fsync(folder) < 0 ? fail(err, "write", name) : 0;
    file_close(&fd);
    if (ret < 0)
        unlinkat(folder, temporary, 0);
    return ret;
}

void file_real(struct effect *effect)
{
    const char *root = effect->run->config->file_dir;
    char *path = payload_text(&effect->payload, "path");
    struct buf content = {0};
    struct err err = {0};
    char temporary[64];
    const char *name = NULL;
    int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    payload_bytes(&effect->payload, "content", &content);
    snprintf(temporary, sizeof(temporary), ".%s.tmp",
             effect->action->action_id);
    if (folder < 0)
        err_errno(&err, ERR_IO, "cannot open the folder '%s'", root);
    else
        folder = open_parent(folder, path, &name, &err);
    if (folder >= 0 && write_file(folder, temporary, name, &content, &err) == 0)
        effect_end(effect, ACTION_COMPLETED, "wrote %zu bytes", content.len);
    else
        effect_end(effect, err.code == ERR_DATA ? ACTION_DEAD : ACTION_RETRY,
                   "%s", err.msg);
    file_close(&folder);
    buf_release(&content);
    free(path);
}

int file_show(const struct effect *effect, struct buf *text, struct err *err)
{
    const char *root = effect->run->config->file_dir;
    char *path = payload_text(&effect->payload, "path");

    (void)err;
    buf_fmt(text, "file: %s/%s\n\n", root ? root : "(no folder is configured)",
            path);
    payload_bytes(&effect->payload, "content", text);
    buf_byte(text, '\n');
    free(path);
    return 0;
}
