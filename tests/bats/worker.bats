#!/usr/bin/env bats
# aaos-worker(1): what a handler sees, and what becomes of what it does.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

# One task through one handler: its id is left in $id.
once() { # description, command...
    id=$(aaos-submit "$1")
    shift
    drain -- "$@"
}

attempt() { # column: of the last attempt of $id
    sql "SELECT $1 FROM attempts WHERE seq =
        (SELECT seq FROM tasks WHERE task_id = '$id')
        ORDER BY attempt DESC LIMIT 1"
}

# --- standard input and output -----------------------------------------------

@test "stdin is the description and a newline" {
    once 'Summarise RFC 9110' sh -c 'cat >got'
    printf 'Summarise RFC 9110\n' | cmp got -
    is "$(state_of "$id")" completed
}

@test "stdin is the payload when there is one: of a JSON string its text" {
    run -0 aaos-submit <<<'{"description":"a string","payload":"l\u00efne\ntwo"}'
    drain -- sh -c 'cat >got'
    printf 'lïne\ntwo' | cmp got -
}

@test "--stdin json gives the whole record, one line" {
    id=$(aaos-submit -t qa -p 7 -m a=b --session s-1 --correlation-id c-1 \
        <<<'{"description":"look at this","payload":[1,2]}')
    drain --stdin json -- sh -c 'cat >got'
    is "$(wc -l <got)" 1
    is "$(jq -c '[.task_id, .attempt, .task_type, .priority, .description, .payload, .metadata, .correlation_id, .session_id]' got)" \
        "[\"$id\",1,\"qa\",7,\"look at this\",[1,2],{\"a\":\"b\"},\"c-1\",\"s-1\"]"
}

@test "a handler need not read its stdin" {
    head -c 1000000 /dev/zero >payload
    id=$(aaos-submit -i payload 'a lot to read')
    drain -- true
    is "$(state_of "$id")" completed
}

@test "stdout is the result, byte for byte" {
    once 'say it' printf 'no newline, a tab\t, a quote", ümlaut'
    is "$(results | jq .result)" \
        '"no newline, a tab\t, a quote\", ümlaut"'
    is "$(aaos-status results "$id")" 'no newline, a tab	, a quote", ümlaut'
}

@test "what looks like JSON on stdout is a string all the same" {
    once 'say it' echo '{"a":1}'
    is "$(results | jq -c .result)" '"{\"a\":1}\n"'
}

@test "stdout that is no UTF-8 comes back in base 64, and raw as it was" {
    once 'say it' printf 'a\377\000b'
    is "$(results | jq -c '[.result, .result_base64]')" '[null,"Yf8AYg=="]'
    aaos-status results "$id" | cmp - <(printf 'a\377\000b')
}

@test "an empty stdout is an empty result" {
    once 'say nothing' true
    is "$(results | jq -c '[.status, .result]')" '["completed",""]'
}

@test "stderr is kept as a log, and is no part of the result" {
    once 'complain' sh -c 'echo one >&2; echo said; printf "torn off" >&2'
    is "$(results | jq -c '[.result, .error]')" '["said\n",null]'
    is "$(aaos-status logs "$id" -F level,message)" \
        $'stderr\tone\nstderr\ttorn off'
}

@test "of a failure the end of stderr is the error" {
    once 'fail' sh -c 'seq 3000 >&2; echo the last word >&2; exit 65'
    error=$(results | jq -r .error)
    is "$(tail -n 1 <<<"$error")" 'the last word'
    [ "${#error}" -le 4096 ] && [ "${#error}" -gt 2000 ]
}

@test "output beyond the limit is cut, and kept whole as an artifact" {
    id=$(aaos-submit 'talk a lot')
    drain --output-limit 1000 -- seq 100000
    seq 100000 >whole
    is "$(attempt 'length(result), result_size, result_sha256')" \
        "1000|$(stat -c %s whole)|$(sha256sum whole | cut -d' ' -f1)"
    cmp "$AAOS_STATE_DIR/$(attempt result_artifact)" whole
    is "$(results | jq -r .result_size)" "$(stat -c %s whole)"
    is "$(results | jq -j .result)" "$(head -c 1000 whole)"
    aaos-status results "$id" | cmp - whole
}

