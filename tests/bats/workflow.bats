#!/usr/bin/env bats
# Tasks that wait for each other, hand their results on, and add others.

# shellcheck disable=SC2016
load helper

# task REF [PARENT...]: a record that waits for these.
task() {
    jq -nc '{ref: $ARGS.positional[0], description: "do \($ARGS.positional[0])"}
        + if ($ARGS.positional | length) > 1
          then {depends_on: $ARGS.positional[1:]} else {} end' --args "$@"
}

# file NAME RECORD...: a workflow file on stdout.
file() {
    local name=$1

    shift
    printf '%s\n' "$@" | jq -s --arg name "$name" '{name: $name, tasks: .}'
}

# The id of the task that has this ref; with several, the newest.
id_of() { # ref
    sql "SELECT task_id FROM tasks t JOIN task_bodies b ON b.seq = t.seq
         WHERE b.ref = '$1' ORDER BY t.seq DESC LIMIT 1"
}

status_of() { # ref
    state_of "$(id_of "$1")"
}

messages() { # type
    sql "SELECT count(*) FROM agent_communications WHERE message_type = '$1'"
}

result_of() { # ref
    aaos-status results "$(id_of "$1")"
}

nothing_stored() {
    is "$(count)" 0
    is "$(sql 'SELECT count(*) FROM workflows')" 0
}

# --- what is submitted -------------------------------------------------------

@test "a file is stored whole, and its ids are printed in its order" {
    file release "$(task ship test)" "$(task test back front)" \
        "$(task back plan)" "$(task front plan)" "$(task plan)" >wf
    run -0 --separate-stderr aaos-submit -f wf
    is "${#lines[@]}" 5
    is "${lines[0]}" "$(id_of ship)"
    is "${lines[4]}" "$(id_of plan)"
    is "$(status_of plan) $(status_of back) $(status_of ship)" \
        'pending blocked blocked'
    is "$(sql 'SELECT count(*) FROM task_dependencies')" 5
    is "$(sql "SELECT count(*) FROM tasks t JOIN workflows w
        ON w.workflow_id = t.workflow_id WHERE w.name = 'release'")" 5
}

@test "a file may come from stdin, and its receipts name refs and workflow" {
    run -0 bash -c 'aaos-submit --json -f -' <<<"$(file x "$(task a)" "$(task b a)")"
    is "$(echo "$output" | jq -r '[.line, .ref, .status] | @tsv' | tr '\t' ' ' |
        paste -sd,)" '1 a pending,2 b blocked'
    is "$(echo "$output" | jq -r .workflow_id | sort -u)" \
        "$(sql 'SELECT workflow_id FROM workflows')"
}

@test "a file that is submitted again is a workflow of its own" {
    file again "$(task a)" >wf
    run -0 --separate-stderr aaos-submit -f wf
    [ -z "$stderr" ]
    for n in 2 3 4 5; do
        run -0 --separate-stderr aaos-submit -f wf
        like "$stderr" "*'again'*'again-$n'*"
    done
    is "$(sql 'SELECT count(*) FROM workflows')" 5
    is "$(sql 'SELECT count(DISTINCT workflow_id) FROM tasks')" 5
}

@test "the defaults of a file lie between the options and its tasks" {
    aaos-submit -t qa -p 1 -m a=option -m b=option --workflow label -f - <<'EOF'
{"defaults": {"priority": 2, "metadata": {"b": "file"}},
 "tasks": [{"ref": "x", "description": "look"},
           {"ref": "y", "description": "look", "priority": 3}]}
EOF
    is "$(sql 'SELECT task_type, priority FROM tasks ORDER BY seq' | paste -sd' ')" \
        'qa|2 qa|3'
    is "$(aaos-status task "$(id_of x)" | jq -c .metadata)" \
        '{"a":"option","b":"file"}'
    is "$(sql 'SELECT name FROM workflows')" label
}

