/*
 * What reaches a log, and what must not.
 */
#include "config.h"

#include "core/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/redact.h"
#include "tap.h"

#define KEY "canary+0123456789/abcdef"

/* The line, without its time; valid until the next. */
static const char *logged(const char *text)
{
    static char line[1024];
    int saved = dup(STDERR_FILENO);
    int ends[2];
    ssize_t len = -1;

    if (pipe(ends) == 0) {
        dup2(ends[1], STDERR_FILENO);
        log_error("event", log_text("text", text), log_num("n", 7));
        dup2(saved, STDERR_FILENO);
        len = read(ends[0], line, sizeof(line) - 1);
        close(ends[0]);
        close(ends[1]);
    }
    close(saved);
    line[len > 0 ? len - 1 : 0] = '\0';
    return strchr(line, ' ') ? strchr(line, ' ') + 1 : line;
}

static void test_lines(void)
{
    is(logged("word"), "error event text=word n=7", "a word is a word");
    is(logged("two words\n"), "error event text=\"two words\\n\" n=7",
       "what could end a line is escaped");
    is(logged(NULL), "error event n=7", "a field without a value is none");
}

static void test_secrets(void)
{
    struct redact *redact = redact_open();

    is(logged("Authorization: Bearer abcdefghij"),
       "error event text=\"Authorization: [redacted]\" n=7",
       "what looks like a secret is taken out");
    is(logged("sk-0123456789abcdef"), "error event text=[redacted] n=7",
       "... also alone");
    is(logged("is " KEY), "error event text=\"is " KEY "\" n=7",
       "what does not must be known");
    redact_add(redact, KEY);
    log_secrets(redact);
    is(logged("is " KEY), "error event text=\"is [redacted]\" n=7",
       "... and is then taken out");
    is(logged(KEY), "error event text=[redacted] n=7", "... also alone");
    log_setup("test", LOG_LEVEL_ERROR, true);
    ok(!strstr(logged("x" KEY "x"), "canary"), "... and as JSON");
    log_secrets(NULL);
    redact_close(redact);
}

int main(void)
{
    log_setup("test", LOG_LEVEL_ERROR, false);
    test_lines();
    test_secrets();
    return tap_done();
}
