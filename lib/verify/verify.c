/*
 * verify.c - the list of checks that were made
 */
#include "config.h"

#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static struct check *current(const struct verify *verify)
{
    return &verify->checks[verify->count - 1];
}

static void check_release(struct check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        free(check->offenders[i].id);
        free(check->offenders[i].what);
    }
    free(check->offenders);
    free(check->name);
    free(check->about);
    free(check->note);
}

void verify_release(struct verify *verify)
{
    for (size_t i = 0; i < verify->count; i++)
        check_release(&verify->checks[i]);
    free(verify->checks);
    *verify = (struct verify){0};
}

void verify_begin(struct verify *verify, const char *name, const char *about)
{
    verify->checks = xgrow(verify->checks, verify->count, &verify->cap,
                           sizeof(*verify->checks));
    verify->checks[verify->count++] = (struct check){
        .area = verify->area, .name = xstrdup(name), .about = xstrdup(about)};
    verify->open = true;
    verify->began = verify->clock ? verify->clock() : 0;
}

void verify_offend(struct verify *verify, const char *id, const char *fmt, ...)
{
    struct check *check = current(verify);
    size_t keep = verify->keep ? verify->keep : VERIFY_KEEP;
    struct buf what = {0};
    va_list args;

    check->verdict = VERDICT_FAIL;
    check->total++;
    if (check->count == keep)
        return;
    va_start(args, fmt);
    buf_vfmt(&what, fmt, args);
    va_end(args);
    check->offenders = xgrow(check->offenders, check->count, &check->cap,
                             sizeof(*check->offenders));
    check->offenders[check->count++] =
        (struct offender){.id = xstrdup(id), .what = buf_detach(&what)};
}

void verify_total(struct verify *verify, int64_t total)
{
    struct check *check = current(verify);

    if (total > check->total)
        check->total = total;
}

static void set_note(struct check *check, const char *fmt, va_list args)
    ATTR_PRINTF(2, 0);

static void set_note(struct check *check, const char *fmt, va_list args)
{
    struct buf text = {0};

    buf_vfmt(&text, fmt, args);
    free(check->note);
    check->note = buf_detach(&text);
}

void verify_note(struct verify *verify, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_note(current(verify), fmt, args);
    va_end(args);
}

void verify_skip(struct verify *verify, const char *fmt, ...)
{
    struct check *check = current(verify);
    va_list args;

    va_start(args, fmt);
    set_note(check, fmt, args);
    va_end(args);
    if (check->verdict == VERDICT_PASS)
        check->verdict = VERDICT_SKIP;
}

void verify_unknown(struct verify *verify, const struct err *err)
{
    struct check *check = current(verify);

    check->err = *err;
    if (check->verdict != VERDICT_FAIL)
        check->verdict = VERDICT_UNKNOWN;
}

void verify_end(struct verify *verify)
{
    struct check *check = current(verify);

    check->elapsed = verify->clock ? verify->clock() - verify->began : 0;
    verify->open = false;
    if (verify->ended)
        verify->ended(verify->ctx, check, verify->count);
}

bool verify_clean(const struct verify *verify)
{
    return current(verify)->verdict == VERDICT_PASS;
}

struct verify_counts verify_count(const struct verify *verify)
{
    struct verify_counts counts = {0};

    for (size_t i = 0; i < verify->count; i++) {
        switch (verify->checks[i].verdict) {
        case VERDICT_PASS:
            counts.passed++;
            break;
        case VERDICT_FAIL:
            counts.failed++;
            break;
        case VERDICT_SKIP:
            counts.skipped++;
            break;
        case VERDICT_UNKNOWN:
            counts.unknown++;
            break;
        }
    }
    return counts;
}

enum err_code verify_class(enum err_code code)
{
    switch (code) {
    case ERR_UNAVAIL:
    case ERR_TEMP:
    case ERR_TIMEOUT:
    case ERR_IO:
        return ERR_UNAVAIL;
    case ERR_CONFIG:
    case ERR_NOINPUT:
    case ERR_PERM:
    case ERR_USAGE:
        return ERR_CONFIG;
    case ERR_NONE:
    case ERR_NO:
    case ERR_DATA:
    case ERR_BUG:
    case ERR_OS:
    case ERR_CREATE:
    case ERR_LOST:
        break;
    }
    return ERR_BUG;
}

enum err_code verify_verdict(const struct verify *verify)
{
    struct verify_counts counts = verify_count(verify);

    if (counts.failed > 0)
        return ERR_NO;
    for (size_t i = 0; counts.unknown > 0 && i < verify->count; i++)
        if (verify->checks[i].verdict == VERDICT_UNKNOWN)
            return verify_class(verify->checks[i].err.code);
    return ERR_NONE;
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_PASS] = "pass",
        [VERDICT_FAIL] = "fail",
        [VERDICT_SKIP] = "skip",
        [VERDICT_UNKNOWN] = "unknown",
    };

    return names[verdict];
}