@test "a handler that talks much and reads much does not block" {
    head -c 3000000 /dev/zero | tr '\0' x >payload
    settings submit.max_line=8m
    id=$(aaos-submit -i payload 'copy it')
    drain --output-limit 10m -- cat
    is "$(attempt result_sha256)" "$(sha256sum payload | cut -d' ' -f1)"
}

@test "a handler that closes its stdout early goes on" {
    once 'close' sh -c 'echo said; exec >&- 2>&-; sleep 0.2; touch finished'
    [ -e finished ]
    is "$(state_of "$id")" completed
    is "$(aaos-status results "$id")" said
}

@test "an attempt ends with its process, whoever still holds its stdout" {
    once 'leave' sh -c 'sleep 1000 & echo $! >pid; echo said'
    is "$(state_of "$id")" completed
    is "$(aaos-status results "$id")" said
    wait_until 'gone "$(cat pid)"'
}

@test "what a handler leaves behind in another session is killed, too" {
    once 'escape' sh -c 'setsid sh -c "echo \$\$ >pid; exec sleep 1000" \
        </dev/null >/dev/null 2>&1 3>&- &
        until [ -s pid ]; do sleep 0.02; done'
    is "$(state_of "$id")" completed
    wait_until 'gone "$(cat pid)"'
}

@test "a grandchild that forked twice is killed, too" {
    once 'fork twice' sh -c '(sh -c "setsid sleep 1000 >/dev/null 2>&1 3>&- &
        echo \$! >pid" &) >/dev/null 2>&1
        until [ -s pid ]; do sleep 0.02; done'
    is "$(state_of "$id")" completed
    wait_until 'gone "$(cat pid)"'
}

# --- arguments ---------------------------------------------------------------

@test "{} is the description, in every argument that holds it" {
    once 'two words' printf '<%s>' {} 'a {} b {}' plain
    is "$(aaos-status results "$id")" \
        '<two words><a two words b two words><plain>'
}

@test "-I names another placeholder, or none" {
    id=$(aaos-submit 'the words')
    drain -I @@ -- printf '<%s>' @@ {}
    is "$(aaos-status results "$id")" '<the words><{}>'
    id=$(aaos-submit 'more words')
    drain -I '' -- printf '<%s>' @@ {}
    is "$(aaos-status results "$id")" '<@@><{}>'
}

@test "no shell looks at the description" {
    once '$(touch harm); `touch harm` | touch harm' echo {}
    [ ! -e harm ]
    is "$(aaos-status results "$id")" '$(touch harm); `touch harm` | touch harm'
}

@test "a description that would be taken for an option is refused" {
    id=$(aaos-submit -- '--version of it')
    drain -- echo {}
    is "$(sql 'SELECT status, reason FROM tasks')" 'dead|permanent'
    is "$(attempt exit_status)" 65
    [ -n "$(attempt error)" ]
}

@test "behind -- or inside an argument it is taken" {
    id=$(aaos-submit -- '--version of it')
    drain -- printf '%s %s' -- {}
    is "$(state_of "$id")" completed
    id=$(aaos-submit -- '--another of it')
    drain -- echo 'x{}'
    is "$(aaos-status results "$id")" 'x--another of it'
}

# --- environment -------------------------------------------------------------

@test "the environment says what is being done" {
    id=$(aaos-submit -t qa --workflow nightly --correlation-id c-1 'look around')
    drain -- env
    aaos-status results "$id" >environment
    agent=$(attempt agent_id)
    workflow=$(sql 'SELECT workflow_id FROM workflows')
    for line in "AAOS_TASK_ID=$id" AAOS_TASK_TYPE=qa AAOS_ATTEMPT=1 \
        AAOS_CORRELATION_ID=c-1 "AAOS_WORKFLOW_ID=$workflow" \
        "AAOS_IDEMPOTENCY_KEY=$id" "AAOS_AGENT_ID=$agent" \
        "AAOS_STATE_DIR=$AAOS_STATE_DIR"; do
        grep -qxF "$line" environment || {
            echo "missing: $line" >&2
            false
        }
    done
    grep -qxE 'TRACEPARENT=00-[0-9a-f]{32}-[0-9a-f]{16}-01' environment
    run -1 grep AAOS_DEADLINE environment
}

