/*
 * verify-doc.c - checks as a report for people
 */
#include "config.h"

#include <stdlib.h>

#include "cmd/verify.h"
#include "core/clock.h"
#include "core/mem.h"
#include "report/doc.h"
#include "report/html.h"
#include "report/markdown.h"

static void put_facts(struct doc *doc, const struct render_facts *facts)
{
    static const struct doc_column columns[] = {{"what", false},
                                                {"value", false}};
    struct doc_table *table;
    char text[CLOCK_TEXT_SIZE];
    char span[CLOCK_SPAN_SIZE];
    const char *const named[] = {
        "at",       clock_format(facts->at, text),
        "took",     clock_span(facts->elapsed, span),
        "host",     facts->host,
        "version",  facts->version,
        "database", facts->database,
        "redis",    facts->redis,
    };

    doc_heading(doc, "Installation");
    table = doc_table(doc, NULL, columns, LENGTH(columns));
    for (size_t i = 0; i < LENGTH(named); i += 2) {
        if (!named[i + 1])
            continue;
        doc_cell(table, named[i]);
        doc_cell(table, named[i + 1]);
    }
}

static void put_figures(struct doc *doc, const char *const *figures)
{
    static const struct doc_column columns[] = {{"figure", false},
                                                {"value", true}};
    struct doc_table *table;

    if (!figures || !*figures)
        return;
    doc_heading(doc, "Figures");
    table = doc_table(doc, NULL, columns, LENGTH(columns));
    for (; *figures; figures += 2) {
        doc_cell(table, figures[0]);
        doc_cell(table, figures[1]);
    }
}

static void put_checks(struct doc *doc, const struct verify *verify)
{
    static const struct doc_column columns[] = {
        {"verdict", false},    {"area", false}, {"check", false},
        {"what holds", false}, {"note", false}, {"took", true}};
    struct doc_table *table;
    char span[CLOCK_SPAN_SIZE];

    doc_heading(doc, "Checks");
    table = doc_table(doc, NULL, columns, LENGTH(columns));
    for (size_t i = 0; i < verify->count; i++) {
        const struct check *check = &verify->checks[i];

        doc_cell(table, verdict_name(check->verdict));
        doc_cell(table, check->area);
        doc_cell(table, check->name);
        doc_cell(table, check->about);
        doc_cell(table, check->note);
        doc_cell(table, clock_span(check->elapsed, span));
    }
}

/* Lines, not a table: ids are long, and windows may be narrow. */
static void put_trouble(struct doc *doc, const struct check *check)
{
    char *title = xasprintf("%s: %s", check->area, check->name);
    int64_t more = check->total - (int64_t)check->count;

    doc_heading(doc, title);
    free(title);
    if (check->err.code) {
        char *text = xasprintf("Could not be checked: %s", check->err.msg);

        doc_warning(doc, text);
        free(text);
    }
    for (size_t i = 0; i < check->count; i++) {
        char *text = xasprintf("%s: %s", check->offenders[i].id,
                               check->offenders[i].what);

        doc_text(doc, text);
        free(text);
    }
    if (more > 0) {
        char *text = xasprintf("And %lld more.", (long long)more);

        doc_text(doc, text);
        free(text);
    }
}

static void put_summary(struct doc *doc, const struct verify *verify)
{
    struct verify_counts counts = verify_count(verify);
    char *text = xasprintf(
        "%zu passed, %zu failed, %zu skipped, %zu could not be checked.",
        counts.passed, counts.failed, counts.skipped, counts.unknown);

    if (counts.failed + counts.unknown > 0)
        doc_warning(doc, text);
    else
        doc_text(doc, text);
    free(text);
}

void verify_document(const struct verify *verify,
                     const struct render_facts *facts, bool html,
                     struct buf *out)
{
    char at[CLOCK_TEXT_SIZE];
    char *title = xasprintf("%s: %s", facts->title, render_verdict(verify));
    char *made = xasprintf("Made by aaos-verify %s at %s.", facts->version,
                           clock_format(facts->at, at));
    struct doc doc = {0};

    doc_title(&doc, title, made);
    put_summary(&doc, verify);
    for (size_t i = 0; i < verify->count; i++)
        if (verify->checks[i].verdict == VERDICT_FAIL ||
            verify->checks[i].verdict == VERDICT_UNKNOWN)
            put_trouble(&doc, &verify->checks[i]);
    put_facts(&doc, facts);
    put_figures(&doc, facts->figures);
    put_checks(&doc, verify);
    if (html)
        html_report(&doc, out);
    else
        markdown_report(&doc, out);
    doc_release(&doc);
    free(title);
    free(made);
}
