/*
 * What is kept of stdout and of stderr, and what is said to be cut.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"
#include "tap.h"
#include "work/errlog.h"
#include "work/output.h"

static char dir[] = "/tmp/aaos-test-output-XXXXXX";

static int folder(void *ctx, struct err *err)
{
    if (*(const bool *)ctx)
        return err_set(err, ERR_OS, "no folder today");
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool file_is(const char *name, const char *want)
{
    char *path = xasprintf("%s/%s", dir, name);
    struct buf text = {0};
    struct err err = {0};
    bool same = file_read(path, 1000, &text, &err) == 0 &&
                text.len == strlen(want) &&
                memcmp(text.data, want, text.len) == 0;

    buf_release(&text);
    unlink(path);
    free(path);
    return same;
}

static void put(struct output *output, const struct output_limits *limits,
                const char *text)
{
    static bool works;

    output_put(output, limits, text, strlen(text), folder, &works);
}

static void test_output(void)
{
    const struct output_limits limits = {.memory = 5, .file = 12};
    struct output output = {0};
    char sha256[HASH_TEXT_SIZE] = "";
    char want[HASH_TEXT_SIZE];

    put(&output, &limits, "abc");
    put(&output, &limits, "de");
    ok(output.size == 5 && !output.filed && !output_end(&output, sha256),
       "what fits is kept in memory alone");
    is(output.head.data, "abcde", "byte for byte");
    put(&output, &limits, "f");
    ok(output.filed && output.head.len == 5, "one byte more makes a file");
    put(&output, &limits, "ghi");
    ok(output_end(&output, sha256) && !output.cut && output.size == 9,
       "which holds everything");
    is(sha256, hash_text("abcdefghi", 9, want), "as its hash says");
    ok(file_is("stdout", "abcdefghi"), "from the first byte");
    output_release(&output);

    put(&output, &limits, "0123456789abcdef");
    put(&output, &limits, "more");
    output_end(&output, sha256);
    ok(output.cut && output.kept == 12 && output.size == 20,
       "the file has a limit too, beyond it bytes are only counted");
    is(sha256, hash_text("0123456789ab", 12, want),
       "the hash is that of the file");
    is(output.head.data, "01234", "the head holds the first bytes");
    ok(file_is("stdout", "0123456789ab"), "and so does the file");
    output_release(&output);
}

static void test_no_file(void)
{
    const struct output_limits limits = {.memory = 3, .file = 100};
    struct output output = {0};
    bool fails = true;
    char sha256[HASH_TEXT_SIZE];
    char *path = xasprintf("%s/stdout", dir);
    int fd;

    output_put(&output, &limits, "abcdef", 6, folder, &fails);
    ok(output.cut && output.size == 6 && output.trouble.code == ERR_OS &&
           !output_end(&output, sha256),
       "without a folder the output is cut, and it is known why");
    output_release(&output);

    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    put(&output, &limits, "abcdef");
    output_end(&output, sha256);
    is(output.name, "stdout.1", "a file of the program itself is left alone");
    ok(file_is("stdout.1", "abcdef") && file_is("stdout", ""),
       "and ours stands beside it");
    output_release(&output);
    close(fd);
    free(path);
}

static void test_lines(void)
{
    struct errlog log = {0};
    const char *tail;
    size_t len;
    char *wide = xmalloc(5000);

    errlog_put(&log, 1000, "one\ntw", 6);
    ok(log.count == 1, "a line is a row");
    is(log.lines[0].message, "one", "without its newline");
    errlog_put(&log, 1000, "o\n\nthr", 6);
    errlog_end(&log, 1000);
    ok(log.count == 4 && strcmp(log.lines[1].message, "two") == 0 &&
           log.lines[2].len == 0 && strcmp(log.lines[3].message, "thr") == 0,
       "pieces are joined, empty lines kept, a torn last one too");
    tail = errlog_tail(&log, &len);
    ok(len == 12 && memcmp(tail, "one\ntwo\n\nthr", 12) == 0,
       "the tail is the text as it came");
    errlog_stored(&log, 3);
    ok(log.count == 1 && strcmp(log.lines[0].message, "thr") == 0,
       "stored lines go, the others stay");
    errlog_release(&log);

    memset(wide, 'x', 5000);
    wide[ERRLOG_LINE - 1] = '\xc3';
    wide[ERRLOG_LINE] = '\xa4';
    errlog_put(&log, 100000, wide, 5000);
    errlog_end(&log, 100000);
    ok(log.count == 2 && log.lines[0].len == ERRLOG_LINE - 1 &&
           log.lines[1].len == 5000 - (ERRLOG_LINE - 1),
       "a long line is split, but not within a character");
    errlog_release(&log);
    free(wide);
}

static void test_cut(void)
{
    struct errlog log = {0};
    const char *tail;
    size_t len;
    int i;

    for (i = 0; i < 1000; i++)
        errlog_put(&log, 200, "0123456789\n", 11);
    errlog_put(&log, 200, "why\n", 4);
    ok(log.count == 8 && strcmp(log.lines[7].level, "warn") == 0 &&
           strstr(log.lines[7].message, "stderr cut at "),
       "beyond the limit nothing is kept but a mark");
    tail = errlog_tail(&log, &len);
    ok(len == ERRLOG_TAIL && memcmp(tail + len - 3, "why", 3) == 0,
       "but the end of stderr always is");
    errlog_add(&log, "warn", "a remark of %d", 5);
    is(log.lines[log.count - 1].message, "a remark of 5",
       "remarks are not under the limit");
    errlog_release(&log);
    tail = errlog_tail(&log, &len);
    ok(len == 0 && *tail == '\0', "an empty log has an empty tail");
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    test_output();
    test_no_file();
    test_lines();
    test_cut();
    rmdir(dir);
    return tap_done();
}
