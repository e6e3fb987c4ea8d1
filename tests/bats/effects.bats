#!/usr/bin/env bats
# Actions that handlers ask for: stored by what completes the task.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

setup() {
    fresh_start
    export ACTION='{"action_type":"file","idempotency_key":"report","payload":{"path":"a.txt","content":"hello"}}'
}

# saying LINE...: run what is there with a command that writes these lines.
saying() {
    drain -I '' -- sh -c 'printf "%s\n" "$@" >&3' sh "$@"
}

running() {
    count "status = 'running'"
}

actions() { # columns
    sql "SELECT $1 FROM actions ORDER BY seq" | paste -sd' '
}

@test "a command asks for an action, and the next tick writes its proof" {
    id=$(aaos-submit --correlation-id c-1 'write a report')
    saying "action $ACTION"
    is "$(actions 'idempotency_key, action_type, status, correlation_id')" \
        'report|file|pending|c-1'
    is "$(actions task_id)" "$id"
    aaos-dispatch tick
    is "$(actions status)" completed
    is "$(tail -n 1 state/artifacts/proof_file/*_report.txt)" hello
    like "$(aaos-status logs "$id")" '*enqueued: file, key report*PROOF: *'
}

@test "REAL carries it out" {
    settings action.file_dir="$PWD/out"
    mkdir out
    aaos-dispatch -q real
    aaos-submit 'write a report' >/dev/null
    saying "action $ACTION"
    aaos-dispatch tick
    is "$(cat out/a.txt)" hello
}

@test "a co-process asks for actions with its answer" {
    aaos-submit 'write a report' >/dev/null
    drain --coprocess -- co-agent 'inputs | select(.type == "task_assignment") |
        {type: "task_complete", task_id, result: 1, actions:
            [(env.ACTION | fromjson), (env.ACTION | fromjson | .delay = "1h" |
                del(.idempotency_key))]}'
    is "$(count "status = 'completed'")" 1
    is "$(sql "SELECT count(*) FROM actions WHERE run_at - created_at < 60000000")" 1
    is "$(sql "SELECT count(*) FROM actions
        WHERE (run_at - created_at) / 60000000 BETWEEN 59 AND 60
          AND idempotency_key = 'action:' || task_id || ':1:2'")" 1
}

@test "a key that is taken gives nothing but a line in the log" {
    aaos-submit 'write a report' 'write it again' >/dev/null
    saying "action $ACTION"
    is "$(actions idempotency_key)" report
    is "$(sql "SELECT count(*) FROM execution_logs
        WHERE message = 'not enqueued again: file, key report'")" 1
    aaos-submit -k other 'a third' >/dev/null
    drain -- sh -c 'echo "action $ACTION" | sed s/report/other/ >&3'
    is "$(actions idempotency_key)" 'report other'
}

@test "tasks and actions are added together" {
    aaos-submit 'make a plan' >/dev/null
    drain -t research -I '' -- sh -c 'echo "action $ACTION" >&3
        echo "task {\"description\":\"a step\",\"task_type\":\"qa\"}" >&3'
    is "$(count "task_type = 'qa'")" 1
    is "$(actions status)" pending
}

@test "an attempt that fails, is cut off or handed back asks for nothing" {
    no_back_off
    id=$(aaos-submit --max-attempts 3 'do something')
    drain --timeout 0.2 -- sh -c 'echo "action $ACTION" >&3
        [ "$AAOS_ATTEMPT" = 1 ] && exit 1
        [ "$AAOS_ATTEMPT" = 2 ] && sleep 100
        echo "action $ACTION" | sed s/report/last/ >&3
        exit 1'
    is "$(state_of "$id")" dead
    is "$(outcomes "$id")" 'failed timed_out failed'
    is "$(actions idempotency_key)" ''
}

@test "only the attempt that completes asks" {
    no_back_off
    aaos-submit 'do something' >/dev/null
    drain -- sh -c 'echo "action $ACTION" | sed "s/report/try-$AAOS_ATTEMPT/" >&3
        [ "$AAOS_ATTEMPT" = 3 ]'
    is "$(actions idempotency_key)" try-3
}

@test "what is wrong with an action fails the attempt for good" {
    local line id payload='{"path":"a","content":""}'

    for line in '' 'x' '[]' '"file"' '{}' '{"action_type":"file"}' \
        '{"action_type":"fax","payload":{}}' \
        '{"action_type":7,"payload":'"$payload}" \
        '{"action_type":"file","payload":[]}' \
        '{"action_type":"file","payload":{"path":"../a","content":""}}' \
        '{"action_type":"file","payload":'"$payload"',"idempotency_key":""}' \
        '{"action_type":"file","payload":'"$payload"',"idempotency_key":7}' \
        '{"action_type":"file","payload":'"$payload"',"delay":-1}' \
        '{"action_type":"file","payload":'"$payload"',"delay":true}' \
        '{"action_type":"file","payload":'"$payload"',"key":"k"}' \
        '{"action_type":"webhook","payload":{"url":"file:///x","event":{}}}' \
        '{"action_type":"webhook","payload":{"url":"https://u:p@h/","event":{}}}' \
        '{"action_type":"file","payload":'"$payload"',"idempotency_key":"'"$(printf 'k%.0s' {1..513})"'"}'; do
        id=$(aaos-submit 'do something')
        saying "action $ACTION" "action $line"
        is "$(aaos-status task "$id" | jq -r '[.status, .reason] | @text')" \
            '["dead","permanent"]'
        like "$(aaos-status task "$id" | jq -r .error)" 'action 2: *'
    done
    is "$(actions idempotency_key)" ''
}

@test "a co-process whose actions are wrong has failed" {
    id=$(aaos-submit 'do something')
    drain --coprocess -- co-agent 'inputs | select(.type == "task_assignment") |
        {type: "task_complete", task_id, result: 1, actions: {}}'
    is "$(aaos-status task "$id" | jq -r .error)" \
        "action 1: 'actions' must be a list (got an object)"
}

@test "an attempt asks for at most 1000 actions" {
    aaos-submit 'do much' >/dev/null
    drain -- sh -c 'i=0; while [ $i -lt 1000 ]; do i=$((i + 1))
        echo "action $ACTION"; done | sed "s/report/&-/;=" | sed "N;s/\(.*\)\n\(.*-\)/\2\1/" >&3'
    is "$(actions idempotency_key | wc -w)" 1000
    id=$(aaos-submit 'do more')
    drain -- sh -c 'yes "action $ACTION" | head -n 1001 >&3'
    like "$(aaos-status task "$id" | jq -r .error)" '*at most 1000*'
}

@test "a worker that dies around the end of a task: the action comes once" {
    has_failpoints
    no_back_off
    local point

    for point in worker.exited worker.finish.before cycle.finished \
        cycle.claimed cycle.committed worker.finish.after; do
        aaos-submit "die at $point" >/dev/null
        for _ in 1 2; do
            AAOS_FAILPOINT=$point:kill drain -- sh -c \
                'echo "action $ACTION" | sed "s/report/$AAOS_TASK_ID/" >&3' || :
            wait_until 'aaos-dispatch tick; [ "$(running)" = 0 ]'
            is "$(sql 'SELECT count(*) FROM actions')" \
                "$(count "status = 'completed'")"
        done
        drain -- sh -c \
            'echo "action $ACTION" | sed "s/report/$AAOS_TASK_ID/" >&3'
        is "$(sql 'SELECT count(*) FROM actions')" \
            "$(count "status = 'completed'")"
    done
    is "$(count "status = 'completed'")" 6
    is "$(sql 'SELECT count(DISTINCT idempotency_key) FROM actions')" 6
}
