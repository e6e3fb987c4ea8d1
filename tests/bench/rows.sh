# shellcheck shell=bash disable=SC2154
# What is compared.  For each row: who_ROW names the contenders, run_ROW
# CONTENDER measures one of them once and prints lines of "METRIC VALUE";
# before_ROW and after_ROW surround all rounds.  Included by `run`.

# Names of contenders that need something to be there.
if_has() { # PROGRAM NAME...
    ! has "$1" || printf '%s\n' "${@:2}"
}

if_bullmq() {
    [ -z "${BULLMQ-}" ] || ! has node || echo bullmq
}

redis_sock=$work/servers/redis.sock
conninfo="host=$work/servers/pgsock user=aaos dbname=aaos"

# --- submit -------------------------------------------------------------------

who_submit-sqlite() {
    echo aaos limit
    if_has beanstalkd beanstalkd beanstalkd-f50
}

before_submit-sqlite() {
    [ -f "$work/records" ] || records "$tasks" >"$work/records"
}

with_bean() { # ACTION CONTENDER
    local dir=$work/bean
    rm -rf "$dir"
    mkdir "$dir"
    case $2 in
    *-f50) bean "$dir/sock" -b "$dir" -f 50 ;;
    *-f0) bean "$dir/sock" -b "$dir" -f 0 ;;
    *) bean "$dir/sock" ;;
    esac
    [ "$1" != drain ] ||
        peer-beanstalkd submit "$dir/sock" "$tasks" >/dev/null
    peer-beanstalkd "$1" "$dir/sock" "${3:-$tasks}"
    stop "$bean"
}

run_submit-sqlite() {
    case $1 in
    aaos)
        lite
        timed "$tasks" submit_from "$work/records"
        ;;
    limit)
        lite
        limit-sqlite submit "$AAOS_DATABASE_URL" "$tasks"
        ;;
    *) with_bean submit "$1" ;;
    esac
}

who_submit-postgres() {
    echo aaos limit
    if_bullmq
}

before_submit-postgres() {
    before_submit-sqlite
    servers
}

with_bullmq() { # ACTION
    redis-cli -s "$redis_sock" flushall >/dev/null
    [ "$1" != drain ] ||
        node "$here/peer-bullmq.mjs" submit "$redis_sock" "$tasks" >/dev/null
    node "$here/peer-bullmq.mjs" "$1" "$redis_sock" "$tasks"
}

run_submit-postgres() {
    case $1 in
    aaos)
        production
        timed "$tasks" submit_from "$work/records"
        ;;
    limit)
        production
        limit-postgres submit "$conninfo" "$redis_sock" "$tasks"
        ;;
    bullmq) with_bullmq submit ;;
    esac
}

# --- drain --------------------------------------------------------------------

who_drain-sqlite() {
    echo aaos aaos-4 limit
    if_has beanstalkd beanstalkd beanstalkd-f50
}

before_drain-sqlite() {
    before_submit-sqlite
}

run_drain-sqlite() {
    case $1 in
    aaos*)
        lite
        fill "$work/records"
        [ "$1" = aaos ] || set -- "$1" 4
        timed "$tasks" workers "${2:-1}" --builtin noop
        check_done "$tasks"
        ;;
    limit)
        lite
        fill "$work/records"
        limit-sqlite drain "$AAOS_DATABASE_URL" "$tasks"
        ;;
    *) with_bean drain "$1" ;;
    esac
}

who_drain-postgres() {
    echo aaos aaos-4 limit
    if_bullmq
}

before_drain-postgres() {
    before_submit-postgres
}

run_drain-postgres() {
    case $1 in
    aaos*)
        production
        fill "$work/records"
        [ "$1" = aaos ] || set -- "$1" 4
        timed "$tasks" workers "${2:-1}" --builtin noop
        check_done "$tasks"
        ;;
    limit)
        production
        limit-postgres submit "$conninfo" "$redis_sock" "$tasks" >/dev/null
        limit-postgres drain "$conninfo" "$redis_sock" "$tasks"
        ;;
    bullmq) with_bullmq drain ;;
    esac
}

# --- handlers -----------------------------------------------------------------

