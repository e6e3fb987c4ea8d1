/*
 * The built-in agent profiles, and the messages of co-processes.
 */
#include "config.h"

#include <string.h>

#include "core/clock.h"
#include "tap.h"
#include "task/record.h"
#include "work/message.h"
#include "work/work.h"

static struct message message;
static struct err err;

static bool is_type(const char *name)
{
    size_t i;

    for (i = 0; i < LENGTH(task_builtin_types); i++)
        if (strcmp(task_builtin_types[i], name) == 0)
            return true;
    return false;
}

static void test_profiles(void)
{
    struct work_profile profile;
    const char *const *names;
    size_t count, i;

    names = work_profiles(&count);
    ok(count == LENGTH(task_builtin_types), "every known type has a profile");
    for (i = 0; i < count; i++) {
        bool got = work_profile_get(names[i], &profile, &err) == 0;

        ok(got && is_type(names[i]) && profile.type_count == 1 &&
               strcmp(profile.types[0], names[i]) == 0 &&
               strcmp(profile.name, names[i]) == 0 && profile.description,
           "profile '%s' takes its own type", names[i]);
        if (got)
            work_profile_release(&profile);
    }
    ok(work_profile_get("reserch", &profile, &err) < 0 &&
           err.code == ERR_USAGE && strstr(err.hint, "'research'"),
       "an unknown profile is refused with the nearest name");
}

static int parse(const char *text)
{
    err_clear(&err);
    return message_parse(text, strlen(text), &message, &err);
}

static bool slice_is(const struct json_slice *slice, const char *text)
{
    return slice->data && slice->len == strlen(text) &&
           memcmp(slice->data, text, slice->len) == 0;
}

static void test_messages(void)
{
    ok(parse("{\"task_id\":\"x\",\"result\":{\"n\": 1e400},"
             "\"type\":\"task_complete\"}") == 0 &&
           message.type == MESSAGE_COMPLETE &&
           slice_is(&message.result, "{\"n\": 1e400}") &&
           slice_is(&message.task_id, "\"x\""),
       "members come in any order, a result keeps its bytes");
    ok(parse("{\"type\":\"task_failed\",\"permanent\":true,"
             "\"retry_after\":1.5,\"error\":\"e\"}") == 0 &&
           message.type == MESSAGE_FAILED && message.permanent &&
           message.retry_after == 3 * USEC_PER_SEC / 2 &&
           slice_is(&message.error, "\"e\""),
       "a failure says whether and when to try again");
    ok(parse("{\"type\":\"task_failed\",\"permanent\":\"true\","
             "\"retry_after\":\"2m\"}") == 0 &&
           !message.permanent && message.retry_after == 120 * USEC_PER_SEC,
       "permanent is a boolean, retry_after may be a duration");
    ok(parse("{\"type\":\"task_failed\",\"retry_after\":1e300}") == 0 &&
           message.retry_after == INT64_C(31536000) * USEC_PER_SEC,
       "no wait is longer than a year");
    ok(parse("{\"type\":\"task_progress\",\"percent\":250}") == 0 &&
           message.type == MESSAGE_PROGRESS && message.percent == 100,
       "a percentage stays within its bounds");
    ok(parse("{\"type\":\"register\"}") == 0 &&
           message.type == MESSAGE_REGISTER && message.percent == -1 &&
           !message.result.data,
       "what is not there is absent");
    ok(parse("{\"type\":\"dance\"}") == 0 && message.type == MESSAGE_UNKNOWN &&
           parse("{}") == 0 && message.type == MESSAGE_UNKNOWN,
       "other types are unknown, not errors");
    ok(parse("hello") < 0 && parse("[]") < 0 && parse("{\"type\":1,}") < 0 &&
           err.code == ERR_DATA,
       "what is no JSON object is an error");
}

int main(void)
{
    test_profiles();
    test_messages();
    return tap_done();
}