@test "a key of the task's own is AAOS_IDEMPOTENCY_KEY" {
    id=$(aaos-submit -k order-1 'charge the card')
    drain -- sh -c 'echo "$AAOS_IDEMPOTENCY_KEY"'
    is "$(aaos-status results "$id")" order-1
}

@test "AAOS_DEADLINE says when the time limit strikes" {
    id=$(aaos-submit --timeout 1h 'hurry up')
    drain -- sh -c 'echo "$AAOS_DEADLINE"; date -ud "+59 minutes" +%s
        date -ud "+61 minutes" +%s; date -ud "$AAOS_DEADLINE" +%s'
    aaos-status results "$id" >got
    matches "$(sed -n 1p got)" '[0-9-]+T[0-9:.]+Z'
    [ "$(sed -n 4p got)" -ge "$(sed -n 2p got)" ]
    [ "$(sed -n 4p got)" -le "$(sed -n 3p got)" ]
}

@test "nothing of an outer task and no secret gets into the environment" {
    aaos-submit 'look around' >/dev/null
    AAOS_TASK_ID=from-outside AAOS_ATTEMPT=from-outside \
        AAOS_WORKFLOW_ID=from-outside AAOS_DEADLINE=from-outside \
        AAOS_COPROCESS=from-outside TRACEPARENT=from-outside \
        PGPASSWORD=hidden-word DATABASE_URL=postgresql://u:hidden-word@h/d \
        AAOS_DATABASE_URL=${AAOS_DATABASE_URL-$AAOS_STATE_DIR/aaos.db} \
        drain -- sh -c 'env >seen'
    run grep -e from-outside -e hidden-word seen
    is "$output" ''
    is "$(grep -c '^AAOS_TASK_ID=' seen)" 1
}

@test "a handler can submit tasks itself" {
    once 'parent task' sh -c '[ "$(cat)" != "parent task" ] ||
        aaos-submit "child task"'
    is "$(count "status = 'completed'")" 2
}

@test "AAOS_ARTIFACT_DIR is there, private, and gone when nothing was left" {
    once 'look' sh -c 'stat -c %a "$AAOS_ARTIFACT_DIR"; echo "$AAOS_ARTIFACT_DIR"'
    aaos-status results "$id" >got
    is "$(sed -n 1p got)" 700
    is "$(sed -n 2p got)" "$AAOS_STATE_DIR/artifacts/$id.1"
    [ ! -e "$AAOS_STATE_DIR/artifacts/$id.1" ]
}

# --- descriptor 3 ------------------------------------------------------------

@test "progress is seen while the task runs" {
    id=$(aaos-submit 'take a while')
    start_worker --lease 1s -- sh -c 'echo "progress 40 nearly half" >&3
        until [ -e go ]; do sleep 0.02; done'
    wait_until '[ "$(aaos-status task "$id" -o json | jq .progress)" = 40 ]'
    is "$(aaos-status task "$id" -o json | jq -r .progress_text)" 'nearly half'
    touch go
    wait_until '[ "$(state_of "$id")" = completed ]'
}

@test "artifact NAME is recorded with its SHA-256" {
    once 'make a file' sh -c 'echo contents >"$AAOS_ARTIFACT_DIR/report.txt"
        echo "artifact report.txt" >&3
        echo "artifact $AAOS_ARTIFACT_DIR/report.txt" >&3'
    is "$(sql 'SELECT DISTINCT artifact_ref, artifact_sha256 FROM execution_logs
        WHERE artifact_ref IS NOT NULL')" \
        "artifacts/$id.1/report.txt|$(echo contents | sha256sum | cut -d' ' -f1)"
    is "$(cat "$AAOS_STATE_DIR/artifacts/$id.1/report.txt")" contents
}

