#!/usr/bin/env bats
# aaos-loadgen baseline and report: one sample a slot, whatever is killed,
# and reports that any text can go into.

# shellcheck disable=SC2016,SC2030,SC2031
load helper

slots() { # of a folder: "0 taken,1 missed,..."
    jq -r '"\(.slot) \(.state)"' "$1/samples.jsonl" | paste -sd,
}

# Each slot once in the file and once in the database, in order.
complete() { # folder, slots
    is "$(jq .slot "$1/samples.jsonl" | paste -sd' ')" \
        "$(seq -s' ' 0 $(($2 - 1)))"
    is "$(sql "SELECT count(DISTINCT labels), count(*) FROM system_metrics
        WHERE source = 'loadgen' AND
        (name = 'database_up' OR name = 'baseline_missed')")" "$2|$2"
}

sampling() { # options
    aaos-loadgen baseline -q --dir b "$@"
}

# --- slots -------------------------------------------------------------------

@test "a baseline has one sample a slot" {
    sampling --every 0.2 --duration 1s >end.json
    complete b 5
    is "$(jq -c '[.kind, .slots, .recorded, .complete]' end.json)" \
        '["baseline",5,5,true]'
}

@test "a baseline that is killed again and again has one sample a slot" {
    sampling --every 0.2 --duration 4s --once
    for n in 1 2 3 4 5 6 7 8; do
        background aaos-loadgen baseline -q --dir b
        have=$(wc -l <b/samples.jsonl)
        if ((n % 2)); then
            wait_until "[ \$(wc -l <b/samples.jsonl) -gt $have ] ||
                gone $background"
        fi
        kill -KILL "$background" 2>/dev/null || :
        wait "$background" 2>/dev/null || :
    done
    sampling >/dev/null
    complete b 20
}

@test "a kill between any two steps neither loses nor doubles a sample" {
    has_failpoints
    for point in jsonl.before jsonl.after baseline.taken baseline.written; do
        rm -rf b
        sql_write "DELETE FROM system_metrics"
        AAOS_FAILPOINT=$point:kill:2 sampling --every 0.2 --duration 1s &&
            return 1
        sampling >/dev/null
        complete b 5
    done
}

# The last line is there and its rows are not.
@test "rows that a kill behind the last line kept back are stored later" {
    has_failpoints
    AAOS_FAILPOINT=baseline.written:kill:3 sampling --every 0.2 \
        --duration 0.6 && return 1
    is "$(wc -l <b/samples.jsonl)" 3
    sampling >/dev/null
    complete b 3
}

@test "what was due while nobody was there is recorded as missed" {
    sampling --every 0.2 --duration 1h --once
    wait_until "[ \$(date +%s%N) -gt $(($(date +%s%N) + 700000000)) ]"
    sampling --once
    like "$(slots b)" '* missed,* missed,*taken'
    is "$(jq .slot b/samples.jsonl)" \
        "$(seq 0 $(($(wc -l <b/samples.jsonl) - 1)))"
    is "$(jq -c 'select(.state == "missed") | .metrics' b/samples.jsonl |
        sort -u)" '{}'
}

@test "a torn last line is taken away" {
    sampling --every 1h --duration 10h --once
    printf '{"kind":"sample","slot":1,"at"' >>b/samples.jsonl
    sampling --once
    is "$(slots b)" '0 taken'
    is "$(tail -c 1 b/samples.jsonl | od -An -tx1)" ' 0a'
}

@test "a file that is not what it should be is left alone" {
    sampling --every 1h --duration 10h --once
    echo '{"kind":"sample","slot":7,"at":"2026-01-01T00:00:00Z","state":"taken","metrics":{}}' \
        >>b/samples.jsonl
    cp b/samples.jsonl before
    run -65 sampling --once
    like "$output" '*samples.jsonl:2*slot 7 where 1 was expected*'
    cmp before b/samples.jsonl
    echo '{"kind":"baseline"}' >b/baseline.json
    run -65 sampling --once
}

@test "a baseline is what it was when it began" {
    sampling --every 1h --duration 10h --once
    run -64 sampling --every 30m --once
    like "$output" '*was begun with --every 1h*'
    run -64 sampling --duration 20h --once
    run -0 sampling --every 1h --duration 10h --once
    run -64 aaos-loadgen baseline --dir c --every 2h --duration 1h
    run -64 aaos-loadgen baseline --dir c --every 0.1 --duration 300d
    [ ! -e c/baseline.json ]
}

@test "one process samples at a time" {
    background aaos-loadgen baseline -q --dir b --every 0.2 --duration 1h
    wait_until "[ -s b/samples.jsonl ]"
    run -0 sampling
    is "$output" ''
    run -75 sampling --exclusive
    kill -TERM "$background"
    ends_with 0 "$background"
    run -0 sampling --exclusive --once
}

@test "a baseline goes on without its database, and gives it the rest later" {
    cat >state.conf <<'CONF'
[database]
url = sqlite:./moving/aaos.db
CONF
    unset AAOS_DATABASE_URL AAOS_REDIS_URL
    mkdir moving
    aaos-loadgen baseline -q --dir b -c state.conf --every 0.2 --duration 2s \
        --once
    chmod 700 moving
    mv moving away
    echo >moving
    run -73 --separate-stderr aaos-loadgen baseline -q --dir b -c state.conf
    like "$stderr" '*samples go on without the database*'
    is "$(jq -c '[.recorded, .complete]' <<<"$output")" '[10,true]'
    rm moving
    mv away moving
    aaos-loadgen baseline -q --dir b -c state.conf >/dev/null
    is "$(wc -l <b/samples.jsonl)" 10
    is "$(sqlite3 moving/aaos.db "SELECT count(DISTINCT labels)
        FROM system_metrics WHERE source = 'loadgen'")" 10
}

