#!/usr/bin/env bats
# The live screen, in a terminal that tmux plays.

# shellcheck disable=SC2016,SC2030,SC2031
load helper

setup() {
    fresh_start
    export TERM=screen-256color
    server=1
}

teardown() {
    pane kill-server 2>/dev/null || :
    kill_ours
    drop_database
}

pane() {
    tmux -S "$BATS_TEST_TMPDIR/tmux.$server" -f /dev/null "$@" 3>&- 4>&-
}

# top_in COLUMNSxROWS [OPTION...]: behind it a shell says how it ended.
top_in() {
    local size=$1

    shift
    pane new-session -d -s t -x "${size%x*}" -y "${size#*x}" \
        "stty -a >before; aaos-status top $*
         echo ended \$?; stty -a >after; exec sleep 1000"
    # What is typed before it listens would be lost.
    sees ' quit\|ended'
}

screen() {
    pane capture-pane -p -t t
}

sees() { # regular expression
    wait_until "screen | grep -q -e '$1'" || { screen >&2; return 1; }
}

keys() {
    pane send-keys -t t "$@"
}

resize() { # COLUMNSxROWS
    pane resize-window -t t -x "${1%x*}" -y "${1#*x}"
}

# The process that draws.
drawer() {
    pgrep -P "$(pane list-panes -t t -F '#{pane_pid}')" aaos-status
}

some_tasks() {
    settings task.max_attempts=1
    aaos-submit -q -t code one two >/dev/null
    aaos-submit -q -t qa 'will fail' >/dev/null
    drain -q -t code -- true
    drain -q -t qa -- false
    aaos-submit -q -t research 'look into it' >/dev/null
}

@test "it shows queues, agents and events in 80x24, 200x60 and 40x10" {
    some_tasks
    start_worker -q -t research --name slow -j 2 -- sleep 100
    wait_until '[ "$(count "status = '\''running'\''")" = 1 ]'
    top_in 80x24
    sees '^research .* 0  *1 '
    sees '^slow  *active  *###... 1/2 .*look into it'
    sees 'completed .*code, attempt 1, exit 0'
    sees 'failed .*qa, attempt 1, exit 1'
    sees '^qa .* 1 '
    resize 200x60
    sees '^── QUEUES .* EVENTS '
    resize 40x10
    sees '^── EVENTS ─'
    keys Tab Tab
    sees '^── AGENTS ─'
    sees '^slow '
}

@test "it goes on as the queue does" {
    aaos-submit -q 'the first' >/dev/null
    top_in 80x24 --interval 0.1
    sees '^research  *1 '
    drain -q -- true
    sees '^pending 0 .*done 1/min'
    sees 'completed .*research, attempt 1'
    aaos-dispatch -q pause --out
    sees 'PAUSED OUT'
    sees 'control .*pause_out 1 by'
}

@test "a database that comes later is found" {
    unset AAOS_DATABASE_URL
    top_in 80x24 --interval 0.1
    sees 'there is no database yet'
    aaos-submit -q -t code 'here it is' >/dev/null
    sees '^code  *1 '
}

@test "a database that is lost and comes back is told, above what was known" {
    aaos-submit -q -t code 'one task' >/dev/null
    top_in 80x24 --interval 0.1
    sees '^code  *1 '
    sql_write 'ALTER TABLE agents RENAME TO elsewhere'
    sees '^aaos .*agents'
    sees '^code  *1 '
    sql_write 'ALTER TABLE elsewhere RENAME TO agents'
    aaos-submit -q -t code 'one more' >/dev/null
    sees '^code  *2 '
    run ! grep -q agents <<<"$(screen | head -1)"
}

@test "Redis that is away is told in its place, and tears nothing" {
    aaos-submit -q -t code 'one task' >/dev/null
    export AAOS_REDIS_URL=unix:///nowhere/at/all
    top_in 120x24 --interval 0.1
    sees '^pending 1 .*redis unreachable'
    sees '^code  *1 '
}

@test "a line of the log tears nothing" {
    background redis-server --port 0 --unixsocket "$PWD/redis.sock" \
        --save '' --maxmemory-policy allkeys-lru >/dev/null
    wait_until '[ -S redis.sock ]'
    export AAOS_REDIS_URL=unix://$PWD/redis.sock
    aaos-submit -t code 'one task' 2>log >/dev/null
    grep -q redis_evicts log
    top_in 120x24 --interval 0.1
    sees '^pending 1 .*redis \(ok\|index\)'
    background redis-cli -s redis.sock monitor >asked
    wait_until '[ "$(wc -l <asked)" -gt 1 ]'
    keys x
    sees '^pending 1 .*redis \(ok\|index\)'
    run ! grep redis_evicts <<<"$(screen)"
}

@test "a task can be looked into, with its attempts and its log" {
    settings task.max_attempts=1
    id=$(aaos-submit -t code 'to be seen')
    drain -q -- sh -c 'echo on stderr >&2; exit 3'
    top_in 80x24
    sees 'failed .*code, attempt 1, exit 3'
    keys / failed Enter Enter
    sees "^task_id  *$id"
    sees '^status  *dead, failures'
    sees '^description  *to be seen'
    sees '^  1 failed '
    sees '^on stderr'
    keys Escape
    sees 'EVENTS'
    sees 'only .failed.'
}

