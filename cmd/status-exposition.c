/*
 * status-exposition.c - which metrics there are, from what was read
 *
 * A family is printed with every value that its labels can have, zeros
 * included: a rate needs the point before the first event.
 */
#include "config.h"

#include <string.h>

#include "cmd/status-metrics.h"
#include "core/clock.h"
#include "core/json.h"

/* A family with one sample and no labels. */
static void single(struct buf *out, const struct prom_family *family,
                   int64_t value)
{
    prom_family(out, family);
    prom_sample(out, family, NULL, value);
}

static void put_agents(struct page *page)
{
    static const struct prom_family families[] = {
        {.name = "aaos_agents", .help = "Agents that are here, by state."},
        {.name = "aaos_agent_slots",
         .help = "Attempts that these agents can run at a time."},
        {.name = "aaos_agent_slots_busy",
         .help = "Attempts that these agents run, as they said last."},
    };
    static const enum metric_agent_column columns[] = {MG_COUNT, MG_JOBS,
                                                       MG_RUNNING};
    static const char *const states[] = {"active", "draining"};
    const struct db_rows *rows = &page->metrics->agents;

    for (size_t f = 0; f < LENGTH(families); f++) {
        prom_family(page->out, &families[f]);
        for (size_t s = 0; s < LENGTH(states); s++) {
            const struct prom_label labels[] = {{"state", states[s]}, {0}};
            int64_t value = 0;

            for (size_t i = 0; i < rows->count; i++)
                if (strcmp(db_text(rows, i, MG_STATUS), states[s]) == 0)
                    value = db_num(rows, i, columns[f]);
            prom_sample(page->out, &families[f], labels, value);
        }
    }
}

static void put_heartbeat(struct page *page)
{
    static const struct prom_family family = {
        .name = "aaos_agent_oldest_heartbeat_age_seconds",
        .help = "Time since the agent that was silent longest was heard of.",
        .unit = PROM_MICRO,
    };
    const struct db_rows *rows = &page->metrics->agents;
    int64_t age = 0;

    for (size_t i = 0; i < rows->count; i++)
        if (page->now - db_num(rows, i, MG_HEARTBEAT_AT) > age)
            age = page->now - db_num(rows, i, MG_HEARTBEAT_AT);
    single(page->out, &family, age);
}

static void put_action_counts(struct page *page,
                              const struct prom_family *family,
                              const char *type)
{
    static const enum task_status states[] = {TASK_PENDING, TASK_RUNNING,
                                              TASK_RETRY,   TASK_COMPLETED,
                                              TASK_DEAD,    TASK_CANCELLED};
    const struct db_rows *rows = &page->metrics->actions;

    for (size_t s = 0; s < LENGTH(states); s++) {
        const char *state = task_status_name(states[s]);
        const struct prom_label labels[] = {
            {"type", type}, {"state", state}, {0}};
        int64_t count = 0;

        for (size_t i = 0; i < rows->count; i++)
            if (strcmp(db_text(rows, i, MA_STATUS), state) == 0 &&
                strcmp(prom_name(&page->actions, db_text(rows, i, MA_TYPE)),
                       type) == 0)
                count += db_num(rows, i, MA_COUNT);
        prom_sample(page->out, family, labels, count);
    }
}

static void put_actions(struct page *page)
{
    static const struct prom_family counts = {
        .name = "aaos_actions",
        .help = "Actions that are stored, by type and state.",
    };
    static const struct prom_family age = {
        .name = "aaos_actions_oldest_due_age_seconds",
        .help = "How long the action that waits longest has been due.",
        .unit = PROM_MICRO,
    };
    const struct db_rows *rows = &page->metrics->actions;
    int64_t oldest = 0;

    prom_family(page->out, &counts);
    for (size_t i = 0; i < rows->count; i++) {
        size_t had = page->actions.count;
        const char *type = prom_name(&page->actions, db_text(rows, i, MA_TYPE));

        if (page->actions.count > had)
            put_action_counts(page, &counts, type);
        if (!db_null(rows, i, MA_DUE_AT) &&
            page->now - db_num(rows, i, MA_DUE_AT) > oldest)
            oldest = page->now - db_num(rows, i, MA_DUE_AT);
    }
    if (page->actions.count == PROM_NAMES_MAX)
        put_action_counts(page, &counts, "other");
    single(page->out, &age, oldest);
}