@test "the tasks of a file share a correlation id unless they say otherwise" {
    file x "$(task a)" "$(task b)" | jq -c '.tasks[1].correlation_id = "own"' |
        aaos-submit -f -
    is "$(sql 'SELECT correlation_id FROM task_bodies ORDER BY seq' |
        paste -sd' ')" "$(sql 'SELECT workflow_id FROM workflows') own"
}

@test "a circle is refused, with its path, and nothing is stored" {
    file x "$(task top)" "$(task a top b)" "$(task b c)" "$(task c a)" >wf
    run -65 --separate-stderr aaos-submit -f wf
    [ -z "$output" ]
    [[ $stderr == *'a -> b -> c -> a'* || $stderr == *'b -> c -> a -> b'* ||
        $stderr == *'c -> a -> b -> c'* ]]
    run -65 --separate-stderr aaos-submit -f - <<<"$(file x "$(task me me)")"
    like "$stderr" '*me -> me*'
    jq -c '.tasks[]' wf >lines
    run -65 --separate-stderr aaos-submit --atomic <lines
    like "$stderr" '*wait for each other*'
    nothing_stored
}

@test "unknown refs and ids are refused, and the task is named" {
    run -65 --separate-stderr aaos-submit -f - <<<"$(file x "$(task a)" "$(task b a nix)")"
    like "$stderr" "*task 2 ('b')*'nix'*"
    run -65 --separate-stderr aaos-submit -f - \
        <<<"$(file x "$(task a)" "$(task b a 01a00000-0000-7000-8000-000000000000)")"
    like "$stderr" "*task 2 ('b'): depends_on: no such task '01a00000-*"
    nothing_stored
}

@test "everything that is wrong in a file is said at once" {
    run -65 --separate-stderr aaos-submit -f - <<'EOF'
{"tasks": [{"ref": "a", "description": "x"},
           {"ref": "b", "description": "look", "priority": 11},
           {"ref": "c", "description": "look"},
           {"ref": "c", "description": "look"},
           {"description": "look", "workflow": "w"},
           "no object"]}
EOF
    is "$(echo "$stderr" | grep -c ': task [0-9]')" 5
    like "$stderr" "*task 1 ('a'): description*task 2 ('b'): priority*"
    like "$stderr" "*task 4 ('c'): ref: 'c' is used by another record*"
    nothing_stored
}

@test "what is no workflow file is refused" {
    local text

    for text in '' '[]' '{}' '{"tasks": {}}' '{"tasks": []}' '{"task": []}' \
        '{"name": 7, "tasks": [{"description": "look"}]}' \
        '{"defaults": {"ref": "a"}, "tasks": [{"description": "look"}]}' \
        '{"tasks": [{"description": "look"}]} {}'; do
        run -65 --separate-stderr aaos-submit -f - <<<"$text"
        [ -n "$stderr" ]
    done
    run -66 aaos-submit -f no-such-file
    for text in '-k key' '-0' '--text' '--rejects bad' 'look'; do
        # shellcheck disable=SC2086
        run -64 aaos-submit -f no-such-file $text
    done
    nothing_stored
}

@test "a rehearsal finds what is wrong and stores nothing" {
    run -0 aaos-submit -n -f - <<<"$(file x "$(task a)" "$(task b a)")"
    like "$output" '*2 tasks would be stored*'
    run -65 aaos-submit -n -f - <<<"$(file x "$(task a b)" "$(task b a)")"
    is "$(count 2>/dev/null || echo 0)" 0
}

@test "a ref of a stream means an earlier record, in whatever batch" {
    printf '%s\n' "$(task a)" "$(task b a)" "$(task c a b)" "$(task b)" \
        "$(task d later)" "$(task later)" >lines
    run -65 --separate-stderr aaos-submit --batch 1 <lines
    is "${#lines[@]}" 4
    like "$stderr" "*line 4: ref: 'b' is used*line 5: depends_on*'later'*"
    is "$(sql 'SELECT count(*) FROM task_dependencies')" 3
}

