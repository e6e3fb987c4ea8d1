/*
 * schema-pattern.c - the regular expressions of JSON Schema, in POSIX's
 *
 * What POSIX cannot say (looking ahead, lazy repeats, references back) is
 * refused, and so are repeats of repeats that would take all memory.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "llm/schema-internal.h"

enum { REPEATS_MAX = 1000 };

struct translation {
    const char *at;
    struct buf out;
    int64_t repeats; /* the product of all of them */
    const char *why; /* it cannot be done */
};

static const char *class_of(char letter)
{
    switch (letter) {
    case 'd':
        return "0-9";
    case 'w':
        return "A-Za-z0-9_";
    case 's':
        return " \t\r\n\f\v";
    default:
        return NULL;
    }
}

static char control_of(char letter)
{
    switch (letter) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'f':
        return '\f';
    case 'v':
        return '\v';
    default:
        return letter;
    }
}

/* A backslash outside of brackets. */
static void escape(struct translation *tr)
{
    char letter = *++tr->at;

    if (class_of(letter)) {
        buf_fmt(&tr->out, "[%s]", class_of(letter));
    } else if (letter && isupper((unsigned char)letter) &&
               class_of((char)tolower((unsigned char)letter))) {
        buf_fmt(&tr->out, "[^%s]",
                class_of((char)tolower((unsigned char)letter)));
    } else if (letter && strchr("bB.[]{}()*+?|^$\\", letter)) {
        buf_fmt(&tr->out, "\\%c", letter);
    } else if (isalpha((unsigned char)letter) && control_of(letter) != letter) {
        buf_byte(&tr->out, control_of(letter));
    } else if (isalnum((unsigned char)letter) || !letter) {
        tr->why = "an escape that is not supported";
        return;
    } else {
        buf_byte(&tr->out, letter);
    }
    tr->at++;
}

/* A backslash inside of brackets.  ']' and '-' have their own places. */
static void bracket_escape(struct translation *tr, bool *close, bool *dash)
{
    char letter = *++tr->at;

    if (letter == ']')
        *close = true;
    else if (letter == '-')
        *dash = true;
    else if (class_of(letter))
        buf_str(&tr->out, class_of(letter));
    else if (isalnum((unsigned char)letter) && control_of(letter) == letter)
        tr->why = "an escape that is not supported";
    else if (letter)
        buf_byte(&tr->out, control_of(letter));
    if (letter)
        tr->at++;
}

static void bracket(struct translation *tr)
{
    struct buf whole = {0};
    struct buf before = tr->out;
    bool close = false;
    bool dash = false;
    bool negated;

    tr->at++;
    negated = *tr->at == '^';
    tr->at += negated;
    tr->out = (struct buf){0};
    while (*tr->at && *tr->at != ']' && !tr->why) {
        if (*tr->at == '\\')
            bracket_escape(tr, &close, &dash);
        else if (*tr->at == '-' && (tr->out.len == 0 || tr->at[1] == ']'))
            dash = tr->at++ != NULL;
        else if (*tr->at == '[' && strchr(":.=", tr->at[1]) && tr->at[1])
            tr->why = "a bracket that is not supported";
        else
            buf_byte(&tr->out, *tr->at++);
    }
    if (!*tr->at || (tr->out.len == 0 && !close && !dash))
        tr->why = "a bracket that is not closed, or empty";
    else
        tr->at++;
    /* "^" alone in front would negate. */
    buf_fmt(&whole, "[%s%s%.*s%s]", negated ? "^" : "", close ? "]" : "",
            (int)tr->out.len, tr->out.data ? tr->out.data : "",
            dash ? "-" : "");
    buf_release(&tr->out);
    tr->out = before;
    buf_put(&tr->out, whole.data, whole.len);
    buf_release(&whole);
}

static void group(struct translation *tr)
{
    tr->at++;
    if (*tr->at == '?' && tr->at[1] == ':')
        tr->at += 2;
    else if (*tr->at == '?')
        tr->why = "a group that looks around";
    buf_byte(&tr->out, '(');
}

/* "{2,5}"; a brace that is none stands for itself. */
static void brace(struct translation *tr)
{
    const char *digits = tr->at + 1;
    char *rest;
    long least = strtol(digits, &rest, 10);
    long most = least;

    if (!isdigit((unsigned char)*digits)) {
        buf_str(&tr->out, "\\{");
        tr->at++;
        return;
    }
    if (*rest == ',' && isdigit((unsigned char)rest[1]))
        most = strtol(rest + 1, &rest, 10);
    else if (*rest == ',')
        rest++;
    if (*rest != '}' || least > 255 || most > 255 || most < least) {
        tr->why = "a repeat that is not supported";
        return;
    }
    tr->repeats *= most > 1 ? most : 1;
    buf_put(&tr->out, tr->at, (size_t)(rest + 1 - tr->at));
    tr->at = rest + 1;
}

static bool is_repeat(char byte)
{
    return byte && strchr("*+?{", byte) != NULL;
}

static void one(struct translation *tr)
{
    bool repeat = is_repeat(*tr->at);

    switch (*tr->at) {
    case '\\':
        escape(tr);
        break;
    case '[':
        bracket(tr);
        break;
    case '(':
        group(tr);
        break;
    case '{':
        brace(tr);
        break;
    case '}':
        buf_str(&tr->out, "\\}");
        tr->at++;
        break;
    default:
        buf_byte(&tr->out, *tr->at++);
    }
    if (repeat && (*tr->at == '?' || *tr->at == '+'))
        tr->why = "a repeat that is not greedy";
    if (tr->repeats > REPEATS_MAX)
        tr->why = "too many repeats";
}

int llm_pattern_compile(const struct json_slice *pattern, regex_t *regex,
                        struct err *err)
{
    struct translation tr = {.repeats = 1};
    struct buf text = {0};

    json_decode(pattern, &text);
    tr.at = text.data ? text.data : "";
    if (text.len > LLM_PATTERN_MAX)
        tr.why = "longer than 1024 bytes";
    while (*tr.at && !tr.why)
        one(&tr);
    buf_put(&tr.out, "", 0);
    /* An empty expression is not one in POSIX; "^" matches all, too. */
    if (!tr.why && regcomp(regex, tr.out.len > 0 ? tr.out.data : "^",
                           REG_EXTENDED | REG_NOSUB) != 0)
        tr.why = "not a regular expression";
    buf_release(&text);
    buf_release(&tr.out);
    return tr.why ? err_set(err, ERR_DATA, "pattern: %s", tr.why) : 0;
}
