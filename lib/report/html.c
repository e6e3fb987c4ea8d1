/*
 * html.c - a report as one page that needs nothing else
 */
#include "config.h"

#include "report/html.h"

#include <string.h>

#include "report/escape.h"
#include "report/svg.h"

/* Colours: Okabe and Ito's, which differ for everybody; lighter in the
 * dark.  Lines differ in their dashes, too. */
static const char style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1a1a1a;--dim:#595959;"
    "--line:#d9d9d9;--warn:#fff3cd;--c0:#0072b2;--c1:#d55e00;--c2:#007a5a;"
    "--c3:#a0527d;--c4:#8a6d00;--c5:#555}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--bg:#16181b;"
    "--fg:#e6e6e6;--dim:#a6a6a6;--line:#3a3d42;--warn:#4a3b00;--c0:#56b4e9;"
    "--c1:#ff9a5c;--c2:#3ecf9e;--c3:#e59ac6;--c4:#f0d35e;--c5:#bbb}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1.5rem;max-width:76rem;background:var(--bg);"
    "color:var(--fg);font:1rem/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;margin:0 0 1rem}h2{font-size:1.25rem;"
    "margin:2rem 0 .5rem;overflow-wrap:anywhere}\n"
    ".scroll{overflow-x:auto;margin:.75rem 0}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;font-weight:600;padding:.25rem 0}\n"
    "th,td{padding:.2rem .75rem .2rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}\n"
    "th{color:var(--dim);font-weight:600}td.n,th.n{text-align:right;"
    "white-space:nowrap}td:first-child{white-space:nowrap}\n"
    /* Wide tables scroll; only facts may break within a word. */
    ".facts td{overflow-wrap:anywhere}\n"
    ".warn{background:var(--warn);padding:.5rem .75rem;border-radius:.25rem}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:0 3rem;align-items:flex-start}"
    ".facts .scroll{max-width:100%}.facts th{white-space:nowrap}"
    ".facts td{min-width:6rem}"
    "@media(max-width:40rem){.facts th{white-space:normal}}\n"
    ".plots{display:grid;gap:1.25rem;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr))}\n"
    "figure{margin:0;break-inside:avoid}figcaption{font-weight:600}\n"
    "figcaption small{font-weight:400;color:var(--dim)}\n"
    "svg.plot{display:block;width:100%;height:auto}\n"
    "svg text{fill:var(--fg);font:13px system-ui,sans-serif}\n"
    "svg .label{fill:var(--dim)}\n"
    ".grid,.mark{stroke:var(--line)}.axis{stroke:var(--dim)}\n"
    "path{fill:none;stroke-width:1.75;stroke-linejoin:round;"
    "stroke-linecap:round}\n"
    ".s0{stroke:var(--c0)}.s1{stroke:var(--c1);stroke-dasharray:6 3}"
    ".s2{stroke:var(--c2);stroke-dasharray:2 4}"
    ".s3{stroke:var(--c3);stroke-dasharray:9 3 2 3}"
    ".s4{stroke:var(--c4);stroke-dasharray:12 4}"
    ".s5{stroke:var(--c5);stroke-dasharray:1 6}\n"
    "ul.legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:0;"
    "padding:0 0 0 .5rem;list-style:none;font-size:.9rem}\n"
    "svg.key{width:28px;height:8px;margin-right:.4rem;vertical-align:middle}\n"
    "footer{margin-top:2rem;color:var(--dim);font-size:.85rem}\n"
    "@media print{body{padding:0;max-width:none;font-size:10pt}"
    ".plots{grid-template-columns:1fr 1fr}h2{break-after:avoid}"
    "tr{break-inside:avoid}.scroll{overflow:visible}"
    ".warn{border:1px solid}}\n"
    "@page{margin:15mm}\n";

/* --- blocks --------------------------------------------------------------- */

static void put_element(const char *open, const char *text, const char *close,
                        struct buf *out)
{
    buf_str(out, open);
    html_text(out, text);
    buf_str(out, close);
}

