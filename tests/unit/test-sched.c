/*
 * Reconciling: real agents that are killed, stopped, or only seem dead.
 */
#include "config.h"

#include "sched/sched.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"
#include "core/proc.h"
#include "family.h"
#include "queue-case.h"

#define NEVER "01980000-0000-7000-8000-ffffffffffff"

static struct queue *queue;
static struct sched_report report;

/* --- the store ------------------------------------------------------------ */

/* A proof of death must not need the lease: those here run for 285 years. */
static void put_running(const struct family *family, int count)
{
    for (int seq = 1; seq <= count; seq++)
        put_task(seq, "code", family->agent_id);
}

static void let_leases_end(void)
{
    sql("UPDATE tasks SET lease_until = 0 WHERE status = 'running'");
}

static int64_t count(const char *status)
{
    return look("SELECT count(*) FROM tasks WHERE status = '%s'", status);
}

static int64_t outcomes(const char *outcome)
{
    return look("SELECT count(*) FROM attempts WHERE outcome = '%s'", outcome);
}

static bool agent_gone(const struct family *family, const char *reason)
{
    return look("SELECT count(*) FROM agents WHERE agent_id = '%s'"
                " AND status = 'gone' AND gone_reason = '%s'",
                family->agent_id, reason) == 1;
}

static int reconcile_as(const char *self)
{
    const struct sched_options options = {.lease_grace = 2000000,
                                          .loss_jitter_seed = 42,
                                          .refill = true,
                                          .self = self};

    err_clear(&err);
    return sched_reconcile(store, queue, &options, &report, &err);
}

static bool reconcile(void)
{
    bool good = reconcile_as(NULL) == 0;

    if (!good)
        printf("# %s\n", err.msg);
    return good;
}

/* --- cases ---------------------------------------------------------------- */

static void test_nothing(void)
{
    clear();
    ok(reconcile() && report.agents_gone == 0 && report.lost == 0 &&
           report.handed_back == 0 && report.killed == 0 &&
           report.promoted == 0,
       "where nothing is wrong nothing is done");
}

static void test_living(void)
{
    struct family family = start_agent();

    clear();
    put_agent(&family, NULL, NULL);
    put_running(&family, 3);
    ok(reconcile() && count("running") == 3 && report.killed == 0 &&
           report.agents_gone == 0,
       "a living agent keeps what it has");
    ok(!gone(family.agent) && !gone(family.child) && !gone(family.orphan),
       "nobody is killed");
    end_family(&family);
}

static void test_killed(void)
{
    struct family family = start_agent();

    clear();
    put_agent(&family, NULL, NULL);
    put_running(&family, 4);
    end_agent(&family);
    ok(!gone(family.child) && !gone(family.orphan),
       "children outlive their agent, one of them holds its lock");
    ok(reconcile_as(family.agent_id) == 0 && count("running") == 4,
       "an agent never buries itself");
    ok(reconcile() && report.agents_gone == 1, "a dead agent is buried");
    ok(family_gone(&family) && report.killed == 2, "its children are killed");
    ok(report.lost == 2 && count("retry") == 2 && outcomes("lost") == 2,
       "what it had started is lost");
    ok(report.handed_back == 2 && count("pending") == 2 &&
           outcomes("handed_back") == 2,
       "what it had not is handed back");
    ok(look("SELECT sum(losses) FROM tasks") == 2 &&
           look("SELECT sum(failures) FROM tasks") == 0,
       "losses are counted, and no failures");
    ok(agent_gone(&family, "killed"), "its row says why it is gone");
    ok(access(family.lock_path, F_OK) < 0, "its file is removed");
    ok(reconcile() && report.agents_gone == 0 && report.lost == 0,
       "a second pass has nothing to do");
    end_family(&family);
}

/* The agent is a zombie that nobody waits for. */
static void test_zombie(void)
{
    struct family family = start_agent();
    siginfo_t info;

    clear();
    put_agent(&family, NULL, NULL);
    put_running(&family, 1);
    kill(family.agent, SIGKILL);
    waitid(P_PID, (id_t)family.agent, &info, WEXITED | WNOWAIT);
    ok(reconcile() && report.agents_gone == 1 && family_gone(&family),
       "a zombie is dead");
    end_family(&family);
}

