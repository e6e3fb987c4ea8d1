/*
 * settings.c - files that hold secrets, folders, times that belong together
 */
#include "config.h"

#include "verify/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"

/* "/etc/aaos/aaos.conf:12" without the line; NULL for other origins. */
static char *file_of(const char *origin)
{
    const char *colon = origin ? strrchr(origin, ':') : NULL;

    return colon && *origin == '/'
               ? xasprintf("%.*s", (int)(colon - origin), origin)
               : NULL;
}

/* A file that settings came from; `secret`: one of them is. */
static void judge_file(struct verify *verify, const char *path,
                       const char *setting, bool secret)
{
    struct stat st;

    if (stat(path, &st) < 0)
        verify_offend(verify, path, "%s", strerror(errno));
    else if (st.st_mode & S_IWOTH)
        verify_offend(verify, path, "can be written by everybody");
    else if (secret && (st.st_mode & 077))
        verify_offend(verify, path, "others can read it, and %s is secret",
                      setting);
}

/* References are no secrets; a URL is one if it holds a password. */
static bool holds_secret(const struct conf *conf,
                         const struct conf_setting *setting)
{
    const char *value = conf_text(conf, setting->name);

    return setting->secret && value && conf_url_secret(value);
}

static void check_files(struct verify *verify, const struct conf *conf)
{
    size_t count;
    const struct conf_setting *all = conf_settings(&count);
    char *seen = NULL;

    verify_begin(verify, "files", "nobody else can read secrets or write");
    for (size_t i = 0; i < count; i++) {
        char *path = file_of(conf_origin(conf, all[i].name));
        bool secret = path && holds_secret(conf, &all[i]);

        if (path && (secret || !seen || strcmp(seen, path) != 0))
            judge_file(verify, path, all[i].name, secret);
        if (path) {
            free(seen);
            seen = path;
        }
    }
    free(seen);
    verify_end(verify);
}

static void check_state(struct verify *verify, const char *dir)
{
    struct stat st;

    verify_begin(verify, "state-dir",
                 "the state directory is ours, and on a local disk");
    if (!dir || stat(dir, &st) < 0)
        verify_skip(verify, "there is none yet");
    else if (!S_ISDIR(st.st_mode))
        verify_offend(verify, dir, "is not a directory");
    else if (st.st_mode & 022)
        verify_offend(verify, dir, "others can write to it (mode %03o)",
                      (unsigned)st.st_mode & 0777);
    else if (access(dir, R_OK | W_OK | X_OK) < 0)
        verify_offend(verify, dir, "%s", strerror(errno));
    else if (file_is_remote(dir))
        verify_offend(verify, dir, "is on a network: locks do not hold there");
    else if (st.st_mode & 077)
        verify_note(verify, "others can enter it (mode %03o)",
                    (unsigned)st.st_mode & 0777);
    verify_end(verify);
}

static void check_times(struct verify *verify, const struct conf *conf)
{
    static const struct {
        const char *shorter, *longer, *why;
    } pairs[] = {
        {"dispatch.max_time", "dispatch.lease",
         "a tick would lose its lease under way"},
        {"task.retry_base", "task.retry_cap", "no wait would ever grow"},
        {"action.webhook_timeout", "dispatch.max_time",
         "no webhook would ever be started"},
        {"action.command_timeout", "dispatch.max_time",
         "no command would ever be started"},
    };

    verify_begin(verify, "times", "durations fit together");
    for (size_t i = 0; i < LENGTH(pairs); i++) {
        int64_t a = conf_num(conf, pairs[i].shorter);
        int64_t b = conf_num(conf, pairs[i].longer);
        char at[CLOCK_SPAN_SIZE];
        char bt[CLOCK_SPAN_SIZE];

        if (a > b)
            verify_offend(verify, pairs[i].shorter,
                          "is %s, longer than %s with %s: %s",
                          clock_span(a, at), pairs[i].longer, clock_span(b, bt),
                          pairs[i].why);
    }
    verify_end(verify);
}

void verify_settings(struct verify *verify, struct conf *conf,
                     const char *state_dir)
{
    verify->area = "config";
    check_files(verify, conf);
    check_state(verify, state_dir);
    check_times(verify, conf);
}
