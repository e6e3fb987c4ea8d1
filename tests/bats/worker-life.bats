#!/usr/bin/env bats
# aaos-worker(1): leases, ends asked for, and deaths.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

running() { # how many tasks
    count "status = 'running'"
}

agent_is() { # status
    [ "$(sql "SELECT count(*) FROM agents WHERE status = '$1'")" -ge 1 ]
}

lives_on() { # file, lines seen before
    [ "$(wc -l <"$1")" -gt "$2" ]
}

# --- TERM --------------------------------------------------------------------

@test "TERM lets the running handler finish, and takes nothing new" {
    aaos-submit 'first task' 'second task' >/dev/null
    start_worker -- sh -c 'touch started; until [ -e go ]; do sleep 0.02; done'
    wait_until '[ -e started ]'
    kill -TERM "$worker"
    wait_until 'agent_is draining'
    touch go
    ends_with 0 "$worker"
    is "$(sql 'SELECT status, attempt FROM tasks ORDER BY seq' | paste -sd,)" \
        'completed|1,pending|0'
    agent_is gone
}

@test "after --grace TERM hands the task back, which is no failure" {
    id=$(aaos-submit 'a long one')
    start_worker --grace 0.2 -- sh -c 'touch started; exec sleep 1000'
    wait_until '[ -e started ]'
    kill -TERM "$worker"
    ends_with 0 "$worker"
    is "$(sql 'SELECT status, failures, losses FROM tasks')" 'pending|0|0'
    is "$(outcomes "$id")" handed_back
    agent_is gone
    drain --builtin noop
    is "$(sql 'SELECT status, attempt FROM tasks')" 'completed|2'
}

@test "INT and HUP drain, too" {
    local name

    for name in INT HUP; do
        id=$(aaos-submit "end with $name")
        rm -f started
        # A background job of a script ignores INT; env gives it back.
        background env --default-signal=INT aaos-worker --grace 0.1 -- \
            sh -c 'touch started; exec sleep 1000'
        wait_until '[ -e started ]'
        kill "-$name" "$background"
        ends_with 0 "$background"
        is "$(state_of "$id")" pending
    done
}

@test "a second TERM does not wait for a handler that ignores the first" {
    id=$(aaos-submit 'a stubborn one')
    start_worker --grace 1h -- sh -c 'trap "" TERM; touch started
        while :; do sleep 0.02; done'
    wait_until '[ -e started ]'
    kill -TERM "$worker"
    wait_until 'agent_is draining'
    kill -TERM "$worker"
    ends_with 0 "$worker"
    is "$(sql 'SELECT status, failures, losses FROM tasks')" 'pending|0|0'
    is "$(outcomes "$id")" handed_back
}

@test "an idle worker ends at once" {
    start_worker --builtin noop
    wait_until 'agent_is active'
    kill -TERM "$worker"
    ends_with 0 "$worker"
    agent_is gone
    is "$(find "$AAOS_STATE_DIR/run" -name '*.lock' | wc -l)" 0
}

# --- KILL --------------------------------------------------------------------

@test "a worker that is killed: its tasks run again, and never overlap" {
    no_back_off
    ids=$(aaos-submit 'first task' 'second task')
    start_worker -j 2 -- sh -c 'exec ticker log 1000 escape'
    wait_until '[ "$(grep -c ^start log)" = 2 ]'
    kill -KILL "$worker"
    drain -j 2 -- ticker log 10
    run -0 overlaps log
    is "$output" '4 attempts of 2 tasks'
    for id in $ids; do
        is "$(state_of "$id")" completed
        is "$(outcomes "$id")" 'lost completed'
    done
    is "$(count 'losses = 1 AND failures = 0')" 2
    is "$(sql "SELECT count(*) FROM agents WHERE status <> 'gone'")" 0
}

@test "what the dead worker's handlers left behind is killed, too" {
    no_back_off
    id=$(aaos-submit 'a task')
    start_worker -- sh -c 'setsid sh -c "echo \$\$ >pid; exec sleep 1000" \
        </dev/null >/dev/null 2>&1 3>&- & exec sleep 1000'
    wait_until '[ -s pid ]'
    kill -KILL "$worker"
    drain --builtin noop
    is "$(state_of "$id")" completed
    gone "$(cat pid)"
}

