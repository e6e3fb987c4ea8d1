#!/usr/bin/env bats
# aaos-verify(1): Redis against the database.

load helper

setup_file() {
    if [ -z "${AAOS_TEST_REDIS-}" ]; then
        start_servers redis
    fi
}

teardown_file() {
    stop_servers
}

setup() {
    fresh_start
    export AAOS_REDIS_URL=$AAOS_TEST_REDIS
    redis=(redis-cli -s "${AAOS_TEST_REDIS#unix://}")
    aaos-submit -t qa first second third >ids
    aaos-dispatch tick # builds the index
    key="aaos:{$(sql "SELECT value FROM meta WHERE key = 'db_uuid'")}"
    "${redis[@]}" exists "$key:epoch" | grep -qx 1
}

# As tests do it that cannot wait.
verify_queue() {
    aaos-verify queue --look 0.05s
}

names() { # line of an offender, a pattern
    grep -q "^#   $1\$" <<<"$output" && return
    printf '%s\n' "$output" >&2
    return 1
}

member() { # line of ids
    printf '%019d' "$(sql "SELECT seq FROM tasks
        WHERE task_id = '$(sed -n "$1p" ids)'")"
}

@test "an index that nobody touched is good" {
    run -0 verify_queue
    names '3 members, 0 of them not pending any more'
}

@test "a task that fell out of the index is named" {
    "${redis[@]}" zrem "$key:ready:qa" "$(member 2)" | grep -qx 1
    sleep 0.1
    run -1 verify_queue
    names "$(sed -n 2p ids): is pending, but not in ready:qa"
}

@test "a task with another place in the index is named" {
    "${redis[@]}" zadd "$key:ready:qa" 5 "$(member 2)" >/dev/null
    run -1 verify_queue
    names "$(sed -n 2p ids): its score is 5, its place [0-9]*"
}

@test "a member that is no task is named" {
    "${redis[@]}" zadd "$key:ready:qa" 5 rubbish >/dev/null
    "${redis[@]}" zadd "$key:ready:qa" 5 0000000000000009999 >/dev/null
    run -1 verify_queue
    names 'ready:qa rubbish: is no number of a task'
    names 'ready:qa 0000000000000009999: there has never been such a task'
}

@test "a task among those of another type is named" {
    "${redis[@]}" zadd "$key:ready:code" 5 "$(member 1)" >/dev/null
    "${redis[@]}" sadd "$key:types" code >/dev/null
    run -1 verify_queue
    names "$(sed -n 1p ids): is of type qa, but among those of type code"
}

@test "a type that workers do not see is named" {
    "${redis[@]}" srem "$key:types" qa >/dev/null
    run -1 verify_queue
    names 'qa: has tasks, but is not among the types'
}

@test "a foreign key, and one of the wrong kind, are named" {
    "${redis[@]}" set "$key:surprise" 1 >/dev/null
    "${redis[@]}" del "$key:wake" >/dev/null
    "${redis[@]}" set "$key:wake" 1 >/dev/null
    "${redis[@]}" set "aaos:{another}:surprise" 1 >/dev/null
    "${redis[@]}" set "$key:llm:breaker" 1 >/dev/null
    "${redis[@]}" rpush "$key:wake:qa" 1 >/dev/null
    run -1 verify_queue
    names 'surprise: is no key of ours'
    names 'wake: is a string, not a list'
    is "$(grep -c 'is no key of ours' <<<"$output")" 1
}

@test "an epoch that is wrong or gone is named" {
    "${redis[@]}" set "$key:epoch" other >/dev/null
    run -1 verify_queue
    names 'epoch: is not the run_id of the server; .*'
    "${redis[@]}" del "$key:epoch" >/dev/null
    run -1 verify_queue
    names 'epoch: is missing, and tasks are pending; .*'
}

@test "an index that was thrown away is named" {
    "${redis[@]}" --scan --pattern "$key:*" | while read -r name; do
        "${redis[@]}" del "$name" >/dev/null
    done
    run -1 verify_queue
    names 'epoch: is missing, and tasks are pending; .*'
}

@test "an index that nobody has built yet is no offence" {
    "${redis[@]}" del "$key:epoch" >/dev/null
    sql_write 'DELETE FROM tick_ledger'
    run -0 verify_queue
    names 'there is none yet: workers ask the database alone'
    grep -q '^ok .* queue indexed: .* # SKIP' <<<"$output"
}

@test "a rebuild that never ends is named" {
    "${redis[@]}" set "$key:rebuild" token >/dev/null
    run -1 verify_queue
    names 'rebuild: never ends, so the index is never built again'
}

@test "a server that throws keys away is named" {
    "${redis[@]}" config set maxmemory-policy allkeys-lru >/dev/null
    run verify_queue
    "${redis[@]}" config set maxmemory-policy noeviction >/dev/null
    is "$status" 1
    names "maxmemory-policy: is 'allkeys-lru': .*"
}

@test "a server that is away: 69" {
    run -69 --separate-stderr aaos-verify queue -r unix:///nonexistent.sock
    [[ $stderr == *'queue reachable could not be checked'* ]]
}

@test "members whose task has gone on are no offence" {
    aaos-dispatch -r none cancel -q "$(sed -n 1p ids)"
    run -0 verify_queue
    names '3 members, 1 of them not pending any more'
}

@test "password and address of the server stay out of the messages" {
    unset AAOS_REDIS_URL
    run -69 aaos-verify queue --config <(printf '[redis]\nurl = %s\n' \
        'redis://:hunter2@127.0.0.1:1')
    [[ $output != *hunter2* ]]
}
