#!/usr/bin/env bats
# The clock of a PostgreSQL server is set: leases that seem to be over take
# nothing away, and what is scheduled goes by the new time.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

setup_file() {
    local library

    library=$(find /usr/lib -name libfaketime.so.1 | head -n 1)
    [ -n "$library" ]
    SERVERS_DIR=$(mktemp -d /tmp/aaos-test.XXXXXX)
    export SERVERS_DIR
    chmod 755 "$SERVERS_DIR"
    echo +0 >"$SERVERS_DIR/clock"
    eval "$(FAST=1 LD_PRELOAD=$library FAKETIME_NO_CACHE=1 \
        FAKETIME_TIMESTAMP_FILE=$SERVERS_DIR/clock \
        FAKETIME_DONT_FAKE_MONOTONIC=1 servers start "$SERVERS_DIR" postgres)"
    export AAOS_TEST_POSTGRES
    make_template
}

teardown_file() {
    stop_servers
}

setup() {
    fresh_start
    create_database
    no_back_off
    settings worker.lease=3s
    jump +0
}

# As a whole: nobody reads half of it.
jump() { # offset in seconds
    echo "$1" >"$SERVERS_DIR/clock.new"
    mv "$SERVERS_DIR/clock.new" "$SERVERS_DIR/clock"
}

# So that the leases of before are over.
renewed() { # times
    local before i

    for ((i = 0; i < $1; i++)); do
        before=$(sql "SELECT max(lease_until) FROM tasks")
        wait_until "[ \"\$(sql 'SELECT max(lease_until) FROM tasks')\" != $before ]"
    done
}

nothing_happened() {
    is "$(count 'losses > 0 OR failures > 0 OR attempt > 1')" 0
    is "$(sql "SELECT count(*) FROM attempts WHERE outcome <> 'completed'")" 0
    is "$(sql "SELECT count(*) FROM agents WHERE status = 'gone'")" 0
}

@test "an hour forward and back: what runs goes on" {
    start_worker -j 3 -t code -- sh -c 'ticker "$0" 1
        until [ -e go ]; do sleep 0.02; done
        echo "end $AAOS_TASK_ID $AAOS_ATTEMPT" >>"$0"' "$PWD/log"
    start_worker -t synthesis -- true
    background aaos-dispatch -q run --interval 0.2
    aaos-submit -t code 'the first' 'the second' 'the third' >/dev/null
    wait_until '[ "$(count "status = '"'running'"'")" = 3 ]'
    wait_until '[ "$(sql "SELECT count(*) FROM meta
        WHERE key LIKE '"'clock:%'"'")" = 1 ]'
    for offset in +3600 -3600 +0 +7200; do
        jump $offset
        renewed 4
        nothing_happened
    done
    is "$(sql "SELECT count(*) FROM meta
        WHERE key LIKE 'clock:%' AND value NOT LIKE '% 0'")" 1
    touch go
    wait_until '[ "$(count "status = '"'completed'"'")" = 3 ]'
    nothing_happened
    overlaps log
}

@test "what is scheduled starts when the server says so, and once" {
    start_worker -t qa -- true
    aaos-submit -t qa --delay 30m 'in half an hour' >/dev/null
    aaos-submit -t qa --delay 90m 'later' >/dev/null
    jump +3600
    wait_until '[ "$(count "status = '"'completed'"'")" = 1 ]'
    jump +0
    aaos-submit -t qa 'now' >/dev/null
    wait_until '[ "$(count "status = '"'completed'"'")" = 2 ]'
    is "$(count "status = 'scheduled'")" 1
    jump +7200
    wait_until '[ "$(count "status = '"'completed'"'")" = 3 ]'
    nothing_happened
}

@test "a worker that is gone on this host is found all the same" {
    start_worker -t code -- sleep 1000
    aaos-submit -t code 'long work' >/dev/null
    wait_until '[ "$(count "status = '"'running'"'")" = 1 ]'
    aaos-dispatch tick
    jump +3600
    aaos-dispatch tick
    kill -KILL "$worker"
    wait_until 'aaos-dispatch tick; [ "$(outcomes "$(sql "SELECT task_id FROM tasks")")" = lost ]'
}
