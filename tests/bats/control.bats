#!/usr/bin/env bats
# The operator's switches: pause, resume, kill, revive, proof, real, flags.

# shellcheck disable=SC2013,SC2016,SC2030,SC2031,SC2034
load helper

flag() { # name
    aaos-dispatch flags -o json | jq -r ".[0].$1"
}

audited() {
    sql 'SELECT verb, count, reason FROM audit_logs ORDER BY seq' | tr '\n' ' '
}

agents() {
    sql 'SELECT count(*) FROM agents WHERE gone_at IS NULL'
}

# --- pause -------------------------------------------------------------------

@test "pause --in: submitting is refused with 77, nothing is stored" {
    before=$(aaos-submit 'first task')
    run --separate-stderr -0 aaos-dispatch pause --in --reason 'disk is full'
    is "$output" ''
    like "$stderr" 'aaos-dispatch: paused: nothing is accepted'
    run --separate-stderr -77 aaos-submit 'second task'
    is "$output" ''
    like "$stderr" '*paused*'
    run -77 bash -c "seq -f 'task %g' 5000 | aaos-submit"
    is "$(count)" 1
    # Workers go on.
    drain --builtin noop
    is "$(state_of "$before")" completed
    aaos-dispatch -q resume
    aaos-submit 'second task'
    is "$(count)" 2
}

@test "pause --out: submitting goes on, workers are given nothing" {
    start_worker --builtin noop
    wait_until '[ "$(agents 2>/dev/null)" = 1 ]'
    aaos-dispatch -q pause --out
    id=$(aaos-submit 'first task')
    run -75 aaos-worker --once --builtin noop
    is "$(sql 'SELECT status, attempt FROM tasks')" 'pending|0'
    # Both this worker and the one that waits go on when they are woken.
    aaos-dispatch -q resume
    wait_until '[ "$(state_of "$id")" = completed ]'
    is "$(sql 'SELECT losses FROM tasks')" 0
}

@test "pause without a direction is both" {
    aaos-dispatch -q pause
    is "$(flag paused_in) $(flag paused_out)" 'true true'
    run -77 aaos-submit 'first task'
    run -75 aaos-worker --once --builtin noop
    aaos-dispatch -q resume
    is "$(flag paused_in) $(flag paused_out)" 'false false'
}

@test "what runs while the queue is paused runs to its end" {
    id=$(aaos-submit 'first task')
    mkfifo go
    start_worker --once -- sh -c 'touch started; cat go'
    wait_until '[ -e started ]'
    aaos-dispatch -q pause
    echo result >go
    ends_with 0 "$worker"
    is "$(state_of "$id")" completed
    is "$(aaos-status results "$id")" result
}

@test "pause -t: nothing of this type is given to workers" {
    code=$(aaos-submit -t code 'first task')
    qa=$(aaos-submit -t qa 'second task')
    aaos-dispatch -q pause -t code --reason 'no compiler'
    is "$(flag 'paused_types | tostring')" '["code"]'
    start_worker --builtin noop
    wait_until '[ "$(state_of "$qa")" = completed ]'
    is "$(state_of "$code")" pending
    # To its own workers it looks as if there were nothing.
    run -75 aaos-worker -t code --once --builtin noop
    aaos-dispatch -q pause -t analysis
    aaos-dispatch -q resume -t code
    wait_until '[ "$(state_of "$code")" = completed ]'
    is "$(flag 'paused_types | tostring')" '["analysis"]'
    aaos-dispatch -q resume
    is "$(flag 'paused_types | tostring')" null
}

@test "a tick of a paused queue records that and does nothing" {
    echo '{"path":"a","content":"b"}' |
        aaos-dispatch -q enqueue-action file -k one
    id=$(aaos-submit --expires 1h 'first task')
    sql_write 'UPDATE tasks SET expires_at = 1'
    aaos-dispatch -q pause --out
    run --separate-stderr -0 aaos-dispatch tick
    is "$output$stderr" ''
    is "$(sql 'SELECT status, attempted FROM tick_ledger')" 'PAUSED|0'
    is "$(sql 'SELECT status FROM actions')" pending
    is "$(state_of "$id")" pending
    aaos-dispatch -q resume
    aaos-dispatch tick
    is "$(sql 'SELECT status FROM tick_ledger ORDER BY id DESC LIMIT 1')" \
        SUCCESS
    is "$(sql 'SELECT status FROM actions')" completed
    is "$(state_of "$id")" cancelled
}

