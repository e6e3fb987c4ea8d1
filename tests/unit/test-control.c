/*
 * The lines on descriptor 3, and lines out of a stream at all.
 */
#include "config.h"

#include <string.h>

#include "core/clock.h"
#include "tap.h"
#include "work/control.h"
#include "work/lines.h"

static struct control_line line;
static struct err err;

static int parse(const char *text)
{
    err_clear(&err);
    return control_parse(text, strlen(text), &line, &err);
}

static bool says(const char *text)
{
    return line.len == strlen(text) && memcmp(line.text, text, line.len) == 0;
}

static void test_progress(void)
{
    ok(parse("progress 40 reading chapter two") == 0 &&
           line.kind == CONTROL_PROGRESS && line.percent == 40 &&
           says("reading chapter two"),
       "progress has a percentage and a text");
    ok(parse("progress 100") == 0 && line.percent == 100 && line.len == 0,
       "the text of progress may be missing");
    ok(parse("progress 7%\r") == 0 && line.percent == 7,
       "a percent sign and a carriage return do no harm");
    ok(parse("progress 101 x") < 0 && parse("progress x") < 0 &&
           parse("progress -1") < 0 && parse("progress") < 0 &&
           parse("progress 4294967297") < 0,
       "a percentage is a number from 0 to 100");
}

static void test_others(void)
{
    ok(parse("retry_after 120") == 0 && line.kind == CONTROL_RETRY_AFTER &&
           line.usec == 120 * USEC_PER_SEC,
       "retry_after takes seconds");
    ok(parse("retry_after 2m") == 0 && line.usec == 120 * USEC_PER_SEC,
       "retry_after takes a duration");
    ok(parse("retry_after soon") < 0 && parse("retry_after 1 2") < 0,
       "retry_after takes nothing else");
    ok(parse("artifact a report.pdf") == 0 && line.kind == CONTROL_ARTIFACT &&
           says("a report.pdf"),
       "a path may hold spaces");
    ok(parse("artifact ") < 0, "an artifact needs a path");
    ok(parse("result {\"a\": 1} ") == 0 && line.kind == CONTROL_RESULT &&
           says("{\"a\": 1}"),
       "a result is the JSON value as it was written");
    ok(parse("result {\"a\":1,\"a\":2}") < 0 && err.code == ERR_DATA,
       "a result that is no strict JSON is refused");
    ok(parse("tasks {}") < 0 && parse("") < 0 && parse("resultx 1") < 0,
       "unknown lines are refused");
}

static void feed(struct lines *lines, const char *text)
{
    memcpy(lines_room(lines, strlen(text)), text, strlen(text));
    lines_added(lines, strlen(text));
}

static void test_lines(void)
{
    struct lines lines = {.limit = 5};
    const char *text = NULL;
    size_t len = 0;

    feed(&lines, "ab");
    ok(lines_next(&lines, &text, &len) == LINES_NONE,
       "a line without its newline is none yet");
    feed(&lines, "c\n\nd");
    ok(lines_next(&lines, &text, &len) == LINES_ONE && len == 3 &&
           memcmp(text, "abc", 3) == 0,
       "a line may come in pieces");
    ok(lines_next(&lines, &text, &len) == LINES_ONE && len == 0,
       "an empty line is a line");
    feed(&lines, "efghij");
    ok(lines_next(&lines, &text, &len) == LINES_LONG,
       "a line over the limit is told once");
    feed(&lines, "klmnop");
    ok(lines_next(&lines, &text, &len) == LINES_NONE,
       "and its rest is skipped");
    feed(&lines, "q\nrs");
    ok(lines_next(&lines, &text, &len) == LINES_NONE &&
           lines_last(&lines, &text, &len) == LINES_ONE && len == 2 &&
           memcmp(text, "rs", 2) == 0,
       "the next one is whole again, even without a newline at the end");
    ok(lines_last(&lines, &text, &len) == LINES_NONE,
       "nothing is left after the last one");
    feed(&lines, "1234567\n89\n");
    ok(lines_next(&lines, &text, &len) == LINES_LONG,
       "a long line that came at once is told too");
    ok(lines_next(&lines, &text, &len) == LINES_ONE && len == 2,
       "and only that one is skipped");
    lines_release(&lines);
}

int main(void)
{
    test_progress();
    test_others();
    test_lines();
    return tap_done();
}
