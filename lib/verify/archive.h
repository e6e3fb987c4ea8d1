/*
 * archive.h - evidence in one file: a tar with the hashes of all that is in
 *
 * POSIX ustar (pax headers where a name or a size does not fit), readable by
 * every tar.  The same files give the same bytes: members in the order of
 * their names' bytes, owner 0, mode 0644, one time for all.  The last member
 * is SHA256SUMS, in the format of sha256sum(1), of what was really written:
 *
 *     tar xf evidence.tar && sha256sum -c SHA256SUMS
 */
#ifndef AAOS_VERIFY_ARCHIVE_H
#define AAOS_VERIFY_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define ARCHIVE_SUMS "SHA256SUMS"

struct archive_counts {
    int64_t files, bytes;
};

/*
 * Write these files, and those below these directories, to the file `out`
 * ("-": standard output), which appears when it is complete.  Names lose
 * their leading '/'; one that leads upwards, or that is there twice, is
 * refused.
 */
int archive_write(const char *out, char *const *paths, size_t count,
                  int64_t mtime, struct archive_counts *counts,
                  struct err *err);

#endif
