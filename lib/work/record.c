/*
 * record.c - a claim as text for its handler
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "work/internal.h"

/* One line: white space between tokens may hold newlines, strings cannot. */
static void put_raw(struct buf *out, const char *raw, size_t len)
{
    size_t at = out->len;

    buf_put(out, raw, len);
    for (; at < out->len; at++)
        if (out->data[at] == '\n' || out->data[at] == '\r')
            out->data[at] = ' ';
}

static void put_key(struct buf *out, const char *key)
{
    buf_str(out, out->len > 0 && out->data[out->len - 1] != '{' ? ",\"" : "\"");
    buf_str(out, key);
    buf_str(out, "\":");
}

static void put_text(struct buf *out, const char *key, const char *text)
{
    put_key(out, key);
    if (text)
        buf_json_safe(out, text, strlen(text));
    else
        buf_str(out, "null");
}

static void put_num(struct buf *out, const char *key, int64_t num)
{
    put_key(out, key);
    buf_num(out, num);
}

static void put_json(struct buf *out, const char *key, const char *raw)
{
    put_key(out, key);
    if (raw)
        put_raw(out, raw, strlen(raw));
    else
        buf_str(out, "null");
}

/* Bytes that JSON cannot hold as a string go beside it. */
static void put_value(struct buf *out, const char *key, const char *data,
                      size_t len, bool is_json)
{
    put_key(out, key);
    if (!data) {
        buf_str(out, "null");
    } else if (is_json) {
        put_raw(out, data, len);
    } else if (utf8_valid(data, len) && !memchr(data, '\0', len)) {
        buf_json(out, data, len);
    } else {
        buf_fmt(out, "null,\"%s_base64\":\"", key);
        buf_base64(out, data, len);
        buf_byte(out, '"');
    }
}

static void put_parents(const struct job *job, struct buf *out)
{
    put_key(out, "dependencies");
    buf_str(out, job->parents.len > 0 ? job->parents.data : "[]");
}

void record_dependency(const struct db_rows *rows, size_t row, const char *file,
                       bool brief, struct buf *out)
{
    const struct db_cell *result = db_cell(rows, row, DC_RESULT);
    const char *format = db_text(rows, row, DC_RESULT_FORMAT);
    const char *data = result->kind == DB_NULL ? NULL : result->data;

    buf_byte(out, '{');
    put_text(out, "task_id", db_text(rows, row, DC_TASK_ID));
    put_text(out, "ref", db_text(rows, row, DC_REF));
    put_text(out, "status", db_text(rows, row, DC_STATUS));
    put_value(out, "result", brief ? NULL : data, result->len,
              format && strcmp(format, "json") == 0);
    put_text(out, "result_sha256", db_text(rows, row, DC_RESULT_SHA256));
    put_text(out, "result_artifact", db_text(rows, row, DC_RESULT_ARTIFACT));
    if (brief && data)
        buf_str(out, ",\"result_omitted\":true");
    if (file)
        put_text(out, "file", file);
    buf_byte(out, '}');
}

void record_deadline(const struct job *job, char text[CLOCK_TEXT_SIZE])
{
    *text = '\0';
    if (job->deadline)
        clock_format(job->deadline, text);
}

/* What both forms have in common. */
static void put_common(const struct job *job, struct buf *out)
{
    const struct claim *claim = &job->claim;
    char deadline[CLOCK_TEXT_SIZE];

    record_deadline(job, deadline);
    put_text(out, "task_id", claim->task_id);
    put_num(out, "attempt", claim->attempt);
    put_text(out, "task_type", claim->task_type);
    put_text(out, "description", claim->description);
    put_value(out, "payload", claim->payload, claim->payload_len,
              claim->payload_is_json);
    put_json(out, "metadata", claim->metadata);
    put_text(out, "correlation_id", claim->correlation_id);
    put_text(out, "deadline", *deadline ? deadline : NULL);
    put_parents(job, out);
}

void record_assignment(const struct job *job, struct buf *out)
{
    buf_str(out, "{\"type\":\"task_assignment\"");
    put_common(job, out);
    buf_byte(out, '}');
}

void record_line(const struct job *job, struct buf *out)
{
    const struct claim *claim = &job->claim;
    char created[CLOCK_TEXT_SIZE];

    buf_byte(out, '{');
    put_common(job, out);
    put_num(out, "priority", claim->priority);
    put_num(out, "max_attempts", claim->max_attempts);
    put_num(out, "failures", claim->failures);
    put_text(out, "idempotency_key", claim->idempotency_key);
    put_text(out, "workflow_id", claim->workflow_id);
    put_text(out, "parent_id", claim->parent_id);
    put_text(out, "session_id", claim->session_id);
    put_text(out, "agent_type", claim->agent_type);
    put_text(out, "model", claim->model);
    put_json(out, "output_schema", claim->output_schema);
    put_text(out, "created_at", clock_format(claim->created_at, created));
    buf_byte(out, '}');
}

void record_input(const struct claim *claim, bool newline, struct buf *out)
{
    struct json_slice value;
    struct err err = {0};

    if (!claim->payload) {
        buf_str(out, claim->description);
        if (newline)
            buf_byte(out, '\n');
        return;
    }
    if (claim->payload_is_json &&
        json_check(claim->payload, claim->payload_len, &value, &err) == 0 &&
        value.type == JSON_STRING)
        json_decode(&value, out);
    else
        buf_put(out, claim->payload, claim->payload_len);
}

void record_command(const struct job *job, struct buf *out)
{
    const struct work_options *options = job->work->options;
    const char *placeholder = options->placeholder;
    char *const *arg;

    if (options->handler != WORK_COMMAND) {
        buf_str(out, job->claim.description);
        return;
    }
    for (arg = options->argv; *arg; arg++) {
        if (arg != options->argv)
            buf_byte(out, ' ');
        if (arg == options->argv)
            buf_str(out, *arg);
        else
            arguments_replace(*arg, placeholder, job->claim.description, out);
    }
}
