/*
 * aaos-worker - claim tasks, run a handler for each, record the outcome
 *
 *     aaos-worker -t research -j 4 -- ./summarise
 *     aaos-worker --until-empty -- sh -c 'wc -w'
 *     aaos-worker --coprocess -j 32 -- python3 agent.py
 *     aaos-worker --llm -j 100
 *     aaos-worker --explain <record.json
 */
#include "config.h"

#include "cmd/repair.h"
#include "cmd/setup.h"
#include "cmd/worker.h"
#include "core/clock.h"
#include "core/cmd.h"
#include "core/log.h"
#include "llm/settings.h"

#define YEAR (365 * INT64_C(86400) * USEC_PER_SEC)
#define GIB (INT64_C(1) << 30)

static struct worker_given given = {
    .jobs = 1,
    .lease = -1,
    .timeout = -1,
    .grace = -1,
    .output_limit = -1,
    .placeholder = "{}",
};

static const struct opt options[] = {
    {'t', "type", "LIST", "task types to take, comma-separated (all)",
     .str = &given.types},
    {'j', "jobs", "N", "tasks at a time; 0: one a processor (1)",
     .num = &given.jobs, .min = 0, .max = 10000},
    {0, "agent", "PROFILE", "kind of agent: its task types and its prompt",
     .str = &given.profile},
    {0, "name", "NAME", "what lists of agents show (host.pid)",
     .str = &given.name},
    {0, "once", NULL, "run one task; exit 0, 1 or, when there is none, 75",
     .flag = &given.once},
    {0, "until-empty", "[=all]",
     "end when no task of these types is waiting; all: none of any type",
     .set = worker_set_until, .to = &given.until},
    {0, "max-tasks", "N", "end after so many tasks", .num = &given.max_tasks,
     .min = 1, .max = INT64_MAX},
    {0, "lease", "DURATION", "time without a heartbeat until tasks are lost",
     .usec = &given.lease, .min = USEC_PER_SEC, .max = 3600 * USEC_PER_SEC},
    {0, "timeout", "DURATION", "time limit of tasks that set none",
     .usec = &given.timeout, .min = 0, .max = YEAR},
    {0, "grace", "DURATION", "time between SIGTERM and SIGKILL",
     .usec = &given.grace, .min = 0, .max = 3600 * USEC_PER_SEC},
    {0, "stdin", "FORM", "what the command reads: the payload or the record",
     .values = "payload|json", .str = &given.stdin_form},
    {0, "output-limit", "SIZE", "bytes of stdout kept as the result",
     .bytes = &given.output_limit, .min = 0, .max = GIB},
    {0, "permanent", "LIST", "exit statuses that are never retried",
     .str = &given.permanent},
    {'I', "replace", "STR", "replaced by the description ({}); '': nothing is",
     .str = &given.placeholder},
    {0, "halt", "WHEN", "now,fail=N or soon,fail=N: end after N failures",
     .set = worker_set_halt, .to = &given},
    {0, "joblog", "FILE",
     "log of tasks as GNU parallel writes it; +FILE: append",
     .str = &given.joblog},
    {0, "coprocess", NULL, "keep the command running, talk JSON Lines to it",
     .flag = &given.coprocess},
    {0, "llm", NULL, "let models answer, as the configuration says",
     .flag = &given.llm},
    {0, "proof", NULL, "with --llm: write what would be sent, call nothing",
     .flag = &given.proof},
    {0, "explain", NULL,
     "read records from stdin, print what --llm would decide, do nothing",
     .flag = &given.explain},
    {0, "check-config", NULL,
     "print endpoints, models and routes as they are understood",
     .flag = &given.check_config},
    {'o', "output", "FORM", "form of --explain (text)", .values = "text|json",
     .str = &given.output},
    {0, "builtin", "NAME", "a handler of our own, for tests",
     .values = "noop|echo|sleep|fail|simulate", .str = &given.builtin},
    {0},
};

static const struct cmd cmd = {
    .name = "aaos-worker",
    .operands = "[-- COMMAND [ARG...]]",
    .about = "Claim tasks, run a handler for each, record the outcome.",
    .options = options,
    .logs = true,
    .stop_at_operand = true,
};

int main(int argc, char **argv)
{
    struct work_options work = {0};
    struct repair repair = {0};
    struct conf *conf = NULL;
    struct err err = {0};
    int first = cmd_begin(&cmd, argc, argv);

    conf = cmd_conf(&cmd, &err);
    if (conf && (given.explain || given.check_config)) {
        worker_explain(&given, argv[first], conf, &err);
        goto out;
    }
    if (!conf || worker_options(&given, argv + first, conf, &work, &err) < 0)
        goto out;
    if (worker_llm_ready(&work, &err) < 0)
        goto out;
    repair.store = setup_store(conf, STORE_WRITE, cmd.name, &err);
    if (!repair.store || repair_check_flags(repair.store, &err) < 0)
        goto out;
    repair.queue = setup_queue(conf, repair.store, false, &err);
    if (!repair.queue)
        goto out;
    work.reconcile = repair_reconcile;
    work.reconcile_ctx = &repair;
    work_run(repair.store, repair.queue, &work, &err);
out:
    queue_close(repair.queue);
    store_close(repair.store);
    task_record_release(&work.defaults);
    llm_config_close(work.llm);
    conf_close(conf);
    return cmd_end(&cmd, &err);
}
