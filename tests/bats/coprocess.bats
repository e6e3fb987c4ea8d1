#!/usr/bin/env bats
# aaos-worker --coprocess: the conversation with a handler that stays.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

# Everything the co-process was told, in `told`; answers as co-agent does.
listening='tee -a told | co-agent "$@"'

running() {
    count "status = 'running'"
}

# --- what is said ------------------------------------------------------------

@test "a task goes through, and its result is the value that came back" {
    id=$(aaos-submit 'say it')
    drain --coprocess -- co-agent
    is "$(results | jq -c '[.task_id, .status, .result]')" \
        "[\"$id\",\"completed\",{\"said\":\"say it\"}]"
}

@test "the registration is acknowledged with the id of the agent" {
    aaos-submit 'say it' >/dev/null
    drain --coprocess -- sh -c "$listening"
    is "$(sed -n 1p told | jq -c '[.type, .agent_id]')" \
        "[\"registration_ack\",\"$(sql 'SELECT agent_id FROM agents')\"]"
}

@test "an assignment says what is to be done" {
    id=$(aaos-submit -t qa -m a=b --correlation-id c-1 --timeout 1h \
        <<<'{"description":"look at this","payload":[12345678901234567890]}')
    drain --coprocess -- sh -c "$listening"
    grep task_assignment told >line
    is "$(wc -l <line)" 1
    is "$(jq -c '[.task_id, .attempt, .task_type, .description, .metadata, .correlation_id]' line)" \
        "[\"$id\",1,\"qa\",\"look at this\",{\"a\":\"b\"},\"c-1\"]"
    like "$(cat line)" '*"payload":?12345678901234567890?*'
    matches "$(jq -r .deadline line)" '[0-9-]+T[0-9:.]+Z'
}

@test "numbers in a result stay as they were written" {
    id=$(aaos-submit 'count')
    drain --coprocess -- sh -c 'echo "{\"type\":\"register\",\"agent_type\":\"t\"}"
        while read -r line; do case $line in *task_assignment*)
            printf "{\"type\":\"task_complete\",\"task_id\":\"%s\",\"result\":{\"n\":12345678901234567890,\"e\":1e400}}\n" \
                "$(echo "$line" | jq -r .task_id)" ;;
        esac; done'
    like "$(results)" \
        '*"result":{"n":12345678901234567890,"e":1e400}*'
}

@test "several tasks are in flight with -j, and may end in any order" {
    seq -f 'task %g' 6 | aaos-submit >/dev/null
    drain -j 3 --coprocess -- co-agent 'foreach
        (inputs | select(.type == "task_assignment")) as $task ([];
        if length == 3 then [$task] else . + [$task] end;
        if length == 3 then reverse[] |
            {type: "task_complete", task_id, result: .description}
        else empty end)'
    is "$(count "status = 'completed' AND attempt = 1")" 6
    is "$(results | jq -r .result | paste -sd,)" \
        'task 1,task 2,task 3,task 4,task 5,task 6'
}

@test "with -j 1 one task is in flight" {
    seq -f 'task %g' 20 | aaos-submit >/dev/null
    drain --coprocess -- sh -c "$listening" co-agent 'inputs |
        select(.type == "task_assignment") |
        {type: "task_complete", task_id, result: null}'
    is "$(count "status = 'completed'")" 20
    is "$(grep -c task_assignment told)" 20
}

@test "a task that failed is tried again, and then it is dead" {
    no_back_off
    id=$(aaos-submit 'fail')
    drain --coprocess -- co-agent 'inputs | select(.type == "task_assignment") |
        {type: "task_failed", task_id, error: "out of ideas"}'
    is "$(sql 'SELECT status, reason FROM tasks')" 'dead|failures'
    is "$(outcomes "$id")" 'failed failed failed'
    is "$(results | jq -r .error)" 'out of ideas'
}

