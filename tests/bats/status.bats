#!/usr/bin/env bats
# aaos-status(1): everything that can be read, and nothing changed by it.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2094
load helper

nobody=01900000-0000-7000-8000-000000000000

# Two completed tasks, a dead, a cancelled, a held, a scheduled and two
# pending ones; their ids in $completed, $dead, ...
some_of_everything() {
    completed=$(aaos-submit -p 7 -m colour=red 'say hello')
    aaos-submit 'say more' >/dev/null
    drain -- sh -c 'echo said; echo warned >&2'
    dead=$(aaos-submit -t qa --max-attempts 1 'this fails')
    drain -- sh -c 'echo the error >&2; exit 3'
    cancelled=$(aaos-submit 'not wanted')
    aaos-dispatch cancel --reason 'second thoughts' "$cancelled" >/dev/null
    held=$(aaos-submit --hold 'on hold')
    scheduled=$(aaos-submit --delay 1h 'much later')
    pending=$(aaos-submit -p 3 --workflow nightly 'to be done')
    aaos-submit -t code 'more to do' >/dev/null
}

# parses VERB...: as json, jsonl and tsv, all of the same width.
parses() {
    local rows width

    aaos-status "$@" -o json >as.json
    jq -e 'type == "array"' as.json >/dev/null
    rows=$(jq length as.json)
    aaos-status "$@" -o jsonl >as.jsonl
    is "$(wc -l <as.jsonl)" "$rows"
    is "$(jq -cS . as.jsonl)" "$(jq -cS '.[]' as.json)"
    aaos-status "$@" -o tsv >as.tsv
    is "$(wc -l <as.tsv)" "$rows"
    width=$(jq -sc 'map(length) | unique' as.jsonl)
    is "$(awk -F'\t' '{ print NF }' as.tsv | sort -u | jq -sc .)" "$width"
    aaos-status "$@" -o table >as.table
    is "$(wc -l <as.table)" "$((rows + 1))"
}

# Is there anything in file `got` that a terminal would act on, but the
# newline?
acts() {
    LC_ALL=C tr -d '\r\n' <got | LC_ALL=C grep -q '[[:cntrl:]]'
}

# --- forms -------------------------------------------------------------------

@test "every list can be parsed in every form" {
    some_of_everything
    parses tasks
    is "$(jq length as.json)" 8
    parses dead
    is "$(jq length as.json)" 1
    parses queues
    is "$(jq length as.json)" 3
    parses agents --all
    is "$(jq length as.json)" 2
    parses attempts "$completed" "$dead"
    is "$(jq length as.json)" 2
}

@test "events and logs can be parsed in every form" {
    some_of_everything
    aaos-status events -o json | jq -e 'length >= 6' >/dev/null
    aaos-status events -o jsonl | jq -es 'length >= 6' >/dev/null
    is "$(aaos-status events -o tsv | awk -F'\t' '{ print NF }' | sort -u)" 5
    is "$(aaos-status logs "$dead" -o json | jq -c 'map(.message)')" \
        '["the error"]'
    is "$(aaos-status logs "$dead" -o jsonl | jq -r .message)" 'the error'
    is "$(aaos-status logs "$dead" -o tsv | cut -f4)" 'the error'
    like "$(aaos-status logs "$dead" -o table)" '*stderr*the error'
}

@test "every list of an empty queue is empty in every form" {
    id=$(aaos-submit 'some task')
    aaos-dispatch cancel "$id" >/dev/null
    for verb in 'tasks --state pending' dead agents; do
        is "$(aaos-status $verb -o json | jq -c .)" '[]'
        is "$(aaos-status $verb -o jsonl)" ''
        is "$(aaos-status $verb -o tsv)" ''
    done
}

@test "overview is names and values, or an object" {
    some_of_everything
    aaos-status -o json >got
    is "$(jq -c '[.pending, .running, .scheduled, .held, .completed, .dead, .cancelled]' got)" \
        '[2,0,1,1,2,1,1]'
    is "$(aaos-status overview -o jsonl | jq -cS .)" "$(jq -cS . got)"
    is "$(aaos-status -o tsv | awk -F'\t' '{ print NF }' | sort -u)" 2
    is "$(aaos-status | awk '$1 == "completed" { print $2 }')" 2
}

