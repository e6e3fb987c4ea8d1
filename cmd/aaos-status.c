/*
 * aaos-status - everything that can be read
 *
 * Changes nothing.  Lists go to a terminal as tables, into a pipe as tsv
 * whose first field is the id, so that what lists can be piped into what
 * takes ids:
 *
 *     aaos-status dead -t research | aaos-dispatch requeue -
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/setup.h"
#include "cmd/status.h"
#include "core/clock.h"

static struct {
    const char *states, *types, *since, *workflow, *agent, *correlation,
        *session, *fields, *textfile, *replay, *by;
    int64_t limit, timeout, interval;
    bool follow, all, any, budgets;
} given = {.limit = -1};

#define OPT_FILTERS                                                            \
    {'t', "type", "LIST", "only these task types", .str = &given.types},       \
        {0, "workflow", "ID", "only tasks of this workflow",                   \
         .str = &given.workflow},                                              \
        {0, "agent", "ID", "only tasks this agent runs", .str = &given.agent}, \
        {0, "correlation-id", "ID", "only tasks with this correlation id",     \
         .str = &given.correlation},                                           \
    {                                                                          \
        0, "session", "ID", "only tasks of this session",                      \
            .str = &given.session                                              \
    }
#define OPT_STATE                                                              \
    {                                                                          \
        0, "state", "LIST", "only tasks in these states", .str = &given.states \
    }
#define OPT_SINCE                                                 \
    {                                                             \
        0, "since", "TIME", "not older than", .str = &given.since \
    }
#define OPT_LIMIT                                           \
    {                                                       \
        0, "limit", "N", "at most so many; 0 is all (100)", \
            .num = &given.limit, .min = 0, .max = INT64_MAX \
    }
#define OPT_FIELDS                                                   \
    {                                                                \
        'F', "fields", "LIST", "columns to show; 'help' lists them", \
            .str = &given.fields                                     \
    }
#define OPT_FOLLOW                                                          \
    {                                                                       \
        'f', "follow", NULL, "go on with what comes", .flag = &given.follow \
    }

static const struct opt list_options[] = {
    OPT_FILTERS, OPT_STATE, OPT_SINCE, OPT_LIMIT, OPT_FIELDS, {0},
};
static const struct opt dead_options[] = {
    OPT_FILTERS, OPT_SINCE, OPT_LIMIT, OPT_FIELDS, {0},
};
static const struct opt result_options[] = {
    OPT_FILTERS, OPT_STATE, OPT_SINCE, OPT_LIMIT, {0},
};
static const struct opt field_options[] = {OPT_FIELDS, {0}};
static const struct opt log_options[] = {OPT_FOLLOW, OPT_FIELDS, {0}};
static const struct opt event_options[] = {
    OPT_FOLLOW, OPT_SINCE, OPT_LIMIT, OPT_FIELDS, {0},
};
static const struct opt agent_options[] = {
    {'a', "all", NULL, "those that are gone, too", .flag = &given.all},
    OPT_SINCE,
    OPT_FIELDS,
    {0},
};
static const struct opt tick_options[] = {OPT_LIMIT, OPT_FIELDS, {0}};
static const struct opt action_options[] = {
    {'t', "type", "TYPE", "only actions of this type", .str = &given.types},
    OPT_STATE,
    OPT_LIMIT,
    OPT_FIELDS,
    {0},
};
static const struct opt wait_options[] = {
    {0, "timeout", "DURATION", "give up after (124)", .usec = &given.timeout},
    {0, "any", NULL, "until the first has ended", .flag = &given.any},
    {0},
};
static const struct opt metric_options[] = {
    {0, "textfile", "FILE", "write there, for node_exporter",
     .str = &given.textfile},
    {0},
};
static const struct opt top_options[] = {
    {0, "interval", "DURATION", "time between two looks (1s)",
     .usec = &given.interval, .min = USEC_PER_SEC / 10,
     .max = 60 * USEC_PER_SEC},
    {0, "replay", "SPEED", "play a workflow, so many times as fast as it was",
     .str = &given.replay},
    {0, "workflow", "ID", "which workflow is played", .str = &given.workflow},
    {0},
};

static const struct opt cost_options[] = {
    {0, "by", "KEY", "what they are summed by (model)",
     .values = "model|endpoint|agent|type|workflow|day", .str = &given.by},
    {0, "budgets", NULL, "what is spent, held and left of budgets instead",
     .flag = &given.budgets},
    OPT_SINCE,
    OPT_FIELDS,
    {0},
};

static const struct cmd_verb verbs[] = {
    {"overview", "", "counts, agents, rates, flags", NULL},
    {"tasks", "", "list tasks, newest first", list_options},
    {"task", "ID...", "everything about a task", NULL},
    {"results", "[ID...]", "print results", result_options},
    {"why", "ID...", "say why a task is not running", NULL},
    {"attempts", "ID...", "list the attempts of a task", field_options},
    {"logs", "ID...", "what a task wrote to stderr, and its artifacts",
     log_options},
    {"agents", "", "list agents", agent_options},
    {"queues", "", "list task types with counts", field_options},
    {"dead", "", "list tasks that are dead", dead_options},
    {"events", "", "what happened, by time", event_options},
    {"wait", "ID...", "wait until tasks have ended", wait_options},
    {"health", "", "say what is wrong: 0 nothing, 1 something", NULL},
    {"ticks", "", "list the dispatcher's ticks, newest first", tick_options},
    {"flags", "", "show the operator's switches", NULL},
    {"actions", "", "list actions, newest first", action_options},
    {"autonomy", "", "lease, flags, last tick, actions and logs in one", NULL},
    {"workflow", "ID...", "the tree of a workflow, and what is in its way",
     field_options},
    {"metrics", "", "metrics for Prometheus", metric_options},
    {"calls", "ID...", "list the calls to models of a task", field_options},
    {"costs", "", "what calls to models cost", cost_options},
    {"top", "", "the live screen: agents, queues, events, costs", top_options},
    {0},
};
/* In the order of the table above. */
static status_verb *const functions[] = {
    status_overview, status_tasks,    status_task,    status_results,
    status_why,      status_attempts, status_logs,    status_agents,
    status_queues,   status_dead,     status_events,  status_wait,
    status_health,   status_ticks,    status_flags,   status_actions,
    status_autonomy, status_workflow, status_metrics, status_calls,
    status_costs,    status_top,
};

