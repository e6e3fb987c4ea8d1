/*
 * loadgen-agents.c - simulated agents: workers in processes of their own
 *
 * What aaos-worker --builtin simulate is, without its program: the whole
 * way of a task from claim to finish is the real one.  They are forked
 * before we open anything, die with us (SIGTERM: they hand back what they
 * hold), and are out of reach of a terminal's ^C, which is for us.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/loadgen.h"
#include "cmd/repair.h"
#include "cmd/setup.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "work/work.h"

/* An agent that does not end is killed after this. */
#define PATIENCE (15 * USEC_PER_SEC)

/* Each reads a byte before it works, and writes one when it has nothing to
 * do; the end of either pipe means that the other side is gone. */
static int go[2] = {-1, -1};
static int idle[2] = {-1, -1};

/* --- in the agent --------------------------------------------------------- */

struct chores {
    struct repair repair;
    bool told;
};

static int reconcile(void *ctx, const char *agent_id, struct err *err)
{
    struct chores *chores = ctx;

    if (!chores->told)
        chores->told = write(idle[1], "", 1) == 1;
    return repair_reconcile(&chores->repair, agent_id, err);
}

static void set_options(struct conf *conf, const struct loadgen_plan *plan,
                        struct work_options *work)
{
    static const char *types[MIX_CLASSES_MAX];

    for (size_t i = 0; i < plan->mix.count; i++)
        types[i] = plan->mix.classes[i].type;
    *work = (struct work_options){
        .handler = WORK_BUILTIN,
        .builtin = BUILTIN_SIMULATE,
        .types = types,
        .type_count = plan->mix.count,
        .jobs = (int)plan->jobs,
        .lease = conf_num(conf, "worker.lease"),
        .grace = conf_num(conf, "worker.grace"),
        .output_limit = conf_num(conf, "worker.output_limit"),
        .stderr_limit = conf_num(conf, "worker.stderr_limit"),
        .artifact_limit = conf_num(conf, "worker.artifact_limit"),
        .version = PACKAGE_VERSION,
        .reconcile = reconcile,
    };
}

static int work_as_agent(struct conf *conf, const struct loadgen_plan *plan,
                         const char *name, struct err *err)
{
    struct work_options work;
    struct chores chores = {0};
    int ret = -1;

    set_options(conf, plan, &work);
    work.name = name;
    work.reconcile_ctx = &chores;
    setup_rules(conf, &work.rules);
    work.state_dir = conf_state_dir(conf, true, err);
    if (!work.state_dir)
        return -1;
    chores.repair.store = setup_store(conf, STORE_WRITE, "aaos-loadgen", err);
    if (chores.repair.store)
        chores.repair.queue =
            setup_queue(conf, chores.repair.store, false, err);
    if (chores.repair.queue)
        ret = work_run(chores.repair.store, chores.repair.queue, &work, err);
    queue_close(chores.repair.queue);
    store_close(chores.repair.store);
    return ret;
}

/* What it says when it fails is one line, in one write. */
static void be_agent(struct conf *conf, const struct loadgen_plan *plan,
                     int number, pid_t parent)
{
    struct err err = {0};
    char name[64];
    char byte;

    setpgid(0, 0);
    file_close(&go[1]);
    file_close(&idle[0]);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent ||
        read(go[0], &byte, 1) != 1)
        _exit(0);
    snprintf(name, sizeof(name), "loadgen.%lld.%d", (long long)parent, number);
    work_as_agent(conf, plan, name, &err);
    if (err.code)
        cmd_warn("simulated agent %d: %s", number, err.msg);
    _exit((int)err.code);
}

/* --- in the generator ----------------------------------------------------- */

static int fork_all(struct conf *conf, const struct loadgen_plan *plan,
                    struct agents *agents, struct err *err)
{
    pid_t parent = getpid();

    while (agents->count < (size_t)plan->workers) {
        pid_t pid = fork();

        if (pid == 0)
            be_agent(conf, plan, (int)agents->count + 1, parent);
        if (pid < 0)
            return err_errno(err, ERR_OS, "cannot start a simulated agent");
        agents->pids[agents->count++] = pid;
        agents->alive++;
    }
    return 0;
}

int agents_start(struct conf *conf, const struct loadgen_plan *plan,
                 struct agents *agents, struct err *err)
{
    int ret;

    agents->pids = xcalloc((size_t)plan->workers + 1, sizeof(pid_t));
    if (pipe2(go, O_CLOEXEC) < 0 || pipe2(idle, O_CLOEXEC) < 0)
        return err_errno(err, ERR_OS, "cannot make a pipe");
    ret = fork_all(conf, plan, agents, err);
    file_close(&go[0]);
    file_close(&idle[1]);
    return ret;
}

int agents_go(struct agents *agents, struct err *err)
{
    size_t ready = 0;
    char bytes[LOADGEN_WORKERS_MAX] = {0};
    ssize_t n = 1;

    if (file_write_all(go[1], bytes, agents->count, err) < 0)
        return err_wrap(err, "cannot start the simulated agents");
    while (ready < agents->count && n > 0) {
        n = read(idle[0], bytes, sizeof(bytes));
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            ready += (size_t)n;
    }
    file_close(&go[1]);
    file_close(&idle[0]);
    if (ready == agents->count)
        return 0;
    return err_set(err, ERR_CONFIG, "%zu of %zu simulated agents did not start",
                   agents->count - ready, agents->count);
}

static void reap(struct agents *agents, bool expected)
{
    for (size_t i = 0; i < agents->count; i++) {
        if (agents->pids[i] == 0 ||
            waitpid(agents->pids[i], NULL, WNOHANG) != agents->pids[i])
            continue;
        agents->pids[i] = 0;
        agents->alive--;
        agents->died += !expected;
    }
}

void agents_look(struct agents *agents)
{
    reap(agents, false);
    agents->use = (struct host_use){0};
    for (size_t i = 0; i < agents->count; i++)
        if (agents->pids[i])
            host_add_process(agents->pids[i], &agents->use);
}

static void signal_all(const struct agents *agents, int signal)
{
    for (size_t i = 0; i < agents->count; i++)
        if (agents->pids[i])
            kill(agents->pids[i], signal);
}

/* One that was stopped is woken first. */
void agents_stop(struct agents *agents)
{
    int64_t until = clock_mono() + PATIENCE;

    file_close(&go[1]);
    file_close(&idle[0]);
    reap(agents, false);
    signal_all(agents, SIGTERM);
    signal_all(agents, SIGCONT);
    while (agents->alive > 0 && clock_mono() < until) {
        reap(agents, true);
        if (agents->alive > 0)
            usleep(2000);
    }
    signal_all(agents, SIGKILL);
    for (size_t i = 0; i < agents->count; i++)
        if (agents->pids[i])
            waitpid(agents->pids[i], NULL, 0);
    free(agents->pids);
    agents->pids = NULL;
    agents->count = agents->alive = 0;
}
