/*
 * secret.h - secrets behind references
 *
 * env:NAME, or file:PATH of a file that nobody else can read (tested on the
 * open file); its first word.
 */
#ifndef AAOS_CMD_SECRET_H
#define AAOS_CMD_SECRET_H

#include "core/err.h"

/* malloc'd, or NULL with ERR_CONFIG; the message never holds the secret. */
char *secret_get(const char *reference, struct err *err);

#endif
