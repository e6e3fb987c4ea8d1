#!/usr/bin/env bats
# examples/demo.sh: the first thing that is run.

load helper

# The demo takes all AAOS_ names out of its environment, so what it starts is
# known by its folder for temporary files.
demo=(env "TMPDIR=$BATS_TEST_TMPDIR/tmp" "$AAOS_SRCDIR/examples/demo.sh")

left_behind() {
    grep -lszxF -e "TMPDIR=$BATS_TEST_TMPDIR/tmp" /proc/[0-9]*/environ || :
}

nothing_left() {
    [ -z "$(left_behind)" ]
}

# Everything below the folder of this test but what the test itself made.
files() {
    find . ! -path './output*' ! -path './text*' | sort
}

run_demo() { # wanted status, arguments...
    local wanted=$1 got=0

    shift
    mkdir -p tmp
    files >output.before
    "${demo[@]}" "$@" </dev/null >output.out 2>output.err 3>&- 4>&- || got=$?
    if [ "$got" -ne "$wanted" ]; then
        cat output.out output.err >&2
    fi
    is "$got" "$wanted"
    files >output.after
}

row() { # file: what the table says of it
    awk -v file="$1" '$1 == file' output.out
}

@test "the demo runs, quietly on stderr and without a terminal" {
    run_demo 0
    [ ! -s output.err ]
    grep -q '^FILE  *LINES  *WORDS  *MOST FREQUENT$' output.out
    run -1 grep $'\r' output.out
}

@test "the demo leaves no file and no process" {
    run_demo 0
    diff -u output.before output.after
    nothing_left
}

@test "the table of the demo is right, with wc as the judge" {
    printf 'alpha beta alpha\n\ngamma alpha the beta\nend\n' >text
    run_demo 0 "$BATS_TEST_TMPDIR/text" "$AAOS_SRCDIR/LICENSE"
    is "$(row "$BATS_TEST_TMPDIR/text" | awk '{ print $2, $3 }')" \
        "$(wc -lw <text | awk '{ print $1, $2 }')"
    is "$(row "$AAOS_SRCDIR/LICENSE" | awk '{ print $2, $3 }')" \
        "$(wc -lw <"$AAOS_SRCDIR/LICENSE" | awk '{ print $1, $2 }')"
    run -0 "$AAOS_SRCDIR/examples/top-words.sh" text
    is "$output" "$(printf 'text\t4\t8\talpha 3, beta 2, gamma 1')"
}

@test "the demo has a row for every licence of the machine" {
    run_demo 0
    find /usr/share/common-licenses -type f -printf '%f\n' | sort >text.wanted
    [ -s text.wanted ] || skip 'no licences here'
    awk '/^FILE/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' output.out |
        sort >text.found
    diff -u text.wanted text.found
}

@test "the demo heeds nothing of the user's set-up" {
    mkdir -p "$XDG_CONFIG_HOME/aaos"
    echo nonsense >"$XDG_CONFIG_HOME/aaos/aaos.conf"
    AAOS_DATABASE_URL=postgresql://nowhere.invalid/x \
        REDIS_HOST=nowhere.invalid run_demo 0
}

@test "the demo ends with 1 when a task is dead, and still leaves nothing" {
    run_demo 1 "$BATS_TEST_TMPDIR/no-such-text"
    grep -q '^demo: .*dead' output.err
    diff -u output.before output.after
    nothing_left
}

@test "the demo ends when it is told to, and leaves nothing" {
    mkdir -p tmp
    mkfifo text
    files >output.before
    # The text never comes: the demo hangs in its handler.
    background "${demo[@]}" "$BATS_TEST_TMPDIR/text" >output.out 2>output.err
    wait_until 'grep -q "1 claimed" output.out'
    kill -TERM "$background"
    ends_with 143 "$background"
    wait_until nothing_left
    files >output.after
    diff -u output.before output.after
}

@test "the co-process among the examples answers" {
    start_worker -t qa --coprocess -j 4 -- "$AAOS_SRCDIR/examples/word-agent.sh"
    run -0 --separate-stderr aaos-submit -t qa --wait \
        'Count these four words' 'and three here'
    is "$(echo "$output" | jq -c '[.line, .result]' | sort | paste -sd' ')" \
        '[1,{"words":4}] [2,{"words":3}]'
    kill -TERM "$worker"
    ends_with 0 "$worker"
}
