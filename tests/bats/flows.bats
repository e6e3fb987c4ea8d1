#!/usr/bin/env bats
# The programs together: what people build of them.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2094
load helper

@test "submit, work, read the result" {
    id=$(printf '%s\n' 'Summarise RFC 9110' | aaos-submit -t research)
    drain -t research -- sh -c 'printf "A summary of: "; cat'
    is "$(aaos-status results "$id")" 'A summary of: Summarise RFC 9110'
}

@test "results in a pipe, as they come" {
    start_worker -j 2 -- wc -c
    run -0 bash -c 'printf "%s\n" four five5 sixsix |
        aaos-submit --wait --ordered | jq -r .result | grep . | paste -sd,'
    is "$output" 5,6,7
}

@test "dead tasks are looked at, requeued, and done" {
    no_back_off
    seq -f 'task %g' 5 | aaos-submit >/dev/null
    drain -- sh -c 'echo no luck >&2; exit 1'
    is "$(aaos-status dead -F reason | sort -u)" failures
    aaos-status dead | aaos-dispatch requeue --reason 'better luck' - >/dev/null
    drain -- true
    is "$(count "status = 'completed' AND attempt = 4")" 5
}

@test "a task waits for those that it depends on" {
    run -0 aaos-submit < <(
        echo '{"description":"build it","ref":"build","task_type":"code"}'
        echo '{"description":"test it","depends_on":["build"],"task_type":"qa"}'
    )
    child=${lines[1]}
    is "$(state_of "$child")" blocked
    drain -t qa -- touch too-early
    [ ! -e too-early ]
    drain -- sh -c 'cat >>order'
    is "$(paste -sd, order)" 'build it,test it'
}

@test "a task whose parent did not complete is cancelled, or runs if told to" {
    run -0 aaos-submit < <(
        echo '{"description":"build it","ref":"build","max_attempts":1}'
        echo '{"description":"test it","depends_on":["build"]}'
        echo '{"description":"report it","depends_on":["build"],"on_dependency_failure":"run"}'
    )
    drain -- sh -c 'read -r what _; echo "$what" >>ran; [ "$what" != build ]'
    is "$(sql "SELECT status, reason FROM tasks
        WHERE task_id = '${lines[1]}'")" 'cancelled|dependency'
    is "$(state_of "${lines[2]}")" completed
    is "$(paste -sd, ran)" build,report
}

@test "a handler hands work on, and the worker takes it" {
    aaos-submit -t code 'count to 5' >/dev/null
    drain -- sh -c 'read -r _ _ n
        [ "$n" = 0 ] || aaos-submit -t code "count to $((n - 1))"'
    is "$(count "status = 'completed'")" 6
}

@test "specialists take what is theirs" {
    types='code research qa documentation analysis synthesis trading'
    for type in $types; do
        aaos-submit -t "$type" "a task of $type" >/dev/null
    done
    for type in $types; do
        start_worker --agent "$type" --until-empty -- sh -c '
            echo "$1 $AAOS_TASK_TYPE" >>log' handler "$type"
    done
    for pid in "${pids[@]}"; do
        ends_with 0 "$pid"
    done
    is "$(sort log)" \
        "$(printf '%s\n' $types | sort | awk '{ print $1, $1 }')"
    is "$(count "status = 'completed'")" 7
}

@test "submitters and workers at the same time: each task once" {
    for n in 1 2 3; do
        start_worker -j 2 -- sh -c 'cat >>log'
    done
    for n in 1 2 3; do
        background bash -c "seq -f 'batch $n task %g' 100 | aaos-submit >ids.$n"
    done
    wait_until '[ "$(cat ids.* | wc -l)" = 300 ]'
    wait_until '[ "$(count "finished_at IS NOT NULL")" = 300 ]'
    is "$(wc -l <log)" 300
    is "$(sort -u log | wc -l)" 300
    is "$(sort ids.*)" "$(sql 'SELECT task_id FROM tasks' | sort)"
    is "$(sql 'SELECT count(*) FROM attempts')" 300
}

@test "a correlation id goes all the way" {
    id=$(aaos-submit --correlation-id order-66 'follow me')
    aaos-submit 'do not follow' >/dev/null
    drain --log-format json -v -- sh -c 'echo "$AAOS_CORRELATION_ID"' 2>log
    is "$(aaos-status results "$id")" order-66
    is "$(results "$id" | jq -r .correlation_id)" order-66
    is "$(aaos-status tasks --correlation-id order-66 -F task_id)" "$id"
}

@test "log lines as JSON can all be parsed" {
    seq -f 'task %g' 5 | aaos-submit >/dev/null
    drain --log-format json -v -- sh -c 'exit 65' 2>log
    [ -s log ]
    jq -es 'all(type == "object")' log >/dev/null
    grep -q "$(sql 'SELECT task_id FROM tasks LIMIT 1')" log
}

@test "the same command with another database is another queue" {
    aaos-submit -d ./one.db -r none 'in one' >/dev/null
    aaos-submit -d sqlite:two.db -r none 'in two' >/dev/null
    is "$(aaos-status -d one.db -r none tasks -F description)" 'in one'
    is "$(aaos-status -d sqlite:///two.db -r none tasks -F description)" \
        'in two'
    AAOS_DATABASE_URL=$PWD/one.db run -0 aaos-status tasks -r none -F description
    is "$output" 'in one'
}
