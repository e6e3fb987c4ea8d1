/*
 * action-payload.c - what the payload of each type must have
 *
 * Keys beyond these are the user's own.
 */
#include "config.h"

#include <stdlib.h>

#include "action/action-internal.h"

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

int payload_check_webhook(const struct json_slice *payload, struct err *err)
{
    char *url;
    int ret;

    if (need_type(payload, "url", JSON_STRING, err) < 0 ||
        need_type(payload, "event", JSON_OBJECT, err) < 0)
        return -1;
    url = payload_text(payload, "url");
    ret = http_url_check(url, err);
    free(url);
    return ret < 0 ? err_wrap(err, "payload: 'url'") : 0;
}

int payload_check_social(const struct json_slice *payload, struct err *err)
{
    if (need_type(payload, "social_platform", JSON_STRING, err) < 0 ||
        need_type(payload, "content", JSON_STRING, err) < 0)
        return -1;
    return need_type(payload, "audience", JSON_STRING, err);
}

int payload_check_command(const struct json_slice *payload, struct err *err)
{
    struct json_slice input;

    if (need_type(payload, "name", JSON_STRING, err) < 0)
        return -1;
    return need(payload, "input", &input, err);
}

int payload_check_file(const struct json_slice *payload, struct err *err)
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
