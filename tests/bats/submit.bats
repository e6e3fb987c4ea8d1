#!/usr/bin/env bats
# aaos-submit(1): what a script may rely on.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

# --- what is printed ---------------------------------------------------------

@test "prints the id of the task, and nothing else" {
    run --separate-stderr -0 aaos-submit 'Summarise RFC 9110'
    matches "$output" "$uuid"
    is "$stderr" ''
    is "$(state_of "$output")" pending
}

@test "each argument is a task" {
    run -0 aaos-submit 'first task' 'second task' 'third task'
    is "${#lines[@]}" 3
    is "$(sql 'SELECT task_id FROM tasks ORDER BY seq')" "$output"
}

@test "each line of stdin is a task" {
    run -0 aaos-submit < <(seq -f 'task %g' 2500)
    is "${#lines[@]}" 2500
    is "$(sql 'SELECT task_id FROM tasks ORDER BY seq')" "$output"
}

@test "--json prints receipts" {
    run -0 --separate-stderr aaos-submit --json < <(printf 'one one\n\ntwo two\n')
    is "${#lines[@]}" 2
    is "$(jq -c keys_unsorted <<<"${lines[0]}")" \
        '["line","task_id","status","message","queued_at"]'
    is "$(jq .line <<<"$output" | paste -sd,)" 1,3
    is "$(jq -r .task_id <<<"$output")" \
        "$(sql 'SELECT task_id FROM tasks ORDER BY seq')"
    is "$(jq -r .message <<<"${lines[0]}")" 'Task queued successfully'
    is "$(jq -r .status <<<"${lines[0]}")" pending
    matches "$(jq -r .queued_at <<<"${lines[0]}")" "$instant"
}

@test "--help goes to stdout and succeeds" {
    run --separate-stderr -0 aaos-submit --help
    like "$output" 'usage: aaos-submit *'
    is "$stderr" ''
}

@test "--help into a full device does not succeed" {
    run -74 bash -c 'aaos-submit --help >/dev/full'
}

# --- options -----------------------------------------------------------------

@test "a task has sensible defaults" {
    id=$(aaos-submit 'nothing special')
    is "$(sql 'SELECT task_type, priority, status, attempt, failures,
        max_attempts, losses FROM tasks')" 'research|5|pending|0|0|3|0'
    is "$(sql 'SELECT correlation_id FROM task_bodies')" "$id"
}

@test "options say what the task is" {
    run -0 aaos-submit -t qa -p 9 -m colour=red -m 'size=very "big"' \
        --max-attempts 7 --timeout 2m --agent-type careful --session s-1 \
        --correlation-id c-1 'test it'
    is "$(sql 'SELECT task_type, priority, max_attempts FROM tasks')" 'qa|9|7'
    is "$(sql 'SELECT timeout, agent_type, session_id, correlation_id
        FROM task_bodies')" '120000000|careful|s-1|c-1'
    is "$(sql 'SELECT metadata FROM task_bodies' | jq -c .)" \
        '{"colour":"red","size":"very \"big\""}'
}

@test "a record wins over the options, metadata key by key" {
    run -0 aaos-submit -t qa -p 9 -m a=option -m b=option \
        <<<'{"description":"my own","priority":1,"metadata":{"b":2,"c":[3]}}'
    is "$(sql "SELECT task_type, priority FROM tasks t JOIN task_bodies b
        ON b.seq = t.seq WHERE description = 'my own'")" 'qa|1'
    is "$(sql "SELECT metadata FROM task_bodies WHERE description = 'my own'" |
        jq -cS .)" '{"a":"option","b":2,"c":[3]}'
}

@test "--delay, --at and a record's run_at schedule" {
    run -0 aaos-submit --delay 1h 'in an hour'
    run -0 aaos-submit --at 2096-02-29T12:00:00+02:00 'on leap day'
    run -0 aaos-submit <<<'{"description":"at an epoch","run_at":"@4000000000"}'
    is "$(count "status = 'scheduled'")" 3
    is "$(sql 'SELECT run_at - created_at FROM tasks ORDER BY seq LIMIT 1')" \
        3600000000
    is "$(sql 'SELECT run_at FROM tasks ORDER BY seq' | sed 1d | paste -sd,)" \
        3981348000000000,4000000000000000
}

@test "a time that has passed is no delay" {
    id=$(aaos-submit --at 2001-01-01T00:00:00Z 'long ago')
    is "$(state_of "$id")" pending
}

