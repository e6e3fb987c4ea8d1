#!/usr/bin/env bats
# aaos-worker --llm: plans, conversations, proof; and a server of models that
# others have written.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper
load llm

# --- a plan and its parts ----------------------------------------------------

plan='{"summary":"Build it, then try it.","tasks":[{"ref":"api","agent":"backend","title":"Write the API","instructions":"Offer GET /count."},{"ref":"page","agent":"frontend","title":"Write the page","instructions":"Show the count."},{"ref":"try","agent":"qa","title":"Try it","instructions":"Try both together."}]}'

# What each of them depends on is filled in.
plan_with() { # jq expression
    jq -c "$1" <<<"$plan"
}

answers() { # the plan as the model gives it
    jq -nc --arg plan "$1" '[
        {match: "You lead a small", text: $plan},
        {match: "You are a backend", text: "GET /count gives 42"},
        {match: "You are a frontend", text: "<p>42</p>"},
        {match: "You are responsible for quality", text: "accept"}]'
}

good_plan() {
    plan_with '.tasks[0].depends_on = [] | .tasks[1].depends_on = ["api"]
        | .tasks[2].depends_on = ["api", "page"]'
}

@test "a plan becomes tasks for others, and each is given what it builds on" {
    simple "$(answers "$(good_plan)")"
    id=$(aaos-submit -t analysis -p 7 \
        <<<'{"description":"Count the visitors","agent_type":"cto"}')
    llm -j 4
    is "$(results | jq -r .status | sort | uniq -c | tr -s ' ')" ' 4 completed'
    is "$(sql "SELECT b.agent_type FROM tasks t JOIN task_bodies b ON b.seq = t.seq WHERE b.parent_id = '$id' AND t.priority = 7 AND t.workflow_id IS NOT NULL ORDER BY t.seq" | paste -sd,)" \
        backend,frontend,qa
    jq -r 'select(.body.messages[0].content | startswith("You are responsible")) | .body.messages[1].content' \
        one.journal >asked
    grep -q 'Goal of the whole work:' asked
    grep -q 'Count the visitors' asked
    grep -q 'Try both together.' asked
    grep -q "Result of 'api' (completed)" asked
    grep -q 'GET /count gives 42' asked
    grep -q '<p>42</p>' asked
}

@test "a plan that cannot be carried out is sent back to be repaired" {
    bad=$(plan_with '.tasks[].depends_on = ["nobody"]')
    loop=$(plan_with '.tasks[].depends_on = ["try"]')
    serve one "$(jq -nc --arg bad "$bad" --arg loop "$loop" '[
        {times: 1, text: $bad}, {times: 1, text: $loop}, {text: "no"}]')"
    export AAOS_LLM_URL=$url AAOS_LLM_MODEL=m
    id=$(aaos-submit --max-attempts 1 -t analysis \
        <<<'{"description":"Count the visitors","agent_type":"cto"}')
    llm
    is "$(state_of "$id")" dead
    is "$(count)" 1
    jq -r '.body.messages[-1].content' one.journal >asked
    grep -q 'no task has the ref "nobody"' asked
    grep -q 'tasks wait for each other' asked
}

@test "the parts of a private plan are private" {
    simple "$(answers "$(good_plan)")"
    aaos-submit -t analysis <<<'{"description":"Count the visitors","agent_type":"cto","privacy":"local"}' >/dev/null
    llm
    is "$(sql "SELECT DISTINCT privacy FROM task_bodies")" local
}