@test "lists are tsv in a pipe, and a table with a header on a terminal" {
    some_of_everything
    run -0 aaos-status tasks --state completed
    matches "$(head -n 1 <<<"$output" | cut -f1)" "$uuid"
    on_terminal aaos-status tasks --state completed | tr -d '\r' >table
    like "$(head -n 1 table)" '*TASK_ID*STATUS*'
    is "$(wc -l <table)" 3
}

@test "instants are RFC 3339 with six decimals, absent values null" {
    some_of_everything
    aaos-status tasks --state completed --limit 1 -o jsonl >got
    for name in created_at started_at finished_at; do
        matches "$(jq -r ".$name" got)" "$instant"
    done
    is "$(jq -c '[.expires_at, .reason]' got)" '[null,null]'
}

@test "-F chooses and orders the columns; a mistake is told the names" {
    id=$(aaos-submit -p 7 'some task')
    is "$(aaos-status tasks -F priority,task_id)" "7	$id"
    is "$(aaos-status tasks -F priority -o json | jq -c .)" '[{"priority":7}]'
    run -64 aaos-status tasks -F priorty
    like "$output" '*priority*'
}

@test "colour only where it was asked for" {
    aaos-submit 'some task' >/dev/null
    aaos-status tasks -o table >got
    run -1 acts
    aaos-status tasks -o table --color always >got
    run -0 acts
    on_terminal aaos-status tasks --color never >got
    run -1 acts
}

# --- what is hostile ---------------------------------------------------------

@test "escape codes in a description never reach a terminal" {
    aaos-submit >/dev/null \
        <<<'{"description":"evil \u001b[2J\u001b]0;title\u0007\u009b31m end"}'
    id=$(sql 'SELECT task_id FROM tasks')
    for verb in tasks "task $id" "why $id" events overview; do
        on_terminal "aaos-status --color never $verb" >got
        run -1 acts
        run -1 grep -q "$(printf '\302\233')" got
    done
    on_terminal "aaos-status tasks -F description" >got
    grep -q evil got
}

@test "escape codes in a result never reach a terminal, but do a pipe" {
    id=$(aaos-submit 'say it')
    drain -- printf 'evil \033[2J\033]0;title\007 end'
    on_terminal "aaos-status results $id" >got
    run -1 acts
    grep -q evil got
    aaos-status results "$id" | cmp - <(printf 'evil \033[2J\033]0;title\007 end')
}

@test "escape codes in a log never reach a terminal" {
    id=$(aaos-submit 'log it')
    drain -- sh -c 'printf "evil \033[2J\033]0;title\007 end\n" >&2'
    for verb in logs 'logs -f'; do
        on_terminal "aaos-status --color never $verb $id" >got
        run -1 acts
        grep -q evil got
    done
}

@test "tabs and newlines in a description do not break tsv" {
    aaos-submit <<<'{"description":"one\ttwo\nthree\\four"}' >/dev/null
    is "$(aaos-status tasks -F description,status)" \
        'one\ttwo\nthree\\four	pending'
    is "$(aaos-status tasks -F description -o json |
        jq -r '.[0].description')" $'one\ttwo\nthree\\four'
}

# --- ids ---------------------------------------------------------------------

@test "an id is the UUID, the number, or an unambiguous piece of it" {
    first=$(aaos-submit 'first task')
    second=$(aaos-submit 'second task')
    seq=$(sql "SELECT seq FROM tasks WHERE task_id = '$second'")
    for id in "$second" "$seq" "${second: -12}" "${second%?}"; do
        is "$(aaos-status task "$id" -o json | jq -r .description)" \
            'second task'
    done
}

@test "an ambiguous piece is said: 65, and how many match" {
    aaos-submit 'first task' 'second task' >ids
    prefix=$(head -c 8 ids)
    run --separate-stderr -65 aaos-status task "$prefix"
    like "$stderr" "aaos-status: *$prefix*2*"
    is "$output" ''
}

