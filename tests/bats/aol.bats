#!/usr/bin/env bats
# The seven acceptance criteria of the autonomy orchestration layer, each
# under its own name.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

setup() {
    fresh_start
    # Nobody here has a key to a model.
    unset OPENAI_API_KEY ANTHROPIC_API_KEY
}

post() { # key
    aaos-dispatch -q enqueue-action post_social --key "$1" <<'END'
{"social_platform":"mastodon","content":"Hello from the queue","audience":"public"}
END
}

autonomy() { # jq expression
    aaos-status autonomy -o json | jq -cr "$1"
}

tables() {
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        sql "SELECT table_name FROM information_schema.tables
            WHERE table_schema = 'public'"
    else
        sql "SELECT name FROM sqlite_master WHERE type = 'table'"
    fi
}

@test "criterion 1: the five tables are there" {
    aaos-migrate -q up
    tables | grep -cxE \
        'actions|control_flags|execution_logs|leases|tick_ledger' >found
    is "$(cat found)" 5
    # What the source asks of them: the key and the holder are unique.
    sql_write "INSERT INTO leases (name, owner, term) VALUES ('x', 'one', 1)"
    run sql_write "INSERT INTO leases (name, owner, term)
        VALUES ('x', 'two', 1)"
    [ "$status" -ne 0 ]
    post one >/dev/null
    run sql_write "INSERT INTO actions (action_id, idempotency_key,
        action_type, payload_json, status, run_at, created_at, updated_at)
        VALUES ('x', 'one', 'file', '{}', 'pending', 0, 0, 0)"
    [ "$status" -ne 0 ]
}

@test "criterion 2: the view of the operator opens and renders" {
    # Before there is anything, and after.
    run -0 aaos-status autonomy
    aaos-submit 'first task'
    aaos-dispatch tick
    run -0 aaos-status autonomy
    for heading in lease flags last_tick actions tasks logs; do
        grep -qx "$heading" <<<"$output"
    done
    run -0 on_terminal aaos-status autonomy
    like "$output" '*lease*flags*last_tick*'
}

@test "criterion 3: without a key to a model everything works" {
    is "${OPENAI_API_KEY-none}${ANTHROPIC_API_KEY-none}" nonenone
    id=$(aaos-submit 'first task')
    run -0 aaos-dispatch tick
    drain -- cat
    is "$(aaos-status results "$id")" 'first task'
    run -0 aaos-status overview
    run -0 aaos-dispatch -q run --ticks 1
}

@test "criterion 4: the public interfaces answer" {
    for program in submit worker dispatch status migrate; do
        run -0 "aaos-$program" --version
        like "$output" "aaos-$program *"
        run -0 "aaos-$program" --help
    done
    for verb in tick run pause resume kill revive proof real flags \
        enqueue-action requeue; do
        run -0 aaos-dispatch "$verb" --help
    done
}

@test "criterion 5: the daemon runs two ticks and more" {
    run --separate-stderr -0 aaos-dispatch run --ticks 2 --interval 0.1
    is "$(sql 'SELECT status, attempted, succeeded FROM tick_ledger
        ORDER BY id')" 'SUCCESS|0|0
SUCCESS|0|0'
    run -0 aaos-dispatch -q run --ticks 5 --interval 0.1
    is "$(sql "SELECT count(*) FROM tick_ledger
        WHERE status = 'SUCCESS'")" 7
}

@test "criterion 6: the view shows what the database holds" {
    for key in one two three four; do
        post "$key" >/dev/null
    done
    # Three a tick: one stays pending.
    aaos-dispatch tick
    aaos-dispatch -q pause --in --reason 'as a test'
    is "$(autonomy '.flags | [.paused_in, .paused_out, .killed, .proof_mode,
        .reason]')" '[true,false,false,true,"as a test"]'
    is "$(autonomy '.last_tick | [.status, .attempted, .succeeded, .term]
        | join("|")')" \
        "$(sql 'SELECT status, attempted, succeeded, term FROM tick_ledger')"
    is "$(autonomy '.actions | [.pending, .retry, .dead]')" '[1,0,0]'
    is "$(autonomy '.logs[].artifact_sha256' | sort)" \
        "$(sql 'SELECT artifact_sha256 FROM execution_logs' | sort)"
    is "$(autonomy '.logs | length')" 3
    # The lease was given back in order; now somebody has it.
    is "$(autonomy '.lease | [.holder, .seconds_left]')" '[null,0]'
    case ${AAOS_DATABASE_URL-} in
    '') now='(SELECT expires_at + 20000000 FROM leases)' ;;
    *) now='aaos_now() + 20000000' ;;
    esac
    sql_write "UPDATE leases SET owner = 'elsewhere', expires_at = $now"
    is "$(autonomy '.lease | [.holder, .seconds_left > 0, .term]')" \
        '["elsewhere",true,1]'
    # And what fails, waits and dies is counted as that.
    sql_write "UPDATE actions SET status = 'retry'
        WHERE idempotency_key = 'four'"
    is "$(autonomy '.actions | [.pending, .retry, .dead]')" '[0,1,0]'
}

@test "criterion 7: PROOF post_social from end to end" {
    id=$(post test_e2e_1 | cut -f1)
    is "$(sql 'SELECT status FROM actions')" pending
    aaos-dispatch tick
    # Executed, once.
    is "$(sql 'SELECT idempotency_key, status, attempts FROM actions')" \
        'test_e2e_1|completed|1'
    # The artifact is there.
    cd "$AAOS_STATE_DIR"
    file=$(echo artifacts/proof_post_social/*_test_e2e_1.txt)
    [ -f "$file" ]
    like "$(cat "$file")" '*Hello from the queue*'
    # Its name and its SHA-256 are in the log.
    is "$(sql 'SELECT action_id, artifact_ref, artifact_sha256
        FROM execution_logs')" \
        "$id|$file|$(sha256sum <"$file" | cut -d' ' -f1)"
    is "$(sql 'SELECT status, attempted, succeeded FROM tick_ledger')" \
        'SUCCESS|1|1'
    # And it is done once: neither a second enqueue nor a second tick
    # makes another.
    is "$(post test_e2e_1)" "$id"$'\tduplicate'
    aaos-dispatch tick
    is "$(find artifacts -type f | wc -l)" 1
}