@test "with --atomic a ref may be that of a later record" {
    {
        seq -f '{"description":"fill %g"}' 1500
        task c b
        task b a
        seq -f '{"description":"more %g"}' 1500
        task a
    } >lines
    run -0 --separate-stderr aaos-submit --atomic --json <lines
    is "$(echo "$output" | jq .line | paste -sd' ')" "$(seq -s' ' 3003)"
    is "$(echo "$output" | jq -r 'select(.ref) | .status' | paste -sd' ')" \
        'blocked blocked pending'
    drain --builtin noop
    is "$(count "status = 'completed'")" 3003
}

@test "--wait --ordered keeps to the order of the input, whoever waits" {
    start_worker -- cat
    {
        task c b
        task b a
        task a
    } >lines
    run -0 --separate-stderr aaos-submit --atomic --wait --ordered <lines
    is "$(echo "$output" | jq -r '[.line, .result] | @text' | paste -sd' ')" \
        '[1,"do c\n"] [2,"do b\n"] [3,"do a\n"]'
}

@test "--after takes ids in every form" {
    a=$(aaos-submit first)
    b=$(aaos-submit second)
    seq=$(sql "SELECT seq FROM tasks WHERE task_id = '$b'")
    c=$(aaos-submit --after "$a,$seq" third)
    is "$(state_of "$c")" blocked
    d=$(aaos-submit --after "${a: -12}" fourth)
    e=$(aaos-submit --after "$c" <<<"{\"description\":\"own\",\"depends_on\":[\"$a\"]}")
    is "$(sql "SELECT count(*) FROM task_dependencies WHERE parent_id = '$a'")" 3
    drain --builtin noop
    is "$(state_of "$c") $(state_of "$d") $(state_of "$e")" \
        'completed completed completed'
}

@test "--after a task that is not there stores nothing" {
    a=$(aaos-submit first)
    run -66 --separate-stderr aaos-submit --after "$a,4711" second third
    like "$stderr" "*--after: no such task: '4711'*"
    run -66 aaos-submit --after 01a00000-0000-7000-8000-000000000000 second
    run -64 aaos-submit --after , second
    is "$(count)" 1
}

@test "what depends on a task that has ended is decided at once" {
    aaos-submit -k good good
    aaos-submit -k bad --max-attempts 1 bad
    drain -- sh -c 'grep -q good'
    good=$(sql "SELECT task_id FROM tasks WHERE status = 'completed'")
    bad=$(sql "SELECT task_id FROM tasks WHERE status = 'dead'")
    is "$(state_of "$(aaos-submit --after "$good" next)")" pending
    is "$(state_of "$(aaos-submit --after "$good,$bad" next)")" cancelled
    is "$(state_of "$(aaos-submit --after "$bad" \
        <<<'{"description":"all the same","on_dependency_failure":"run"}')")" \
        pending
}

@test "a file whose tasks are known is not made again" {
    file x "$(task a)" "$(task b a)" |
        jq -c '.tasks[0].idempotency_key = "k"' >wf
    aaos-submit -f wf
    run -0 --separate-stderr aaos-submit --json -f wf
    is "$(echo "$output" | jq -r '[.ref, .duplicate] | @text' | paste -sd' ')" \
        '["a",true] ["b",null]'
    is "$(sql "SELECT count(*) FROM task_dependencies WHERE parent_id = '$(id_of a)'")" 2
}

# --- how it goes on ----------------------------------------------------------

@test "each level starts when the one before it has ended, without a tick" {
    {
        echo '{"tasks":['
        for ((level = 0; level < 30; level++)); do
            for ((i = 0; i < 4; i++)); do
                ((level + i)) && echo ,
                if ((level)); then
                    task "$level.$i" "$((level - 1)).$i" "$((level - 1)).$(((i + 1) % 4))"
                else
                    task "$level.$i"
                fi
            done
        done
        echo ']}'
    } | aaos-submit -f - >/dev/null
    drain -j 2 -- true
    is "$(count "status = 'completed'")" 120
    is "$(sql 'SELECT count(*) FROM task_dependencies d
        JOIN tasks c ON c.seq = d.child_seq JOIN tasks p ON p.seq = d.parent_seq
        WHERE c.started_at < p.finished_at')" 0
}

