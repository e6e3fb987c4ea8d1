/*
 * baseline.c - samples at fixed instants, each taken once, whatever dies
 */
#include "config.h"

#include "load/baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"

enum { LINE_MAX_BYTES = 64 << 10 };

/* --- slots ---------------------------------------------------------------- */

int64_t baseline_slot(const struct baseline *baseline, int64_t now)
{
    int64_t slot;

    if (now < baseline->start)
        return -1;
    slot = (now - baseline->start) / baseline->every;
    return slot < baseline->slots ? slot : baseline->slots - 1;
}

int64_t baseline_due(const struct baseline *baseline, int64_t slot)
{
    return baseline->start + slot * baseline->every;
}

/* --- what it is ----------------------------------------------------------- */

static bool get_num(const struct json_slice *object, const char *name,
                    int64_t low, int64_t high, int64_t *out)
{
    struct json_slice value;

    return json_member(object, name, &value) != 0 &&
           value.type == JSON_NUMBER && json_integer(&value, out) &&
           *out >= low && *out <= high;
}

static bool get_instant(const struct json_slice *object, const char *name,
                        int64_t *out)
{
    struct json_slice value;
    struct buf text = {0};
    struct err err = {0};
    bool good = false;

    if (json_member(object, name, &value) != 0 && value.type == JSON_STRING) {
        json_decode(&value, &text);
        good = text.data && strlen(text.data) == text.len &&
               clock_parse(text.data, out, &err) == 0;
    }
    buf_release(&text);
    return good;
}

static bool get_id(const struct json_slice *object, char id[UUID_SIZE])
{
    struct json_slice value;

    if (json_member(object, "id", &value) == 0 || value.type != JSON_STRING ||
        value.len != UUID_SIZE + 1 ||
        !uuid_valid(value.data + 1, value.len - 2))
        return false;
    memcpy(id, value.data + 1, UUID_SIZE - 1);
    id[UUID_SIZE - 1] = '\0';
    return true;
}

static int parse_state(const char *path, const struct buf *text,
                       struct baseline *baseline, struct err *err)
{
    struct json_slice object;
    struct baseline out = {0};

    if (json_check(text->data ? text->data : "", text->len, &object, err) < 0)
        return err_wrap(err, "'%s'", path);
    if (object.type != JSON_OBJECT || !get_id(&object, out.id) ||
        !get_instant(&object, "started_at", &out.start) ||
        !get_num(&object, "every_usec", 1, INT64_MAX / BASELINE_SLOTS_MAX,
                 &out.every) ||
        !get_num(&object, "slots", 1, BASELINE_SLOTS_MAX, &out.slots))
        return err_set(err, ERR_DATA, "'%s' does not describe a baseline",
                       path);
    *baseline = out;
    return 1;
}

int baseline_read(const char *dir, struct baseline *baseline, struct err *err)
{
    char *path = xasprintf("%s/baseline.json", dir);
    struct buf text = {0};
    int ret = 0;

    if (access(path, F_OK) == 0) {
        ret = file_read(path, LINE_MAX_BYTES, &text, err) < 0
                  ? -1
                  : parse_state(path, &text, baseline, err);
        if (ret < 0 && err->code == ERR_DATA)
            err_hint(err, "choose another folder");
    } else if (errno != ENOENT) {
        ret = err_errno(err, ERR_NOINPUT, "cannot read '%s'", path);
    }
    buf_release(&text);
    free(path);
    return ret;
}

int baseline_write(const char *dir, const struct baseline *baseline,
                   struct err *err)
{
    char *path = xasprintf("%s/baseline.json", dir);
    char when[CLOCK_TEXT_SIZE];
    struct buf text = {0};
    int ret;

    buf_fmt(&text,
            "{\"kind\":\"baseline\",\"id\":\"%s\",\"started_at\":\"%s\","
            "\"every_usec\":%lld,\"slots\":%lld,\"version\":\"%s\"}\n",
            baseline->id, clock_format(baseline->start, when),
            (long long)baseline->every, (long long)baseline->slots,
            PACKAGE_VERSION);
    ret = file_replace(path, text.data, text.len, 0600, err);
    buf_release(&text);
    free(path);
    return ret;
}