@test "an artifact that is a link, or lies elsewhere, is refused" {
    echo secret >outside
    once 'cheat' sh -c 'ln -s "$PWD/outside" "$AAOS_ARTIFACT_DIR/link"
        echo "artifact link" >&3
        echo "artifact ../../../outside" >&3
        echo "artifact $PWD/outside" >&3
        echo "artifact missing" >&3'
    is "$(state_of "$id")" completed
    is "$(sql 'SELECT count(*) FROM execution_logs
        WHERE artifact_sha256 IS NOT NULL')" 0
    is "$(sql "SELECT count(*) FROM execution_logs WHERE level = 'warn'")" 4
}

@test "result JSON wins over stdout, and stays as it was written" {
    once 'decide' sh -c 'echo chatter
        echo "result {\"verdict\": true, \"n\":12345678901234567890}" >&3'
    like "$(results)" '*"result":{"verdict": true, "n":12345678901234567890}*'
}

@test "a result that is no JSON is said, and does not count" {
    once 'decide' sh -c 'echo chatter; echo "result {oops" >&3'
    is "$(results | jq -r .result)" chatter
    is "$(sql "SELECT count(*) FROM execution_logs WHERE level = 'warn'")" 1
}

@test "a line that nobody knows is said, and does no harm" {
    once 'mumble' sh -c 'echo "abracadabra 1 2 3" >&3'
    is "$(state_of "$id")" completed
    like "$(aaos-status logs "$id" -F level,message)" 'warn*abracadabra*'
}

@test "retry_after moves the next attempt" {
    once 'not now' sh -c 'echo "retry_after 3600" >&3; exit 1'
    is "$(state_of "$id")" retry
    [ "$(sql 'SELECT (run_at - updated_at) / 1000000 FROM tasks')" -ge 3599 ]
}

@test "a handler that never opens descriptor 3 does no harm" {
    once 'close it' sh -c 'exec 3>&-; echo fine'
    is "$(aaos-status results "$id")" fine
}

# --- how it ends -------------------------------------------------------------

@test "exit 0 completes" {
    once 'do it' true
    is "$(sql 'SELECT status, reason, attempt, failures FROM tasks')" \
        'completed||1|0'
    is "$(attempt 'outcome, exit_status, signal')" 'completed|0|'
}

@test "a failure is tried again until it is dead" {
    no_back_off
    once 'fail' false
    is "$(sql 'SELECT status, reason, attempt, failures FROM tasks')" \
        'dead|failures|3|3'
    is "$(outcomes "$id")" 'failed failed failed'
}

@test "a second try may succeed" {
    no_back_off
    once 'try twice' sh -c '[ "$AAOS_ATTEMPT" = 2 ]'
    is "$(sql 'SELECT status, attempt, failures FROM tasks')" 'completed|2|1'
    is "$(outcomes "$id")" 'failed completed'
}

@test "the wait before a retry doubles" {
    settings task.retry_base=100 task.retry_cap=1h
    once 'fail' false
    is "$(state_of "$id")" retry
    wait=$(sql 'SELECT (run_at - updated_at) / 1000000 FROM tasks')
    [ "$wait" -ge 99 ] && [ "$wait" -le 126 ]
    sql_write 'UPDATE tasks SET run_at = 0'
    drain -- false
    wait=$(sql 'SELECT (run_at - updated_at) / 1000000 FROM tasks')
    [ "$wait" -ge 199 ] && [ "$wait" -le 251 ]
}

@test "exit 126 and 127 are failures, and tried again" {
    once 'fail' sh -c 'exit 127'
    is "$(sql 'SELECT status, failures FROM tasks')" 'retry|1'
    is "$(attempt exit_status)" 127
}

@test "the statuses of sysexits that cannot be mended are dead at once" {
    for status in 64 65 66 77 78; do
        aaos-submit "exit $status" >/dev/null
    done
    drain -- sh -c 'read -r _ status; exit "$status"'
    is "$(count "status = 'dead' AND reason = 'permanent' AND attempt = 1")" 5
}

