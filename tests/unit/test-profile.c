/*
 * Agent profiles, and the messages of co-processes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "drop.h"
#include "tap.h"
#include "task/record.h"
#include "work/message.h"
#include "work/work.h"

static struct message message;
static struct err err;

static void bail_out(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

static void test_built_in(void)
{
    const char *const *names;
    size_t count, i, j;
    size_t planners = 0;

    names = work_profiles(&count);
    ok(count == LENGTH(task_builtin_types) + 4,
       "every known type has a profile, and the roles have theirs");
    for (i = 0; i < count; i++) {
        struct work_profile profile;

        if (work_profile_get(NULL, names[i], &profile, &err) < 0)
            bail_out(err.msg);
        ok(profile.type_count == 1 && strcmp(profile.name, names[i]) == 0 &&
               profile.description && strlen(profile.prompt) > 100,
           "profile '%s' has a type and a prompt", names[i]);
        for (j = 0; j < profile.follow_count; j++) {
            struct work_profile other;

            planners += j == 0;
            ok(work_profile_get(NULL, profile.follow_up[j], &other, &err) == 0,
               "... and knows '%s'", profile.follow_up[j]);
            work_profile_release(&other);
        }
        work_profile_release(&profile);
    }
    ok(planners == 1, "one of them plans for others");
    for (i = 0; i < LENGTH(task_builtin_types); i++) {
        struct work_profile profile = {0};
        bool got =
            work_profile_get(NULL, task_builtin_types[i], &profile, &err) == 0;

        ok(got && strcmp(profile.types[0], task_builtin_types[i]) == 0,
           "'%s' takes its own type", task_builtin_types[i]);
        work_profile_release(&profile);
    }
}

static void put(const char *folder, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        bail_out(path);
    free(path);
}

static bool broken(const char *folder, const char *ini, const char *words)
{
    struct work_profile profile;
    bool good;

    put(folder, "mine.ini", ini);
    err_clear(&err);
    good = work_profile_get(folder, "mine", &profile, &err) < 0 &&
           err.code == ERR_CONFIG && strstr(err.msg, words);
    if (!good)
        printf("# %s\n", err.msg);
    return good;
}

static void test_ones_own(void)
{
    char folder[] = "/tmp/aaos-profile-XXXXXX";
    struct work_profile profile;

    if (!mkdtemp(folder))
        bail_out("no folder");
    put(folder, "mine.ini",
        "[agent]\ntypes = qa, code\ntemperature = 0.25\nmax_output=300\n"
        "follow_up = qa\n");
    put(folder, "mine.md", "Be brief.\n");
    ok(work_profile_get(folder, "mine", &profile, &err) == 0 &&
           profile.type_count == 2 && profile.max_output == 300 &&
           profile.follow_count == 1 &&
           strcmp(profile.prompt, "Be brief.\n") == 0,
       "a folder adds a profile");
    is(profile.temperature, "0.25", "a number stays as it was written");
    work_profile_release(&profile);
    put(folder, "qa.ini", "[agent]\ntypes = code\n");
    put(folder, "qa.md", "Mine.");
    ok(work_profile_get(folder, "qa", &profile, &err) == 0 &&
           strcmp(profile.prompt, "Mine.") == 0,
       "... and wins over one that is built in");
    work_profile_release(&profile);
    ok(work_profile_get(folder, "code", &profile, &err) == 0,
       "the others are still there");
    work_profile_release(&profile);
    ok(broken(folder, "[agent]\ntype = qa\n", "unknown key 'type'"),
       "an unknown key is an error");
    is(err.hint, "did you mean 'types'?", "with the nearest one");
    ok(broken(folder, "[agents]\n\na = 1\n", "unknown section") &&
           broken(folder, "[agent]\nname = x\n", "'mine'") &&
           broken(folder, "[agent]\ndescription = x\n", "no types") &&
           broken(folder, "[agent]\ntypes = qa\ntemperature = .5.\n",
                  "temperature") &&
           broken(folder, "[agent]\ntypes = qa\nmax_output = 0\n",
                  "max_output") &&
           broken(folder, "[agent]\ntypes = qa\nnonsense\n", "line 3"),
       "so is whatever else is wrong with it");
    put(folder, "bare.ini", "[agent]\ntypes = qa\n");
    err_clear(&err);
    ok(work_profile_get(folder, "bare", &profile, &err) < 0 &&
           strstr(err.msg, "bare.md"),
       "a profile without a prompt is none");
    drop_tree(folder);
}

static void test_names(void)
{
    struct work_profile profile;

    err_clear(&err);
    ok(work_profile_get(NULL, "reserch", &profile, &err) < 0 &&
           err.code == ERR_USAGE && strstr(err.hint, "'research'"),
       "an unknown profile is refused with the nearest name");
    ok(work_profile_get("/", "../etc/hosts", &profile, &err) < 0 &&
           work_profile_get("/", "", &profile, &err) < 0 &&
           err.code == ERR_USAGE,
       "a name never leads out of the folder");
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
    test_built_in();
    test_ones_own();
    test_names();
    test_messages();
    return tap_done();
}
