/*
 * hashes.h - lists of SHA-256 as sha256sum(1) of the GNU coreutils has them
 *
 *     HEX SP (SP | '*') NAME LF
 *
 * A NAME that holds a newline, a carriage return or a backslash is written
 * with \n, \r and \\, and the line begins with a backslash.  Lines of the
 * form "SHA256 (NAME) = HEX" (sha256sum --tag) and comments ('#') are read,
 * too; anything else is an offence.
 */
#ifndef AAOS_VERIFY_HASHES_H
#define AAOS_VERIFY_HASHES_H

#include "core/buf.h"
#include "core/hash.h"
#include "verify/verify.h"

/* Check what is read from fd, called `list` in messages.  Names are those of
 * files, from the current directory. */
void verify_hashes(struct verify *verify, int fd, const char *list);

/* One line: 1, 0 a comment or an empty line, -1 malformed.  *name is
 * malloc'd and may hold any byte but NUL. */
int hashes_parse(const char *line, size_t len, char hex[HASH_TEXT_SIZE],
                 char **name);
void hashes_write(struct buf *out, const char *hex, const char *name);

/* Of what is left of an open file; *size: how much that was. */
int hashes_of(int fd, char hex[HASH_TEXT_SIZE], int64_t *size, struct err *err);

#endif