static void put_ticks(struct page *page)
{
    static const struct prom_family ticks = {
        .name = "aaos_ticks_total",
        .help = "Ticks of the dispatcher that have ended, by status.",
        .type = PROM_COUNTER,
    };
    static const struct prom_family duration = {
        .name = "aaos_tick_duration_seconds",
        .help = "How long a tick took.",
        .type = PROM_HISTOGRAM,
        .unit = PROM_MICRO,
    };
    static const struct prom_family tried = {
        .name = "aaos_actions_attempted_total",
        .help = "Tries of the dispatcher to deliver an action.",
        .type = PROM_COUNTER,
    };
    static const struct prom_family delivered = {
        .name = "aaos_actions_delivered_total",
        .help = "Tries that succeeded.",
        .type = PROM_COUNTER,
    };
    static const char *const names[] = {"SUCCESS", "PARTIAL", "FAIL", "PAUSED"};

    single(page->out, &tried, exposition_sum(page, TOTAL_TRIED, NULL, NULL));
    single(page->out, &delivered,
           exposition_sum(page, TOTAL_SUCCEEDED, NULL, NULL));
    prom_family(page->out, &ticks);
    for (size_t i = 0; i < LENGTH(names); i++)
        prom_sample(page->out, &ticks,
                    (const struct prom_label[]){{"status", names[i]}, {0}},
                    exposition_sum(page, TOTAL_TICK, names[i], NULL));
    prom_family(page->out, &duration);
    exposition_histogram(page, &duration, TOTAL_TICK, NULL);
}

/* --- what is there once --------------------------------------------------- */

static int64_t paused_types(const struct db_rows *rows)
{
    const char *list = db_text(rows, 0, MS_PAUSED_TYPES);
    struct json_walk walk = {0};
    struct json_slice entry;
    struct err bad = {0};
    int64_t count = 0;

    if (!list || json_check(list, strlen(list), &walk.within, &bad) < 0 ||
        walk.within.type != JSON_ARRAY)
        return 0;
    while (json_next(&walk, NULL, &entry))
        count++;
    return count;
}

static void put_flags(struct page *page)
{
    static const struct prom_family paused = {
        .name = "aaos_paused",
        .help = "1 if nothing is accepted (in), or given to workers (out).",
    };
    static const struct prom_family types = {
        .name = "aaos_paused_types",
        .help = "Task types that are not given to workers.",
    };
    static const struct prom_family killed = {
        .name = "aaos_killed",
        .help = "1 if the kill switch is on.",
    };
    static const struct prom_family proof = {
        .name = "aaos_proof_mode",
        .help = "1 if actions are written instead of sent.",
    };
    const struct db_rows *rows = &page->metrics->state;

    prom_family(page->out, &paused);
    prom_sample(page->out, &paused,
                (const struct prom_label[]){{"direction", "in"}, {0}},
                db_num(rows, 0, MS_PAUSED_IN));
    prom_sample(page->out, &paused,
                (const struct prom_label[]){{"direction", "out"}, {0}},
                db_num(rows, 0, MS_PAUSED_OUT));
    single(page->out, &types, paused_types(rows));
    single(page->out, &killed, db_num(rows, 0, MS_KILLED));
    single(page->out, &proof, db_num(rows, 0, MS_PROOF_MODE));
}

