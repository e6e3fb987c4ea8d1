/*
 * llm-split.c - a document that fits no window is read in parts
 *
 * Only the payload: what is to be done stands in the description, and is
 * never shortened.  Each part is summarised with the task in view, by a
 * call of its own; the task then gets the summaries, and is told so.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "llm/tokens.h"
#include "work/llm.h"

enum {
    PARTS_MAX = 64,
    ROOM_MIN = 200, /* tokens: less of it at a time makes no sense */
    WORDS = 300,    /* tokens of what is said around a part */
    SPARE = 10      /* per cent: estimates are estimates */
};

/* The end of the part that begins at `at`: at a line if there is one. */
static size_t part_end(const struct buf *text, size_t at, int64_t room)
{
    size_t len = text->len - at;
    size_t line;

    while (len > 4 && llm_tokens(text->data + at, len) > room)
        len = (size_t)room * 8 < len ? (size_t)room * 8 : len * 9 / 10;
    if (at + len == text->len)
        return text->len;
    for (line = len; line > len / 2; line--)
        if (text->data[at + line - 1] == '\n')
            return at + line;
    while (len > 1 && ((unsigned char)text->data[at + len] & 0xc0) == 0x80)
        len--;
    return at + len;
}

static size_t count_parts(const struct buf *text, int64_t room)
{
    size_t count = 0;
    size_t at;

    for (at = 0; at < text->len && count <= PARTS_MAX; count++)
        at = part_end(text, at, room);
    return count;
}

bool llm_split(struct llm_run *run, int64_t window, int64_t max_output)
{
    const struct claim *claim = &run->job->claim;
    int64_t room = window - window * SPARE / 100 - max_output - WORDS -
                   llm_tokens(claim->description, strlen(claim->description));

    room -= room * SPARE / 100;
    if (!claim->payload || run->document.len > 0 || room < ROOM_MIN)
        return false;
    record_input(claim, false, &run->document);
    run->part_room = room;
    run->part_count = count_parts(&run->document, room);
    if (run->part_count < 2 || run->part_count > PARTS_MAX) {
        run->part_count = 0;
        return false;
    }
    errlog_add(&run->job->log, "info",
               "the payload, %zu bytes, fits no window: it is read in %zu "
               "parts",
               run->document.len, run->part_count);
    return true;
}

bool llm_splitting(const struct llm_run *run)
{
    return run->part < run->part_count;
}

void llm_split_ask(struct llm_run *run, struct buf *out)
{
    size_t end = part_end(&run->document, run->part_at, run->part_room);

    buf_fmt(out,
            "This is part %zu of %zu of a document. The task that it is "
            "needed for:\n%s\n\nSay in at most 200 words what this part has "
            "to say to that: facts, names, numbers, exact words that matter. "
            "Do not do the task itself.\n\n",
            run->part + 1, run->part_count, run->job->claim.description);
    buf_put(out, run->document.data + run->part_at, end - run->part_at);
}

/* All parts are read: the task gets what was said of them. */
static void put_parts(struct llm_run *run)
{
    struct buf text = {0};

    buf_fmt(&text,
            "[The document, %zu bytes, is too long. These are summaries of "
            "its %zu parts.]\n",
            run->document.len, run->part_count);
    buf_put(&text, run->parts.data, run->parts.len);
    llm_prompt_replace(run, text.data);
    buf_release(&text);
}

bool llm_split_done(struct llm_run *run, const struct llm_try *try)
{
    const struct buf *text = &try->answer.text;

    buf_fmt(&run->parts, "\n## Part %zu\n\n", run->part + 1);
    buf_put(&run->parts, text->data ? text->data : "", text->len);
    run->part_at = part_end(&run->document, run->part_at, run->part_room);
    run->part++;
    if (llm_splitting(run))
        return false;
    put_parts(run);
    return true;
}
