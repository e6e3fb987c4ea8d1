/*
 * status-overview.c - the whole in a few lines, and whether it is well
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/setup.h"
#include "cmd/status.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"

/* What "recent" means. */
#define WINDOW (60 * USEC_PER_SEC)

static const struct shown total_columns[] = {
    {{.name = "pending", .kind = CELL_NUM}, RW_PENDING},
    {{.name = "running", .kind = CELL_NUM}, RW_RUNNING},
    {{.name = "scheduled", .kind = CELL_NUM}, RW_SCHEDULED},
    {{.name = "retry", .kind = CELL_NUM}, RW_RETRY},
    {{.name = "blocked", .kind = CELL_NUM}, RW_BLOCKED},
    {{.name = "held", .kind = CELL_NUM}, RW_HELD},
    {{.name = "completed", .kind = CELL_NUM}, RW_COMPLETED},
    {{.name = "dead", .kind = CELL_NUM}, RW_DEAD},
    {{.name = "cancelled", .kind = CELL_NUM}, RW_CANCELLED},
    {{.name = "completed_last_minute", .kind = CELL_NUM}, RW_RECENT_COMPLETED},
    {{.name = "failed_last_minute", .kind = CELL_NUM}, RW_RECENT_FAILED},
    {{.name = "lost_last_minute", .kind = CELL_NUM}, RW_RECENT_LOST},
    {{.name = "oldest_pending_at", .kind = CELL_TIME}, RW_OLDEST_PENDING_AT},
    {{.name = "agents", .kind = CELL_NUM}, RW_AGENTS},
    {{.name = "paused_in", .kind = CELL_BOOL}, RW_PAUSED_IN},
    {{.name = "paused_out", .kind = CELL_BOOL}, RW_PAUSED_OUT},
    {{.name = "killed", .kind = CELL_BOOL}, RW_KILLED},
    {{.name = "proof_mode", .kind = CELL_BOOL}, RW_PROOF_MODE},
};

static void redis_info(struct status *status, struct queue_info *info)
{
    struct err err = {0};
    struct queue *queue;

    *info = (struct queue_info){0};
    queue = setup_queue(status->conf, status->store, false, &err);
    if (queue)
        queue_info(queue, info);
    else {
        info->configured = true;
        snprintf(info->error, sizeof(info->error), "%.199s", err.msg);
    }
    queue_close(queue);
}

static const char *redis_word(const struct queue_info *info)
{
    if (!info->configured)
        return "none";
    if (!info->reachable)
        return "unreachable";
    return info->epoch_ok ? "ok" : "index not built";
}

int status_overview(struct status *status, struct err *err)
{
    struct queue_info info = {0};
    struct db_rows rows = {0};
    cJSON *object = cJSON_CreateObject();
    size_t i;

    json_add_text(object, "database",
                  status->store ? db_name(store_db(status->store))
                                : "not created yet");
    if (status->store) {
        if (read_totals(status->store, WINDOW, &rows, err) < 0) {
            cJSON_Delete(object);
            return -1;
        }
        redis_info(status, &info);
        json_add_text(object, "redis", redis_word(&info));
        status_object(object, total_columns, LENGTH(total_columns), &rows, 0);
    } else {
        for (i = 0; i < LENGTH(total_columns); i++) {
            if (total_columns[i].column.kind == CELL_NUM)
                json_add_num(object, total_columns[i].column.name, 0);
        }
    }
    status_print(object);
    db_rows_release(&rows);
    cJSON_Delete(object);
    return 0;
}

struct health {
    cJSON *checks;
    bool sick;
};

static void check(struct health *health, const char *name, bool good,
                  const char *detail)
{
    cJSON *entry = cJSON_CreateObject();

    json_add_text(entry, "check", name);
    json_add_text(entry, "status", good ? "ok" : "bad");
    json_add_text(entry, "detail", detail);
    cJSON_AddItemToArray(health->checks, entry);
    health->sick = health->sick || !good;
}

static void check_totals(struct health *health, const struct db_rows *rows)
{
    char *text;
    long long over = (long long)db_num(rows, 0, RW_LEASES_OVER);
    long long overdue = (long long)db_num(rows, 0, RW_OVERDUE);
    long long pending = (long long)db_num(rows, 0, RW_PENDING);
    long long agents = (long long)db_num(rows, 0, RW_AGENTS);
    bool killed = db_num(rows, 0, RW_KILLED) != 0;
    bool paused = db_num(rows, 0, RW_PAUSED_OUT) != 0;

    text = xasprintf("%lld running tasks have lost their lease", over);
    check(health, "leases", over == 0, text);
    free(text);
    text = xasprintf("%lld due tasks were not promoted", overdue);
    check(health, "schedule", overdue == 0, text);
    free(text);
    text = xasprintf("%lld agents for %lld pending tasks", agents, pending);
    check(health, "agents", agents > 0 || pending == 0, text);
    free(text);
    check(health, "flags", !killed && !paused,
          killed   ? "the kill switch is on"
          : paused ? "claims are paused"
                   : "neither paused nor killed");
}

static void check_redis(struct health *health, struct status *status)
{
    struct queue_info info = {0};

    redis_info(status, &info);
    if (!info.configured)
        return;
    check(health, "redis", info.reachable,
          info.reachable ? info.name : info.error);
    if (info.reachable)
        check(health, "redis eviction", info.noeviction,
              info.noeviction ? "noeviction"
                              : "maxmemory-policy should be noeviction");
}

int status_health(struct status *status, struct err *err)
{
    struct health health = {.checks = cJSON_CreateArray()};
    struct db_rows rows = {0};
    const cJSON *item;
    struct buf out = {0};

    if (!status->store) {
        check(&health, "database", false,
              err->code ? err->msg : "there is no database yet");
        err_clear(err);
    } else if (read_totals(status->store, WINDOW, &rows, err) < 0) {
        check(&health, "database", false, err->msg);
        err_clear(err);
    } else {
        check(&health, "database", true, db_name(store_db(status->store)));
        check_totals(&health, &rows);
        check_redis(&health, status);
    }
    if (cmd_shared.output == OUTPUT_JSON || cmd_shared.output == OUTPUT_JSONL) {
        cJSON *object = cJSON_CreateObject();

        json_add_text(object, "status", health.sick ? "bad" : "ok");
        cJSON_AddItemToObject(object, "checks", health.checks);
        json_print(object, cmd_shared.output == OUTPUT_JSON, &out);
        buf_byte(&out, '\n');
        fwrite(out.data, 1, out.len, stdout);
        cJSON_Delete(object);
    } else {
        cJSON_ArrayForEach(item, health.checks)
        {
            buf_reset(&out);
            status_value(cJSON_GetObjectItem(item, "status"), &out);
            buf_byte(&out, ' ');
            status_value(cJSON_GetObjectItem(item, "check"), &out);
            buf_str(&out, ": ");
            status_value(cJSON_GetObjectItem(item, "detail"), &out);
            status_line(out.data, out.len);
        }
        cJSON_Delete(health.checks);
    }
    buf_release(&out);
    db_rows_release(&rows);
    err->code = health.sick ? ERR_NO : ERR_NONE;
    return health.sick ? -1 : 0;
}
