#!/usr/bin/env bats
# aaos-dispatch(1): the verbs of an operator, and the tick.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

nobody=01900000-0000-7000-8000-000000000000

dead_tasks() { # how many
    seq -f 'task %g' "$1" | aaos-submit --max-attempts 1
    drain --builtin fail
}

audit() { # columns, of the last row
    sql "SELECT $1 FROM audit_logs ORDER BY seq DESC LIMIT 1"
}

ids_digest() { # of the ids, each with a newline
    printf '%s\n' "$@" | sha256sum | cut -d' ' -f1
}

# --- cancel ------------------------------------------------------------------

@test "cancel ends a task that waits" {
    id=$(aaos-submit 'first task')
    run --separate-stderr -0 aaos-dispatch cancel "$id"
    is "$output" "$id	cancelled"
    is "$stderr" ''
    is "$(sql 'SELECT status, reason FROM tasks')" 'cancelled|cancelled'
    drain -- touch ran
    [ ! -e ran ]
}

@test "cancel ends held and scheduled tasks, too" {
    held=$(aaos-submit --hold 'first task')
    later=$(aaos-submit --delay 1h 'second task')
    run -0 aaos-dispatch cancel "$held" "$later"
    is "$(count "status = 'cancelled'")" 2
}

@test "what is final already is said: 1, and the others are done" {
    first=$(aaos-submit 'first task')
    drain --builtin noop
    second=$(aaos-submit 'second task')
    run --separate-stderr -1 aaos-dispatch cancel "$first" "$second"
    is "$output" "$second	cancelled"
    like "$stderr" "aaos-dispatch: *$first*completed"
    is "$(state_of "$first")" completed
}

@test "an unknown id is said: 66, and the others are done" {
    first=$(aaos-submit 'first task')
    second=$(aaos-submit 'second task')
    run --separate-stderr -66 aaos-dispatch cancel "$first" "$nobody" "$second"
    is "$output" "$first	cancelled
$second	cancelled"
    like "$stderr" "aaos-dispatch: *$nobody*"
}

@test "an ambiguous prefix is said: 65, and nothing of it is changed" {
    aaos-submit 'first task' 'second task' >/dev/null
    prefix=$(sql 'SELECT substr(task_id, 1, 8) FROM tasks LIMIT 1')
    is "$(count "task_id LIKE '$prefix%'")" 2
    run --separate-stderr -65 aaos-dispatch cancel "$prefix"
    like "$stderr" "*$prefix*2*"
    is "$(count "status = 'pending'")" 2
}

@test "without an id it is a matter of usage" {
    run -64 aaos-dispatch cancel
    run -64 aaos-dispatch requeue
    run -64 aaos-dispatch requeue --dead "$nobody"
    run -64 aaos-dispatch
    run -64 aaos-dispatch cancell "$nobody"
    like "$output" '*cancel*'
}

@test "--dry-run changes nothing" {
    id=$(aaos-submit 'first task')
    run -0 aaos-dispatch -n cancel "$id"
    is "$(state_of "$id")" pending
    is "$(sql 'SELECT count(*) FROM audit_logs')" 0
}

# --- hold, release, priority -------------------------------------------------

@test "hold keeps a task from running, release lets it" {
    id=$(aaos-submit 'first task')
    run -0 aaos-dispatch hold "$id"
    is "$output" "$id	held"
    drain --builtin noop
    is "$(state_of "$id")" held
    run -0 aaos-dispatch release "$id"
    is "$output" "$id	pending"
    drain --builtin noop
    is "$(state_of "$id")" completed
}

@test "a held task that is due later is scheduled again when released" {
    id=$(aaos-submit --delay 1h 'first task')
    run -0 aaos-dispatch hold "$id"
    run -0 aaos-dispatch release "$id"
    is "$(state_of "$id")" scheduled
}

@test "a running task cannot be held" {
    id=$(aaos-submit 'first task')
    start_worker -- sh -c 'touch started; exec sleep 1000'
    wait_until '[ -e started ]'
    run -1 aaos-dispatch hold "$id"
    is "$(state_of "$id")" running
}

@test "release wakes a waiting worker" {
    id=$(aaos-submit --hold 'first task')
    start_worker --builtin noop
    wait_until '[ "$(sql "SELECT count(*) FROM agents")" = 1 ]'
    run -0 aaos-dispatch release "$id"
    wait_until '[ "$(state_of "$id")" = completed ]'
}

@test "priority moves a task in the queue" {
    first=$(aaos-submit -p 5 'first task')
    last=$(aaos-submit -p 5 'last task')
    run -0 aaos-dispatch priority 9 "$last"
    is "$(sql "SELECT created_at - sort_at, priority FROM tasks
        WHERE task_id = '$last'")" '2700000000|9'
    drain -- sh -c 'cat >>order'
    is "$(paste -sd, order)" 'last task,first task'
    is "$(state_of "$first")" completed
}

@test "a priority that is none is refused" {
    id=$(aaos-submit 'first task')
    run -64 aaos-dispatch priority 11 "$id"
    run -64 aaos-dispatch priority "$id"
    is "$(sql 'SELECT priority FROM tasks')" 5
}

# --- requeue -----------------------------------------------------------------

@test "requeue runs a dead task again, with all its attempts" {
    dead_tasks 1 >/dev/null
    is "$(sql 'SELECT status, failures FROM tasks')" 'dead|1'
    run -0 aaos-dispatch requeue 1
    is "$(sql 'SELECT status, reason, failures, losses, attempt, run_at,
        finished_at FROM tasks')" 'pending||0|0|1||'
    drain --builtin noop
    is "$(sql 'SELECT status, attempt FROM tasks')" 'completed|2'
}

