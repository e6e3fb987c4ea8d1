# shellcheck shell=bash
# shellcheck disable=SC2034
# What every test starts from: a folder of its own to stand in, the programs
# that were just built, a clean environment and one of three deployments.
#
#     AAOS_TEST_DEPLOYMENT=sqlite          nothing else (the default)
#     AAOS_TEST_DEPLOYMENT=sqlite-redis    AAOS_TEST_REDIS is the server
#     AAOS_TEST_DEPLOYMENT=postgres-redis  and AAOS_TEST_POSTGRES the other
#
# tests/deployments/*.test start the servers and set these.

bats_require_minimum_version 1.5.0

: "${AAOS_SRCDIR:=$BATS_TEST_DIRNAME/../..}"
: "${AAOS_BUILDDIR:=$PWD}"
PATH=$AAOS_BUILDDIR:$AAOS_SRCDIR/tests/bin:$PATH
export AAOS_SRCDIR AAOS_BUILDDIR PATH

# --- before and after --------------------------------------------------------

setup() {
    fresh_start
}

teardown() {
    kill_ours
    drop_database
}

fresh_start() {
    cd "$BATS_TEST_TMPDIR" || return
    pids=()
    clean_environment
    open_deployment
}

# Nothing of the user's may decide a test.
clean_environment() {
    local name

    for name in $(compgen -e); do
        case $name in
        AAOS_TEST_* | AAOS_SRCDIR | AAOS_BUILDDIR | AAOS_PROGRAMS) ;;
        AAOS_SANITIZERS) ;;
        AAOS_* | REDIS_* | PG* | DATABASE_URL | NO_COLOR | COLUMNS | \
            OPENAI_API_KEY | ANTHROPIC_API_KEY)
            unset "$name"
            ;;
        esac
    done
    export HOME=$PWD/home
    export XDG_CONFIG_HOME=$HOME/config XDG_STATE_HOME=$HOME/state
    export AAOS_STATE_DIR=$PWD/state
    export LC_ALL=C.UTF-8 TZ=UTC
    mkdir -p "$XDG_CONFIG_HOME/aaos" "$XDG_STATE_HOME"
}

open_deployment() {
    case ${AAOS_TEST_DEPLOYMENT:-sqlite} in
    sqlite) ;;
    sqlite-redis) export AAOS_REDIS_URL=$AAOS_TEST_REDIS ;;
    postgres-redis)
        export AAOS_REDIS_URL=$AAOS_TEST_REDIS
        create_database
        ;;
    *)
        echo "unknown deployment: $AAOS_TEST_DEPLOYMENT" >&2
        return 1
        ;;
    esac
}

# A copy of the migrated template, under a name of its own in Redis too.
create_database() {
    database=t_${BATS_SUITE_TEST_NUMBER}_$$
    psql_in aaos "CREATE DATABASE $database TEMPLATE aaos_template"
    export AAOS_DATABASE_URL
    AAOS_DATABASE_URL=$(postgres_url "$database")
    psql_in "$database" "UPDATE meta SET value = gen_random_uuid()
        WHERE key = 'db_uuid'"
}

drop_database() {
    if [ -n "${database-}" ]; then
        psql_in aaos "DROP DATABASE IF EXISTS $database WITH (FORCE)"
    fi
}

postgres_url() { # database
    printf '%s\n' "${AAOS_TEST_POSTGRES/\/\/\/aaos\?/\/\/\/$1?}"
}

psql_in() { # database, statement
    psql -XqAt -v ON_ERROR_STOP=1 -d "$(postgres_url "$1")" -c "$2" 2>&1
}

# Whatever carries this test's state folder in its environment was started
# by it, however it tried to get away.
our_pids() {
    env -u AAOS_STATE_DIR grep -lszxF -e "AAOS_STATE_DIR=$BATS_TEST_TMPDIR/state" \
        /proc/[0-9]*/environ | cut -d/ -f3
}

kill_ours() {
    local pid tries

    for pid in "${pids[@]}"; do
        kill -KILL "$pid" 2>/dev/null || :
        # Without this bash would announce its end.
        wait "$pid" 2>/dev/null || :
    done
    for ((tries = 0; tries < 100; tries++)); do
        pid=$(our_pids) || :
        [ -n "$pid" ] || return 0
        # shellcheck disable=SC2086
        kill -KILL $pid 2>/dev/null || :
        sleep 0.02
    done
}

# --- looking -----------------------------------------------------------------

# One query to the database of this deployment; columns apart by '|'.
sql() {
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        psql -XqAt -v ON_ERROR_STOP=1 -d "$AAOS_DATABASE_URL" -c "$1"
    else
        sqlite3 -batch -readonly -cmd '.timeout 10000' \
            "$AAOS_STATE_DIR/aaos.db" "$1"
    fi
}

