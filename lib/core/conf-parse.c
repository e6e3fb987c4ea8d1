/*
 * conf-parse.c - from text to values, and from typing errors to names
 *
 * The messages say what was expected and what was got; whose value it is
 * (an option, a variable, a line of a file) is put in front by the caller.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/conf-internal.h"
#include "core/decimal.h"

enum { TEXT_LIMIT = 4096, WORD_LIMIT = 64 };

static bool within(int64_t num, int64_t min, int64_t max)
{
    return (min == 0 && max == 0) || (num >= min && num <= max);
}

int conf_parse_int(const char *text, int64_t min, int64_t max, int64_t *num,
                   struct err *err)
{
    char *end = NULL;
    int64_t got;

    errno = 0;
    got = strtoll(text, &end, 10);
    /* strtoll() would let white space and a plus sign pass. */
    if ((*text == '-' || isdigit((unsigned char)*text)) && end != text &&
        !*end && errno == 0 && within(got, min, max)) {
        *num = got;
        return 0;
    }
    if (min == 0 && max == 0)
        return err_set(err, ERR_USAGE, "must be an integer (got '%.80s')",
                       text);
    return err_set(err, ERR_USAGE,
                   "must be an integer from %" PRId64 " to %" PRId64
                   " (got '%.80s')",
                   min, max, text);
}

int conf_parse_size(const char *text, int64_t *bytes, struct err *err)
{
    static const char suffixes[] = "kmg";
    const char *suffix = NULL;
    char *end = NULL;
    int64_t num = -1;
    int shift = 0;

    errno = 0;
    if (isdigit((unsigned char)*text))
        num = strtoll(text, &end, 10);
    if (num >= 0 && *end)
        suffix = strchr(suffixes, tolower((unsigned char)*end));
    if (suffix) {
        shift = 10 * (int)(suffix - suffixes + 1);
        end++;
    }
    if (num < 0 || errno != 0 || *end || num > INT64_MAX >> shift)
        return err_set(err, ERR_USAGE,
                       "must be a size such as 64k, 1m or 1048576"
                       " (got '%.80s')",
                       text);
    *bytes = num << shift;
    return 0;
}

bool conf_choice_has(const char *values, const char *word)
{
    size_t len = strlen(word);

    while (*values) {
        size_t span = strcspn(values, "|");

        if (span == len && strncmp(values, word, len) == 0)
            return true;
        values += span + (values[span] == '|');
    }
    return false;
}

static int check_text(const struct conf_setting *setting, const char *text,
                      struct err *err)
{
    size_t len = strlen(text);

    if (len == 0)
        return err_set(err, ERR_USAGE, "must not be empty");
    if (len > TEXT_LIMIT)
        return err_set(err, ERR_USAGE, "must not be longer than %d bytes",
                       TEXT_LIMIT);
    if (!utf8_valid(text, len))
        return err_set(err, ERR_USAGE, "must be UTF-8");
    for (const char *at = text; *at; at++)
        if (iscntrl((unsigned char)*at))
            return err_set(err, ERR_USAGE, "must not hold control characters");
    if (setting->values && !conf_choice_has(setting->values, text))
        return err_set(err, ERR_USAGE, "must be one of %s (got '%.80s')",
                       setting->values, text);
    return 0;
}

static int check_word(const struct conf_setting *setting, const char *word,
                      size_t len, struct err *err)
{
    char copy[WORD_LIMIT + 1];
    int64_t num;

    if (len == 0 || len > WORD_LIMIT)
        return err_set(err, ERR_USAGE, "each word must have 1 to %d characters",
                       WORD_LIMIT);
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)word[i]) && !strchr("_.:-", word[i]))
            return err_set(err, ERR_USAGE,
                           "words are of letters, digits and _ . : -"
                           " (got '%.*s')",
                           (int)len, word);
    memcpy(copy, word, len);
    copy[len] = '\0';
    if (setting->min == 0 && setting->max == 0)
        return 0;
    return conf_parse_int(copy, setting->min, setting->max, &num, err);
}

