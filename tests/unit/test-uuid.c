/*
 * UUID version 7: form, order, no twins after a fork, a clock set back.
 */
#include "config.h"

#include "core/uuid.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "tap.h"

/*
 * Replaces the one of clock.c, which then stays in the archive, so that the
 * test can turn the clock back.
 */
static int64_t wall = INT64_C(1769860800000000);

int64_t clock_wall(void)
{
    return wall;
}

static void test_the_form_is_that_of_rfc_9562(void)
{
    char text[UUID_SIZE];
    char ms[13] = {0};

    uuid_make(text);
    ok(uuid_valid(text, strlen(text)), "36 characters in five groups");
    ok(text[14] == '7', "version 7");
    ok(strchr("89ab", text[19]), "variant 10");
    memcpy(ms, text, 8);
    memcpy(ms + 8, text + 9, 4);
    ok(strtoll(ms, NULL, 16) == wall / 1000, "it begins with the time");
}

/* Do `count` new ones go up, each in lower case? */
static bool ascends(char last[UUID_SIZE], int count, int64_t step)
{
    char text[UUID_SIZE];
    bool good = true;
    int i;

    for (i = 0; i < count; i++) {
        wall += step;
        uuid_make(text);
        good = good && strcmp(last, text) < 0 &&
               strspn(text, "0123456789abcdef-") == 36;
        memcpy(last, text, UUID_SIZE);
    }
    return good;
}

static void test_they_only_go_up(void)
{
    char last[UUID_SIZE] = "";

    ok(ascends(last, 10000, 0), "within a millisecond");
    ok(ascends(last, 10000, 100), "over many");
    wall -= 3600 * USEC_PER_SEC;
    ok(ascends(last, 10000, 0), "when the clock was set back");
    ok(ascends(last, 10000, -1000), "and runs backwards");
    wall += 7200 * USEC_PER_SEC;
    ok(ascends(last, 10000, 1), "when it is right again");
}

static void test_a_child_makes_its_own(void)
{
    char ours[UUID_SIZE], theirs[UUID_SIZE];
    int ends[2];
    pid_t pid;

    wall += 1000;
    uuid_make(ours);
    wall += 1000;
    if (pipe(ends) < 0 || (pid = fork()) < 0)
        exit(71);
    if (pid == 0) {
        uuid_make(theirs);
        _exit(write(ends[1], theirs, UUID_SIZE) != UUID_SIZE);
    }
    uuid_make(ours);
    ok(read(ends[0], theirs, UUID_SIZE) == UUID_SIZE, "the child made one");
    waitpid(pid, NULL, 0);
    ok(memcmp(ours + 24, theirs + 24, 12) != 0,
       "it does not draw the same random bytes");
    close(ends[0]);
    close(ends[1]);
}

static void test_validity(void)
{
    const char *good = "0190A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

    ok(uuid_valid(good, 36), "either case is valid");
    ok(!uuid_valid(good, 35), "too short");
    ok(!uuid_valid("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5bc", 37), "too long");
    ok(!uuid_valid("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g", 36), "a g");
    ok(!uuid_valid("0190a1b2c-3d4-7e5f-8a9b-0c1d2e3f4a5b", 36),
       "a dash elsewhere");
    ok(!uuid_valid("", 0), "nothing");
}

int main(void)
{
    test_the_form_is_that_of_rfc_9562();
    test_they_only_go_up();
    test_a_child_makes_its_own();
    test_validity();
    return tap_done();
}
