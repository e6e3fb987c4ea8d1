/*
 * cmd-progress.c - a line on the terminal while work takes long
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cmd-internal.h"
#include "core/file.h"

#define PATIENCE (2 * USEC_PER_SEC)
#define REDRAW (USEC_PER_SEC / 5)

static struct {
    int64_t start; /* of this piece of work; 0: none */
    int64_t first; /* what was done by then */
    int64_t drawn;
    bool shown;
} progress;

static bool terminal(void)
{
    const char *term = getenv("TERM");

    return !cmd_shared.quiet && !cmd_shared.log_json && term &&
           strcmp(term, "dumb") != 0 && isatty(STDERR_FILENO);
}

static void draw(const struct buf *line)
{
    struct err ignored = {0};

    file_write_all(STDERR_FILENO, line->data, line->len, &ignored);
}

void cmd_progress_line(struct buf *line, const char *label, int64_t done,
                       int64_t total, double rate)
{
    double left = (double)(total - done);

    buf_fmt(line, "%s: %" PRId64, label, done);
    if (total >= 0)
        buf_fmt(line, "/%" PRId64, total);
    buf_fmt(line, "  %.0f/s", rate);
    if (total > done && rate > 0 && left / rate < 1e6) {
        char span[CLOCK_SPAN_SIZE];

        buf_fmt(line, "  ETA %s",
                clock_span((int64_t)(left / rate) * USEC_PER_SEC, span));
    }
}

void cmd_progress(const char *label, int64_t done, int64_t total)
{
    struct buf line = {0};
    int64_t now;
    double seconds;

    if (!terminal())
        return;
    now = clock_mono();
    if (progress.start == 0) {
        progress.start = now;
        progress.first = done;
    }
    if (now - progress.start < PATIENCE || now - progress.drawn < REDRAW)
        return;
    progress.drawn = now;
    progress.shown = true;
    seconds = (double)(now - progress.start) / (double)USEC_PER_SEC;
    buf_str(&line, "\r\033[K");
    cmd_progress_line(&line, label, done, total,
                      (double)(done - progress.first) / seconds);
    draw(&line);
    buf_release(&line);
}

void cmd_progress_end(void)
{
    struct buf wipe = {0};

    if (progress.shown) {
        buf_str(&wipe, "\r\033[K");
        draw(&wipe);
        buf_release(&wipe);
    }
    memset(&progress, 0, sizeof(progress));
}
