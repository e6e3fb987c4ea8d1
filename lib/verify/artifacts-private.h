/*
 * artifacts-private.h - what artifacts.c and artifacts-garbage.c share
 */
#ifndef AAOS_VERIFY_ARTIFACTS_PRIVATE_H
#define AAOS_VERIFY_ARTIFACTS_PRIVATE_H

#include "verify/artifacts.h"

struct artifact_look {
    struct verify *verify;
    struct store *store;
    const struct artifact_options *options;
    int state;     /* the state directory; -1: there is none */
    char *real;    /* its path without links */
    bool one_host; /* what names no agent is from here */
    int64_t files, elsewhere, results;
};

void artifact_garbage(struct artifact_look *look);

#endif
