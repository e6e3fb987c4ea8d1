/*
 * verify.h - checks, and the offenders that they list
 *
 * A check is a query or a function that lists offenders; none means that it
 * passed.  Checks are grouped into areas ("invariants", "queue").  Of each
 * check the first offenders are kept, the others only counted, so that a
 * million of them need no more memory than twenty.
 *
 *     verify_begin(verify, "seal", "the box is sealed");
 *     if (open)
 *         verify_offend(verify, "box-7", "its lid is open");
 *     verify_end(verify);
 *
 * Nothing here repairs anything, and nothing reads a clock: the caller gives
 * one.  Texts of offenders may hold any bytes; who renders them escapes them.
 */
#ifndef AAOS_VERIFY_VERIFY_H
#define AAOS_VERIFY_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_SKIP,   /* does not apply here; the note says why */
    VERDICT_UNKNOWN /* could not be checked; err says why */
};

struct offender {
    char *id;   /* what is wrong: a task's id, a file, a key */
    char *what; /* and how */
};

struct check {
    const char *area;
    char *name;
    char *about; /* what holds if it passes, one sentence */
    enum verdict verdict;
    struct offender *offenders;
    size_t count, cap;
    int64_t total; /* offenders, those not kept included */
    char *note;    /* figures, a reason to skip; or NULL */
    struct err err;
    int64_t elapsed; /* microseconds */
};

enum { VERIFY_KEEP = 20 };

struct verify {
    struct check *checks;
    size_t count, cap;
    const char *area; /* of the checks that begin; set it before */
    size_t keep;      /* offenders a check; 0: VERIFY_KEEP */
    int64_t (*clock)(void);
    /* Each check as it ends; or NULL. */
    void (*ended)(void *ctx, const struct check *check, size_t number);
    void *ctx;
    /* private */
    bool open;
    int64_t began;
};

void verify_release(struct verify *verify);

/* One check at a time.  Texts are copied. */
void verify_begin(struct verify *verify, const char *name, const char *about);
void verify_offend(struct verify *verify, const char *id, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* There are `total` of them, whatever was listed. */
void verify_total(struct verify *verify, int64_t total);
void verify_note(struct verify *verify, const char *fmt, ...) ATTR_PRINTF(2, 3);
void verify_skip(struct verify *verify, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* It could not be checked.  Offenders that were found stay: it has failed. */
void verify_unknown(struct verify *verify, const struct err *err);
void verify_end(struct verify *verify);

/* How the check under way stands. */
bool verify_clean(const struct verify *verify);

/*
 * The whole: 0 GO; ERR_NO a check failed; otherwise what kept a check from
 * being made: ERR_UNAVAIL a service, ERR_CONFIG the schema or a setting,
 * ERR_BUG the rest.
 */
enum err_code verify_verdict(const struct verify *verify);
/* What keeps a check from being made, in one of these three classes. */
enum err_code verify_class(enum err_code code);
const char *verdict_name(enum verdict verdict); /* "pass", "fail", ... */

struct verify_counts {
    size_t passed, failed, skipped, unknown;
};
struct verify_counts verify_count(const struct verify *verify);

#endif
