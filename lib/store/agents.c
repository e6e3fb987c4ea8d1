/*
 * Agents: who works here, and what a dead one left behind.
 */
#include "config.h"

#include "store/agents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/store-private.h"

void agent_release(struct agent *agent)
{
    free(agent->name);
    free(agent->agent_type);
    free(agent->capabilities);
    free(agent->handler);
    free(agent->hostname);
    free(agent->machine_id);
    free(agent->boot_id);
    free(agent->lock_path);
    free(agent->version);
    *agent = (struct agent){0};
}

struct registration {
    const struct agent *agent;
    int64_t now;
};

/* After a lost COMMIT our own row would be in the way. */
static int registered(struct store *store, const struct registration *self,
                      struct err *err)
{
    struct db_rows rows = {0};
    int found;

    if (db_query(store->db, SQL_AGENT_PROBE,
                 ARGS(arg_text(self->agent->agent_id)), &rows, err) < 0)
        return -1;
    found = rows.count > 0;
    db_rows_release(&rows);
    return found;
}

static int register_work(struct store *store, void *ctx, struct err *err)
{
    struct registration *self = ctx;
    const struct agent *agent = self->agent;
    int found = store->fate_unknown ? registered(store, self, err) : 0;

    if (found != 0)
        return found < 0 ? -1 : 0;
    if (tx_now(store, &self->now, err) < 0 ||
        db_exec(store->db, SQL_INSERT_AGENT,
                ARGS(arg_text(agent->agent_id), arg_text(agent->name),
                     arg_text(agent->agent_type), arg_text(agent->capabilities),
                     arg_text(agent->handler), arg_num(agent->jobs),
                     arg_text(agent->hostname), arg_text(agent->machine_id),
                     arg_text(agent->boot_id), arg_num(agent->pid),
                     arg_num(agent->pid_start), arg_text(agent->lock_path),
                     arg_num(agent->lock_dev), arg_num(agent->lock_ino),
                     arg_text(agent->version), arg_num(self->now)),
                err) < 0 ||
        db_exec(store->db, SQL_INSERT_MESSAGE,
                ARGS(arg_num(self->now), arg_text("register"),
                     arg_text(agent->agent_id), arg_null(),
                     arg_text(agent->capabilities)),
                err) < 0)
        return -1;
    return 0;
}

int store_agent_register(struct store *store, const struct agent *agent,
                         struct err *err)
{
    struct registration self = {.agent = agent};

    return store_tx(store, register_work, &self, err);
}

/* One statement of two texts or a text and a number; how many rows it
 * changed. */
struct change {
    enum sql which;
    struct db_arg args[2];
};

static int change_work(struct store *store, void *ctx, struct err *err)
{
    const struct change *change = ctx;

    return (int)db_exec(store->db, change->which, change->args, 2, err);
}

int store_agent_gone(struct store *store, const char *agent_id,
                     const char *reason, struct err *err)
{
    struct change change = {.which = SQL_AGENT_GONE,
                            .args = {arg_text(agent_id), arg_text(reason)}};

    return store_tx(store, change_work, &change, err);
}

int store_agents_silent(struct store *store, const char *machine_id,
                        int64_t silence, struct err *err)
{
    struct change change = {.which = SQL_AGENTS_SILENT,
                            .args = {arg_text(machine_id), arg_num(silence)}};

    return store_tx(store, change_work, &change, err);
}

/* --------------------------------------------------------------- reading */

static void copy_id(char to[UUID_SIZE], const struct db_rows *rows, size_t row,
                    size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);
    size_t len = cell->len < UUID_SIZE ? cell->len : UUID_SIZE - 1;

    if (cell->kind != DB_NULL)
        memcpy(to, cell->data, len);
}

static struct agent agent_of(const struct db_rows *rows, size_t row)
{
    struct agent agent = {
        .name = xstrdup_null(db_text(rows, row, 1)),
        .agent_type = xstrdup_null(db_text(rows, row, 2)),
        .capabilities = xstrdup_null(db_text(rows, row, 3)),
        .handler = xstrdup_null(db_text(rows, row, 4)),
        .jobs = (int)db_num(rows, row, 5),
        .hostname = xstrdup_null(db_text(rows, row, 6)),
        .machine_id = xstrdup_null(db_text(rows, row, 7)),
        .boot_id = xstrdup_null(db_text(rows, row, 8)),
        .pid = db_num(rows, row, 9),
        .pid_start = db_num(rows, row, 10),
        .lock_path = xstrdup_null(db_text(rows, row, 11)),
        .lock_dev = db_num(rows, row, 12),
        .lock_ino = db_num(rows, row, 13),
        .version = xstrdup_null(db_text(rows, row, 14)),
        .heartbeat_at = db_num(rows, row, 15),
    };

