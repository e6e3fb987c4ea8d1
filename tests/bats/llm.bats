#!/usr/bin/env bats
# aaos-worker --llm: tasks answered by models, and what becomes of failures.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper
load llm

result_of() { # id
    aaos-status results "$1"
}

# --- answers -----------------------------------------------------------------

@test "the text of the answer is the result" {
    simple '[{"text":"Paris, naïvely"}]'
    id=$(aaos-submit 'What is the capital of France?')
    llm
    is "$(state_of "$id")" completed
    is "$(result_of "$id")" 'Paris, naïvely'
    is "$(sql 'SELECT model, tokens_out FROM attempts')" 'm|7'
}

@test "the model is told who it is, and what there is to do" {
    simple '[{"text":"done"}]'
    aaos-submit -t qa <<<'{"description":"Look at this","payload":"line\nline"}' >/dev/null
    llm
    is "$(jq -r '.body.messages[1].content' one.journal)" $'Look at this\n\nline\nline'
    like "$(jq -r '.body.messages[0].content' one.journal)" 'You are responsible for quality.*'
    is "$(jq -r .body.model one.journal)" m
}

@test "every call carries the trace of its task" {
    simple '[{"text":"done"}]'
    id=$(aaos-submit 'look at this')
    llm
    matches "$(jq -r .headers.traceparent one.journal)" "00-${id//-/}-[0-9a-f]{16}-01"
    is "$(sql 'SELECT trace_id FROM llm_calls')" "${id//-/}"
}

@test "the three wires are spoken" {
    serve one '[{"text":"by openai"}]'
    openai=$url
    serve two '[{"text":"by anthropic"}]'
    anthropic=${url%/v1}
    serve three '[{"text":"by ollama"}]'
    configure <<END
[endpoint a]
base = $openai
privacy = local
[endpoint b]
base = $anthropic
privacy = local
wire = anthropic
[endpoint c]
base = ${url%/v1}
privacy = local
wire = ollama
[model ma]
use = a/m free=true
[model mb]
use = b/m free=true
[model mc]
use = c/m free=true
END
    for model in ma mb mc; do
        printf '{"description":"by %s","model":"%s"}\n' "$model" "$model"
    done | aaos-submit >/dev/null
    llm -j 3
    is "$(results | jq -r .result | sort | paste -sd,)" \
        'by anthropic,by ollama,by openai'
}

@test "a task's endpoint is kept to" {
    serve one '[{"text":"from one"}]'
    one=$url
    serve two '[{"text":"from two"}]'
    configure <<END
[endpoint one]
base = $one
privacy = local
[endpoint two]
base = $url
privacy = local
[model any]
use = one/m free=true order=1
use = two/m free=true order=2
END
    aaos-submit <<<'{"description":"look","llm_endpoint":"two"}' >/dev/null
    llm
    is "$(results | jq -r .result)" 'from two'
    is "$(calls one)" 0
}

@test "an unknown model or endpoint is an error that names the nearest" {
    serve one '[{"text":"x"}]'
    configure <<END
[endpoint one]
base = $url
privacy = local
[model fast]
use = one/m free=true
END
    id=$(aaos-submit <<<'{"description":"look","model":"fasd"}')
    llm
    is "$(state_of "$id")" dead
    like "$(why_failed "$id")" "*no model is called 'fasd'*"
    is "$(calls one)" 0
}

# --- a form that is asked for ------------------------------------------------

schema='{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}'

ask_for_json() {
    aaos-submit <<<"{\"description\":\"count\",\"output_schema\":$schema}"
}

@test "under output_schema the result is the value" {
    simple '[{"text":"{\"n\": 12345678901234567890}"}]'
    id=$(ask_for_json)
    llm
    is "$(aaos-status results "$id")" '{"n": 12345678901234567890}'
    jq -e '.body.response_format.json_schema.schema.required == ["n"]' one.journal
}

