#!/usr/bin/env bash
# aaos in a few seconds: tasks in, four at a time through a shell script,
# results out.  Needs no server and leaves nothing behind.
#
#     examples/demo.sh [FILE...]
#
# The texts are the licences that every Debian has, or the FILEs.  The
# programs are taken from $AAOS_BUILDDIR, or from PATH.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
if [[ -n ${AAOS_BUILDDIR-} ]]; then
    PATH=$AAOS_BUILDDIR:$PATH
fi

# Nothing of the user's own set-up may play a part.
for name in "${!AAOS_@}"; do
    unset "$name"
done
unset DATABASE_URL REDIS_HOST REDIS_PORT

dir='' worker=''
cleanup() {
    if [[ -n $worker ]]; then
        # The second signal says: do not wait for what is running.
        kill -TERM "$worker" 2>/dev/null || true
        kill -HUP "$worker" 2>/dev/null || true
        wait "$worker" 2>/dev/null || true
    fi
    if [[ -n $dir ]]; then
        rm -rf -- "$dir"
    fi
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    printf 'demo: %s\n' "$*" >&2
    if [[ -s $dir/worker.log ]]; then
        sed 's/^/worker: /' "$dir/worker.log" >&2
    fi
    exit 1
}

# What would be typed.
show() {
    printf '\n$ %s\n' "$*"
}

find_texts() {
    if (($# > 0)); then
        printf '%s\n' "$@"
        return
    fi
    local found
    found=$(find /usr/share/common-licenses -type f 2>/dev/null | sort) || true
    if [[ -z $found ]]; then
        found=$(find /usr/share/doc -name copyright -type f 2>/dev/null |
            sort | awk 'NR <= 20') || true
    fi
    printf '%s\n' "${found:-$here/demo.sh}"
}

# Until all have ended; on a terminal one line, drawn again and again.
follow() { # total
    local total=$1 last='' line completed=0 dead=0 running=0
    local form='  %s\n'

    if [[ -t 1 ]]; then
        form='\r  %-60s'
    fi
    while ((completed + dead < total)); do
        read -r completed dead running < <(
            aaos-status queues -o tsv -F completed,dead,running) ||
            fail 'aaos-status cannot be asked'
        line="$completed of $total completed, $running claimed, $dead dead"
        if [[ $line != "$last" ]]; then
            # shellcheck disable=SC2059
            printf "$form" "$line"
            last=$line
        fi
        kill -0 "$worker" 2>/dev/null || fail 'the worker has gone'
        ((SECONDS < 60)) || fail 'this takes too long'
        if ((completed + dead < total)); then
            sleep 0.1
        fi
    done
    if [[ -t 1 ]]; then
        echo
    fi
    ((dead == 0)) || fail "$dead tasks are dead: $(aaos-status dead)"
}

table() {
    LC_ALL=C sort -t $'\t' -k 3,3nr -k 1,1 | awk -F '\t' '
        BEGIN { printf "%-20s %6s %7s  %s\n", "FILE", "LINES", "WORDS",
                       "MOST FREQUENT" }
        {
            sub(/^\/usr\/share\/(common-licenses|doc)\//, "", $1)
            row = sprintf("%-20s %6d %7d ", $1, $2, $3)
            count = split($4, top, ", ")
            for (i = 1; i <= count; i++) {
                if (length(row) + length(top[i]) + 2 > 79)
                    break
                row = row (i > 1 ? ", " : " ") top[i]
            }
            print row
        }'
}

command -v aaos-worker >/dev/null || fail 'the programs are not in PATH'
dir=$(mktemp -d "${TMPDIR:-/tmp}/aaos-demo.XXXXXX")
export AAOS_STATE_DIR=$dir/state AAOS_CONFIG=$dir/aaos.conf
: >"$AAOS_CONFIG"
find_texts "$@" >"$dir/texts"

echo "A queue in an SQLite file, made on first use."
show 'find /usr/share/common-licenses -type f | aaos-submit -t analysis'
aaos-submit -t analysis <"$dir/texts" >"$dir/ids" ||
    fail 'not every task was stored'
total=$(wc -l <"$dir/ids")
echo "  $total tasks are stored; the first is $(head -n 1 "$dir/ids")"

show 'aaos-worker -t analysis -j 4 -- examples/top-words.sh {}'
aaos-worker -t analysis -j 4 -- "$here/top-words.sh" {} \
    2>"$dir/worker.log" </dev/null &
worker=$!
follow "$total"

show 'aaos-status results'
aaos-status results >"$dir/results"
[[ $(wc -l <"$dir/results") -eq $total ]] || fail 'some results are missing'
table <"$dir/results"

show 'aaos-status'
aaos-status -o table

kill "$worker"
wait "$worker" || fail "the worker ended with status $?"
worker=''