@test "a waiting worker of another type gets the child within moments" {
    file x "$(task a)" "$(task b a)" | jq -c '.tasks[0].task_type = "code" |
        .tasks[1].task_type = "qa"' | aaos-submit -f -
    start_worker -t qa -- date +%s%N
    wait_until '[ "$(sql "SELECT count(*) FROM agents WHERE heartbeat_at > 0")" = 1 ]'
    drain -t code -- true
    wait_until '[ "$(status_of b)" = completed ]' 5
}

@test "children of a task that dies are cancelled, or run when they want to" {
    {
        task a
        task b a
        task c b
        task d c | jq -c '.on_dependency_failure = "run"'
        task e
    } >lines
    aaos-submit --max-attempts 1 <lines
    drain -- sh -c '! grep -q "do a"'
    is "$(status_of a) $(status_of b) $(status_of c)" 'dead cancelled cancelled'
    is "$(status_of d) $(status_of e)" 'completed completed'
    is "$(sql "SELECT reason FROM tasks WHERE task_id = '$(id_of c)'")" dependency
}

@test "children of a cancelled task likewise" {
    {
        task a
        task b a
        task c a | jq -c '.on_dependency_failure = "run"'
    } | aaos-submit
    aaos-dispatch cancel "$(id_of a)"
    is "$(status_of b) $(status_of c)" 'cancelled pending'
}

# --- results of parents ------------------------------------------------------

@test "the results of the parents are in the record on stdin" {
    {
        task text
        task value
        task bytes
        task all text value bytes
    } | aaos-submit
    drain --stdin json -- sh -c 'cat >record
        case $(jq -r .description record) in
        *text) printf "two\nlines\n" ;;
        *value) echo "result {\"n\":7, \"raw\":1e400}" >&3 ;;
        *bytes) printf "\377\000\n" ;;
        *) cp record all ;;
        esac'
    is "$(jq -c '.dependencies | map({ref, status, result} | del(.result.raw?))' all)" \
        '[{"ref":"text","status":"completed","result":"two\nlines\n"},{"ref":"value","status":"completed","result":{"n":7}},{"ref":"bytes","status":"completed","result":null}]'
    like "$(cat all)" '*"result":{"n":7, "raw":1e400},*'
    is "$(jq -r '.dependencies[2].result_base64' all | base64 -d | od -An -tx1)" \
        ' ff 00 0a'
    is "$(jq -r '.dependencies[0].task_id' all)" "$(id_of text)"
    is "$(jq -r '.dependencies[0].result_sha256' all)" \
        "$(printf 'two\nlines\n' | sha256sum | cut -d' ' -f1)"
}

@test "a task without parents has an empty list of them" {
    aaos-submit 'look'
    drain --stdin json -- sh -c 'jq -c .dependencies'
    is "$(aaos-status results)" '[]'
}

@test "the results of the parents are files, under names that harm nobody" {
    {
        task ../../x/y
        task '.. x y'
        task plain
        echo '{"description":"do none"}'
    } >lines
    aaos-submit <lines >ids
    aaos-submit --after "$(paste -sd, ids)" 'do all'
    drain -- sh -c 'read -r what; if [ "$what" = "do all" ]; then
            cd "$AAOS_ARTIFACT_DIR/dependencies" || exit 1
            stat -c "%a %F" . *
            for name in *; do echo "$name: $(cat "$name")"; done
        else echo "did ${what#do }"; fi'
    aaos-status results "$(sql 'SELECT task_id FROM tasks ORDER BY seq DESC LIMIT 1')" \
        >found
    {
        echo '700 directory'
        for _ in 1 2 3 4; do
            echo '600 regular file'
        done
        echo "$(sed -n 4p ids): did none"
        echo '_._.._x_y: did ../../x/y'
        echo '_._x_y: did .. x y'
        echo 'plain: did plain'
    } >wanted
    diff -u <(sort wanted) <(sort found)
}