@test "a piece of fewer than 8 characters is no id" {
    id=$(aaos-submit 'first task')
    run -66 aaos-status task "${id%"${id#???????}"}"
}

@test "an unknown id is said: 66, and the others are shown" {
    id=$(aaos-submit 'first task')
    run --separate-stderr -66 aaos-status task -o jsonl "$nobody" "$id"
    is "$(jq -r .task_id <<<"$output")" "$id"
    is "$stderr" "aaos-status: no such task: '$nobody'"
}

@test "- reads ids from stdin, the first field of each line" {
    aaos-submit 'first task' 'second task' >/dev/null
    run -0 bash -c 'aaos-status tasks | aaos-status task - -o jsonl'
    is "$(jq -r .description <<<"$output" | paste -sd,)" \
        'second task,first task'
}

# --- verbs -------------------------------------------------------------------

@test "tasks lists the newest first, as many as asked" {
    seq -f 'task %g' 150 | aaos-submit >/dev/null
    is "$(aaos-status tasks | wc -l)" 100
    is "$(aaos-status tasks --limit 0 | wc -l)" 150
    is "$(aaos-status tasks --limit 3 -F description | paste -sd,)" \
        'task 150,task 149,task 148'
}

@test "tasks can be chosen by state, type, workflow and time" {
    some_of_everything
    is "$(aaos-status tasks --state held,dead -F task_id)" "$held
$dead"
    is "$(aaos-status tasks -t qa,code -F description | paste -sd,)" \
        'more to do,this fails'
    is "$(aaos-status tasks --workflow nightly -F task_id)" "$pending"
    is "$(aaos-status tasks --since 1h | wc -l)" 8
    is "$(aaos-status tasks --since 2999-01-01T00:00:00Z)" ''
    run -64 aaos-status tasks --state sleeping
}

@test "task shows everything that is known, metadata and result as they came" {
    some_of_everything
    aaos-status task "$completed" -o json >got
    is "$(jq -c '[.task_id, .status, .priority, .metadata, .result]' got)" \
        "[\"$completed\",\"completed\",7,{\"colour\":\"red\"},\"said\\n\"]"
    is "$(jq -c '.attempts | map([.attempt, .outcome, .exit_status])' got)" \
        '[[1,"completed",0]]'
    aaos-status task "$completed" -o table >table
    grep -qE '^status +completed$' table
}

@test "results prints bodies raw, one after the other" {
    some_of_everything
    is "$(aaos-status results "$completed")" said
    is "$(aaos-status results --state completed)" $'said\nsaid'
    run -1 aaos-status results "$pending"
    like "$output" '*pending*'
}

@test "results as records" {
    some_of_everything
    is "$(results "$completed" | jq -c keys_unsorted)" '["task_id","line","status","reason","attempt","exit_status","signal","result","error","created_at","started_at","finished_at","correlation_id"]'
    is "$(results "$dead" | jq -c '[.status, .reason, .exit_status, .error]')" \
        '["dead","failures",3,"the error"]'
    is "$(aaos-status results -o json | jq length)" 4
    is "$(aaos-status results -t trading -o json | jq -c .)" '[]'
}

@test "why says why a task is not running" {
    some_of_everything
    like "$(aaos-status why "$pending")" "$pending pending: no agent*"
    like "$(aaos-status why "$held")" '*held until*'
    like "$(aaos-status why "$scheduled")" '*starts in*'
    like "$(aaos-status why "$dead")" '*dead*failures*'
    is "$(aaos-status why "$pending" -o json | jq -r .status)" pending
}

@test "logs shows what was written to stderr" {
    some_of_everything
    is "$(aaos-status logs "$dead" -F level,message)" 'stderr	the error'
}

@test "logs -f goes on until the task has ended" {
    id=$(aaos-submit 'take a while')
    background bash -c "aaos-status logs -f $id >log"
    reader=$background
    start_worker -- sh -c 'echo one >&2; until [ -e go ]; do sleep 0.02; done
        echo two >&2'
    wait_until 'grep -q one log'
    touch go
    ends_with 0 "$reader"
    grep -q two log
}

@test "agents lists those that live, --all those that are gone, too" {
    aaos-status agents
    start_worker --name worker-bee -t qa -j 3 --builtin noop
    wait_until '[ "$(aaos-status agents | wc -l)" = 1 ]'
    is "$(aaos-status agents -o json |
        jq -c '.[0] | [.name, .status, .jobs, .capabilities, .handler]')" \
        '["worker-bee","active",3,["qa"],"builtin:noop"]'
    kill "$worker"
    ends_with 0 "$worker"
    is "$(aaos-status agents)" ''
    is "$(aaos-status agents --all -F status,gone_reason)" 'gone	drained'
}

