#!/usr/bin/env bats
# aaos-dispatch tick and run: one at a time, whoever dies or is stopped.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

points='dispatch.leased dispatch.opened dispatch.step dispatch.taken
    dispatch.sent dispatch.recorded dispatch.closing'

enqueue() { # key
    echo '{"path":"a.txt","content":"text"}' |
        aaos-dispatch -q enqueue-action file -k "$1"
}

ledger() {
    sql 'SELECT status, attempted, succeeded, notes FROM tick_ledger
         ORDER BY id DESC LIMIT 1'
}

# --- a tick ------------------------------------------------------------------

@test "a tick says nothing and leaves a row in the ledger" {
    run --separate-stderr -0 aaos-dispatch tick
    is "$output$stderr" ''
    is "$(ledger)" 'SUCCESS|0|0|'
}

@test "another dispatcher has the lease: quiet, or 75 with --exclusive" {
    aaos-dispatch tick
    case ${AAOS_DATABASE_URL-} in
    '') now='(SELECT expires_at + 20000000 FROM leases)' ;;
    *) now='aaos_now() + 20000000' ;;
    esac
    sql_write "UPDATE leases SET owner = 'elsewhere/b/1/x', expires_at = $now"
    run --separate-stderr -0 aaos-dispatch tick
    is "$output$stderr" ''
    run -75 aaos-dispatch tick --exclusive
    like "$output" '*elsewhere*'
    is "$(sql 'SELECT count(*) FROM tick_ledger')" 1
}

@test "a tick that fails in part exits 1 and says what failed" {
    aaos-dispatch -q real
    echo '{"url":"https://example.org/","event":{"type":"t"}}' |
        aaos-dispatch -q enqueue-action webhook -k one
    run --separate-stderr -1 aaos-dispatch -q tick
    like "$stderr" '*FAIL*'
    is "$(ledger)" 'FAIL|1|0|'
    is "$(sql 'SELECT status FROM actions')" dead
    like "$(sql 'SELECT last_error FROM actions')" 'REAL_RUN_UNCONFIGURED*'
}

@test "requeue with the id of an action brings it back" {
    id=$(enqueue one | cut -f1)
    run --separate-stderr -1 aaos-dispatch requeue "$id"
    like "$stderr" '*pending*'
    run -0 aaos-dispatch cancel "$id"
    is "$output" "$id	cancelled"
    aaos-dispatch tick
    is "$(sql 'SELECT attempts FROM actions')" 0
    run -0 aaos-dispatch requeue --reason why "$id"
    is "$output" "$id	pending"
    aaos-dispatch tick
    is "$(sql 'SELECT status, attempts FROM actions')" 'completed|1'
    is "$(sql 'SELECT verb, reason FROM audit_logs ORDER BY seq' |
        tr '\n' ' ')" 'enqueue_action| cancel_action| requeue_action|why '
}

@test "a bad payload is refused before anything is stored" {
    run -65 aaos-dispatch enqueue-action file -k k <<<'{"path":1}'
    run -65 aaos-dispatch enqueue-action file -k k <<<'{'
    run -65 aaos-dispatch enqueue-action nothing -k k <<<'{}'
    run -64 aaos-dispatch enqueue-action file <<<'{}'
    is "$(sql 'SELECT count(*) FROM actions')" 0
}

# --- run ---------------------------------------------------------------------

@test "run ends after so many ticks" {
    run -0 aaos-dispatch -q run --ticks 3 --interval 0.1
    is "$(sql 'SELECT count(*) FROM tick_ledger')" 3
}

@test "run ends on TERM with the lease released" {
    background aaos-dispatch -q run --interval 60s
    wait_until '[ "$(sql "SELECT count(*) FROM tick_ledger
        WHERE finished_at IS NOT NULL" 2>/dev/null)" = 1 ]'
    kill -TERM "$background"
    ends_with 0 "$background"
    run -0 aaos-dispatch tick --exclusive
}

@test "run ends with 77 when the queue is killed" {
    background aaos-dispatch -q run --interval 0.1
    wait_until '[ "$(sql "SELECT count(*) FROM tick_ledger" 2>/dev/null)" \
        -gt 0 ]'
    aaos-dispatch -q kill --reason fire
    ends_with 77 "$background"
    run -77 aaos-dispatch tick
    like "$output" '*fire*'
    run -77 aaos-submit 'some task'
    aaos-dispatch -q revive
    run -0 aaos-dispatch tick
}

