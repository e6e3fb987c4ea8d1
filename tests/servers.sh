#!/bin/sh
# Private servers for the tests, on Unix sockets only.
#
#     tests/servers.sh start DIR [redis] [postgres]     both when none is named
#     tests/servers.sh restart DIR postgres             as after a power cut
#     tests/servers.sh stop DIR
#
# `start` prints shell assignments for eval: AAOS_TEST_REDIS and
# AAOS_TEST_POSTGRES hold the URLs.  Everything lies in DIR; after `stop`
# nothing runs any more.  FAST=1 lets PostgreSQL do without fsync.  As root
# PostgreSQL runs as the user postgres, who must be able to reach DIR.
set -eu

die() {
    printf 'servers.sh: %s\n' "$*" >&2
    exit 1
}

# Run a program of PostgreSQL as the user that owns its files.  From DIR:
# that user need not be allowed to stand where we do.
pg() {
    program=$1
    shift
    if [ "$(id -u)" = 0 ]; then
        (cd "$dir" && exec setpriv --reuid=postgres --regid=postgres \
            --init-groups env -u PGDATA HOME="$dir" "$pgbin/$program" "$@")
    else
        env -u PGDATA "$pgbin/$program" "$@"
    fi
}

find_postgres() {
    pgbin=
    for found in "$(command -v postgres 2>/dev/null)" \
        "$(pg_config --bindir 2>/dev/null)/postgres" \
        /usr/lib/postgresql/*/bin/postgres; do
        [ -x "$found" ] || continue
        pgbin=$(dirname "$(readlink -f "$found")")
        [ -x "$pgbin/initdb" ] && return
    done
    die 'PostgreSQL is not installed'
}

start_redis() {
    command -v redis-server >/dev/null || die 'redis-server is not installed'
    redis-server --port 0 --unixsocket "$dir/redis.sock" --unixsocketperm 700 \
        --save '' --appendonly no --maxmemory-policy noeviction \
        --daemonize yes --pidfile "$dir/redis.pid" --dir "$dir" \
        --logfile "$dir/redis.log" >/dev/null
    tries=0
    until [ "$(redis-cli -s "$dir/redis.sock" ping 2>/dev/null)" = PONG ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || die "redis does not start: see $dir/redis.log"
        sleep 0.05
    done
    printf "AAOS_TEST_REDIS='unix://%s/redis.sock'\n" "$dir"
}

pg_start() {
    fast=
    [ "${FAST:-0}" = 1 ] && fast='-c fsync=off'
    pg pg_ctl -D "$dir/pg" -l "$dir/pg/server.log" -w -t 60 -s \
        -o "-k '$dir/pgsock' -c listen_addresses='' $fast" start >/dev/null ||
        die "PostgreSQL does not start: see $dir/pg/server.log"
}

start_postgres() {
    find_postgres
    mkdir -p "$dir/pg" "$dir/pgsock"
    if [ "$(id -u)" = 0 ]; then
        chmod a+x "$dir"
        chown postgres "$dir/pg" "$dir/pgsock"
        setpriv --reuid=postgres --regid=postgres --init-groups \
            test -x "$dir/pg" || die "the user postgres cannot reach $dir"
    fi
    pg initdb -D "$dir/pg" --no-sync -A trust -U aaos -E UTF8 --locale=C \
        >"$dir/initdb.log" 2>&1 || die "initdb failed: see $dir/initdb.log"
    pg_start
    "$pgbin/createdb" -h "$dir/pgsock" -U aaos -w aaos
    printf "AAOS_TEST_POSTGRES='postgresql:///aaos?host=%s&user=aaos'\n" \
        "$dir/pgsock"
}

# Wait until a process that is not our child is gone.
gone() {
    tries=0
    while kill -0 "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || return 1
        sleep 0.05
    done
}

stop_redis() {
    pid=$(cat "$dir/redis.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || return 0
    gone "$pid" || kill -KILL "$pid" 2>/dev/null || :
    gone "$pid"
}

stop_postgres() {
    [ -f "$dir/pg/postmaster.pid" ] || return 0
    pid=$(head -n 1 "$dir/pg/postmaster.pid")
    kill -0 "$pid" 2>/dev/null || return 0 # it died and left its file
    find_postgres
    pg pg_ctl -D "$dir/pg" -w -t 20 -s -m fast stop >/dev/null 2>&1 ||
        pg pg_ctl -D "$dir/pg" -w -t 20 -s -m immediate stop >/dev/null || :
    gone "$pid"
}

stop_all() {
    status=0
    stop_redis || status=1
    stop_postgres || status=1
    return "$status"
}

[ $# -ge 2 ] || die 'usage: servers.sh start|restart|stop DIR [redis] [postgres]'
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
shift 2
# The socket's own name goes behind it, and sockaddr_un holds 107 bytes.
[ ${#dir} -le 75 ] || die "the path is too long for a socket: $dir"
case $dir in
*[!A-Za-z0-9/._+@-]*) die "the path holds odd characters: $dir" ;;
esac
[ $# -gt 0 ] || [ "$action" = restart ] || set -- redis postgres

case $action in
start)
    trap '[ $? = 0 ] || stop_all' EXIT # half a start leaves nothing running
    for server; do
        case $server in
        redis) start_redis ;;
        postgres) start_postgres ;;
        *) die "unknown server: $server" ;;
        esac
    done
    ;;
restart)
    [ "${1-}" = postgres ] || die 'only postgres can be restarted'
    find_postgres
    pg pg_ctl -D "$dir/pg" -w -t 20 -s -m immediate stop >/dev/null
    pg_start
    ;;
stop)
    stop_all
    ;;
*) die "unknown action: $action" ;;
esac
