/*
 * The promises of table.h.
 */
#include "config.h"

#include "core/table.h"

#include <locale.h>
#include <stdlib.h>

#include "core/buf.h"
#include "tap.h"

#define NOW INT64_C(1769860800000000) /* 2026-01-31T12:00:00Z */
#define SECOND INT64_C(1000000)

static const struct column columns[] = {
    {"id", .kind = CELL_TEXT},           {"status", .kind = CELL_STATUS},
    {"size", .kind = CELL_NUM},          {"made_at", .kind = CELL_TIME},
    {"took", CELL_SPAN, .wide = true},   {"meta", CELL_RAW, .wide = true},
    {"result", CELL_BYTES, .shrink = 6}, {"live", CELL_BOOL, .hidden = true},
};

static FILE *out;
static char *text;
static size_t length;

/* What was written since the last time. */
static const char *written(void)
{
    static char copy[8192];

    fflush(out);
    snprintf(copy, sizeof(copy), "%.*s", (int)ftell(out), text);
    rewind(out);
    return copy;
}

static struct table *begin(enum output output, const char *fields,
                           struct err *err)
{
    rewind(out);
    return table_open(out, output, false, columns, LENGTH(columns), fields, NOW,
                      err);
}

static void put_full(struct table *table, struct err *err)
{
    table_text(table, "a\tb");
    table_text(table, "dead");
    table_num(table, -7);
    table_num(table, NOW - 90 * SECOND);
    table_num(table, 1500000);
    table_text(table, "{\"k\":\r\n1e400}");
    table_bytes(table, "x\\y\nz", 5);
    table_num(table, 1);
    table_row(table, err);
}

static void put_empty(struct table *table, struct err *err)
{
    table_text(table, "c");
    table_text(table, NULL);
    table_null(table);
    table_null(table);
    table_null(table);
    table_text(table, "");
    table_bytes(table, "\xff", 1);
    table_row(table, err);
}

static void both(enum output output, const char *fields, const char *want,
                 const char *name)
{
    struct err err = {0};
    struct table *table = begin(output, fields, &err);

    put_full(table, &err);
    put_empty(table, &err);
    ok(table_close(table, &err) == 0, "%s", name);
    is(written(), want, "... as it should");
}

static void test_the_forms(void)
{
    both(OUTPUT_JSONL, NULL,
         "{\"id\":\"a\\tb\",\"status\":\"dead\",\"size\":-7,"
         "\"made_at\":\"2026-01-31T11:58:30.000000Z\",\"took\":1.5,"
         "\"meta\":{\"k\":  1e400},\"result\":\"x\\\\y\\nz\"}\n"
         "{\"id\":\"c\",\"status\":null,\"size\":null,\"made_at\":null,"
         "\"took\":null,\"meta\":null,\"result\":null,"
         "\"result_base64\":\"/w==\"}\n",
         "JSON Lines: an object a line");
    both(OUTPUT_JSON, "live,id",
         "[\n {\"live\":true,\"id\":\"a\\tb\"},\n"
         " {\"live\":null,\"id\":\"c\"}\n]\n",
         "JSON: one array, fields in the order asked for");
    both(
        OUTPUT_TSV, NULL,
        "a\\tb\tdead\t-7\t2026-01-31T11:58:30.000000Z\t1.5\t{\"k\":\\r\\n1e400}"
        "\tx\\\\y\\nz\n"
        "c\t\t\t\t\t\t\xff\n",
        "tsv: one line a row, escaped");
    both(OUTPUT_TABLE, "id,size,made_at,result,live,took",
         "ID      SIZE  MADE_AT    RESULT    LIVE  TOOK\n"
         "a\\x09b    -7  1m30s ago  x\\y\\x0az  yes   1.5s\n"
         "c                        \\xff\n",
         "a table: aligned and escaped");
}

static void test_a_nul_is_no_text(void)
{
    struct err err = {0};
    struct table *table = begin(OUTPUT_JSONL, "result", &err);

    for (int i = 0; i < 6; i++)
        table_null(table);
    table_bytes(table, "a\0b", 3);
    table_row(table, &err);
    table_close(table, &err);
    is(written(), "{\"result\":null,\"result_base64\":\"YQBi\"}\n",
       "bytes with a NUL are given in base 64");
}

static void test_hidden_and_wide(void)
{
    struct err err = {0};
    struct table *table = begin(OUTPUT_TABLE, NULL, &err);

    table_close(table, &err);
    is(written(), "ID  STATUS  SIZE  MADE_AT  RESULT\n",
       "a table leaves out what is wide or hidden");
    table = begin(OUTPUT_JSON, NULL, &err);
    table_close(table, &err);
    is(written(), "[]\n", "an empty list is JSON, too");
}

static void test_seconds(void)
{
    static const struct {
        int64_t usec;
        const char *want;
    } cases[] = {{0, "0\n"},
                 {-250000, "-0.25\n"},
                 {1, "0.000001\n"},
                 {10 * SECOND, "10\n"},
                 {1000001, "1.000001\n"}};

    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct err err = {0};
        struct table *table = begin(OUTPUT_TSV, "took", &err);

        for (int j = 0; j < 4; j++)
            table_null(table);
        table_num(table, cases[i].usec);
        table_row(table, &err);
        table_close(table, &err);
        is(written(), cases[i].want, "a duration in seconds");
    }
}

