/*
 * log.c - one line an event, on stderr
 *
 * The line is built in memory and handed to the kernel in one write(2), so
 * lines of several processes that share stderr do not mix.  In a text line
 * a value that is not one plain word is written as a JSON string; reading
 * key=value pairs back is therefore never ambiguous.
 */
#include "config.h"

#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/redact.h"

enum { SENTENCE = 40 };

static struct {
    const char *program;
    enum log_level level;
    bool json;
    char agent_id[40];
    const struct redact *secrets;
} setup = {.program = "", .level = LOG_LEVEL_WARN};

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

void log_setup(const char *program, enum log_level level, bool json)
{
    setup.program = program;
    setup.level = level;
    setup.json = json;
}

bool log_enabled(enum log_level level)
{
    return level <= setup.level;
}

enum log_level log_task_level(void)
{
    return setup.json ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
}

void log_agent(const char *agent_id)
{
    snprintf(setup.agent_id, sizeof(setup.agent_id), "%s",
             agent_id ? agent_id : "");
}

void log_secrets(const struct redact *secrets)
{
    setup.secrets = secrets;
}

struct log_field log_text(const char *key, const char *text)
{
    return (struct log_field){.key = key, .text = text, .present = text};
}

struct log_field log_num(const char *key, int64_t num)
{
    return (struct log_field){.key = key, .num = num, .present = true};
}

static bool is_word(const char *text, size_t len)
{
    return len > 0 && utf8_plain(text, len) == len && !memchr(text, ' ', len) &&
           !memchr(text, '=', len);
}

static void put_text(struct buf *line, const char *text, size_t len)
{
    if (!setup.json && is_word(text, len))
        buf_put(line, text, len);
    else
        buf_json_safe(line, text, len);
}

/* Short words that are ids, names and states need no look. */
static bool may_tell(const char *text, size_t len)
{
    return setup.secrets || len >= SENTENCE || strpbrk(text, " =:-");
}

static void put_value(struct buf *line, const struct log_field *field)
{
    struct buf clean = {0};
    size_t len;

    if (!field->text) {
        buf_num(line, field->num);
        return;
    }
    len = strlen(field->text);
    if (!may_tell(field->text, len)) {
        put_text(line, field->text, len);
        return;
    }
    redact_text(setup.secrets, field->text, len, &clean);
    put_text(line, clean.data, clean.len);
    buf_release(&clean);
}

static void put_key(struct buf *line, const char *key)
{
    if (setup.json) {
        buf_byte(line, ',');
        buf_json(line, key, strlen(key));
        buf_byte(line, ':');
    } else {
        buf_byte(line, ' ');
        buf_str(line, key);
        buf_byte(line, '=');
    }
}

static void put_start(struct buf *line, enum log_level level, const char *event)
{
    char ts[CLOCK_TEXT_SIZE];
    const char *name = level_names[level];

    clock_format(clock_wall(), ts);
    if (setup.json) {
        buf_fmt(line, "{\"ts\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", ts,
                name, event);
        put_key(line, "program");
        buf_json_safe(line, setup.program, strlen(setup.program));
    } else {
        buf_fmt(line, "%s %s %s", ts, name, event);
    }
}

static void put_field(struct buf *line, const struct log_field *field)
{
    if (!field->present)
        return;
    put_key(line, field->key);
    put_value(line, field);
}

/* Whose line it is, unless it is about another agent. */
static void put_agent(struct buf *line, const struct log_field *fields,
                      size_t count)
{
    const struct log_field agent = log_text("agent_id", setup.agent_id);

    for (size_t i = 0; i < count; i++)
        if (fields[i].present && strcmp(fields[i].key, agent.key) == 0)
            return;
    if (*setup.agent_id)
        put_field(line, &agent);
}

void log_event(enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    struct buf line = {0};
    int saved = errno;
    ssize_t written;
    size_t i;

    if (!log_enabled(level))
        return;
    put_start(&line, level, event);
    for (i = 0; i < count; i++)
        put_field(&line, &fields[i]);
    put_agent(&line, fields, count);
    buf_str(&line, setup.json ? "}\n" : "\n");
    do
        written = write(STDERR_FILENO, line.data, line.len);
    while (written < 0 && errno == EINTR);
    buf_release(&line);
    errno = saved;
}
