#!/usr/bin/env bats
# aaos-migrate(1): the schema, created, changed, checked.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

latest() {
    aaos-migrate status -o json | jq length
}

tables() {
    sql "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
}

@test "the first program that writes makes the schema" {
    run -0 aaos-submit 'some task'
    run -0 aaos-migrate status
    is "$(aaos-migrate status -o json | jq -r '.[].version' | sort -n)" \
        "$(sql 'SELECT version FROM schema_migrations ORDER BY version')"
    run -0 aaos-migrate check
}

@test "up makes the schema, down takes it away, data and all" {
    run -0 aaos-migrate up
    is "$(sql 'SELECT count(*) FROM tasks')" 0
    run -0 aaos-migrate check
    run -0 aaos-submit 'some task'
    run -0 aaos-migrate down --to 0 --force
    is "$(sql "SELECT count(*) FROM sqlite_master WHERE name = 'tasks'")" 0
    run -0 aaos-migrate up
    is "$(sql 'SELECT count(*) FROM tasks')" 0
    run -0 aaos-migrate check
}

@test "tasks are not dropped without --force: 77" {
    run -0 aaos-submit 'some task'
    run -77 aaos-migrate down --to 0
    like "$output" '*--force*'
    is "$(count)" 1
}

@test "up twice is up once" {
    run -0 aaos-migrate up
    uuid_before=$(sql "SELECT value FROM meta WHERE key = 'db_uuid'")
    run -0 aaos-migrate up
    is "$(sql "SELECT value FROM meta WHERE key = 'db_uuid'")" "$uuid_before"
}

@test "many at once: one of them migrates" {
    for n in 1 2 3 4 5 6; do
        background aaos-migrate -q up
    done
    for pid in "${pids[@]}"; do
        ends_with 0 "$pid"
    done
    run -0 aaos-migrate check
}

@test "many first submits at once: every one is stored" {
    for n in 1 2 3 4 5 6; do
        background aaos-submit "task $n"
    done >ids
    for pid in "${pids[@]}"; do
        ends_with 0 "$pid"
    done
    is "$(count)" 6
}

# Whoever makes a schema of several versions lingers before the last one.
@test "a writer that comes while another makes the schema waits for it" {
    has_failpoints
    rm -rf "$AAOS_STATE_DIR"
    versions=$(aaos-migrate sql | grep -c '^-- [0-9]* ')
    AAOS_FAILPOINT=migrate.step:sleep=1500:$versions \
        background aaos-submit 'first one'
    wait_until '[ -e "$AAOS_STATE_DIR/aaos.db-wal" ]'
    until gone "$background"; do
        run -0 aaos-submit 'another one'
    done
    ends_with 0 "$background"
    run -0 aaos-migrate check
}

@test "--dry-run prints and changes nothing" {
    run -0 aaos-migrate up -n
    like "$output" $'up\t1\t*'
    [ ! -e "$AAOS_STATE_DIR/aaos.db" ] || is "$(tables)" 0
}

@test "sql prints what up would run" {
    aaos-migrate sql >schema.sql
    sqlite3 -batch other.db <schema.sql
    is "$(sqlite3 other.db "SELECT count(*) FROM sqlite_master
        WHERE name = 'tasks'")" 1
}

@test "check finds what somebody changed: 1" {
    run -0 aaos-migrate up
    sql_write 'DROP INDEX tasks_claim'
    run -1 aaos-migrate check
    like "$output" '*tasks_claim*'
}

@test "a migration whose text has changed since stops everything: 78" {
    run -0 aaos-migrate up
    sql_write "UPDATE schema_migrations SET sha256 = 'other'"
    run -78 aaos-migrate down --to 0
    is "$(sql "SELECT count(*) FROM sqlite_master WHERE name = 'tasks'")" 1
}

@test "an older schema is not changed silently: 78, and what to do" {
    run -0 aaos-migrate up
    run -0 aaos-migrate down --to "$(($(latest) - 1))"
    if [ "$(latest)" = 1 ]; then
        # There is no older one yet but that of somebody else.
        sqlite3 "$AAOS_STATE_DIR/aaos.db" 'CREATE TABLE old (a)'
    fi
    for program in 'aaos-submit x-y-z' 'aaos-worker --once --builtin noop' \
        'aaos-dispatch tick' 'aaos-status tasks'; do
        # shellcheck disable=SC2086
        run -78 $program
        like "$output" '*aaos-migrate up*'
    done
}

@test "a newer schema is not touched: 78" {
    run -0 aaos-migrate up
    sql_write "INSERT INTO schema_migrations
        VALUES (9999, 'from-the-future', 'x', 1)"
    for program in 'aaos-submit x-y-z' 'aaos-worker --once --builtin noop' \
        'aaos-dispatch tick' 'aaos-status tasks'; do
        # shellcheck disable=SC2086
        run -78 $program
    done
    run -78 aaos-migrate down --to 0
    is "$(sql 'SELECT count(*) FROM tasks')" 0
}

@test "killed in the middle: the old schema or the new one" {
    has_failpoints
    rm -rf "$AAOS_STATE_DIR"
    AAOS_FAILPOINT=migrate.step:kill run -137 aaos-migrate up
    is "$(tables)" 0
    run -0 aaos-migrate up
    run -0 aaos-migrate check
    AAOS_FAILPOINT=migrate.step:kill run -137 aaos-migrate down --to 0
    run -0 aaos-migrate check
    run -0 aaos-submit 'some task'
}

@test "killed at any time: the old schema or the new one" {
    for n in 1 2 3 4 5 6 7 8; do
        run timeout -s KILL "0.00$n" aaos-migrate -q up
        run -0 aaos-migrate up
        run -0 aaos-migrate check
        run -0 aaos-migrate down --to 0
    done
}

@test "backup copies a database that is in use" {
    seq -f 'task %g' 500 | aaos-submit >/dev/null
    start_worker --builtin noop
    run -0 aaos-migrate backup copy.db
    kill "$worker"
    ends_with 0 "$worker"
    is "$(sqlite3 copy.db 'SELECT count(*) FROM tasks')" 500
    is "$(sqlite3 copy.db 'PRAGMA integrity_check')" ok
    run -0 aaos-migrate -d copy.db check
}

@test "a file that is no database is said, and left alone" {
    seq 1000 >numbers
    cp numbers copy
    run aaos-submit -d ./numbers 'some task'
    [ "$status" -ge 64 ]
    cmp numbers copy
}

@test "the state folder is private" {
    run -0 aaos-submit 'some task'
    is "$(stat -c %a "$AAOS_STATE_DIR")" 700
    is "$(stat -c %a "$AAOS_STATE_DIR/aaos.db")" 600
}