/* Holds the lock, but has another environment. */
static void test_stranger(void)
{
    struct family family = start_agent();
    struct family row = family;

    clear();
    uuid_make(row.agent_id); /* nobody carries this name */
    put_agent(&row, NULL, NULL);
    put_running(&row, 2);
    end_agent(&family);
    ok(reconcile() && report.agents_gone == 1 && gone(family.child),
       "who holds the lock of a dead agent is killed, whatever its name");
    ok(!gone(family.orphan), "others are not");
    end_family(&family);
}

/* An agent with a PID namespace of its own, which we look into from outside;
 * only root may make one. */
static void test_other_namespace(void)
{
    struct family family = {0};
    int tell[2];
    pid_t outer;
    bool may;

    if (pipe(tell) < 0)
        give_up("pipe");
    outer = fork();
    if (outer == 0) {
        if (unshare(CLONE_NEWPID) == 0 && fork() == 0) {
            uuid_make(family.agent_id);
            be_agent(&family, tell[1]);
        }
        _exit(0);
    }
    waitpid(outer, NULL, 0);
    close(tell[1]);
    may = read(tell[0], &family, sizeof(family)) == sizeof(family);
    close(tell[0]);
    if (!may) {
        ok(true, "PID namespaces # SKIP they cannot be made");
        return;
    }
    clear();
    put_agent(&family, NULL, NULL);
    put_running(&family, 2);
    ok(family.agent == 1 && reconcile() && report.agents_gone == 0 &&
           report.killed == 0 && count("running") == 2,
       "an agent lives that has another pid for itself than for us");
    proc_kill_holders(family.dev, family.ino, 0, 5000000, &err);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    ok(reconcile() && report.agents_gone == 1, "until it dies");
}

static void test_missing_file(void)
{
    struct family family = start_agent();

    clear();
    put_agent(&family, NULL, NULL);
    put_running(&family, 2);
    end_agent(&family);
    unlink(family.lock_path);
    ok(reconcile() && report.agents_gone == 0 && count("running") == 2,
       "a missing file proves nothing");
    let_leases_end();
    ok(reconcile() && report.lost == 2 && count("retry") == 2 &&
           family_gone(&family),
       "then the lease decides, and what was started here is killed");
    sql("UPDATE agents SET heartbeat_at = 0");
    ok(reconcile() && agent_gone(&family, "silent"),
       "long after its last heartbeat such an agent is forgotten");
    end_family(&family);
}

static void test_rebooted(void)
{
    struct family family = {.agent = 1, .start = 1, .lock_path = "/nowhere/x"};

    clear();
    uuid_make(family.agent_id);
    put_agent(&family, NULL, NEVER);
    put_running(&family, 300);
    ok(reconcile() && report.agents_gone == 1 && report.lost == 0 &&
           report.handed_back == 300 && count("pending") == 300,
       "what an earlier boot left is handed back, without a loss");
    ok(agent_gone(&family, "rebooted"), "its agent is gone");
}

static void test_elsewhere(void)
{
    struct family family = {.agent = 1, .start = 1, .lock_path = "/nowhere/x"};

    if (db_engine(store_db(store)) == DB_SQLITE)
        return;
    clear();
    uuid_make(family.agent_id);
    put_agent(&family, "another machine", NEVER);
    put_running(&family, 2);
    sql("UPDATE agents SET heartbeat_at = 0");
    ok(reconcile() && report.agents_gone == 0 && count("running") == 2,
       "an agent of another host is not judged");
    let_leases_end();
    ok(reconcile() && report.lost == 2 && count("retry") == 2,
       "its leases are");
    ok(agent_gone(&family, "silent"), "without work it is forgotten");
}

