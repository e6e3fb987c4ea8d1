/*
 * action-proof.c - PROOF: the artifact in place of the effect
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/action-internal.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/mem.h"

enum { NAME_KEY = 100, NAME_SIZE = 160, NAME_TRIES = 1000 };

static void put_line(struct buf *text, const char *name, const char *value)
{
    if (!value)
        return;
    buf_fmt(text, "%s: ", name);
    buf_printable(text, value, strlen(value));
    buf_byte(text, '\n');
}

static int render(const struct effect *effect, int64_t now, struct buf *text,
                  struct err *err)
{
    const struct action *action = effect->action;
    char time[CLOCK_TEXT_SIZE];

    buf_str(text, "PROOF: below the empty line is what would have been sent; "
                  "nothing was.\n");
    put_line(text, "type", action->action_type);
    put_line(text, "id", action->action_id);
    put_line(text, "key", action->idempotency_key);
    put_line(text, "task", action->task_id);
    put_line(text, "correlation", action->correlation_id);
    put_line(text, "time", clock_format(now, time));
    buf_byte(text, '\n');
    return effect->kind->show(effect, text, err);
}

/* "20260131T120000Z". */
static void compact(int64_t now, char text[CLOCK_TEXT_SIZE])
{
    const char *from = clock_format(now, text);
    char *to = text;

    for (; *from != '.'; from++)
        if (*from != '-' && *from != ':')
            *to++ = *from;
    *to++ = 'Z';
    *to = '\0';
}

/* "20260131T120000Z_key.txt"; try 2 and on: "20260131T120000Z_key_2.txt". */
static void make_name(const struct effect *effect, int64_t now, int try,
                      char name[NAME_SIZE])
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *key = effect->action->idempotency_key;
    char time[CLOCK_TEXT_SIZE];
    char safe[NAME_KEY + 1];
    size_t i;

    for (i = 0; i < NAME_KEY && key[i]; i++)
        safe[i] = (char)(strchr(plain, key[i]) ? key[i] : '_');
    safe[i] = '\0';
    compact(now, time);
    i = (size_t)snprintf(name, NAME_SIZE, "%s_%s", time, safe);
    if (try > 1)
        snprintf(name + i, NAME_SIZE - i, "_%d.txt", try);
    else
        snprintf(name + i, NAME_SIZE - i, ".txt");
}

/* A new file in the folder; its name is kept in `name`. */
static int create(const struct effect *effect, int folder, int64_t now,
                  char name[NAME_SIZE], struct err *err)
{
    int fd = -1;
    int try;

    for (try = 1; fd < 0 && try <= NAME_TRIES; try++) {
        make_name(effect, now, try, name);
        fd = openat(folder, name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd < 0)
        err_errno(err, ERR_CREATE, "cannot create '%s'", name);
    return fd;
}

static int store(const struct effect *effect, const char *path, int64_t now,
                 const struct buf *text, char name[NAME_SIZE], struct err *err)
{
    int ret = -1;
    int folder;
    int fd;

    if (file_mkdir(path, err) < 0)
        return -1;
    folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return err_errno(err, ERR_CREATE, "cannot open '%s'", path);
    fd = create(effect, folder, now, name, err);
    if (fd < 0)
        goto out;
    if (file_write_all(fd, text->data, text->len, err) == 0)
        ret = fsync(fd) < 0 || fsync(folder) < 0
                  ? err_errno(err, ERR_IO, "cannot write '%s'", name)
                  : 0;
    /* Half an artifact proves nothing. */
    if (ret < 0)
        unlinkat(folder, name, 0);
out:
    file_close(&fd);
    file_close(&folder);
    return ret;
}

void effect_prove(struct effect *effect)
{
    struct action_outcome *outcome = effect->outcome;
    const char *type = effect->action->action_type;
    char *path = xasprintf("%s/artifacts/proof_%s",
                           effect->run->config->state_dir, type);
    int64_t now = clock_wall();
    char name[NAME_SIZE] = "";
    struct buf text = {0};
    struct err err = {0};

    if (render(effect, now, &text, &err) < 0 ||
        store(effect, path, now, &text, name, &err) < 0) {
        effect_end(effect, ACTION_RETRY, "%s", err.msg);
    } else {
        snprintf(outcome->artifact_ref, sizeof(outcome->artifact_ref),
                 "artifacts/proof_%s/%s", type, name);
        hash_text(text.data, text.len, outcome->artifact_sha256);
        effect_end(effect, ACTION_COMPLETED, "PROOF: written, not sent");
    }
    buf_release(&text);
    free(path);
}