@test "a value within other text is taken out of it, without a call" {
    simple '[{"text":"Sure!\n```json\n{\"n\": 4,}\n```"}]'
    ask_for_json >/dev/null
    llm
    is "$(results | jq -c .result)" '{"n":4}'
    is "$(calls one)" 1
}

@test "a wrong answer is shown once to be repaired" {
    simple '[{"match":"cannot be used","text":"{\"n\":2}"},{"text":"{\"n\":\"two\"}"}]'
    ask_for_json >/dev/null
    llm
    is "$(results | jq -c .result)" '{"n":2}'
    is "$(sql 'SELECT purpose, class FROM llm_calls ORDER BY id' | paste -sd' ')" \
        'answer|output repair|ok'
    like "$(jq -r '.body.messages[-1].content' one.journal | tail -1)" "*at '/n'*"
}

@test "what cannot be repaired is asked once more, and then it failed" {
    simple '[{"text":"no"}]'
    id=$(ask_for_json)
    llm
    is "$(state_of "$id")" retry
    is "$(sql 'SELECT purpose FROM llm_calls ORDER BY id' | paste -sd' ')" \
        'answer repair reask'
    like "$(why_failed "$id")" '*output*'
}

@test "an answer that was cut is asked for again with more room" {
    simple '[{"times":1,"text":"{\"n\":","finish":"length"},{"text":"{\"n\":1}"}]'
    ask_for_json >/dev/null
    llm
    is "$(results | jq -c .result)" '{"n":1}'
    is "$(jq -c .body.max_completion_tokens one.journal | paste -sd' ')" '1024 2048'
}

@test "an output_schema that is none is the task's fault" {
    simple '[{"text":"x"}]'
    id=$(aaos-submit <<<'{"description":"look","output_schema":{"typ":"object"}}')
    llm
    is "$(state_of "$id")" dead
    like "$(why_failed "$id")" 'output_schema*"typ"*'
    is "$(calls one)" 0
}

# --- failures ----------------------------------------------------------------

@test "Retry-After: 2 waits two seconds in the queue, and counts no failure" {
    simple '[{"times":1,"status":429,"headers":{"retry-after":"2"},"body":"{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit_error\"}}"},{"text":"now"}]'
    id=$(aaos-submit 'look at this')
    aaos-worker --llm --once 2>>worker.err || is "$?" 1
    is "$(sql 'SELECT status, reason, failures FROM tasks')" 'scheduled|rate_limited|0'
    like "$(aaos-status why "$id")" '*rate_limited*slow down*'
    timeout 60 aaos-worker --llm --max-tasks 1 2>>worker.err
    is "$(state_of "$id")" completed
    is "$(outcomes "$id")" 'handed_back completed'
    run jq -s '.[1].at - .[0].at >= 2000 and .[1].at - .[0].at < 10000' one.journal
    is "$output" true
}

two_endpoints() { # rules of the first
    serve one "$1"
    one=$url
    serve two '[{"text":"from two"}]'
    configure <<END
[endpoint one]
base = $one
privacy = local
[endpoint two]
base = $url
privacy = local
[model any]
use = one/m free=true order=1
use = two/m free=true order=2
END
}

@test "a failing endpoint is left for the next within the same attempt" {
    two_endpoints '[{"status":529,"body":"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"}]'
    id=$(aaos-submit 'look at this')
    llm
    is "$(results | jq -r .result)" 'from two'
    is "$(outcomes "$id")" completed
    is "$(sql 'SELECT endpoint, state, class FROM llm_calls ORDER BY id' | paste -sd' ')" \
        'one|failed|overload two|done|ok'
}

@test "the circuit opens after three failures, and one probe closes it" {
    two_endpoints '[{"times":3,"status":500,"body":"broken"},{"text":"from one"}]'
    for i in 1 2 3 4 5 6; do echo "look at number $i"; done | aaos-submit >/dev/null
    llm
    is "$(calls one)" 3
    is "$(calls two)" 6
    age_states
    for i in 1 2 3; do echo "look again at $i"; done | aaos-submit >/dev/null
    llm
    is "$(calls one)" 6
    is "$(results | jq -r .result | grep -c 'from one')" 3
}

