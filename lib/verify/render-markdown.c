/*
 * render-markdown.c - a table of all checks, then what is wrong
 *
 * GitHub's Markdown: '|' ends a cell even inside code, '<' may begin HTML.
 */
#include "config.h"

#include <string.h>

#include "core/clock.h"
#include "verify/render.h"

static void put(struct buf *out, const char *text)
{
    struct buf safe = {0};

    buf_printable(&safe, text, strlen(text));
    for (size_t i = 0; i < safe.len; i++) {
        char c = safe.data[i];

        if (c == '<')
            buf_str(out, "&lt;");
        else if (c == '&')
            buf_str(out, "&amp;");
        else if (strchr("\\`*_[]|#", c))
            buf_fmt(out, "\\%c", c);
        else
            buf_byte(out, c);
    }
    buf_release(&safe);
}

static void put_fact(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    buf_str(out, "| ");
    put(out, name);
    buf_str(out, " | ");
    put(out, value);
    buf_str(out, " |\n");
}

static void put_facts(struct buf *out, const struct verify *verify,
                      const struct render_facts *facts)
{
    char text[CLOCK_TEXT_SIZE];
    char span[CLOCK_SPAN_SIZE];

    buf_str(out, "# ");
    put(out, facts->title);
    buf_fmt(out, ": %s\n\n| | |\n|---|---|\n", render_verdict(verify));
    put_fact(out, "at", clock_format(facts->at, text));
    put_fact(out, "took", clock_span(facts->elapsed, span));
    put_fact(out, "host", facts->host);
    put_fact(out, "version", facts->version);
    put_fact(out, "database", facts->database);
    put_fact(out, "redis", facts->redis);
    for (const char *const *f = facts->figures; f && *f; f += 2)
        put_fact(out, f[0], f[1]);
}

static void put_row(struct buf *out, const struct check *check)
{
    char span[CLOCK_SPAN_SIZE];

    buf_fmt(out, "| %s | %s | ",
            check->verdict == VERDICT_FAIL      ? "**fail**"
            : check->verdict == VERDICT_UNKNOWN ? "**unknown**"
                                                : verdict_name(check->verdict),
            check->area);
    put(out, check->name);
    buf_str(out, " | ");
    put(out, check->about);
    if (check->note) {
        buf_str(out, " (");
        put(out, check->note);
        buf_byte(out, ')');
    }
    buf_fmt(out, " | %s |\n", clock_span(check->elapsed, span));
}

static void put_trouble(struct buf *out, const struct check *check)
{
    buf_fmt(out, "\n## %s ", check->area);
    put(out, check->name);
    buf_str(out, "\n\n");
    if (check->err.code) {
        buf_str(out, "Could not be checked: ");
        put(out, check->err.msg);
        buf_str(out, "\n\n");
    }
    for (size_t i = 0; i < check->count; i++) {
        buf_str(out, "- ");
        put(out, check->offenders[i].id);
        buf_str(out, ": ");
        put(out, check->offenders[i].what);
        buf_byte(out, '\n');
    }
    if (check->total > (int64_t)check->count)
        buf_fmt(out, "- and %lld more\n",
                (long long)(check->total - (int64_t)check->count));
}

void render_markdown(struct buf *out, const struct verify *verify,
                     const struct render_facts *facts)
{
    struct verify_counts counts = verify_count(verify);

    put_facts(out, verify, facts);
    buf_fmt(out,
            "\n%zu passed, %zu failed, %zu skipped, %zu could not be "
            "checked.\n\n"
            "| verdict | area | check | what holds | took |\n"
            "|---|---|---|---|---|\n",
            counts.passed, counts.failed, counts.skipped, counts.unknown);
    for (size_t i = 0; i < verify->count; i++)
        put_row(out, &verify->checks[i]);
    for (size_t i = 0; i < verify->count; i++)
        if (verify->checks[i].verdict == VERDICT_FAIL ||
            verify->checks[i].verdict == VERDICT_UNKNOWN)
            put_trouble(out, &verify->checks[i]);
}
