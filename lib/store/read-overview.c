/*
 * read-overview.c - agents, queues and totals
 */
#include "config.h"

#include <string.h>

#include "core/json.h"
#include "store/read-private.h"

int read_agents(struct store *store, bool all, int64_t since,
                struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_READ_AGENTS, ARGS(arg_num(all), arg_num(since)),
                    rows, err) < 0)
        return err_wrap(err, "cannot list agents");
    return 0;
}

/* At most size - 1 bytes, no character cut. */
static void copy_decoded(const struct json_slice *string, char *to, size_t size)
{
    struct buf text = {0};
    size_t len;

    json_decode(string, &text);
    len = text.len < size ? text.len : size - 1;
    while (len > 0 && len < text.len && (text.data[len] & 0xc0) == 0x80)
        len--;
    if (len > 0)
        memcpy(to, text.data, len);
    to[len] = '\0';
    buf_release(&text);
}

int read_progress_in(const char *json, const char *task_id, int *percent,
                     char text[200])
{
    struct json_walk walk = {0};
    struct json_slice entry;
    struct json_slice value;
    struct err bad = {0};
    double number;

    if (json_check(json, strlen(json), &walk.within, &bad) < 0 ||
        walk.within.type != JSON_ARRAY)
        return 0;
    while (json_next(&walk, NULL, &entry)) {
        if (entry.type != JSON_OBJECT ||
            !json_member(&entry, "task_id", &value) ||
            value.type != JSON_STRING || !json_equals(&value, task_id))
            continue;
        *percent = -1;
        text[0] = '\0';
        if (json_member(&entry, "percent", &value) &&
            value.type == JSON_NUMBER) {
            number = json_double(&value);
            *percent = number < 0 ? 0 : number > 100 ? 100 : (int)number;
        }
        if (json_member(&entry, "text", &value) && value.type == JSON_STRING)
            copy_decoded(&value, text, 200);
        return 1;
    }
    return 0;
}

int read_progress(struct store *store, const char *agent_id,
                  const char *task_id, int *percent, char text[200],
                  struct err *err)
{
    struct db_rows rows = {0};
    int found = 0;

    if (store_query(store, SQL_READ_PROGRESS, ARGS(arg_text(agent_id)), &rows,
                    err) < 0)
        return err_wrap(err, "cannot read progress");
    if (rows.count > 0 && !db_null(&rows, 0, 0))
        found = read_progress_in(db_text(&rows, 0, 0), task_id, percent, text);
    db_rows_release(&rows);
    return found;
}

int read_queues(struct store *store, struct db_rows *rows, struct err *err)
{
    if (store_query(store, SQL_READ_QUEUES, NULL, 0, rows, err) < 0)
        return err_wrap(err, "cannot read queues");
    return 0;
}

int read_totals(struct store *store, int64_t window, struct db_rows *rows,
                struct err *err)
{
    if (store_query(store, SQL_READ_TOTALS, ARGS(arg_num(window)), rows, err) <
        0)
        return err_wrap(err, "cannot read totals");
    return 0;
}

int read_ahead(struct store *store, int64_t seq, struct db_rows *rows,
               struct err *err)
{
    if (store_query(store, SQL_READ_AHEAD,
                    ARGS(arg_num(seq), arg_num(READ_AHEAD_MAX)), rows, err) < 0)
        return err_wrap(err, "cannot see what comes before task %lld",
                        (long long)seq);
    return 0;
}