@test "no byte of a local task reaches another endpoint" {
    serve one '[{"text":"public"}]'
    one=$url
    serve two '[{"status":500,"body":"broken"}]'
    configure <<END
[endpoint one]
base = $one
privacy = public
allow_private = true
[endpoint two]
base = $url
privacy = local
[model any]
use = one/m free=true
use = two/m free=true
fallbacks = other
[model other]
use = one/n free=true
[route default]
use = any
END
    id=$(aaos-submit --max-attempts 2 <<<'{"description":"a secret thing","privacy":"local"}')
    llm
    due_now
    llm
    is "$(state_of "$id")" dead
    is "$(calls one)" 0
    is "$(calls two)" 2
}

@test "what would fail anywhere is not tried elsewhere" {
    two_endpoints '[{"status":400,"body":"{\"error\":{\"message\":\"bad\",\"code\":\"invalid_request\"}}"}]'
    id=$(aaos-submit 'look at this')
    llm
    is "$(sql 'SELECT status, reason FROM tasks')" 'dead|permanent'
    is "$(calls two)" 0
}

@test "a wrong key is nobody's failure: the task waits" {
    simple '[{"status":401,"body":"{\"error\":{\"message\":\"no such key\",\"code\":\"invalid_api_key\"}}"}]'
    id=$(aaos-submit 'look at this')
    aaos-worker --llm --once 2>>worker.err || :
    is "$(sql 'SELECT status, reason, failures FROM tasks')" 'scheduled|no_endpoint|0'
    like "$(aaos-status why "$id")" '*no_endpoint*auth*'
}

@test "without any endpoint tasks wait, and why says so" {
    id=$(aaos-submit 'look at this')
    aaos-worker --llm --once 2>>worker.err || :
    is "$(sql 'SELECT status, reason, failures FROM tasks')" 'scheduled|no_endpoint|0'
    like "$(aaos-status why "$id")" '*no_endpoint*'
    grep -q no_endpoint worker.err
}

@test "a stream that ends before its end is a failure, and its part is kept" {
    simple '[{"text":"a long answer that is cut somewhere","cut":300}]'
    id=$(aaos-submit --max-attempts 1 'look at this')
    llm
    is "$(state_of "$id")" dead
    like "$(why_failed "$id")" '*stream*'
    like "$(result_of "$id")" 'a long answer*'
    is "$(sql 'SELECT state FROM llm_calls')" failed
}

# --- money -------------------------------------------------------------------

@test "fifty jobs with a budget for ten calls make at most ten" {
    serve one '[{"text":"ok","delay":300,"usage":{"in":100,"out":100}}]'
    configure <<END
[endpoint one]
base = $url
privacy = local
[model m]
use = one/m in=1000 out=9000 max_output=100
[llm]
max_output = 100
[budget]
day = 10
END
    # One call reserves up to about a dollar.
    for ((i = 0; i < 60; i++)); do echo "look at number $i"; done | aaos-submit >/dev/null
    timeout 60 aaos-worker --llm -j 25 --max-tasks 30 2>>worker.err &
    second=$!
    timeout 60 aaos-worker --llm -j 25 --max-tasks 30 2>>worker.err
    wait "$second"
    calls=$(calls one)
    ((calls > 0 && calls <= 10))
    spent=$(sql "SELECT sum(cost) FROM llm_calls")
    ((spent <= 10000000000000))
    is "$(count "status = 'scheduled' AND reason = 'budget'")" $((60 - calls))
}