who_coprocess() {
    echo aaos noop
}

before_coprocess() {
    before_submit-sqlite
}

run_coprocess() {
    lite
    fill "$work/records"
    case $1 in
    aaos) timed "$tasks" workers 1 --coprocess -j 256 -- co-agent ;;
    noop) timed "$tasks" workers 1 --builtin noop ;;
    esac
    check_done "$tasks"
}

who_exec() {
    echo aaos xargs limit
    if_has parallel parallel
    if_has tsp tsp
    if_has nq nq
}

before_exec() {
    records "$execs" >"$work/few"
    seq "$execs" >"$work/numbers"
    if has tsp; then
        export TS_SOCKET=$work/tsp.sock TS_MAXFINISHED=9
        TMPDIR=$work tsp -S 2
    fi
}

# What waits for the last of them is part of both.  A quarter is enough of
# those that take long.
many_tsp() {
    local i
    for ((i = 0; i < execs / 4; i++)); do TMPDIR=$work tsp -n true; done
    TMPDIR=$work tsp -w
}

many_nq() {
    local i
    mkdir -p "$work/nq1" "$work/nq2"
    for ((i = 0; i < execs / 8; i++)); do
        NQDIR=$work/nq1 nq -q true
        NQDIR=$work/nq2 nq -q true
    done
    NQDIR=$work/nq1 nq -w
    NQDIR=$work/nq2 nq -w
    rm -rf "$work/nq1" "$work/nq2"
}

run_exec() {
    case $1 in
    aaos)
        lite
        fill "$work/few"
        timed "$execs" workers 1 -j 2 -- /bin/true
        check_done "$execs"
        ;;
    xargs) timed "$execs" xargs -a "$work/numbers" -P 2 -n 1 /bin/true ;;
    limit) limit-spawn rate 2 "$execs" -- /bin/true ;;
    parallel)
        head -n $((execs / 4)) "$work/numbers" >"$work/quarter"
        timed $((execs / 4)) parallel --will-cite -a "$work/quarter" -j 2 \
            /bin/true
        ;;
    tsp) timed $((execs / 4)) many_tsp ;;
    nq) timed $((execs / 4)) many_nq ;;
    esac
}

after_exec() {
    ! has tsp || TMPDIR=$work tsp -K
}

# --- latency ------------------------------------------------------------------

who_latency() {
    echo aaos-sqlite aaos-redis aaos-postgres
    if_has beanstalkd beanstalkd beanstalkd-f50 beanstalkd-f0
}

before_latency() {
    servers
}

run_latency() {
    case $1 in
    aaos-sqlite) lite ;;
    aaos-redis)
        lite
        # shellcheck disable=SC1091
        . "$work/servers.env"
        export AAOS_REDIS_URL=$AAOS_TEST_REDIS
        aaos-dispatch -q tick 2>/dev/null
        ;;
    aaos-postgres) production ;;
    *)
        with_bean latency "$1" "$probes"
        return
        ;;
    esac
    latency "$work/lat.sock" "$probes" -- aaos-submit 2>"$work/latency.log" \
        >"$work/latency.out" &
    local probe=$! worker
    running "$probe"
    until [ -S "$work/lat.sock" ]; do sleep 0.01; done
    aaos-worker -q --coprocess -- co-agent "$work/lat.sock" &
    worker=$!
    running "$worker"
    wait "$probe" || {
        cat "$work/latency.log" >&2
        stop "$worker"
        return 1
    }
    stop "$probe" # it has ended
    stop "$worker"
    cat "$work/latency.out"
}

# --- backlog ------------------------------------------------------------------

who_backlog() {
    echo aaos-small aaos-large limit-small limit-large
}

# Two databases, which stay: each round takes a slice and puts one back.
before_backlog() {
    local size
    records "$slice" >"$work/slice"
    for size in small large; do
        for by in aaos limit; do
            lite
            records "${!size}" >"$work/backlog"
            fill "$work/backlog"
            mv "$work/lite" "$work/backlog-$by-$size"
        done
    done
    rm "$work/backlog"
}

