#!/usr/bin/env bats
# aaos-verify(1) on PostgreSQL: settings, indexes, constraints, audit.

load helper

# A server of its own, whose files may be damaged.
setup_file() {
    start_servers postgres
    make_template
}

teardown_file() {
    stop_servers
}

setup() {
    fresh_start
    if [ -z "${AAOS_DATABASE_URL-}" ]; then
        create_database
    fi
    aaos-submit -q -t qa one two three >/dev/null
    drain -q -t qa -- echo said
}

offends() { # area, name: that check of $output has failed
    grep -q "^not ok [0-9]* - $1 $2: " <<<"$output" && return
    printf '%s\n' "$output" >&2
    return 1
}

names() { # line of an offender, a pattern
    grep -q "^#   $1\$" <<<"$output" && return
    printf '%s\n' "$output" >&2
    return 1
}

@test "a healthy database is GO, but for what the tests do without" {
    run aaos-verify all
    is "$(grep -c '^not ok' <<<"$output")" 1
    offends database durability
    names "fsync: is 'off': all may be lost"
}

@test "a setting of the database that gives up commits is named" {
    psql_in aaos "ALTER DATABASE $database SET synchronous_commit = off"
    run -1 aaos-verify database
    names "synchronous_commit: is 'off': the last commits may be lost"
}

@test "amcheck looks at every index, if it is there" {
    run aaos-verify database
    grep -q '^ok .* database indexes: .*# SKIP amcheck is not there' \
        <<<"$output"
    sql 'CREATE EXTENSION amcheck' >/dev/null
    run aaos-verify database
    grep -q '^ok .* database indexes: no index is corrupt$' <<<"$output"
    names '[1-9][0-9]* indexes'
}

@test "an index that is corrupt is named" {
    sql 'CREATE EXTENSION amcheck' >/dev/null
    seq -f 'task number %g' 2000 | aaos-submit -q -t qa >/dev/null
    file=$SERVERS_DIR/pg/$(sql \
        "SELECT pg_relation_filepath('tasks_task_id_key')")
    sql CHECKPOINT
    # Some bytes of every page but the first, behind its header.
    for page in 1 2 3 4 5; do
        head -c 400 /dev/zero | tr '\0' '\377' |
            dd of="$file" bs=1 seek=$((page * 8192 + 7600)) conv=notrunc \
                status=none
    done
    FAST=1 servers restart "$SERVERS_DIR" postgres
    run -1 aaos-verify database
    offends database indexes
    names 'tasks_task_id_key: .*'
}

@test "an index that is not valid and a trigger that is off are named" {
    sql "UPDATE pg_index SET indisvalid = false WHERE indexrelid =
        'tasks_due'::regclass"
    sql 'ALTER TABLE attempts DISABLE TRIGGER ALL'
    run -1 aaos-verify database
    names 'tasks_due: is an index that is not valid'
    names '.*: is a switched-off trigger of attempts'
}

@test "offenders of the invariants are named" {
    id=$(sql 'SELECT task_id FROM tasks ORDER BY seq LIMIT 1')
    sql "DELETE FROM attempts WHERE seq = (SELECT seq FROM tasks
        WHERE task_id = '$id')"
    run -1 aaos-verify invariants
    offends invariants attempts-gapless
    names "$id: attempt 1 (completed), recorded: 0 up to number 0"
}

@test "a changed schema is named, and left so" {
    sql 'ALTER TABLE tasks ADD COLUMN mine integer'
    run -1 aaos-verify schema
    names 'schema: column tasks.mine is not part of the schema'
    sql 'SELECT mine FROM tasks LIMIT 1' >/dev/null
    is "$(sql "SELECT count(*) FROM pg_namespace
        WHERE nspname = 'aaos_migrate_check'")" 0
}

@test "an altered result and an altered audit are named" {
    aaos-dispatch pause -q
    aaos-dispatch resume -q
    sql "UPDATE audit_logs SET actor = 'nobody' WHERE seq = 1;
        UPDATE attempts SET result = 'other'"
    run -1 aaos-verify audit
    names "row 1: its hash is not that of its fields: 'pause' by 'nobody'"
    run -1 aaos-verify artifacts
    is "$(grep -c 'the result of attempt 1 has SHA-256' <<<"$output")" 3
}
