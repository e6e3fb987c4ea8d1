/*
 * jsonl.h - a file of lines that survives the death of its writer
 *
 * A line counts when its newline is there.  Whoever opens the file to
 * append takes away what a writer that was killed left of a line; a line
 * that cannot be written whole (a full disk) is taken back.
 */
#ifndef AAOS_LOAD_JSONL_H
#define AAOS_LOAD_JSONL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

struct jsonl {
    int fd; /* -1: not open */
    char *path;
    int64_t size;
};
/* Created 0600 when it is not there.  ERR_CREATE, ERR_IO. */
int jsonl_open(const char *path, struct jsonl *file, struct err *err);
/* The line ends with its newline.  On the disk when this returns 0. */
int jsonl_append(struct jsonl *file, const struct buf *line, struct err *err);
void jsonl_close(struct jsonl *file);

#endif
