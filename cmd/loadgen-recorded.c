/*
 * loadgen-recorded.c - reading lines that somebody else may have written
 */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/loadgen-report.h"
#include "core/clock.h"
#include "core/file.h"

enum { LINE_LIMIT = 4 << 20 };

int recorded_scan(const char *path, recorded_line *seen, void *ctx,
                  int64_t *bad, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct reader *reader;
    struct record_text text;
    struct json_slice object;
    int got = 1;

    if (fd < 0)
        return err_errno(err, ERR_NOINPUT, "cannot read '%s'", path);
    reader = reader_open(fd, '\n', LINE_LIMIT);
    while (!err->code && (got = reader_next(reader, -1, &text, err)) > 0) {
        struct err why = {0};

        if (got != 1 || text.len == 0)
            continue;
        if (text.too_long ||
            json_check(text.data, text.len, &object, &why) < 0 ||
            object.type != JSON_OBJECT)
            ++*bad;
        else
            seen(ctx, &object, err);
    }
    reader_close(reader);
    file_close(&fd);
    return err->code ? err_wrap(err, "'%s'", path) : 0;
}

/* --- members -------------------------------------------------------------- */

static bool find(const struct json_slice *object, const char *path,
                 struct json_slice *value)
{
    char name[64];

    *value = *object;
    while (*path) {
        size_t len = strcspn(path, ".");

        if (value->type != JSON_OBJECT || len >= sizeof(name))
            return false;
        memcpy(name, path, len);
        name[len] = '\0';
        if (json_member(
                &(struct json_slice){value->data, value->len, value->type},
                name, value) == 0)
            return false;
        path += path[len] ? len + 1 : len;
    }
    return true;
}

double recorded_number(const struct json_slice *object, const char *path)
{
    struct json_slice value;
    double number;

    if (!find(object, path, &value) || value.type != JSON_NUMBER)
        return (double)NAN;
    number = json_double(&value);
    return isfinite(number) ? number : (double)NAN;
}

char *recorded_text(const struct json_slice *object, const char *path)
{
    struct json_slice value;
    struct buf text = {0};

    if (!find(object, path, &value) || value.type != JSON_STRING)
        return NULL;
    json_decode(&value, &text);
    return buf_detach(&text);
}

double recorded_instant(const struct json_slice *object, const char *path)
{
    char *text = recorded_text(object, path);
    struct err err = {0};
    int64_t instant = 0;
    bool good = text && clock_parse(text, &instant, &err) == 0;

    free(text);
    return good ? (double)instant / 1e6 : (double)NAN;
}

bool recorded_is(const struct json_slice *object, const char *kind)
{
    struct json_slice value;

    return find(object, "kind", &value) && value.type == JSON_STRING &&
           json_equals(&value, kind);
}
