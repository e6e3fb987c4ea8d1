/*
 * message.c - one line of a co-process
 */
#include "config.h"

#include "work/message.h"

#include <string.h>

#include "core/attr.h"
#include "core/clock.h"

/* Longer waits are mistakes. */
#define RETRY_AFTER_MAX (365.0 * 86400)

static bool is(const struct json_slice *slice, const char *text, size_t len)
{
    return slice->len == len && memcmp(slice->data, text, len) == 0;
}

static enum message_type type_of(const struct json_slice *name)
{
    static const struct {
        const char *text;
        enum message_type type;
    } types[] = {
        {"\"task_complete\"", MESSAGE_COMPLETE},
        {"\"task_failed\"", MESSAGE_FAILED},
        {"\"task_progress\"", MESSAGE_PROGRESS},
        {"\"heartbeat\"", MESSAGE_HEARTBEAT},
        {"\"register\"", MESSAGE_REGISTER},
    };
    size_t i;

    for (i = 0; i < LENGTH(types); i++)
        if (is(name, types[i].text, strlen(types[i].text)))
            return types[i].type;
    return MESSAGE_UNKNOWN;
}

/* Seconds, or a duration as text. */
static int64_t duration_of(const struct json_slice *value)
{
    struct buf text = {0};
    struct err err = {0};
    int64_t usec = 0;

    if (value->type == JSON_NUMBER) {
        double seconds = json_double(value);

        if (seconds > 0)
            usec = (int64_t)((seconds < RETRY_AFTER_MAX ? seconds
                                                        : RETRY_AFTER_MAX) *
                             (double)USEC_PER_SEC);
    } else if (value->type == JSON_STRING) {
        json_decode(value, &text);
        if (clock_parse_duration(text.data ? text.data : "", &usec, &err) < 0)
            usec = 0;
        buf_release(&text);
    }
    return usec;
}

static int percent_of(const struct json_slice *value)
{
    double percent;

    if (value->type != JSON_NUMBER)
        return -1;
    percent = json_double(value);
    if (percent < 0)
        return 0;
    return percent > 100 ? 100 : (int)percent;
}

static void take(struct message *message, const struct json_slice *key,
                 const struct json_slice *value)
{
    static const struct {
        const char *key;
        size_t at;
    } slices[] = {
        {"\"type\"", offsetof(struct message, name)},
        {"\"task_id\"", offsetof(struct message, task_id)},
        {"\"result\"", offsetof(struct message, result)},
        {"\"attempt\"", offsetof(struct message, attempt)},
        {"\"text\"", offsetof(struct message, text)},
        {"\"error\"", offsetof(struct message, error)},
        {"\"tasks\"", offsetof(struct message, tasks)},
        {"\"actions\"", offsetof(struct message, actions)},
    };
    size_t i;

    for (i = 0; i < LENGTH(slices); i++) {
        if (is(key, slices[i].key, strlen(slices[i].key))) {
            memcpy((char *)message + slices[i].at, value, sizeof(*value));
            return;
        }
    }
    if (is(key, "\"percent\"", 9))
        message->percent = percent_of(value);
    else if (is(key, "\"permanent\"", 11))
        message->permanent = value->type == JSON_TRUE;
    else if (is(key, "\"retry_after\"", 13))
        message->retry_after = duration_of(value);
}

int message_parse(const char *line, size_t len, struct message *message,
                  struct err *err)
{
    struct json_walk walk = {0};
    struct json_slice key, value;

    *message = (struct message){.type = MESSAGE_UNKNOWN, .percent = -1};
    if (json_check(line, len, &walk.within, err) < 0)
        return -1;
    if (walk.within.type != JSON_OBJECT)
        return err_set(err, ERR_DATA, "must be an object, not %s",
                       json_type_name(walk.within.type));
    while (json_next(&walk, &key, &value))
        take(message, &key, &value);
    if (message->name.data)
        message->type = type_of(&message->name);
    return 0;
}
