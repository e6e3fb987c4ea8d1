/*
 * verify-areas.c - the areas that only read
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/secret.h"
#include "cmd/setup.h"
#include "cmd/verify.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/proc.h"
#include "verify/artifacts.h"
#include "verify/audit.h"
#include "verify/database.h"
#include "verify/index.h"
#include "verify/invariants.h"
#include "verify/schema.h"
#include "verify/settings.h"

/* Cron ticks once a minute. */
#define NEXT_TICK (60 * USEC_PER_SEC)

int64_t verify_grace(const struct verify_run *run)
{
    if (run->given->grace >= 0)
        return run->given->grace;
    return conf_num(run->conf, "worker.lease") +
           conf_num(run->conf, "dispatch.lease") + NEXT_TICK;
}

static void wait_for(int64_t usec)
{
    struct timespec left = {.tv_sec = usec / USEC_PER_SEC,
                            .tv_nsec = usec % USEC_PER_SEC * 1000};
    int ret;

    do
        ret = nanosleep(&left, &left);
    while (ret < 0);
}

/*
 * The comparison makes a schema and takes it back, which a connection that
 * only reads may not do on PostgreSQL.
 */
int verify_run_schema(struct verify_run *run, struct err *err)
{
    struct store *store = NULL;

    if (db_engine(store_db(run->store)) == DB_POSTGRES) {
        store = setup_store(run->conf, STORE_INSPECT, "aaos-verify", err);
        if (!store)
            return -1;
    }
    verify_schema(&run->verify, store ? store : run->store);
    store_close(store);
    return 0;
}

/* Tries of an action: of a webhook one more than there are waits. */
static int64_t most_tries(const struct conf *conf)
{
    const char *schedule = conf_text(conf, "dispatch.webhook_schedule");
    int64_t tries = conf_num(conf, "dispatch.action_attempts");
    int64_t webhook = 2;

    for (; schedule && *schedule; schedule++)
        webhook += *schedule == ',';
    return webhook > tries ? webhook : tries;
}

int verify_check_invariants(struct verify_run *run, struct verify *verify,
                            struct err *err)
{
    const struct invariant_options options = {
        .grace = verify_grace(run),
        .retention = conf_num(run->conf, "task.retention"),
        .tries = most_tries(run->conf),
        .look = run->given->look,
        .wait = wait_for,
    };

    (void)err;
    verify_invariants(verify, run->store, &options);
    return 0;
}

int verify_run_invariants(struct verify_run *run, struct err *err)
{
    return verify_check_invariants(run, &run->verify, err);
}

/* As a program that writes would open it; SQLite alone keeps settings in the
 * connection.  Opening would repair the mode of the journal, so that comes
 * first. */
static struct store *open_writer(struct verify_run *run)
{
    struct db *db = store_db(run->store);
    struct err err = {0};
    struct store *writer = NULL;
    char *mode = NULL;

    if (db_engine(db) == DB_SQLITE)
        mode = verify_ask(db, "SELECT * FROM pragma_journal_mode", &err);
    if (mode && strcmp(mode, "wal") == 0)
        writer = setup_store(run->conf, STORE_INSPECT, "aaos-verify", &err);
    free(mode);
    return writer;
}

int verify_run_database(struct verify_run *run, struct err *err)
{
    struct store *writer = open_writer(run);

    (void)err;
    verify_database(&run->verify, run->store, writer);
    store_close(writer);
    return 0;
}

int verify_run_queue(struct verify_run *run, struct err *err)
{
    const struct index_options options = {.look = run->given->look,
                                          .wait = wait_for};

    if (!run->queue)
        run->queue = setup_queue(run->conf, run->store, false, err);
    if (!run->queue)
        return -1;
    verify_queue(&run->verify, run->store, run->queue, &options);
    return 0;
}

int verify_run_audit(struct verify_run *run, struct err *err)
{
    if (setup_audit_key(run->conf, run->store, err) < 0)
        return -1;
    verify_audit(&run->verify, run->store);
    return 0;
}

int verify_run_artifacts(struct verify_run *run, struct err *err)
{
    struct artifact_options options = {
        .state_dir = conf_state_dir(run->conf, false, err),
        .machine_id = proc_machine_id(),
        .grace = verify_grace(run),
    };

    if (!options.state_dir || store_now(run->store, &options.now, err) < 0)
        return -1;
    verify_artifacts(&run->verify, run->store, &options);
    return 0;
}

/* What a reference should lead to is tried as programs do. */
static void check_secrets(struct verify_run *run)
{
    static const char *const names[] = {"audit.key", "action.webhook_secret",
                                        "action.social_token"};

    verify_begin(&run->verify, "secrets",
                 "secrets are there, and nobody else can read them");
    for (size_t i = 0; i < LENGTH(names); i++) {
        const char *list = conf_text(run->conf, names[i]);
        char *copy = xstrdup(list ? list : "");
        char *rest = copy;
        char *word;

        while ((word = strsep(&rest, ", \t"))) {
            struct err err = {0};
            char *secret = *word ? secret_get(word, &err) : NULL;

            if (*word && !secret)
                verify_offend(&run->verify, names[i], "%s", err.msg);
            free(secret);
        }
        free(copy);
    }
    verify_end(&run->verify);
}

int verify_run_config(struct verify_run *run, struct err *err)
{
    struct err none = {0};

    (void)err;
    verify_settings(&run->verify, run->conf,
                    conf_state_dir(run->conf, false, &none));
    check_secrets(run);
    verify_check_models(run);
    return 0;
}

int verify_run_all(struct verify_run *run, struct err *err)
{
    static const struct {
        const char *name;
        verify_verb *run;
    } areas[] = {
        {"schema", verify_run_schema},
        {"database", verify_run_database},
        {"invariants", verify_run_invariants},
        {"queue", verify_run_queue},
        {"audit", verify_run_audit},
        {"artifacts", verify_run_artifacts},
        {"config", verify_run_config},
    };

    (void)err;
    for (size_t i = 0; i < LENGTH(areas); i++) {
        struct err why = {0};

        run->verify.area = areas[i].name;
        if (areas[i].run(run, &why) == 0)
            continue;
        verify_begin(&run->verify, "begin", "its checks can be made");
        verify_unknown(&run->verify, &why);
        verify_end(&run->verify);
    }
    return 0;
}