# One statement that changes something, while nobody else is at work.
sql_write() {
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        sql "$1"
    else
        sqlite3 -batch -cmd '.timeout 10000' "$AAOS_STATE_DIR/aaos.db" "$1"
    fi
}

state_of() { # id
    sql "SELECT status FROM tasks WHERE task_id = '$1'"
}

count() { # condition on tasks
    sql "SELECT count(*) FROM tasks WHERE ${1:-0 = 0}"
}

outcomes() { # id: of its attempts, in order
    sql "SELECT outcome FROM attempts a JOIN tasks t ON t.seq = a.seq
         WHERE task_id = '$1' ORDER BY a.attempt" | paste -sd' '
}

# Results of all tasks as JSON Lines, oldest first.
results() {
    aaos-status results -o jsonl "$@"
}

is() { # got, wanted
    [ "$1" = "$2" ] && return
    printf 'got:    %s\nwanted: %s\n' "$1" "$2" >&2
    return 1
}

like() { # got, pattern
    # shellcheck disable=SC2053
    [[ $1 == $2 ]] && return
    printf 'got:          %s\nwanted like:  %s\n' "$1" "$2" >&2
    return 1
}

uuid='[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
instant='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z'

matches() { # got, regular expression for all of it
    [[ $1 =~ ^$2$ ]] && return
    printf 'got:             %s\nwanted to match: %s\n' "$1" "$2" >&2
    return 1
}

# --- waiting -----------------------------------------------------------------

# wait_until COMMAND [SECONDS]: never a bare sleep.
wait_until() {
    local deadline=$((SECONDS + ${2:-20}))

    until eval "$1"; do
        if ((SECONDS > deadline)); then
            echo "waited in vain for: $1" >&2
            tail -n 20 worker.err >&2 2>/dev/null || :
            return 1
        fi
        sleep 0.03
    done
}

# A zombie that nobody has reaped yet is as good as gone.
gone() { # pid
    [[ $(ps -o stat= -p "$1") =~ ^(Z.*)?$ ]]
}

# The background process ends, with this status.
ends_with() { # status, pid
    local got=0

    wait_until "gone $2"
    wait "$2" || got=$?
    is "$got" "$1"
}

# --- acting ------------------------------------------------------------------

# settings SECTION.NAME=VALUE...: into the configuration file.
settings() {
    local pair name

    for pair; do
        name=${pair%%=*}
        printf '[%s]\n%s = %s\n' "${name%%.*}" "${name#*.}" "${pair#*=}"
    done >>"$XDG_CONFIG_HOME/aaos/aaos.conf"
}

# What fails or is lost comes back at once.
no_back_off() {
    settings task.retry_base=0.01 task.loss_base=0.01
}

# A program in the background.  Descriptors 3 and 4 are those of bats, which
# waits until nobody holds them.
background() {
    "$@" </dev/null 3>&- 4>&- &
    background=$!
    pids+=("$background")
}

# A worker in the background; its messages go to worker.err.
start_worker() {
    background aaos-worker "$@" >>worker.out 2>>worker.err
    worker=$background
}

# Run everything that is there, in the foreground.
drain() {
    aaos-worker --until-empty "$@" 3>&- 4>&-
}

# What a program prints on a terminal; the status is lost.
on_terminal() {
    script -qec "stty cols 200 rows 50; $*" /dev/null </dev/null
}

has_failpoints() {
    local got=0

    AAOS_FAILPOINT=submit.before:exit=42 aaos-submit probe >/dev/null 2>&1 ||
        got=$?
    if [ "$got" -ne 42 ]; then
        echo 'this test needs a build with --enable-failpoints' >&2
        return 1
    fi
}

# --- servers of one file -----------------------------------------------------

# start_servers NAME...: in setup_file(); ends_servers in teardown_file().
# Their folder is not below that of bats, which only its owner may enter.
start_servers() {
    SERVERS_DIR=$(mktemp -d /tmp/aaos-test.XXXXXX)
    export SERVERS_DIR
    eval "$(FAST=1 servers start "$SERVERS_DIR" "$@")"
    export AAOS_TEST_REDIS AAOS_TEST_POSTGRES
}

stop_servers() {
    if [ -n "${SERVERS_DIR-}" ]; then
        servers stop "$SERVERS_DIR"
        rm -rf "$SERVERS_DIR"
    fi
}

# Not marked as ours: a server outlives the test that restarts it.
servers() {
    env -u AAOS_STATE_DIR sh "$AAOS_SRCDIR/tests/servers.sh" "$@" 3>&- 4>&-
}

# The database that create_database() copies.
make_template() {
    psql_in aaos 'CREATE DATABASE aaos_template'
    AAOS_DATABASE_URL=$(postgres_url aaos_template) aaos-migrate up -q
}