@test "--permanent says which statuses are dead at once" {
    once_dead=$(aaos-submit 'exit 3')
    again=$(aaos-submit 'exit 65')
    drain --permanent 3,4 -- sh -c 'read -r _ status; exit "$status"'
    is "$(state_of "$once_dead")" dead
    is "$(state_of "$again")" retry
}

@test "a signal is a failure" {
    once 'crash' sh -c 'kill -SEGV $$'
    is "$(state_of "$id")" retry
    is "$(attempt 'outcome, exit_status, signal')" 'failed||11'
}

@test "a time limit ends a handler that ignores TERM" {
    once_trapped='trap "" TERM; echo started; while :; do sleep 0.02; done'
    id=$(aaos-submit --max-attempts 1 'hang')
    drain --timeout 0.3 --grace 0.2 -- sh -c "$once_trapped"
    is "$(sql 'SELECT status, reason FROM tasks')" 'dead|failures'
    is "$(attempt 'outcome, signal')" 'timed_out|9'
    is "$(results | jq -r .result)" started
}

@test "a time limit of the task wins over that of the worker" {
    id=$(aaos-submit --max-attempts 1 --timeout 0.2 'hang')
    drain --timeout 1h --grace 5 -- sleep 1000
    is "$(attempt 'outcome, signal')" 'timed_out|15'
}

@test "a handler that stops itself meets the time limit, too" {
    id=$(aaos-submit --max-attempts 1 'stop')
    drain --timeout 0.2 --grace 0.1 -- sh -c 'kill -STOP $$'
    like "$(attempt 'outcome, signal')" 'timed_out|?*'
}

@test "a command that is not there is found out at the start: 78" {
    id=$(aaos-submit 'some task')
    run -78 aaos-worker --once -- no-such-command
    like "$output" '*no-such-command*'
    is "$(sql 'SELECT status, attempt FROM tasks')" 'pending|0'
}

@test "a command that cannot be executed hands the task back: 78" {
    printf 'no program at all' >broken
    chmod +x broken
    id=$(aaos-submit 'some task')
    run -78 aaos-worker --once -- ./broken
    is "$(sql 'SELECT status, failures, losses FROM tasks')" 'pending|0|0'
    is "$(outcomes "$id")" handed_back
}

# --- which tasks -------------------------------------------------------------

@test "-t takes only these types" {
    run -0 aaos-submit -t qa 'one of qa'
    run -0 aaos-submit -t code 'one of code'
    run -0 aaos-submit -t trading 'one of trading'
    drain -t qa,trading --builtin noop
    is "$(count "status = 'completed'")" 2
    is "$(sql "SELECT task_type FROM tasks WHERE status = 'pending'")" code
}

@test "--agent takes the types of its profile" {
    run -0 aaos-submit -t qa 'one of qa'
    run -0 aaos-submit -t code 'one of code'
    drain --agent code --builtin noop
    is "$(sql "SELECT task_type FROM tasks WHERE status = 'completed'")" code
    is "$(sql 'SELECT agent_type FROM agents')" code
}

@test "an unknown type is a matter of usage, and the nearest is named" {
    run -64 aaos-worker -t reserach --builtin noop
    like "$output" '*research*'
}

@test "exactly one handler is named" {
    run -64 aaos-worker --once
    run -64 aaos-worker --once --builtin noop -- true
    run -64 aaos-worker --once --builtin juggle
}

@test "more urgent tasks run first, and equals in their order" {
    local n

    for n in 5:1 0:2 10:3 5:4 10:5 7:6; do
        aaos-submit -p "${n%:*}" "task $n" >/dev/null
    done
    drain -- sh -c 'cat >>order'
    is "$(cut -d' ' -f2 order | paste -sd' ')" '10:3 10:5 7:6 5:1 5:4 0:2'
}

@test "with --builtin, too, more urgent tasks run first" {
    seq 300 | awk '{ printf "{\"description\":\"task %d\",\"priority\":%d}\n",
        $1, $1 % 11 }' | aaos-submit >/dev/null
    drain --joblog log --builtin noop
    is "$(sql 'SELECT count(*) FROM attempts')" 300
    sql 'SELECT t.priority FROM attempts a JOIN tasks t ON t.seq = a.seq
        ORDER BY a.claimed_at, t.sort_at' | sort -rnc
}