@test "a paused way in does not pause the tick" {
    aaos-dispatch -q pause --in
    aaos-dispatch tick
    is "$(sql 'SELECT status FROM tick_ledger')" SUCCESS
}

@test "why a task does not run: what is paused, or the kill switch" {
    id=$(aaos-submit -t code 'first task')
    aaos-dispatch -q pause -t code
    like "$(aaos-status why "$id")" '*claims of type code are paused'
    aaos-dispatch -q pause --out
    like "$(aaos-status why "$id")" '*claims are paused'
    aaos-dispatch -q kill
    like "$(aaos-status why "$id")" '*kill switch'
    run -1 aaos-status health
    like "$output" '*bad*flags*kill switch*'
}

# --- kill --------------------------------------------------------------------

@test "kill: workers end with 77, their children end, the tasks go back" {
    seq -f 'task %g' 4 | aaos-submit >/dev/null
    # One heartbeat is a third of the lease.
    start_worker --lease 3s -j 2 -- \
        sh -c 'sleep 1000 & echo $$ $! >pid.$AAOS_TASK_ID; wait'
    wait_until '[ "$(cat pid.* 2>/dev/null | wc -w)" = 4 ]'
    aaos-dispatch -q kill --reason 'the prompt deletes files'
    ends_with 77 "$worker"
    like "$(cat worker.err)" '*kill switch*'
    for pid in $(cat pid.*); do
        gone "$pid"
    done
    is "$(sql 'SELECT count(*), sum(losses), sum(failures) FROM tasks
        WHERE status = '"'pending'")" '4|0|0'
    is "$(sql 'SELECT DISTINCT outcome FROM attempts')" handed_back
}

@test "kill: a co-process ends with its worker" {
    aaos-submit 'first task' >/dev/null
    start_worker --lease 3s --coprocess -- sh -c 'echo $$ >pid
        echo "{\"type\":\"register\"}"; sleep 1000 & wait'
    wait_until '[ "$(sql "SELECT count(*) FROM tasks
        WHERE status = '"'running'"'" 2>/dev/null)" = 1 ]'
    aaos-dispatch -q kill
    ends_with 77 "$worker"
    gone "$(cat pid)"
    is "$(sql 'SELECT status, failures FROM tasks')" 'pending|0'
}

@test "kill: an idle worker ends with 77, too" {
    start_worker --lease 3s --builtin noop
    wait_until '[ "$(agents 2>/dev/null)" = 1 ]'
    aaos-dispatch -q kill
    ends_with 77 "$worker"
    is "$(agents)" 0
}

@test "kill: nothing is accepted, started or ticked until revive" {
    aaos-submit 'first task' >/dev/null
    aaos-dispatch -q kill --reason 'fire in the attic'
    run -77 aaos-submit 'second task'
    run -77 aaos-worker --once --builtin noop
    run -77 aaos-worker --until-empty --builtin noop
    like "$output" '*revive*'
    run --separate-stderr -77 aaos-dispatch tick
    like "$stderr" '*fire in the attic*'
    run -77 aaos-dispatch run --ticks 1
    is "$(sql 'SELECT count(*) FROM tick_ledger')" 0
    is "$(sql 'SELECT count(*), sum(attempt) FROM tasks')" '1|0'
    aaos-dispatch -q revive
    drain --builtin noop
    aaos-dispatch tick
    is "$(count "status = 'completed'")" 1
}

@test "a killed queue can be looked at and put in order" {
    id=$(aaos-submit 'first task')
    aaos-dispatch -q kill
    run -0 aaos-status tasks
    run -0 aaos-dispatch cancel "$id"
    is "$(state_of "$id")" cancelled
}

