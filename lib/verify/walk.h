/*
 * walk.h - files below directories, in the order of their names
 *
 * The order is that of bytes, whatever the locale, so that the same files
 * come in the same order everywhere.
 */
#ifndef AAOS_VERIFY_WALK_H
#define AAOS_VERIFY_WALK_H

#include <sys/stat.h>

#include "core/err.h"

/*
 * Call `each` for the regular file `path`, or for those below a directory,
 * open at its start.  What the user names may be a link; below it links are
 * neither followed nor shown, and so are devices, sockets and pipes.
 */
typedef int walk_each(void *ctx, int fd, const struct stat *st,
                      const char *name, struct err *err);
int walk_files(const char *path, walk_each *each, void *ctx, struct err *err);

#endif
