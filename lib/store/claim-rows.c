/*
 * A claimed task in memory: from the rows of two statements to a struct
 * that owns its text.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/cycle.h"

void claim_release(struct claim *claim)
{
    free(claim->description);
    free(claim->payload);
    free(claim->metadata);
    free(claim->idempotency_key);
    free(claim->correlation_id);
    free(claim->workflow_id);
    free(claim->parent_id);
    free(claim->session_id);
    free(claim->agent_type);
    free(claim->webhook);
    free(claim->model);
    free(claim->llm_endpoint);
    free(claim->privacy);
    free(claim->output_schema);
    *claim = (struct claim){0};
}

void claim_list_release(struct claim_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        claim_release(&list->items[i]);
    free(list->items);
    *list = (struct claim_list){0};
}

static int64_t num_or(const struct db_rows *rows, size_t row, size_t column,
                      int64_t absent)
{
    return db_null(rows, row, column) ? absent : db_num(rows, row, column);
}

static char *copy_text(const struct db_rows *rows, size_t row, size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);

    return cell->kind == DB_NULL ? NULL : xmemdup0(cell->data, cell->len);
}

static void copy_word(char *to, size_t size, const struct db_rows *rows,
                      size_t row, size_t column)
{
    const struct db_cell *cell = db_cell(rows, row, column);
    size_t len = cell->len < size ? cell->len : size - 1;

    memcpy(to, cell->data, len);
    to[len] = '\0';
}

void claim_add(struct claim_list *out, const struct db_rows *rows, size_t row)
{
    struct claim *claim;

    out->items = xgrow(out->items, out->count, &out->cap, sizeof(*out->items));
    claim = &out->items[out->count++];
    *claim = (struct claim){
        .seq = db_num(rows, row, 0),
        .priority = (int)db_num(rows, row, 3),
        .attempt = (int)db_num(rows, row, 4),
        .failures = (int)db_num(rows, row, 5),
        .max_attempts = (int)db_num(rows, row, 6),
        .losses = (int)db_num(rows, row, 7),
        .max_losses = (int)db_num(rows, row, 8),
        .sort_at = db_num(rows, row, 9),
        .created_at = db_num(rows, row, 10),
        .claimed_at = db_num(rows, row, 11),
        .workflow_id = copy_text(rows, row, 12),
    };
    copy_word(claim->task_id, sizeof(claim->task_id), rows, row, 1);
    copy_word(claim->task_type, sizeof(claim->task_type), rows, row, 2);
}

void claim_body(struct claim *claim, const struct db_rows *rows, size_t row)
{
    const struct db_cell *payload = db_cell(rows, row, 2);
    const char *format = db_text(rows, row, 3);

    claim->description = copy_text(rows, row, 1);
    claim->payload = copy_text(rows, row, 2);
    claim->payload_len = payload->kind == DB_NULL ? 0 : payload->len;
    claim->payload_is_json = format && strcmp(format, "json") == 0;
    claim->metadata = copy_text(rows, row, 4);
    claim->idempotency_key = copy_text(rows, row, 5);
    claim->correlation_id = copy_text(rows, row, 6);
    claim->parent_id = copy_text(rows, row, 7);
    claim->session_id = copy_text(rows, row, 8);
    claim->agent_type = copy_text(rows, row, 9);
    claim->timeout = db_num(rows, row, 10);
    claim->webhook = copy_text(rows, row, 11);
    claim->model = copy_text(rows, row, 12);
    claim->llm_endpoint = copy_text(rows, row, 13);
    claim->privacy = copy_text(rows, row, 14);
    claim->output_schema = copy_text(rows, row, 15);
    claim->budget = num_or(rows, row, 16, -1);
    claim->has_parents = db_num(rows, row, 17) != 0;
}
