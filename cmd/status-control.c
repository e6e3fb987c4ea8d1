/*
 * status-control.c - ticks, flags, actions, and all of it in one: autonomy
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/status.h"
#include "core/attr.h"
#include "core/clock.h"
#include "store/actions.h"
#include "store/flags.h"
#include "store/lease.h"

enum { RECENT = 10 };

static const struct shown tick_columns[] = {
    {{.name = "id", .kind = CELL_NUM}, RTK_ID},
    {{.name = "status", .kind = CELL_STATUS}, RTK_STATUS},
    {{.name = "started_at", .kind = CELL_TIME}, RTK_STARTED_AT},
    {{.name = "finished_at", .kind = CELL_TIME, .wide = true}, RTK_FINISHED_AT},
    {{.name = "attempted", .kind = CELL_NUM}, RTK_ATTEMPTED},
    {{.name = "succeeded", .kind = CELL_NUM}, RTK_SUCCEEDED},
    {{.name = "term", .kind = CELL_NUM}, RTK_TERM},
    {{.name = "owner", .kind = CELL_TEXT, .wide = true}, RTK_OWNER},
    {{.name = "notes", .kind = CELL_TEXT, .shrink = 16}, RTK_NOTES},
};

static const struct shown action_columns[] = {
    {{.name = "action_id", .kind = CELL_TEXT}, RC_ACTION_ID},
    {{.name = "seq", .kind = CELL_NUM, .wide = true}, RC_SEQ},
    {{.name = "action_type", .kind = CELL_TEXT}, RC_ACTION_TYPE},
    {{.name = "idempotency_key", .kind = CELL_TEXT, .shrink = 12},
     RC_IDEMPOTENCY_KEY},
    {{.name = "status", .kind = CELL_STATUS}, RC_STATUS},
    {{.name = "attempts", .kind = CELL_NUM}, RC_ATTEMPTS},
    {{.name = "run_at", .kind = CELL_TIME}, RC_RUN_AT},
    {{.name = "term", .kind = CELL_NUM, .wide = true}, RC_TERM},
    {{.name = "task_id", .kind = CELL_TEXT, .wide = true}, RC_TASK_ID},
    {{.name = "correlation_id", .kind = CELL_TEXT, .wide = true},
     RC_CORRELATION_ID},
    {{.name = "created_at", .kind = CELL_TIME, .wide = true}, RC_CREATED_AT},
    {{.name = "updated_at", .kind = CELL_TIME, .wide = true}, RC_UPDATED_AT},
    {{.name = "finished_at", .kind = CELL_TIME, .wide = true}, RC_FINISHED_AT},
    {{.name = "payload_json", .kind = CELL_RAW, .hidden = true},
     RC_PAYLOAD_JSON},
    {{.name = "last_error", .kind = CELL_TEXT, .shrink = 16}, RC_LAST_ERROR},
};

static const struct shown log_columns[] = {
    {{.name = "ts", .kind = CELL_TIME}, RN_TS},
    {{.name = "level", .kind = CELL_TEXT}, RN_LEVEL},
    {{.name = "task_id", .kind = CELL_TEXT}, RN_TASK_ID},
    {{.name = "action_id", .kind = CELL_TEXT}, RN_ACTION_ID},
    {{.name = "message", .kind = CELL_TEXT}, RN_MESSAGE},
    {{.name = "artifact_ref", .kind = CELL_TEXT}, RN_ARTIFACT_REF},
    {{.name = "artifact_sha256", .kind = CELL_TEXT}, RN_ARTIFACT_SHA256},
};

static int tick_page(struct status *status, int64_t before, size_t limit,
                     struct db_rows *rows, struct err *err)
{
    return read_ticks(status->store, before, limit, rows, err);
}

static int action_page(struct status *status, int64_t before, size_t limit,
                       struct db_rows *rows, struct err *err)
{
    return read_actions(status->store, status->filter.states, status->type,
                        before, limit, rows, err);
}

int status_ticks(struct status *status, struct err *err)
{
    return status_pages(status, tick_columns, LENGTH(tick_columns), RTK_ID,
                        tick_page, err);
}

int status_actions(struct status *status, struct err *err)
{
    return status_pages(status, action_columns, LENGTH(action_columns), RC_SEQ,
                        action_page, err);
}

static void add_instant(cJSON *object, const char *name, int64_t instant)
{
    char text[CLOCK_TEXT_SIZE];

    json_add_text(object, name, instant ? clock_format(instant, text) : NULL);
}

static int add_flags(struct status *status, cJSON *object, struct err *err)
{
    struct flags flags = {0};

    if (status->store && store_flags(status->store, &flags, err) < 0)
        return -1;
    if (!status->store)
        flags.proof_mode = true;
    cJSON_AddBoolToObject(object, "paused_in", flags.paused_in);
    cJSON_AddBoolToObject(object, "paused_out", flags.paused_out);
    if (flags.paused_types)
        json_add_raw(object, "paused_types", flags.paused_types,
                     strlen(flags.paused_types));
    else
        cJSON_AddNullToObject(object, "paused_types");
    cJSON_AddBoolToObject(object, "killed", flags.killed);
    cJSON_AddBoolToObject(object, "proof_mode", flags.proof_mode);
    add_instant(object, "updated_at", flags.updated_at);
    json_add_text(object, "updated_by", flags.updated_by);
    json_add_text(object, "reason", flags.reason);
    flags_release(&flags);
    return 0;
}

int status_flags(struct status *status, struct err *err)
{
    cJSON *object = cJSON_CreateObject();
    int ret = add_flags(status, object, err);

    if (ret == 0)
        status_print(object);
    cJSON_Delete(object);
    return ret;
}

static int add_lease(struct status *status, cJSON *object, struct err *err)
{
    struct lease lease = {0};
    int found = lease_read(status->store, "dispatcher", &lease, err);

    if (found < 0)
        return -1;
    json_add_text(object, "holder",
                  found && lease.left > 0 ? lease.owner : NULL);
    json_add_num(object, "term", lease.term);
    cJSON_AddNumberToObject(object, "seconds_left",
                            found && lease.left > 0
                                ? (double)lease.left / (double)USEC_PER_SEC
                                : 0);
    add_instant(object, "renewed_at", lease.renewed_at);
    return 0;
}

static int add_tick(struct status *status, cJSON *object, struct err *err)
{
    struct db_rows rows = {0};

    if (read_ticks(status->store, 0, 1, &rows, err) < 0)
        return -1;
    if (rows.count > 0)
        status_object(object, tick_columns, LENGTH(tick_columns), &rows, 0);
    db_rows_release(&rows);
    return 0;
}

static int add_counts(struct status *status, cJSON *object, struct err *err)
{
    static const char *const names[] = {"pending", "retry", "dead"};
    int64_t counts[LENGTH(names)] = {0};
    size_t i;

    if (read_action_counts(status->store, counts, err) < 0)
        return -1;
    for (i = 0; i < LENGTH(names); i++)
        json_add_num(object, names[i], counts[i]);
    return 0;
}

static int add_tasks(struct status *status, cJSON *object, struct err *err)
{
    struct db_rows rows = {0};

    if (read_totals(status->store, USEC_PER_SEC, &rows, err) < 0)
        return -1;
    json_add_num(object, "pending", db_num(&rows, 0, RW_PENDING));
    json_add_num(object, "running", db_num(&rows, 0, RW_RUNNING));
    json_add_num(object, "retry", db_num(&rows, 0, RW_RETRY));
    json_add_num(object, "dead", db_num(&rows, 0, RW_DEAD));
    db_rows_release(&rows);
    return 0;
}

static int add_logs(struct status *status, cJSON *list, struct err *err)
{
    struct db_rows rows = {0};
    size_t i;

    if (read_recent_logs(status->store, RECENT, &rows, err) < 0)
        return -1;
    for (i = 0; i < rows.count; i++) {
        cJSON *entry = cJSON_CreateObject();

        status_object(entry, log_columns, LENGTH(log_columns), &rows, i);
        cJSON_AddItemToArray(list, entry);
    }
    db_rows_release(&rows);
    return 0;
}

/* "2026-...Z info PROOF: written, not sent (artifacts/...)". */
static void log_line(const cJSON *entry, struct buf *line)
{
    static const char *const names[] = {"ts", "level", "message"};
    struct buf artifact = {0};
    size_t i;

    for (i = 0; i < LENGTH(names); i++) {
        buf_byte(line, ' ');
        status_value(cJSON_GetObjectItem(entry, names[i]), line);
    }
    status_value(cJSON_GetObjectItem(entry, "artifact_ref"), &artifact);
    if (artifact.len > 0)
        buf_fmt(line, " (%s)", artifact.data);
    buf_release(&artifact);
}