/* Finds the next word of a list; false at its end. */
static bool next_word(const char **list, const char **word, size_t *len)
{
    const char *at = *list;

    if (!at)
        return false;
    *len = strcspn(at, ",");
    *list = at[*len] ? at + *len + 1 : NULL;
    while (*len > 0 && isblank((unsigned char)*at)) {
        at++;
        --*len;
    }
    while (*len > 0 && isblank((unsigned char)at[*len - 1]))
        --*len;
    *word = at;
    return true;
}

static int check_list(const struct conf_setting *setting, const char *text,
                      struct err *err)
{
    const char *word = NULL;
    size_t len = 0;

    if (!*text)
        return 0;
    if (strlen(text) > TEXT_LIMIT)
        return err_set(err, ERR_USAGE, "must not be longer than %d bytes",
                       TEXT_LIMIT);
    while (next_word(&text, &word, &len))
        if (check_word(setting, word, len, err) < 0)
            return -1;
    return 0;
}

bool conf_list_has(const struct conf *conf, const char *name, const char *word)
{
    const char *list = conf_text(conf, name);
    const char *at = NULL;
    size_t want = strlen(word);
    size_t len = 0;

    while (next_word(&list, &at, &len))
        if (want > 0 && len == want && strncmp(at, word, len) == 0)
            return true;
    return false;
}

static int check_bool(const char *text, int64_t *num, struct err *err)
{
    if (conf_choice_has("true|yes|on|1", text))
        *num = 1;
    else if (conf_choice_has("false|no|off|0", text))
        *num = 0;
    else
        return err_set(err, ERR_USAGE, "must be true or false (got '%.80s')",
                       text);
    return 0;
}

static int check_size(const struct conf_setting *setting, const char *text,
                      int64_t *num, struct err *err)
{
    if (conf_parse_size(text, num, err) < 0)
        return -1;
    if (!within(*num, setting->min, setting->max))
        return err_set(err, ERR_USAGE,
                       "must be from %" PRId64 " to %" PRId64
                       " bytes (got '%.80s')",
                       setting->min, setting->max, text);
    return 0;
}

static int check_duration(const struct conf_setting *setting, const char *text,
                          int64_t *num, struct err *err)
{
    if (clock_parse_duration(text, num, err) < 0) {
        err->code = ERR_USAGE;
        return -1;
    }
    if (!within(*num, setting->min, setting->max)) {
        char min[CLOCK_SPAN_SIZE];
        char max[CLOCK_SPAN_SIZE];

        return err_set(err, ERR_USAGE, "must be from %s to %s (got '%.80s')",
                       clock_span(setting->min, min),
                       clock_span(setting->max, max), text);
    }
    return 0;
}

static int check_money(const char *text, int64_t *num, struct err *err)
{
    if (decimal_parse(text, strlen(text), 12, INT64_MAX, num) != 1)
        return err_set(err, ERR_USAGE,
                       "must be US dollars such as 0.50, up to 9000000"
                       " (got '%.80s')",
                       text);
    return 0;
}

/* What is wrong may be the secret itself: it is not repeated. */
static int check_reference(const struct conf_setting *setting, const char *text,
                           struct err *err)
{
    if (strcmp(text, "none") == 0 || conf_is_reference(text))
        return check_text(setting, text, err);
    err_set(err, ERR_USAGE, "a secret must not be written here");
    return err_hint(err, "name where it is: env:NAME or file:PATH");
}

int conf_check(const struct conf_setting *setting, const char *text,
               int64_t *num, struct err *err)
{
    int64_t value = 0;
    int ret = -1;

    switch (setting->kind) {
    case CONF_TEXT:
        ret = check_text(setting, text, err);
        break;
    case CONF_INT:
        ret = conf_parse_int(text, setting->min, setting->max, &value, err);
        break;
    case CONF_DURATION:
        ret = check_duration(setting, text, &value, err);
        break;
    case CONF_SIZE:
        ret = check_size(setting, text, &value, err);
        break;
    case CONF_BOOL:
        ret = check_bool(text, &value, err);
        break;
    case CONF_LIST:
        ret = check_list(setting, text, err);
        break;
    case CONF_MONEY:
        ret = check_money(text, &value, err);
        break;
    case CONF_REFERENCE:
        ret = check_reference(setting, text, err);
        break;
    }
    if (ret == 0)
        *num = value;
    return ret;
}
