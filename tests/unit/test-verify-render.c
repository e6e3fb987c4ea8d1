/*
 * Verdicts, and how they are written down whatever the texts hold.
 */
#include "config.h"

#include <string.h>

#include "tap.h"
#include "verify/render.h"

static int64_t now;

static int64_t tick(void)
{
    return now += 1500000;
}

static void one(struct verify *verify, const char *name)
{
    verify->area = "area";
    verify_begin(verify, name, "something holds");
}

static void test_verdicts(void)
{
    struct verify verify = {.clock = tick};
    struct err err = {.code = ERR_UNAVAIL, .msg = "away"};

    ok(verify_verdict(&verify) == ERR_NONE, "nothing checked is GO");
    one(&verify, "good");
    verify_end(&verify);
    one(&verify, "skipped");
    verify_skip(&verify, "not %s", "here");
    verify_end(&verify);
    ok(verify_verdict(&verify) == ERR_NONE, "passed and skipped is GO");
    ok(verify.checks[0].elapsed == 1500000, "the time of a check is taken");
    one(&verify, "unknown");
    verify_unknown(&verify, &err);
    verify_end(&verify);
    ok(verify_verdict(&verify) == ERR_UNAVAIL,
       "what cannot be checked has its own status");
    one(&verify, "bad");
    verify_offend(&verify, "a", "b");
    verify_unknown(&verify, &err);
    verify_skip(&verify, "late");
    verify_end(&verify);
    ok(verify_verdict(&verify) == ERR_NO && verify_count(&verify).failed == 1,
       "an offender is NO-GO, whatever else happened");
    ok(strcmp(render_verdict(&verify), "NO-GO") == 0, "and is called so");
    verify_release(&verify);
}

static void test_classes(void)
{
    ok(verify_class(ERR_UNAVAIL) == ERR_UNAVAIL &&
           verify_class(ERR_TEMP) == ERR_UNAVAIL,
       "services that are away are 69");
    ok(verify_class(ERR_CONFIG) == ERR_CONFIG &&
           verify_class(ERR_NOINPUT) == ERR_CONFIG,
       "schema, settings and missing files are 78");
    ok(verify_class(ERR_BUG) == ERR_BUG && verify_class(ERR_OS) == ERR_BUG,
       "the rest is 70");
}

static void test_keeping(void)
{
    struct verify verify = {.keep = 2};

    one(&verify, "many");
    for (int i = 0; i < 1000; i++)
        verify_offend(&verify, "id", "number %d", i);
    verify_end(&verify);
    ok(verify.checks[0].count == 2 && verify.checks[0].total == 1000,
       "of a thousand offenders two are kept, all are counted");
    verify_release(&verify);
}

/* What a text could do: end a line, begin a tag, a directive, an escape. */
static const char hostile[] = "a\nok 9 - \x1b[2J # SKIP <b>&\"'\xff]]>";

static void test_hostile(void)
{
    struct verify verify = {0};
    struct render_facts facts = {.title = hostile, .database = hostile};
    struct buf out = {0};

    one(&verify, hostile);
    verify_offend(&verify, hostile, "%s", hostile);
    verify_note(&verify, "%s", hostile);
    verify_end(&verify);
    render_tap(&out, &verify.checks[0], 1, false);
    ok(!strchr(out.data, '\x1b') && !strstr(out.data, "\nok 9") &&
           !memmem(out.data, strcspn(out.data, "\n"), " # SKIP", 7),
       "TAP: no line, directive or escape is forged");
    buf_reset(&out);
    render_junit(&out, &verify, &facts);
    ok(!strchr(out.data, '\x1b') && !strstr(out.data, "<b>") &&
           !strstr(out.data, "]]>") && strstr(out.data, "&lt;b&gt;&amp;"),
       "JUnit: no tag is forged");
    buf_reset(&out);
    render_json(&out, &verify, &facts);
    ok(!strchr(out.data, '\x1b') && strstr(out.data, "NO-GO"),
       "JSON: no escape gets through");
    buf_release(&out);
    verify_release(&verify);
}

int main(void)
{
    test_verdicts();
    test_classes();
    test_keeping();
    test_hostile();
    return tap_done();
}
