#!/usr/bin/env bats
# The clock of the host jumps by an hour: nothing is lost, done twice or
# taken away.  Every program of ours lives by the clock in the file `clock`
# (libfaketime); CLOCK_MONOTONIC and CLOCK_BOOTTIME go on as they are, as
# they do when somebody sets the clock.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

setup() {
    fresh_start
    library=$(find /usr/lib -name libfaketime.so.1 | head -n 1)
    [ -n "$library" ]
    jump +0
    export FAKETIME_TIMESTAMP_FILE=$PWD/clock FAKETIME_NO_CACHE=1 \
        FAKETIME_DONT_FAKE_MONOTONIC=1
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
    no_back_off
    settings worker.lease=3s dispatch.action_spacing=0
    mkdir bin
    for program in aaos-submit aaos-worker aaos-dispatch aaos-status; do
        printf '#!/bin/sh\nLD_PRELOAD=%s exec %s/%s "$@"\n' "$library" \
            "$AAOS_BUILDDIR" $program >bin/$program
    done
    chmod +x bin/*
    PATH=$PWD/bin:$PATH
}

# As a whole: nobody reads half of it.
jump() { # offset in seconds
    echo "$1" >clock.new
    mv clock.new clock
}

# What the programs take for now, in microseconds.
their_now() {
    echo $((($(date +%s) + $(cat clock)) * 1000000))
}

in_state() { # state, conditions
    count "status = '$1' ${2-}"
}

ticks() {
    sql "SELECT count(*) FROM tick_ledger WHERE finished_at IS NOT NULL"
}

more_ticks() { # how many
    local wanted=$(($(ticks) + $1))

    wait_until "[ \$(ticks) -ge $wanted ]"
}

# Renewals of running tasks; the lease counts a clock that does not jump.
leases() {
    sql "SELECT sum(lease_until) FROM tasks WHERE status = 'running'"
}

# Every running task is renewed twice, so that its first lease is over.
outlive_leases() {
    local before

    for _ in 1 2 3 4; do
        before=$(leases)
        wait_until "[ \"\$(leases)\" != $before ]"
    done
}

enqueue() { # key
    echo '{"path":"a.txt","content":"text"}' |
        aaos-dispatch -q enqueue-action file -k "$1" >/dev/null
}

# Workers with something in hand, one that looks after things, a dispatcher.
start_all() {
    start_worker -j 2 -t code,qa -- sh -c 'ticker "$0" 1
        until [ -e go ]; do sleep 0.02; done
        echo "end $AAOS_TASK_ID $AAOS_ATTEMPT" >>"$0"' "$PWD/log"
    start_worker -t synthesis -- true
    background aaos-dispatch -q run --interval 0.2
    dispatcher=$background
    aaos-submit -t code 'the first' 'the second' >/dev/null
    wait_until '[ "$(in_state running)" = 2 ]'
    more_ticks 2
}

# Nobody was buried, nothing was taken back, no tick failed.
nothing_happened() {
    is "$(count 'losses > 0 OR failures > 0 OR attempt > 1')" 0
    is "$(sql "SELECT count(*) FROM attempts WHERE outcome <> 'completed'")" 0
    is "$(sql "SELECT count(*) FROM agents WHERE status = 'gone'")" 0
    is "$(sql "SELECT count(*) FROM tick_ledger
        WHERE status IS NOT NULL AND status <> 'SUCCESS'")" 0
    is "$(sql 'SELECT count(DISTINCT term) FROM tick_ledger')" 1
}

@test "an hour forward: what runs goes on, under the same lease" {
    start_all
    jump +3600
    outlive_leases
    more_ticks 5
    wait_until '[ "$(sql "SELECT min(heartbeat_at) FROM agents")" -gt \
        "$(($(their_now) - 60000000))" ]'
    nothing_happened
    is "$(in_state running)" 2
    touch go
    wait_until '[ "$(in_state completed)" = 2 ]'
    nothing_happened
    overlaps log
}

@test "an hour back: what runs goes on, under the same lease" {
    start_all
    jump -3600
    outlive_leases
    more_ticks 5
    wait_until '[ "$(sql "SELECT max(heartbeat_at) FROM agents")" -lt \
        "$(($(their_now) + 60000000))" ]'
    nothing_happened
    is "$(in_state running)" 2
    touch go
    wait_until '[ "$(in_state completed)" = 2 ]'
    aaos-submit -t synthesis 'after the jump' >/dev/null
    wait_until '[ "$(in_state completed)" = 3 ]'
    nothing_happened
    overlaps log
}

@test "the time limit of a task and its sleep do not notice" {
    start_worker -t qa --builtin sleep
    aaos-submit -t qa --timeout 60s 1.0 >/dev/null
    wait_until '[ "$(in_state running)" = 1 ]'
    jump +3600
    wait_until '[ "$(in_state completed)" = 1 ]'
    is "$(sql "SELECT outcome FROM attempts")" completed
    aaos-submit -t qa --timeout 0.3 30.0 >/dev/null
    wait_until '[ "$(in_state running)" = 1 ]'
    jump -3600
    wait_until '[ "$(sql "SELECT count(*) FROM attempts
        WHERE outcome = '"'timed_out'"'")" -ge 1 ]'
}

@test "what is scheduled starts when the clock says so, and once" {
    start_worker -t qa -- true
    background aaos-dispatch -q run --interval 0.2
    aaos-submit -t qa --delay 30m 'in half an hour' >/dev/null
    aaos-submit -t qa --delay 90m 'later' >/dev/null
    aaos-submit -t code --delay 30m 'nobody does this' >/dev/null
    more_ticks 2
    is "$(in_state scheduled)" 3
    jump +3600
    wait_until '[ "$(in_state completed)" = 1 ]'
    # By the tick, or by whoever is idle.
    wait_until '[ "$(in_state pending "AND task_type = '"'code'"'")" = 1 ]'
    is "$(in_state scheduled)" 1
    # Back again: nothing is undone, and nothing is done a second time.
    jump +0
    more_ticks 5
    is "$(in_state completed)" 1
    is "$(in_state scheduled)" 1
    jump +7200
    wait_until '[ "$(in_state completed)" = 2 ]'
    nothing_happened
}

@test "a dispatcher keeps its lease, and nobody else takes it" {
    has_failpoints
    AAOS_FAILPOINT=dispatch.step:sleep=4000 background aaos-dispatch -q tick
    wait_until '[ "$(sql "SELECT count(*) FROM tick_ledger" 2>/dev/null)" = 1 ]'
    for offset in +3600 -3600 +0; do
        jump $offset
        run -75 aaos-dispatch tick --exclusive
        is "$(sql 'SELECT term FROM leases')" 1
    done
    jump +3600
    ends_with 0 "$background"
    run -0 aaos-dispatch tick --exclusive
    is "$(sql 'SELECT status FROM tick_ledger ORDER BY id' | paste -sd' ')" \
        'SUCCESS SUCCESS'
}

@test "an action that was being tried is not tried by a second one" {
    has_failpoints
    settings action.file_dir="$PWD/out"
    mkdir out
    aaos-dispatch -q real
    enqueue one
    AAOS_FAILPOINT=dispatch.sent:sleep=3000 background aaos-dispatch -q tick
    wait_until '[ "$(sql "SELECT status FROM actions")" = running ]'
    for offset in +3600 -3600; do
        jump $offset
        run -0 aaos-dispatch tick
        is "$(sql 'SELECT status, attempts FROM actions')" 'running|0'
    done
    ends_with 0 "$background"
    is "$(sql 'SELECT status, attempts FROM actions')" 'completed|1'
}

@test "a clock that jumps there and back: each task and each action once" {
    local i

    export ACTION='{"action_type":"file","idempotency_key":"KEY","payload":{"path":"a","content":""}}'
    start_worker -j 2 -t qa -- sh -c 'ticker "$0" 2
        echo "action $ACTION" | sed "s/KEY/$AAOS_TASK_ID/" >&3' "$PWD/log"
    start_worker -j 2 -t qa -- sh -c 'ticker "$0" 2
        echo "action $ACTION" | sed "s/KEY/$AAOS_TASK_ID/" >&3' "$PWD/log"
    background aaos-dispatch -q run --interval 0.1 --max-actions 100
    for ((i = 0; i < 20; i++)); do
        seq -f "task $i.%g" 5 | aaos-submit -t qa >/dev/null
        aaos-submit -t qa --delay 0.01 "soon $i" >/dev/null
        jump "$(printf %+d $((i % 3 * 3600 - 3600)))"
        wait_until "[ \$(in_state completed) -ge $((i * 4)) ]"
    done
    # What was to start soon may have to wait for an hour of the old clock.
    jump +7200
    wait_until '[ "$(in_state completed)" = 120 ]'
    wait_until '[ "$(sql "SELECT count(*) FROM actions
        WHERE status = '"'completed'"' AND attempts = 1")" = 120 ]'
    is "$(find state/artifacts/proof_file -name '*.txt' | wc -l)" 120
    is "$(sql 'SELECT count(DISTINCT seq) FROM attempts')" 120
    is "$(sql 'SELECT count(*) FROM attempts')" 120
    nothing_happened
    overlaps log
}

@test "what becomes due within moments is told to who waits" {
    aaos-submit --hold 'make the database' >/dev/null
    : >state/aaos.db-wake
    aaos-submit --delay 1h 'much later' >/dev/null
    [ ! -s state/aaos.db-wake ]
    aaos-submit --delay 1 'soon' >/dev/null
    [ -s state/aaos.db-wake ]
}