static void print_entry(const cJSON *entry)
{
    struct buf line = {0};

    buf_byte(&line, ' ');
    if (entry->string) {
        buf_fmt(&line, " %-20s ", entry->string);
        status_value(entry, &line);
    } else {
        log_line(entry, &line);
    }
    status_line(line.data, line.len);
    buf_release(&line);
}

/* For people: a heading, then its names and values. */
static void print_sections(const cJSON *object)
{
    const cJSON *section;
    const cJSON *entry;

    cJSON_ArrayForEach(section, object)
    {
        printf("%s\n", section->string);
        cJSON_ArrayForEach(entry, section)
        {
            print_entry(entry);
        }
    }
}

int status_autonomy(struct status *status, struct err *err)
{
    cJSON *object = cJSON_CreateObject();
    struct buf out = {0};
    int ret = 0;

    if (status->store) {
        ret = add_lease(status, cJSON_AddObjectToObject(object, "lease"), err);
        if (ret == 0)
            ret = add_flags(status, cJSON_AddObjectToObject(object, "flags"),
                            err);
        if (ret == 0)
            ret = add_tick(status, cJSON_AddObjectToObject(object, "last_tick"),
                           err);
        if (ret == 0)
            ret = add_counts(status, cJSON_AddObjectToObject(object, "actions"),
                             err);
        if (ret == 0)
            ret = add_tasks(status, cJSON_AddObjectToObject(object, "tasks"),
                            err);
        if (ret == 0)
            ret = add_logs(status, cJSON_AddArrayToObject(object, "logs"), err);
    }
    if (ret == 0 && cmd_shared.output != OUTPUT_JSON &&
        cmd_shared.output != OUTPUT_JSONL) {
        print_sections(object);
    } else if (ret == 0) {
        json_print(object, cmd_shared.output == OUTPUT_JSON, &out);
        buf_byte(&out, '\n');
        fwrite(out.data, 1, out.len, stdout);
    }
    buf_release(&out);
    cJSON_Delete(object);
    return ret;
}
