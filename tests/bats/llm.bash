# shellcheck shell=bash
# shellcheck disable=SC2034
# Servers of models for the tests of --llm: llm-server does what a script
# says; mock_ai is @copilotkit/aimock, which others have written.

# serve NAME JSON [PORT]: a double; its URL is left in $url, and in NAME.url.
serve() {
    local fifo=$PWD/$1.in fd

    printf '%s' "$2" >"$1.script"
    : >>"$1.journal"
    mkfifo "$fifo"
    node "$AAOS_SRCDIR/tests/bin/llm-server.js" "$1.script" "$1.journal" \
        ${3+"$3"} <"$fifo" >"$1.ready" 2>"$1.log" 3>&- &
    pids+=("$!")
    printf '%s' "$!" >"$1.pid"
    # Its stdin stays open for as long as this test runs.
    exec {fd}>"$fifo"
    rm "$fifo"
    wait_until "grep -q ready '$1.ready'"
    port=$(cut -d' ' -f2 "$1.ready")
    url=http://127.0.0.1:$port/v1
    printf '%s' "$url" >"$1.url"
}

# The configuration of these tests: stdin is appended.
configure() {
    export AAOS_CONFIG=$PWD/aaos.conf
    cat >>"$AAOS_CONFIG"
}

# One endpoint and nothing else to say.
simple() { # JSON
    serve one "$1"
    export AAOS_LLM_URL=$url AAOS_LLM_MODEL=m
}

llm() { # options...
    aaos-worker --llm --until-empty "$@" 2>>worker.err
}

calls() { # NAME: requests that it got
    wc -l <"$1.journal"
}

# What the last attempt of a task says: error.
why_failed() { # id
    sql "SELECT error FROM attempts WHERE seq =
        (SELECT seq FROM tasks WHERE task_id = '$1')
        ORDER BY attempt DESC LIMIT 1"
}

due_now() {
    sql_write "UPDATE tasks SET run_at = 0 WHERE status = 'scheduled'
        OR status = 'retry'"
}

# What is known of endpoints, in Redis and in the database.
redis_states() { # Lua on each key k
    [ -n "${AAOS_REDIS_URL-}" ] || return 0
    redis-cli -s "${AAOS_REDIS_URL#unix://}" EVAL "
        for _, k in ipairs(redis.call('KEYS', '*{$(sql \
            "SELECT value FROM meta WHERE key = 'db_uuid'")}*llm:*')) do
            $1
        end" 0 >/dev/null
}

forget_states() {
    redis_states "redis.call('DEL', k)"
    sql_write 'DELETE FROM llm_states'
}

# As if the time for which circuits are open had passed.
age_states() {
    redis_states "redis.call('SET', k, (redis.call('GET', k):gsub(
        '\"open_until\":', '\"open_until\":1,\"was\":')))"
    sql_write "UPDATE llm_states SET state = replace(state,
        '\"open_until\":', '\"open_until\":1,\"was\":')"
}