@test "revive leaves paused what was paused" {
    aaos-dispatch -q pause --in
    aaos-dispatch -q kill
    aaos-dispatch -q revive
    is "$(flag killed) $(flag paused_in)" 'false true'
    run -77 aaos-submit 'first task'
}

# --- proof and real ----------------------------------------------------------

@test "proof mode is on from the beginning; real and proof change it" {
    is "$(flag proof_mode)" true
    run --separate-stderr -0 aaos-dispatch real
    like "$stderr" '*real mode: actions are sent'
    is "$(flag proof_mode)" false
    run --separate-stderr -0 aaos-dispatch proof
    like "$stderr" '*proof mode: actions are written, not sent'
    is "$(flag proof_mode)" true
}

# --- who, when, why ----------------------------------------------------------

@test "each change is audited: who, when, why" {
    aaos-dispatch -q pause --in --reason 'one'
    aaos-dispatch -q pause --out --reason 'two'
    aaos-dispatch -q pause -t code --reason 'three'
    aaos-dispatch -q resume --reason 'four'
    aaos-dispatch -q kill --reason 'five'
    aaos-dispatch -q revive --reason 'six'
    aaos-dispatch -q real --reason 'seven'
    aaos-dispatch -q proof --reason 'eight'
    is "$(audited)" 'pause_in|1|one pause_out|1|two pause_type|1|three '\
'resume|1|four kill|1|five revive|1|six real|1|seven proof|1|eight '
    is "$(sql 'SELECT detail FROM audit_logs WHERE seq = 3')" \
        '{"type":"code"}'
    is "$(sql 'SELECT count(DISTINCT actor) FROM audit_logs')" 1
    like "$(sql 'SELECT actor FROM audit_logs LIMIT 1')" '?*@?*'
    is "$(sql 'SELECT count(*) FROM audit_logs a JOIN audit_logs b
        ON b.seq = a.seq + 1 AND b.prev_hash = a.hash AND b.ts >= a.ts')" 7
    is "$(sql "SELECT value FROM meta WHERE key = 'audit_hash'")" \
        "$(sql 'SELECT hash FROM audit_logs ORDER BY seq DESC LIMIT 1')"
}

@test "what was so already changes nothing and is not audited" {
    aaos-dispatch -q pause --in --reason 'one'
    run --separate-stderr -0 aaos-dispatch pause --in --reason 'two'
    like "$stderr" '*was so already*'
    is "$(audited)" 'pause_in|1|one '
    is "$(flag reason)" one
}

@test "flags says what is in force, since when, by whom and why" {
    aaos-dispatch -q pause --out --reason 'new prompts'
    is "$(aaos-dispatch flags | cut -f 1-5,8)" \
        "$(printf '%s\t' false true '' false true)new prompts"
    matches "$(flag updated_at)" "$instant"
    like "$(flag updated_by)" '?*@?*'
    is "$(aaos-status flags -o json | jq -c '[.paused_out, .reason]')" \
        '[true,"new prompts"]'
    like "$(aaos-status overview)" '*paused*'
}

@test "--reason is text like any other" {
    aaos-dispatch -q kill --reason $'tab\there \e[31m "quoted"'
    is "$(aaos-status flags -o json | jq -r .reason)" \
        $'tab\there \\x1b[31m "quoted"'
    run -77 aaos-dispatch tick
    [[ $output != *$'\e'* ]]
    run -64 aaos-dispatch revive --reason "$(printf 'x%.0s' {1..1001})"
    is "$(flag killed)" true
}

@test "what makes no sense is a matter of usage" {
    run -64 aaos-dispatch pause 1
    run -64 aaos-dispatch pause -t nonsense
    run -64 aaos-dispatch pause -t qaa
    like "$output" "*did you mean 'qa'*"
    run -64 aaos-dispatch pause --in -t code
    run -64 aaos-dispatch kill --dry-run
    run -64 aaos-dispatch flags more
    is "$(sql 'SELECT count(*) FROM audit_logs' 2>/dev/null || echo 0)" 0
}
