/*
 * render-tap.c - a line a check, offenders as comments below it
 */
#include "config.h"

#include <string.h>

#include "verify/render.h"

static void put(struct buf *out, const char *text)
{
    buf_printable(out, text, strlen(text));
}

/* In a description '#' begins a directive and '\' quotes it. */
static void put_description(struct buf *out, const char *text)
{
    struct buf safe = {0};

    put(&safe, text);
    for (size_t i = 0; i < safe.len; i++) {
        if (safe.data[i] == '#')
            buf_byte(out, '\\');
        buf_byte(out, safe.data[i]);
    }
    buf_release(&safe);
}

void render_tap_begin(struct buf *out)
{
    buf_str(out, "TAP version 13\n");
}

static void put_offenders(struct buf *out, const struct check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        buf_str(out, "#   ");
        put(out, check->offenders[i].id);
        if (*check->offenders[i].what) {
            buf_str(out, ": ");
            put(out, check->offenders[i].what);
        }
        buf_byte(out, '\n');
    }
    if (check->total > (int64_t)check->count)
        buf_fmt(out, "#   and %lld more\n",
                (long long)(check->total - (int64_t)check->count));
}

void render_tap(struct buf *out, const struct check *check, size_t number,
                bool color)
{
    bool good =
        check->verdict == VERDICT_PASS || check->verdict == VERDICT_SKIP;

    if (color && !good)
        buf_str(out, "\033[31m");
    buf_fmt(out, "%sok %zu - %s ", good ? "" : "not ", number, check->area);
    put_description(out, check->name);
    buf_str(out, ": ");
    put_description(out, check->about);
    if (color && !good)
        buf_str(out, "\033[0m");
    if (check->verdict == VERDICT_SKIP) {
        buf_str(out, " # SKIP ");
        put_description(out, check->note ? check->note : "");
    }
    buf_byte(out, '\n');
    put_offenders(out, check);
    if (check->err.code) {
        buf_str(out, "#   could not be checked: ");
        put(out, check->err.msg);
        buf_byte(out, '\n');
    }
    if (check->note && check->verdict != VERDICT_SKIP) {
        buf_str(out, "#   ");
        put(out, check->note);
        buf_byte(out, '\n');
    }
}

void render_tap_end(struct buf *out, const struct verify *verify)
{
    struct verify_counts counts = verify_count(verify);

    buf_fmt(out, "1..%zu\n# %s: %zu passed, %zu failed, %zu skipped",
            verify->count, render_verdict(verify), counts.passed, counts.failed,
            counts.skipped);
    if (counts.unknown > 0)
        buf_fmt(out, ", %zu could not be checked", counts.unknown);
    buf_byte(out, '\n');
}