@test "each step of priority outweighs one aging unit of waiting" {
    seq 0 10 | awk '{ printf "{\"description\":\"task %d\",\"priority\":%d}\n",
        $1, $1 }' | aaos-submit >/dev/null
    is "$(sql 'SELECT DISTINCT (created_at - sort_at - priority * 300000000)
        FROM tasks')" 0
    run -0 aaos-submit -p 3 --delay 1h 'a later one'
    is "$(sql "SELECT run_at - sort_at - priority * 300000000 FROM tasks
        WHERE status = 'scheduled'")" 0
}

@test "an aging unit of nothing is first come, first served" {
    settings task.aging_unit=0
    run -0 aaos-submit -p 0 'first'
    run -0 aaos-submit -p 10 'second'
    drain -- sh -c 'cat >>order'
    is "$(paste -sd, order)" first,second
}

@test "an old task is not overtaken for ever" {
    old=$(aaos-submit -p 1 'old and dull')
    sql_write 'UPDATE tasks SET created_at = created_at - 3600000000,
        sort_at = sort_at - 3600000000'
    run -0 aaos-submit -p 10 'new and urgent'
    drain -r none -- sh -c 'cat >>order'
    is "$(head -n 1 order)" 'old and dull'
}

@test "a delayed task runs at its time, not before" {
    id=$(aaos-submit --delay 0.5 'in a moment')
    is "$(state_of "$id")" scheduled
    drain --builtin noop
    is "$(state_of "$id")" completed
    is "$(sql 'SELECT count(*) FROM tasks WHERE started_at < run_at')" 0
}

@test "a task that has expired is cancelled, not run" {
    id=$(aaos-submit --expires 0.05 'only now')
    wait_until '[ "$(sql "SELECT count(*) FROM tasks
        WHERE expires_at > $(date +%s%6N)")" = 0 ]'
    drain -- touch ran
    [ ! -e ran ]
    is "$(sql 'SELECT status, reason FROM tasks')" 'cancelled|expired'
}

# --- when it ends ------------------------------------------------------------

@test "--once runs one task: 0 when it completed" {
    run -0 aaos-submit 'first task' 'second task'
    run -0 aaos-worker --once --builtin noop
    is "$(count "status = 'completed'")" 1
    is "$(count "status = 'pending' AND attempt = 0")" 1
}

@test "--once ends with 1 when the task did not complete" {
    run -0 aaos-submit 'a task'
    run -1 aaos-worker --once -- false
}

@test "--once ends with 75 when there is nothing to do" {
    run -75 aaos-worker --once --builtin noop
    run -0 aaos-submit -t qa 'of another type'
    run -75 aaos-worker --once -t code --builtin noop
}

@test "--max-tasks N runs N tasks" {
    run -0 aaos-submit 'task one' 'task two' 'task three' 'task four'
    run -0 aaos-worker --max-tasks 3 -j 2 --builtin noop
    is "$(count "status = 'completed'")" 3
    is "$(count "status = 'pending'")" 1
}

@test "--until-empty ends when nothing is due, whatever the outcomes" {
    run -0 aaos-submit 'a task' 'another'
    later=$(aaos-submit --delay 1h 'much later')
    run -0 aaos-worker --until-empty -- false
    is "$(count "status = 'retry'")" 2
    is "$(state_of "$later")" scheduled
}

@test "--until-empty=all waits for every live task but held ones" {
    held=$(aaos-submit --hold 'not at all')
    later=$(aaos-submit --delay 1.5 'a little later')
    run -0 aaos-worker --until-empty=all --builtin noop
    is "$(state_of "$later")" completed
    is "$(state_of "$held")" held
}