static const struct opt options[] = {{0}};

static const struct cmd cmd = {
    .name = "aaos-status",
    .about = "Show tasks, agents and queues.",
    .options = options,
    .verbs = verbs,
    .default_verb = "overview",
    .lists = true,
};

static bool known_state(const char *word)
{
    enum task_status status;

    return task_status_parse(word, &status);
}

static int set_filter(struct status *status, struct err *err)
{
    struct read_filter *filter = &status->filter;

    if (given.states) {
        if (status_list(given.states, known_state, "state", &status->states,
                        err) < 0)
            return err_hint(err, "held, blocked, scheduled, pending, running, "
                                 "retry, completed, dead, cancelled");
        filter->states = status->states.data;
    }
    if (given.types) {
        if (status_list(given.types, NULL, "type", &status->types, err) < 0)
            return -1;
        filter->types = status->types.data;
    }
    if (given.since && clock_parse_when(given.since, clock_wall(), -1,
                                        &filter->since, err) < 0) {
        err->code = ERR_USAGE;
        return err_wrap(err, "--since");
    }
    filter->workflow = given.workflow;
    filter->agent = given.agent;
    filter->correlation_id = given.correlation;
    filter->session_id = given.session;
    return 0;
}

/* Verbs that list take no operands. */
static int check_operands(int nargs, struct err *err)
{
    if (nargs > 0 && verbs[cmd_shared.verb].operands[0] == '\0')
        return err_set(err, ERR_USAGE, "'%s' takes no arguments",
                       verbs[cmd_shared.verb].name);
    return 0;
}

/* No file yet is an empty queue; some tell of any failure themselves. */
static int open_store(struct status *status, bool tolerant, struct err *err)
{
    status->now = clock_wall();
    status->store = setup_store(status->conf, STORE_READ, cmd.name, err);
    if (status->store)
        return store_now(status->store, &status->now, err);
    if (err->code == ERR_NOINPUT) {
        err_clear(err);
        return 0;
    }
    return tolerant ? 0 : -1;
}

static void conclude(const struct status *status, struct err *err)
{
    if (err->code && err->code != ERR_NO)
        return;
    if (status->missing)
        err->code = ERR_NOINPUT;
    else if (status->bad)
        err->code = ERR_DATA;
}

int main(int argc, char **argv)
{
    struct status status = {0};
    struct err err = {0};
    int first = cmd_begin(&cmd, argc, argv);
    bool tolerant;

    if (check_operands(argc - first, &err) < 0)
        goto out;
    tolerant = functions[cmd_shared.verb] == status_health ||
               functions[cmd_shared.verb] == status_metrics;
    status.ids = argv + first;
    status.id_count = (size_t)(argc - first);
    status.fields = given.fields;
    status.type = given.types;
    status.by = given.by;
    status.budgets = given.budgets;
    status.limit = given.limit >= 0 ? given.limit : 100;
    if (functions[cmd_shared.verb] == status_results && given.limit < 0)
        status.limit = 0;
    status.textfile = given.textfile;
    status.replay = given.replay;
    status.interval = given.interval;
    status.follow = given.follow;
    status.all = given.all;
    status.any = given.any;
    status.timeout = given.timeout;
    status.conf = cmd_conf(&cmd, &err);
    if (!status.conf || set_filter(&status, &err) < 0 ||
        open_store(&status, tolerant, &err) < 0)
        goto out;
    functions[cmd_shared.verb](&status, &err);
    conclude(&status, &err);
out:
    buf_release(&status.states);
    buf_release(&status.types);
    store_close(status.store);
    conf_close(status.conf);
    return cmd_end(&cmd, &err);
}
