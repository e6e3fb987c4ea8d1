/*
 * redact.h - secrets taken out of text, for every place it may end up in
 *
 * Two nets.  Values that are known to be secret (the keys in use) are
 * registered and replaced wherever they stand, also in base 64 and with
 * percent or JSON escapes.  And whatever looks like one is replaced even if
 * nobody registered it: the value of Authorization, x-api-key and the like,
 * "sk-...", "whsec_...", "Bearer ...", key= and token= in URLs, passwords
 * in URLs.
 */
#ifndef AAOS_CORE_REDACT_H
#define AAOS_CORE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct redact; /* opaque: a set of secrets */

struct redact *redact_open(void);
void redact_close(struct redact *redact); /* wipes them; NULL is fine */

/* Copied.  Values of under 8 bytes are not registered: false. */
bool redact_add(struct redact *redact, const char *secret);

/* Append text with "[redacted]" for each secret.  redact NULL: only what
 * looks like one.  O(len). */
void redact_text(const struct redact *redact, const char *text, size_t len,
                 struct buf *out);

/* The same, and safe to show (buf_printable), cut to fit at a character. */
void redact_show(const struct redact *redact, const char *text, size_t len,
                 char *to, size_t size);

#endif
