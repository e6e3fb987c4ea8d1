/*
 * record-check.c - what text may be in which field
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/attr.h"
#include "core/conf.h"
#include "core/mem.h"
#include "task/record-field.h"

const char *const task_builtin_types[7] = {
    "code",     "research",  "qa",      "documentation",
    "analysis", "synthesis", "trading",
};

int record_check_description(const struct field *field,
                             const struct value *value,
                             const struct task_rules *rules, struct err *err)
{
    size_t length = utf8_length(value->text, value->len);

    (void)rules;
    if (length >= (size_t)field->min && length <= (size_t)field->max)
        return 0;
    return err_set(err, ERR_DATA, "%s: %s (got %zu)", field->name, field->rule,
                   length);
}

/* Would a message show it unchanged? */
static bool is_printable(const char *text, size_t len)
{
    struct buf shown = {0};
    bool same;
    size_t i = 0;

    while (i < len && text[i] >= ' ' && text[i] <= '~')
        i++;
    if (i == len)
        return true;
    buf_printable(&shown, text, len);
    same = shown.len == len && memcmp(shown.data, text, len) == 0;
    buf_release(&shown);
    return same;
}

int record_check_name(const struct field *field, const struct value *value,
                      const struct task_rules *rules, struct err *err)
{
    (void)rules;
    if (value->len < (size_t)field->min || value->len > (size_t)field->max ||
        !is_printable(value->text, value->len))
        return record_refuse(field, value, err);
    return 0;
}

static int unknown_type(const struct field *field, const struct value *value,
                        const struct task_rules *rules, struct err *err)
{
    struct buf shown = {0};
    const char *near = NULL;

    record_show(value->text, value->len, &shown);
    if (value->len <= (size_t)field->max)
        near = conf_nearest(value->text, rules->types, rules->type_count);
    if (near)
        err_set(err, ERR_DATA, "%s: unknown type '%s' (did you mean '%s'?)",
                field->name, shown.data, near);
    else
        err_set(err, ERR_DATA, "%s: unknown type '%s'", field->name,
                shown.data);
    buf_release(&shown);
    return -1;
}

/*
 * Unknown comes before malformed: to somebody who wrote "Code", the name
 * that was meant says more than the alphabet.
 */
int record_check_type(const struct field *field, const struct value *value,
                      const struct task_rules *rules, struct err *err)
{
    static const struct task_rules builtin = {task_builtin_types,
                                              LENGTH(task_builtin_types)};
    size_t i = 0;

    if (!rules)
        rules = &builtin;
    while (i < rules->type_count && strcmp(value->text, rules->types[i]) != 0)
        i++;
    if (i == rules->type_count)
        return unknown_type(field, value, rules, err);
    if (value->len > (size_t)field->max || value->text[0] < 'a' ||
        value->text[0] > 'z' ||
        value->text[strspn(value->text,
                           "abcdefghijklmnopqrstuvwxyz0123456789_-")])
        return record_refuse(field, value, err);
    return 0;
}

/* Only characters that RFC 3986 knows: no blanks, no quotes, no bytes. */
static bool is_url_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("\"<>\\^`{|}", text[i]))
            return false;
    return true;
}

/* The value is not shown: a URL may carry a secret. */
int task_url_check(const char *url, size_t len, struct err *err)
{
    const char *host = NULL;
    size_t authority = 0;

    if (strncasecmp(url, "https://", 8) == 0)
        host = url + 8;
    else if (strncasecmp(url, "http://", 7) == 0)
        host = url + 7;
    if (host)
        authority = strcspn(host, "/?#");
    if (authority > 0 && memchr(host, '@', authority))
        return err_set(err, ERR_DATA, "must not carry a user or a password");
    if (authority == 0 || host[0] == ':' || len > TASK_URL_MAX ||
        !is_url_text(url, len))
        return err_set(err, ERR_DATA,
                       "must be an http or https URL of at most %d bytes",
                       TASK_URL_MAX);
    return 0;
}

int record_check_webhook(const struct field *field, const struct value *value,
                         const struct task_rules *rules, struct err *err)
{
    (void)rules;
    if (task_url_check(value->text, value->len, err) < 0)
        return err_wrap(err, "%s", field->name);
    return 0;
}

int record_check_privacy(const struct field *field, const struct value *value,
                         const struct task_rules *rules, struct err *err)
{
    (void)rules;
    if (strcmp(value->text, "local") != 0 && strcmp(value->text, "eu") != 0 &&
        strcmp(value->text, "public") != 0)
        return record_refuse(field, value, err);
    return 0;
}

int record_check_policy(const struct field *field, const struct value *value,
                        const struct task_rules *rules, struct err *err)
{
    (void)rules;
    if (strcmp(value->text, "cancel") != 0 && strcmp(value->text, "run") != 0)
        return record_refuse(field, value, err);
    return 0;
}
