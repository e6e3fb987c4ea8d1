/*
 * worker.h - from the options of aaos-worker to those of work_run()
 */
#ifndef AAOS_CMD_WORKER_H
#define AAOS_CMD_WORKER_H

#include "core/conf.h"
#include "core/err.h"
#include "task/record.h"
#include "work/work.h"

/* What only the command line says. */
struct worker_given {
    const char *types, *profile, *name, *builtin, *stdin_form, *permanent,
        *placeholder, *joblog, *output;
    int64_t jobs, max_tasks;
    int64_t lease, timeout, grace, output_limit; /* -1: not given */
    bool once, coprocess, llm, proof, explain, check_config;
    enum work_until until;
    bool halt_now;
    int64_t halt_fail;
};

/* The values of options (struct opt's set()). */
int worker_set_until(void *to, const char *value, struct err *err);
int worker_set_halt(void *to, const char *value, struct err *err);

/*
 * Fill *options; argv: the COMMAND, NULL-ended, or empty.  What it points
 * to lives for ever or belongs to conf, given and argv.
 */
int worker_options(const struct worker_given *given, char **argv,
                   struct conf *conf, struct work_options *options,
                   struct err *err);

/* worker-llm.c: endpoints, models, agents, as far as they are needed. */
int worker_llm_config(const struct worker_given *given, struct conf *conf,
                      struct work_options *options, struct err *err);
/* worker-explain.c: --explain and --check-config; operand: the first, which
 * must not be there.  ERR_NO: a record would wait or fail, a key is not
 * there. */
int worker_explain(const struct worker_given *given, const char *operand,
                   struct conf *conf, struct err *err);
/* Enough descriptors, no core files. */
int worker_llm_ready(const struct work_options *options, struct err *err);

#endif