@test "--hold stores, and nobody runs it" {
    id=$(aaos-submit --hold 'not yet')
    drain --builtin noop
    is "$(state_of "$id")" held
}

@test "--workflow makes the workflow on first use" {
    run -0 aaos-submit --workflow nightly 'one of two' 'two of two'
    run -0 aaos-submit --workflow nightly 'a third one'
    is "$(sql 'SELECT count(*) FROM workflows')" 1
    is "$(sql "SELECT count(*) FROM tasks t JOIN workflows w
        ON w.workflow_id = t.workflow_id WHERE w.name = 'nightly'")" 3
}

@test "-0 reads records that end with NUL" {
    run -0 aaos-submit -0 < <(printf 'two\nlines\0{"description":"a record"}\0')
    is "${#lines[@]}" 2
    is "$(sql 'SELECT description FROM task_bodies ORDER BY seq')" \
        $'two\nlines\na record'
}

@test "--text takes every line as it is" {
    run -0 aaos-submit --text <<<'{"not": a record'
    is "$(sql 'SELECT description FROM task_bodies')" '{"not": a record'
}

@test "-i gives the handler a payload of any bytes" {
    head -c 100000 /dev/urandom >payload
    printf '\0\n\377' >>payload
    run -0 aaos-submit -i payload 'bytes as they are'
    drain -- sh -c 'cat >got'
    cmp got payload
}

@test "a payload reaches the handler as it was written" {
    local payload='{"a": 12345678901234567890, "b":1e400,"b\u0061":"\u00e9"}'

    run -0 aaos-submit <<<"{\"description\":\"as is\",\"payload\":$payload}"
    drain -- sh -c 'cat >got'
    is "$(cat got)" "$payload"
    is "$(stat -c %s got)" "${#payload}"
}

@test "--dry-run judges, and stores nothing" {
    run --separate-stderr -65 aaos-submit -n 'good one' no 'good two'
    is "$output" ''
    like "${stderr_lines[0]}" 'aaos-submit: argument 2: description: *'
    run --separate-stderr -0 aaos-submit -n 'good one' 'good two'
    is "$output" ''
    like "$stderr" '*2 tasks would be stored*'
    run -0 aaos-submit 'a real one'
    is "$(count)" 1
}

@test "what cannot be meant is a matter of usage" {
    run -64 aaos-submit -p 11 'too urgent'
    run -64 aaos-submit -t reserach 'a typing error'
    run -64 aaos-submit --delay 1h --at @4000000000 'both at once'
    run -64 aaos-submit --ordered 'without waiting'
    run -64 aaos-submit --delay soon 'no duration'
    run --separate-stderr -64 aaos-submit --prioritty 3 'a typing error'
    like "$stderr" "*--priority*"
    run -0 aaos-submit 'a real one'
    is "$(count)" 1
}

@test "a password on the command line is refused and not repeated" {
    run -64 aaos-submit -d postgresql://me:s3cret@localhost/db 'some task'
    [[ $output != *s3cret* ]]
    run -64 aaos-submit -r redis://me:s3cret@localhost/0 'some task'
    [[ $output != *s3cret* ]]
}

# --- stdout and stdin that fail ----------------------------------------------

@test "a reader that goes away stops it with 74" {
    run bash -c 'yes "again and again" | aaos-submit 2>err | head -n 1
        echo "${PIPESTATUS[1]}"'
    is "${lines[1]}" 74
    is "$(state_of "${lines[0]}")" pending
    like "$(cat err)" '*tasks were stored but not printed*'
    hidden=$(grep -oE '[0-9]+ tasks were stored' err | cut -d' ' -f1)
    [ "$hidden" -ge 1 ]
    [ "$(count)" -ge "$hidden" ]
}

@test "a full stdout does not look like success, and what was stored is said" {
    run --separate-stderr -74 bash -c \
        'aaos-submit "first task" "second task" "third task" >/dev/full'
    like "$stderr" '*3 tasks were stored but not printed*'
    is "$(count)" 3
}

@test "a closed stdin is an error, not an empty input" {
    run -74 bash -c 'aaos-submit <&-'
}

@test "a closed stdin does not matter where arguments are given" {
    run -0 bash -c 'aaos-submit "an argument" <&-'
    is "$(count)" 1
}

@test "a closed stdout is an error, and nothing is stored" {
    run -74 --separate-stderr bash -c 'aaos-submit "some task" >&-'
    [ -n "$stderr" ]
    run -0 aaos-submit 'another one'
    is "$(count)" 1
}