run_backlog() {
    local dir=$work/backlog-$1
    export AAOS_DATABASE_URL=$dir/a.db AAOS_REDIS_URL=none
    export AAOS_STATE_DIR=$dir/state
    fill "$work/slice"
    case $1 in
    aaos-*)
        timed "$slice" aaos-worker -q --builtin noop --max-tasks "$slice"
        ;;
    limit-*) limit-sqlite drain "$AAOS_DATABASE_URL" "$slice" ;;
    esac
}

after_backlog() {
    rm -rf "$work"/backlog-*
}

# --- start to exit, and doing nothing -------------------------------------------

who_start() {
    echo aaos aaos-redis aaos-postgres limit true
    if_has redis-cli redis-cli
    if_has tsp tsp
    if_has nq nq
}

before_start() {
    servers
}

run_start() {
    local once="limit-spawn time $starts --"
    case $1 in
    aaos)
        lite
        $once aaos-submit 'Summarise RFC 9110'
        ;;
    aaos-redis)
        lite
        # shellcheck disable=SC1091
        . "$work/servers.env"
        AAOS_REDIS_URL=$AAOS_TEST_REDIS $once aaos-submit 'Summarise RFC 9110'
        ;;
    aaos-postgres)
        production
        $once aaos-submit 'Summarise RFC 9110'
        ;;
    limit)
        lite
        $once limit-sqlite one "$AAOS_DATABASE_URL"
        ;;
    true) $once /bin/true ;;
    redis-cli) $once redis-cli -s "$redis_sock" lpush bench 'Summarise' ;;
    tsp)
        TMPDIR=$work TS_SOCKET=$work/tsp.sock $once tsp -n true
        TMPDIR=$work TS_SOCKET=$work/tsp.sock tsp -w
        TMPDIR=$work TS_SOCKET=$work/tsp.sock tsp -K
        ;;
    nq)
        NQDIR=$work/nq nq -c -q true 2>/dev/null || mkdir -p "$work/nq"
        NQDIR=$work/nq $once nq -q true
        NQDIR=$work/nq nq -w
        rm -rf "$work/nq"
        ;;
    esac
}

who_idle() {
    echo aaos aaos-postgres
}

before_idle() {
    servers
}

# utime + stime of a process, in ticks
ticks() {
    sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 12,13 | tr ' ' +
}

run_idle() {
    local pid before after
    if [ "$1" = aaos ]; then lite; else production; fi
    aaos-worker -q -- /bin/true &
    pid=$!
    running "$pid"
    sleep 1.5 # until it has looked, found nothing and gone to sleep
    before=$(($(ticks "$pid")))
    sleep "$idle"
    after=$(($(ticks "$pid")))
    awk '/^VmRSS/ { printf "mib %.1f\n", $2 / 1024 }' "/proc/$pid/status"
    awk -v t="$((after - before))" -v s="$idle" -v hz="$(getconf CLK_TCK)" \
        'BEGIN { printf "cpu %.2f\n", 100 * t / hz / s }'
    stop "$pid"
}

# --- calls to a model -----------------------------------------------------------

who_llm() {
    ! aaos-worker --list-options | grep -qw -e '--llm' || echo aaos limit
}

before_llm() {
    records "$calls" >"$work/prompts"
}

run_llm() {
    local server port count=$calls
    rm -f "$work/port"
    llm-server "$work/port" "$thinking" &
    server=$!
    running "$server"
    until [ -s "$work/port" ]; do sleep 0.01; done
    port=$(cat "$work/port")
    case $1 in
    aaos)
        lite
        fill "$work/prompts"
        printf '[llm]\nurl = http://127.0.0.1:%s/v1\nmodel = bench\n' "$port" \
            >"$work/llm.conf"
        limit-spawn time 1 -- aaos-worker -q -c "$work/llm.conf" --llm \
            -j 1000 --max-tasks "$count" |
            awk -v n="$count" '$1 == "ms" { printf "rate %.0f\n", n / $2 * 1000 }
                $1 == "mib" { print }'
        check_done "$count"
        ;;
    limit)
        limit-llm "http://127.0.0.1:$port/v1/chat/completions" 1000 "$count"
        ;;
    esac
    stop "$server"
}
