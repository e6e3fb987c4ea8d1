/*
 * top-detail.c - one task, and help, on the whole of the live screen
 */
#include "config.h"

#include <string.h>

#include "report/top.h"

/* Bytes of the text that fill one row; at least one character. */
static size_t row_of(const char *text, size_t len, int cols)
{
    size_t best = 0;
    size_t blank = 0;
    int used = 0;

    for (size_t at = 0; at < len;) {
        uint32_t code = 0;
        size_t size = utf8_decode(text + at, len - at, &code);
        int width = (int)utf8_columns(text + at, size);

        if (used + width > cols && best > 0)
            return blank > best / 2 ? blank : best;
        if (code == ' ')
            blank = at + size;
        used += width;
        at += size;
        best = at;
    }
    return best;
}

/* Draws the rows of a line that are in sight; returns how many it has. */
static size_t put_line(struct screen *screen, const struct top_line *line,
                       const struct top_box *box, size_t skip, int row)
{
    struct buf clean = {0};
    size_t rows = 0;
    size_t at = 0;

    buf_printable(&clean, line->text, strlen(line->text));
    do {
        size_t len = row_of(clean.data ? clean.data + at : "", clean.len - at,
                            box->cols);

        if (rows >= skip && row < box->rows) {
            struct buf part = {0};

            buf_put(&part, clean.data ? clean.data + at : "", len);
            screen_put(screen, box->row + row++, box->col, box->cols,
                       line->attr, part.data);
            buf_release(&part);
        }
        rows++;
        at += len;
    } while (at < clean.len);
    buf_release(&clean);
    return rows;
}

void top_draw_detail(struct screen *screen, struct top_view *view,
                     const struct top_detail *detail, const struct top_box *box)
{
    struct top_box body = {box->row + 1, box->col, box->rows - 1, box->cols};
    size_t rows = 0;

    top_draw_title(screen, box, true, "TASK", detail->task_id);
    view->detail_page = body.rows > 0 ? (size_t)body.rows : 0;
    /* Twice: how many rows there are decides what can be in sight. */
    for (size_t i = 0; i < detail->count; i++)
        rows += put_line(screen, &detail->lines[i], &body, SIZE_MAX, 0);
    view->detail_rows = rows;
    if (view->detail_first + view->detail_page > rows)
        view->detail_first =
            rows > view->detail_page ? rows - view->detail_page : 0;
    rows = 0;
    for (size_t i = 0; i < detail->count; i++) {
        size_t first = view->detail_first;
        size_t skip = first > rows ? first - rows : 0;
        int row = rows > first ? (int)(rows - first) : 0;

        if (row >= body.rows)
            break;
        rows += put_line(screen, &detail->lines[i], &body, skip, row);
    }
}

void top_draw_help(struct screen *screen, const struct top_model *model,
                   const struct top_box *box)
{
    static const char *const lines[] = {
        "q           quit",
        "Space, p    pause what is shown; the queue goes on",
        "Tab         the next part: queues, agents, events",
        "Up, Down    (k, j) select; also Page Up, Page Down, Home, End",
        "Enter       look into the task; of a queue: only its type",
        "/           show only what has this in a name, an id or a text",
        "Esc         back; show everything again",
        "+, -        look more often, less often; in a replay: its speed",
        "r           look now",
        "",
        "This screen changes nothing.  To pause the queue itself:",
        "    aaos-dispatch pause --reason 'why'",
    };
    static const char *const replay[] = {
        "",
        "In a replay:",
        "Left, Right back and forward",
        "Home        from the start",
    };
    int row = box->row + 1;

    top_draw_title(screen, box, true, "HELP", "");
    for (size_t i = 0; i < LENGTH(lines) && row < box->row + box->rows; i++)
        screen_put(screen, row++, box->col + 2, box->cols - 2, SCREEN_PLAIN,
                   lines[i]);
    for (size_t i = 0;
         model->replay && i < LENGTH(replay) && row < box->row + box->rows; i++)
        screen_put(screen, row++, box->col + 2, box->cols - 2, SCREEN_PLAIN,
                   replay[i]);
}