@test "every tick has its row: when, how it went, under which term" {
    enqueue one >/dev/null
    aaos-dispatch tick
    aaos-dispatch tick
    is "$(sql 'SELECT status, attempted, succeeded, term FROM tick_ledger
        ORDER BY id')" 'SUCCESS|1|1|1
SUCCESS|0|0|2'
    is "$(sql 'SELECT count(*) FROM tick_ledger
        WHERE started_at > 0 AND finished_at >= started_at')" 2
    is "$(aaos-status ticks -F status,attempted,term)" $'SUCCESS\t0\t2
SUCCESS\t1\t1'
    matches "$(aaos-status ticks -o jsonl --limit 1 | jq -r .started_at)" \
        "$instant"
}

@test "two that run: one ticks, and the other follows it within one tick" {
    background aaos-dispatch run --interval 0.1
    first=$background
    wait_until '[ "$(sql "SELECT count(*) FROM tick_ledger" 2>/dev/null)" -gt 0 ]'
    background aaos-dispatch run --interval 0.1
    second=$background
    ticks=$(sql 'SELECT count(*) FROM tick_ledger')
    wait_until '[ "$(sql "SELECT count(*) FROM tick_ledger")" -gt $((ticks + 3)) ]'
    # Each tick has a term of its own or continues one; none runs beside one.
    is "$(sql 'SELECT count(*) FROM tick_ledger a JOIN tick_ledger b
        ON b.id > a.id AND b.started_at < a.finished_at')" 0
    kill -KILL "$first"
    wait_until "gone $first"
    ticks=$(sql 'SELECT max(id) FROM tick_ledger WHERE finished_at > 0')
    wait_until '[ "$(sql "SELECT count(*) FROM tick_ledger
        WHERE id > $ticks AND status = '"'SUCCESS'"'")" -gt 1 ]' 5
    kill -TERM "$second"
    ends_with 0 "$second"
}

# --- whoever dies ------------------------------------------------------------

@test "a dispatcher killed anywhere is replaced at once, nothing is lost" {
    has_failpoints
    n=0
    for point in $points; do
        n=$((n + 1))
        enqueue "key-$n" >/dev/null
        AAOS_FAILPOINT=$point:kill run -137 aaos-dispatch tick
        # What it was trying is left alone for a while.
        sql_write 'UPDATE actions SET lease_until = 0
            WHERE lease_until IS NOT NULL'
        run -0 aaos-dispatch -q tick --exclusive
        is "$(sql 'SELECT status FROM tick_ledger ORDER BY id DESC LIMIT 1')" \
            SUCCESS
        is "$(sql "SELECT status, attempts FROM actions
            WHERE idempotency_key = 'key-$n'")" 'completed|1'
    done
    is "$(sql 'SELECT count(*) FROM execution_logs')" "$n"
    is "$(sql 'SELECT count(*) FROM tick_ledger WHERE finished_at IS NULL')" 0
    # Each died under a term of its own, and so did who followed it.
    is "$(sql 'SELECT term FROM leases')" $((2 * n))
}

# --- whoever is stopped ------------------------------------------------------

# As seen by everybody but the one that is stopped.
all_there_is() {
    sql 'SELECT * FROM tick_ledger ORDER BY id'
    sql 'SELECT status, attempts, term, run_at FROM actions ORDER BY seq'
    sql 'SELECT id, message FROM execution_logs ORDER BY id'
    sql 'SELECT count(*) FROM system_metrics'
    sql 'SELECT owner, term FROM leases'
}

@test "a dispatcher that was stopped changes nothing and exits 76" {
    has_failpoints
    aaos-dispatch tick
    n=0
    for point in $points; do
        n=$((n + 1))
        enqueue "key-$n" >/dev/null
        AAOS_FAILPOINT=$point:stop background aaos-dispatch -q tick
        stopped=$background
        wait_until "[[ \$(ps -o stat= -p $stopped) == T* ]]"
        sql_write 'UPDATE leases SET expires_at = 0'
        sql_write 'UPDATE actions SET lease_until = 0
            WHERE lease_until IS NOT NULL'
        run -0 aaos-dispatch -q tick --exclusive
        all_there_is >before
        kill -CONT "$stopped"
        ends_with 76 "$stopped"
        all_there_is >after
        diff -u before after
        is "$(sql "SELECT status, attempts FROM actions
            WHERE idempotency_key = 'key-$n'")" 'completed|1'
    done
}
