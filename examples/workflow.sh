#!/usr/bin/env bash
# Five phases that wait for each other, run by plain shell commands as
# agents: architecture, then backend and frontend side by side, then tests,
# then deployment.  Needs no server and leaves nothing behind.
#
#     examples/workflow.sh
#
# The programs are taken from $AAOS_BUILDDIR, or from PATH.
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

dir=$(mktemp -d "${TMPDIR:-/tmp}/aaos-workflow.XXXXXX")
cleanup() {
    rm -rf -- "$dir"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

export AAOS_STATE_DIR=$dir XDG_CONFIG_HOME=$dir

# What would be typed.
run() {
    printf '\n$ %s\n' "$*"
    "$@"
}

# Everything or nothing is stored; what waits for nobody can start.
run aaos-submit --file "$here/workflow.json"
run aaos-status workflow greeting --output table

# A phase that has ended sets the next ones free, at once and by itself.
run aaos-worker --quiet --jobs 2 --until-empty=all -- "$here/phase-agent.sh"
run aaos-status workflow greeting --output table

# The last one is what was shipped.
last=$(aaos-status workflow greeting --output jsonl |
    sed -n 's/.*"task_id":"\([^"]*\)".*"ref":"deployment".*/\1/p')
run aaos-status results "$last"
aaos-status wait "$last" --timeout 1s >/dev/null