@test "an idle worker notices the death of another by itself" {
    no_back_off
    id=$(aaos-submit 'a task')
    start_worker -- sh -c '[ "$AAOS_ATTEMPT" = 2 ] || exec sleep 1000'
    first=$worker
    wait_until '[ "$(running)" = 1 ]'
    start_worker -- true
    wait_until '[ "$(sql "SELECT count(*) FROM agents")" = 2 ]'
    kill -KILL "$first"
    wait_until '[ "$(state_of "$id")" = completed ]'
    is "$(outcomes "$id")" 'lost completed'
}

@test "the tick notices the death of a worker" {
    settings task.loss_base=1h
    id=$(aaos-submit 'a task')
    start_worker -- sh -c 'touch started; exec sleep 1000'
    wait_until '[ -e started ]'
    kill -KILL "$worker"
    wait_until 'gone "$worker"'
    run -0 aaos-dispatch tick
    is "$(sql 'SELECT status, reason, losses FROM tasks')" 'retry|lease_lost|1'
}

@test "a worker that is alive is not taken for dead" {
    id=$(aaos-submit 'a task')
    start_worker -- sh -c 'touch started; until [ -e go ]; do sleep 0.02; done'
    wait_until '[ -e started ]'
    run -0 aaos-dispatch tick
    run -0 aaos-dispatch tick
    is "$(sql 'SELECT status, attempt, losses FROM tasks')" 'running|1|0'
    touch go
    wait_until '[ "$(state_of "$id")" = completed ]'
    is "$(outcomes "$id")" completed
}

@test "a task that kills its workers is dead after max_losses: crash_loop" {
    local n

    no_back_off
    id=$(aaos-submit 'a poisoned one')
    for n in 1 2 3; do
        run -137 aaos-worker --until-empty -- sh -c 'kill -KILL $PPID
            exec sleep 1000'
    done
    drain -- touch ran
    [ ! -e ran ]
    is "$(sql 'SELECT status, reason, losses, failures FROM tasks')" \
        'dead|crash_loop|3|0'
    is "$(outcomes "$id")" 'lost lost lost'
}

@test "a claimed task that was not started is handed back, not lost" {
    no_back_off
    has_failpoints
    id=$(aaos-submit 'a task')
    AAOS_FAILPOINT=worker.claimed:kill run -137 aaos-worker --once -- true
    is "$(state_of "$id")" running
    drain --builtin noop
    is "$(sql "SELECT status, losses FROM tasks WHERE task_id = '$id'")" \
        'completed|0'
    is "$(outcomes "$id")" 'handed_back completed'
}

# --- leases ------------------------------------------------------------------

@test "heartbeats keep a lease for longer than it is" {
    id=$(aaos-submit 'a long one')
    start_worker --lease 1s -- sh -c 'sleep 4; echo "$AAOS_ATTEMPT"'
    wait_until '[ "$(running)" = 1 ]'
    start_worker --lease 1s -- sh -c 'echo stolen'
    wait_until '[ "$(state_of "$id")" = completed ]'
    is "$(aaos-status results "$id")" 1
    is "$(outcomes "$id")" completed
}

@test "a worker that slept through its lease changes nothing when it wakes" {
    no_back_off
    id=$(aaos-submit 'a task')
    start_worker --lease 1s -- sh -c 'touch started
        until [ -e go ]; do sleep 0.02; done; echo "attempt $AAOS_ATTEMPT"'
    first=$worker
    wait_until '[ -e started ]'
    kill -STOP "$first"
    touch go
    start_worker --lease 1s -- sh -c 'until [ -e go.2 ]; do sleep 0.02; done
        echo "attempt $AAOS_ATTEMPT"'
    wait_until '[ "$(count "status = '\''running'\'' AND attempt = 2")" = 1 ]'
    kill -CONT "$first"
    # When it has done something else, it has ended the old attempt, too.
    next=$(aaos-submit 'another task')
    wait_until '[ "$(state_of "$next")" = completed ]'
    is "$(sql "SELECT status, attempt FROM tasks WHERE task_id = '$id'")" \
        'running|2'
    touch go.2
    wait_until '[ "$(state_of "$id")" = completed ]'
    is "$(aaos-status results "$id")" 'attempt 2'
    is "$(outcomes "$id")" 'lost completed'
    is "$(sql "SELECT losses FROM tasks WHERE task_id = '$id'")" 1
}

