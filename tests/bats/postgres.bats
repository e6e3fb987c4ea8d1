#!/usr/bin/env bats
# What is special about PostgreSQL: a server that can go away, and hosts that
# share it.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

setup_file() {
    # A migration is not a matter of the user's configuration.
    AAOS_TEST_DEPLOYMENT=sqlite
    start_servers redis postgres
    make_template
}

teardown_file() {
    stop_servers
}

setup() {
    AAOS_TEST_DEPLOYMENT=postgres-redis fresh_start
}

completed() {
    count "status = 'completed'"
}

restart() {
    servers restart "$SERVERS_DIR" postgres
}

@test "a server that crashes in the middle of a run: nothing completes twice" {
    yes 0.02 | head -n 500 | aaos-submit >/dev/null
    start_worker -j 4 --builtin sleep
    start_worker -j 4 --builtin sleep
    wait_until '[ "$(completed)" -ge 50 ]'
    [ "$(completed)" -lt 450 ]
    restart
    wait_until '[ "$(completed)" = 500 ]' 40
    is "$(sql "SELECT count(*) FROM attempts WHERE outcome = 'completed'")" 500
    is "$(sql "SELECT count(*) FROM (SELECT seq FROM attempts
        WHERE outcome = 'completed' GROUP BY seq HAVING count(*) > 1) twice")" 0
}

@test "a server that crashes under handlers: they go on, and are recorded once" {
    seq -f 'task %g' 40 | aaos-submit >/dev/null
    start_worker -j 4 -- ticker log 5
    wait_until '[ "$(completed)" -ge 5 ]'
    restart
    wait_until '[ "$(completed)" = 40 ]' 40
    run -0 overlaps log
    is "$(sql "SELECT count(*) FROM attempts WHERE outcome = 'completed'")" 40
}

@test "a server that crashes under a submitter: no acknowledgement is lost" {
    background bash -c 'n=0; until [ -e stop ]; do
        n=$((n + 1)); aaos-submit -k "task-$n" "task $n" >>ids 2>>err || :
    done'
    wait_until '[ "$(wc -l <ids)" -ge 20 ]'
    restart
    before=$(wc -l <ids)
    wait_until '[ "$(wc -l <ids)" -ge "$((before + 20))" ]'
    touch stop
    ends_with 0 "$background"
    sort ids >acknowledged
    sql 'SELECT task_id FROM tasks' | sort >stored
    is "$(comm -23 acknowledged stored)" ''
    is "$(uniq -d acknowledged)" ''
}

@test "a submitter whose stream outlives the server goes on or says where" {
    coproc SUBMIT { exec aaos-submit 2>err 3>&- 4>&-; }
    pid=$SUBMIT_PID
    pids+=("$pid")
    echo 'before the crash' >&"${SUBMIT[1]}"
    read -r -t 20 first <&"${SUBMIT[0]}"
    restart
    echo 'after the crash' >&"${SUBMIT[1]}"
    read -r -t 20 second <&"${SUBMIT[0]}"
    eval "exec ${SUBMIT[1]}>&-"
    ends_with 0 "$pid"
    is "$(state_of "$first")" pending
    is "$(state_of "$second")" pending
}

@test "a server that is away is 69, for every program" {
    url='postgresql:///x?host=/nowhere'
    run -69 aaos-submit -d "$url" 'some task'
    run -69 aaos-status -d "$url" tasks
    run -69 aaos-dispatch -d "$url" tick
    run -69 aaos-migrate -d "$url" status
}

@test "a password is never shown" {
    export AAOS_DATABASE_URL='postgresql://me:s3cret@/x?host=/nowhere'
    run -69 aaos-submit 'some task'
    [[ $output != *s3cret* ]]
    run -1 aaos-status health
    [[ $output != *s3cret* ]]
}

@test "an error of a fallback names the variable" {
    export DATABASE_URL='postgresql:///x?host=/nowhere'
    unset AAOS_DATABASE_URL
    run -69 aaos-submit 'some task'
    like "$output" '*DATABASE_URL*'
}

