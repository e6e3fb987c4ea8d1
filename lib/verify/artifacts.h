/*
 * artifacts.h - files that rows name, and results in their rows
 *
 * A file that a row names and that is not there, or has another content, is
 * a loss.  A folder that belongs to no task is garbage: it is counted and
 * named, and is no offence.  Files of agents on other hosts, or with another
 * state directory, cannot be seen from here; how many is said.
 */
#ifndef AAOS_VERIFY_ARTIFACTS_H
#define AAOS_VERIFY_ARTIFACTS_H

#include <stdint.h>

#include "store/store.h"
#include "verify/verify.h"

struct artifact_options {
    const char *state_dir;  /* artifacts/ is below it */
    const char *machine_id; /* of this host */
    int64_t now, grace;     /* what is younger may be under way */
};

void verify_artifacts(struct verify *verify, struct store *store,
                      const struct artifact_options *options);

#endif