@test "files of results go when the attempt has ended" {
    {
        task a
        task b a
    } | aaos-submit
    drain -- sh -c 'ls -A "$AAOS_ARTIFACT_DIR"'
    is "$(result_of b)" dependencies
    is "$(find "$AAOS_STATE_DIR/artifacts" -name dependencies)" ''
}

@test "two refs that look the same as files keep both results" {
    {
        task a/b
        task a:b
        task all a/b a:b
    } | aaos-submit
    drain -- sh -c 'read -r what; echo "$what"
        cd "$AAOS_ARTIFACT_DIR/dependencies" 2>/dev/null && cat ./* || :'
    is "$(result_of all | sort | paste -sd,)" 'do a/b,do a:b,do all'
}

@test "a co-process is told the results of the parents" {
    {
        task a
        task b a
    } | aaos-submit
    drain --coprocess -- co-agent 'inputs | select(.type == "task_assignment") |
        {type: "task_complete", task_id,
         result: (if .dependencies == [] then {n: 1} else .dependencies end)}'
    is "$(aaos-status results -o jsonl "$(id_of b)" |
        jq -c '.result | map([.ref, .status, .result])')" \
        '[["a","completed",{"n":1}]]'
}

@test "a child that runs although a parent is dead knows it" {
    {
        task a
        task b a | jq -c '.on_dependency_failure = "run"'
    } | aaos-submit --max-attempts 1
    drain --stdin json -- sh -c 'cat >record; echo said
        [ "$(jq ".dependencies | length" record)" -gt 0 ] || exit 1
        jq -c ".dependencies | map([.status, .result])" record'
    is "$(result_of b)" "$(printf 'said\n[["dead","said\\n"]]')"
}

@test "every hand-over is written down" {
    {
        task a
        task b a
        task c a b
    } | aaos-submit
    drain -- true
    is "$(messages dependency_result)" 3
    is "$(sql "SELECT payload FROM agent_communications
        WHERE message_type = 'dependency_result' AND task_id = '$(id_of b)'" |
        jq -c '[.parent_id, .state, .attempt]')" \
        "[\"$(id_of a)\",\"satisfied\",1]"
    is "$(sql "SELECT count(*) FROM agent_communications m
        JOIN agents a ON a.agent_id = m.to_agent AND a.agent_id = m.from_agent
        WHERE message_type = 'dependency_result'")" 3
}

# --- tasks that tasks add ----------------------------------------------------

@test "a task adds others, which are its children in every respect" {
    aaos-submit --workflow w --session s --correlation-id c 'do plan'
    drain -- sh -c 'read -r what; [ "$what" = "do plan" ] || exit 0
        echo "task {\"description\":\"do second\",\"depends_on\":[\"one\"]}" >&3
        echo "task {\"ref\":\"one\",\"description\":\"do first\",\"priority\":7}" >&3'
    is "$(count "status = 'completed'")" 3
    plan=$(sql "SELECT task_id FROM tasks ORDER BY seq LIMIT 1")
    is "$(sql "SELECT count(*) FROM tasks t JOIN task_bodies b ON b.seq = t.seq
        JOIN workflows w ON w.workflow_id = t.workflow_id
        WHERE b.parent_id = '$plan' AND b.session_id = 's'
          AND b.correlation_id = 'c' AND w.name = 'w'")" 2
    is "$(sql 'SELECT priority FROM tasks ORDER BY seq' | paste -sd' ')" '5 5 7'
    is "$(messages follow_up)" 2
    is "$(aaos-status task "$(id_of one)" | jq -r .parent_id)" "$plan"
}

@test "a co-process adds tasks with its answer" {
    aaos-submit 'do plan'
    drain --coprocess -- co-agent 'inputs | select(.type == "task_assignment") |
        {type: "task_complete", task_id, result: .description} +
        if .description == "do plan" then
            {tasks: [{ref: "a", description: "do a"},
                     {ref: "b", description: "do b", depends_on: ["a"]}]}
        else {} end'
    is "$(count "status = 'completed'")" 3
    is "$(messages follow_up)" 2
}

@test "a task may wait for the one that adds it" {
    aaos-submit 'do plan'
    drain -- sh -c 'read -r what; [ "$what" = "do plan" ] || exit 0
        echo "task {\"description\":\"next\",\"depends_on\":[\"$AAOS_TASK_ID\"]}" >&3'
    is "$(count "status = 'completed'")" 2
}

@test "an attempt that fails, or hands back, adds nothing" {
    aaos-submit --max-attempts 1 'do plan'
    drain -- sh -c 'echo "task {\"description\":\"next\"}" >&3; exit 1'
    is "$(count)" 1
    is "$(count "status = 'dead'")" 1
}

@test "tasks are added once, by the attempt that completes" {
    no_back_off
    aaos-submit 'do plan'
    drain -- sh -c 'read -r what; [ "$what" = "do plan" ] || exit 0
        echo "task {\"description\":\"next\"}" >&3; [ "$AAOS_ATTEMPT" = 3 ]'
    is "$(count)" 2
    is "$(count "status = 'completed'")" 2
}

@test "what is wrong with an added task fails the attempt for good" {
    local line

    for line in '{"description":"x"}' '{"description":"next"' '[1]' \
        '{"description":"next","depends_on":["nobody"]}' \
        '{"description":"next","depends_on":["01a00000-0000-7000-8000-000000000000"]}' \
        '{"ref":"a","description":"next","depends_on":["a"]}' \
        '{"description":"next","task_type":"nix"}'; do
        id=$(aaos-submit 'do plan')
        drain -- sh -c 'echo "task {\"description\":\"good\"}" >&3
            echo "$1" >&3' sh "task $line"
        is "$(aaos-status task "$id" | jq -r '[.status, .reason] | @text')" \
            '["dead","permanent"]'
        like "$(aaos-status task "$id" | jq -r .error)" '*task*'
    done
    is "$(count "status <> 'dead'")" 0
}

@test "a co-process whose tasks are wrong has failed" {
    id=$(aaos-submit 'do plan')
    drain --coprocess -- co-agent 'inputs | select(.type == "task_assignment") |
        {type: "task_complete", task_id, tasks: {"description": "next"}}'
    like "$(aaos-status task "$id" | jq -r .error)" "*'tasks' must be a list*"
    is "$(count)" 1
}

@test "an attempt adds a thousand tasks and not one more" {
    aaos-submit 'do plan'
    drain --max-tasks 1 -- sh -c \
        'seq -f "task {\"description\":\"do %g\"}" 1000 >&3'
    is "$(count)" 1001
    aaos-submit -t qa 'do too much'
    drain -t qa -- sh -c 'seq -f "task {\"description\":\"do %g\"}" 1001 >&3'
    is "$(count)" 1002
    is "$(count "status = 'dead'")" 1
}

@test "added tasks are stored although submissions are paused" {
    aaos-submit 'do plan'
    aaos-dispatch pause --in
    drain --max-tasks 1 -- sh -c 'echo "task {\"description\":\"next\"}" >&3'
    is "$(count)" 2
}

# --- what is shown -----------------------------------------------------------

@test "the tree shows states, progress, the critical path and what is in the way" {
    file release "$(task plan)" "$(task back plan)" "$(task front plan)" \
        "$(task test back front)" "$(task ship test)" | aaos-submit -f -
    drain --max-tasks 1 -- true
    run -0 aaos-status workflow release -o table
    like "$output" '*progress 20%: 1 of 5 ended; 2 blocked, 2 pending, 1 completed*'
    # What follows the name does not matter here.
    sed -n '/^$/,/^$/p' <<<"$output" |
        sed 's/ *\(completed\|pending\|blocked\).*//' >tree
    diff -u - tree <<'EOF'

* plan
*   back
*     test
*       ship
    front

EOF
    like "$output" '*critical path: 4 tasks, 3 of them to be done*'
    like "$output" '*in the way:*  back waits for an agent*  front waits for an agent*'
}