@test "a database without a schema is a matter of configuration: 78" {
    psql_in aaos "CREATE DATABASE ${database}_empty"
    url=$(postgres_url "${database}_empty")
    run -78 aaos-submit -d "$url" -r none 'some task'
    like "$output" '*aaos-migrate up*'
    run -0 aaos-migrate -d "$url" up
    run -0 aaos-submit -d "$url" -r none 'some task'
    run -0 aaos-migrate -d "$url" check
    run -77 aaos-migrate -d "$url" down --to 0
    run -0 aaos-migrate -d "$url" down --to 0 --force
    run -0 aaos-migrate -d "$url" up
    run -0 aaos-migrate -d "$url" check
    psql_in aaos "DROP DATABASE ${database}_empty"
}

@test "many workers on one database: each task once" {
    seq -f 'task %g' 1000 | aaos-submit >/dev/null
    for n in 1 2 3 4; do
        start_worker -r none -j 4 --until-empty --builtin noop
    done
    for pid in "${pids[@]}"; do
        ends_with 0 "$pid"
    done
    is "$(completed)" 1000
    is "$(sql 'SELECT count(*) FROM attempts')" 1000
}

@test "two parents that finish at once do not leave their child blocked" {
    for n in 1 2 3 4 5 6 7 8 9 10; do
        printf '{"description":"parent a %d","ref":"a%d"}\n' "$n" "$n"
        printf '{"description":"parent b %d","ref":"b%d"}\n' "$n" "$n"
        printf '{"description":"child %d","depends_on":["a%d","b%d"]}\n' \
            "$n" "$n" "$n"
    done | aaos-submit --atomic >/dev/null
    is "$(count "status = 'blocked'")" 10
    for n in 1 2 3 4; do
        start_worker -j 2 --until-empty=all --builtin noop
    done
    for pid in "${pids[@]}"; do
        ends_with 0 "$pid"
    done
    is "$(completed)" 30
}

@test "events -f waits for what began earlier and is committed later" {
    aaos-submit -q 'a task' >/dev/null
    background aaos-status events -f --since @0 -o jsonl >followed
    coproc { exec psql -XqAt -d "$AAOS_DATABASE_URL" 3>&- 4>&-; }
    pids+=("$COPROC_PID")
    echo "BEGIN; INSERT INTO execution_logs (ts, task_id, level, message)
        SELECT aaos_now(), task_id, 'info', 'the earlier' FROM tasks;
        SELECT 'begun';" >&"${COPROC[1]}"
    read -r line <&"${COPROC[0]}"
    is "$line" begun
    aaos-dispatch -q pause --reason 'the later'
    wait_until 'aaos-status events | grep -q later'
    # It looks several times meanwhile.
    looks() {
        sql "SELECT count(*) FROM pg_stat_activity
            WHERE application_name = 'aaos-status' AND query_start > '$since'"
    }
    for ((i = 0; i < 3; i++)); do
        since=$(sql 'SELECT clock_timestamp()')
        wait_until '[ "$(looks)" = 1 ]'
    done
    run ! grep later followed
    echo 'COMMIT;' >&"${COPROC[1]}"
    wait_until 'grep -q later followed'
    is "$(grep -o 'the earlier\|the later' followed | paste -sd' ')" \
        'the earlier the later'
}

@test "the live screen outlives a crash of the server" {
    aaos-submit -q -t code 'one task' >/dev/null
    tmux -S ./tmux -f /dev/null new-session -d -s t -x 80 -y 24 \
        'TERM=screen aaos-status top --interval 0.1' 3>&- 4>&-
    wait_until 'tmux -S ./tmux capture-pane -p -t t | grep -q "^code  *1 "'
    restart
    aaos-submit -q -t code 'one more' >/dev/null
    wait_until 'tmux -S ./tmux capture-pane -p -t t | grep -q "^code  *2 "'
    tmux -S ./tmux kill-server
}
