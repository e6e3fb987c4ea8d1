#!/usr/bin/env bats
# Log lines of all programs: what jq can read, and nobody can forge.

# shellcheck disable=SC2016
load helper

# The lines of this log that fulfil a condition.
lines() { # file, condition
    jq -c "select($2)" "$1"
}

@test "one correlation id from the submission to the action" {
    settings dispatch.action_spacing=0
    id=$(aaos-submit --log-format json --correlation-id order-66 \
        --webhook https://example.org/hook 'follow me' 2>submit.log)
    drain --log-format json -- cat 2>worker.log
    aaos-dispatch tick --log-format json 2>dispatch.log
    is "$(jq -r 'select(.correlation_id == "order-66") | .event' \
        submit.log worker.log dispatch.log | paste -sd' ')" \
        'task_submitted task_started task_completed action_tried'
    is "$(jq -r 'select(.correlation_id).task_id' ./*.log | sort -u)" "$id"
}

@test "every line is one object with the fields of aaos(7), in order of time" {
    seq -f 'task %g' 20 | aaos-submit --log-format json >/dev/null 2>log
    {
        drain --log-format json -v -j 3 -- sh -c 'exit "$(($$ % 2))"'
        aaos-dispatch --log-format json pause --reason 'a "quoted" one'
        aaos-dispatch --log-format json tick
    } 2>>log
    [ "$(wc -l <log)" -gt 80 ]
    jq -es --arg instant "^$instant\$" 'all(.[];
        (.ts | test($instant)) and (.event | test("^[a-z_]+$")) and
        (.level | IN("error", "warn", "info", "debug")) and
        (.program | startswith("aaos-")))' log >/dev/null
    jq -s 'map(.ts) | . == sort' log | grep -qx true
    jq -es 'map(select(.task_id and .program == "aaos-worker")) |
        length >= 60 and all(.agent_id and .attempt and .correlation_id)' \
        log >/dev/null
}

@test "no key comes twice in a line" {
    aaos-submit --log-format json 'a task' >/dev/null 2>log
    drain --log-format json -v -- false 2>>log
    while IFS= read -r line; do
        is "$(grep -o '"[a-z_]*":' <<<"$line" | sort | uniq -d)" ''
    done <log
}

@test "an end that is recorded says what became of the task" {
    settings task.max_attempts=1
    aaos-submit dies >/dev/null
    drain --log-format json -- sh -c 'kill -9 $$' 2>log
    is "$(lines log '.event == "task_failed"' |
        jq -c '[.outcome, .status, .signal, has("exit_status")]')" \
        '["failed","dead",9,false]'
}

@test "a task stored by --atomic or from a file is logged after the commit" {
    printf 'one\ntwo\n' | aaos-submit --atomic --log-format json \
        --correlation-id A >ids 2>log
    is "$(lines log '.event == "task_submitted"' | jq -r .task_id)" "$(cat ids)"
    printf 'good\n{"description":"x"}\n' >in
    run -65 aaos-submit --atomic --log-format json <in
    [ -n "$output" ]
    [[ $output != *task_submitted* ]]
    echo '{"tasks":[{"ref":"a","description":"first"}]}' >flow.json
    aaos-submit --json --log-format json -f flow.json >receipt 2>log
    is "$(lines log '.event == "task_submitted"' | jq -r .workflow_id)" \
        "$(jq -r .workflow_id receipt)"
    is "$(jq -r 'select(.task_id).correlation_id' log)" \
        "$(jq -r .workflow_id receipt)"
}

@test "what an idempotency key stops is logged as a duplicate" {
    id=$(aaos-submit -k once 'only once')
    aaos-submit -k once 'only once' --log-format json >/dev/null 2>log
    is "$(jq -r '.event + " " + .task_id' log)" "task_duplicate $id"
}

@test "as text only long-running programs log, and not every task" {
    run --separate-stderr -0 aaos-submit quiet
    is "$stderr" ''
    drain -- true 2>log
    is "$(awk '!/redis/ { print $3 }' log | paste -sd' ')" \
        'agent_registered agent_gone'
    run --separate-stderr -0 aaos-submit -v loud
    like "$stderr" '*debug task_submitted task_id=*correlation_id=*'
}

@test "the least level and the form can be settings" {
    settings log.format=json log.level=warn
    run --separate-stderr -0 aaos-submit quiet
    is "$stderr" ''
    run --separate-stderr -0 aaos-submit -v 'one more'
    is "$(jq -r .level <<<"$stderr")" info
    run --separate-stderr -65 aaos-submit x
    is "$(jq -r .level <<<"$stderr" | sort -u)" warn
}

@test "bytes from outside cannot end a line, add a field or reach a terminal" {
    printf '{"description":"\x1b]0;evil\x07 %s"\n' '","level":"error' >in
    run --separate-stderr -65 aaos-submit --log-format json <in
    jq -e . <<<"$stderr" >/dev/null
    is "$(jq -r .level <<<"$stderr" | sort -u)" warn
    is "$(LC_ALL=C tr -d '\n -~' <<<"$stderr")" ''
    aaos-submit 'a task' >/dev/null
    run --separate-stderr -77 bash -c 'aaos-dispatch pause \
        --reason "$(printf "x\n{\"level\":\"error\"}\033[2J\377")" \
        --log-format json 2>err; cat err >&2; aaos-submit next'
    jq -es 'all(.[]; .level == "info")' err >/dev/null
}

@test "no secret is logged" {
    export CANARY=c4n4ry-s3cr3t
    settings action.webhook_secret=env:SECRET action.allow_http=true \
        action.allow_private=true dispatch.action_spacing=0
    export SECRET=whsec_YzRuNHJ5LXMzY3IzdC1jNG40cnktczNjcjN0LWM0bjRyeQ==
    aaos-dispatch -q real
    PORT=0 ANSWERS=410 background node \
        "$AAOS_SRCDIR/examples/webhook-receiver.js" "$SECRET" >deliveries
    wait_until 'grep -q ^listening deliveries'
    url=$(sed -n 's/^listening //p' deliveries)
    aaos-submit -v --log-format json --webhook "$url?token=$CANARY" \
        "$CANARY in words" >/dev/null 2>log
    drain -v --log-format json -- sh -c "echo $CANARY; echo $CANARY >&2" 2>>log
    run aaos-dispatch -v --log-format json tick
    echo "$output" >>log
    AAOS_REDIS_URL=redis://user:$CANARY@127.0.0.1:1/0 run -69 aaos-submit \
        -v --log-format json 'another'
    echo "$output" >>log
    AAOS_DATABASE_URL=postgres://user:$CANARY@127.0.0.1:1/x run ! aaos-submit \
        -v --log-format json 'another'
    echo "$output" >>log
    is "$(lines log '.event == "endpoint_disabled"' | jq -r .url)" "$url"
    run ! grep -e "$CANARY" -e "${SECRET#whsec_}" log
}

@test "what a reaper ends has the ids of whom it belonged to" {
    settings task.loss_base=0.01
    aaos-submit --correlation-id order-67 'to be lost' >/dev/null
    start_worker -- sleep 60
    wait_until '[ "$(count "status = '\''running'\''")" = 1 ]'
    agent=$(sql "SELECT agent_id FROM tasks")
    kill -9 "$worker"
    wait_until '! aaos-status agents -F agent_id | grep -q . ||
        { aaos-dispatch tick --log-format json 2>>log; grep -q attempt_ended log; }'
    is "$(lines log '.event == "attempt_ended"' |
        jq -r '[.agent_id, .correlation_id, .outcome] | join(" ")')" \
        "$agent order-67 lost"
}
