/*
 * tar.h - the headers of POSIX tar (IEEE Std 1003.1, pax: ustar and the
 * extended header 'x')
 */
#ifndef AAOS_VERIFY_TAR_H
#define AAOS_VERIFY_TAR_H

#include <stdint.h>

#include "core/buf.h"

enum { TAR_BLOCK = 512 };

/* What comes before the bytes of a file; names may be of any length. */
void tar_header(struct buf *out, const char *name, int64_t size, int64_t mtime);
/* What fills the last block of a file of this size. */
void tar_padding(struct buf *out, int64_t size);
/* Two empty blocks. */
void tar_end(struct buf *out);

#endif
