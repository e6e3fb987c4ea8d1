/*
 * invariants.c - the registry of queries that list offenders
 */
#include "config.h"

#include "verify/invariants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/sql-names.h"

/* What $1 of a query is. */
enum takes { NOTHING, INSTANT, LEASE_CLOCK, KEPT_SINCE, TRIES };

enum { ALARM_KEEP = 1000 };

struct invariant {
    const char *name, *about;
    enum sql which;
    enum takes takes;
    bool alarm; /* counts only when it holds in two looks */
};

static const struct invariant invariants[] = {
    {"state-known", "every task is in a known state", SQL_VERIFY_STATE_KNOWN,
     NOTHING, false},
    {"running-held", "a running task has an agent, a lease and an attempt",
     SQL_VERIFY_RUNNING_HELD, NOTHING, false},
    {"others-free", "nobody holds a task that is not running",
     SQL_VERIFY_OTHERS_FREE, NOTHING, false},
    {"final-ended", "exactly the tasks in a final state have an end",
     SQL_VERIFY_FINAL_ENDED, NOTHING, false},
    {"counters", "attempts, failures, losses and priority are within bounds",
     SQL_VERIFY_COUNTERS, NOTHING, false},
    {"due-known", "what waits for its time has one", SQL_VERIFY_DUE_KNOWN,
     NOTHING, false},
    {"times", "a task is made, started and ended in this order",
     SQL_VERIFY_TIMES, NOTHING, false},
    {"body", "every task has a body, and every body its task", SQL_VERIFY_BODY,
     NOTHING, false},
    {"id-unique", "no two tasks have one id", SQL_VERIFY_ID_UNIQUE, NOTHING,
     false},
    {"attempts-gapless", "attempts are numbered from 1 without a gap",
     SQL_VERIFY_ATTEMPTS_GAPLESS, NOTHING, false},
    {"attempt-owned", "every attempt and every dependency is that of a task",
     SQL_VERIFY_ATTEMPT_OWNED, NOTHING, false},
    {"completed-once", "a completed task is not run again unless requeued",
     SQL_VERIFY_COMPLETED_ONCE, NOTHING, false},
    {"completed-by-attempt", "a completed task was completed by its attempt",
     SQL_VERIFY_COMPLETED_BY_ATTEMPT, NOTHING, false},
    {"completion-kept", "what an attempt has completed stays completed",
     SQL_VERIFY_COMPLETION_KEPT, NOTHING, false},
    {"attempts-apart", "an attempt ends before the next one is claimed",
     SQL_VERIFY_ATTEMPTS_APART, NOTHING, false},
    {"failures-recorded", "failures and losses that count are recorded",
     SQL_VERIFY_FAILURES_RECORDED, NOTHING, false},
    {"key-names-task", "an idempotency key names the task that has it",
     SQL_VERIFY_KEY_NAMES_TASK, NOTHING, false},
    {"task-has-key", "the key of a task names this task",
     SQL_VERIFY_TASK_HAS_KEY, NOTHING, false},
    {"dead-reason", "dead and cancelled tasks have a reason",
     SQL_VERIFY_DEAD_REASON, NOTHING, false},
    {"exhausted", "no task waits that has failed as often as it may",
     SQL_VERIFY_EXHAUSTED, NOTHING, false},
    {"parents-first", "no task has started before those it waits for",
     SQL_VERIFY_PARENTS_FIRST, NOTHING, false},
    {"workflow-known", "the workflow of a task is there",
     SQL_VERIFY_WORKFLOW_KNOWN, NOTHING, false},
    {"action-after-end", "an action belongs to something that has ended",
     SQL_VERIFY_ACTION_AFTER_END, NOTHING, false},
    {"webhook-told", "the end of a task with a webhook made an action",
     SQL_VERIFY_WEBHOOK_TOLD, KEPT_SINCE, false},
    {"action-ended", "state, tries, lease and end of an action agree",
     SQL_VERIFY_ACTION_ENDED, NOTHING, false},
    {"action-tries", "no action waits that was tried as often as it may",
     SQL_VERIFY_ACTION_TRIES, TRIES, false},
    {"audit-links", "every audit row follows from the one before it",
     SQL_VERIFY_AUDIT_LINKS, NOTHING, false},
    {"audit-gapless", "audit rows are numbered from 1 without a gap",
     SQL_VERIFY_AUDIT_GAPLESS, NOTHING, false},
    {"audit-head", "the head of the audit is its last row",
     SQL_VERIFY_AUDIT_HEAD, NOTHING, false},
    {"artifact-named", "artifacts have safe names and a SHA-256",
     SQL_VERIFY_ARTIFACT_NAMED, NOTHING, false},
    {"log-owned", "every log line is that of a task and attempt",
     SQL_VERIFY_LOG_OWNED, NOTHING, false},
    {"correlated", "what belongs to a task has its correlation id",
     SQL_VERIFY_CORRELATED, NOTHING, false},
    {"tick-closed", "only the last tick may be open", SQL_VERIFY_TICK_CLOSED,
     NOTHING, false},
    {"tick-whole", "a closed tick has a status and sensible counts",
     SQL_VERIFY_TICK_WHOLE, NOTHING, false},
    {"tick-terms", "the terms of ticks never fall", SQL_VERIFY_TICK_TERMS,
     NOTHING, false},
    {"tick-apart", "ticks do not overlap", SQL_VERIFY_TICK_APART, NOTHING,
     false},
    {"lease-term", "the dispatcher's lease is not behind its ticks",
     SQL_VERIFY_LEASE_TERM, NOTHING, false},
    {"flags", "there is one row of switches", SQL_VERIFY_FLAGS, NOTHING, false},
    {"identity", "the database has a name of its own", SQL_VERIFY_IDENTITY,
     NOTHING, false},
    {"agent-once", "no process is two agents", SQL_VERIFY_AGENT_ONCE, NOTHING,
     false},
    {"money-held", "what budgets hold is what calls under way hold",
     SQL_VERIFY_MONEY_HELD, NOTHING, false},
    {"money-spent", "what is spent of budgets is what calls cost",
     SQL_VERIFY_MONEY_SPENT, NOTHING, false},
    {"call-ended", "exactly the calls that are not under way have an end",
     SQL_VERIFY_CALL_ENDED, NOTHING, false},
    {"lease-live", "no lease is over without a consequence",
     SQL_VERIFY_LEASE_LIVE, LEASE_CLOCK, true},
    {"agent-live", "who holds a task is alive", SQL_VERIFY_AGENT_LIVE, INSTANT,
     true},
    {"due-promoted", "ticks make due tasks pending", SQL_VERIFY_DUE_PROMOTED,
     INSTANT, true},
    {"blocked-waits", "a blocked task waits for something that lives",
     SQL_VERIFY_BLOCKED_WAITS, NOTHING, true},
    {"call-settled", "ticks settle calls that nobody ended",
     SQL_VERIFY_CALL_SETTLED, INSTANT, true},
    {"action-leaves", "somebody ticks when an action is due",
     SQL_VERIFY_ACTION_LEAVES, INSTANT, true},
};

