/*
 * command-env.c - the environment of what we start
 *
 * What we inherited, without secrets and without what an outer worker said
 * about its own task, and then the facts of this one.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/conf.h"
#include "core/mem.h"
#include "work/artifact.h"

enum { FACTS = 12 };

struct environment {
    char **envp;
    size_t common; /* how many are the same for all */
    char *agent;
    struct buf text; /* the facts, each with its NUL */
    size_t offsets[FACTS];
    size_t facts;
};

/* Set for each attempt, or not at all; never inherited. */
static const char *const ours[] = {
    "AAOS_TASK_ID",     "AAOS_TASK_TYPE",    "AAOS_ATTEMPT",
    "AAOS_WORKFLOW_ID", "AAOS_DEADLINE",     "AAOS_CORRELATION_ID",
    "AAOS_AGENT_ID",    "AAOS_ARTIFACT_DIR", "AAOS_IDEMPOTENCY_KEY",
    "AAOS_COPROCESS",   "TRACEPARENT",       "PGPASSWORD",
};

/* A child that submits tasks needs them, but must not see a password. */
static const char *const urls[] = {"AAOS_DATABASE_URL", "DATABASE_URL",
                                   "AAOS_REDIS_URL"};

static bool is_named(const char *entry, const char *name)
{
    size_t len = strlen(name);

    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static bool inherited(const char *entry)
{
    size_t i;

    for (i = 0; i < LENGTH(ours); i++)
        if (is_named(entry, ours[i]))
            return false;
    for (i = 0; i < LENGTH(urls); i++)
        if (is_named(entry, urls[i]) && conf_url_secret(strchr(entry, '=') + 1))
            return false;
    return true;
}

struct environment *environment_open(const struct work *work, bool coprocess)
{
    struct environment *environment = xcalloc(1, sizeof(*environment));
    static char coprocess_mark[] = "AAOS_COPROCESS=1";
    size_t count = 0;
    size_t i;

    while (environ[count])
        count++;
    environment->envp = xcalloc(count + FACTS + 3, sizeof(char *));
    for (i = 0; i < count; i++)
        if (inherited(environ[i]))
            environment->envp[environment->common++] = environ[i];
    environment->agent = xasprintf("AAOS_AGENT_ID=%s", work->agent_id);
    environment->envp[environment->common++] = environment->agent;
    if (coprocess)
        environment->envp[environment->common++] = coprocess_mark;
    return environment;
}

void environment_close(struct environment *environment)
{
    if (!environment)
        return;
    buf_release(&environment->text);
    free(environment->agent);
    free(environment->envp);
    free(environment);
}

static void put(struct environment *environment, const char *name,
                const char *value)
{
    if (!value || !*value)
        return;
    environment->offsets[environment->facts++] = environment->text.len;
    buf_str(&environment->text, name);
    buf_byte(&environment->text, '=');
    buf_put(&environment->text, value, strlen(value) + 1);
}

/* The 32 digits of a UUID. */
static void put_digits(struct buf *out, const char *uuid)
{
    for (; *uuid; uuid++)
        if (*uuid != '-')
            buf_byte(out, *uuid);
}

/*
 * W3C trace context: all that belongs together has the correlation id, and
 * each attempt a span of its own, made of the random end of the task's id.
 */
static void put_trace(struct environment *environment,
                      const struct claim *claim)
{
    const char *trace = claim->correlation_id;
    struct buf digits = {0};
    unsigned long long span = 0;

    if (!trace || !uuid_valid(trace, strlen(trace)))
        trace = claim->task_id;
    put_digits(&digits, claim->task_id);
    buf_str(&digits, "");
    if (digits.len >= 16)
        span = strtoull(digits.data + digits.len - 16, NULL, 16);
    span += (unsigned)claim->attempt;
    environment->offsets[environment->facts++] = environment->text.len;
    buf_str(&environment->text, "TRACEPARENT=00-");
    put_digits(&environment->text, trace);
    buf_fmt(&environment->text, "-%016llx-01", span ? span : 1);
    buf_byte(&environment->text, '\0');
    buf_release(&digits);
}

static void put_facts(struct environment *environment, const struct job *job)
{
    const struct claim *claim = &job->claim;
    char deadline[CLOCK_TEXT_SIZE];
    char attempt[16];
    char *dir = xasprintf("%s/%s", job->work->artifacts_path, job->dir);

    snprintf(attempt, sizeof(attempt), "%d", claim->attempt);
    record_deadline(job, deadline);
    put(environment, "AAOS_TASK_ID", claim->task_id);
    put(environment, "AAOS_TASK_TYPE", claim->task_type);
    put(environment, "AAOS_ATTEMPT", attempt);
    put(environment, "AAOS_CORRELATION_ID", claim->correlation_id);
    put(environment, "AAOS_WORKFLOW_ID", claim->workflow_id);
    put(environment, "AAOS_IDEMPOTENCY_KEY",
        claim->idempotency_key ? claim->idempotency_key : claim->task_id);
    put(environment, "AAOS_DEADLINE", deadline);
    put(environment, "AAOS_ARTIFACT_DIR", dir);
    put_trace(environment, claim);
    free(dir);
}

char *const *environment_get(struct environment *environment,
                             const struct job *job)
{
    size_t i;

    environment->facts = 0;
    buf_reset(&environment->text);
    if (job)
        put_facts(environment, job);
    for (i = 0; i < environment->facts; i++)
        environment->envp[environment->common + i] =
            environment->text.data + environment->offsets[i];
    environment->envp[environment->common + i] = NULL;
    return environment->envp;
}
