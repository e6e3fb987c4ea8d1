/*
 * coprocess-say.c - what is said to a co-process
 *
 * Many messages travel in one write.
 */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "core/file.h"
#include "work/coprocess.h"

void coprocess_flush(struct work *work)
{
    struct coprocess *co = work->coprocess;

    while (co->in >= 0 && co->sent < co->queue.len) {
        ssize_t put =
            write(co->in, co->queue.data + co->sent, co->queue.len - co->sent);

        if (put > 0) {
            co->sent += (size_t)put;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            /* It reads no more; whether it lives will be seen. */
            file_close(&co->in);
        }
    }
    buf_reset(&co->queue);
    co->sent = 0;
}

void coprocess_end_line(struct work *work)
{
    struct coprocess *co = work->coprocess;

    buf_byte(&co->queue, '\n');
    if (co->queue.len - co->sent >= COPROCESS_PIECE / 4)
        coprocess_flush(work);
}

void coprocess_say_assign(struct work *work, const struct job *job)
{
    record_assignment(job, &work->coprocess->queue);
    coprocess_end_line(work);
}

void coprocess_say_cancel(struct work *work, const struct job *job)
{
    buf_fmt(&work->coprocess->queue, "{\"type\":\"cancel\",\"task_id\":\"%s\"}",
            job->claim.task_id);
    coprocess_end_line(work);
}

void coprocess_say_shutdown(struct work *work)
{
    buf_str(&work->coprocess->queue, "{\"type\":\"shutdown\"}");
    coprocess_end_line(work);
}