const char *invariant_name(size_t i, const char **about)
{
    if (i >= LENGTH(invariants))
        return NULL;
    *about = invariants[i].about;
    return invariants[i].name;
}

/* One look: a snapshot, and the clocks from before it. */
struct look {
    struct verify *verify;
    struct store *store;
    const struct invariant_options *options;
    int64_t now, lease_now;
};

/* Offenders of the first look that may go away by themselves. */
struct suspects {
    struct db_rows rows[LENGTH(invariants)];
};

static int begin(struct look *look, struct err *err)
{
    struct db *db = store_db(look->store);
    struct db_rows rows = {0};

    db_rollback(db);
    if (db_broken(db) && db_reconnect(db, err) < 0)
        return -1;
    if (db_snapshot(db, err) < 0 ||
        db_query(db, SQL_VERIFY_CLOCKS, NULL, 0, &rows, err) < 0)
        return -1;
    look->now = db_num(&rows, 0, 0);
    look->lease_now = db_num(&rows, 0, 1);
    db_rows_release(&rows);
    if (db_query(db, SQL_VERIFY_BEGIN, NULL, 0, &rows, err) < 0)
        return -1;
    db_rows_release(&rows);
    return 0;
}

/* 1 and *arg, or 0: the query takes none. */
static size_t argument(const struct look *look, const struct invariant *one,
                       struct db_arg *arg)
{
    const struct invariant_options *options = look->options;

    switch (one->takes) {
    case NOTHING:
        return 0;
    case INSTANT:
        *arg = arg_num(look->now - options->grace);
        break;
    case LEASE_CLOCK:
        *arg = arg_num(look->lease_now - options->grace);
        break;
    case KEPT_SINCE:
        *arg = arg_num(options->retention > 0 ? look->now - options->retention
                                              : 0);
        break;
    case TRIES:
        *arg = arg_num(options->tries);
        break;
    }
    return 1;
}

/* The query inside another one: its first rows, or how many there are. */
static int ask(const struct look *look, const struct invariant *one,
               const char *select, const char *limit, struct db_rows *rows,
               struct err *err)
{
    const char *sql = store_statement(look->store, one->which);
    struct db_arg arg = {0};
    size_t nargs = argument(look, one, &arg);
    struct buf text = {0};
    int ret;

    buf_fmt(&text, "SELECT %s FROM (%.*s) offenders%s", select,
            (int)(strrchr(sql, ';') - sql), sql, limit);
    ret = db_adhoc(store_db(look->store), text.data, &arg, nargs, rows, err);
    buf_release(&text);
    return ret;
}

