/*
 * verify.h - the parts of aaos-verify
 *
 *   aaos-verify.c      options and verbs; from checks to the exit status
 *   verify-areas.c     the areas that only read
 */
#ifndef AAOS_CMD_VERIFY_H
#define AAOS_CMD_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cmd.h"
#include "queue/queue.h"
#include "store/store.h"
#include "verify/render.h"
#include "verify/verify.h"

struct verify_given {
    const char *output;
    int64_t grace; /* -1: from the settings */
    int64_t look;
    int64_t keep;
};

struct verify_run {
    const struct verify_given *given;
    struct conf *conf;
    const char *url;     /* of the database */
    struct store *store; /* NULL for verbs that need none */
    struct queue *queue; /* likewise; opened on demand */
    struct verify verify;
    char **args; /* operands */
    size_t arg_count;
};

/* Adds its checks to run->verify; -1: could not even begin. */
typedef int verify_verb(struct verify_run *run, struct err *err);

verify_verb verify_run_all, verify_run_schema, verify_run_database,
    verify_run_invariants, verify_run_queue;

/* How long what should happen may take until it is an offence. */
int64_t verify_grace(const struct verify_run *run);

#endif
