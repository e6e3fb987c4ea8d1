#!/usr/bin/env bats
# Killed at named places and at random ones: what was acknowledged is there,
# what was recorded stays recorded, and no two attempts overlap.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

setup() {
    fresh_start
    has_failpoints
    no_back_off
}

# Each task has completed, and has done so once.
all_completed() { # how many
    is "$(count "status = 'completed'")" "$1"
    is "$(count)" "$1"
    is "$(sql "SELECT count(*) FROM attempts WHERE outcome = 'completed'")" "$1"
}

# --- aaos-submit -------------------------------------------------------------

@test "submit killed before the commit: nothing is stored or printed" {
    AAOS_FAILPOINT=submit.before:kill run -137 aaos-submit 'some task'
    is "$output" ''
    run -0 aaos-submit 'another task'
    is "$(count)" 1
}

@test "submit killed after the commit: the key finds the task again" {
    for point in submit.committed submit.pushed; do
        AAOS_FAILPOINT=$point:kill run -137 aaos-submit -k "$point" 'some task'
        is "$output" ''
        id=$(sql 'SELECT task_id FROM tasks ORDER BY seq DESC LIMIT 1')
        run -0 aaos-submit -k "$point" 'some task'
        is "$output" "$id"
    done
    is "$(count)" 2
    drain --builtin noop
    all_completed 2
}

@test "submit killed in the middle of the transaction: nothing is stored" {
    AAOS_FAILPOINT=submit.inserted:kill run -137 aaos-submit 'some task'
    is "$(count)" 0
    AAOS_FAILPOINT=submit.inserted:kill:3 run -137 aaos-submit --atomic \
        < <(seq -f 'task %g' 5000)
    is "$output" ''
    is "$(count)" 0
}

# --- aaos-worker -------------------------------------------------------------

# A worker dies at this point; another one does what it left.
dies_at() { # point, attempts then recorded
    seq -f 'task %g' 3 | aaos-submit >/dev/null
    AAOS_FAILPOINT=$1:kill run -137 aaos-worker --lease 1s --until-empty -- \
        ticker log "${3-2}"
    drain -- ticker log 2
    all_completed 3
    is "$(count 'failures > 0')" 0
    like "$(sql 'SELECT outcome, count(*) FROM attempts GROUP BY outcome
        ORDER BY outcome' | paste -sd' ')" "$2"
    run -0 overlaps log
}

@test "worker killed after a claim: handed back, no loss" {
    dies_at worker.claimed 'completed|3 handed_back|1'
    is "$(count 'losses > 0')" 0
}

@test "worker killed between slot and start: a loss" {
    dies_at worker.slot_set 'completed|3 lost|1'
}

@test "worker killed after a start: a loss" {
    dies_at worker.started 'completed|3 lost|1'
}

@test "worker killed after the end of its handler: a loss" {
    dies_at worker.exited 'completed|3 lost|1'
}

@test "worker killed before it could record: a loss" {
    dies_at worker.finish.before 'completed|3 lost|1'
}

@test "worker killed after it had recorded: no task runs twice" {
    dies_at worker.finish.after 'completed|3*'
    is "$(grep -c ^end log)" 3
}

@test "worker killed in the middle of a claim or a finish: as if it was not" {
    for point in cycle.finished cycle.claimed; do
        rm -f log
        sql_write "UPDATE tasks SET status = 'cancelled', finished_at = 1
            WHERE finished_at IS NULL"
        id=$(aaos-submit "die at $point")
        AAOS_FAILPOINT=$point:kill run -137 aaos-worker --once -- ticker log 1
        is "$(sql "SELECT status, attempt FROM tasks WHERE task_id = '$id'")" \
            'pending|0'
        drain -- ticker log 1
        is "$(outcomes "$id")" completed
    done
}

@test "worker killed at a heartbeat: a loss" {
    dies_at worker.heartbeat 'completed|3 lost|1' 100
}

