/*
 * log.h - one line an event, on stderr
 *
 * text:  2026-01-31T12:00:00.000000Z info task_completed task_id=... ms=12
 * json:  {"ts":"...","level":"info","event":"task_completed","program":...}
 *
 * A line is written with one write(2).  Values are escaped: no byte from
 * outside can end a line, forge a field or reach the terminal raw.
 * As text only long-running programs log, the others print errors at their
 * end; as JSON all do.  aaos(7) lists the fields.
 */
#ifndef AAOS_CORE_LOG_H
#define AAOS_CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/* Set once by cmd_begin(). */
void log_setup(const char *program, enum log_level level, bool json);
bool log_enabled(enum log_level level);
/* The level of lines that every task has: machines want them, a terminal
 * does not. */
enum log_level log_task_level(void);
/* From now on every line without an agent_id has this one; NULL: none. */
void log_agent(const char *agent_id);

/*
 * Texts of fields go through redact_text(), with these secrets (borrowed for
 * as long as anything logs), which are taken out wherever they stand; NULL:
 * only what looks like one.
 */
struct redact;
void log_secrets(const struct redact *secrets);

/* A typed field; use the three makers below.  value NULL: field left out. */
struct log_field {
    const char *key;
    const char *text; /* NULL: num counts */
    int64_t num;
    bool present;
};
struct log_field log_text(const char *key, const char *text);
struct log_field log_num(const char *key, int64_t num);

/* event is a lower_case_word.  Fields in order. */
void log_event(enum log_level level, const char *event,
               const struct log_field *fields, size_t count);

/* log_info("task_done", log_text("task_id", id), log_num("ms", 3)); */
#define LOG_FIELDS(...)                                   \
    (const struct log_field[]){__VA_ARGS__},              \
        sizeof((const struct log_field[]){__VA_ARGS__}) / \
            sizeof(struct log_field)
#define log_error(event, ...) \
    log_event(LOG_LEVEL_ERROR, event, LOG_FIELDS(__VA_ARGS__))
#define log_warn(event, ...) \
    log_event(LOG_LEVEL_WARN, event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...) \
    log_event(LOG_LEVEL_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_debug(event, ...) \
    log_event(LOG_LEVEL_DEBUG, event, LOG_FIELDS(__VA_ARGS__))

#endif
