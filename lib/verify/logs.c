/*
 * logs.c - line by line: form, order
 */
#include "config.h"

#include "verify/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "verify/logs-private.h"

enum { LINE_LIMIT = 4 << 20, KEEP = 1000 };

/* Between taking the time and writing the line a process may have to wait. */
#define DISORDER (1 * USEC_PER_SEC)

void log_find(struct log_findings *list, const char *id, const char *fmt, ...)
{
    struct buf what = {0};
    va_list args;

    list->total++;
    if (list->count == KEEP)
        return;
    va_start(args, fmt);
    buf_vfmt(&what, fmt, args);
    va_end(args);
    list->items =
        xgrow(list->items, list->count, &list->cap, sizeof(*list->items));
    list->items[list->count++] =
        (struct log_finding){.id = xstrdup(id), .what = buf_detach(&what)};
}

char *log_member(const struct json_slice *line, const char *name)
{
    struct json_slice value;
    struct buf text = {0};

    if (json_member(line, name, &value) && value.type == JSON_STRING)
        json_decode(&value, &text);
    return buf_detach(&text);
}

/* ----------------------------------------------------------------- lines */

static bool is_level(const char *level)
{
    return strcmp(level, "error") == 0 || strcmp(level, "warn") == 0 ||
           strcmp(level, "info") == 0 || strcmp(level, "debug") == 0;
}

static void check_order(struct log_reading *reading, const char *at,
                        const char *ts)
{
    struct err err = {0};
    int64_t when = 0;

    if (clock_parse(ts, &when, &err) < 0) {
        log_find(&reading->json, at, "ts is no time: '%.60s'", ts);
        return;
    }
    if (when < reading->last - DISORDER)
        log_find(&reading->order, at, "%s is %lld ms before a line above it",
                 ts, (long long)((reading->last - when) / USEC_PER_MSEC));
    if (when > reading->last)
        reading->last = when;
}

static void check_object(struct log_reading *reading, const char *at,
                         const struct json_slice *line)
{
    static const char *const needed[] = {"ts", "level", "event", "program"};
    char *texts[LENGTH(needed)];

    for (size_t i = 0; i < LENGTH(needed); i++) {
        texts[i] = log_member(line, needed[i]);
        if (!*texts[i])
            log_find(&reading->json, at, "has no %s", needed[i]);
    }
    if (*texts[1] && !is_level(texts[1]))
        log_find(&reading->json, at, "level '%.60s' is none", texts[1]);
    if (*texts[0])
        check_order(reading, at, texts[0]);
    log_task_seen(reading, at, line);
    if (strcmp(texts[2], "audit_appended") == 0)
        log_audit_seen(reading, at, line);
    for (size_t i = 0; i < LENGTH(needed); i++)
        free(texts[i]);
}

static void check_line(struct log_reading *reading, const char *file,
                       const struct record_text *record)
{
    char *at = xasprintf("%s:%lld", file, (long long)record->line);
    struct json_slice line;
    struct err err = {0};

    reading->lines++;
    if (record->too_long)
        log_find(&reading->json, at, "is longer than %d bytes", LINE_LIMIT);
    else if (record->torn)
        log_find(&reading->json, at, "is torn: it has no end");
    else if (json_check(record->data, record->len, &line, &err) < 0)
        log_find(&reading->json, at, "is no JSON: %s", err.msg);
    else if (line.type != JSON_OBJECT)
        log_find(&reading->json, at, "is %s, not an object",
                 json_type_name(line.type));
    else
        check_object(reading, at, &line);
    free(at);
}

static void read_file(struct log_reading *reading, const char *file)
{
    bool standard = strcmp(file, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    struct record_text record;
    struct reader *reader;
    struct err err = {0};
    int got;

    if (fd < 0) {
        log_find(&reading->json, file, "cannot be opened: %s", strerror(errno));
        return;
    }
    reader = reader_open(fd, '\n', LINE_LIMIT);
    while ((got = reader_next(reader, -1, &record, &err)) > 0)
        if (got == 1)
            check_line(reading, file, &record);
    if (got < 0)
        log_find(&reading->json, file, "cannot be read: %s", err.msg);
    reader_close(reader);
    if (!standard)
        close(fd);
}

/* --------------------------------------------------------------- reports */

static void report(struct verify *verify, const char *name, const char *about,
                   struct log_findings *list)
{
    verify_begin(verify, name, about);
    for (size_t i = 0; i < list->count; i++) {
        verify_offend(verify, list->items[i].id, "%s", list->items[i].what);
        free(list->items[i].id);
        free(list->items[i].what);
    }
    if (list->total > 0)
        verify_total(verify, list->total);
    free(list->items);
    *list = (struct log_findings){0};
}

static void report_compared(struct verify *verify,
                            const struct log_reading *reading, int64_t count,
                            const char *what)
{
    if (reading->err.code)
        verify_unknown(verify, &reading->err);
    else if (!reading->store)
        verify_note(verify, "%lld %s, no database to compare with",
                    (long long)count, what);
    else
        verify_note(verify, "%lld %s", (long long)count, what);
    verify_end(verify);
}

void verify_logs(struct verify *verify, struct store *store, char *const *files,
                 size_t count)
{
    struct log_reading reading = {.store = store};

    verify->area = "logs";
    for (size_t i = 0; i < count; i++)
        read_file(&reading, files[i]);
    log_tasks_end(&reading);
    report(verify, "json", "every line is JSON with time, level and event",
           &reading.json);
    verify_note(verify, "%lld lines", (long long)reading.lines);
    verify_end(verify);
    report(verify, "order", "times do not run backwards", &reading.order);
    verify_end(verify);
    report(verify, "correlation",
           "a task has one correlation id from submission to result",
           &reading.correlation);
    report_compared(verify, &reading, reading.about_tasks, "tasks");
    report(verify, "audit", "what was logged of the audit is still there",
           &reading.audit);
    report_compared(verify, &reading, reading.audited, "rows");
}
