/*
 * logs.h - log lines of the programs (--log-format json), as evidence
 *
 * Every line is strict JSON with ts, level, event and program; times do not
 * run backwards; all lines about a task carry one correlation id, from its
 * submission to its end, and so does the task in the database; and every
 * row of the audit that was logged is there, with the hash that was logged:
 * a tail that was cut off the chain shows here alone.
 *
 * Lines of other forms (a handler's own, a crash) are counted, and are an
 * offence.  Several processes may share a file: their lines are written a
 * moment after their time was taken, so a moment's disorder is allowed.
 */
#ifndef AAOS_VERIFY_LOGS_H
#define AAOS_VERIFY_LOGS_H

#include <stddef.h>

#include "store/store.h"
#include "verify/verify.h"

/* Files are read one after the other, as parts of one log.  `store` NULL:
 * nothing to compare with.  "-": standard input. */
void verify_logs(struct verify *verify, struct store *store, char *const *files,
                 size_t count);

#endif
