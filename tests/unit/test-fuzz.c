/*
 * The targets of the fuzzer over their seeds, and over the seeds cut short,
 * with a byte changed, and one behind another.
 */
#include "config.h"

#include <glob.h>

#include "core/file.h"
#include "fuzz-targets.h"
#include "tap.h"

/* The same changes each time. */
static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* In memory that ends where the text ends. */
static void run(size_t target, const char *text, size_t len)
{
    char *copy = xmalloc(len > 0 ? len : 1);

    memcpy(copy, text, len);
    fuzz_targets[target].run(copy, len);
    free(copy);
}

static void vary(size_t target, struct buf *seed)
{
    uint32_t state = (uint32_t)seed->len;
    size_t i;

    for (i = 0; i < 300 && seed->len > 2; i++) {
        size_t at = next(&state) % seed->len;
        char byte = seed->data[at];

        run(target, seed->data, at);
        seed->data[at] = (char)next(&state);
        run(target, seed->data, seed->len);
        seed->data[at] = "{}[]\",:\\\n"[next(&state) % 9];
        run(target, seed->data, seed->len);
        seed->data[at] = byte;
    }
}

static void test_seeds(size_t target)
{
    const char *source = getenv("AAOS_SRCDIR");
    char *pattern =
        xasprintf("%s/tests/fuzz/seeds/%s/*", source ? source : "..",
                  fuzz_targets[target].name);
    struct buf all = {0};
    struct err err = {0};
    glob_t found = {0};
    size_t i;

    glob(pattern, 0, NULL, &found);
    for (i = 0; i < found.gl_pathc; i++) {
        struct buf seed = {0};

        if (file_read(found.gl_pathv[i], 1 << 20, &seed, &err) < 0) {
            printf("Bail out! %s\n", err.msg);
            exit(1);
        }
        run(target, seed.data, seed.len);
        vary(target, &seed);
        buf_put(&all, seed.data, seed.len);
        buf_release(&seed);
    }
    run(target, all.data ? all.data : "", all.len);
    run(target, "", 0);
    ok(found.gl_pathc > 0, "%s: %zu seeds", fuzz_targets[target].name,
       found.gl_pathc);
    globfree(&found);
    buf_release(&all);
    free(pattern);
}

int main(void)
{
    size_t i;

    for (i = 0; i < LENGTH(fuzz_targets); i++)
        test_seeds(i);
    return tap_done();
}