@test "what aaos-status lists, requeue takes from stdin" {
    dead_tasks 1200 >/dev/null
    aaos-submit 'one more' >/dev/null
    run -0 bash -c 'aaos-status dead --limit 0 | aaos-dispatch requeue -'
    is "${#lines[@]}" 1200
    is "$(count "status = 'pending'")" 1201
    drain --builtin noop
    is "$(count "status = 'completed'")" 1201
}

@test "unknown ids on stdin do not stop the others" {
    dead_tasks 2 >ids
    run --separate-stderr -66 aaos-dispatch requeue - < <(
        head -n 1 ids
        echo "$nobody	and more"
        echo
        tail -n 1 ids
    )
    is "$(count "status = 'pending'")" 2
}

@test "requeue --dead takes all that are dead, or one type, or lately" {
    dead_tasks 2 >/dev/null
    aaos-submit -t qa --max-attempts 1 'one of qa' >/dev/null
    drain --builtin fail
    run -0 aaos-dispatch requeue --dead -t qa
    is "$(sql "SELECT task_type FROM tasks WHERE status = 'pending'")" qa
    sql_write "UPDATE tasks SET finished_at = finished_at - 7200000000
        WHERE seq = 1"
    run -0 aaos-dispatch requeue --dead --since 1h
    is "$(sql "SELECT seq FROM tasks WHERE status = 'dead'")" 1
    run -0 aaos-dispatch requeue --dead
    is "$(count "status = 'pending'")" 3
}

@test "requeue --completed runs them again" {
    aaos-submit 'first task' 'second task' >/dev/null
    drain --builtin noop
    run -0 aaos-dispatch requeue --completed
    drain --builtin noop
    is "$(count "status = 'completed' AND attempt = 2")" 2
}

@test "a task that lives cannot be requeued" {
    id=$(aaos-submit 'first task')
    run -1 aaos-dispatch requeue "$id"
    is "$(state_of "$id")" pending
}

# --- the audit ---------------------------------------------------------------

@test "each command leaves one row in the audit" {
    first=$(aaos-submit 'first task')
    second=$(aaos-submit 'second task')
    run -0 aaos-dispatch cancel --reason 'wrong prompt' "$second" "$first"
    is "$(audit 'verb, count, ids_sha256, reason')" \
        "cancel|2|$(ids_digest "$second" "$first")|wrong prompt"
    like "$(audit actor)" '?*@?*'
    is "$(sql 'SELECT count(*) FROM audit_logs')" 1
}

@test "the audit counts what was changed, not what was asked" {
    first=$(aaos-submit 'first task')
    drain --builtin noop
    second=$(aaos-submit 'second task')
    run -66 aaos-dispatch cancel "$first" "$nobody" "$second"
    is "$(audit 'verb, count, ids_sha256')" "cancel|1|$(ids_digest "$second")"
    run -1 aaos-dispatch cancel "$first"
    is "$(sql 'SELECT count(*) FROM audit_logs')" 1
}

@test "the audit is a chain, and its head is in meta" {
    id=$(aaos-submit 'first task')
    run -0 aaos-dispatch hold "$id"
    run -0 aaos-dispatch release "$id"
    run -0 aaos-dispatch cancel "$id"
    is "$(sql 'SELECT verb FROM audit_logs ORDER BY seq' | paste -sd,)" \
        hold,release,cancel
    is "$(sql 'SELECT prev_hash FROM audit_logs ORDER BY seq LIMIT 1')" \
        "$(printf '%064d' 0)"
    is "$(sql 'SELECT count(*) FROM audit_logs a JOIN audit_logs b
        ON b.seq = a.seq + 1 AND b.prev_hash = a.hash')" 2
    is "$(sql "SELECT value FROM meta WHERE key = 'audit_hash'")" "$(audit hash)"
}

@test "submit, claim and finish leave nothing in the audit" {
    aaos-submit 'first task' >/dev/null
    drain --builtin noop
    is "$(sql 'SELECT count(*) FROM audit_logs')" 0
}

# --- the tick ----------------------------------------------------------------

@test "the tick promotes what is due and cancels what has expired" {
    due=$(aaos-submit --delay 1h 'due by now')
    late=$(aaos-submit --expires 1h 'too late')
    later=$(aaos-submit --delay 2h 'not yet due')
    sql_write "UPDATE tasks SET run_at = 1 WHERE task_id = '$due'"
    sql_write "UPDATE tasks SET expires_at = 1 WHERE task_id = '$late'"
    run --separate-stderr -0 aaos-dispatch tick
    is "$output" ''
    is "$(state_of "$due")" pending
    is "$(sql "SELECT status, reason FROM tasks WHERE task_id = '$late'")" \
        'cancelled|expired'
    is "$(state_of "$later")" scheduled
}

@test "the tick of an empty queue does nothing, twice" {
    run --separate-stderr -0 aaos-dispatch tick
    run --separate-stderr -0 aaos-dispatch tick
    is "$output" ''
}

# --- stdout ------------------------------------------------------------------

@test "a full stdout does not look like success, and the change is made" {
    id=$(aaos-submit 'first task')
    run -74 bash -c "aaos-dispatch cancel $id >/dev/full"
    like "$output" '*1 task*'
    is "$(state_of "$id")" cancelled
}

@test "every form of output can be parsed" {
    ids=$(aaos-submit 'first task' 'second task')
    # shellcheck disable=SC2086
    aaos-dispatch hold -o json $ids | jq -e 'length == 2' >/dev/null
    # shellcheck disable=SC2086
    is "$(aaos-dispatch release -o jsonl $ids | jq -r .status | paste -sd,)" \
        pending,pending
}
