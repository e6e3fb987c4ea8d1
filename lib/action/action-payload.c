/*
 * action-payload.c - what the payload of each type must have
 *
 * Keys beyond these are the user's own.  Workers judge payloads too, and
 * have no use for what carries them out: nothing here needs libcurl.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "action/action-payload.h"
#include "task/record.h"

enum { PATH_LIMIT = 1024 };

/* The member; any type will do. */
static int need(const struct json_slice *payload, const char *name,
                struct json_slice *value, struct err *err)
{
    if (json_member(payload, name, value) != 1)
        return err_set(err, ERR_DATA, "payload: '%s' is missing", name);
    return 0;
}

static int need_type(const struct json_slice *payload, const char *name,
                     enum json_type type, struct err *err)
{
    struct json_slice value;

    if (need(payload, name, &value, err) < 0)
        return -1;
    if (value.type != type)
        return err_set(err, ERR_DATA, "payload: '%s' must be %s, not %s", name,
                       json_type_name(type), json_type_name(value.type));
    if (type == JSON_STRING && json_equals(&value, ""))
        return err_set(err, ERR_DATA, "payload: '%s' is empty", name);
    return 0;
}

static int check_webhook(const struct json_slice *payload, struct err *err)
{
    char *url;
    int ret;

    if (need_type(payload, "url", JSON_STRING, err) < 0 ||
        need_type(payload, "event", JSON_OBJECT, err) < 0)
        return -1;
    url = payload_text(payload, "url");
    ret = task_url_check(url, strlen(url), err);
    free(url);
    return ret < 0 ? err_wrap(err, "payload: 'url'") : 0;
}

static int check_social(const struct json_slice *payload, struct err *err)
{
    if (need_type(payload, "social_platform", JSON_STRING, err) < 0 ||
        need_type(payload, "content", JSON_STRING, err) < 0)
        return -1;
    return need_type(payload, "audience", JSON_STRING, err);
}

static int check_command(const struct json_slice *payload, struct err *err)
{
    struct json_slice input;

    if (need_type(payload, "name", JSON_STRING, err) < 0)
        return -1;
    return need(payload, "input", &input, err);
}

bool file_path_plain(const char *path)
{
    size_t i;

    if (strlen(path) > PATH_LIMIT)
        return false;
    for (i = 0; path[i]; i++)
        if ((unsigned char)path[i] < 0x20 || path[i] == 0x7f)
            return false;
    do {
        size_t len = strcspn(path, "/");

        if (len == 0 || (len == 1 && *path == '.') ||
            (len == 2 && strncmp(path, "..", 2) == 0))
            return false;
        path += len;
    } while (*path++ == '/');
    return true;
}

static int check_file(const struct json_slice *payload, struct err *err)
{
    struct json_slice content;
    char *path;
    bool plain;

    if (need_type(payload, "path", JSON_STRING, err) < 0 ||
        need(payload, "content", &content, err) < 0)
        return -1;
    path = payload_text(payload, "path");
    plain = file_path_plain(path);
    free(path);
    if (!plain)
        return err_set(err, ERR_DATA,
                       "payload: 'path' must be a relative path of plain "
                       "names, without '.' or '..'");
    return 0;
}

static const struct {
    const char *name;
    int (*check)(const struct json_slice *payload, struct err *err);
} types[] = {
    {"webhook", check_webhook},
    {"post_social", check_social},
    {"command", check_command},
    {"file", check_file},
};

const char *const *action_types(size_t *count)
{
    static const char *names[LENGTH(types)];
    size_t i;

    for (i = 0; i < LENGTH(types); i++)
        names[i] = types[i].name;
    *count = LENGTH(types);
    return names;
}

int payload_check(const char *type, const char *json, size_t len,
                  struct json_slice *payload, struct err *err)
{
    size_t i = 0;

    while (i < LENGTH(types) && strcmp(types[i].name, type) != 0)
        i++;
    if (i == LENGTH(types)) {
        err_set(err, ERR_DATA, "unknown type of action '%.64s'", type);
        return err_hint(err, "there are webhook, post_social, command and "
                             "file");
    }
    if (len > ACTION_PAYLOAD_MAX)
        return err_set(err, ERR_DATA, "payload: is longer than %d bytes",
                       ACTION_PAYLOAD_MAX);
    if (json_check(json, len, payload, err) < 0)
        return err_wrap(err, "payload");
    if (payload->type != JSON_OBJECT)
        return err_set(err, ERR_DATA, "payload: must be an object, not %s",
                       json_type_name(payload->type));
    return types[i].check(payload, err);
}

int action_check(const char *action_type, const char *payload_json, size_t len,
                 struct err *err)
{
    struct json_slice payload;

    return payload_check(action_type, payload_json, len, &payload, err);
}

int action_key_check(const char *key, size_t len, struct err *err)
{
    if (len == 0 || len > ACTION_KEY_MAX || !utf8_valid(key, len) ||
        memchr(key, '\0', len))
        return err_set(err, ERR_DATA, "must be UTF-8 of at most %d bytes",
                       ACTION_KEY_MAX);
    return 0;
}

void payload_bytes(const struct json_slice *payload, const char *name,
                   struct buf *out)
{
    struct json_slice value;

    buf_str(out, "");
    if (json_member(payload, name, &value) != 1)
        return;
    if (value.type == JSON_STRING)
        json_decode(&value, out);
    else
        buf_put(out, value.data, value.len);
}

char *payload_text(const struct json_slice *payload, const char *name)
{
    struct buf text = {0};

    payload_bytes(payload, name, &text);
    return buf_detach(&text);
}
