/*
 * record.h - a task as its user writes it
 *
 * One JSON object, or a description with options.  Every rule about what
 * may be in it lives here; a message names the field and the rule:
 *
 *     priority: must be an integer from 0 to 10 (got 11)
 *     unknown key 'priorty' (did you mean 'priority'?)
 *
 * Limits: description 3 to 2000 characters; names (task_type, agent_type,
 * model, llm_endpoint, ref, workflow) 1 to 100 bytes of printable UTF-8;
 * task_type [a-z][a-z0-9_-]*, at most 64; idempotency_key, session_id,
 * correlation_id 1 to 255; webhook http(s) URL up to 2048 without user or
 * password; metadata at most 100 keys; depends_on at most 1000.
 */
#ifndef AAOS_TASK_RECORD_H
#define AAOS_TASK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/json.h"

/* All text is owned (malloc'd) or NULL: absent.  Zero is valid. */
struct task_record {
    char *task_type;
    char *description;
    char *payload; /* bytes, payload_len of them */
    size_t payload_len;
    bool payload_is_json; /* the JSON value as written; else raw bytes */
    char *metadata;       /* JSON object as written (merged: see below) */
    char *idempotency_key;
    char *ref;
    char **depends_on; /* ids or refs */
    size_t depends_count;
    char *on_dependency_failure; /* "cancel" or "run" */
    char *agent_type;
    char *workflow;
    char *session_id;
    char *correlation_id;
    char *webhook;
    char *model;
    char *llm_endpoint;
    char *privacy;       /* "local", "eu", "public" */
    char *output_schema; /* JSON object as written */
    int priority;        /* -1: absent */
    int max_attempts;    /* 0: absent */
    int64_t timeout;     /* microseconds; 0: absent */
    int64_t delay;       /* microseconds from the database's now; 0: none */
    int64_t run_at;      /* instant; 0: absent */
    int64_t expires_at;  /* instant; 0: absent */
    int64_t expires_in;  /* duration from now; 0: absent */
    int64_t budget;      /* 10^-12 USD; -1: absent */
    bool hold;
};

void task_record_release(struct task_record *record);

/* What the rules need to know. */
struct task_rules {
    const char *const *types; /* built-in and configured task types */
    size_t type_count;
};
/* The seven of the source documents: code research qa documentation
 * analysis synthesis trading. */
extern const char *const task_builtin_types[7];

/* A zeroed record with priority = -1 and budget = -1. */
struct task_record task_record_new(void);

/*
 * A JSON object (already json_check()ed) over the defaults: its own keys
 * win, metadata are merged key by key.  *out is complete on success:
 * defaults copied in, everything validated; priority 5 and task_type left
 * NULL only if no default gave one.  ERR_DATA.
 */
int task_record_parse(const struct json_slice *object,
                      const struct task_record *defaults,
                      const struct task_rules *rules, struct task_record *out,
                      struct err *err);

/* The same for an object of further defaults, which need not be complete:
 * what neither gives stays absent. */
int task_record_defaults(const struct json_slice *object,
                         const struct task_record *defaults,
                         const struct task_rules *rules,
                         struct task_record *out, struct err *err);

/* A bare description over the defaults. */
int task_record_text(const char *text, size_t len,
                     const struct task_record *defaults,
                     const struct task_rules *rules, struct task_record *out,
                     struct err *err);

/*
 * One field, as an option or a key gives it: the same rules and messages.
 * For options: task_record_set(&defaults, "priority", "7", err).  text is
 * the plain text of the value (a duration, a number, a name).
 */
int task_record_set(struct task_record *record, const char *field,
                    const char *text, const struct task_rules *rules,
                    struct err *err);
/* -m KEY=VALUE: VALUE becomes a JSON string. */
int task_record_metadata(struct task_record *record, const char *pair,
                         struct err *err);

/*
 * What something may be sent to: http or https, a host, no user or
 * password, only characters that RFC 3986 knows.  `url` ends with a NUL at
 * len.  ERR_DATA: "must be ...", without the value.
 */
enum { TASK_URL_MAX = 2048 };
int task_url_check(const char *url, size_t len, struct err *err);

/*
 * SHA-256 over the record's keys as given, sorted by name, defaults
 * included, correlation_id left out: what an idempotency key stands for.
 */
void task_record_digest(const struct task_record *record, char text[65]);

#endif