    copy_id(agent.agent_id, rows, row, 0);
    return agent;
}

int store_agents_live(struct store *store, const char *machine_id,
                      struct agent **agents, size_t *count, struct err *err)
{
    struct db_rows rows = {0};
    size_t i;

    if (store_query(store, SQL_AGENTS_LIVE, ARGS(arg_text(machine_id)), &rows,
                    err) < 0)
        return -1;
    *agents = xcalloc(rows.count + 1, sizeof(**agents));
    *count = rows.count;
    for (i = 0; i < rows.count; i++)
        (*agents)[i] = agent_of(&rows, i);
    db_rows_release(&rows);
    return 0;
}

static int read_orphans(struct store *store, enum sql which,
                        const struct db_arg *arg, struct orphan **orphans,
                        size_t *count, struct err *err)
{
    struct db_rows rows = {0};
    size_t i;

    if (store_query(store, which, arg, 1, &rows, err) < 0)
        return -1;
    *orphans = xcalloc(rows.count + 1, sizeof(**orphans));
    *count = rows.count;
    for (i = 0; i < rows.count; i++) {
        struct orphan *orphan = &(*orphans)[i];

        orphan->seq = db_num(&rows, i, 0);
        copy_id(orphan->task_id, &rows, i, 1);
        copy_id(orphan->agent_id, &rows, i, 2);
        orphan->attempt = (int)db_num(&rows, i, 3);
        orphan->failures = (int)db_num(&rows, i, 4);
        orphan->max_attempts = (int)db_num(&rows, i, 5);
        orphan->losses = (int)db_num(&rows, i, 6);
        orphan->max_losses = (int)db_num(&rows, i, 7);
        orphan->lease_over = db_num(&rows, i, 8) != 0;
        snprintf(orphan->correlation_id, sizeof(orphan->correlation_id), "%s",
                 db_text(&rows, i, 9));
        snprintf(orphan->task_type, sizeof(orphan->task_type), "%s",
                 db_text(&rows, i, 10));
    }
    db_rows_release(&rows);
    return 0;
}

int store_orphans(struct store *store, const char *agent_id,
                  struct orphan **orphans, size_t *count, struct err *err)
{
    const struct db_arg arg = arg_text(agent_id);

    return read_orphans(store, SQL_ORPHANS, &arg, orphans, count, err);
}

int store_leases_over(struct store *store, int64_t grace,
                      struct orphan **orphans, size_t *count, struct err *err)
{
    const struct db_arg arg = arg_num(grace);

    return read_orphans(store, SQL_LEASES_OVER, &arg, orphans, count, err);
}

/* --- the clock that leases count ------------------------------------------ */

int store_clock_look(struct store *store, const char *machine_id, int64_t *now,
                     char note[CLOCK_NOTE_SIZE], struct err *err)
{
    char *key = xasprintf("clock:%s", machine_id);
    struct db_rows rows = {0};
    int ret =
        store_query(store, SQL_CLOCK_LOOK, ARGS(arg_text(key)), &rows, err);

    if (ret == 0) {
        *now = db_num(&rows, 0, 0);
        snprintf(note, CLOCK_NOTE_SIZE, "%s",
                 db_null(&rows, 0, 1) ? "" : db_text(&rows, 0, 1));
    }
    db_rows_release(&rows);
    free(key);
    return ret < 0 ? err_wrap(err, "cannot look at the clock") : 0;
}

int store_clock_note(struct store *store, const char *machine_id,
                     const char *note, struct err *err)
{
    char *key = xasprintf("clock:%s", machine_id);
    struct db_rows rows = {0};
    int ret = store_query(store, SQL_META_SET,
                          ARGS(arg_text(key), arg_text(note)), &rows, err);

    db_rows_release(&rows);
    free(key);
    return ret < 0 ? err_wrap(err, "cannot note the clock") : 0;
}