@test "an agent of one's own plans for whom it likes" {
    serve one '[{"match":"You decide.","text":"{\"summary\":\"s\",\"tasks\":[{\"ref\":\"a\",\"agent\":\"mine\",\"title\":\"do it\",\"instructions\":\"well\",\"depends_on\":[]}]}"},{"match":"Be brief.","text":"did it"}]'
    mkdir profiles
    printf '[agent]\ntypes = analysis\nfollow_up = mine\n' >profiles/boss.ini
    printf 'You decide.' >profiles/boss.md
    printf '[agent]\ntypes = code\ntemperature = 0.5\n' >profiles/mine.ini
    printf 'Be brief.' >profiles/mine.md
    configure <<END
[worker]
profiles = $PWD/profiles
[llm]
url = $url
model = m
[agent mine]
max_output = 77
END
    aaos-submit -t analysis <<<'{"description":"Count the visitors","agent_type":"boss"}' >/dev/null
    llm
    is "$(results | jq -r 'select(.result == "did it") | .status')" completed
    is "$(jq -c 'select(.body.messages[0].content == "Be brief.") | [.body.temperature, .body.max_completion_tokens]' one.journal)" '[0.5,77]'
    id=$(aaos-submit <<<'{"description":"look","agent_type":"nobody"}')
    llm
    is "$(state_of "$id")" dead
    like "$(why_failed "$id")" "no agent profile is called 'nobody'*"
}

# --- conversations -----------------------------------------------------------

say() { # words
    aaos-submit --session s1 -- "$1"
}

@test "tasks of one session know what was said before" {
    simple '[{"match":"What was my","text":"It was Anna."},{"text":"Hello Anna."}]'
    say 'My name is Anna.' >/dev/null
    llm
    say 'What was my name?' >/dev/null
    llm
    is "$(jq -c '[.body.messages[1:][] | .role + ": " + .content]' one.journal | tail -1)" \
        '["user: My name is Anna.","assistant: Hello Anna.","user: What was my name?"]'
    aaos-submit 'What was my name, stranger?' >/dev/null
    llm
    is "$(jq '.body.messages | length' one.journal | tail -1)" 2
}

@test "what failed or was cancelled is not part of the conversation" {
    simple '[{"match":"bad","status":400,"body":"{}"},{"text":"fine"}]'
    say 'a bad one' >/dev/null
    llm
    say 'a good one' >/dev/null
    llm
    is "$(jq -c '[.body.messages[1:][] | .content]' one.journal | tail -1)" \
        '["a good one"]'
    is "$(sql 'SELECT count(*) FROM llm_messages')" 2
}

# A model with a window of 2000 tokens.
small_window() { # rules
    serve one "$1"
    configure <<END
[endpoint one]
base = $url
privacy = local
[model m]
use = one/m context=2000
[llm]
max_output = 200
END
}

long=$(printf 'to be or not to be that is the question %.0s' {1..40})

@test "a conversation that outgrows the window is summarised, once" {
    small_window "$(jq -nc --arg long "$long" '[
        {match: "You summarise conversations", text: "They spoke of Hamlet."},
        {text: ("answer " + $long)}]')"
    for i in 1 2 3; do
        say "question $i" >/dev/null
        llm
    done
    is "$(sql 'SELECT count(*) FROM llm_summaries')" 0
    say 'question 4' >/dev/null
    llm
    is "$(sql "SELECT content FROM llm_summaries")" 'They spoke of Hamlet.'
    is "$(sql "SELECT purpose FROM llm_calls ORDER BY id" | tail -2 | paste -sd' ')" 'compact answer'
    jq -c '.body.messages' one.journal | tail -1 >last
    like "$(jq -r '.[0].content' last)" '*They spoke of Hamlet.*'
    is "$(jq -r '.[1].content' last)" 'question 1'
    is "$(jq -r '.[-1].content' last)" 'question 4'
    is "$(sql 'SELECT count(*) FROM llm_messages')" 8
    is "$(count "status = 'completed'")" 4
}

@test "when nobody can summarise, what is left out leaves a mark" {
    small_window "$(jq -nc --arg long "$long" '[
        {match: "You summarise conversations", status: 500, body: "{}"},
        {text: ("answer " + $long)}]')"
    for i in 1 2 3 4; do
        id=$(say "question $i")
        llm
    done
    is "$(count "status = 'completed'")" 4
    jq -c '.body.messages' one.journal | tail -1 >last
    is "$(jq -r '.[1].content' last)" 'question 1'
    like "$(jq -r '.[2].content' last)" '*earlier messages*were left out here*'
    aaos-status logs "$id" >said
    grep -q 'left out: no summary' said
}