@test "a folder that cannot be written to is said" {
    echo >file
    run -73 aaos-loadgen baseline --dir file/b --once
    run -73 aaos-loadgen baseline --dir /proc/self --once
}

# --- reports -----------------------------------------------------------------

@test "a report of a baseline and a run as JSON, Markdown and HTML" {
    sampling --every 0.2 --duration 1s >/dev/null
    aaos-loadgen run -q --duration 1s --rate 100 --interval 0.2 \
        --results run.jsonl >/dev/null
    aaos-loadgen report run.jsonl b --to r.json
    is "$(jq -c '[.kind, (.parts | map(.kind))]' r.json)" \
        '["report",["summary","baseline"]]'
    is "$(jq .parts[0].submitted r.json)" "$(count)"
    is "$(jq '.parts[1] | .taken + .missed' r.json)" 5
    aaos-loadgen report run.jsonl b >r.md
    grep -q '^| Submitted | [0-9]* |$' r.md
    grep -q '^| tasks\\_pending |' r.md
    aaos-loadgen report run.jsonl b --to r.html
    # Throughput, two latencies, queue, memory, processors; and a baseline's.
    [ "$(grep -c '<svg class="plot"' r.html)" -ge 12 ]
    is "$(stat -c %a r.html)" 600
    is "$(find . -name 'r.html.*')" ''
}

@test "without a name the newest run is reported" {
    run -66 aaos-loadgen report
    aaos-loadgen run -q --count 3 --rate 100 >/dev/null
    aaos-loadgen run -q --count 5 --rate 100 >/dev/null
    is "$(aaos-loadgen report --format json | jq .parts[0].submitted)" 5
}

@test "whatever stands in a file is text in its report" {
    evil='<script>alert(1)</script>"|`*\u202e'
    printf '{"kind":"run","run":"%s","mode":"%s","interval":1,"mix":"%s"}\n' \
        '<b>' '\u001b[31m|x|' '<script>alert(1)</script>\"|`*\u202e' >run.jsonl
    printf '{"kind":"summary","submitted":1e999,"latency":[],"classes":[1,{"type":"</td><img src=x>"}]}\nnot json\n{"kind":"interval","at":"x","seconds":-1}\n' \
        >>run.jsonl
    printf '{"kind":"interval","at":"2026-01-01T00:00:00Z","seconds":1,"submitted":5,"outstanding":"x","rss":-1}\n{"torn' >>run.jsonl
    for form in html markdown json; do
        aaos-loadgen report run.jsonl --format $form --title "$evil" >r.$form
    done
    run -1 grep -e '<script' -e '<img' -e '<b>' r.html r.markdown
    run -1 grep -P '\x1b|\xe2\x80\xae' r.html r.markdown
    grep -q '&lt;script&gt;alert(1)&lt;/script&gt;&quot;|' r.html
    grep -q '2 lines of the file cannot be read' r.html
    jq -e . r.json
}

@test "a page needs nothing but itself, and is well formed" {
    aaos-loadgen run -q --duration 0.6 --rate 50 --interval 0.2 \
        --results run.jsonl >/dev/null
    aaos-loadgen report run.jsonl --to r.html
    run -1 grep -iE 'src=|href=|url\(|@import|<script|https?://' r.html
    grep -q "default-src 'none'" r.html
    grep -q 'prefers-color-scheme:dark' r.html
    grep -q '@media print' r.html
    # Every element that is opened is closed, in order.
    sed 's/<style>.*//; /^:root/,/^<\/style>/d' r.html |
        grep -oE '</?[a-z0-9]+[^>]*>' | awk '
        /^<(meta|html|!)/ || /\/>$/ || /^<\/(html|style)/ { next }
        /^<\// {
            name = substr($0, 3, length($0) - 3)
            if (stack[n--] != name) { print "unexpected " $0; exit 1 }
            next
        }
        {
            name = substr($1, 2)
            sub(/>.*/, "", name)
            stack[++n] = name
        }
        END { exit n != 0 }'
}

@test "a run that was killed is reported as far as it went" {
    background aaos-loadgen run -q --rate 100 --interval 0.2 \
        --results run.jsonl
    wait_until "[ \$(grep -c '\"kind\":\"interval\"' run.jsonl) -ge 2 ]"
    kill -KILL "$background"
    aaos-loadgen report run.jsonl --to r.html
    grep -q 'This run was killed' r.html
    is "$(aaos-loadgen report run.jsonl --format json |
        jq -r .parts[0].kind)" run
}

@test "what is no record, or cannot be written, is said" {
    echo '{"kind":"other"}' >other.jsonl
    run -65 aaos-loadgen report other.jsonl
    run -66 aaos-loadgen report nothing.jsonl
    mkdir empty
    run -66 aaos-loadgen report empty
    aaos-loadgen run -q --count 2 --rate 100 --results run.jsonl >/dev/null
    run -73 aaos-loadgen report run.jsonl --to nowhere/r.html
    run -74 sh -c 'aaos-loadgen report run.jsonl >/dev/full'
}
