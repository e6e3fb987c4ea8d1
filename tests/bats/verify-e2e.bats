#!/usr/bin/env bats
# aaos-verify e2e: live, on whatever is configured, and without a trace.

load helper

setup() {
    fresh_start
    export TMPDIR=$PWD/tmp
    mkdir "$TMPDIR"
}

# What is left in the folder for temporary files.
left_over() {
    find "$TMPDIR" -mindepth 1 | wc -l
}

tasks_of_e2e() {
    count "task_type <> 'qa'"
}

# Rows of each table.
all_rows() {
    local table tables

    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        tables=$(sql "SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' ORDER BY 1")
    else
        tables=$(sql "SELECT name FROM sqlite_master WHERE type = 'table'
            AND name NOT LIKE 'sqlite%' ORDER BY 1")
    fi
    # What a host notes of the server's clock is no row of anybody's.
    for table in $tables; do
        [ "$table" != meta ] ||
            table="meta WHERE key NOT LIKE 'clock:%'"
        printf '%s %s\n' "$table" "$(sql "SELECT count(*) FROM $table")"
    done
}

redis_keys() {
    [ -z "${AAOS_REDIS_URL-}" ] ||
        redis-cli -s "${AAOS_REDIS_URL#unix://}" --scan \
            --pattern "aaos:{$(sql "SELECT value FROM meta
                WHERE key = 'db_uuid'")}:ready:aaos-*"
}

@test "all eleven checks pass, and leave no row behind" {
    aaos-submit -q -t qa others work >/dev/null
    all_rows >before
    run -0 --separate-stderr aaos-verify e2e
    is "$(grep -c '^ok ' <<<"$output")" 11
    [ -z "$stderr" ]
    all_rows | diff before -
    is "$(redis_keys)" ''
    is "$(left_over)" 0
}

@test "it disturbs nobody, and nobody takes its tasks" {
    aaos-submit -q -t qa others work >/dev/null
    # shellcheck disable=SC2016
    start_worker -q -j 4 -- sh -c 'echo "$AAOS_TASK_TYPE" >>taken'
    wait_until "[ \"\$(count 'finished_at IS NOT NULL')\" = 2 ]"
    for _ in 1 2 3; do
        run -0 aaos-verify e2e
    done
    is "$(sort -u taken)" qa
    is "$(wc -l <taken)" 2
    is "$(count)" 2
}

@test "two at the same time do not meet" {
    aaos-submit -q -t qa probe >/dev/null
    background aaos-verify e2e >first 2>&1
    run -0 aaos-verify e2e
    ends_with 0 "$background"
    is "$(count)" 1
}

@test "stopped by a signal it still cleans up" {
    aaos-submit -q -t qa probe >/dev/null
    all_rows >before
    background aaos-verify e2e >out 2>err
    wait_until "[ \"\$(tasks_of_e2e)\" -gt 0 ]"
    kill -TERM "$background"
    wait_until "gone $background"
    run ! wait "$background"
    all_rows | diff before -
    is "$(left_over)" 0
}

@test "what a killed run has left, a later one removes" {
    aaos-submit -q -t qa probe >/dev/null
    all_rows >before
    background aaos-verify e2e >out 2>err
    wait_until "[ \"\$(tasks_of_e2e)\" -gt 0 ]"
    kill -KILL "$background"
    wait_until "! pgrep -f '$TMPDIR/[a]aos-e2e-' >/dev/null"
    [ "$(tasks_of_e2e)" -gt 0 ]
    sql_write "UPDATE tasks SET created_at = 1 WHERE task_type <> 'qa';
        UPDATE agents SET registered_at = 1"
    run -0 aaos-verify e2e
    all_rows | diff before -
}

@test "a paused queue is NO-GO, and nothing is tried" {
    aaos-submit -q -t qa probe >/dev/null
    aaos-dispatch pause -q
    run -1 aaos-verify e2e
    grep -q '^not ok 1 - e2e prerequisites' <<<"$output"
    grep -qx '#   flags: the queue is paused' <<<"$output"
    is "$(grep -c '# SKIP the prerequisites are not met' <<<"$output")" 9
    grep -q '^ok 11 - e2e clean-up' <<<"$output"
}

# Each row that comes into a table has one of its columns changed.
spoil() { # table, column, expression
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        sql_write "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN new.$2 = $3; RETURN new; END';
            CREATE TRIGGER spoil BEFORE INSERT ON $1 FOR EACH ROW
            EXECUTE FUNCTION spoil()"
    else
        sql_write "CREATE TRIGGER spoil AFTER INSERT ON $1 BEGIN
            UPDATE $1 SET $2 = $3 WHERE seq = new.seq; END"
    fi
}

@test "order that is not that of priority is found" {
    aaos-submit -q -t qa probe >/dev/null
    spoil tasks sort_at new.created_at
    export AAOS_REDIS_URL=none
    run -1 aaos-verify e2e
    grep -q '^not ok .* e2e prioritisation' <<<"$output"
    grep -q '^#   run 1: was of priority 2, submitted as number 1; number 6 ' \
        <<<"$output"
}

@test "results that do not come back as they went in are found" {
    aaos-submit -q -t qa probe >/dev/null
    spoil attempts result 'substr(new.result, 1, 3)'
    run -1 aaos-verify e2e
    grep -q '^not ok .* e2e database-consistency' <<<"$output"
    grep -q 'gave back another payload than it was given' <<<"$output"
}