static int list(const struct look *look, const struct invariant *one,
                size_t most, struct db_rows *rows, struct err *err)
{
    char limit[40];

    snprintf(limit, sizeof(limit), " LIMIT %zu", most);
    return ask(look, one, "*", limit, rows, err);
}

static void offend(struct verify *verify, const struct db_rows *rows, size_t i)
{
    const char *id = db_text(rows, i, 0);
    const char *what = db_text(rows, i, 1);

    verify_offend(verify, id ? id : "NULL", "%s", what ? what : "");
}

static int run_strict(const struct look *look, const struct invariant *one,
                      struct err *err)
{
    size_t keep = look->verify->keep ? look->verify->keep : VERIFY_KEEP;
    struct db_rows rows = {0};
    size_t count;

    if (list(look, one, keep + 1, &rows, err) < 0)
        return -1;
    count = rows.count;
    for (size_t i = 0; i < count; i++)
        offend(look->verify, &rows, i);
    db_rows_release(&rows);
    if (count <= keep)
        return 0;
    if (ask(look, one, "count(*)", "", &rows, err) < 0)
        return -1;
    verify_total(look->verify, db_num(&rows, 0, 0));
    db_rows_release(&rows);
    return 0;
}

/* After a failure the next check needs a snapshot of its own. */
static void failed(struct look *look, const struct err *err)
{
    struct err again = {0};

    verify_unknown(look->verify, err);
    begin(look, &again);
}

static void run_all_strict(struct look *look)
{
    for (size_t i = 0; i < LENGTH(invariants); i++) {
        struct err err = {0};

        if (invariants[i].alarm)
            continue;
        verify_begin(look->verify, invariants[i].name, invariants[i].about);
        if (run_strict(look, &invariants[i], &err) < 0)
            failed(look, &err);
        verify_end(look->verify);
    }
}

/* Is this row of the second look one of the first? */
static bool seen(const struct db_rows *before, const struct db_rows *rows,
                 size_t row)
{
    for (size_t i = 0; i < before->count; i++)
        if (strcmp(db_text(before, i, 0), db_text(rows, row, 0)) == 0 &&
            strcmp(db_text(before, i, 1), db_text(rows, row, 1)) == 0)
            return true;
    return false;
}

static int run_again(const struct look *look, const struct invariant *one,
                     const struct db_rows *before, struct err *err)
{
    struct db_rows rows = {0};

    if (before->count == 0)
        return 0;
    if (list(look, one, ALARM_KEEP, &rows, err) < 0)
        return -1;
    for (size_t i = 0; i < rows.count; i++)
        if (seen(before, &rows, i))
            offend(look->verify, &rows, i);
    db_rows_release(&rows);
    return 0;
}

/* Alarms of the first look; true if there are any. */
static bool suspect(struct look *look, struct suspects *suspects,
                    struct err *errs)
{
    bool any = false;

    for (size_t i = 0; i < LENGTH(invariants); i++) {
        struct err again = {0};

        if (!invariants[i].alarm)
            continue;
        if (list(look, &invariants[i], ALARM_KEEP, &suspects->rows[i],
                 &errs[i]) < 0)
            begin(look, &again);
        any |= suspects->rows[i].count > 0;
    }
    return any;
}

static void run_alarms(struct look *look)
{
    struct suspects *suspects = xcalloc(1, sizeof(*suspects));
    struct err *errs = xcalloc(LENGTH(invariants), sizeof(*errs));
    struct err again = {0};

    if (suspect(look, suspects, errs)) {
        db_rollback(store_db(look->store));
        if (look->options->wait)
            look->options->wait(look->options->look);
        begin(look, &again);
    }
    for (size_t i = 0; i < LENGTH(invariants); i++) {
        if (!invariants[i].alarm)
            continue;
        verify_begin(look->verify, invariants[i].name, invariants[i].about);
        if (errs[i].code == ERR_NONE)
            run_again(look, &invariants[i], &suspects->rows[i], &errs[i]);
        if (errs[i].code != ERR_NONE)
            failed(look, &errs[i]);
        verify_end(look->verify);
        db_rows_release(&suspects->rows[i]);
    }
    free(suspects);
    free(errs);
}

void verify_invariants(struct verify *verify, struct store *store,
                       const struct invariant_options *options)
{
    struct look look = {.verify = verify, .store = store, .options = options};
    struct err err = {0};

    verify->area = "invariants";
    if (begin(&look, &err) < 0) {
        verify_begin(verify, "snapshot", "one state can be read");
        verify_unknown(verify, &err);
        verify_end(verify);
    } else {
        run_all_strict(&look);
        run_alarms(&look);
    }
    db_rollback(store_db(store));
}
