#!/usr/bin/env bats
# Redis is a hint: whatever happens to it in the middle of a run, each task
# completes, and completes once.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

setup_file() {
    start_servers redis
}

teardown_file() {
    stop_servers
}

setup() {
    fresh_start
    redis_is_up || servers start "$SERVERS_DIR" redis >/dev/null
    redis config set maxmemory 0 >/dev/null
    redis flushall >/dev/null
    export AAOS_REDIS_URL=$AAOS_TEST_REDIS
}

redis() {
    redis-cli -s "$SERVERS_DIR/redis.sock" "$@"
}

redis_is_up() {
    [ "$(redis ping 2>/dev/null)" = PONG ]
}

kill_redis() {
    kill -KILL "$(cat "$SERVERS_DIR/redis.pid")"
    wait_until '! redis_is_up'
}

completed() {
    count "status = 'completed'"
}

# run_through COMMAND...: which strikes after 50 of 500 tasks.
run_through() {
    yes 0.02 | head -n 500 | aaos-submit >/dev/null
    start_worker -j 4 --builtin sleep
    start_worker -j 4 --builtin sleep
    wait_until '[ "$(completed)" -ge 50 ]'
    [ "$(completed)" -lt 450 ]
    "$@"
    wait_until '[ "$(completed)" = 500 ]'
    is "$(sql 'SELECT count(*) FROM attempts')" 500
    is "$(count 'attempt = 1 AND losses = 0 AND failures = 0')" 500
}

@test "tasks are found through Redis" {
    aaos-submit 'first task' 'second task' >/dev/null
    db=$(sql "SELECT value FROM meta WHERE key = 'db_uuid'")
    is "$(redis zcard "aaos:{$db}:ready:research")" 2
    drain --builtin noop
    is "$(completed)" 2
}

@test "databases share a server without seeing each other" {
    aaos-submit -d one.db 'in one' >/dev/null
    aaos-submit -d two.db 'in two' >/dev/null
    drain -d one.db -- sh -c 'cat >>log'
    is "$(cat log)" 'in one'
    is "$(redis keys 'aaos:*' | sed 's/^aaos:{\([^}]*\)}.*/\1/' | sort -u |
        wc -l)" 2
}

@test "killed in the middle of a run" {
    run_through kill_redis
    like "$(cat worker.err)" '*redis_degraded*'
}

@test "killed and started again in the middle of a run" {
    again() {
        kill_redis
        aaos-submit --defer 0.02 >/dev/null
        servers start "$SERVERS_DIR" redis >/dev/null
    }
    yes 0.02 | head -n 499 | aaos-submit >/dev/null
    start_worker -j 2 --builtin sleep
    start_worker -j 2 --builtin sleep
    wait_until '[ "$(completed)" -ge 50 ]'
    again
    wait_until '[ "$(completed)" = 500 ]'
    is "$(sql 'SELECT count(*) FROM attempts')" 500
    wait_until 'grep -q redis_back worker.err'
    aaos-submit 0.02 >/dev/null
    wait_until '[ "$(completed)" = 501 ]'
}

@test "flushed in the middle of a run" {
    run_through redis flushall
}

@test "full in the middle of a run" {
    fill() {
        redis config set maxmemory 1mb
        seq -f 'SET filler:%g xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' 3000 |
            redis >/dev/null 2>&1 || :
        redis set one more | grep OOM
    }
    run_through fill
    run -69 aaos-submit 0.02
    aaos-submit --defer 0.02 0.02 >/dev/null
    wait_until '[ "$(completed)" = 502 ]'
}

@test "a script cache that was flushed is filled again" {
    run_through redis script flush
}

@test "an index that lies costs nothing" {
    aaos-submit 'first task' 'second task' >/dev/null
    db=$(sql "SELECT value FROM meta WHERE key = 'db_uuid'")
    redis zadd "aaos:{$db}:ready:research" 1 999999 2 2 3 1 >/dev/null
    redis zadd "aaos:{$db}:ready:nonsense" 1 nonsense >/dev/null
    drain --builtin noop
    is "$(completed)" 2
    is "$(sql 'SELECT count(*) FROM attempts')" 2
}

@test "a Redis that is away at the start of a worker does not stop it" {
    aaos-submit 'first task' >/dev/null
    kill_redis
    drain --builtin noop
    is "$(completed)" 1
}

@test "a Redis that is away keeps tasks out, unless they may wait: 69" {
    aaos-submit 'first task' >/dev/null
    kill_redis
    run -69 aaos-submit 'second task'
    run -0 --separate-stderr aaos-submit --defer 'third task'
    matches "$output" "$uuid"
    is "$(count)" 2
}