@test "a worker that dawdles before it records has lost: nothing changes" {
    id=$(aaos-submit 'a task')
    AAOS_FAILPOINT=worker.finish.before:sleep=1900 \
        start_worker --lease 2s --once -- sh -c 'echo $$ >pid
            echo "attempt $AAOS_ATTEMPT"'
    dawdler=$worker
    wait_until '[ -s pid ] && gone "$(cat pid)"'
    kill -STOP "$dawdler"
    start_worker -- sh -c 'until [ -e go ]; do sleep 0.02; done
        echo "attempt $AAOS_ATTEMPT"'
    wait_until '[ "$(count "status = '\''running'\'' AND attempt = 2")" = 1 ]'
    kill -CONT "$dawdler"
    wait_until 'gone "$dawdler"'
    is "$(sql 'SELECT status, attempt FROM tasks')" 'running|2'
    touch go
    wait_until '[ "$(state_of "$id")" = completed ]'
    is "$(aaos-status results "$id")" 'attempt 2'
    is "$(outcomes "$id")" 'lost completed'
}

@test "worker killed again and again at each point: all end, none overlaps" {
    settings task.max_losses=100
    seq -f 'task %g' 20 | aaos-submit >/dev/null
    for nth in 1 2; do
        for point in worker.claimed worker.slot_set worker.started \
            worker.exited worker.finish.before worker.finish.after \
            cycle.finished cycle.claimed cycle.committed; do
            AAOS_FAILPOINT=$point:kill:$nth \
                aaos-worker -j 2 --until-empty -- ticker log 1 3>&- 4>&- || :
        done
    done
    drain -j 4 -- ticker log 1
    all_completed 20
    run -0 overlaps log
}

# --- at random ---------------------------------------------------------------

# The same kills at every run: SEED=... bats crash.bats for others.
random_in() { # n: leaves 0 .. n-1 in $random
    seed=$(((${seed:-${SEED:-1}} * 1103515245 + 12345) % 2147483648))
    random=$((seed / 65536 % $1))
}

@test "submitters killed at random: no acknowledgement is lost" {
    for n in 1 2 3 4 5 6 7 8; do
        random_in 30
        background_lines "$n"
        wait_until '[ "$(wc -l <ids.'"$n"')" -gt '"$random"' ]'
        kill -KILL "$submitter"
    done
    cat ids.* | grep -xE "$uuid" | sort >acknowledged
    [ "$(wc -l <acknowledged)" -ge 8 ]
    sql 'SELECT task_id FROM tasks' | sort >stored
    is "$(comm -23 acknowledged stored)" ''
    drain -j 2 --builtin noop
    is "$(count "status <> 'completed'")" 0
}

# A submitter that prints its ids little by little.
background_lines() {
    while :; do echo 'one more task'; done |
        aaos-submit --batch 5 >"ids.$1" 3>&- 4>&- &
    submitter=$!
    pids+=("$submitter")
}

@test "workers killed at random: each task completes, none overlaps" {
    settings task.max_losses=100
    seq -f 'task %g' 80 | aaos-submit >/dev/null
    for n in 1 2 3 4 5 6 7 8; do
        start_worker -j 2 --until-empty -- ticker log 2
        start_worker -j 2 --until-empty -- ticker log 2
        random_in 12
        enough=$((n * 3 + random))
        wait_until '[ "$(grep -c ^start log)" -ge "$enough" ]'
        random_in 2
        kill -KILL "${pids[-1 - random]}" || :
    done
    aaos-dispatch tick
    drain -j 2 -- ticker log 2
    for pid in "${pids[@]}"; do
        wait_until 'gone "$pid"'
    done
    all_completed 80
    run -0 overlaps log
    [ "$(count 'losses > 0')" -ge 1 ]
}

@test "ticks killed at random do no harm" {
    aaos-submit --delay 0.01 'one task' 'two tasks' 'three tasks' >/dev/null
    for n in 1 2 3 4 5 6; do
        run timeout -s KILL "0.00$n" aaos-dispatch tick
    done
    drain --builtin noop
    all_completed 3
}
