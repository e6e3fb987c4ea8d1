# shellcheck shell=bash disable=SC2154,SC2034
# What `run` and `curves` share: a temporary folder, databases, servers, input.
# $here is this folder, $build the one with the programs.

build=$(cd "$build" && pwd) || die 'no build folder: --build DIR'
tools=$build/tests/bench
for name in "$build/aaos-worker" "$tools/limit-sqlite"; do
    [ -x "$name" ] || die "there is no $name: make bench builds it"
done
PATH=$build:$tools:$PATH

# --- where things lie ---------------------------------------------------------

work=$(mktemp -d "${TMPDIR:-/tmp}/aaos-bench.XXXXXX")
chmod 711 "$work"
: >"$work/pids" # of what runs, also in subshells
# shellcheck disable=SC2317
finish() {
    status=$?
    trap - EXIT INT TERM
    while read -r pid; do kill "$pid" 2>/dev/null || :; done <"$work/pids"
    [ ! -d "$work/servers" ] || "$here/../servers.sh" stop "$work/servers" || :
    wait
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

unset "${!AAOS_@}" DATABASE_URL REDIS_HOST REDIS_PORT
export XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/none
export LC_ALL=C

has() {
    command -v "$1" >/dev/null 2>&1
}

# --- input --------------------------------------------------------------------

# Records of 150 bytes.
records() {
    awk -v n="$1" 'BEGIN {
        for (i = 0; i < n; i++) {
            s = sprintf("{\"task_type\":\"research\",\"priority\":%d," \
                "\"description\":\"Summarise document number %d\"," \
                "\"payload\":{\"n\":%d,\"url\":\"https://example.com/d/%d",
                i % 11, i, i, i)
            while (length(s) < 147)
                s = s "x"
            print s "\"}}"
        }
    }'
}

# --- databases and servers ----------------------------------------------------

# A new SQLite database, or the servers with empty databases.
lite() {
    rm -rf "$work/lite"
    mkdir "$work/lite"
    export AAOS_DATABASE_URL=$work/lite/a.db AAOS_REDIS_URL=none
    export AAOS_STATE_DIR=$work/lite/state
    aaos-migrate -q up
}

servers() {
    [ ! -f "$work/servers.env" ] || return 0
    mkdir "$work/servers"
    "$here/../servers.sh" start "$work/servers" redis postgres \
        >"$work/servers.env"
    redis-cli -s "$work/servers/redis.sock" config set appendonly yes \
        >/dev/null
}

production() {
    # shellcheck disable=SC1091
    . "$work/servers.env"
    export AAOS_DATABASE_URL=$AAOS_TEST_POSTGRES AAOS_REDIS_URL=$AAOS_TEST_REDIS
    export AAOS_STATE_DIR=$work/state
    psql -q -h "$work/servers/pgsock" -U aaos aaos -c \
        'SET client_min_messages = error' -c 'DROP SCHEMA public CASCADE' \
        -c 'CREATE SCHEMA public' -c CHECKPOINT
    redis-cli -s "$work/servers/redis.sock" flushall >/dev/null
    aaos-migrate -q up
    aaos-dispatch -q tick 2>/dev/null # as cron would have: fills Redis
}

# Whatever happens, it is ended at the end.
running() {
    echo "$1" >>"$work/pids"
}

stop() {
    kill "$1" 2>/dev/null || :
    wait "$1" 2>/dev/null || :
    sed -i "/^$1\$/d" "$work/pids"
}

# bean PATH [OPTION...]: a beanstalkd, its pid in $bean
bean() {
    beanstalkd -l "unix:$1" "${@:2}" &
    bean=$!
    running "$bean"
    until [ -S "$1" ]; do sleep 0.01; done
}

# --- measuring ----------------------------------------------------------------

# timed COUNT COMMAND...: "rate N"; its output is thrown away
timed() {
    local count=$1 began=$EPOCHREALTIME
    shift
    "$@" >/dev/null || return 1
    awk -v n="$count" -v a="$began" -v b="$EPOCHREALTIME" \
        'BEGIN { printf "rate %.0f\n", n / (b - a) }'
}

submit_from() {
    aaos-submit <"$1"
}

# Nothing lost: all are completed, and no other is there.
check_done() {
    local found
    found=$(aaos-status -o json overview |
        jq '"\(.completed) \(.pending + .running + .retry + .dead)"' -r) ||
        found=unknown
    [ "$found" = "$1 0" ] || {
        echo "bench: $1 tasks were to be completed; there are: $found" >&2
        return 1
    }
}

workers() { # N worker options...
    local n=$1 i list=
    shift
    for ((i = 0; i < n; i++)); do
        aaos-worker -q --until-empty "$@" &
        running $!
        list="$list $!"
    done
    for i in $list; do
        wait "$i" || return 1
        sed -i "/^$i\$/d" "$work/pids"
    done
}

fill() {
    aaos-submit <"$1" >/dev/null
}
