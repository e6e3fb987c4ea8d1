/*
 * reader.c - records from a descriptor, one at a time
 *
 *     0      start          seen        end           cap
 *     | used | searched     | not yet   | free        |
 *
 * A record is handed out where it lies: its separator is overwritten by
 * the NUL.  The buffer starts at 64 KiB and grows only as far as a record
 * of `limit` bytes needs.
 */
#include "config.h"

#include "core/file.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"

enum { AHEAD = 65536 };

struct reader {
    int fd;
    char separator;
    size_t limit;
    char *data; /* cap bytes and one for the NUL */
    size_t start, seen, end, cap;
    int64_t line;
    bool skipping; /* the rest of a record that was too long */
    bool eof;
};

struct reader *reader_open(int fd, char separator, size_t limit)
{
    struct reader *reader = xcalloc(1, sizeof(*reader));

    reader->fd = fd;
    reader->separator = separator;
    reader->limit = limit;
    reader->cap = AHEAD;
    reader->data = xmalloc(reader->cap + 1);
    return reader;
}

void reader_close(struct reader *reader)
{
    if (!reader)
        return;
    free(reader->data);
    free(reader);
}

/* Hand out len bytes at start; the buffer goes on at `next`. */
static int give(struct reader *reader, size_t len, size_t next,
                struct record_text *out)
{
    size_t most = reader->limit < AHEAD ? reader->limit : AHEAD;

    *out = (struct record_text){
        .data = reader->data + reader->start,
        .line = ++reader->line,
        .too_long = len > reader->limit,
    };
    out->len = out->too_long ? most : len;
    reader->data[reader->start + out->len] = '\0';
    reader->start = next;
    reader->seen = next;
    return 1;
}

/* The next record among the bytes that are here: 1, or 0 for none. */
static int take(struct reader *reader, struct record_text *out)
{
    size_t start = reader->start;
    char *found = memchr(reader->data + reader->seen, reader->separator,
                         reader->end - reader->seen);

    if (found && reader->skipping) {
        reader->skipping = false;
        reader->start = reader->seen = (size_t)(found - reader->data) + 1;
        return take(reader, out);
    }
    if (found)
        return give(reader, (size_t)(found - reader->data) - start,
                    (size_t)(found - reader->data) + 1, out);
    reader->seen = reader->end;
    if (reader->skipping) {
        reader->start = reader->end;
    } else if (reader->end - start > reader->limit) {
        reader->skipping = true;
        return give(reader, reader->end - start, reader->end, out);
    } else if (reader->eof && reader->end > start) {
        give(reader, reader->end - start, reader->end, out);
        out->torn = true;
        return 1;
    }
    return 0;
}

/* Room behind `end` for at least half a buffer. */
static void make_room(struct reader *reader)
{
    size_t kept = reader->end - reader->start;

    if (reader->start > 0) {
        memmove(reader->data, reader->data + reader->start, kept);
        reader->start = 0;
        reader->seen = kept;
        reader->end = kept;
    }
    if (reader->cap - kept >= AHEAD / 2)
        return;
    reader->cap *= 2;
    if (reader->cap - AHEAD > reader->limit)
        reader->cap = reader->limit + AHEAD;
    reader->data = xrealloc(reader->data, reader->cap + 1, 1);
}

/* 1 something was read or the end was met, 2 nothing there, -1 failed. */
static int fill(struct reader *reader, struct err *err)
{
    size_t room;
    ssize_t got;

    make_room(reader);
    room = reader->cap - reader->end;
    if (room > AHEAD)
        room = AHEAD;
    got = read(reader->fd, reader->data + reader->end, room);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 2;
    if (got < 0)
        return err_errno(err, ERR_IO, "cannot read");
    if (got == 0)
        reader->eof = true;
    reader->end += (size_t)got;
    return 1;
}

/* 1 there is something to read, 2 there is not in time or a signal came. */
static int wait_input(struct reader *reader, int64_t usec, struct err *err)
{
    struct pollfd input = {.fd = reader->fd, .events = POLLIN};
    int64_t ms = usec / 1000 + (usec % 1000 > 0);
    int ready;

    if (usec < 0)
        ms = -1;
    ready = poll(&input, 1, ms > INT_MAX ? INT_MAX : (int)ms);
    if (ready < 0 && errno != EINTR)
        return err_errno(err, ERR_OS, "cannot wait for input");
    return ready > 0 ? 1 : 2;
}

int reader_next(struct reader *reader, int64_t timeout_usec,
                struct record_text *out, struct err *err)
{
    int64_t started = timeout_usec > 0 ? clock_mono() : 0;
    int64_t left = timeout_usec;

    while (!take(reader, out)) {
        int ret;

        if (reader->eof)
            return 0;
        /*
         * Always poll, even for ever: unlike read(2) it returns when a
         * signal comes, whatever the handler's flags.
         */
        ret = wait_input(reader, left, err);
        if (ret == 1)
            ret = fill(reader, err);
        if (ret != 1)
            return ret;
        if (timeout_usec > 0)
            left = timeout_usec - (clock_mono() - started);
        if (timeout_usec > 0 && left < 0)
            left = 0;
        /* A record without an end must not hold us beyond the time. */
        if (reader->skipping && left == 0 && !reader->eof)
            return take(reader, out) ? 1 : 2;
    }
    return 1;
}