too_long() {
    jq -nc --arg long "$long $long $long $long $long" \
        '{description: "Who asks?", payload: $long}' | aaos-submit
}

@test "a document that fits no window is read in parts, and the task is told" {
    small_window "$(jq -nc '[
        {match: "This is part 1 of", text: "Hamlet asks."},
        {match: "This is part 2 of", text: "Nobody answers."},
        {text: "Hamlet."}]')"
    id=$(too_long)
    llm
    is "$(aaos-status results "$id")" Hamlet.
    is "$(sql "SELECT purpose FROM llm_calls ORDER BY id" | paste -sd' ')" \
        'compact compact answer'
    jq -r '.body.messages[-1].content' one.journal >asked
    grep -q '^Who asks?$' asked
    grep -q 'is too long. These are summaries of its 2 parts' asked
    grep -q '^Hamlet asks.$' asked
    grep -q '^Nobody answers.$' asked
    aaos-status logs "$id" >said
    grep -q 'it is read in 2 parts' said
    # Nothing of it is lost between two parts.
    is "$(jq -r '.body.messages[-1].content | select(startswith("This is part")) | split("\n\n")[2]' one.journal | tr -d '\n')" \
        "$long $long $long $long $long"
}

@test "a part that nobody can read is not left out" {
    small_window "$(jq -nc '[
        {match: "This is part 1 of", text: "Hamlet asks."},
        {match: "This is part 2 of", times: 1, status: 429, headers: {"retry-after": "1"}, body: "{}"},
        {match: "This is part 2 of", text: "Nobody answers."},
        {text: "Hamlet."}]')"
    id=$(too_long)
    timeout 60 aaos-worker --llm --max-tasks 2 2>>worker.err
    is "$(aaos-status results "$id")" Hamlet.
    is "$(outcomes "$id")" 'handed_back completed'
    is "$(sql "SELECT purpose, class FROM llm_calls ORDER BY id" | paste -sd' ')" \
        'compact|ok compact|rate compact|ok answer|ok'
}

@test "a task that fits no window even so is refused, not cut" {
    serve one '[{"text":"x"}]'
    configure <<END
[endpoint one]
base = $url
privacy = local
[model m]
use = one/m context=400
[llm]
max_output = 100
END
    id=$(too_long)
    llm
    is "$(state_of "$id")" dead
    like "$(why_failed "$id")" '*context*'
    is "$(calls one)" 0
}

# --- proof -------------------------------------------------------------------

@test "--proof writes what would be sent; later just that is sent" {
    serve one '[{"text":"real"}]'
    configure <<END
[endpoint one]
base = $url
privacy = local
[model m]
use = one/m in=3 out=15
END
    id=$(aaos-submit 'look at this')
    llm --proof
    is "$(calls one)" 0
    is "$(state_of "$id")" completed
    aaos-status results "$id" >proof
    is "$(jq -r .target proof)" one/m
    for file in request.json decision.json cost.json; do
        path=$(find state/artifacts -name "$file")
        is "$(sha256sum <"$path" | cut -d' ' -f1)" "$(jq -r --arg f "$file" '.artifacts[$f]' proof)"
    done
    jq -e '.most_usd > "0" and .expected_usd > "0"' "$path"
    is "$(sql 'SELECT count(*) FROM llm_calls')" 0
    aaos-dispatch requeue "$id" >/dev/null
    llm
    is "$(aaos-status results "$id")" real
    is "$(sql 'SELECT body_sha256, request_sha256 FROM llm_calls')" \
        "$(jq -r '.artifacts["request.json"] + "|" + .request_sha256' proof)"
}

