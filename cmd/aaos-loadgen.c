/*
 * aaos-loadgen - load, baselines, telemetry and their reports
 *
 *     aaos-loadgen run --rate 200 --duration 60s --workers 4 --seed 7
 *     aaos-loadgen baseline --dir baseline            # 24 hours, resumable
 *     aaos-loadgen report baseline --to baseline.html
 */
#include "config.h"

#include "cmd/loadgen-baseline.h"
#include "cmd/loadgen-report.h"
#include "cmd/loadgen.h"
#include "core/clock.h"

#define DAY (86400 * USEC_PER_SEC)

struct loadgen_given loadgen_given = {
    .clients = -1,
    .think = -1,
    .count = -1,
    .duration = -1,
    .seed = -1,
    .workers = -1,
    .jobs = -1,
    .drain = -1,
    .interval = -1,
    .every = -1,
};

static const struct opt run_options[] = {
    {0, "rate", "N", "open loop: so many tasks a second (10)",
     .str = &loadgen_given.rate},
    {0, "arrivals", "FORM", "how they are spaced (poisson)",
     .values = "poisson|constant", .str = &loadgen_given.arrivals},
    {0, "clients", "N", "closed loop: so many, each waits for its result",
     .num = &loadgen_given.clients, .min = 1, .max = LOADGEN_CLIENTS_MAX},
    {0, "think", "DURATION", "closed loop: pause of a client (0)",
     .usec = &loadgen_given.think, .min = 0, .max = DAY},
    {0, "mix", "MIX", "TYPE[=WEIGHT][:KEY=VALUE]...,...",
     .str = &loadgen_given.mix},
    {0, "count", "N", "end after so many tasks", .num = &loadgen_given.count,
     .min = 1, .max = LOADGEN_COUNT_MAX},
    {0, "duration", "DURATION", "end after so long (60s, without --count)",
     .usec = &loadgen_given.duration, .min = 1, .max = 7 * DAY},
    {0, "seed", "N", "the same seed gives the same load",
     .num = &loadgen_given.seed, .min = 0, .max = INT64_MAX},
    {0, "workers", "N", "simulated agents, 0 for none (1)",
     .num = &loadgen_given.workers, .min = 0, .max = LOADGEN_WORKERS_MAX},
    {'j', "jobs", "N", "tasks at a time of each agent (1)",
     .num = &loadgen_given.jobs, .min = 1, .max = 10000},
    {0, "drain", "DURATION", "time for the last tasks to end (60s)",
     .usec = &loadgen_given.drain, .min = 0, .max = DAY},
    {0, "interval", "DURATION", "time between two lines of the file (1s)",
     .usec = &loadgen_given.interval, .min = USEC_PER_SEC / 10, .max = DAY},
    {0, "results", "FILE", "where the run is recorded",
     .str = &loadgen_given.results},
    {0, "shared", NULL, "also in a database that holds other work",
     .flag = &loadgen_given.shared},
    {0, "remove", NULL, "remove the tasks at the end",
     .flag = &loadgen_given.remove},
    {0},
};

static const struct opt baseline_options[] = {
    {0, "dir", "DIR", "folder of the baseline (baseline in the state folder)",
     .str = &loadgen_given.dir},
    {0, "every", "DURATION", "time between two samples (60s)",
     .usec = &loadgen_given.every, .min = USEC_PER_SEC / 10, .max = DAY},
    {0, "duration", "DURATION", "how long it lasts (24h)",
     .usec = &loadgen_given.duration, .min = USEC_PER_SEC / 10,
     .max = 366 * DAY},
    {0, "once", NULL, "take what is due, and end", .flag = &loadgen_given.once},
    {0, "exclusive", NULL, "exit 75 when another process is at it",
     .flag = &loadgen_given.exclusive},
    {0},
};

static const struct opt sample_options[] = {
    {0, "file", "FILE", "append it to this file, too",
     .str = &loadgen_given.file},
    {0},
};

static const struct opt report_options[] = {
    {0, "format", "FORM", "what is written (by the name of --to, or markdown)",
     .values = "json|markdown|html", .str = &loadgen_given.format},
    {0, "to", "FILE", "write there, not to stdout", .str = &loadgen_given.to},
    {0, "title", "TEXT", "title of the report", .str = &loadgen_given.title},
    {0},
};

const struct cmd_verb loadgen_verbs[] = {
    [LOADGEN_RUN] = {"run", "", "put a load on the queue and measure it",
                     run_options},
    [LOADGEN_CLEAN] = {"clean", "RUN...", "remove the tasks of earlier runs",
                       NULL},
    [LOADGEN_BASELINE] = {"baseline", "", "sample for a day, whatever dies",
                          baseline_options},
    [LOADGEN_SAMPLE] = {"sample", "", "take one sample of everything",
                        sample_options},
    [LOADGEN_REPORT] = {"report", "[FILE|DIR...]",
                        "show what runs and baselines have recorded",
                        report_options},
    {0},
};

static const struct opt options[] = {{0}};

static const struct cmd cmd = {
    .name = "aaos-loadgen",
    .about = "Put a load on the queue, watch it, and report.",
    .options = options,
    .verbs = loadgen_verbs,
    .lists = true,
};

static int check_operands(int nargs, struct err *err)
{
    const struct cmd_verb *verb = &loadgen_verbs[cmd_shared.verb];

    if (nargs > 0 && verb->operands[0] == '\0')
        return err_set(err, ERR_USAGE, "'%s' takes no arguments", verb->name);
    return 0;
}

int main(int argc, char **argv)
{
    struct conf *conf = NULL;
    struct err err = {0};
    int first = cmd_begin(&cmd, argc, argv);

    if (check_operands(argc - first, &err) < 0)
        goto out;
    conf = cmd_conf(&cmd, &err);
    if (!conf)
        goto out;
    switch ((enum loadgen_verb)cmd_shared.verb) {
    case LOADGEN_RUN:
        loadgen_run(conf, &err);
        break;
    case LOADGEN_CLEAN:
        loadgen_clean(conf, argv + first, argc - first, &err);
        break;
    case LOADGEN_BASELINE:
        loadgen_baseline(conf, &err);
        break;
    case LOADGEN_SAMPLE:
        loadgen_sample(conf, &err);
        break;
    case LOADGEN_REPORT:
        loadgen_report(conf, argv + first, argc - first, &err);
        break;
    }
out:
    conf_close(conf);
    return cmd_end(&cmd, &err);
}
