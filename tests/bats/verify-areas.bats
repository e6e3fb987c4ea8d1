#!/usr/bin/env bats
# aaos-verify(1): what was planted is found and named, area by area.

load helper

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

sqlite_only() {
    [ -z "${AAOS_DATABASE_URL-}" ] || skip 'SQLite only'
}

some_audit() {
    aaos-dispatch pause --reason one -q
    aaos-dispatch resume --reason two -q
    aaos-dispatch pause --in --reason three -q
    aaos-dispatch resume --reason four -q
}

# --- database ----------------------------------------------------------------

@test "a page that was written over is found" {
    sqlite_only
    for i in 1 2 3 4; do
        seq 2000 | sed "s/^/description number $i /" | aaos-submit -q >/dev/null
    done
    sqlite3 "$AAOS_STATE_DIR/aaos.db" 'PRAGMA wal_checkpoint(TRUNCATE)'
    page=$(sqlite3 "$AAOS_STATE_DIR/aaos.db" "SELECT rootpage FROM
        sqlite_master WHERE name = 'tasks_claim'")
    size=$(sqlite3 "$AAOS_STATE_DIR/aaos.db" 'PRAGMA page_size')
    head -c 600 /dev/zero | tr '\0' 'x' | dd of="$AAOS_STATE_DIR/aaos.db" \
        bs=1 seek=$((page * size - 600)) conv=notrunc status=none
    run -1 aaos-verify database
    offends database integrity
}

@test "a row that refers to a missing one is found" {
    sqlite_only
    id=$(aaos-submit probe)
    sqlite3 "$AAOS_STATE_DIR/aaos.db" "PRAGMA foreign_keys = 0;
        UPDATE tasks SET workflow_id = 'away'"
    run -1 aaos-verify database
    offends database references
    names 'tasks row 1: refers to a row of workflows that is missing'
}

@test "a journal that is no write-ahead log is found, and left so" {
    sqlite_only
    aaos-submit -q probe >/dev/null
    sqlite3 "$AAOS_STATE_DIR/aaos.db" 'PRAGMA journal_mode = DELETE'
    run -1 aaos-verify database
    offends database durability
    names "journal_mode: is 'delete', .*"
    is "$(sqlite3 "$AAOS_STATE_DIR/aaos.db" 'PRAGMA journal_mode')" delete
}

@test "a missing lock file is found where it is needed" {
    sqlite_only
    aaos-submit -q probe >/dev/null
    rm "$AAOS_STATE_DIR/aaos.db-lock"
    mkdir "$AAOS_STATE_DIR/aaos.db-lock"
    run -1 aaos-verify database
    offends database locking
}

@test "a database that is no database any more is NO-GO" {
    sqlite_only
    aaos-submit -q probe >/dev/null
    sqlite3 "$AAOS_STATE_DIR/aaos.db" 'PRAGMA wal_checkpoint(TRUNCATE)'
    printf 'xxxxxxxxxxxxxxxxxxxx' | dd of="$AAOS_STATE_DIR/aaos.db" bs=1 \
        seek=100 conv=notrunc status=none
    run -1 aaos-verify all
    offends database readable
}

# --- audit -------------------------------------------------------------------

@test "an audit that nobody touched is good" {
    some_audit
    run -0 aaos-verify audit
    names '4 rows, not signed: .*'
}

@test "an altered audit row is named" {
    some_audit
    sql_write "UPDATE audit_logs SET reason = 'another' WHERE seq = 2"
    run -1 aaos-verify audit
    names "row 2: its hash is not that of its fields: 'resume' by .*"
    is "$(grep -c '^#   row' <<<"$output")" 1
}

@test "a removed audit row is named" {
    some_audit
    sql_write 'DELETE FROM audit_logs WHERE seq = 2'
    run -1 aaos-verify audit
    names 'row 2: is missing'
}

@test "audit rows that changed places are named" {
    some_audit
    sql_write 'UPDATE audit_logs SET seq = 20 WHERE seq = 2;
        UPDATE audit_logs SET seq = 2 WHERE seq = 3;
        UPDATE audit_logs SET seq = 3 WHERE seq = 20'
    run -1 aaos-verify audit
    names 'row 2: does not follow from row 1'
    names 'row 3: its hash is not that of its fields: .*'
}

@test "a tail that was cut off the audit is named" {
    some_audit
    sql_write 'DELETE FROM audit_logs WHERE seq > 2'
    run -1 aaos-verify audit
    names 'row 3: and those up to row 4, the head, are missing'
}

@test "a tail that was cut off with its head shows in the log" {
    settings log.level=info
    aaos-dispatch --log-format json pause -v 2>>log.json
    aaos-dispatch --log-format json resume -v 2>>log.json
    run -0 aaos-verify logs log.json
    sql_write "DELETE FROM audit_logs WHERE seq > 1;
        UPDATE meta SET value = '1' WHERE key = 'audit_seq';
        UPDATE meta SET value = (SELECT hash FROM audit_logs)
         WHERE key = 'audit_hash'"
    run -0 aaos-verify audit
    run -1 aaos-verify logs log.json
    offends logs audit
    names 'log.json:.*: row 2 of the audit was there, and is not any more'
}

@test "with a key nobody without it can make the chain again" {
    umask 077
    echo 'a key that is secret' >key
    settings "audit.key=file:$PWD/key"
    some_audit
    run -0 aaos-verify audit
    names '4 rows, signed from row 1 on'
    # Who knows how, but not the key: it must look as if it was never signed.
    echo 'another' >key
    run -1 aaos-verify audit
    names "row 1: its hash is not that of its fields: .*"
}

@test "a row without a signature behind one that has it is named" {
    umask 077
    echo 'a-key-that-is-secret' >key
    aaos-dispatch pause -q
    settings "audit.key=file:$PWD/key"
    aaos-dispatch resume -q
    run -0 aaos-verify audit
    names '2 rows, signed from row 2 on'
    aaos-dispatch --config /dev/null pause -q
    run -1 aaos-verify audit
    names 'row 3: is not signed, but row 2 is'
}

@test "a chain that was never signed is not trusted once there is a key" {
    some_audit
    umask 077
    echo 'a-key-that-is-secret' >key
    settings "audit.key=file:$PWD/key"
    run -1 aaos-verify audit
    names 'row 4: is not signed: it was made without audit.key'
}

# --- artifacts ---------------------------------------------------------------

make_artifact() {
    id=$(aaos-submit -t qa probe)
    # shellcheck disable=SC2016
    drain -q -t qa -- sh -c 'echo content >"$AAOS_ARTIFACT_DIR/file"
        echo "artifact file" >&3; echo said'
    file=$AAOS_STATE_DIR/artifacts/$id.1/file
    [ -s "$file" ]
}

@test "artifacts and results that nobody touched are good" {
    make_artifact
    run -0 aaos-verify artifacts
    names '1 files'
    names '1 results'
}

@test "an artifact that was altered, with the same length, is named" {
    make_artifact
    echo CONTENT >"$file"
    run -1 aaos-verify artifacts
    offends artifacts files
    names "$id: artifacts/$id.1/file: has SHA-256 .*"
}

@test "an artifact that is gone is a loss" {
    make_artifact
    rm "$file"
    run -1 aaos-verify artifacts
    names "$id: artifacts/$id.1/file: No such file or directory"
}

@test "a link in place of an artifact is not followed" {
    make_artifact
    mv "$file" elsewhere
    ln -s "$PWD/elsewhere" "$file"
    run -1 aaos-verify artifacts
    names "$id: artifacts/$id.1/file: a link is in the way"
    mv "$AAOS_STATE_DIR/artifacts/$id.1" folder
    rm folder/file
    mv elsewhere folder/file
    ln -s "$PWD/folder" "$AAOS_STATE_DIR/artifacts/$id.1"
    run -1 aaos-verify artifacts
    names "$id: artifacts/$id.1/file: a link is in the way"
}

@test "a fifo in place of an artifact hangs nobody" {
    make_artifact
    rm "$file"
    mkfifo "$file"
    run -1 timeout 20 aaos-verify artifacts
    names "$id: artifacts/$id.1/file: is not a regular file"
}

@test "a result that was altered in its row is named" {
    make_artifact
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        sql "UPDATE attempts SET result = 'SAID'"
    else
        sql_write "UPDATE attempts SET result = CAST('SAID' AS blob)"
    fi
    run -1 aaos-verify artifacts
    offends artifacts results
    names "$id: the result of attempt 1 has SHA-256 .*"
}

@test "a folder without a task is garbage, and no offence" {
    make_artifact
    mkdir "$AAOS_STATE_DIR/artifacts/old"
    touch -d '2 days ago' "$AAOS_STATE_DIR/artifacts/old"
    run -0 aaos-verify artifacts
    names '1 belong to no task: old'
}

@test "a long result that went to a file is checked there" {
    settings worker.output_limit=1k
    id=$(aaos-submit -t qa probe)
    drain -q -t qa -- seq 10000
    run -0 aaos-verify artifacts
    kept=$(sql 'SELECT result_artifact FROM attempts')
    [ -n "$kept" ]
    seq 2 10001 >"$AAOS_STATE_DIR/$kept"
    run -1 aaos-verify artifacts
    names "$id: $kept: has .*"
}

# --- hashes ------------------------------------------------------------------

odd_files() {
    mkdir -p odd/deep
    echo 1 >odd/plain
    echo 2 >'odd/with blank'
    echo 3 >$'odd/new\nline'
    echo 4 >'odd/back\slash'
    echo 5 >$'odd/return\r'
    echo 6 >odd/-dash
    echo 7 >odd/deep/down
    echo 8 >$'odd/\xff'
    : >odd/empty
}

@test "lists of sha256sum are read, and its escapes" {
    odd_files
    find odd -type f -print0 | xargs -0 sha256sum >list
    run -0 aaos-verify hashes list
    names '9 files'
    find odd -type f -print0 | xargs -0 sha256sum --tag >list
    run -0 aaos-verify hashes list
    find odd -type f -print0 | xargs -0 sha256sum --binary |
        { run -0 aaos-verify hashes -; }
}

@test "what is written is what sha256sum writes, and reads" {
    odd_files
    aaos-verify hashes --make odd >list
    sha256sum --check --strict --status list
    find odd -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum |
        diff - list
}

@test "aaos-verify and sha256sum find the same files wrong" {
    odd_files
    aaos-verify hashes --make odd >list
    echo changed >$'odd/new\nline'
    rm 'odd/back\slash'
    run -1 aaos-verify hashes list
    is "$(grep -c '^#   odd' <<<"$output")" \
        "$(sha256sum --check list 2>/dev/null | grep -c FAILED)"
    names 'odd/new\\x0aline: has SHA-256 .*'
    names 'odd/back\\slash: No such file or directory'
}

@test "a line that is none, and a list of nothing, are offences" {
    odd_files
    { echo garbage; aaos-verify hashes --make odd; } >list
    run -1 aaos-verify hashes list
    names 'list:1: is no line of sha256sum'
    : >empty
    run -1 aaos-verify hashes empty
    names 'empty: lists no file'
    run -78 aaos-verify hashes none
}

# --- logs --------------------------------------------------------------------

make_log() {
    settings log.level=info
    id=$(aaos-submit -t qa --correlation-id abc probe)
    aaos-worker --log-format json -t qa --until-empty -- cat 2>log.json \
        3>&- 4>&-
    grep -q "$id" log.json
}

@test "the log of a worker is good" {
    make_log
    run -0 aaos-verify logs log.json
    names '1 tasks'
}

@test "a torn line, a foreign line and a line without a time are named" {
    make_log
    last=$(wc -l <log.json)
    {
        echo 'Segmentation fault'
        echo '{"level":"info","event":"x","program":"p"}'
        echo '{"ts":"yesterday","level":"info","event":"x","program":"p"}'
        printf '{"ts":"2026-01-01T00:00:00Z"'
    } >>log.json
    run -1 aaos-verify logs log.json
    offends logs json
    names "log.json:$((last + 1)): is no JSON: .*"
    names "log.json:$((last + 2)): has no ts"
    names "log.json:$((last + 3)): ts is no time: 'yesterday'"
    names "log.json:$((last + 4)): is torn: it has no end"
}

@test "times that run backwards are named" {
    make_log
    { cat log.json; head -n 1 log.json | sed 's/"ts":"20/"ts":"19/'; } >two
    run -1 aaos-verify logs two
    offends logs order
}

@test "another correlation id, in the log or in the database, is named" {
    make_log
    { cat log.json; grep "$id" log.json | tail -n 1 |
        sed 's/"correlation_id":"[^"]*"/"correlation_id":"other"/'; } >two
    run -1 aaos-verify logs two
    offends logs correlation
    names "$id: two:[0-9]*: has another correlation id, 'other'"
    sql_write "UPDATE task_bodies SET correlation_id = 'changed'"
    run -1 aaos-verify logs log.json
    names "$id: has the correlation id 'changed' in the database, .*"
}

@test "a log that is not there is an offence" {
    aaos-submit -q probe >/dev/null
    run -1 aaos-verify logs none.json
    names 'none.json: cannot be opened: .*'
}

# --- config ------------------------------------------------------------------

@test "settings as they come are good" {
    aaos-submit -q probe >/dev/null
    run -0 aaos-verify config
}

@test "a model that leads nowhere, and a key that is not there, are named" {
    cat >>"$XDG_CONFIG_HOME/aaos/aaos.conf" <<<'
[endpoint cloud]
base = https://api.example.org/v1
key = env:NO_SUCH_KEY
[model m]
use = cloud/large
[budget]
day = 1'
    run -1 aaos-verify config
    offends config models
    names "cloud: environment variable 'NO_SUCH_KEY' is not set"
    names 'cloud/large: has no price: .*'
    cat >>"$XDG_CONFIG_HOME/aaos/aaos.conf" <<<$'[route default]\nuse = mm'
    run -1 aaos-verify config
    offends config models
    names "settings: .*there is no \\[model mm\\]"
}

@test "a secret that others can read is named" {
    echo secret >key
    chmod 644 key
    settings "audit.key=file:$PWD/key"
    run -1 aaos-verify config
    offends config secrets
    names "audit.key: others can read '.*/key'"
}

@test "a password in a file that others can read is named" {
    unset AAOS_DATABASE_URL
    settings database.url=postgresql://user:hunter2@localhost/x
    chmod 644 "$XDG_CONFIG_HOME/aaos/aaos.conf"
    run -1 aaos-verify config
    offends config files
    run -1 grep -q hunter2 <<<"$output"
}

@test "durations that do not fit together are named" {
    settings dispatch.lease=10s
    run -1 aaos-verify config
    offends config times
    names 'dispatch.max_time: is 20s, longer than dispatch.lease with 10s: .*'
}
