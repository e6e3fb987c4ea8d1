/*
 * Strict JSON: what is refused and where, and slices of what is not.
 */
#include "config.h"

#include "core/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tap.h"

/* "" if the text is accepted, else the message. */
static const char *verdict_of(const char *text, size_t len)
{
    static struct err err;
    struct json_slice value = {0};
    /* An exact copy, so that a read beyond the end is seen. */
    char *copy = xmalloc(len);

    err = (struct err){0};
    memcpy(copy, text, len);
    if (json_check(copy, len, &value, &err) < 0 && err.code != ERR_DATA)
        err_set(&err, ERR_BUG, "wrong class");
    free(copy);
    return err.msg;
}

static void accepts(const char *text)
{
    struct buf name = {0};

    buf_printable(&name, text, strlen(text));
    is(verdict_of(text, strlen(text)), "", name.data);
    buf_release(&name);
}

static void refuses(const char *text, const char *why)
{
    is(verdict_of(text, strlen(text)), why, why);
}

static struct json_slice checked(const char *text)
{
    struct json_slice value = {0};
    struct err err = {0};

    if (json_check(text, strlen(text), &value, &err) < 0)
        printf("Bail out! %s: %s\n", text, err.msg);
    return value;
}

static void test_what_is_json(void)
{
    accepts("null");
    accepts(" \t\r\n true \n");
    accepts("false");
    accepts("0");
    accepts("-0");
    accepts("-0.0e-0");
    accepts("12345678901234567890123");
    accepts("1e400");
    accepts("1.5E+10");
    accepts("\"\"");
    accepts("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uABcd\"");
    accepts("\"\\ud83d\\ude00 \xf0\x9f\x98\x80 \x7f\"");
    accepts("[]");
    accepts("{}");
    accepts("[ ]");
    accepts("{ }");
    accepts(" [ 1 , [ ] , { } , \"a\" ] ");
    accepts("{ \"a\" : 1 , \"b\" : { \"a\" : 2 } , \"\" : [ { \"a\" : 3 } ] }");
}

static void test_what_is_not(void)
{
    refuses("", "at byte 0: expected a value, not the end");
    refuses("  ", "at byte 2: expected a value, not the end");
    refuses("\xef\xbb\xbf{}", "at byte 0: expected a value");
    refuses("nul", "at byte 0: expected a value");
    refuses("nulL", "at byte 0: expected a value");
    refuses("NaN", "at byte 0: expected a value");
    refuses("truefalse", "at byte 4: something behind the value");
    refuses("1 2", "at byte 2: something behind the value");
    refuses("{} }", "at byte 3: something behind the value");
    refuses("[1,]", "at byte 3: expected a value");
    refuses("[,1]", "at byte 1: expected a value");
    refuses("[1 2]", "at byte 3: expected ',' or ']'");
    refuses("[1}", "at byte 2: expected ',' or ']'");
    refuses("[1", "at byte 2: expected ',' or ']', not the end");
    refuses("[", "at byte 1: expected a value, not the end");
    refuses("]", "at byte 0: expected a value");
    refuses("{", "at byte 1: expected a key in quotes, not the end");
    refuses("{a:1}", "at byte 1: expected a key in quotes");
    refuses("{\"a\"}", "at byte 4: expected ':'");
    refuses("{\"a\":}", "at byte 5: expected a value");
    refuses("{\"a\":1,}", "at byte 7: expected a key in quotes");
    refuses("{\"a\":1]", "at byte 6: expected ',' or '}'");
    refuses("/* */1", "at byte 0: expected a value");
    refuses("'a'", "at byte 0: expected a value");
    is(verdict_of("1\0", 2), "at byte 1: something behind the value",
       "a NUL is not white space");
}

static void test_numbers_that_are_none(void)
{
    refuses("-", "at byte 1: expected a digit, not the end");
    refuses("+1", "at byte 0: expected a value");
    refuses(".5", "at byte 0: expected a value");
    refuses("01", "at byte 0: a number with a leading zero");
    refuses("[-012]", "at byte 2: a number with a leading zero");
    refuses("1.", "at byte 2: expected a digit, not the end");
    refuses("1.e5", "at byte 2: expected a digit");
    refuses("1e", "at byte 2: expected a digit, not the end");
    refuses("1e+", "at byte 3: expected a digit, not the end");
    refuses("0x1", "at byte 1: something behind the value");
    refuses("-Infinity", "at byte 1: expected a digit");
}