@test "a filter hides what it does not name" {
    some_tasks
    top_in 80x24
    sees '^research '
    keys / code
    sees 'filter: code_'
    wait_until '! screen | grep -q "^research "'
    sees '^code '
    keys Escape
    sees '^research '
}

@test "a pause holds what is shown, not the queue" {
    aaos-submit -q -t code one >/dev/null
    top_in 80x24 --interval 0.1
    sees '^code  *1 '
    keys Space
    sees PAUSED
    aaos-submit -q -t code two >/dev/null
    is "$(count)" 2
    keys x x x
    sees '^code  *1 '
    keys Space
    sees '^code  *2 '
}

@test "q ends it and gives the terminal back" {
    top_in 80x24
    sees QUEUES
    keys q
    sees '^ended 0'
    wait_until '[ -s after ]'
    diff before after
    wait_until '! screen | grep -q QUEUES'
}

@test "a signal ends it and gives the terminal back" {
    for signal in TERM HUP INT; do
        top_in 80x24
        sees QUEUES
        kill -"$signal" "$(drawer)"
        sees "^ended $((128 + $(kill -l $signal)))"
        wait_until '[ -s after ]'
        diff before after
        wait_until '! screen | grep -q QUEUES'
        pane kill-server
        rm after
        server=$((server + 1))
    done
}

@test "it can be stopped and goes on" {
    pane new-session -d -s t -x 80 -y 24 'bash --norc -i'
    keys 'aaos-status top' Enter
    sees QUEUES
    keys C-z
    sees Stopped
    keys fg Enter
    sees '^── QUEUES'
    keys q
}

@test "resizing while it draws does no harm" {
    some_tasks
    top_in 80x24 --interval 0.1
    pid=$(drawer)
    for size in 10x5 200x60 1x1 40x10 3x2 120x3 80x24 5x50 200x2 80x24; do
        resize "$size"
        keys Tab
        kill -0 "$pid"
    done
    sees '^── QUEUES'
    sees '^code '
    keys q
    sees '^ended 0'
}

@test "descriptions cannot leave their place" {
    printf '%s\n' '{"description":"\u001b]0;owned\u0007\u001b[2J\u001b[31m"}' \
        '{"description":"日本語テキスト日本語テキスト日本語テキスト日本語"}' \
        '{"description":"zalgo e\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308 \u202e rtl"}' \
        '{"description":"👩\u200d👩\u200d👧 family"}' | aaos-submit -q >/dev/null
    start_worker -q -j 4 --name evil -- sleep 100
    wait_until '[ "$(count "status = '\''running'\''")" = 4 ]'
    top_in 80x24
    sees '^evil .* \\x1b\]0;own'
    is "$(pane display-message -p -t t '#{pane_title}')" "$(hostname)"
    # Nothing is wider than the terminal, and nothing stands in two rows.
    is "$(screen | grep -c '^evil ')" 1
    is "$(screen | wc -l)" 24
    keys Tab Tab Enter
    sees '^description  *\\x1b\]0;owned\\x07\\x1b\[2J\\x1b\[31m'
}

@test "where only ASCII can be shown nothing else is" {
    aaos-submit -q -t code 'd\u00e9j\u00e0 vu' >/dev/null
    LC_ALL=C top_in 80x24
    sees '^-- QUEUES --'
    is "$(screen | LC_ALL=C tr -d '\n -~')" ''
}

@test "without a terminal, or with one that cannot do it, it says so: 64" {
    run -64 aaos-status top
    like "$output" 'aaos-status: top needs a terminal*events -f*'
    for type in dumb no-such-terminal; do
        run script -qec "TERM=$type aaos-status top; echo ended \$?" /dev/null
        like "$output" "*a terminal of type '$type'*ended 64*"
    done
}

@test "what cannot be meant is refused" {
    run -64 aaos-status top --replay 2
    like "$output" '*--replay needs --workflow*'
    run -64 aaos-status top --workflow x
    run -64 aaos-status top -o json
    for speed in 0 -1 fast nan inf 1e9 1x ''; do
        run -64 aaos-status top --workflow x --replay="$speed"
    done
    run -66 aaos-status top --workflow nothing --replay 1
}

@test "a workflow can be played again" {
    cat >flow.json <<'END'
{"name":"release","tasks":[
 {"ref":"plan","task_type":"analysis","description":"plan it"},
 {"ref":"make","task_type":"code","description":"make it","depends_on":["plan"]},
 {"ref":"test","task_type":"qa","description":"test it","depends_on":["make"]}]}
END
    aaos-submit -q -f flow.json >/dev/null
    drain -q --name player -- sleep 0.1
    top_in 100x30 --workflow release --replay 1000
    sees 'release: 3 of 3 tasks'
    sees '^player .* 3 '
    sees 'completed .*test: test it'
    keys Space Home
    sees 'release: 0 of 3 tasks'
    wait_until '! screen | grep -q "completed .*plan it"'
    keys - Space
    sees 'replay 500x'
    sees 'release: 3 of 3 tasks'
    sees 'completed .*test: test it'
    is "$(screen | sed -n 's/^[0-9:]* \([a-z]*\) .*\(plan\|make\|test\): .*/\1 \2/p' |
        tac | paste -sd' ')" "submitted plan submitted make submitted test \
started plan completed plan started make completed make started test \
completed test"
}
