#!/bin/sh
# An agent for each phase of examples/workflow.json, as plain shell:
#
#     aaos-worker -j 2 -- examples/phase-agent.sh
#
# Its standard input names the phase, the results of the phases before it
# are files in dependencies/, and what it prints goes to the phases after it.
set -eu

before=$AAOS_ARTIFACT_DIR/dependencies
phase=$(cat)

# The two parts in one program.
assemble() {
    echo '#!/bin/sh'
    cat "$before/backend" "$before/frontend"
}

# The name that the architecture gave to the place where the parts meet.
interface() {
    sed -n 's/^interface: //p' "$before/architecture"
}

case $phase in
architecture)
    echo 'a program that greets those whom it is given'
    echo 'interface: greeting_for'
    ;;
backend)
    # shellcheck disable=SC2016
    printf '%s() {\n    printf "hello, %%s\\n" "$1"\n}\n' "$(interface)"
    ;;
frontend)
    # shellcheck disable=SC2016
    printf 'for name; do\n    %s "$name"\ndone\n' "$(interface)"
    ;;
tests)
    assemble >"$AAOS_ARTIFACT_DIR/program"
    got=$(sh "$AAOS_ARTIFACT_DIR/program" world 'you there')
    if [ "$got" != "$(printf 'hello, world\nhello, you there')" ]; then
        echo "the program says: $got" >&2
        exit 1
    fi
    echo '2 of 2 greetings are right'
    ;;
deployment)
    assemble >"$AAOS_ARTIFACT_DIR/greet"
    echo 'artifact greet' >&3
    echo "$(cat "$before/tests"): shipped"
    cat "$AAOS_ARTIFACT_DIR/greet"
    ;;
*)
    echo "no such phase: $phase" >&2
    exit 65
    ;;
esac