# --- state -------------------------------------------------------------------

@test "an agent that fails takes less, and says so" {
    simple '[{"status":503,"headers":{"retry-after":"600"},"body":"{\"error\":{\"message\":\"busy\"}}"}]'
    for ((i = 0; i < 8; i++)); do echo "look at number $i"; done | aaos-submit >/dev/null
    aaos-worker --llm -j 8 2>>worker.err &
    pids+=("$!")
    wait_until '[ "$(sql "SELECT count(*) FROM consciousness_snapshots")" -ge 1 ]'
    is "$(sql 'SELECT claim_limit < 8, error_rate > 0, activity <> '"''"' FROM consciousness_snapshots ORDER BY id DESC LIMIT 1' | tr tf 10)" '1|1|1'
    is "$(sql 'SELECT claim_limit < 8 FROM agents' | tr tf 10)" 1
}

# --- a server that others have written ---------------------------------------

# @copilotkit/aimock, fetched once for this build.
mock_ai() { # fixtures
    local cache=$AAOS_BUILDDIR/tests/npm-aimock

    mkdir -p "$cache"
    (
        flock 9
        [ -d "$cache/node_modules/@copilotkit/aimock" ] ||
            npm install --silent --no-audit --no-fund --prefix "$cache" \
                @copilotkit/aimock@1.43.0
    ) 9>"$cache/lock" >npm.log 2>&1
    printf '%s' "$1" >fixtures.json
    for port in 4{1..9}{1..9}7; do
        node "$cache/node_modules/@copilotkit/aimock/dist/cli.js" -p "$port" \
            -f fixtures.json --log-level warn >mock.log 2>&1 3>&- &
        pid=$!
        wait_until "curl -sf http://127.0.0.1:$port/health >/dev/null || gone $pid"
        if ! gone "$pid"; then
            pids+=("$pid")
            return
        fi
    done
}

@test "aimock answers on its three wires; its journal has what we sent" {
    mock_ai '{"fixtures":[{"match":{"userMessage":"capital of France"},"response":{"content":"Paris."}}]}'
    configure <<END
[endpoint a]
base = http://127.0.0.1:$port/v1
privacy = local
[endpoint b]
base = http://127.0.0.1:$port
wire = anthropic
privacy = local
[endpoint c]
base = http://127.0.0.1:$port
wire = ollama
privacy = local
[model ma]
use = a/mock
[model mb]
use = b/mock
[model mc]
use = c/mock
END
    for model in ma mb mc; do
        printf '{"description":"What is the capital of France?","model":"%s"}\n' "$model"
    done | aaos-submit >/dev/null
    llm -j 3
    is "$(results | jq -r .result | paste -sd' ')" 'Paris. Paris. Paris.'
    is "$(curl -sf "http://127.0.0.1:$port/__aimock/journal" | jq -r '.[].path' | sort | paste -sd' ')" \
        '/api/chat /v1/chat/completions /v1/messages'
}

@test "aimock's rate limit, its overload and its cut stream are understood" {
    mock_ai '{"fixtures":[{"match":{"userMessage":"limited"},"response":{"error":{"message":"slow","type":"rate_limit_error"},"status":429,"retryAfter":2}},{"match":{"userMessage":"busy"},"response":{"error":{"message":"busy","type":"overloaded_error"},"status":529}},{"match":{"userMessage":"broken"},"response":{"content":"a long answer that is cut in the middle of it all"},"truncateAfterChunks":2,"latency":20,"chunkSize":5}]}'
    configure <<END
[llm]
url = http://127.0.0.1:$port/v1
model = mock
END
    for words in limited busy broken; do
        aaos-submit "be $words" >/dev/null
        aaos-worker --llm --once 2>>worker.err || :
        # Each is to be judged by itself.
        forget_states
    done
    is "$(sql 'SELECT class FROM llm_calls ORDER BY id' | paste -sd' ')" \
        'rate overload stream'
}