@test "permanent and retry_after mean what they say" {
    forever=$(aaos-submit 'for ever')
    later=$(aaos-submit 'later on')
    drain --coprocess -- co-agent 'inputs | select(.type == "task_assignment") |
        {type: "task_failed", task_id, error: "no"} + if .description == "later on"
        then {retry_after: 3600} else {permanent: true} end'
    is "$(state_of "$forever")" dead
    is "$(state_of "$later")" retry
    [ "$(sql "SELECT (run_at - updated_at) / 1000000 FROM tasks
        WHERE status = 'retry'")" -ge 3599 ]
}

@test "progress is seen while the task runs" {
    id=$(aaos-submit 'take a while')
    start_worker --lease 1s --coprocess -- co-agent 'inputs |
        select(.type == "task_assignment") | {type: "heartbeat"},
        {type: "task_progress", task_id, percent: 40, text: "nearly half"}'
    wait_until '[ "$(aaos-status task "$id" -o json | jq .progress)" = 40 ]'
    is "$(aaos-status task "$id" -o json | jq -r .progress_text)" 'nearly half'
}

@test "what nobody knows is logged and ignored" {
    id=$(aaos-submit 'say it')
    start_worker --once --coprocess -- co-agent 'inputs |
        select(.type == "task_assignment") | {type: "abracadabra"}, {},
        {type: "task_complete", task_id: "no-such-task", result: 1},
        {type: "task_complete", task_id, result: 2}'
    ends_with 0 "$worker"
    is "$(results | jq .result)" 2
    like "$(cat worker.err)" '*abracadabra*'
}

@test "large payloads and large results go through" {
    {
        printf '{"description":"large","payload":"'
        head -c 900000 /dev/zero | tr '\0' x
        printf '"}\n'
    } | aaos-submit >/dev/null
    drain --output-limit 10m --coprocess -- co-agent 'inputs |
        select(.type == "task_assignment") |
        {type: "task_complete", task_id, result: (.payload + .payload)}'
    is "$(results | jq -r '.result | length')" 1800000
}

@test "the co-process knows its agent, and no task" {
    aaos-submit 'say it' >/dev/null
    drain --coprocess -- sh -c 'env >env; exec co-agent'
    grep -qx 'AAOS_COPROCESS=1' env
    grep -qx "AAOS_AGENT_ID=$(sql 'SELECT agent_id FROM agents')" env
    run -1 grep -e AAOS_TASK_ID -e AAOS_ATTEMPT env
}

@test "what it writes to stderr does no harm" {
    aaos-submit 'say it' >/dev/null
    drain --coprocess -- sh -c 'head -c 300000 /dev/zero >&2; exec co-agent'
    is "$(count "status = 'completed'")" 1
}

@test "a thousand tasks are answered, each once" {
    seq -f 'task %g' 1000 | aaos-submit >/dev/null
    drain -j 16 --coprocess -- co-agent
    is "$(count "status = 'completed' AND attempt = 1")" 1000
    is "$(sql 'SELECT count(*) FROM attempts')" 1000
    is "$(results | jq -r '.result.said' | sort -u | wc -l)" 1000
}

# --- how it ends -------------------------------------------------------------

@test "a co-process that does not register is misconfigured: 78" {
    id=$(aaos-submit 'say it')
    run -78 aaos-worker --until-empty --coprocess -- sleep 1000
    is "$(sql 'SELECT status, losses, failures FROM tasks')" 'pending|0|0'
}

@test "TERM: its task may finish, it is told, then its stdin ends" {
    id=$(aaos-submit 'take a while')
    start_worker --coprocess -- sh -c 'echo "{\"type\":\"register\",\"agent_type\":\"t\"}"
        while read -r line; do
            echo "$line" >>told
            case $line in *task_assignment*)
                until [ -e go ]; do sleep 0.02; done
                id=$(echo "$line" | jq -r .task_id)
                echo "{\"type\":\"task_complete\",\"task_id\":\"$id\",\"result\":1}" ;;
            esac
        done; touch ended'
    wait_until 'grep -q task_assignment told 2>/dev/null'
    kill -TERM "$worker"
    wait_until '[ "$(sql "SELECT status FROM agents")" = draining ]'
    touch go
    ends_with 0 "$worker"
    is "$(tail -n 1 told | jq -r .type)" shutdown
    [ -e ended ]
    is "$(state_of "$id")" completed
}