static void test_strings_that_are_none(void)
{
    refuses("[\"abc", "at byte 1: a string without an end");
    refuses("\"\\\"", "at byte 0: a string without an end");
    refuses("\"a\nb\"", "at byte 2: a control character must be escaped");
    is(verdict_of("\"a\0b\"", 5),
       "at byte 2: a control character must be escaped", "nor is a NUL");
    refuses("\"\\x41\"", "at byte 1: no such escape");
    refuses("\"\\", "at byte 1: no such escape");
    is(verdict_of("\"\\\0\"", 4), "at byte 1: no such escape",
       "a NUL is no escape");
    refuses("\"\\u12g4\"", "at byte 1: \\u needs four hexadecimal digits");
    refuses("\"\\u12", "at byte 1: \\u needs four hexadecimal digits");
    refuses("\"\\u0000\"", "at byte 1: \\u0000 is not allowed");
    refuses("\"\\ud800\"", "at byte 1: half of a surrogate pair");
    refuses("\"\\ud800\\n12345\"", "at byte 1: half of a surrogate pair");
    refuses("\"\\ud800\\ud800\"", "at byte 1: half of a surrogate pair");
    refuses("\"\\ud83d\\ue000\"", "at byte 1: half of a surrogate pair");
    refuses("\"\\ud83d\\ude0", "at byte 1: half of a surrogate pair");
    refuses("\"\\udc00\"", "at byte 1: half of a surrogate pair");
    refuses("\"\\udc00\\udc00\"", "at byte 1: half of a surrogate pair");
    refuses("\"abc\xff\"", "at byte 4: the bytes are no UTF-8");
    refuses("\"\xc0\x80\"", "at byte 1: the bytes are no UTF-8");
    refuses("\"\xed\xa0\x80\"", "at byte 1: the bytes are no UTF-8");
    refuses("\"\xe2\x82", "at byte 1: the bytes are no UTF-8");
}

static void test_keys_that_come_twice(void)
{
    refuses("{\"a\":1,\"b\":2,\"a\":3}", "at byte 13: duplicate key 'a'");
    refuses("{\"a\":1,\"\\u0061\":3}", "at byte 7: duplicate key '\\u0061'");
    refuses("{\"\":1,\"\":3}", "at byte 6: duplicate key ''");
    refuses("[{\"x\":{\"k\\n\":1,\"k\\u000a\":1}}]",
            "at byte 15: duplicate key 'k\\u000a'");
    refuses("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":3}",
            "at byte 10: duplicate key '\\ud83d\\ude00'");
    accepts("{\"a\":1,\"A\":2,\"aa\":3,\"\\u00e4\":4,\"\":5}");
    accepts("{\"a\":{\"b\":1},\"b\":{\"a\":1}}");
}

/* An object of count keys; the one at `twice` has the name of key 0. */
static void many_keys(struct buf *text, int count, int twice)
{
    int i;

    buf_reset(text);
    buf_byte(text, '{');
    for (i = 0; i < count; i++)
        buf_fmt(text, "%s\"k\\u0065y%d\":{\"key1\":0,\"key2\":[]}",
                i ? "," : "", i == twice ? 0 : i * 7919 % count);
    buf_byte(text, '}');
}

static void test_many_keys(void)
{
    static const int counts[] = {15, 16, 17, 18, 63, 64, 65, 129, 20000};
    struct buf text = {0};
    size_t i;

    for (i = 0; i < LENGTH(counts); i++) {
        int n = counts[i];

        many_keys(&text, n, -1);
        is(verdict_of(text.data, text.len), "", "many different keys");
        many_keys(&text, n, n - 1);
        ok(strstr(verdict_of(text.data, text.len),
                  "duplicate key 'k\\u0065y0'"),
           "one that comes twice among %d is found", n);
    }
    buf_release(&text);
}

static void test_nesting_is_bounded(void)
{
    struct buf text = {0};
    int i;

    for (i = 0; i < 64; i++)
        buf_byte(&text, '[');
    for (i = 0; i < 64; i++)
        buf_byte(&text, ']');
    is(verdict_of(text.data, text.len), "", "64 deep is accepted");
    buf_reset(&text);
    for (i = 0; i < 100000; i++)
        buf_str(&text, "{\"a\":");
    is(verdict_of(text.data, text.len), "at byte 320: nested more than 64 deep",
       "100,000 are refused at the 65th");
    buf_release(&text);
}

