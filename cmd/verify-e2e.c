/*
 * verify-e2e.c - the eleven end-to-end checks, live
 *
 * The programs are run as a user runs them, against the configured database
 * and Redis, with a state directory and a task type of their own, which
 * workers that take all types are not given (task_type_own()).  Back-off is
 * none, so that recovery is seen at once; all other settings are those of
 * the installation.  At the end, however it comes, the rows are removed.
 */
#include "config.h"

#include "cmd/verify-e2e.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/setup.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"
#include "core/uuid.h"
#include "store/sql-names.h"

/* What a killed run has left is removed by one that comes later. */
#define OLD (3600 * USEC_PER_SEC)

static const struct {
    const char *name, *about;
    e2e_check *run;
} checks[] = {
    {"prerequisites", "programs, services and switches are ready",
     e2e_prerequisites},
    {"system-metrics", "counts follow what happens", e2e_metrics},
    {"message-ordering", "a co-process is sent its messages in their order",
     e2e_ordering},
    {"logging-integrity", "one correlation id from submission to result",
     e2e_logging},
    {"performance-summary", "waiting and running times make sense",
     e2e_performance},
    {"prioritisation", "what is urgent runs first, else who came first",
     e2e_priority},
    {"concurrent-processing", "several agents work side by side",
     e2e_concurrency},
    {"queue-contention", "no task is done twice, none is lost", e2e_contention},
    {"database-consistency", "what comes back is what went in",
     e2e_consistency},
    {"error-recovery", "failures, deaths and bad input are survived",
     e2e_recovery},
};

/* --------------------------------------------------------- configuration */

