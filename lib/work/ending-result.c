/*
 * ending-result.c - what an attempt produced, and what it died of
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "work/artifact.h"

static char *give(struct buf *buf, size_t *len)
{
    *len = buf->len;
    return buf_detach(buf);
}

/* JSON cannot be cut: what remains of a long one is no value any more. */
static void put_value(struct job *job, struct finish *finish,
                      struct ended *ended)
{
    size_t limit = (size_t)job->work->options->output_limit;
    size_t len;

    if (job->value.len > limit) {
        char sha256[HASH_TEXT_SIZE];

        ended->artifact =
            artifact_keep(job, job->value.data, job->value.len, sha256);
        if (ended->artifact)
            ended->sha256 = xstrdup(sha256);
        finish->result_size = (int64_t)job->value.len;
        job->value.len = limit;
        job->value_is_json = false;
    }
    ended->result = give(&job->value, &len);
    finish->result_len = len;
    finish->result_is_json = job->value_is_json;
}

static void put_stdout(struct job *job, struct finish *finish,
                       struct ended *ended)
{
    struct output *out = &job->output;
    char sha256[HASH_TEXT_SIZE];
    size_t len;

    if (output_end(out, sha256)) {
        ended->artifact = artifact_ref(job, out->name);
        ended->sha256 = xstrdup(sha256);
    }
    if (out->cut)
        errlog_add(
            &job->log, "warn", "stdout cut at %lld bytes%s%s",
            (long long)(ended->artifact ? out->kept : (int64_t)out->head.len),
            out->trouble.code ? ": " : "", out->trouble.msg);
    if (out->size > (int64_t)out->head.len)
        finish->result_size = out->size;
    ended->result = give(&out->head, &len);
    finish->result_len = len;
}

void ending_result(struct job *job, struct finish *finish, struct ended *ended)
{
    if (finish->outcome == OUTCOME_HANDED_BACK ||
        finish->outcome == OUTCOME_LOST)
        return;
    if (job->has_value)
        put_value(job, finish, ended);
    else if (job->work->handler->captures && finish->started &&
             (finish->outcome == OUTCOME_COMPLETED || job->output.size > 0))
        put_stdout(job, finish, ended);
    finish->result = ended->result;
    finish->result_artifact = ended->artifact;
    finish->result_sha256 = ended->sha256;
}

/* --- error ---------------------------------------------------------------- */

static char *explain(const struct job *job, const struct finish *finish)
{
    char span[CLOCK_SPAN_SIZE];

    switch (finish->outcome) {
    case OUTCOME_TIMED_OUT:
        return xasprintf("the time limit of %s was exceeded",
                         clock_span(job->limit, span));
    case OUTCOME_CANCELLED:
        return xstrdup("cancelled while running");
    case OUTCOME_LOST:
        return xstrdup(job->stop == STOP_EXPIRED
                           ? "the database was away for longer than the lease"
                           : "the co-process ended");
    case OUTCOME_COMPLETED:
    case OUTCOME_FAILED:
    case OUTCOME_HANDED_BACK:
        break;
    }
    if (finish->term_signal > 0)
        return xasprintf("killed by signal %d (%s)", finish->term_signal,
                         strsignal(finish->term_signal));
    return xasprintf("exit status %d", finish->exit_status);
}

void ending_error(struct job *job, struct finish *finish, struct ended *ended)
{
    const char *text;
    size_t len;

    if (finish->outcome == OUTCOME_COMPLETED ||
        (finish->outcome == OUTCOME_HANDED_BACK && !finish->not_now))
        return;
    text = errlog_tail(&job->log, &len);
    if (job->error.len > 0) {
        text = job->error.data;
        len = job->error.len;
    }
    if (len > 0) {
        ended->error = xmemdup0(text, len);
        for (size_t i = 0; i < len; i++)
            if (ended->error[i] == '\0')
                ended->error[i] = ' ';
    } else {
        ended->error = explain(job, finish);
    }
    finish->error = ended->error;
}