@test "TERM: a co-process that does not end is killed, its task handed back" {
    id=$(aaos-submit 'take a while')
    start_worker --grace 0.2 --coprocess -- sh -c 'trap "" TERM
        echo "{\"type\":\"register\",\"agent_type\":\"t\"}"
        cat >told; while :; do sleep 0.02; done'
    wait_until '[ "$(running)" = 1 ]'
    kill -TERM "$worker"
    ends_with 0 "$worker"
    is "$(sql 'SELECT status, failures FROM tasks')" 'pending|0'
    is "$(outcomes "$id")" handed_back
}

@test "a line that is no JSON kills it, and its tasks are losses" {
    no_back_off
    id=$(aaos-submit 'say it')
    drain --coprocess -- sh -c '[ ! -e once ] && touch once || exec co-agent
        echo "{\"type\":\"register\",\"agent_type\":\"t\"}"
        read -r ack; read -r task; echo "this is no JSON"; exec sleep 1000'
    is "$(sql 'SELECT status, losses, failures FROM tasks')" 'completed|1|0'
    is "$(outcomes "$id")" 'lost completed'
}

@test "a co-process that dies is started again, and its tasks are losses" {
    no_back_off
    id=$(aaos-submit 'say it')
    drain --coprocess -- sh -c '[ ! -e once ] && touch once || exec co-agent
        echo "{\"type\":\"register\",\"agent_type\":\"t\"}"
        read -r ack; read -r task; exit 3'
    is "$(sql 'SELECT status, losses, failures FROM tasks')" 'completed|1|0'
    is "$(outcomes "$id")" 'lost completed'
}

@test "a worker with a co-process that is killed: its tasks run again" {
    no_back_off
    id=$(aaos-submit 'say it')
    start_worker --coprocess -- sh -c 'echo $$ >pid
        echo "{\"type\":\"register\",\"agent_type\":\"t\"}"; cat >told; :'
    wait_until 'grep -q task_assignment told 2>/dev/null'
    kill -KILL "$worker"
    drain --coprocess -- co-agent
    is "$(sql 'SELECT status, losses FROM tasks')" 'completed|1'
    gone "$(cat pid)"
}

# --- cancel and time limits --------------------------------------------------

@test "a cancelled task: the co-process is told, and may agree" {
    id=$(aaos-submit 'take a while')
    start_worker --lease 1s --coprocess -- sh -c "$listening" co-agent 'inputs |
        select(.type == "cancel") |
        {type: "task_failed", task_id, error: "as you wish"}'
    wait_until 'grep -q task_assignment told 2>/dev/null'
    run -0 aaos-dispatch cancel "$id"
    wait_until '[ "$(state_of "$id")" = cancelled ]'
    is "$(grep '"cancel"' told | jq -r .task_id)" "$id"
    is "$(outcomes "$id")" cancelled
}

@test "a cancelled task: a co-process that does not answer is killed" {
    id=$(aaos-submit 'take a while')
    start_worker --lease 1s --grace 0.2 --coprocess -- sh -c 'echo $$ >pid
        echo "{\"type\":\"register\",\"agent_type\":\"t\"}"; cat >told; :'
    wait_until 'grep -q task_assignment told 2>/dev/null'
    pid=$(cat pid)
    run -0 aaos-dispatch cancel "$id"
    wait_until '[ "$(state_of "$id")" = cancelled ]'
    wait_until 'gone "$pid"'
}

@test "a time limit: the other tasks of the co-process are losses" {
    no_back_off
    late=$(aaos-submit --timeout 0.3 --max-attempts 1 'never answered')
    other=$(aaos-submit 'never answered at first')
    drain --grace 0.2 -j 2 --coprocess -- sh -c '[ ! -e once ] && touch once ||
        exec co-agent
        echo "{\"type\":\"register\",\"agent_type\":\"t\"}"; cat >told; :'
    is "$(state_of "$late")" dead
    is "$(outcomes "$late")" timed_out
    is "$(state_of "$other")" completed
    is "$(outcomes "$other")" 'lost completed'
}
