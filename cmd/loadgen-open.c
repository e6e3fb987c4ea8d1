/*
 * loadgen-open.c - what a run needs, and whether it may begin
 *
 * A load in a database that people work with would be done by their agents
 * and would push their tasks back; simulated agents would take their tasks.
 * So whatever is not of a load is a reason to refuse.
 */
#include "config.h"

#include <stdlib.h>

#include "cmd/loadgen.h"
#include "cmd/repair.h"
#include "cmd/setup.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/proc.h"
#include "store/load.h"

/* --- what else is there --------------------------------------------------- */

static int refuse(const struct load_others *others, bool agents,
                  struct err *err)
{
    if (agents)
        err_set(err, ERR_PERM,
                "%lld agents work on this database: they would run the tasks "
                "of the load",
                (long long)others->agents);
    else
        err_set(err, ERR_PERM,
                "the database holds tasks of others (%lld%s of them live)",
                (long long)others->live,
                others->live >= 1000 ? " or more" : "");
    return err_hint(err, "use a database of its own (-d), or --shared");
}

/* Our agents are waiting for the start, and count. */
static int check_others(struct loadgen *load, struct err *err)
{
    const struct loadgen_plan *plan = load->plan;
    const char *types[MIX_CLASSES_MAX];
    struct repair repair = {load->store, load->queue};
    struct load_others others;

    for (size_t i = 0; i < plan->mix.count; i++)
        types[i] = plan->mix.classes[i].type;
    /* Agents that are dead shall not be taken for live ones. */
    if (repair_reconcile(&repair, NULL, err) < 0 ||
        load_others(load->store, types, plan->mix.count, &others, err) < 0)
        return -1;
    if (others.of_types > 0 && plan->workers > 0) {
        err_set(err, ERR_PERM,
                "%lld live tasks of others have a type of the mix, and "
                "simulated agents would take them",
                (long long)others.of_types);
        return err_hint(err, "name other types in --mix, or --workers 0");
    }
    if (plan->shared)
        return 0;
    if (others.any)
        return refuse(&others, false, err);
    if (plan->workers > 0 && others.agents > 0)
        return refuse(&others, true, err);
    if (others.own > 0)
        cmd_warn("%lld%s live tasks of an earlier load are there, and will be "
                 "worked on, too",
                 (long long)others.own, others.own >= 1000 ? " or more" : "");
    return 0;
}

/* --- clocks --------------------------------------------------------------- */

/* The database's clock against ours, from the quickest of some questions;
 * on one host they are the same. */
static int compare_clocks(struct loadgen *load, struct err *err)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < 7; i++) {
        int64_t from = clock_mono();
        int64_t wall = clock_wall();
        int64_t theirs, round;

        if (store_now(load->store, &theirs, err) < 0)
            return -1;
        round = clock_mono() - from;
        if (round >= best)
            continue;
        best = round;
        load->offset = theirs - (wall + round / 2);
    }
    load->offset_error = best / 2;
    if (llabs(load->offset) <= load->offset_error)
        load->offset = 0;
    return 0;
}

/* --- opening and closing -------------------------------------------------- */

static void make_room(struct loadgen *load)
{
    const struct loadgen_plan *plan = load->plan;

    load->items = xcalloc(LOADGEN_BATCH_MAX, sizeof(*load->items));
    load->flights_new = xcalloc(LOADGEN_BATCH_MAX, sizeof(*load->flights_new));
    load->ready_at = xcalloc((size_t)plan->clients + 1, sizeof(int64_t));
    load->classes = xcalloc(plan->mix.count, sizeof(*load->classes));
    load->recent = xcalloc(1, sizeof(*load->recent));
}

int loadgen_open(struct loadgen *load, struct err *err)
{
    uuid_make(load->run_id);
    load->correlation_id = xasprintf(SIMULATION_MARK "%s", load->run_id);
    load->attempts = (int)conf_num(load->conf, "task.max_attempts");
    load->batch_max = conf_num(load->conf, "submit.batch");
    if (load->batch_max > LOADGEN_BATCH_MAX)
        load->batch_max = LOADGEN_BATCH_MAX;
    make_room(load);
    load->store = setup_store(load->conf, STORE_WRITE, "aaos-loadgen", err);
    if (!load->store)
        return -1;
    load->queue = setup_queue(load->conf, load->store, false, err);
    if (!load->queue || repair_check_flags(load->store, err) < 0 ||
        check_others(load, err) < 0)
        return -1;
    return 0;
}

/* The last thing before the first task. */
int loadgen_ready(struct loadgen *load, struct err *err)
{
    load->signal_fd = proc_signal_fd(err);
    if (load->signal_fd < 0 || compare_clocks(load, err) < 0)
        return -1;
    host_read(db_path(store_db(load->store)), &load->host_first);
    load->host_last = load->host_first;
    load->start_mono = load->recent_mono = clock_mono();
    load->start = clock_wall();
    if (load->plan->rate > 0)
        load->arrivals = arrivals_start(load->plan->seed, load->plan->rate,
                                        load->plan->constant);
    return 0;
}

void loadgen_close(struct loadgen *load)
{
    submit_release(load);
    queue_close(load->queue);
    store_close(load->store);
    file_close(&load->signal_fd);
    free(load->items);
    free(load->flights_new);
    free(load->flights);
    free(load->ready_at);
    free(load->classes);
    free(load->recent);
    free(load->correlation_id);
}
