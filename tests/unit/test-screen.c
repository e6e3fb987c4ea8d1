/*
 * Cells: what comes from outside stays in its columns.
 */
#include "config.h"

#include "report/screen.h"

#include <locale.h>
#include <string.h>

#include "tap.h"

static struct screen screen;
static struct buf text;

static const char *row(int number)
{
    buf_reset(&text);
    screen_row(&screen, number, &text);
    return text.data ? text.data : "";
}

static int put(int col, int cols, const char *what)
{
    screen_clear(&screen, 2, 10);
    return screen_put(&screen, 0, col, cols, SCREEN_PLAIN, what);
}

static void test_plain(void)
{
    ok(put(0, 10, "abc") == 3, "the columns of a text are counted");
    is(row(0), "abc", "a text stands where it was put");
    ok(put(8, 10, "abc") == 2, "nothing goes over the edge");
    is(row(0), "        a\xe2\x80\xa6", "what is cut has a mark");
    ok(put(0, 3, "abc") == 3, "a text that fits exactly is not cut");
    is(row(0), "abc", "and has no mark");
    ok(put(10, 3, "abc") == 0 && put(-1, 3, "abc") == 0 &&
           put(0, 0, "abc") == 0,
       "outside there is nothing");
    ok(screen_put(&screen, 2, 0, 3, 0, "x") == 0 &&
           screen_put(&screen, -1, 0, 3, 0, "x") == 0,
       "above and below neither");
    screen_clear(&screen, 1, 10);
    screen_right(&screen, 0, 0, 6, 0, "12");
    is(row(0), "    12", "numbers stand at the right");
    screen_right(&screen, 0, 0, 3, 0, "12345");
    is(row(0), "12\xe2\x80\xa6 12", "and are cut at the right");
}

static void test_wide(void)
{
    put(0, 5, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
    is(row(0), "\xe6\x97\xa5\xe6\x9c\xac\xe2\x80\xa6",
       "wide characters are not cut in half");
    ok(put(0, 4, "\xe6\x97\xa5\xe6\x9c\xac") == 4, "and count twice");
    screen_put(&screen, 0, 1, 1, 0, "x");
    is(row(0), " x\xe6\x9c\xac", "who writes over a half takes the other one");
    put(0, 4, "\xe6\x97\xa5\xe6\x9c\xac");
    screen_put(&screen, 0, 2, 1, 0, "x");
    is(row(0), "\xe6\x97\xa5x", "the first half, too");
    screen_clear(&screen, 1, 1);
    screen_put(&screen, 0, 0, 1, 0, "\xe6\x97\xa5");
    is(row(0), "\xe2\x80\xa6", "one column has no room for a wide one");
}

static void test_combining(void)
{
    char zalgo[400] = "a";

    ok(put(0, 10, "e\xcc\x81x") == 2, "an accent takes no column");
    is(row(0), "e\xcc\x81x", "and stays with its letter");
    for (size_t at = 1; at < 300; at += 2)
        memcpy(zalgo + at,
               "\xcc\x81"
               "b",
               4);
    ok(put(0, 10, zalgo) == 2 && strlen(row(0)) <= SCREEN_CELL + 1,
       "more of them than fit are left out");
    ok(put(0, 10, "\xcc\x81x") == 1, "one without a letter is left out");
    is(row(0), "x", "and changes nothing");
    ok(put(0, 10,
           "a\xe2\x80\x8d\xef\xb8\x8f"
           "b") == 2,
       "joiners and selectors are left out");
}

static void test_escapes(void)
{
    put(0, 10, "\x1b[2J");
    is(row(0), "\\x1b[2J", "an escape code is shown, not sent");
    put(0, 10, "a\nb\tc");
    is(row(0), "a\\x0ab\\x0\xe2\x80\xa6", "a line stays a line");
    put(0, 10, "\xff\xfe");
    is(row(0), "\\xff\\xfe", "bytes that are no UTF-8 are shown as such");
    put(0, 10,
        "\xc2\x9b"
        "31");
    is(row(0), "\\xc2\\x9b31", "an eight-bit escape neither");
    put(0, 10,
        "\xe2\x80\xae"
        "x");
    is(row(0), "\\u202Ex", "nobody turns the direction");
}

static void test_ascii(void)
{
    screen.ascii = true;
    put(0, 10, "d\xc3\xa9j\xc3\xa0 \xe6\x97\xa5");
    is(row(0), "d?j? ?", "where only ASCII can be shown the rest is a mark");
    put(0, 3, "abcdef");
    is(row(0), "ab>", "the cut, too");
    screen_clear(&screen, 1, 4);
    screen_rule(&screen, 0, 0, 9, 0);
    is(row(0), "----", "and lines");
    screen.ascii = false;
}

static void test_sizes(void)
{
    screen_clear(&screen, 0, -5);
    ok(screen.rows == 1 && screen.cols == 1, "there is always one cell");
    screen_clear(&screen, 100000, 100000);
    ok(screen.rows == SCREEN_MOST && screen.cols == SCREEN_MOST,
       "and not too many");
    screen_clear(&screen, 2, 4);
    screen_attr(&screen, 1, 2, 9, SCREEN_BAD);
    ok(screen_at(&screen, 1, 3)->attr == SCREEN_BAD &&
           screen_at(&screen, 1, 1)->attr == 0,
       "an attribute stays within its columns");
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77;
    test_plain();
    test_wide();
    test_combining();
    test_escapes();
    test_ascii();
    test_sizes();
    screen_release(&screen);
    buf_release(&text);
    return tap_done();
}
