/*
 * output.c - the JSON in what a model wrote
 *
 * Candidates are tried in the order in which they stand; the first that
 * can be read wins.  Their number is bounded, so time is linear.
 */
#include "config.h"

#include "llm/output.h"

#include <string.h>

#include "llm/wire-internal.h"

enum { CANDIDATES = 32 };

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* --- what stands around it ------------------------------------------------ */

/* Behind the thoughts; also when only their end is there, because the
 * template of the model opened them. */
static const char *skip_thoughts(const char *at, const char *end)
{
    static const char *const marks[] = {"</think>", "</thinking>",
                                        "</reasoning>"};
    const char *behind = at;
    size_t i;

    for (i = 0; i < LENGTH(marks); i++) {
        size_t len = strlen(marks[i]);
        const char *found = memmem(at, (size_t)(end - at), marks[i], len);
        const char *bracket = memchr(at, '{', (size_t)(end - at));

        /* Inside of the JSON it is text. */
        if (found && found + len > behind &&
            (!bracket || found < bracket || *at == '<'))
            behind = found + len;
    }
    return behind;
}

/* The inside of the first code fence; false if there is none. */
static bool in_fence(const char **at, const char **end)
{
    const char *open = memmem(*at, (size_t)(*end - *at), "```", 3);
    const char *line;
    const char *close;

    if (!open || memchr(*at, '{', (size_t)(open - *at)))
        return false;
    line = memchr(open, '\n', (size_t)(*end - open));
    if (!line)
        return false;
    close = memmem(line, (size_t)(*end - line), "\n```", 4);
    *at = line + 1;
    if (close)
        *end = close;
    return true;
}

/* --- one candidate -------------------------------------------------------- */

/* A comma that only a bracket follows. */
static bool is_idle(const char *comma, const char *end)
{
    const char *at = comma + 1;

    while (at < end && is_space(*at))
        at++;
    return at < end && (*at == '}' || *at == ']');
}

/* Copy without idle commas, with line ends in strings as escapes. */
static void tidy(const char *at, const char *end, struct buf *out)
{
    bool quoted = false;

    for (; at < end; at++) {
        if (quoted && (unsigned char)*at < 0x20) {
            buf_fmt(out, "\\u%04x", (unsigned)*at);
            continue;
        }
        if (!quoted && *at == ',' && is_idle(at, end))
            continue;
        buf_byte(out, *at);
        if (quoted && *at == '\\' && at + 1 < end &&
            (unsigned char)at[1] > 0x1f)
            buf_byte(out, *++at);
        else if (*at == '"')
            quoted = !quoted;
    }
}

static int try(const char *at, const char *end, struct buf *json,
               struct err *err)
{
    struct json_slice value;
    struct buf text = {0};
    struct buf scratch = {0};
    int ret;

    tidy(at, end, &text);
    ret = llm_json(text.data, text.len, &scratch, &value, err);
    if (ret == 0)
        buf_put(json, value.data, value.len);
    buf_release(&text);
    buf_release(&scratch);
    return ret;
}

/*
 * An object begins with a name, or ends at once; a list of numbers, "[1]",
 * is a footnote as long as there is anything better.
 */
static bool is_likely(const char *at, const char *end)
{
    const char *firsts = *at == '{' ? "\"}" : "{[\"";

    for (at++; at < end && is_space(*at); at++)
        ;
    return at < end && *at && strchr(firsts, *at);
}

/*
 * 1 found, 0 not, -1 what there is was cut short or cannot be read.  What
 * is inside of a candidate that fails is a part of an answer, never the
 * answer.
 */
static int search(const char *at, const char *end, bool likely,
                  struct buf *json, struct err *err)
{
    struct err why;
    int found = 0;
    int left = CANDIDATES;

    for (; at < end && left > 0; at++) {
        const char *behind;

        if ((*at != '{' && *at != '[') || is_likely(at, end) != likely)
            continue;
        left--;
        behind = llm_balance(at, end);
        if (behind && try(at, behind, json, found == 0 ? err : &why) == 0)
            return 1;
        if (!behind && likely)
            return err_set(err, ERR_DATA, "a bracket is opened and not closed");
        if (likely)
            found = -1;
        if (behind)
            at = behind - 1;
    }
    return found;
}

/* --- all of it ------------------------------------------------------------ */

static int repair(const char *at, const char *end, struct buf *json,
                  struct err *err)
{
    const char *from;
    const char *to = end;
    int found;

    at = skip_thoughts(at, end);
    from = at;
    if (in_fence(&from, &to) && search(from, to, true, json, err) > 0)
        return 0;
    found = search(at, end, true, json, err);
    if (found == 0)
        found = search(at, end, false, json, err);
    return found > 0 ? 0 : -1;
}

int llm_output_json(const char *text, size_t len, struct buf *json,
                    bool *repaired, struct err *err)
{
    struct json_slice value;
    const char *end = text + len;

    *repaired = false;
    while (text < end && is_space(*text))
        text++;
    if (text == end)
        return err_set(err, ERR_DATA, "the answer is empty");
    if (json_check(text, (size_t)(end - text), &value, err) == 0) {
        buf_put(json, value.data, value.len);
        return 0;
    }
    if (repair(text, end, json, err) < 0)
        return err_wrap(err, "the answer is not JSON");
    *repaired = true;
    return 0;
}
