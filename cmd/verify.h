/*
 * verify.h - the parts of aaos-verify
 *
 *   aaos-verify.c      options and verbs; from checks to the exit status
 *   verify-areas.c     the areas that only read
 *   verify-evidence.c  lists of hashes, log files
 *   verify-e2e.c       end to end (and verify-e2e-*.c)
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
    bool make; /* hashes: write a list */
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
    verify_run_invariants, verify_run_queue, verify_run_audit,
    verify_run_artifacts, verify_run_config;
/* verify-evidence.c: what is in files. */
verify_verb verify_run_hashes, verify_run_logs;
/* verify-e2e.c: the only one that works with the queue. */
verify_verb verify_run_e2e;

/* The invariants of the run's database, as checks of `verify`. */
int verify_check_invariants(struct verify_run *run, struct verify *verify,
                            struct err *err);

/* How long what should happen may take until it is an offence. */
int64_t verify_grace(const struct verify_run *run);

#endif
