/*
 * proc-internal.h - what the files of proc share among themselves
 */
#ifndef AAOS_CORE_PROC_INTERNAL_H
#define AAOS_CORE_PROC_INTERNAL_H

#include "core/buf.h"
#include "core/proc.h"

/*
 * All of a file below directory `dir` (AT_FDCWD), at most `limit` bytes;
 * unlike file_read() for files of /proc, which have no size.  False when it
 * cannot be opened or read.
 */
bool proc_read(int dir, const char *path, size_t limit, struct buf *out);
/* The same of one that is open, from its beginning; `out` must be empty. */
bool proc_read_fd(int fd, size_t limit, struct buf *out);

#endif
