/*
 * Lines of sha256sum, read and written; what is none is refused.
 */
#include "config.h"

#include "verify/hashes.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int parse(const char *line, char hex[HASH_TEXT_SIZE], char **name)
{
    *name = NULL;
    return hashes_parse(line, strlen(line), hex, name);
}

static void reads(const char *line, const char *want)
{
    char hex[HASH_TEXT_SIZE] = "";
    char *name;
    int got = parse(line, hex, &name);

    ok(got == 1 && strcmp(name, want) == 0 && strcmp(hex, HEX64) == 0,
       "'%.20s...%s' is read", line, strrchr(line, ' ') + 1);
    free(name);
}

static void refuses(const char *line, const char *why)
{
    char hex[HASH_TEXT_SIZE];
    char *name;

    ok(parse(line, hex, &name) == -1 && !name, "%s is refused", why);
}

static void test_reading(void)
{
    char hex[HASH_TEXT_SIZE];
    char *name;

    reads(HEX64 "  plain", "plain");
    reads(HEX64 " *binary", "binary");
    reads(HEX64 "  two words", "two words");
    reads(HEX64 "   leading", " leading");
    reads(HEX64 "  back\\slash", "back\\slash");
    reads("\\" HEX64 "  new\\nline", "new\nline");
    reads("\\" HEX64 "  back\\\\slash", "back\\slash");
    reads("\\" HEX64 "  return\\r", "return\r");
    reads("SHA256 (tagged) = " HEX64, "tagged");
    reads("SHA256 (a) = b) = " HEX64, "a) = b");
    reads("\\SHA256 (new\\nline) = " HEX64, "new\nline");
    reads("0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
          "  upper",
          "upper");
    reads(HEX64 "  from Windows\r", "from Windows");
    ok(parse("", hex, &name) == 0 && parse("# comment", hex, &name) == 0,
       "empty lines and comments are passed over");
}

static void test_refusing(void)
{
    refuses("garbage", "a word");
    refuses(HEX64, "a hash alone");
    refuses(HEX64 "  ", "no name");
    refuses(HEX64 " x", "one blank");
    refuses(HEX64 "\tx", "a tab");
    refuses("x" HEX64 "  a", "a letter before it");
    refuses("\\", "a backslash alone");
    refuses("\\" HEX64 "  a\\", "a backslash at the end");
    refuses("\\" HEX64 "  a\\x", "a backslash before an x");
    refuses("SHA256 () = " HEX64 "0", "a tag with too long a hash");
    refuses("SHA256 (x) = 0123", "a tag with too short a hash");
    refuses("SHA256 (", "a torn tag");
    refuses("MD5 (x) = 0123456789abcdef0123456789abcdef", "another algorithm");
}

static void test_writing(void)
{
    static const char *const names[] = {"plain",       "two words", "new\nline",
                                        "back\\slash", "r\r",       "\xff",
                                        "\\n\n\\"};

    for (size_t i = 0; i < LENGTH(names); i++) {
        char hex[HASH_TEXT_SIZE];
        struct buf line = {0};
        char *name = NULL;

        hashes_write(&line, HEX64, names[i]);
        ok(line.len > 0 && line.data[line.len - 1] == '\n' &&
               !memchr(line.data, '\n', line.len - 1) &&
               hashes_parse(line.data, line.len - 1, hex, &name) == 1 &&
               strcmp(name, names[i]) == 0,
           "name %zu comes back as it was", i);
        free(name);
        buf_release(&line);
    }
}

int main(void)
{
    test_reading();
    test_refusing();
    test_writing();
    return tap_done();
}
