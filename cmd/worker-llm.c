/*
 * worker-llm.c - what aaos-worker --llm needs before it may start
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cmd/secret.h"
#include "cmd/worker.h"
#include "core/log.h"
#include "core/redact.h"
#include "llm/settings.h"

enum {
    FDS_A_CALL = 2, /* a connection, and one that is being looked up */
    FDS_BESIDE = 64
};

/* --- secrets --------------------------------------------------------------- */

/* A worker that calls no models has no use for keys. */
static char *no_secret(const char *reference, struct err *err)
{
    err_set(err, ERR_CONFIG, "'%s' is read by --llm alone", reference);
    return NULL;
}

/* The key is in the configuration now, and stands nowhere else: not in
 * /proc/PID/environ, not in a child. */
static void forget(const struct llm_config *config)
{
    size_t i;

    for (i = 0; i < config->nendpoints; i++) {
        const char *reference = config->endpoints[i].key_ref;
        char *value = NULL;

        if (reference && strncmp(reference, "env:", 4) == 0)
            value = getenv(reference + 4);
        if (!value)
            continue;
        explicit_bzero(value, strlen(value));
        unsetenv(reference + 4);
    }
}

/* Nor in a core file, nor for a debugger of somebody else. */
static int seal(struct err *err)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
        return err_errno(err, ERR_OS, "cannot turn off core files");
    return 0;
}

/* --- descriptors ----------------------------------------------------------- */

static int raise_files(int jobs, struct err *err)
{
    rlim_t need = (rlim_t)jobs * FDS_A_CALL + FDS_BESIDE;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
        limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= need)
        return 0;
    limit.rlim_cur = need;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= need)
        return setrlimit(RLIMIT_NOFILE, &limit) == 0
                   ? 0
                   : err_errno(err, ERR_OS, "cannot open more files");
    err_set(err, ERR_CONFIG,
            "%d calls at a time need more open files than %lld", jobs,
            (long long)limit.rlim_max);
    return err_hint(err, "ulimit -n %lld", (long long)need);
}

/* Keys in use are taken out of whatever is logged, for as long as we run. */
static void keep_secret(const struct llm_config *config)
{
    static struct redact *secrets;
    size_t i;

    if (!secrets)
        secrets = redact_open();
    for (i = 0; i < config->nendpoints; i++)
        if (config->endpoints[i].key)
            redact_add(secrets, config->endpoints[i].key);
    log_secrets(secrets);
}

/* --- together -------------------------------------------------------------- */

int worker_llm_config(const struct worker_given *given, struct conf *conf,
                      struct work_options *options, struct err *err)
{
    if (!given->llm && !given->explain && !given->profile)
        return 0;
    options->llm =
        llm_config_open(conf, given->llm ? secret_get : no_secret, err);
    if (!options->llm)
        return -1;
    if (given->llm) {
        forget(options->llm);
        keep_secret(options->llm);
    }
    return 0;
}

int worker_llm_ready(const struct work_options *options, struct err *err)
{
    if (options->handler != WORK_LLM)
        return 0;
    if (raise_files(options->jobs, err) < 0)
        return -1;
    return seal(err);
}
