/*
 * control.c - the lines on descriptor 3
 */
#include "config.h"

#include "work/control.h"

#include <stdio.h>
#include <string.h>

#include "core/attr.h"
#include "core/clock.h"
#include "core/json.h"

enum { WORD_MAX = 64 };

/* The next word of the text, which moves on to what is behind it. */
static size_t word(const char **text, size_t *len, char out[WORD_MAX])
{
    const char *space = memchr(*text, ' ', *len);
    size_t n = space ? (size_t)(space - *text) : *len;
    size_t fit = n < WORD_MAX ? n : WORD_MAX - 1;

    memcpy(out, *text, fit);
    out[fit] = '\0';
    *text += n + (space != NULL);
    *len -= n + (space != NULL);
    return n;
}

static int parse_progress(const char *text, size_t len,
                          struct control_line *out, struct err *err)
{
    char number[WORD_MAX];
    size_t n = word(&text, &len, number);
    int percent = 0;
    size_t i;

    for (i = 0; i < n && i < 3 && number[i] >= '0' && number[i] <= '9'; i++)
        percent = percent * 10 + (number[i] - '0');
    if (n > 0 && number[n < WORD_MAX ? n - 1 : 0] == '%')
        n--;
    if (i == 0 || i != n || percent > 100)
        return err_set(err, ERR_DATA,
                       "progress: must be a percentage from 0 to 100 (got "
                       "'%.20s')",
                       number);
    out->percent = percent;
    out->text = text;
    out->len = len;
    return 0;
}

static int parse_retry_after(const char *text, size_t len,
                             struct control_line *out, struct err *err)
{
    char duration[WORD_MAX];

    if (word(&text, &len, duration) >= WORD_MAX || len > 0 ||
        clock_parse_duration(duration, &out->usec, err) < 0)
        return err_set(err, ERR_DATA,
                       "retry_after: must be a duration (got "
                       "'%.20s')",
                       duration);
    return 0;
}

static int parse_artifact(const char *text, size_t len,
                          struct control_line *out, struct err *err)
{
    if (len == 0 || memchr(text, '\0', len))
        return err_set(err, ERR_DATA, "artifact: must be the path of a file");
    out->text = text;
    out->len = len;
    return 0;
}

static int parse_result(const char *text, size_t len, struct control_line *out,
                        struct err *err)
{
    struct json_slice value;

    if (json_check(text, len, &value, err) < 0)
        return err_wrap(err, "result");
    out->text = value.data;
    out->len = value.len;
    return 0;
}

/* Whoever takes it judges it: what is wrong with it has consequences. */
static int parse_later(const char *text, size_t len, struct control_line *out,
                       struct err *err)
{
    (void)err;
    out->text = text;
    out->len = len;
    return 0;
}

int control_parse(const char *line, size_t len, struct control_line *out,
                  struct err *err)
{
    static const struct {
        const char *word;
        int (*parse)(const char *text, size_t len, struct control_line *out,
                     struct err *err);
    } kinds[] = {
        [CONTROL_PROGRESS] = {"progress", parse_progress},
        [CONTROL_RETRY_AFTER] = {"retry_after", parse_retry_after},
        [CONTROL_ARTIFACT] = {"artifact", parse_artifact},
        [CONTROL_RESULT] = {"result", parse_result},
        [CONTROL_TASK] = {"task", parse_later},
        [CONTROL_ACTION] = {"action", parse_later},
    };
    char name[WORD_MAX];
    size_t i;

    *out = (struct control_line){0};
    if (len > 0 && line[len - 1] == '\r')
        len--;
    word(&line, &len, name);
    for (i = 0; i < LENGTH(kinds); i++) {
        if (strcmp(name, kinds[i].word) != 0)
            continue;
        out->kind = (enum control_kind)i;
        return kinds[i].parse(line, len, out, err);
    }
    return err_set(err, ERR_DATA, "unknown control line '%.40s'", name);
}
