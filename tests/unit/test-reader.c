/*
 * Records from pipes, and the small things of file.h.
 */
#include "config.h"

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "tap.h"

static struct err err;

/* A pipe that holds text (less than it can take) and is closed or not. */
static struct reader *piped(int ends[2], const char *text, size_t len,
                            char separator, size_t limit)
{
    if (pipe(ends) < 0 || write(ends[1], text, len) != (ssize_t)len)
        exit(71);
    return reader_open(ends[0], separator, limit);
}

static void done(struct reader *reader, int ends[2])
{
    reader_close(reader);
    file_close(&ends[0]);
    file_close(&ends[1]);
}

static void test_lines(void)
{
    struct record_text rec;
    int ends[2];
    struct reader *reader = piped(ends, "one\n\ntwo\0x\nend", 14, '\n', 100);

    file_close(&ends[1]);
    ok(reader_next(reader, -1, &rec, &err) == 1 && rec.line == 1,
       "the first line");
    is(rec.data, "one", "without its newline");
    ok(!rec.torn && !rec.too_long, "whole");
    ok(reader_next(reader, -1, &rec, &err) == 1 && rec.len == 0,
       "an empty line is a record");
    ok(reader_next(reader, -1, &rec, &err) == 1 && rec.len == 5 &&
           memcmp(rec.data, "two\0x", 6) == 0,
       "a NUL within is kept");
    ok(reader_next(reader, -1, &rec, &err) == 1 && rec.torn && rec.line == 4,
       "the last one lacks its newline");
    is(rec.data, "end", "and is given all the same");
    ok(reader_next(reader, -1, &rec, &err) == 0 &&
           reader_next(reader, 0, &rec, &err) == 0,
       "then the end, again and again");
    done(reader, ends);
}

static void test_nothing_comes(void)
{
    struct record_text rec = {.line = -5};
    int ends[2];
    struct reader *reader = piped(ends, "par", 3, '\0', 100);

    ok(reader_next(reader, 0, &rec, &err) == 2 && rec.line == -5,
       "half a record is none");
    ok(reader_next(reader, 1000, &rec, &err) == 2, "nor after a while");
    ok(write(ends[1], "t\0next", 6) == 6 &&
           reader_next(reader, 0, &rec, &err) == 1,
       "when the rest comes");
    is(rec.data, "part", "it is put together");
    ok(reader_next(reader, 0, &rec, &err) == 2, "the next is not there yet");
    file_close(&ends[1]);
    ok(reader_next(reader, 0, &rec, &err) == 1 && rec.torn,
       "until the other side closes");
    done(reader, ends);
}

static void test_a_record_over_the_limit(void)
{
    struct record_text rec;
    int ends[2];
    struct reader *reader =
        piped(ends, "12345\n123456\nabc\n1234567", 24, '\n', 5);

    ok(reader_next(reader, 0, &rec, &err) == 1 && !rec.too_long && rec.len == 5,
       "a record of the limit is whole");
    ok(reader_next(reader, 0, &rec, &err) == 1 && rec.too_long && rec.line == 2,
       "one more byte is too long");
    is(rec.data, "12345", "its first bytes are shown");
    ok(reader_next(reader, 0, &rec, &err) == 1 && rec.line == 3 &&
           strcmp(rec.data, "abc") == 0,
       "the next one is fine");
    ok(reader_next(reader, 0, &rec, &err) == 1 && rec.too_long,
       "an open one is reported at once");
    ok(write(ends[1], "89\n\nz\n", 6) == 6, "and when its rest comes");
    ok(reader_next(reader, 0, &rec, &err) == 1 && rec.line == 5 && rec.len == 0,
       "that is skipped and not reported again");
    ok(reader_next(reader, 0, &rec, &err) == 1 && strcmp(rec.data, "z") == 0,
       "nor what follows lost");
    done(reader, ends);
}

/* Write records of many sizes and give the descriptor to read them from. */
static int feed(size_t count, size_t (*size)(size_t), pid_t *pid)
{
    int ends[2];
    size_t i;

    if (pipe(ends) < 0 || (*pid = fork()) < 0)
        exit(71);
    if (*pid > 0) {
        file_close(&ends[1]);
        return ends[0];
    }
    file_close(&ends[0]);
    for (i = 0; i < count; i++) {
        size_t len = size(i);
        char *text = xmalloc(len + 1);

        memset(text, 'a' + (int)(i % 26), len);
        text[len] = '\n';
        if (file_write_all(ends[1], text, len + 1, &err) < 0)
            _exit(74);
        free(text);
    }
    _exit(0);
}

static size_t many_sizes(size_t i)
{
    return i * 7919 % 1000 + (i % 97 == 0 ? 150000 : 0) +
           (i % 211 == 0 ? 400000 : 0);
}

