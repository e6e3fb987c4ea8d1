/*
 * secret.c - secrets behind references
 */
#include "config.h"

#include "cmd/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"

enum { SECRET_LIMIT = 4096 };

static int check_private(int fd, const char *path, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_errno(err, ERR_CONFIG, "cannot look at '%s'", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_CONFIG, "'%s' is no file", path);
    if (st.st_mode & 077) {
        err_set(err, ERR_CONFIG, "others can read '%s'", path);
        return err_hint(err, "chmod 600 %s", path);
    }
    return 0;
}

static char *secret_of_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char text[SECRET_LIMIT + 1];
    char *secret = NULL;
    ssize_t len;

    if (fd < 0) {
        err_errno(err, ERR_CONFIG, "cannot open '%s'", path);
        return NULL;
    }
    if (check_private(fd, path, err) < 0)
        goto out;
    len = read(fd, text, SECRET_LIMIT);
    if (len < 0) {
        err_errno(err, ERR_CONFIG, "cannot read '%s'", path);
        goto out;
    }
    text[len] = '\0';
    text[strcspn(text, " \t\r\n")] = '\0';
    if (*text)
        secret = xstrdup(text);
    else
        err_set(err, ERR_CONFIG, "'%s' is empty", path);
    explicit_bzero(text, sizeof(text));
out:
    file_close(&fd);
    return secret;
}

char *secret_get(const char *reference, struct err *err)
{
    const char *value;

    if (strncmp(reference, "file:", 5) == 0)
        return secret_of_file(reference + 5, err);
    if (strncmp(reference, "env:", 4) != 0) {
        /* It may be the secret itself: it is not repeated. */
        err_set(err, ERR_CONFIG, "must be a reference, not a secret");
        err_hint(err, "write env:NAME or file:PATH");
        return NULL;
    }
    value = getenv(reference + 4);
    if (value && *value)
        return xstrdup(value);
    err_set(err, ERR_CONFIG, "environment variable '%s' is not set",
            reference + 4);
    return NULL;
}
