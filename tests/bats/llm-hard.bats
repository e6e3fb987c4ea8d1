#!/usr/bin/env bats
# aaos-worker --llm: killed workers, hostile servers, secrets.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper
load llm

setup() {
    fresh_start
    configure <<END
[task]
loss_base = 0
max_losses = 10
retry_base = 0
END
}

# A worker that dies at a failpoint, and what that leaves for the next one.
die_at() { # failpoint
    has_failpoints
    AAOS_FAILPOINT=$1:kill timeout 30 aaos-worker --llm --lease 1s \
        2>>worker.err || is "$?" 137
}

go_on() {
    timeout 30 aaos-worker --llm --lease 1s --max-tasks 1 2>>worker.err
}

purposes() {
    sql 'SELECT purpose, state FROM llm_calls ORDER BY id' | paste -sd' '
}

# --- kill -9 -----------------------------------------------------------------

@test "killed after the answer was recorded: it is not asked for again" {
    simple '[{"text":"paid once"}]'
    id=$(aaos-submit 'look at this')
    for at in llm.settled llm.done worker.finish.before; do
        die_at "$at"
        due_now
    done
    go_on
    is "$(state_of "$id")" completed
    is "$(aaos-status results "$id")" 'paid once'
    is "$(calls one)" 1
    is "$(purposes)" 'answer|done'
}

@test "killed between two steps: the first is not paid twice" {
    simple '[{"match":"cannot be used","text":"{\"n\":2}"},{"text":"{\"n\":\"two\"}"}]'
    aaos-submit <<<'{"description":"count","output_schema":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}' >/dev/null
    die_at llm.settled
    is "$(calls one)" 1
    due_now
    go_on
    is "$(results | jq -c .result)" '{"n":2}'
    is "$(calls one)" 2
    is "$(purposes)" 'answer|failed repair|done'
}

@test "killed before the call, and while it streams: it is made again" {
    simple '[{"text":"at last, a long answer to stream"}]'
    id=$(aaos-submit 'look at this')
    die_at llm.intent
    is "$(calls one)" 0
    due_now
    die_at llm.streaming
    is "$(calls one)" 1
    due_now
    go_on
    is "$(state_of "$id")" completed
    is "$(calls one)" 2
    is "$(purposes)" 'answer|intent answer|intent answer|done'
}

@test "killed after the answer, before it was recorded: both are counted" {
    simple '[{"text":"twice"}]'
    id=$(aaos-submit 'look at this')
    die_at llm.answered
    due_now
    go_on
    is "$(state_of "$id")" completed
    is "$(calls one)" 2
    is "$(sql 'SELECT count(*) FROM llm_calls')" 2
    is "$(outcomes "$id")" 'lost completed'
}

@test "a task that failed begins anew when it is tried again" {
    simple '[{"times":3,"text":"no"},{"text":"{\"n\":1}"}]'
    id=$(aaos-submit <<<'{"description":"count","output_schema":{"type":"object","properties":{"n":{"type":"integer"}}}}')
    llm
    is "$(outcomes "$id")" 'failed completed'
    is "$(state_of "$id")" completed
    is "$(calls one)" 4
}

@test "a task that is requeued is asked for again" {
    simple '[{"times":1,"text":"first"},{"text":"second"}]'
    id=$(aaos-submit 'look at this')
    llm
    aaos-dispatch requeue "$id" >/dev/null
    llm
    is "$(aaos-status results "$id")" second
}

# --- hostile servers ---------------------------------------------------------

# One bad server: whatever it does, the worker says so and goes on.
survives() { # rule, what the error says
    serve bad "[{\"match\":\"bad\",$1},{\"text\":\"still here\"}]"
    configure <<END
[endpoint bad]
base = $url
privacy = local
first_byte = 1s
idle = 1s
timeout = 4s
[model m]
use = bad/m
END
    bad=$(aaos-submit --max-attempts 1 'a bad one')
    good=$(aaos-submit -p 0 'a fine one')
    llm
    is "$(state_of "$bad")" dead
    like "$(why_failed "$bad")" "$2"
    is "$(state_of "$good")" completed
}

@test "headers of a megabyte do no harm" {
    survives '"huge":1000000,"text":"x"' '*too large*'
}

@test "an answer that never ends does no harm" {
    survives '"endless":"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"more and more and more\"}}]}\n\n"' '*'
}

@test "a line that never ends does no harm" {
    survives '"endless":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"' '*'
}

@test "one byte at a time, too slowly, is a time-out" {
    survives '"drip":10000,"text":"x"' '*bad/m: *'
}

@test "no answer at all is a time-out" {
    survives '"hang":true' '*bad/m: *'
}

@test "nonsense instead of JSON is a failure" {
    survives '"body":"<html>{{{","headers":{"content-type":"text/html"}' '*protocol*'
}

@test "what a terminal would act on is shown, not sent" {
    survives '"status":500,"body":"{\"error\":{\"message\":\"\\u001b[2J\\u202eevil\"}}"' '*evil*'
    run ! grep -q $'\e' worker.err
    aaos-status attempts "$bad" >shown
    aaos-status logs "$bad" >>shown
    aaos-status why "$bad" >>shown
    run ! grep -q $'\e' shown
}

@test "another model than was asked for is not taken silently" {
    simple '[{"text":"from another","model":"cheap-model"}]'
    id=$(aaos-submit --max-attempts 1 'look at this')
    llm
    is "$(state_of "$id")" dead
    like "$(why_failed "$id")" '*mismatch*cheap-model*'
}

# --- secrets -----------------------------------------------------------------

@test "a key is in no log, row, artifact, environment or list of processes" {
    canary=sk-canary-4f6b2c7d9e
    serve one '[{"match":"fail","status":400,"body":"{\"error\":{\"message\":\"bad key sk-canary-4f6b2c7d9e\"}}"},{"match":"slow","stall":100,"text":"a long slow answer"},{"text":"ok"}]'
    configure <<END
[endpoint one]
base = $url
privacy = local
key = env:CANARY_KEY
[model m]
use = one/m
END
    for words in 'look at this' 'fail at this'; do
        printf '{"description":"%s","session_id":"s"}\n' "$words"
    done | aaos-submit >/dev/null
    CANARY_KEY=$canary aaos-worker --llm --until-empty -v --log-format json 2>log1
    CANARY_KEY=$canary aaos-worker --llm --until-empty --proof -v 2>log2
    aaos-submit 'a slow one' >/dev/null
    CANARY_KEY=$canary aaos-worker --llm --grace 0 -v 2>log3 &
    pid=$!
    pids+=("$pid")
    wait_until 'grep -q slow one.journal'
    run ! grep -q "$canary" "/proc/$pid/environ" "/proc/$pid/cmdline"
    ps axeww >processes
    run ! grep -q "sk-canary-4f6b2c7d9[e]" processes
    is "$(awk '/Max core file size/ { print $5 $6 }' "/proc/$pid/limits")" 00
    kill -ABRT "$pid"
    wait "$pid" || :
    is "$(jq -r .headers.authorization one.journal | sort -u)" "Bearer $canary"
    CANARY_KEY=$canary aaos-worker --show-config >shown
    aaos-status costs >>shown 2>&1 || :
    aaos-status tasks -o json >>shown
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        pg_dump --no-owner "$AAOS_DATABASE_URL" >dump
    fi
    run ! grep -rqa "$canary" state log1 log2 log3 shown dump
    is "$(find . -name 'core*' | wc -l)" 0
}
