/*
 * coprocess-hear.c - what a co-process says
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "work/coprocess.h"
#include "work/message.h"

/* One that closed its stdout has so long to end by itself. */
#define MUTE_TIME USEC_PER_SEC

static bool means(const struct message *message, const struct job *job)
{
    const struct json_slice *id = &message->task_id;
    int64_t attempt;

    if (!job->busy || !id->data || id->len != UUID_SIZE - 1 + 2 ||
        memcmp(id->data + 1, job->claim.task_id, UUID_SIZE - 1) != 0)
        return false;
    return !message->attempt.data ||
           (json_integer(&message->attempt, &attempt) &&
            attempt == job->claim.attempt);
}

/* Most co-processes answer in the order of the questions. */
static struct job *find(struct work *work, const struct message *message)
{
    struct coprocess *co = work->coprocess;
    int i;

    for (i = 0; i < work->job_count; i++) {
        int at = (co->hint + i) % work->job_count;

        if (means(message, &work->jobs[at])) {
            co->hint = (at + 1) % work->job_count;
            return &work->jobs[at];
        }
    }
    return NULL;
}

/* Text out of a string; anything else as it was written. */
static void put_words(const struct json_slice *value, struct buf *out)
{
    if (value->data && value->type == JSON_STRING)
        json_decode(value, out);
    else if (value->data && value->type != JSON_NULL)
        buf_put(out, value->data, value->len);
    else
        buf_str(out, "");
}

static void complete(struct job *job, const struct message *message)
{
    const struct ending ending = {
        .outcome = OUTCOME_COMPLETED, .definite = true, .exit_status = -1};

    if (message->tasks.data)
        told_tasks(job, &message->tasks);
    if (message->actions.data)
        told_actions(job, &message->actions);
    if (message->result.data)
        told_json(job, message->result.data, message->result.len);
    job_end(job, &ending);
}

static void fail(struct job *job, const struct message *message)
{
    const struct ending ending = {.outcome = OUTCOME_FAILED,
                                  .permanent = message->permanent,
                                  .definite = true,
                                  .exit_status = -1};
    struct buf words = {0};

    put_words(&message->error, &words);
    if (words.len == 0)
        buf_str(&words, "the co-process gave no reason");
    told_error(job, words.data, words.len);
    buf_release(&words);
    job->retry_after = message->retry_after;
    job_end(job, &ending);
}

static void note_progress(struct job *job, const struct message *message)
{
    struct buf words = {0};

    put_words(&message->text, &words);
    told_progress(job, message->percent < 0 ? 0 : message->percent, words.data,
                  words.len);
    buf_release(&words);
}

static void welcome(struct work *work)
{
    struct coprocess *co = work->coprocess;

    if (!co->registered)
        log_info("coprocess_registered", log_text("agent_id", work->agent_id),
                 log_num("pid", co->pid));
    co->registered = true;
    co->proved = true;
    buf_fmt(&co->queue, "{\"type\":\"registration_ack\",\"agent_id\":\"%s\"}",
            work->agent_id);
    coprocess_end_line(work);
}

static void obey(struct work *work, const struct message *message)
{
    struct job *job = NULL;

    if (message->type == MESSAGE_REGISTER) {
        welcome(work);
        return;
    }
    if (message->type == MESSAGE_UNKNOWN) {
        struct buf name = {0};

        put_words(&message->name, &name);
        log_warn("coprocess_unknown", log_text("type", name.data));
        buf_release(&name);
        return;
    }
    if (message->type == MESSAGE_HEARTBEAT)
        return;
    job = find(work, message);
    if (!job) {
        struct buf id = {0};

        put_words(&message->task_id, &id);
        log_warn("coprocess_stray", log_text("task_id", id.data));
        buf_release(&id);
    } else if (message->type == MESSAGE_COMPLETE) {
        complete(job, message);
    } else if (message->type == MESSAGE_FAILED) {
        fail(job, message);
    } else {
        note_progress(job, message);
    }
}

static void listen_lines(struct work *work)
{
    struct coprocess *co = work->coprocess;
    enum lines_result got;
    const char *text;
    size_t len;

    while (!co->doomed &&
           (got = lines_next(&co->lines, &text, &len)) != LINES_NONE) {
        struct message message;
        struct err err = {0};

        if (len == 0 && got == LINES_ONE)
            continue;
        if (got == LINES_LONG)
            err_set(&err, ERR_DATA, "longer than %d bytes", COPROCESS_LINE_MAX);
        else if (message_parse(text, len, &message, &err) == 0)
            obey(work, &message);
        if (err.code)
            coprocess_kill(work, err.msg);
    }
}

static void listen_remarks(struct work *work, bool last)
{
    struct coprocess *co = work->coprocess;
    struct buf line = {0};
    const char *text;
    size_t len;

    while (lines_next(&co->remarks, &text, &len) != LINES_NONE ||
           (last && lines_last(&co->remarks, &text, &len) == LINES_ONE)) {
        buf_reset(&line);
        buf_put(&line, text, len < ERRLOG_LINE ? len : ERRLOG_LINE);
        if (len == 0)
            buf_str(&line, "(an empty or overlong line)");
        log_info("coprocess_stderr", log_text("text", line.data));
    }
    buf_release(&line);
}

/* One read; false when there is nothing more to be had. */
static bool drink(int *fd, struct lines *lines)
{
    ssize_t got =
        read(*fd, lines_room(lines, COPROCESS_PIECE), COPROCESS_PIECE);

    if (got > 0)
        lines_added(lines, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        file_close(fd);
    return got > 0;
}

static void on_in(struct work *work, void *arg, short events)
{
    (void)arg;
    (void)events;
    coprocess_flush(work);
}

static void on_out(struct work *work, void *arg, short events)
{
    struct coprocess *co = arg;

    (void)events;
    if (drink(&co->out, &co->lines))
        listen_lines(work);
    else if (co->out < 0)
        co->mute_at = work->now + MUTE_TIME;
}

static void on_err(struct work *work, void *arg, short events)
{
    struct coprocess *co = arg;

    (void)events;
    if (drink(&co->err, &co->remarks))
        listen_remarks(work, false);
}

void coprocess_watch(struct work *work)
{
    struct coprocess *co = work->coprocess;

    if (co->in >= 0 && co->sent < co->queue.len)
        work_watch(work, co->in, POLLOUT, on_in, co);
    if (co->out >= 0)
        work_watch(work, co->out, POLLIN, on_out, co);
    if (co->err >= 0)
        work_watch(work, co->err, POLLIN, on_err, co);
}

static void drain(int *fd, struct lines *lines)
{
    int left = 0;

    while (*fd >= 0 && ioctl(*fd, FIONREAD, &left) == 0 && left > 0)
        if (!drink(fd, lines) || lines->buf.len > COPROCESS_LINE_MAX)
            break;
}

void coprocess_drain(struct work *work)
{
    struct coprocess *co = work->coprocess;

    drain(&co->out, &co->lines);
    listen_lines(work);
    drain(&co->err, &co->remarks);
    listen_remarks(work, true);
}
