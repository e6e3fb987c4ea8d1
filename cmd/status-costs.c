/*
 * status-costs.c - what calls to models cost, and what is left
 */
#include "config.h"

#include <string.h>

#include "cmd/status.h"
#include "llm/price.h"
#include "store/calls.h"

static const char *const keys[] = {
    [COST_MODEL] = "model", [COST_AGENT] = "agent",
    [COST_TYPE] = "type",   [COST_WORKFLOW] = "workflow",
    [COST_DAY] = "day",     [COST_ENDPOINT] = "endpoint",
};

static void put_usd(struct table *table, int64_t pusd)
{
    char text[LLM_USD_SIZE];

    table_text(table, llm_usd(pusd, text));
}

/* --- costs ---------------------------------------------------------------- */

static void put_key(struct table *table, const char *key)
{
    if (*key)
        table_text(table, key);
    else
        table_null(table); /* of no agent, of no workflow */
}

static int put_costs(struct table *table, const struct db_rows *rows,
                     struct err *err)
{
    static const int numbers[] = {CO_CALLS, CO_FAILED, CO_TOKENS_IN,
                                  CO_TOKENS_CACHED, CO_TOKENS_OUT};

    for (size_t row = 0; row < rows->count; row++) {
        put_key(table, db_text(rows, row, CO_KEY));
        for (size_t i = 0; i < LENGTH(numbers); i++)
            table_num(table, db_num(rows, row, (size_t)numbers[i]));
        put_usd(table, db_num(rows, row, CO_COST));
        table_num(table, db_num(rows, row, CO_UNPRICED));
        if (table_row(table, err) < 0)
            return -1;
    }
    return 0;
}

static int show_costs(struct status *status, enum cost_key by, struct err *err)
{
    const struct column columns[] = {
        {.name = keys[by], .kind = CELL_TEXT},
        {.name = "calls", .kind = CELL_NUM},
        {.name = "failed", .kind = CELL_NUM},
        {.name = "tokens_in", .kind = CELL_NUM},
        {.name = "tokens_cached", .kind = CELL_NUM},
        {.name = "tokens_out", .kind = CELL_NUM},
        {.name = "cost_usd", .kind = CELL_NUM},
        {.name = "unpriced", .kind = CELL_NUM},
    };
    struct table *table =
        table_open(stdout, cmd_output(), cmd_shared.color_out, columns,
                   LENGTH(columns), status->fields, status->now, err);
    char day[CALL_DAY_SIZE];
    struct db_rows rows = {0};
    int ret = table ? 0 : -1;

    if (status->filter.since > 0)
        store_day(status->filter.since, day);
    if (ret == 0 && status->store)
        ret = store_costs(status->store, by,
                          status->filter.since > 0 ? day : NULL, &rows, err);
    if (ret == 0)
        ret = put_costs(table, &rows, err);
    db_rows_release(&rows);
    return status_close(table, ret, err);
}

/* --- budgets -------------------------------------------------------------- */

static const char *limit_setting(const char *scope)
{
    static const char *const settings[][2] = {
        {"day", "budget.day"},
        {"total", "budget.total"},
        {"agent", "budget.agent_day"},
        {"workflow", "budget.workflow"},
    };

    for (size_t i = 0; i < LENGTH(settings); i++)
        if (strcmp(settings[i][0], scope) == 0)
            return settings[i][1];
    return NULL;
}

int64_t status_budget_limit(const struct conf *conf, const char *scope,
                            const char *name)
{
    const char *setting = limit_setting(scope);

    if (strcmp(scope, "endpoint") == 0)
        return conf_named_num(conf, name, "endpoint.budget_day", -1);
    if (!setting || !conf_text(conf, setting))
        return -1;
    return conf_num(conf, setting);
}

static int put_budgets(struct status *status, struct table *table,
                       const struct db_rows *rows, struct err *err)
{
    for (size_t row = 0; row < rows->count; row++) {
        const char *scope = db_text(rows, row, 0);
        const char *name = db_text(rows, row, 1);
        int64_t used = db_num(rows, row, 3) + db_num(rows, row, 4);
        int64_t limit = status_budget_limit(status->conf, scope, name);

        table_text(table, scope);
        put_key(table, name);
        table_text(table, db_text(rows, row, 2));
        put_usd(table, db_num(rows, row, 3));
        put_usd(table, db_num(rows, row, 4));
        if (limit < 0) {
            table_null(table);
            table_null(table);
        } else {
            put_usd(table, limit);
            put_usd(table, limit > used ? limit - used : 0);
        }
        table_num(table, db_num(rows, row, 5));
        if (table_row(table, err) < 0)
            return -1;
    }
    return 0;
}

static int show_budgets(struct status *status, struct err *err)
{
    static const struct column columns[] = {
        {.name = "scope", .kind = CELL_TEXT},
        {.name = "name", .kind = CELL_TEXT},
        {.name = "period", .kind = CELL_TEXT},
        {.name = "spent_usd", .kind = CELL_NUM},
        {.name = "reserved_usd", .kind = CELL_NUM},
        {.name = "limit_usd", .kind = CELL_NUM},
        {.name = "left_usd", .kind = CELL_NUM},
        {.name = "calls", .kind = CELL_NUM},
    };
    struct table *table =
        table_open(stdout, cmd_output(), cmd_shared.color_out, columns,
                   LENGTH(columns), status->fields, status->now, err);
    struct db_rows rows = {0};
    int ret = table ? 0 : -1;

    if (ret == 0 && status->store)
        ret = store_budgets(status->store, NULL, &rows, err);
    if (ret == 0)
        ret = put_budgets(status, table, &rows, err);
    db_rows_release(&rows);
    return status_close(table, ret, err);
}

int status_costs(struct status *status, struct err *err)
{
    if (status->budgets)
        return show_budgets(status, err);
    for (size_t i = 0; status->by && i < LENGTH(keys); i++)
        if (strcmp(keys[i], status->by) == 0)
            return show_costs(status, (enum cost_key)i, err);
    return show_costs(status, COST_MODEL, err);
}
