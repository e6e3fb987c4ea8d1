/*
 * verify-e2e-keep.c - what is kept: consistency, recovery
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/verify-e2e.h"
#include "core/mem.h"

/* ----------------------------------------------------------- consistency */

static void take_over(struct e2e *e2e, const struct verify *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct check *check = &from->checks[i];

        for (size_t k = 0; k < check->count; k++)
            verify_offend(e2e->verify, check->offenders[k].id, "%s: %s",
                          check->name, check->offenders[k].what);
        if (check->verdict == VERDICT_UNKNOWN)
            verify_unknown(e2e->verify, &check->err);
    }
}

/* What was asked is what comes back, byte for byte, and nothing in the
 * database contradicts anything else. */
void e2e_consistency(struct e2e *e2e)
{
    static const char payload[] =
        "{\"description\":\"echo\",\"payload\":\"\\u00e9 1e400 \\\\ \\\"\"}\n";
    static const char want[] = "\xc3\xa9 1e400 \\ \"";
    struct verify invariants = {0};
    struct db_rows rows = {0};
    const struct db_cell *result;
    struct err err = {0};

    if (!e2e_submit(e2e, payload, NULL) ||
        !e2e_drain(e2e, E2E_ARGS("-q", "--until-empty", "--", "cat")))
        return;
    if (e2e_all_completed(e2e, 1, &rows)) {
        result = db_cell(&rows, 0, ET_RESULT);
        if (result->len != sizeof(want) - 1 ||
            memcmp(result->data, want, sizeof(want) - 1) != 0)
            verify_offend(e2e->verify, db_text(&rows, 0, ET_TASK_ID),
                          "gave back another payload than it was given");
    }
    db_rows_release(&rows);
    if (verify_check_invariants(e2e->run, &invariants, &err) < 0)
        verify_unknown(e2e->verify, &err);
    take_over(e2e, &invariants);
    verify_note(e2e->verify, "%zu invariants", invariants.count);
    verify_release(&invariants);
}

/* -------------------------------------------------------------- recovery */

static void want_outcomes(struct e2e *e2e, const char *task_id,
                          const char *want)
{
    struct err err = {0};
    char *got = e2e_outcomes(e2e->store, task_id, &err);

    if (!got)
        verify_unknown(e2e->verify, &err);
    else if (strcmp(got, want) != 0)
        verify_offend(e2e->verify, task_id, "its attempts are '%s', not '%s'",
                      got, want);
    free(got);
}

/* The only task of the check is in this state after these attempts. */
static void want_task(struct e2e *e2e, const char *status, const char *outcomes)
{
    struct db_rows rows = {0};

    if (e2e_rows(e2e, &rows) < 0)
        return;
    if (rows.count != 1)
        verify_offend(e2e->verify, "tasks", "%zu are stored, not 1",
                      rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        if (strcmp(db_text(&rows, i, ET_STATUS), status) != 0)
            verify_offend(e2e->verify, db_text(&rows, i, ET_TASK_ID),
                          "is %s, not %s", db_text(&rows, i, ET_STATUS),
                          status);
        want_outcomes(e2e, db_text(&rows, i, ET_TASK_ID), outcomes);
    }
    db_rows_release(&rows);
}

/* Each part has a correlation id of its own. */
static void next_part(struct e2e *e2e, const char *part)
{
    char *name = xasprintf("%s.recovery-%s", e2e->name, part);

    free(e2e->correlation_id);
    e2e->correlation_id = name;
}

static void recover_from_failure(struct e2e *e2e)
{
    next_part(e2e, "failure");
    if (e2e_submit(e2e, "fails once\n", NULL) &&
        e2e_drain(e2e, E2E_ARGS("-q", "--until-empty", "--", "sh", "-c",
                                "[ \"$AAOS_ATTEMPT\" -gt 1 ]")))
        want_task(e2e, "completed", "failed completed");
}

static void give_up_at_once(struct e2e *e2e)
{
    next_part(e2e, "permanent");
    if (e2e_submit(e2e, "cannot be done\n", NULL) &&
        e2e_drain(e2e,
                  E2E_ARGS("-q", "--until-empty", "--", "sh", "-c", "exit 65")))
        want_task(e2e, "dead", "failed");
}

static bool file_is_there(struct e2e *e2e, void *ctx)
{
    (void)e2e;
    return access(ctx, F_OK) == 0;
}

/*
 * Its worker is killed under it; another one takes it over.  A worker of
 * somebody else may be the first to notice, and then it is his back-off that
 * has to pass: the next worker stays until it has had its task.
 */
static void recover_from_death(struct e2e *e2e)
{
    char *file = e2e_path(e2e, "started");
    struct e2e_child victim;
    bool started;

    next_part(e2e, "death");
    if (!e2e_submit(e2e, "outlives its worker\n", NULL) ||
        e2e_worker(e2e, &victim,
                   E2E_ARGS("-q", "--", "sh", "-c", ": >\"$1\"; exec sleep 600",
                            "sh", file)) < 0)
        goto out;
    started = e2e_until(e2e, file_is_there, file);
    e2e_kill(&victim);
    if (!started)
        verify_offend(e2e->verify, "aaos-worker", "did not start the handler");
    else if (e2e_drain(e2e, E2E_ARGS("-q", "--max-tasks", "1", "--", "true")))
        want_task(e2e, "completed", "lost completed");
out:
    free(file);
}

/* What is wrong with a line costs nothing but that line. */
static void refuse_bad_input(struct e2e *e2e)
{
    static const char records[] = "{\"description\":\"good\"}\n"
                                  "{\"description\":\n"
                                  "{\"description\":\"x\",\"priority\":11}\n";

    next_part(e2e, "input");
    if (e2e_run(e2e, records, 65, NULL,
                E2E_ARGS("aaos-submit", "-q", "-t", e2e->name,
                         "--correlation-id", e2e->correlation_id)) &&
        e2e_drain(e2e, E2E_ARGS("-q", "--until-empty", "--builtin", "noop")))
        want_task(e2e, "completed", "completed");
}

void e2e_recovery(struct e2e *e2e)
{
    refuse_bad_input(e2e);
    recover_from_failure(e2e);
    give_up_at_once(e2e);
    recover_from_death(e2e);
}