static void put_state(struct page *page)
{
    static const struct {
        struct prom_family family;
        enum metric_state_column column;
    } singles[] = {
        {{.name = "aaos_tasks_lease_over",
          .help = "Running tasks whose agent has not renewed in time."},
         MS_LEASES_OVER},
        {{.name = "aaos_tasks_overdue",
          .help = "Tasks due for more than a minute and not yet pending."},
         MS_OVERDUE},
        {{.name = "aaos_audit_entries_total",
          .help = "Verbs of operators in the audit.",
          .type = PROM_COUNTER},
         MS_AUDIT_SEQ},
        {{.name = "aaos_dispatcher_term",
          .help = "Grows each time that another dispatcher takes over."},
         MS_LEASE_TERM},
        {{.name = "aaos_last_tick_timestamp_seconds",
          .help = "When the last tick ended, 0 if none did.",
          .unit = PROM_MICRO},
         MS_LAST_TICK_AT},
        {{.name = "aaos_schema_version",
          .help = "Migrations that the database has seen."},
         MS_SCHEMA},
    };
    static const struct prom_family left = {
        .name = "aaos_dispatcher_lease_remaining_seconds",
        .help = "Until the dispatcher's lease is over, 0 if nobody has it.",
        .unit = PROM_MICRO,
    };
    static const struct prom_family size = {
        .name = "aaos_database_size_bytes",
        .help = "Size of the database.",
    };
    const struct db_rows *rows = &page->metrics->state;
    int64_t lease = db_num(rows, 0, MS_LEASE_LEFT);

    for (size_t i = 0; i < LENGTH(singles); i++)
        single(page->out, &singles[i].family,
               db_num(rows, 0, singles[i].column));
    single(page->out, &left, lease > 0 ? lease : 0);
    single(page->out, &size, page->metrics->size);
}

static void put_redis(const struct queue_info *info, struct buf *out)
{
    static const struct prom_family configured = {
        .name = "aaos_redis_configured",
        .help = "1 if there shall be Redis.",
    };
    static const struct prom_family up = {
        .name = "aaos_redis_up",
        .help = "1 if Redis answers.",
    };
    static const struct prom_family valid = {
        .name = "aaos_redis_index_valid",
        .help = "1 if workers trust the index in Redis.",
    };
    static const struct prom_family ready = {
        .name = "aaos_redis_index_tasks",
        .help = "Tasks in the index in Redis.",
    };

    single(out, &configured, info->configured);
    single(out, &up, info->reachable);
    single(out, &valid, info->reachable && info->epoch_ok);
    single(out, &ready, info->reachable ? info->ready : 0);
}

static void put_program(const struct exposition *exposition, struct buf *out)
{
    static const struct prom_family up = {
        .name = "aaos_up",
        .help = "1 if the database can be read.",
    };
    static const struct prom_family build = {
        .name = "aaos_build_info",
        .help = "Version of the program that wrote this.",
    };
    static const struct prom_family database = {
        .name = "aaos_database_info",
        .help = "Which engine the database has.",
    };

    single(out, &up, exposition->up);
    prom_family(out, &build);
    prom_sample(out, &build,
                (const struct prom_label[]){{"version", PACKAGE_VERSION}, {0}},
                1);
    prom_family(out, &database);
    prom_sample(
        out, &database,
        (const struct prom_label[]){{"engine", exposition->engine}, {0}}, 1);
}

void exposition_print(const struct exposition *exposition, struct buf *out)
{
    struct page page = {
        .out = out,
        .metrics = exposition->metrics,
        .conf = exposition->conf,
    };

    put_program(exposition, out);
    if (!page.metrics)
        return;
    page.now = db_num(&page.metrics->state, 0, MS_NOW);
    exposition_types(&page);
    put_state(&page);
    put_agents(&page);
    put_heartbeat(&page);
    put_actions(&page);
    put_ticks(&page);
    put_flags(&page);
    exposition_llm(&page);
    put_redis(&exposition->redis, out);
    prom_names_release(&page.types);
    prom_names_release(&page.actions);
    prom_names_release(&page.endpoints);
    prom_names_release(&page.models);
}
