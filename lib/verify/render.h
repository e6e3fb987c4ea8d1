/*
 * render.h - what was checked, as text
 *
 * TAP 13 (testanything.org) comes line by line, as the checks end; JSON and
 * JUnit XML (the attributes that Jenkins and GitLab read) are one document.
 * Reports for people are made by report/.  Every text that came from outside is
 * escaped for its form: no byte of it can end a line, open a tag or reach
 * a terminal raw.
 */
#ifndef AAOS_VERIFY_RENDER_H
#define AAOS_VERIFY_RENDER_H

#include <stdbool.h>

#include "core/buf.h"
#include "verify/verify.h"

/* What a document says besides its checks. */
struct render_facts {
    const char *title;    /* "aaos-verify all" */
    const char *database; /* without a password; or NULL */
    const char *redis;    /* likewise */
    const char *version;  /* of aaos */
    const char *host;     /* or NULL */
    int64_t at;           /* instant */
    int64_t elapsed;
    /* Name and value in turn, NULL-ended; or NULL. */
    const char *const *figures;
};

void render_tap_begin(struct buf *out);
void render_tap(struct buf *out, const struct check *check, size_t number,
                bool color);
void render_tap_end(struct buf *out, const struct verify *verify);

void render_json(struct buf *out, const struct verify *verify,
                 const struct render_facts *facts);
void render_junit(struct buf *out, const struct verify *verify,
                  const struct render_facts *facts);
/* "GO", "NO-GO" or "UNKNOWN". */
const char *render_verdict(const struct verify *verify);

#endif