@test "the handler of a worker that sleeps is killed before its task runs again" {
    no_back_off
    id=$(aaos-submit 'a task')
    start_worker --lease 1s -- ticker log 1000 escape
    wait_until 'grep -q ^start log 2>/dev/null'
    kill -STOP "$worker"
    drain -- ticker log 10
    is "$(state_of "$id")" completed
    size=$(wc -l <log)
    kill -CONT "$worker"
    kill -TERM "$worker"
    ends_with 0 "$worker"
    run -0 overlaps log
    is "$(wc -l <log)" "$size"
}

@test "a worker whose row was taken away kills its handler" {
    id=$(aaos-submit 'a task')
    start_worker --lease 1s --grace 0.2 -- sh -c 'echo $$ >pid; exec sleep 1000'
    wait_until '[ -s pid ]'
    sql_write "UPDATE tasks SET attempt = attempt + 1, status = 'held',
        agent_id = NULL, lease_until = NULL, started_at = NULL"
    wait_until 'gone "$(cat pid)"'
    is "$(outcomes "$id")" ''
    is "$(state_of "$id")" held
}

# --- cancel ------------------------------------------------------------------

@test "a running task can be cancelled" {
    id=$(aaos-submit 'a long one')
    start_worker --lease 1s -- sh -c 'touch started; exec sleep 1000'
    wait_until '[ -e started ]'
    run -0 aaos-dispatch cancel "$id"
    wait_until '[ "$(state_of "$id")" = cancelled ]'
    is "$(sql 'SELECT reason, failures FROM tasks')" 'cancelled|0'
    is "$(outcomes "$id")" cancelled
}

@test "a running task that ignores TERM can be cancelled" {
    id=$(aaos-submit 'a stubborn one')
    start_worker --lease 1s --grace 0.2 -- sh -c 'trap "" TERM; touch started
        while :; do sleep 0.02; done'
    wait_until '[ -e started ]'
    run -0 aaos-dispatch cancel "$id"
    wait_until '[ "$(state_of "$id")" = cancelled ]'
}

@test "a task that failed after it was to be cancelled is cancelled" {
    id=$(aaos-submit 'it will fail')
    start_worker --lease 1h -- sh -c 'touch started
        until [ -e go ]; do sleep 0.02; done; exit 1'
    wait_until '[ -e started ]'
    run -0 aaos-dispatch cancel "$id"
    touch go
    wait_until '[ "$(state_of "$id")" = cancelled ]'
}

@test "a task that completed before it could be cancelled is completed" {
    id=$(aaos-submit 'it will do')
    start_worker --lease 1h -- sh -c 'touch started
        until [ -e go ]; do sleep 0.02; done; exit 0'
    wait_until '[ -e started ]'
    run -0 aaos-dispatch cancel "$id"
    touch go
    wait_until '[ "$(state_of "$id")" = completed ]'
}

# --- being idle --------------------------------------------------------------

@test "a waiting worker is woken by a new task" {
    start_worker -- sh -c 'cat >>log'
    wait_until 'agent_is active'
    run -0 aaos-submit 'wake up'
    wait_until '[ -s log ]'
}

@test "several workers share the work, and nothing runs twice" {
    local n

    seq -f 'task %g' 400 | aaos-submit >/dev/null
    for n in 1 2 3 4; do
        start_worker --until-empty -j 2 -- sh -c 'cat >>log'
    done
    for n in "${pids[@]}"; do
        ends_with 0 "$n"
    done
    is "$(sort log | uniq | wc -l)" 400
    is "$(wc -l <log)" 400
    is "$(count "status = 'completed' AND attempt = 1")" 400
    is "$(sql 'SELECT count(*) FROM attempts')" 400
}