# --- streams -----------------------------------------------------------------

@test "a line of a slow pipe is acknowledged before the next is written" {
    local i id pid

    coproc SUBMIT { exec aaos-submit 3>&- 4>&-; }
    pid=$SUBMIT_PID
    pids+=("$pid")
    for i in 1 2 3 4 5; do
        echo "slow line $i" >&"${SUBMIT[1]}"
        read -r -t 20 id <&"${SUBMIT[0]}"
        is "$(sql "SELECT description FROM task_bodies b JOIN tasks t
            ON t.seq = b.seq WHERE task_id = '$id'")" "slow line $i"
    done
    eval "exec ${SUBMIT[1]}>&-"
    ends_with 0 "$pid"
}

# --- idempotency -------------------------------------------------------------

@test "the same key gives the same task" {
    id=$(aaos-submit -k order-1 'charge the card')
    run -0 aaos-submit -k order-1 'charge the card'
    is "$output" "$id"
    run -0 aaos-submit --json -k order-1 'charge the card'
    is "$(jq -c '[.task_id, .duplicate]' <<<"$output")" "[\"$id\",true]"
    is "$(count)" 1
}

@test "a first use of a key is no duplicate" {
    run -0 aaos-submit --json -k order-1 'charge the card'
    is "$(jq .duplicate <<<"$output")" null
}

@test "the same key with other contents is refused and names the task" {
    id=$(aaos-submit -k order-1 'charge the card')
    run --separate-stderr -65 aaos-submit -k order-1 'charge the card twice'
    is "$output" ''
    like "$stderr" "aaos-submit: argument 1: idempotency_key: *$id*"
    run -65 aaos-submit -k order-1 -p 6 'charge the card'
    is "$(count)" 1
}

@test "the correlation id and the order of keys do not matter to a key" {
    run -0 aaos-submit < <(
        echo '{"description":"same thing","idempotency_key":"k","priority":1}'
        echo '{"priority":1,"idempotency_key":"k","description":"same thing"}'
        echo '{"correlation_id":"c","priority":1,"idempotency_key":"k","description":"same thing"}'
    )
    is "$(sort -u <<<"$output" | wc -l)" 1
    is "$(count)" 1
}

@test "a key that conflicts does not disturb the other lines" {
    run -0 aaos-submit -k taken 'the first one'
    run --separate-stderr -65 aaos-submit < <(
        echo 'the line before'
        echo '{"description":"the second one","idempotency_key":"taken"}'
        echo 'the line after'
    )
    is "${#lines[@]}" 2
    like "$stderr" 'aaos-submit: line 2: idempotency_key: *'
    is "$(count)" 3
}

@test "--idempotency-key names one task" {
    run -64 aaos-submit -k one 'first task' 'second task'
    run -64 aaos-submit -k one < <(printf 'first task\nsecond task\n')
    run -0 aaos-submit -k one 'third task'
    is "$(count)" 1
}

# --- all or nothing ----------------------------------------------------------

@test "--atomic stores all" {
    run -0 aaos-submit --atomic < <(seq -f 'task %g' 2500)
    is "$(sql 'SELECT task_id FROM tasks ORDER BY seq')" "$output"
    is "${#lines[@]}" 2500
}

@test "--atomic stores nothing when one line is bad" {
    run --separate-stderr -65 aaos-submit --atomic \
        < <(seq -f 'task %g' 1500; echo no; seq -f 'task %g' 1500)
    is "$output" ''
    like "${stderr_lines[0]}" 'aaos-submit: line 1501: description: *'
    like "$stderr" '*nothing was stored*'
    run -0 aaos-submit 'a real one'
    is "$(count)" 1
}

@test "--atomic stores nothing when one key conflicts" {
    run -0 aaos-submit -k taken 'the first one'
    run --separate-stderr -65 aaos-submit --atomic < <(
        echo 'the line before'
        echo '{"description":"the second one","idempotency_key":"taken"}'
        echo 'the line after'
    )
    is "$output" ''
    like "$stderr" '*line 2*'
    is "$(count)" 1
}

# --- Redis -------------------------------------------------------------------

@test "a Redis that is away at the start stores nothing: 69" {
    run -0 aaos-submit -r none 'the first one'
    run --separate-stderr -69 aaos-submit -r unix:///nowhere/redis.sock 'a task'
    is "$output" ''
    like "$stderr" 'aaos-submit: *'
    is "$(count)" 1
}