static void test_records_larger_than_the_buffer(void)
{
    struct record_text rec;
    pid_t pid;
    size_t i = 0, bad = 0, skipped = 0;
    int fd = feed(2000, many_sizes, &pid);
    struct reader *reader = reader_open(fd, '\n', 200000);

    while (reader_next(reader, -1, &rec, &err) == 1) {
        bool large = many_sizes(i) > 200000;

        bad += rec.too_long != large || rec.line != (int64_t)i + 1;
        bad += !large && rec.len != many_sizes(i);
        bad += large && rec.len != 65536;
        bad += strlen(rec.data) != rec.len;
        bad += rec.len > 0 && (rec.data[0] != 'a' + (int)(i % 26) ||
                               rec.data[rec.len - 1] != rec.data[0]);
        skipped += large;
        i++;
    }
    ok(i == 2000 && bad == 0, "2000 records of all sizes come as they went");
    ok(skipped == 10, "those over the limit each once");
    reader_close(reader);
    file_close(&fd);
    waitpid(pid, NULL, 0);
}

static size_t endless(size_t i)
{
    return i == 0 ? (size_t)50 << 20 : 3;
}

/* However fast it comes, a call with a time-out of 0 returns. */
static void test_a_record_without_end_does_not_hold_us(void)
{
    struct record_text rec = {0};
    pid_t pid;
    int fd = feed(2, endless, &pid);
    struct reader *reader = reader_open(fd, '\n', 1000);
    int first = reader_next(reader, -1, &rec, &err);
    int calls = 0;

    ok(first == 1 && rec.too_long && rec.len == 1000, "reported at once");
    while (reader_next(reader, 0, &rec, &err) == 2)
        calls++;
    ok(calls > 100, "skipping 50 MiB takes many calls");
    is(rec.data, "bbb", "and ends at the next record");
    reader_close(reader);
    file_close(&fd);
    waitpid(pid, NULL, 0);
}

static void on_alarm(int number)
{
    (void)number;
}

static void test_failures(void)
{
    struct sigaction act = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct record_text rec;
    int ends[2];
    int fd = open("/", O_RDONLY | O_CLOEXEC);
    struct reader *reader = reader_open(fd, '\n', 10);

    ok(reader_next(reader, -1, &rec, &err) == -1 && err.code == ERR_IO,
       "a directory cannot be read");
    is(err.msg, "cannot read: is a directory", "which is said");
    reader_close(reader);
    file_close(&fd);

    sigaction(SIGALRM, &act, NULL);
    reader = piped(ends, "", 0, '\n', 10);
    ualarm(1000, 1000);
    ok(reader_next(reader, -1, &rec, &err) == 2,
       "a signal ends the waiting, even with SA_RESTART");
    ualarm(0, 0);
    done(reader, ends);
}

static void test_files(void)
{
    char dir[] = "/tmp/test-reader.XXXXXX";
    char *deep, *name, *link;
    struct buf text = {0};
    struct stat st;
    int fd = -1;

    if (!mkdtemp(dir))
        exit(71);
    deep = xasprintf("%s/a//b/c/", dir);
    name = xasprintf("%s/a/b/c/file", dir);
    link = xasprintf("%s/link", dir);
    ok(file_mkdir(deep, &err) == 0 && file_mkdir(deep, &err) == 0,
       "directories are made, once");
    ok(stat(deep, &st) == 0 && (st.st_mode & 0777) == 0700, "for us alone");
    fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ok(file_write_all(fd, "12345", 5, &err) == 0, "bytes are written");
    file_close(&fd);
    ok(fd == -1, "a closed descriptor is forgotten");
    ok(file_read(name, 5, &text, &err) == 0 && text.len == 5 &&
           strcmp(text.data, "12345") == 0,
       "and read");
    ok(file_read(name, 4, &text, &err) == -1 && err.code == ERR_DATA &&
           text.len == 5,
       "but not more than allowed");
    ok(file_mkdir(name, &err) == -1 && err.code == ERR_CREATE,
       "a file is no directory");
    ok(symlink(name, link) == 0 && file_read(link, 9, &text, &err) == 0,
       "a symbolic link is followed: the user named it");
    ok(file_read("/no/such", 9, &text, &err) == -1 && err.code == ERR_NOINPUT,
       "what does not exist cannot be read");
    is(err.msg, "cannot open '/no/such': no such file or directory",
       "which is said");
    ok(!file_is_remote("/proc") && !file_is_remote("/proc/none"),
       "/proc is no network, nor a file that it lacks");
    fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ok(file_write_all(fd, "x", 1, &err) == -1 && err.code == ERR_IO,
       "a full disk is a failure");
    file_close(&fd);
    unlink(name);
    unlink(link);
    while (strlen(deep) > strlen(dir)) {
        rmdir(deep);
        *strrchr(deep, '/') = '\0';
    }
    rmdir(dir);
    free(deep);
    free(name);
    free(link);
    buf_release(&text);
}

int main(void)
{
    test_lines();
    test_nothing_comes();
    test_a_record_over_the_limit();
    test_records_larger_than_the_buffer();
    test_a_record_without_end_does_not_hold_us();
    test_failures();
    test_files();
    return tap_done();
}
