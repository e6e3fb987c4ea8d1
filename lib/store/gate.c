/*
 * gate.c - what may be submitted and claimed while something is paused
 *
 * The switches are read by the transaction itself, in the statement that
 * tells it the time, so they cost nothing and nobody can forget to ask.
 */
#include "config.h"

#include "store/gate.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "store/cycle.h"
#include "store/flags.h"
#include "store/store-private.h"

void gate_release(struct gate *gate)
{
    free(gate->paused_types);
    *gate = (struct gate){0};
}

int gate_read(struct store *store, struct gate *gate, struct err *err)
{
    struct db_rows rows = {0};

    if (db_query(store->db, SQL_GATE, NULL, 0, &rows, err) < 0)
        return -1;
    *gate = (struct gate){
        .now = db_num(&rows, 0, 0),
        .paused_in = db_num(&rows, 0, 1) != 0,
        .paused_out = db_num(&rows, 0, 2) != 0,
        .killed = db_num(&rows, 0, 3) != 0,
        .paused_types = xstrdup_null(db_text(&rows, 0, 4)),
    };
    db_rows_release(&rows);
    return 0;
}

int gate_submit(struct store *store, int64_t *now, struct err *err)
{
    struct gate gate = {0};
    int ret = 0;

    if (gate_read(store, &gate, err) < 0)
        return -1;
    *now = gate.now;
    if (gate.killed) {
        err_set(err, ERR_PERM, "the queue is killed: nothing is accepted");
        ret = err_hint(err, "aaos-dispatch flags says by whom and why; "
                            "aaos-dispatch revive ends it");
    } else if (gate.paused_in) {
        err_set(err, ERR_PERM, "the queue is paused: nothing is accepted");
        ret = err_hint(err, "aaos-dispatch flags says by whom and why; "
                            "aaos-dispatch resume ends it");
    }
    gate_release(&gate);
    return ret;
}

/* --- types that are paused ------------------------------------------------ */

static bool listed(const struct json_slice *list, const char *type)
{
    struct json_walk walk = {.within = *list};
    struct json_slice entry;

    while (json_next(&walk, NULL, &entry))
        if (entry.type == JSON_STRING && json_equals(&entry, type))
            return true;
    return false;
}

/* Those of `all` that are not listed; pointers into `all`. */
static size_t leave_out(const struct json_slice *list, const char *const *all,
                        size_t count, const char **types)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (!listed(list, all[i]))
            types[n++] = all[i];
    return n;
}

static int claim_types(struct store *store, struct claim_request *request,
                       const struct json_slice *list, int64_t now,
                       struct claim_list *out, struct err *err)
{
    const char *const *all = request->types;
    size_t count = request->type_count;
    const char **pending = NULL;
    const char **types;
    struct db_rows rows = {0};
    int ret = 0;

    if (!all) {
        if (db_query(store->db, SQL_CLAIM_TYPES, NULL, 0, &rows, err) < 0)
            return -1;
        count = rows.count;
        pending = xcalloc(count + 1, sizeof(char *));
        for (size_t i = 0; i < count; i++)
            pending[i] = db_text(&rows, i, 0);
        all = pending;
    }
    types = xcalloc(count + 1, sizeof(char *));
    request->type_count = leave_out(list, all, count, types);
    request->types = types;
    if (request->type_count > 0)
        ret = claim_some(store, request, now, out, err);
    free(types);
    free(pending);
    db_rows_release(&rows);
    return ret;
}

int gate_claim(struct store *store, const struct gate *gate,
               const struct claim_request *request, struct claim_list *out,
               struct err *err)
{
    struct claim_request open = *request;
    struct json_slice list;

    if (gate->killed || gate->paused_out)
        return 0;
    if (!gate->paused_types)
        return claim_some(store, request, gate->now, out, err);
    if (json_check(gate->paused_types, strlen(gate->paused_types), &list, err) <
            0 ||
        list.type != JSON_ARRAY)
        return err_set(err, ERR_CONFIG,
                       "control_flags.paused_types is no list of types");
    return claim_types(store, &open, &list, gate->now, out, err);
}