int baseline_lock(const char *dir, struct err *err)
{
    char *path = xasprintf("%s/lock", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        err_errno(err, ERR_CREATE, "cannot open '%s'", path);
    } else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        bool held = errno == EWOULDBLOCK;

        if (!held)
            err_errno(err, ERR_OS, "cannot lock '%s'", path);
        close(fd);
        fd = held ? -2 : -1;
    }
    free(path);
    return fd;
}

/* --- samples -------------------------------------------------------------- */

void baseline_put(const struct baseline_sample *sample, struct buf *out)
{
    char when[CLOCK_TEXT_SIZE];

    buf_fmt(out, "{\"kind\":\"sample\",\"slot\":%lld,\"at\":\"%s\",",
            (long long)sample->slot, clock_format(sample->at, when));
    buf_fmt(out, "\"state\":\"%s\",\"metrics\":",
            sample->missed ? "missed" : "taken");
    telemetry_put(&sample->telemetry, out);
    buf_str(out, "}\n");
}

int baseline_parse(const char *line, size_t len, struct baseline_sample *sample,
                   struct err *err)
{
    struct json_slice object, state, metrics;
    struct baseline_sample out = {0};

    if (json_check(line, len, &object, err) < 0)
        return -1;
    if (object.type != JSON_OBJECT ||
        !get_num(&object, "slot", 0, BASELINE_SLOTS_MAX, &out.slot) ||
        !get_instant(&object, "at", &out.at) ||
        json_member(&object, "state", &state) == 0 ||
        state.type != JSON_STRING ||
        json_member(&object, "metrics", &metrics) == 0 ||
        metrics.type != JSON_OBJECT)
        return err_set(err, ERR_DATA, "not a sample of a baseline");
    out.missed = json_equals(&state, "missed");
    telemetry_parse(&metrics, &out.telemetry);
    *sample = out;
    return 0;
}

/* 0: go on, 1: seen() wants no more, -1. */
static int take_line(const struct record_text *text, int64_t slot,
                     baseline_seen *seen, void *ctx, struct err *err)
{
    struct baseline_sample sample = {0};

    if (text->too_long)
        return err_set(err, ERR_DATA, "the line is too long");
    if (baseline_parse(text->data, text->len, &sample, err) < 0)
        return -1;
    if (sample.slot != slot)
        return err_set(err, ERR_DATA, "slot %lld where %lld was expected",
                       (long long)sample.slot, (long long)slot);
    return seen ? seen(ctx, &sample, err) : 0;
}

static int scan(const char *path, int fd, baseline_seen *seen, void *ctx,
                int64_t *count, struct err *err)
{
    struct reader *reader = reader_open(fd, '\n', LINE_MAX_BYTES);
    struct record_text text;
    int got;
    int ret = 0;

    while (ret == 0 && (got = reader_next(reader, -1, &text, err)) != 0) {
        if (got < 0)
            ret = -1;
        if (got != 1)
            continue;
        if (text.torn)
            break;
        ret = take_line(&text, *count, seen, ctx, err);
        if (ret < 0 && err->code == ERR_DATA)
            err_wrap(err, "%s:%lld", path, (long long)text.line);
        *count += ret >= 0;
    }
    reader_close(reader);
    return ret < 0 ? -1 : 0;
}

int baseline_scan(const char *dir, baseline_seen *seen, void *ctx,
                  int64_t *count, struct err *err)
{
    char *path = xasprintf("%s/samples.jsonl", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int ret = 0;

    *count = 0;
    if (fd >= 0)
        ret = scan(path, fd, seen, ctx, count, err);
    else if (errno != ENOENT)
        ret = err_errno(err, ERR_NOINPUT, "cannot read '%s'", path);
    file_close(&fd);
    free(path);
    return ret;
}

/* --- rows ----------------------------------------------------------------- */

void baseline_labels_prefix(const struct baseline *baseline, struct buf *out)
{
    buf_fmt(out, "{\"baseline\":\"%s\",\"slot\":", baseline->id);
}

void baseline_labels(const struct baseline *baseline, int64_t slot,
                     struct buf *out)
{
    baseline_labels_prefix(baseline, out);
    buf_fmt(out, "%lld}", (long long)slot);
}
