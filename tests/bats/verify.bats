#!/usr/bin/env bats
# aaos-verify(1): GO or NO-GO, and who offends.

load helper

# A few tasks that ended in several ways.
some_work() {
    aaos-submit -t qa one two three >/dev/null
    aaos-submit -t code --max-attempts 1 fails >ids
    drain -q -t qa -- cat
    drain -q -t code --builtin fail || :
}

# On SQLite the checks of the schema keep such things out.
break_rules() { # statement
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        sql "ALTER TABLE tasks DROP CONSTRAINT IF EXISTS tasks_check2;
             ALTER TABLE tasks DROP CONSTRAINT IF EXISTS tasks_check3; $1"
    else
        sqlite3 -batch "$AAOS_STATE_DIR/aaos.db" \
            "PRAGMA ignore_check_constraints = 1; $1"
    fi
}

@test "a healthy queue is GO" {
    some_work
    run -0 --separate-stderr aaos-verify
    [ "${lines[0]}" = 'TAP version 13' ]
    [ "$(grep -c '^ok ' <<<"$output")" = \
        "$(sed -n 's/^1\.\.//p' <<<"$output")" ]
    like "${lines[-1]}" '# GO: * passed, 0 failed, * skipped'
    [ -z "$stderr" ]
}

@test "an offender is named and makes it NO-GO" {
    some_work
    id=$(cat ids)
    break_rules "UPDATE tasks SET reason = NULL WHERE task_id = '$id'"
    run -1 --separate-stderr aaos-verify invariants
    grep -q '^not ok [0-9]* - invariants dead-reason: ' <<<"$output"
    grep -qx "#   $id: dead without a reason" <<<"$output"
    like "${lines[-1]}" '# NO-GO: * 1 failed, *'
    [ -z "$stderr" ]
}

@test "offenders beyond the first are counted" {
    aaos-submit -t qa one two three four >/dev/null
    break_rules "UPDATE tasks SET agent_id = 'nobody'"
    run -1 aaos-verify invariants --keep 2
    [ "$(grep -c ': pending, but held by nobody$' <<<"$output")" = 2 ]
    grep -qx '#   and 2 more' <<<"$output"
}

@test "json names the same offenders" {
    some_work
    break_rules "UPDATE tasks SET reason = NULL WHERE task_id = '$(cat ids)'"
    run -1 --separate-stderr aaos-verify invariants -o json
    is "$(jq -r .verdict <<<"$output")" NO-GO
    is "$(jq -r '.checks[] | select(.verdict == "fail") |
        [.name, .offender_count, .offenders[0].id] | @tsv' <<<"$output")" \
        "dead-reason	1	$(cat ids)"
    is "$(jq '.passed + .failed + .skipped + .unknown == (.checks | length)' \
        <<<"$output")" true
}

@test "junit is XML with a case a check" {
    some_work
    break_rules "UPDATE tasks SET reason = NULL WHERE task_id = '$(cat ids)'"
    run -1 --separate-stderr aaos-verify -o junit
    printf '%s\n' "$output" >out.xml
    xmllint --noout out.xml
    is "$(xmllint --xpath 'count(//testcase)' out.xml)" \
        "$(xmllint --xpath 'string(/testsuites/@tests)' out.xml)"
    is "$(xmllint --xpath 'string(/testsuites/@failures)' out.xml)" 1
    xmllint --xpath 'string(//failure)' out.xml | grep -qF "$(cat ids)"
}

@test "hostile text neither breaks the XML nor reaches the terminal" {
    aaos-submit -t qa probe >/dev/null
    break_rules "UPDATE tasks SET agent_id = '</failure><x a=\"&' || chr(27) ||
        '[2J' || chr(10) || 'ok 1 - | forged'" 2>/dev/null ||
        break_rules "UPDATE tasks SET agent_id = '</failure><x a=\"&' ||
            char(27) || '[2J' || char(10) || 'ok 1 - | forged'"
    run -1 aaos-verify invariants -o junit
    printf '%s\n' "$output" >out.xml
    xmllint --noout out.xml
    run -1 aaos-verify invariants
    [[ $output != *$'\e'* ]]
    run -1 grep -x 'ok 1 - | forged' <<<"$output"
    run -1 aaos-verify invariants -o markdown
    [[ $output != *$'\e'* ]]
    run -1 grep -F '<x a=' <<<"$output"
}

@test "markdown has a row a check" {
    some_work
    run -0 aaos-verify -o markdown
    like "${lines[0]}" '# aaos-verify all: GO'
    is "$(grep -c '^| pass |' <<<"$output")" \
        "$(aaos-verify -o json | jq .passed)"
}

@test "a changed schema is NO-GO" {
    some_work
    sql_write 'DROP INDEX tasks_due'
    run -1 aaos-verify schema
    grep -q 'index tasks_due is missing' <<<"$output"
}

@test "an old schema cannot be checked: 78" {
    some_work
    aaos-migrate down --to 1 --force -q
    run -78 --separate-stderr aaos-verify invariants
    [[ $stderr == *'needs'* ]]
}

@test "a database that is not there cannot be checked: 78" {
    unset AAOS_DATABASE_URL
    run -78 aaos-verify -d "$PWD/none.db"
}

@test "a server that does not answer: 69" {
    run -69 aaos-verify -d 'postgresql:///x?host=/nonexistent'
}

@test "operands where there are none are a matter of usage" {
    run -64 aaos-verify invariants x
    run -64 aaos-verify -o xml
}

@test "a full disk does not look like GO" {
    some_work
    run -74 bash -c 'aaos-verify schema >/dev/full'
}

@test "who is silent is named, and is no offence when he speaks again" {
    id=$(aaos-submit -t qa late)
    start_worker -q -t qa --lease 1s -- sleep 600
    # shellcheck disable=SC2016
    wait_until '[ "$(state_of "$id")" = running ]'
    kill -STOP "$worker"
    wait_until "! aaos-verify invariants --grace 1s --look 0.1s >out"
    grep -q '^not ok .* agent-live: ' out
    grep -q "^#   $id: attempt 1: silent is agent " out
    kill -CONT "$worker"
    wait_until 'aaos-verify invariants --grace 2s --look 0.1s >out'
}

@test "every invariant is in the manual page, and no other" {
    aaos-submit -q probe >/dev/null
    aaos-verify invariants -o json | jq -r '.checks[].name' | sort >wanted
    sed -n 's/^\.It Sy //p' "$AAOS_SRCDIR/man/aaos-verify.1" | tr -d ' ' |
        tr , '\n' | sort >found
    diff -u wanted found
}
