/*
 * render-junit.c - JUnit XML: a suite an area, a case a check
 *
 * There is no standard, only what readers agree on (the schema of Jenkins'
 * xUnit plugin): <failure> for an answer that is no, <error> for no answer,
 * <skipped>.
 */
#include "config.h"

#include <string.h>

#include "core/clock.h"
#include "verify/render.h"

/* Between tags, or in a quoted attribute. */
static void render_xml(struct buf *out, const char *text)
{
    struct buf safe = {0};

    /* XML knows no control characters, not even as references. */
    buf_printable(&safe, text, strlen(text));
    for (size_t i = 0; i < safe.len; i++) {
        char c = safe.data[i];

        if (c == '&')
            buf_str(out, "&amp;");
        else if (c == '<')
            buf_str(out, "&lt;");
        else if (c == '>')
            buf_str(out, "&gt;");
        else if (c == '"')
            buf_str(out, "&quot;");
        else
            buf_byte(out, c);
    }
    buf_release(&safe);
}

static void put_seconds(struct buf *out, int64_t usec)
{
    buf_fmt(out, "%lld.%06lld", (long long)(usec / USEC_PER_SEC),
            (long long)(usec % USEC_PER_SEC));
}

static void put_failure(struct buf *out, const struct check *check)
{
    buf_fmt(out,
            "      <failure type=\"offenders\" message=\"%lld offender%s\">",
            (long long)check->total, check->total == 1 ? "" : "s");
    for (size_t i = 0; i < check->count; i++) {
        render_xml(out, check->offenders[i].id);
        buf_str(out, ": ");
        render_xml(out, check->offenders[i].what);
        buf_byte(out, '\n');
    }
    if (check->total > (int64_t)check->count)
        buf_fmt(out, "and %lld more\n",
                (long long)(check->total - (int64_t)check->count));
    buf_str(out, "</failure>\n");
}

static void put_outcome(struct buf *out, const struct check *check)
{
    switch (check->verdict) {
    case VERDICT_PASS:
        if (!check->note)
            return;
        buf_str(out, "      <system-out>");
        render_xml(out, check->note);
        buf_str(out, "</system-out>\n");
        return;
    case VERDICT_FAIL:
        put_failure(out, check);
        return;
    case VERDICT_SKIP:
        buf_str(out, "      <skipped message=\"");
        render_xml(out, check->note ? check->note : "");
        buf_str(out, "\"/>\n");
        return;
    case VERDICT_UNKNOWN:
        buf_fmt(out, "      <error type=\"%d\" message=\"", check->err.code);
        render_xml(out, check->err.msg);
        buf_str(out, "\"/>\n");
        return;
    }
}

static void put_case(struct buf *out, const struct check *check)
{
    buf_str(out, "    <testcase classname=\"aaos-verify.");
    render_xml(out, check->area);
    buf_str(out, "\" name=\"");
    render_xml(out, check->name);
    buf_str(out, ": ");
    render_xml(out, check->about);
    buf_str(out, "\" time=\"");
    put_seconds(out, check->elapsed);
    buf_str(out, "\">\n");
    put_outcome(out, check);
    buf_str(out, "    </testcase>\n");
}

static void put_totals(struct buf *out, struct verify_counts counts,
                       int64_t elapsed)
{
    buf_fmt(out,
            " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\""
            " time=\"",
            counts.passed + counts.failed + counts.skipped + counts.unknown,
            counts.failed, counts.unknown, counts.skipped);
    put_seconds(out, elapsed);
    buf_byte(out, '"');
}

/* Checks of one area lie side by side. */
static size_t put_suite(struct buf *out, const struct verify *verify, size_t at,
                        const char *when)
{
    const char *area = verify->checks[at].area;
    struct verify part = {.checks = &verify->checks[at]};
    int64_t elapsed = 0;

    while (at + part.count < verify->count &&
           strcmp(part.checks[part.count].area, area) == 0)
        elapsed += part.checks[part.count++].elapsed;
    buf_str(out, "  <testsuite name=\"");
    render_xml(out, area);
    buf_fmt(out, "\" timestamp=\"%.19s\"", when);
    put_totals(out, verify_count(&part), elapsed);
    buf_str(out, ">\n");
    for (size_t i = 0; i < part.count; i++)
        put_case(out, &part.checks[i]);
    buf_str(out, "  </testsuite>\n");
    return at + part.count;
}

void render_junit(struct buf *out, const struct verify *verify,
                  const struct render_facts *facts)
{
    char when[CLOCK_TEXT_SIZE];
    size_t at = 0;

    clock_format(facts->at, when);
    buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<testsuites name=\"");
    render_xml(out, facts->title);
    buf_byte(out, '"');
    put_totals(out, verify_count(verify), facts->elapsed);
    buf_str(out, ">\n");
    while (at < verify->count)
        at = put_suite(out, verify, at, when);
    buf_str(out, "</testsuites>\n");
}
