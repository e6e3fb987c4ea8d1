/*
 * verify.h - the parts of aaos-verify
 *
 *   aaos-verify.c      options and verbs; from checks to the exit status
 *   verify-areas.c     the areas that only read
 *   verify-models.c    settings of --llm
 *   verify-evidence.c  lists of hashes, log files, archives
 *   verify-doc.c       checks as a report for people
 *   verify-gate.c      figures against thresholds (and verify-figures.c)
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
    bool make;        /* hashes: write a list */
    bool e2e;         /* report: also end to end */
    const char *save; /* gate: figures to a file */
};

struct verify_run {
    const struct verify_given *given;
    struct conf *conf;
    const char *url;     /* of the database */
    struct store *store; /* NULL for verbs that need none */
    struct queue *queue; /* likewise; opened on demand */
    struct verify verify;
    bool writes;    /* its errors are those of writing, not of checks */
    char **figures; /* names and values for reports, NULL-ended; or NULL */
    char **args;    /* operands */
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
/* verify-gate.c (and verify-figures.c) */
verify_verb verify_run_gate;
/* All that reads, the thresholds if there are any, and figures. */
verify_verb verify_run_report;
/* verify-evidence.c */
verify_verb verify_run_archive;

/* verify-doc.c: as Markdown, or as one page of HTML. */
void verify_document(const struct verify *verify,
                     const struct render_facts *facts, bool html,
                     struct buf *out);

/* The invariants of the run's database, as checks of `verify`. */
int verify_check_invariants(struct verify_run *run, struct verify *verify,
                            struct err *err);

/* verify-models.c: one more check of `config`. */
void verify_check_models(struct verify_run *run);

/* How long what should happen may take until it is an offence. */
int64_t verify_grace(const struct verify_run *run);

#endif