static void test_bad_fields(void)
{
    struct err err = {0};

    ok(!begin(OUTPUT_TSV, "id,sise", &err) && err.code == ERR_USAGE,
       "an unknown field is bad usage");
    is(err.msg, "unknown field 'sise'", "... which is told");
    is(err.hint,
       "the fields are id, status, size, made_at, took, meta, result, live",
       "... with those that there are");
    ok(!begin(OUTPUT_TSV, "help", &err) && strstr(err.msg, "made_at, took"),
       "'help' lists them");
    ok(!begin(OUTPUT_TSV, "id,id", &err), "twice the same is refused");
    ok(!begin(OUTPUT_TSV, "id,", &err), "nothing is no field");
}

static void test_narrow_terminal(void)
{
    static const struct column cut[] = {{"id", .kind = CELL_TEXT},
                                        {"text", CELL_TEXT, .shrink = 8},
                                        {"n", .kind = CELL_NUM}};
    struct err err = {0};
    struct table *table;

    setenv("COLUMNS", "24", 1);
    rewind(out);
    table =
        table_open(out, OUTPUT_TABLE, false, cut, LENGTH(cut), NULL, NOW, &err);
    table_text(table, "1234");
    table_text(table, "a text that is too long");
    table_num(table, 10);
    table_row(table, &err);
    table_text(table, "5");
    table_text(table, "\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587");
    table_num(table, 9);
    table_row(table, &err);
    table_close(table, &err);
    is(written(),
       "ID    TEXT             N\n"
       "1234  a text that i\u2026  10\n"
       "5     \u4e2d\u6587\u4e2d\u6587\u4e2d\u6587\u2026    9\n",
       "a column is cut to fit, between characters, by their width");
    setenv("COLUMNS", "5", 1);
    table =
        table_open(out, OUTPUT_TABLE, false, cut, LENGTH(cut), NULL, NOW, &err);
    table_text(table, "1234");
    table_text(table, "a text that is too long");
    table_row(table, &err);
    table_close(table, &err);
    is(written(), "ID    TEXT      N\n1234  a text \u2026\n",
       "never below what it may be cut to");
    unsetenv("COLUMNS");
}

static void test_long_lists_stream(void)
{
    struct err err = {0};
    struct table *table = begin(OUTPUT_TABLE, "id", &err);
    bool quiet = true;

    for (int i = 0; i < 200; i++) {
        table_text(table, "x");
        table_row(table, &err);
        fflush(out);
        quiet &= ftell(out) == 0;
    }
    ok(quiet, "200 rows are kept to measure them");
    table_text(table, "longer than measured");
    table_row(table, &err);
    fflush(out);
    ok(ftell(out) == 3 + 200 * 2 + 21,
       "then all are written, and what follows");
    table_close(table, &err);
    ok(ftell(out) == 3 + 200 * 2 + 21, "nothing is left for the end");
    written();
}

static void test_colors(void)
{
    static const struct column status[] = {{"status", .kind = CELL_STATUS},
                                           {"id", .kind = CELL_TEXT}};
    struct err err = {0};
    struct table *table;

    rewind(out);
    table = table_open(out, OUTPUT_TABLE, true, status, 2, NULL, NOW, &err);
    table_text(table, "dead");
    table_text(table, "dead");
    table_row(table, &err);
    table_close(table, &err);
    is(written(),
       "\033[1mSTATUS\033[0m  \033[1mID\033[0m\n"
       "\033[31mdead\033[0m    dead\n",
       "a status has its colour, outside of the width");
}

static void test_failures(void)
{
    struct err err = {0};
    FILE *full = fopen("/dev/full", "w");
    struct table *table =
        table_open(full, OUTPUT_TSV, false, columns, 1, NULL, NOW, &err);
    int ret = 0;

    for (int i = 0; i < 10000 && ret == 0; i++) {
        table_text(table, "some text");
        ret = table_row(table, &err);
    }
    ok(ret < 0 && err.code == ERR_IO, "a full disk ends the list");
    is(err.msg, "cannot write to stdout: no space left on device",
       "... and is named");
    table_close(table, &err);
    fclose(full);
    table = table_open(out, OUTPUT_TSV, false, columns, 1, NULL, NOW, &err);
    table_null(table);
    table_null(table);
    ok(table_row(table, &err) < 0 && err.code == ERR_BUG,
       "more cells than columns are a mistake of ours");
    table_close(table, &err);
}

int main(void)
{
    setenv("LC_ALL", "C.UTF-8", 1);
    setlocale(LC_CTYPE, "");
    unsetenv("COLUMNS");
    out = open_memstream(&text, &length);
    test_the_forms();
    test_a_nul_is_no_text();
    test_hidden_and_wide();
    test_seconds();
    test_bad_fields();
    test_narrow_terminal();
    test_long_lists_stream();
    test_colors();
    test_failures();
    fclose(out);
    free(text);
    return tap_done();
}