@test "a workflow is one JSON object, or a row a task" {
    file release "$(task b a)" "$(task a)" | aaos-submit -f -
    id=$(sql 'SELECT workflow_id FROM workflows')
    run -0 aaos-status workflow "$id" -o json
    is "$(echo "$output" | jq -c '[.workflow_id, .name, .progress, .counts.blocked,
        .critical_left, (.critical_path | map(.ref)), (.blocked_by | map(.ref)),
        (.tasks | map([.ref, .depth, .status]))]')" \
        "[\"$id\",\"release\",0,1,2,[\"a\",\"b\"],[\"a\"],[[\"a\",0,\"pending\"],[\"b\",1,\"blocked\"]]]"
    is "$(aaos-status workflow release -o jsonl | jq -r .task_id | paste -sd' ')" \
        "$(id_of a) $(id_of b)"
    is "$(aaos-status workflow release | cut -f1 | paste -sd' ')" \
        "$(id_of a) $(id_of b)"
    run -66 aaos-status workflow nix
    run -64 aaos-status workflow
}

@test "the critical path ends in what has ended last" {
    file x "$(task a)" "$(task b a)" "$(task c)" | aaos-submit -f -
    drain -- true
    run -0 aaos-status workflow x -o json
    is "$(echo "$output" | jq -c '[.progress, .critical_left, .blocked_by]')" \
        '[100,0,[]]'
    is "$(echo "$output" | jq -c '.critical_path | map(.status) | unique')" \
        '["completed"]'
}