static void put_head(const struct doc_table *table, struct buf *out)
{
    buf_str(out, "<thead><tr>");
    for (size_t i = 0; i < table->width; i++)
        put_element(table->columns[i].number ? "<th scope=\"col\" class=\"n\">"
                                             : "<th scope=\"col\">",
                    table->columns[i].name, "</th>", out);
    buf_str(out, "</tr></thead>\n");
}

/* A list of facts has no names of columns; its first one names the rows. */
static bool is_facts(const struct doc_block *block)
{
    return block->kind == DOC_TABLE && !block->table->columns[0].name[0] &&
           block->table->width == 2;
}

static void put_cell(const struct doc_table *table, size_t i, bool facts,
                     struct buf *out)
{
    size_t column = i % table->width;
    const char *text = table->cells[i] ? table->cells[i] : "\xe2\x80\x93";

    if (facts && column == 0)
        put_element("<th scope=\"row\">", text, "</th>", out);
    else
        put_element(table->columns[column].number ? "<td class=\"n\">" : "<td>",
                    text, "</td>", out);
}

static void put_table(const struct doc_block *block, struct buf *out)
{
    const struct doc_table *table = block->table;
    bool facts = is_facts(block);

    buf_str(out, "<div class=\"scroll\"><table>\n");
    if (table->caption)
        put_element("<caption>", table->caption, "</caption>\n", out);
    if (!facts)
        put_head(table, out);
    buf_str(out, "<tbody>\n");
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->width;
        if (column == 0)
            buf_str(out, "<tr>");
        put_cell(table, i, facts, out);
        if (column + 1 == table->width)
            buf_str(out, "</tr>\n");
    }
    buf_str(out, "</tbody></table></div>\n");
}

/* Plots, and lists of facts, stand beside each other where there is room. */
static const char *group_of(const struct doc *doc, size_t i)
{
    if (i < doc->count && doc->blocks[i].kind == DOC_PLOT)
        return "plots";
    return i < doc->count && is_facts(&doc->blocks[i]) ? "facts" : "";
}

static void put_group(const struct doc *doc, size_t i, const char *group,
                      struct buf *out)
{
    if (i == 0 || strcmp(group_of(doc, i - 1), group) != 0)
        buf_fmt(out, "<div class=\"%s\">\n", group);
    if (doc->blocks[i].kind == DOC_TABLE)
        put_table(&doc->blocks[i], out);
    else if (doc_plot_any(doc->blocks[i].plot))
        svg_plot(doc->blocks[i].plot, i, out);
    if (strcmp(group_of(doc, i + 1), group) != 0)
        buf_str(out, "</div>\n");
}

static void put_block(const struct doc *doc, size_t i, struct buf *out)
{
    const struct doc_block *block = &doc->blocks[i];
    const char *group = group_of(doc, i);

    if (*group) {
        put_group(doc, i, group, out);
        return;
    }
    switch (block->kind) {
    case DOC_HEADING:
        put_element("<h2>", block->text, "</h2>\n", out);
        break;
    case DOC_TEXT:
        put_element("<p>", block->text, "</p>\n", out);
        break;
    case DOC_WARNING:
        put_element("<p class=\"warn\" role=\"note\">", block->text, "</p>\n",
                    out);
        break;
    case DOC_TABLE:
        put_table(block, out);
        break;
    case DOC_PLOT: /* always in a group */
        break;
    }
}

void html_report(const struct doc *doc, struct buf *out)
{
    buf_str(out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
            "<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" "
            "content=\"width=device-width, initial-scale=1\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" "
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    put_element("<title>", doc->title, "</title>\n<style>\n", out);
    buf_str(out, style);
    put_element("</style>\n</head>\n<body>\n<main>\n<h1>", doc->title,
                "</h1>\n", out);
    for (size_t i = 0; i < doc->count; i++)
        put_block(doc, i, out);
    put_element("</main>\n<footer>", doc->made, "</footer>\n</body>\n</html>\n",
                out);
}
