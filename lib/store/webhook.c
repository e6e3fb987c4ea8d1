/*
 * webhook.c - tasks that are final now tell those who asked to be told
 *
 * An action a task, in the transaction that ends it: an event without its
 * task, or the other way round, cannot be.  The key is that of the attempt;
 * a task that is ended twice without an attempt between (requeued, then
 * cancelled) gets the time of its end behind it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "store/actions.h"
#include "store/store-private.h"
#include "store/webhook.h"

/* Columns of webhooks_of. */
enum {
    WH_SEQ,
    WH_TASK_ID,
    WH_TASK_TYPE,
    WH_STATUS,
    WH_REASON,
    WH_ATTEMPT,
    WH_WORKFLOW_ID,
    WH_CREATED_AT,
    WH_FINISHED_AT,
    WH_CORRELATION_ID,
    WH_URL,
    WH_OUTCOME,
    WH_EXIT_STATUS,
    WH_RESULT_SHA256
};

static void add_time(cJSON *object, const char *name, int64_t instant)
{
    char text[CLOCK_TEXT_SIZE];

    json_add_text(object, name, clock_format(instant, text));
}

/* Thin: who wants more asks for it by the id. */
static cJSON *data_of(const struct db_rows *rows, size_t i)
{
    cJSON *data = cJSON_CreateObject();
    bool completed = strcmp(db_text(rows, i, WH_STATUS), "completed") == 0;

    json_add_text(data, "task_id", db_text(rows, i, WH_TASK_ID));
    json_add_num(data, "seq", db_num(rows, i, WH_SEQ));
    json_add_text(data, "task_type", db_text(rows, i, WH_TASK_TYPE));
    json_add_text(data, "status", db_text(rows, i, WH_STATUS));
    json_add_text(data, "reason", db_text(rows, i, WH_REASON));
    json_add_num(data, "attempt", db_num(rows, i, WH_ATTEMPT));
    json_add_text(data, "outcome", db_text(rows, i, WH_OUTCOME));
    if (db_null(rows, i, WH_EXIT_STATUS))
        json_add_text(data, "exit_status", NULL);
    else
        json_add_num(data, "exit_status", db_num(rows, i, WH_EXIT_STATUS));
    json_add_text(data, "result_sha256",
                  completed ? db_text(rows, i, WH_RESULT_SHA256) : NULL);
    json_add_text(data, "workflow_id", db_text(rows, i, WH_WORKFLOW_ID));
    json_add_text(data, "correlation_id", db_text(rows, i, WH_CORRELATION_ID));
    add_time(data, "created_at", db_num(rows, i, WH_CREATED_AT));
    add_time(data, "finished_at", db_num(rows, i, WH_FINISHED_AT));
    return data;
}

static void write_payload(const struct db_rows *rows, size_t i, struct buf *out)
{
    cJSON *payload = cJSON_CreateObject();
    cJSON *event = cJSON_CreateObject();
    char *type = xasprintf("aaos.task.%s", db_text(rows, i, WH_STATUS));

    json_add_text(payload, "url", db_text(rows, i, WH_URL));
    json_add_text(event, "type", type);
    add_time(event, "timestamp", db_num(rows, i, WH_FINISHED_AT));
    cJSON_AddItemToObject(event, "data", data_of(rows, i));
    cJSON_AddItemToObject(payload, "event", event);
    json_print(payload, false, out);
    cJSON_Delete(payload);
    free(type);
}

static int insert(struct store *store, const struct db_rows *rows, size_t i,
                  struct err *err)
{
    struct buf payload = {0};
    char *key = xasprintf("webhook:%s:%lld", db_text(rows, i, WH_TASK_ID),
                          (long long)db_num(rows, i, WH_ATTEMPT));
    struct action_new action = {
        .action_type = "webhook",
        .idempotency_key = key,
        .task_id = db_text(rows, i, WH_TASK_ID),
        .correlation_id = db_text(rows, i, WH_CORRELATION_ID),
    };
    char *again = NULL;
    int ret;

    write_payload(rows, i, &payload);
    action.payload_json = payload.data;
    ret = action_insert(store, &action, err);
    if (ret == 0 && action.duplicate) {
        again = xasprintf("%s:%lld", key,
                          (long long)db_num(rows, i, WH_FINISHED_AT));
        action.idempotency_key = again;
        *action.action_id = '\0';
        ret = action_insert(store, &action, err);
    }
    buf_release(&payload);
    free(key);
    free(again);
    return ret;
}

int webhooks_add(struct store *store, const int64_t *seqs, size_t count,
                 struct err *err)
{
    struct buf list = {0};
    struct db_rows rows = {0};
    int ret;

    if (count == 0)
        return 0;
    list_seqs(&list, seqs, count);
    ret = db_query(store->db, SQL_WEBHOOKS_OF,
                   ARGS(arg_textn(list.data, list.len)), &rows, err);
    for (size_t i = 0; ret == 0 && i < rows.count; i++)
        ret = insert(store, &rows, i, err);
    db_rows_release(&rows);
    buf_release(&list);
    return ret;
}