static void test_stopped(void)
{
    struct family family = start_agent();

    clear();
    put_agent(&family, NULL, NULL);
    put_running(&family, 3);
    kill(family.agent, SIGSTOP);
    ok(reconcile() && count("running") == 3, "a stopped agent may go on");
    let_leases_end();
    sql("UPDATE tasks SET lease_until = 9000000000000000 WHERE seq = 2");
    ok(reconcile_as(family.agent_id) == 0 && count("running") == 3,
       "an agent never reaps itself");
    ok(reconcile() && report.lost == 2 && count("retry") == 2 &&
           count("running") == 1,
       "its attempts whose lease is over are lost");
    ok(gone(family.child), "their processes are killed");
    ok(!gone(family.orphan) && !gone(family.agent), "others live");
    ok(report.agents_gone == 0, "and so does the agent");
    end_family(&family);
}

/* More losses than are allowed. */
static void test_crash_loop(void)
{
    struct family family = start_agent();

    clear();
    put_agent(&family, NULL, NULL);
    put_running(&family, 1);
    sql("UPDATE tasks SET losses = 2");
    end_agent(&family);
    ok(reconcile() && count("dead") == 1 &&
           look("SELECT count(*) FROM tasks WHERE reason = 'crash_loop'") == 1,
       "the third loss is the last one");
    end_family(&family);
}

static void test_promote(void)
{
    clear();
    put_task(1, "code", NULL);
    put_task(2, "qa", NULL);
    put_task(3, "qa", NULL);
    sql("UPDATE tasks SET status = 'retry', run_at = 1 WHERE seq = 1;"
        "UPDATE tasks SET status = 'scheduled', run_at = 9000000000000000"
        " WHERE seq = 2;"
        "UPDATE tasks SET expires_at = 1 WHERE seq = 3");
    ok(reconcile() && report.promoted == 1 && count("pending") == 1 &&
           count("scheduled") == 1 && count("cancelled") == 1,
       "what is due becomes pending, what has expired is cancelled");
}

/* One agent cannot be judged; the others are, and time passes. */
static void test_partial_failure(void)
{
    clear();
    put_task(1, "code", NULL);
    sql("UPDATE tasks SET status = 'retry', run_at = 1;"
        "ALTER TABLE agents RENAME TO agents_away");
    ok(reconcile_as(NULL) == -1 && report.promoted == 1,
       "a part that fails does not keep the others from running");
    sql("ALTER TABLE agents_away RENAME TO agents");
    err_clear(&err);
}

/* Two at once: every attempt ends once. */
static void test_together(void)
{
    struct family family = start_agent();
    int status = -1;
    pid_t other;

    clear();
    put_agent(&family, NULL, NULL);
    put_running(&family, 4);
    end_agent(&family);
    other = fork();
    if (other == 0) {
        store = store_open(store_url, STORE_WRITE, NULL, "test", &err);
        _exit(!store || !reconcile());
    }
    reconcile();
    waitpid(other, &status, 0);
    ok(status == 0, "nobody who looks for the dead is taken for their child");
    reconcile();
    ok(count("running") == 0 && outcomes("lost") == 2 &&
           outcomes("handed_back") == 2 && agent_gone(&family, "killed"),
       "two that reconcile at once do it once");
    end_family(&family);
}

static void cases(void)
{
    queue = queue_open(NULL, store, false, &err);
    if (!queue)
        give_up("queue_open");
    test_nothing();
    test_living();
    test_killed();
    test_zombie();
    test_stranger();
    test_other_namespace();
    test_missing_file();
    test_rebooted();
    test_elsewhere();
    test_stopped();
    test_crash_loop();
    test_promote();
    test_partial_failure();
    test_together();
    queue_close(queue);
}

int main(void)
{
    char *path;

    log_setup("test", LOG_LEVEL_ERROR, false);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!mkdtemp(state))
        return 1;
    run_on_engines(cases);
    path = xasprintf("%s/run/reaper.lock", state);
    unlink(path);
    free(path);
    path = xasprintf("%s/run", state);
    rmdir(path);
    free(path);
    ok(rmdir(state) == 0, "nothing is left in the folder of the locks");
    return tap_done();
}