static bool overridden(const char *name)
{
    static const char *const names[] = {"paths.state_dir", "task.types",
                                        "task.retry_base", "task.loss_base",
                                        "log.level"};

    for (size_t i = 0; i < LENGTH(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* All settings in force but secrets, which go through the environment. */
static int write_config(struct e2e *e2e, const char *path, struct err *err)
{
    const struct conf *conf = e2e->run->conf;
    const char *types = conf_text(conf, "task.types");
    struct buf text = {0};
    size_t count;
    const struct conf_setting *all = conf_settings(&count);
    int ret;

    for (size_t i = 0; i < count; i++) {
        const char *value = conf_text(conf, all[i].name);
        int section = (int)strcspn(all[i].name, ".");

        if (value && !all[i].secret && !overridden(all[i].name))
            buf_fmt(&text, "[%.*s]\n%s = %s\n", section, all[i].name,
                    all[i].name + section + 1, value);
    }
    buf_fmt(&text,
            "[task]\ntypes = %s%s%s\nretry_base = 0\nloss_base = 0\n"
            "[log]\nlevel = info\n",
            types ? types : "", types && *types ? "," : "", e2e->name);
    ret = file_replace(path, text.data, text.len, 0600, err);
    buf_release(&text);
    return ret;
}

static bool is_ours(const char *variable)
{
    return strncmp(variable, "AAOS_", 5) == 0 ||
           strncmp(variable, "REDIS_", 6) == 0 ||
           strncmp(variable, "DATABASE_URL=", 13) == 0;
}

static void make_environment(struct e2e *e2e, const char *config)
{
    const struct db *db = store_db(e2e->store);
    const char *redis = conf_text(e2e->run->conf, "redis.url");
    size_t count = 0;

    while (environ[count])
        count++;
    e2e->env = xcalloc(count + 5, sizeof(*e2e->env));
    count = 0;
    for (char **variable = environ; *variable; variable++)
        if (!is_ours(*variable))
            e2e->env[count++] = xstrdup(*variable);
    e2e->env[count++] = xasprintf("AAOS_CONFIG=%s", config);
    e2e->env[count++] = xasprintf("AAOS_STATE_DIR=%s/state", e2e->dir);
    e2e->env[count++] =
        db_path(db) ? xasprintf("AAOS_DATABASE_URL=sqlite:%s", db_path(db))
                    : xasprintf("AAOS_DATABASE_URL=%s", e2e->run->url);
    e2e->env[count++] = xasprintf("AAOS_REDIS_URL=%s", redis ? redis : "none");
}

/* --------------------------------------------------------------- opening */

/* Where this program is, there are the others. */
static int find_programs(struct e2e *e2e, struct err *err)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash;

    if (len < 0)
        return err_errno(err, ERR_OS, "cannot read /proc/self/exe");
    path[len] = '\0';
    slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    e2e->bin = xstrdup(path);
    return 0;
}

static int make_folder(struct e2e *e2e, struct err *err)
{
    const char *tmp = getenv("TMPDIR");

    e2e->dir = xasprintf("%s/aaos-e2e-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (mkdtemp(e2e->dir))
        return 0;
    err_errno(err, ERR_CREATE, "cannot make '%s'", e2e->dir);
    free(e2e->dir);
    e2e->dir = NULL;
    return -1;
}

static int last_seq(struct e2e *e2e, struct err *err)
{
    struct db_rows rows = {0};

    if (db_query(store_db(e2e->store), SQL_VERIFY_LAST_SEQ, NULL, 0, &rows,
                 err) < 0)
        return -1;
    e2e->behind = db_num(&rows, 0, 0);
    db_rows_release(&rows);
    return 0;
}

static int begin(struct e2e *e2e, struct err *err)
{
    char id[UUID_SIZE];
    char *config;
    int64_t now = 0;
    int ret;

    /* The end of a UUID is the part that is random. */
    snprintf(e2e->name, sizeof(e2e->name), "aaos-e2e-%s",
             uuid_make(id) + UUID_SIZE - 13);
    e2e->store = setup_store(e2e->run->conf, STORE_WRITE, "aaos-verify", err);
    e2e->run->url = setup_url(e2e->run->conf, false, err);
    if (!e2e->store || !e2e->run->url)
        return -1;
    e2e->queue = setup_queue(e2e->run->conf, e2e->store, false, err);
    if (!e2e->queue || store_now(e2e->store, &now, err) < 0 ||
        e2e_forget_old(e2e->store, e2e->queue, now - OLD, err) < 0 ||
        last_seq(e2e, err) < 0 || find_programs(e2e, err) < 0 ||
        make_folder(e2e, err) < 0)
        return -1;
    config = e2e_path(e2e, "aaos.conf");
    ret = write_config(e2e, config, err);
    make_environment(e2e, config);
    free(config);
    e2e->signal_fd = proc_signal_fd(err);
    return ret < 0 || e2e->signal_fd < 0 ? -1 : 0;
}

/* --------------------------------------------------------------- closing */

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static int count_left(struct e2e *e2e, struct err *err)
{
    struct db_rows rows = {0};

    if (e2e_left(e2e->store, e2e->name, &rows, err) < 0)
        return -1;
    for (size_t i = 0; i < rows.count; i++)
        if (db_num(&rows, i, 1) > 0)
            verify_offend(e2e->verify, db_text(&rows, i, 0),
                          "%lld rows are left", (long long)db_num(&rows, i, 1));
    db_rows_release(&rows);
    return 0;
}

static void clean_up(struct e2e *e2e)
{
    enum { OPEN_FILES = 16 };
    struct err err = {0};

    verify_begin(e2e->verify, "clean-up", "nothing of all this is left");
    if (e2e_forget(e2e->store, e2e->queue, e2e->name, &err) < 0 ||
        count_left(e2e, &err) < 0)
        verify_unknown(e2e->verify, &err);
    if (nftw(e2e->dir, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS) < 0)
        verify_offend(e2e->verify, e2e->dir, "%s", strerror(errno));
    verify_end(e2e->verify);
}

static void release(struct e2e *e2e)
{
    for (char **variable = e2e->env; variable && *variable; variable++)
        free(*variable);
    free(e2e->env);
    free(e2e->dir);
    free(e2e->bin);
    free(e2e->correlation_id);
    if (e2e->signal_fd >= 0)
        close(e2e->signal_fd);
    queue_close(e2e->queue);
    store_close(e2e->store);
}

/* ------------------------------------------------------------------- all */

static bool run_one(struct e2e *e2e, size_t i, bool ready)
{
    bool good;

    free(e2e->correlation_id);
    e2e->correlation_id = xasprintf("%s.%s", e2e->name, checks[i].name);
    verify_begin(e2e->verify, checks[i].name, checks[i].about);
    if (e2e->stop)
        verify_skip(e2e->verify, "stopped by a signal");
    else if (!ready)
        verify_skip(e2e->verify, "the prerequisites are not met");
    else
        checks[i].run(e2e);
    good = verify_clean(e2e->verify);
    verify_end(e2e->verify);
    return good;
}

int verify_run_e2e(struct verify_run *run, struct err *err)
{
    struct e2e e2e = {.run = run, .verify = &run->verify, .signal_fd = -1};
    bool ready = true;
    int ret = begin(&e2e, err);

    run->verify.area = "e2e";
    for (size_t i = 0; ret == 0 && i < LENGTH(checks); i++) {
        bool good = run_one(&e2e, i, ready);

        ready = i == 0 ? good : ready;
    }
    if (e2e.dir)
        clean_up(&e2e);
    if (ret == 0 && e2e.stop)
        ret = err_set(err, ERR_TEMP, "stopped by a signal");
    release(&e2e);
    return ret;
}
