/*
 * escape.c - text of unknown origin in HTML, SVG and Markdown
 */
#include "config.h"

#include "report/escape.h"

#include <string.h>

static const char *entity(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_text(struct buf *out, const char *text)
{
    struct buf plain = {0};

    buf_printable(&plain, text, strlen(text));
    for (size_t i = 0; i < plain.len; i++) {
        const char *name = entity(plain.data[i]);

        if (name)
            buf_str(out, name);
        else
            buf_byte(out, plain.data[i]);
    }
    buf_release(&plain);
}

/* Markdown may hold HTML, so its signs go as well. */
void markdown_text(struct buf *out, const char *text)
{
    static const char special[] = "\\`*_{}[]()#+!|~$";
    struct buf plain = {0};

    buf_printable(&plain, text, strlen(text));
    for (size_t i = 0; i < plain.len; i++) {
        char byte = plain.data[i];
        const char *name =
            byte == '&' || byte == '<' || byte == '>' ? entity(byte) : NULL;

        if (name) {
            buf_str(out, name);
            continue;
        }
        if (strchr(special, byte))
            buf_byte(out, '\\');
        buf_byte(out, byte);
    }
    buf_release(&plain);
}