@test "a Redis that dies under a submitter: what is stored stays, and is said" {
    coproc SUBMIT { exec aaos-submit --json 2>err 3>&- 4>&-; }
    pid=$SUBMIT_PID
    pids+=("$pid")
    echo 'before it died' >&"${SUBMIT[1]}"
    read -r -t 20 line <&"${SUBMIT[0]}"
    is "$(jq .deferred <<<"$line")" null
    kill_redis
    echo 'after it died' >&"${SUBMIT[1]}"
    read -r -t 20 line <&"${SUBMIT[0]}"
    is "$(jq .deferred <<<"$line")" true
    eval "exec ${SUBMIT[1]}>&-"
    ends_with 0 "$pid"
    like "$(cat err)" '*deferred*'
    is "$(count "status = 'pending'")" 2
}

@test "the tick fills an index that was flushed" {
    seq -f 'task %g' 1000 | aaos-submit >/dev/null
    redis flushall >/dev/null
    run -0 aaos-dispatch tick
    db=$(sql "SELECT value FROM meta WHERE key = 'db_uuid'")
    is "$(redis zcard "aaos:{$db}:ready:research")" 1000
}

# The index of one type: seqs, the best first.
ready() { # type
    redis zrange "aaos:{$(sql "SELECT value FROM meta WHERE key = 'db_uuid'")}:ready:$1" \
        0 -1 | sed 's/^0*//' | paste -sd' '
}

tokens() { # type
    redis llen "aaos:{$(sql "SELECT value FROM meta WHERE key = 'db_uuid'")}:wake:$1"
}

@test "who waits for its type is told of what becomes due within moments" {
    aaos-submit --hold -t code 'make the database' >/dev/null
    aaos-submit -t qa --delay 1h 'much later' >/dev/null
    is "$(tokens qa)" 0
    aaos-submit -t qa --delay 1 'soon' >/dev/null
    is "$(tokens qa) $(tokens code)" '1 0'
    seq -f '{"description":"task %g","task_type":"qa","delay":1}' 3 |
        aaos-submit --atomic >/dev/null
    is "$(tokens qa)" 4
    is "$(ready qa)" ''
    id=$(aaos-submit --hold -t analysis --delay 1h 'later')
    run -0 aaos-dispatch release "$id"
    is "$(tokens analysis)" 1
}

# A parent, and a child that runs however the parent ends: seqs 1 and 2.
parent_and_child() {
    printf '%s\n' '{"ref":"a","description":"the parent"}' \
        '{"description":"the child","task_type":"qa","depends_on":["a"],"on_dependency_failure":"run"}' |
        aaos-submit >/dev/null
    is "$(ready qa)" ''
}

@test "what waited for a cancelled task is in the index at once" {
    parent_and_child
    run -0 aaos-dispatch cancel 1
    is "$(ready qa)" 2
}

@test "a rehearsal leaves the index as it is" {
    parent_and_child
    run -0 aaos-dispatch cancel --dry-run 1
    is "$(ready qa)" ''
}

@test "what is released, requeued or moved is in the index at once" {
    aaos-submit --hold -t qa 'the first' >/dev/null
    aaos-submit -t qa 'the second' >/dev/null
    is "$(ready qa)" 2
    run -0 aaos-dispatch release 1
    is "$(ready qa)" '1 2'
    run -0 aaos-dispatch priority 9 2
    is "$(ready qa)" '2 1'
    drain -- sh -c 'exit 65'
    is "$(ready qa)" ''
    run -0 aaos-dispatch requeue --dead
    is "$(ready qa)" '2 1'
}

@test "what a dead worker held, and what waited for it, is in the index at once" {
    settings task.max_losses=1
    parent_and_child
    start_worker -- sleep 1000
    wait_until '[ "$(sql "SELECT running FROM agents")" = 1 ]'
    kill -KILL "$worker"
    wait_until 'aaos-dispatch tick; [ "$(sql "SELECT status FROM tasks WHERE seq = 1")" = dead ]'
    is "$(ready qa)" 2
    # Claimed, and not started: handed back.
    has_failpoints
    AAOS_FAILPOINT=worker.claimed:kill start_worker -t qa -- true
    wait_until 'gone $worker'
    is "$(ready qa)" ''
    wait_until 'aaos-dispatch tick; [ "$(sql "SELECT status FROM tasks WHERE seq = 2")" = pending ]'
    is "$(ready qa)" 2
}

@test "health names a Redis that is away" {
    aaos-submit --hold 'first task' >/dev/null
    run -0 aaos-status health
    like "$output" '*ok redis:*'
    kill_redis
    run -1 aaos-status health
    like "$output" '*bad redis:*'
    is "$(aaos-status -o json | jq -r .redis)" unreachable
}
