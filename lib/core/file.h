/*
 * file.h - files that nobody else can read, and whole lines from a pipe
 *
 * What is created is 0600 (directories 0700); descriptors are O_CLOEXEC.
 */
#ifndef AAOS_CORE_FILE_H
#define AAOS_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/err.h"

/* mkdir -p, 0700 for what it makes. */
int file_mkdir(const char *path, struct err *err);
/*
 * The whole of a file that the user named, links and pipes included, at
 * most limit bytes (more: ERR_DATA).
 */
int file_read(const char *path, size_t limit, struct buf *out, struct err *err);
/* All bytes, through short writes and EINTR. */
int file_write_all(int fd, const void *data, size_t len, struct err *err);
/*
 * The file has this content, all at once: whoever opens it sees the old one
 * or the new one.  It is a new file with this mode in place of the old one;
 * what was a symbolic link is a file afterwards.
 */
int file_replace(const char *path, const void *data, size_t len, mode_t mode,
                 struct err *err);
/* path is a file on NFS, CIFS, 9p or another network file system. */
bool file_is_remote(const char *path);
/* Close on a descriptor that may be -1; sets it to -1. */
void file_close(int *fd);

/*
 * Records from a descriptor, one at a time, separated by `separator`.
 * Knows what a reader of pipes must know: a record over `limit` is
 * reported once and its rest skipped without being kept; the last one may
 * lack its separator (torn is then true).  Never reads further than one
 * buffer (64 KiB) ahead.
 */
struct reader; /* opaque */

struct record_text {
    const char *data; /* valid until the next call; NUL-terminated */
    size_t len;
    int64_t line;  /* 1 for the first record */
    bool torn;     /* ended by EOF instead of the separator */
    bool too_long; /* data holds only its first bytes (at most 64 KiB) */
};

struct reader *reader_open(int fd, char separator, size_t limit);
void reader_close(struct reader *reader);
/*
 * Wait at most timeout_usec (-1: for ever; 0: only what is there).
 * 1 a record, 0 end of input, -1 ERR_IO, 2 nothing within the time (or a
 * signal came).
 */
int reader_next(struct reader *reader, int64_t timeout_usec,
                struct record_text *out, struct err *err);

#endif