@test "what a workflow waits for outside of it is named" {
    a=$(aaos-submit 'elsewhere')
    file x "$(task b "$a")" "$(task c b)" | aaos-submit -f -
    run -0 aaos-status workflow x -o table
    like "$output" "*b waits for task $a, which is pending*"
}

@test "tasks that tasks add hang below them in the tree" {
    file x "$(task plan)" | aaos-submit -f -
    drain --max-tasks 1 -- sh -c 'echo "task {\"ref\":\"more\",\"description\":\"next\"}" >&3'
    is "$(aaos-status workflow x -o jsonl | jq -c '[.ref, .depth]' | paste -sd' ')" \
        '["plan",0] ["more",1]'
}

@test "ten thousand tasks, a hundred deep, are stored, shown and run" {
    jq -nc '{name: "big", tasks: [range(100) as $level | range(100) |
        {ref: "\($level).\(.)", description: "do it",
         depends_on: (if $level == 0 then [] else ["\($level - 1).\(.)"] end)}]}' \
        >big
    run -0 --separate-stderr aaos-submit -f big
    is "${#lines[@]}" 10000
    aaos-status workflow big -o json >shown
    is "$(jq -c '[(.tasks | length), (.critical_path | length),
        (.tasks | map(.depth) | max)]' shown)" '[10000,100,99]'
    is "$(aaos-status workflow big -o table | grep -c '^\*')" 100
    drain --builtin noop
    is "$(count "status = 'completed'")" 10000
}

# --- the example -------------------------------------------------------------

@test "the workflow among the examples runs, and leaves nothing" {
    mkdir tmp
    env "TMPDIR=$PWD/tmp" "$AAOS_SRCDIR/examples/workflow.sh" >output.out \
        2>output.err 3>&- 4>&-
    [ ! -s output.err ]
    grep -q '^progress 100%: 5 of 5 ended; 5 completed$' output.out
    grep -q '^2 of 2 greetings are right: shipped$' output.out
    is "$(find tmp -mindepth 1)" ''
}

@test "the program that the example ships does what it should" {
    "$AAOS_SRCDIR/examples/workflow.sh" 3>&- 4>&- |
        sed -n '/^#!/,$p' >greet
    is "$(sh greet world)" 'hello, world'
}