static void slice_is(const struct json_slice *slice, const char *want,
                     const char *name)
{
    char *text = xmemdup0(slice->data, slice->len);

    is(text, want, name);
    free(text);
}

static void test_members(void)
{
    struct json_slice object = checked(
        " { \"a\" : -1.5e3 ,\"\\u0062\":[1,{\"}\":\"]\"},[]],\"q\":\"x\\\\\\\"\"\n,"
        "\"t\":true,\"f\":false,\"n\":null,\"o\":{ }} ");
    struct json_walk walk = {.within = object};
    struct json_slice key, value;
    int count = 0;

    ok(object.type == JSON_OBJECT && object.data[object.len - 1] == '}',
       "white space around a value is left out");
    ok(json_next(&walk, &key, &value) && value.type == JSON_NUMBER, "a number");
    slice_is(&key, "\"a\"", "its key, raw");
    slice_is(&value, "-1.5e3", "its bytes");
    while (json_next(&walk, &key, &value))
        count++;
    ok(count == 6 && !json_next(&walk, &key, &value),
       "six others, and the end");
    ok(json_member(&object, "b", &value) == 1, "an escaped key is found");
    slice_is(&value, "[1,{\"}\":\"]\"},[]]", "brackets in strings count not");
    ok(json_member(&object, "q", &value) == 1 && value.type == JSON_STRING,
       "a string");
    slice_is(&value, "\"x\\\\\\\"\"", "with its last escapes");
    ok(json_member(&object, "t", &value) == 1 && value.type == JSON_TRUE &&
           json_member(&object, "f", &value) == 1 && value.type == JSON_FALSE &&
           json_member(&object, "n", &value) == 1 && value.type == JSON_NULL,
       "the literals");
    slice_is(&value, "null", "and their length");
    ok(json_member(&object, "o", &value) == 1 && value.type == JSON_OBJECT,
       "an empty object");
    walk = (struct json_walk){.within = value};
    ok(!json_next(&walk, &key, &value), "which has no members");
    ok(json_member(&object, "x", &value) == 0 &&
           json_member(&value, "x", &key) == 0,
       "what is not there is not found");
}

static void test_members_at_once(void)
{
    static const char *const names[] = {"b", "absent", "a", "o"};
    struct json_slice object =
        checked("{\"a\":1,\"x\":2,\"\\u0062\":[3],\"bb\":4,\"o\":null}");
    struct json_slice values[4];

    json_members(&object, names, 4, values);
    slice_is(&values[0], "[3]", "several members in one walk, also escaped");
    slice_is(&values[2], "1", "in any order");
    ok(!values[1].data && values[1].type == JSON_NULL,
       "one that is not there has no data");
    ok(values[3].data && values[3].type == JSON_NULL, "null has");
    json_members(&values[2], names, 4, values);
    ok(!values[0].data && !values[3].data, "a number has no members");
}

static void test_elements(void)
{
    struct json_slice array = checked("[1 , -2.0,\"a,b\" ,[3,[4]],{}\n]");
    static const char *const want[] = {"1", "-2.0", "\"a,b\"", "[3,[4]]", "{}"};
    struct json_walk walk = {.within = array};
    struct json_slice key, value;
    size_t i;

    for (i = 0; i < LENGTH(want) && json_next(&walk, &key, &value); i++)
        slice_is(&value, want[i], "an element");
    ok(i == LENGTH(want) && !json_next(&walk, &key, &value), "all of them");
    array = checked("[]");
    walk = (struct json_walk){.within = array};
    ok(!json_next(&walk, &key, &value), "an empty array has none");
    array = checked("5");
    walk = (struct json_walk){.within = array};
    ok(!json_next(&walk, &key, &value), "nor has a number");
}