@test "--defer stores without Redis, and says so" {
    run --separate-stderr -0 aaos-submit --defer --json \
        -r unix:///nowhere/redis.sock 'a task'
    is "$(jq -c '[.status, .deferred]' <<<"$output")" '["pending",true]'
    like "$stderr" '*deferred*'
    is "$(count "status = 'pending'")" 1
}

# --- waiting -----------------------------------------------------------------

@test "--wait prints results instead of ids" {
    start_worker --builtin echo
    run --separate-stderr -0 aaos-submit --wait --correlation-id c-1 'hello'
    is "$(jq -c keys_unsorted <<<"$output")" '["task_id","line","status","reason","attempt","exit_status","signal","result","error","created_at","started_at","finished_at","correlation_id"]'
    is "$(jq -c '[.line, .status, .reason, .attempt, .result, .error, .correlation_id]' \
        <<<"$output")" '[1,"completed",null,1,"hello",null,"c-1"]'
    matches "$(jq -r .task_id <<<"$output")" "$uuid"
    for name in created_at started_at finished_at; do
        matches "$(jq -r ".$name" <<<"$output")" "$instant"
    done
}

@test "--wait says the same as aaos-status results" {
    start_worker -- cat
    run -0 aaos-submit --wait 'hello'
    is "$(jq -c 'del(.line)' <<<"$output")" \
        "$(results | jq -c 'del(.line)')"
}

@test "--wait ends with 1 when a task did not complete" {
    start_worker -- sh -c 'read -r said; [ "$said" = good ] || exit 65'
    run -1 aaos-submit --wait good 'bad one'
    is "$(jq -r .status <<<"$output" | sort | paste -sd,)" completed,dead
}

@test "--wait prints each result as it comes" {
    local line pid

    start_worker -j 2 -- sh -c 'read -r said
        [ "$said" = fast ] || until [ -e go ]; do sleep 0.02; done'
    coproc SUBMIT { exec aaos-submit --wait slow fast 3>&- 4>&-; }
    pid=$SUBMIT_PID
    pids+=("$pid")
    read -r -t 20 line <&"${SUBMIT[0]}"
    is "$(jq .line <<<"$line")" 2
    touch go
    read -r -t 20 line <&"${SUBMIT[0]}"
    is "$(jq .line <<<"$line")" 1
    ends_with 0 "$pid"
}

@test "--ordered prints results in the order of the input" {
    start_worker -j 2 -- sh -c 'read -r said
        [ "$said" = fast ] && exec touch fast
        until [ -e fast ]; do sleep 0.02; done'
    run -0 aaos-submit --wait --ordered slow fast slow fast
    is "$(jq .line <<<"$output" | paste -sd,)" 1,2,3,4
}

@test "--wait-timeout gives up with 124, and the tasks stay" {
    run --separate-stderr -124 aaos-submit --wait --wait-timeout 0.1 'a task'
    is "$output" ''
    like "$stderr" '*1 of 1*'
    is "$(count "status = 'pending'")" 1
}

@test "--wait of a task that is known and done prints its result" {
    id=$(aaos-submit -k once 'say it')
    drain --builtin echo
    run -0 aaos-submit --wait -k once 'say it'
    is "$(jq -r .task_id <<<"$output")" "$id"
    is "$(jq -r .result <<<"$output")" 'say it'
}

# --- which status wins -------------------------------------------------------

@test "bad input wins over a wait that timed out" {
    run -65 aaos-submit --wait --wait-timeout 0.1 'a good one' no
}

@test "bad input wins over a task that did not complete" {
    start_worker --builtin fail
    run -65 aaos-submit --max-attempts 1 --wait 'it will fail' no
}

@test "a wait that timed out wins over a task that did not complete" {
    record='{"description":"it will fail","idempotency_key":"k","max_attempts":1}'
    run -0 aaos-submit <<<"$record"
    drain --builtin fail
    is "$(count "status = 'dead'")" 1
    run -124 aaos-submit --wait --wait-timeout 0.3 \
        < <(echo "$record"; echo 'nobody runs it')
    is "$(jq -r .status <<<"${lines[0]}")" dead
}

@test "a full stdout wins over bad input" {
    run -74 bash -c 'aaos-submit "a good one" no >/dev/full'
}

@test "a Redis that is away wins over bad input" {
    run -69 aaos-submit -r unix:///nowhere/redis.sock 'a good one' no
}