@test "queues counts by type and state" {
    some_of_everything
    is "$(aaos-status queues -F task_type,pending,completed,dead | sort)" \
        $'code\t1\t0\t0\nqa\t0\t0\t1\nresearch\t1\t2\t0'
}

@test "events tells the story by time" {
    some_of_everything
    aaos-status events -o jsonl >got
    jq -r .ts got | sort -c
    grep -q "$completed" got
    grep -q 'second thoughts' got
}

@test "events -f is the same stream as it happens, and misses nothing" {
    aaos-submit -q 'the first' >/dev/null
    background aaos-status events -f --since @0 -o jsonl >followed
    follower=$background
    seq -f 'task %g' 1000 | aaos-submit -q >/dev/null
    for i in 1 2 3; do
        start_worker -q --until-empty --builtin noop
    done
    aaos-dispatch -q pause --in
    wait_until '[ "$(count "status = '\''completed'\''")" = 1001 ]'
    wait_until '[ "$(aaos-status events --limit 0 | grep -c gone)" = 3 ]'
    wait_until '[ "$(grep -c \"gone\" followed)" = 3 ]'
    aaos-status events --limit 0 -o jsonl | diff - followed
    kill "$follower"
}

# --- waiting -----------------------------------------------------------------

@test "wait ends when the tasks have: 0 if all completed" {
    ids=$(aaos-submit 'first task' 'second task')
    start_worker --builtin noop
    run -0 aaos-status wait $ids
    is "$(sort <<<"$output")" \
        "$(sort <<<"$ids" | awk '{ print $1 "\tcompleted" }')"
}

@test "wait ends with 1 when a task did not complete" {
    some_of_everything
    run -1 aaos-status wait "$completed" "$dead"
    is "${#lines[@]}" 2
}

@test "wait gives up with 124" {
    id=$(aaos-submit 'first task')
    run -124 aaos-status wait --timeout 0.1 "$id"
}

@test "wait --any ends with the first" {
    some_of_everything
    run -0 aaos-status wait --any "$pending" "$completed"
    is "$output" "$completed	completed"
}

@test "wait for an unknown task is 66" {
    aaos-submit 'first task' >/dev/null
    run -66 aaos-status wait "$nobody"
}

# --- health ------------------------------------------------------------------

@test "health is 0 when all is well, and 1 with what is wrong" {
    aaos-submit 'some task' >/dev/null
    run -1 aaos-status health
    like "$output" '*bad agents: 0 agents for 1 pending tasks*'
    drain --builtin noop
    run -0 aaos-status health
    [[ $output != *bad* ]]
    aaos-status health -o json | jq -e '.status == "ok"' >/dev/null
}

@test "a file that is not there is an empty queue, and no good health" {
    for verb in tasks dead agents queues results events; do
        run -0 aaos-status -d missing.db "$verb"
        is "$output" ''
    done
    is "$(aaos-status -d missing.db -o json | jq .pending)" 0
    run -66 aaos-status -d missing.db task "$nobody"
    run -1 aaos-status -d missing.db health
    like "$output" '*database*'
    [ ! -e missing.db ]
}

@test "a database that cannot be reached is 69, and no good health" {
    run -69 aaos-status -d 'postgresql:///x?host=/nowhere' tasks
    run -1 aaos-status -d 'postgresql:///x?host=/nowhere' health
}

# --- the streams -------------------------------------------------------------

@test "a reader that goes away is no success, nor is a full device" {
    seq -f 'task %g' 3000 | aaos-submit >/dev/null
    run -74 bash -c 'aaos-status tasks --limit 0 >/dev/full'
    run -74 bash -c 'aaos-status tasks >&-'
    run bash -c 'aaos-status tasks --limit 0 | head -n 1 >/dev/null
        echo "${PIPESTATUS[0]}"'
    is "${lines[-1]}" 74
}

@test "reading changes nothing" {
    some_of_everything
    before=$(sql 'SELECT count(*), sum(updated_at), sum(attempt) FROM tasks')
    for verb in overview tasks dead agents queues events results health; do
        aaos-status "$verb" >/dev/null || :
    done
    aaos-status why "$pending" >/dev/null
    is "$(sql 'SELECT count(*), sum(updated_at), sum(attempt) FROM tasks')" \
        "$before"
}
