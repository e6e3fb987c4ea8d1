/*
 * Messages: what fits, what is escaped, what is put in front.
 */
#include "config.h"

#include "core/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tap.h"

static void test_a_message_reads_from_intent_to_cause(void)
{
    struct err err = {0};

    ok(err_set(&err, ERR_IO, "cannot open '%s'", "x.db") == -1,
       "err_set() returns -1");
    ok(err_hint(&err, "try %d", 1) == -1, "err_hint() returns -1");
    ok(err_wrap(&err, "cannot submit %s", "task") == -1,
       "err_wrap() returns -1");
    is(err.msg, "cannot submit task: cannot open 'x.db'",
       "the purpose stands in front");
    ok(err.code == ERR_IO, "the class stays");
    is(err.hint, "try 1", "the hint stays");
    err_set(&err, ERR_DATA, "%s again", err.msg);
    is(err.msg, "cannot submit task: cannot open 'x.db' again",
       "the old message may be an argument");
    is(err.hint, "", "a new error has no hint");
    err_clear(&err);
    ok(err.code == ERR_NONE && !err.msg[0], "it can be forgotten");
}

static void test_errno_is_explained(void)
{
    struct err err = {0};

    errno = EACCES;
    err_errno(&err, ERR_IO, "cannot open 'x'");
    is(err.msg, "cannot open 'x': permission denied",
       "the system's words begin in lower case");
}

static void test_bytes_from_outside_are_harmless(void)
{
    struct err err = {0};

    err_set(&err, ERR_DATA, "no '%s'", "a\x1b[2J\n\xff\xc2\x9b");
    is(err.msg, "no 'a\\x1b[2J\\x0a\\xff\\xc2\\x9b'",
       "controls and broken UTF-8 are escaped");
    err_set(&err, ERR_DATA, "no '%s'",
            "\xe2\x80\xae"
            "gr\xc3\xbc\xc3\x9f");
    is(err.msg, "no '\\u202Egr\xc3\xbc\xc3\x9f'",
       "so is what reorders text; letters stay");
}

static void test_long_messages_are_cut(void)
{
    struct err err = {0};
    struct buf text = {0};
    size_t len;
    int i;

    for (i = 0; i < 600; i++)
        buf_str(&text, "\xc3\xa4");
    err_set(&err, ERR_DATA, "x%s", text.data);
    len = strlen(err.msg);
    ok(len > sizeof(err.msg) - 8 && len < sizeof(err.msg), "it fills the room");
    is(err.msg + len - 3, "...", "and ends in dots");
    ok(utf8_valid(err.msg, len), "between two characters");
    err_wrap(&err, "intent");
    ok(strncmp(err.msg, "intent: x", 9) == 0, "the intent is never cut");
    buf_release(&text);
}

static void test_memory(void)
{
    char *text = xasprintf("%s-%d", "a", 5);
    char *array = NULL;
    size_t cap = 0;
    size_t i;

    is(text, "a-5", "xasprintf() formats");
    free(text);
    ok(!xstrdup_null(NULL), "no text stays none");
    for (i = 0; i < 1000; i++) {
        array = xgrow(array, i, &cap, 1);
        array[i] = (char)('a' + i % 26);
    }
    ok(cap >= 1000 && array[0] == 'a' && array[999] == 'a' + 999 % 26,
       "an array grows and keeps what it has");
    free(array);
}

int main(void)
{
    test_a_message_reads_from_intent_to_cause();
    test_errno_is_explained();
    test_bytes_from_outside_are_harmless();
    test_long_messages_are_cut();
    test_memory();
    return tap_done();
}