static void test_strings(void)
{
    struct json_slice plain = checked("\"plain\"");
    struct json_slice string =
        checked("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\u20aC\\ud83d\\uDE00z\"");
    const char *want = "a\"\\/\b\f\n\r\t\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
    struct json_slice path = checked("\"a\\\\b\"");
    struct buf out = {0};

    json_decode(&string, &out);
    is(out.data, want, "escapes are decoded");
    ok(json_equals(&string, want), "and compared");
    ok(!json_equals(&string, "a\"\\/\b\f\n\r\t") &&
           !json_equals(&string, string.data),
       "with the whole");
    ok(json_equals(&plain, "plain") && !json_equals(&plain, "plain2") &&
           !json_equals(&plain, "plai") && !json_equals(&plain, "plaiN"),
       "so are plain ones");
    ok(json_equals(&path, "a\\b") && !json_equals(&path, "a\\\\b"),
       "a backslash is not what it looks like");
    plain = checked("17");
    ok(!json_equals(&plain, ""), "a number equals no string");
    ok(json_compare("\\u0061b", 7, "ab", 2) == 0 &&
           json_compare("a", 1, "ab", 2) < 0 &&
           json_compare("\\uffff", 6, "\\ud83d\\ude00", 12) < 0 &&
           json_compare("\xc3\xa4", 2, "z", 1) > 0,
       "the order is that of code points");
    buf_release(&out);
}

static bool integer_is(const char *text, int64_t want)
{
    struct json_slice number = checked(text);
    int64_t got = 77;

    return json_integer(&number, &got) ? got == want : want == -77 && got == 77;
}

static void test_numbers(void)
{
    struct json_slice number = checked("-1.25e2");
    char digits[200];

    ok(integer_is("0", 0) && integer_is("-0", 0) && integer_is("5", 5) &&
           integer_is("-12", -12),
       "integers");
    ok(integer_is("9223372036854775807", INT64_MAX) &&
           integer_is("-9223372036854775808", INT64_MIN),
       "to the last one");
    ok(integer_is("9223372036854775808", -77) &&
           integer_is("-9223372036854775809", -77) &&
           integer_is("99999999999999999999", -77),
       "and not beyond");
    ok(integer_is("5.0", -77) && integer_is("5e0", -77) &&
           integer_is("\"5\"", -77) && integer_is("null", -77),
       "nothing else is one");
    ok(fabs(json_double(&number) + 125) < 1e-9, "any number as a double");
    number = checked("1e400");
    ok(isinf(json_double(&number)), "too large is infinite");
    memset(digits, '1', sizeof(digits));
    digits[sizeof(digits) - 1] = '\0';
    number = checked(digits);
    ok(fabs(json_double(&number) / 1.1111111111111111e198 - 1) < 1e-9,
       "however many digits");
    is(json_type_name(JSON_OBJECT), "an object", "types have names");
}

static void test_composing(void)
{
    cJSON *tree = cJSON_CreateObject();
    struct buf out = {0};
    struct json_slice value;
    struct err err = {0};

    json_add_raw(tree, "raw", "[1e400, 12345678901234567890]", 13);
    cJSON_DeleteItemFromObject(tree, "raw");
    json_add_raw(tree, "raw", "[1e400, 12345678901234567890]", 29);
    json_add_text(tree, "text", "a\"\xc3\xa4\x1b\xff");
    json_add_text(tree, "none", NULL);
    json_add_bytes(tree, "good", "x\n", 2);
    json_add_bytes(tree, "empty", NULL, 0);
    json_add_bytes(tree, "nul", "a\0b", 3);
    json_add_bytes(tree, "bin", "\xff\xfe", 2);
    json_add_num(tree, "num", INT64_MIN);
    json_print(tree, false, &out);
    is(out.data,
       "{\"raw\":[1e400, 12345678901234567890],"
       "\"text\":\"a\\\"\xc3\xa4\\u001b\xef\xbf\xbd\",\"none\":null,"
       "\"good\":\"x\\n\",\"empty\":\"\",\"nul\":null,\"nul_base64\":\"YQBi\","
       "\"bin\":null,\"bin_base64\":\"//4=\",\"num\":-9223372036854775808}",
       "a document is composed, exactly");
    buf_reset(&out);
    json_print(tree, true, &out);
    ok(strchr(out.data, '\n') &&
           json_check(out.data, out.len, &value, &err) == 0,
       "for people too");
    cJSON_Delete(tree);
    buf_release(&out);
}

int main(void)
{
    test_what_is_json();
    test_what_is_not();
    test_numbers_that_are_none();
    test_strings_that_are_none();
    test_keys_that_come_twice();
    test_many_keys();
    test_nesting_is_bounded();
    test_members();
    test_members_at_once();
    test_elements();
    test_strings();
    test_numbers();
    test_composing();
    return tap_done();
}