@test "--until-empty waits for the task of another worker" {
    aaos-submit 'slow one' >/dev/null
    start_worker --once -- sh -c 'until [ -e go ]; do sleep 0.02; done'
    wait_until '[ "$(count "status = '\''running'\''")" = 1 ]'
    background aaos-worker --until-empty --builtin noop
    second=$background
    wait_until '[ "$(sql "SELECT count(*) FROM agents
        WHERE status = '\''active'\''")" = 2 ]'
    touch go
    ends_with 0 "$worker"
    ends_with 0 "$second"
    is "$(count "status = 'completed'")" 1
}

@test "--halt now,fail=1 stops at the first failure and kills the others" {
    aaos-submit -p 9 'hang on' >/dev/null
    aaos-submit 'fail now' 'never run' >/dev/null
    run -1 aaos-worker -j 2 --halt now,fail=1 --grace 1 -- sh -c 'read -r what _
        [ "$what" = fail ] || exec sleep 1000
        until [ "$(aaos-status tasks --state running | wc -l)" = 2 ]; do
            sleep 0.02
        done
        exit 1'
    is "$(sql 'SELECT status FROM tasks ORDER BY seq' | paste -sd,)" \
        pending,retry,pending
}

@test "--halt soon,fail=1 lets running ones finish" {
    aaos-submit 'fail one' 'good one' 'never run' >/dev/null
    run -1 aaos-worker -j 2 --halt soon,fail=1 -- sh -c 'read -r what _
        if [ "$what" = fail ]; then
            until [ -e good ]; do sleep 0.02; done
            exit 1
        fi
        touch good
        until [ "$(aaos-status tasks --state retry | wc -l)" = 1 ]; do
            sleep 0.02
        done'
    is "$(sql 'SELECT status FROM tasks ORDER BY seq' | paste -sd,)" \
        retry,completed,pending
}

@test "--halt soon,fail=2 stops at the second failure, not at the first" {
    aaos-submit 'task one' 'task two' 'task three' >/dev/null
    run -1 aaos-worker --halt soon,fail=2 -- false
    is "$(sql 'SELECT status FROM tasks ORDER BY seq' | paste -sd,)" \
        retry,retry,pending
}

@test "--joblog has the columns of GNU parallel" {
    aaos-submit 'good one' 'bad	one' >/dev/null
    drain --joblog log -- sh -c 'echo said; [ "$1" = "good one" ] || exit 3' \
        handler {}
    is "$(head -n 1 log)" \
        'Seq	Host	Starttime	JobRuntime	Send	Receive	Exitval	Signal	Command'
    is "$(wc -l <log)" 3
    is "$(awk -F'\t' '{ print NF }' log | sort -u)" 9
    is "$(sed 1d log | cut -f7 | sort | paste -sd,)" 0,3
    is "$(sed 1d log | cut -f6 | sort -u)" 5
    aaos-submit 'third one' >/dev/null
    drain --joblog +log -- true
    is "$(grep -c ^Seq log)" 1
    is "$(wc -l <log)" 4
    aaos-submit 'fourth one' >/dev/null
    drain --joblog log -- true
    is "$(wc -l <log)" 2
}

# --- builtins ----------------------------------------------------------------

@test "--builtin echo gives back the payload, else the description" {
    run -0 aaos-submit <<<'{"description":"words","payload":"the payload"}'
    run -0 aaos-submit 'only words'
    drain --builtin echo
    is "$(results | jq -r .result | paste -sd,)" 'the payload,only words'
}

@test "--builtin sleep sleeps as long as the description says" {
    run -0 aaos-submit 0.05 0.1s
    drain -j 2 --builtin sleep
    is "$(count "status = 'completed' AND finished_at - started_at >= 50000")" 2
}

@test "--builtin fail fails, for ever if asked" {
    run -0 aaos-submit 'some task' permanent
    drain --builtin fail
    is "$(sql 'SELECT status FROM tasks ORDER BY seq' | paste -sd,)" retry,dead
}

@test "a thousand tasks through a builtin are recorded, each once" {
    seq -f 'task %g' 1000 | aaos-submit >/dev/null
    drain -j 4 --builtin noop
    is "$(count "status = 'completed' AND attempt = 1")" 1000
    is "$(sql "SELECT count(*) FROM attempts WHERE outcome = 'completed'")" 1000
}