@test "a budget of nothing makes no call" {
    serve one '[{"text":"ok"}]'
    configure <<END
[endpoint one]
base = $url
privacy = local
[model m]
use = one/m in=1 out=1
END
    id=$(aaos-submit <<<'{"description":"look at this","budget_usd":0}')
    aaos-worker --llm --once 2>>worker.err || :
    is "$(calls one)" 0
    is "$(sql 'SELECT reason FROM tasks')" budget
    like "$(aaos-status why "$id")" '*budget*'
}

# --- taken away --------------------------------------------------------------

@test "a cancelled task closes its connection" {
    simple '[{"text":"a very long answer","stall":200}]'
    id=$(aaos-submit 'look at this')
    aaos-worker --llm --lease 1s 2>>worker.err &
    pids+=("$!")
    wait_until '[ "$(calls one)" = 1 ]'
    aaos-dispatch cancel "$id" >/dev/null
    wait_until '[ "$(state_of "$id")" = cancelled ]'
    wait_until '[ "$(sql "SELECT class FROM llm_calls")" = cancelled ]'
}

@test "the time limit of a task ends its call" {
    simple '[{"hang":true}]'
    id=$(aaos-submit --timeout 1s --max-attempts 1 'look at this')
    llm
    is "$(outcomes "$id")" timed_out
}

@test "a drained worker hands back what it does not finish" {
    simple '[{"hang":true}]'
    id=$(aaos-submit 'look at this')
    aaos-worker --llm --grace 0 2>>worker.err &
    pid=$!
    pids+=("$pid")
    wait_until '[ "$(calls one)" = 1 ]'
    kill -TERM "$pid"
    wait "$pid"
    is "$(state_of "$id")" pending
}

@test "an attempt that somebody else has taken is given up, with its call" {
    simple '[{"times":1,"hang":true},{"text":"the second"}]'
    id=$(aaos-submit 'look at this')
    aaos-worker --llm --lease 1s --max-tasks 2 2>>worker.err &
    pids+=("$!")
    wait_until '[ "$(calls one)" = 1 ]'
    sql_write "UPDATE tasks SET status = 'pending', agent_id = NULL, lease_until = NULL"
    wait_until '[ "$(state_of "$id")" = completed ]'
    is "$(aaos-status results "$id")" 'the second'
    is "$(sql 'SELECT attempt, outcome FROM attempts')" '2|completed'
    is "$(sql 'SELECT class FROM llm_calls ORDER BY id' | paste -sd' ')" 'cancelled ok'
}

# --- what the configuration says ----------------------------------------------

@test "an endpoint that cannot stream is not asked to" {
    serve one '[{"text":"in one piece"}]'
    configure <<END
[endpoint one]
base = $url
privacy = local
drop_params = stream, stream_options
[model m]
use = one/m
END
    aaos-submit 'look at this' >/dev/null
    llm
    is "$(results | jq -r .result)" 'in one piece'
    is "$(jq -c '.body | has("stream") or has("stream_options")' one.journal)" false
}

@test "the calls of an attempt are limited by its agent" {
    serve one '[{"text":"no"}]'
    configure <<END
[endpoint one]
base = $url
privacy = local
[model m]
use = one/m
[agent research]
rounds = 2
END
    id=$(ask_for_json)
    llm
    is "$(calls one)" 2
    aaos-status logs "$id" >said
    grep -q 'no more calls: the limit is 2' said
}

@test "an agent is told to work as the configuration says" {
    serve one '[{"text":"aye"}]'
    printf 'You are a pirate.' >pirate.md
    configure <<END
[endpoint one]
base = $url
privacy = local
[model m]
use = one/m
[agent pirate]
types = research
prompt = $PWD/pirate.md
temperature = 0.9
END
    aaos-submit 'look at this' >/dev/null
    llm --agent pirate
    is "$(jq -r '.body.messages[0].content' one.journal)" 'You are a pirate.'
    is "$(jq -c .body.temperature one.journal)" 0.9
    run -64 aaos-worker --llm --agent pirat
}
