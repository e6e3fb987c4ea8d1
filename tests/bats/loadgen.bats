#!/usr/bin/env bats
# aaos-loadgen run, sample and clean: loads are what they say, touch nothing
# of others, and leave nothing broken behind.

# shellcheck disable=SC2030,SC2031
load helper

# A field of the summary of the last run.
field() { # jq filter
    jq -r "$1" summary.json
}

measure() {
    aaos-loadgen run -q --results run.jsonl "$@" >summary.json
}

# --- loads -------------------------------------------------------------------

@test "an open loop stores as many tasks as wanted, and each ends once" {
    measure --count 300 --rate 1000 --workers 2 -j 4
    is "$(field '[.mode, .submitted, .completed, .unfinished]|join(" ")')" \
        'open 300 300 0'
    is "$(count "status = 'completed'")" 300
    is "$(sql 'SELECT count(*) FROM attempts')" 300
    is "$(field '.latency.wait.count, .latency.total.count' | uniq)" 300
}

@test "a closed loop has as many tasks in flight as clients" {
    measure --count 200 --clients 4 --workers 1 -j 8
    is "$(field '[.mode, .clients, .completed]|join(" ")')" 'closed 4 200'
    # Nobody waited for a second look: each client went on at once.
    is "$(sql 'SELECT max(n) <= 4 FROM (
        SELECT (SELECT count(*) FROM tasks b WHERE b.created_at <= a.created_at
                   AND b.finished_at > a.created_at) AS n FROM tasks a) x' |
        tr 1 t)" t
}

@test "the same seed gives the same load" {
    for name in one two; do
        measure -d "$PWD/$name.db" -r none --count 100 --rate 5000 --seed 7 \
            --mix 'a=2:size=1-2k:run=~0.001,b:priority=0-10:after=30%'
        sqlite3 -readonly "$name.db" "SELECT task_type, priority, description,
            json_remove(payload, '\$.simulate.due'), ref FROM tasks
            JOIN task_bodies USING (seq) ORDER BY seq" >"$name.txt"
    done
    [ "$(wc -l <one.txt)" -eq 100 ]
    diff <(cut -d'|' -f1-4 one.txt) <(cut -d'|' -f1-4 two.txt)
}

@test "a mix is what was asked for" {
    no_back_off
    measure --count 400 --rate 4000 --seed 3 --workers 1 -j 4 \
        --mix 'research=3:priority=2-4:size=1000,code:dead=50%:attempts=1'
    is "$(field '.unplanned')" 0
    is "$(field '.submitted == .completed + .dead')" true
    is "$(count "task_type = 'research' AND priority BETWEEN 2 AND 4")" \
        "$(field '.classes[0].submitted')"
    is "$(count "task_type = 'code' AND status = 'dead' AND
        reason = 'permanent'")" "$(field '.classes[1].dead')"
    is "$(sql "SELECT min(length(payload)) + max(length(payload))
        FROM task_bodies b JOIN tasks t ON t.seq = b.seq
        WHERE task_type = 'research'")" 2000
}

@test "attempts fail and are retried, and what waits for a dead task goes" {
    no_back_off
    measure --count 300 --rate 3000 --seed 11 --workers 1 -j 4 \
        --mix 'a:fail=40%:attempts=3:after=30%'
    is "$(field '.unplanned, .unfinished' | uniq)" 0
    is "$(field '[.dead > 0, .cancelled > 0, .attempts > .submitted]|all')" true
    is "$(count "reason = 'dependency'")" "$(field .cancelled)"
    is "$(count "reason = 'failures'")" "$(field .dead)"
}

# --- latency -----------------------------------------------------------------

# Not from when it was sent: what was due while the only agent stood still
# waited for as long as that.
@test "a stall shows in the latency of all that was due during it" {
    background aaos-loadgen run -q --count 400 --rate 200 --arrivals constant \
        --workers 1 -j 1 --results run.jsonl
    loadgen=$background
    wait_until "[ -s run.jsonl ] && [ \$(count 2>/dev/null) -gt 10 ]"
    agent=$(pgrep -P "$loadgen")
    kill -STOP "$agent"
    wait_until "[ \$(date +%s%N) -gt $(($(date +%s%N) + 1200000000)) ]"
    kill -CONT "$agent"
    ends_with 0 "$loadgen"
    tail -n 1 run.jsonl >summary.json
    # 240 of 400 came in that time.
    is "$(field '.latency.wait.p90 > 0.6 and .latency.total.p99 > 1')" true
}

# Nobody can store anything for a while: SQLite's writers queue for a lock,
# PostgreSQL's for the table.
hold_the_database() {
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        psql -Xq -d "$AAOS_DATABASE_URL" -c 'BEGIN' \
            -c 'LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE' \
            -c 'SELECT pg_sleep(1)' -c 'COMMIT' >/dev/null
    else
        flock "$AAOS_STATE_DIR/aaos.db-lock" sleep 1
    fi
}

@test "what could not be stored in time counts from when it was due" {
    background aaos-loadgen run -q --count 400 --rate 200 --arrivals constant \
        --workers 1 -j 1 --results run.jsonl
    loadgen=$background
    wait_until "[ -s run.jsonl ] && [ \$(count 2>/dev/null) -gt 10 ]"
    hold_the_database
    ends_with 0 "$loadgen"
    tail -n 1 run.jsonl >summary.json
    # Half of them were due in that second.
    is "$(field '.latency.submit.p90 > 0.5 and .latency.wait.p90 > 0.5')" true
    is "$(field '.latency.total.count, .submitted' | uniq)" 400
    is "$(field '.late_max > 0.8')" true
}

# The agents' clock against what the database says, without our histogram.
@test "percentiles are those of the times in the database" {
    measure --count 500 --rate 500 --workers 1 -j 4 --mix 'a:run=0.001-0.01'
    sql "SELECT t.finished_at, b.payload FROM tasks t
        JOIN task_bodies b ON b.seq = t.seq" >rows
    if [ -n "${AAOS_DATABASE_URL-}" ]; then
        sql "SELECT t.finished_at, convert_from(b.payload, 'UTF8')
            FROM tasks t JOIN task_bodies b ON b.seq = t.seq" >rows
    fi
    [ "$(wc -l <rows)" -eq 500 ]
    sed 's/|.*"due":\([0-9]*\).*/ \1/' rows | awk '{ print $1 - $2 }' |
        sort -n >sorted
    for share in 0.5 0.9 0.99; do
        wanted=$(awk -v s=$share 'NR == int(s * 500 + 0.999) {
            print $1 / 1e6 }' sorted)
        got=$(field ".latency.total.p${share#0.}" |
            sed 's/null/x/')
        case $share in
        0.5) got=$(field .latency.total.p50) ;;
        0.9) got=$(field .latency.total.p90) ;;
        esac
        awk -v a="$got" -v b="$wanted" 'BEGIN {
            d = a - b; if (d < 0) d = -d
            exit !(d <= b * 0.01 + 0.0002) }' || {
            echo "p$share: $got, by the database $wanted" >&2
            return 1
        }
    done
}

# --- others ------------------------------------------------------------------

@test "a database that holds other work is refused" {
    aaos-submit -q -t research 'work of somebody' >/dev/null
    run -77 aaos-loadgen run --count 1 --mix code
    like "$output" '*holds tasks of others (1 of them live)*'
    is "$(count)" 1
    # Its type is in the mix: it would be done without having been done.
    run -77 aaos-loadgen run --count 1 --shared --mix research
    is "$(count "status = 'pending'")" 1
    measure --count 5 --rate 1000 --shared --mix code
    is "$(count "task_type = 'research' AND status = 'pending'")" 1
    is "$(count "task_type = 'code' AND status = 'completed'")" 5
}

@test "a queue that other agents work on is refused" {
    start_worker --builtin noop
    wait_until "[ \"\$(sql 'SELECT count(*) FROM agents' 2>/dev/null)\" = 1 ]"
    run -77 aaos-loadgen run --count 1
    like "$output" '*agents work on this database*'
    is "$(count)" 0
    measure --count 20 --rate 1000 --workers 0
    is "$(field '.completed')" 20
}

@test "a simulated agent hands work of others back, and ends" {
    aaos-submit -q -t code 'somebody needs this' >/dev/null
    run -78 timeout 30 aaos-worker -q --builtin simulate -t code
    like "$output" '*is no simulation*'
    is "$(count "status = 'pending' AND failures = 0")" 1
}

@test "under the kill switch nothing is put on the queue" {
    aaos-dispatch -q kill
    run -77 aaos-loadgen run --count 1
    is "$(count)" 0
}

# --- ends --------------------------------------------------------------------

@test "tasks that do not end within the time are said, and stay" {
    run -124 --separate-stderr aaos-loadgen run -q --count 5 --rate 1000 \
        --workers 0 --drain 0.1
    like "$stderr" '*5 of 5 tasks have not ended*'
    is "$(jq .unfinished <<<"$output")" 5
    is "$(count "status = 'pending'")" 5
}

@test "a generator that is killed leaves a queue that goes on" {
    background aaos-loadgen run -q --rate 500 --workers 2 -j 4 \
        --mix 'a:run=0.05' --results run.jsonl
    wait_until "[ \"\$(sql \"SELECT count(*) > 50 FROM tasks\" 2>/dev/null |
        tr t 1)\" = 1 ]"
    kill -KILL "$background"
    # Its agents end by themselves, and hand back what they hold.
    wait_until "[ -z \"\$(our_pids)\" ]"
    is "$(count "status = 'running'")" 0
    measure --count 10 --rate 100 --workers 2 -j 4 --mix 'a:run=0.001'
    # Agents begin by working on what is there.
    is "$(count 'finished_at IS NULL')" 0
    is "$(sql 'SELECT count(*) FROM attempts WHERE outcome = '"'lost'"'')" 0
    aaos-verify invariants
}

@test "an interrupt ends the arrivals, and what was stored is finished" {
    background aaos-loadgen run -q --rate 200 --workers 1 --results run.jsonl
    wait_until "grep -q '\"kind\":\"interval\"' run.jsonl"
    kill -TERM "$background"
    ends_with 0 "$background"
    is "$(tail -n 1 run.jsonl | jq -c '[.kind, .interrupted, .unfinished]')" \
        '["summary",true,0]'
    is "$(count 'finished_at IS NULL')" 0
}

@test "the tasks of a run can be removed, and those of others stay" {
    aaos-submit -q -t code 'work of somebody' >/dev/null
    measure --count 30 --rate 1000 --shared --mix research --remove
    # The highest number stays: it would be given away again.
    is "$(count "task_type = 'research'")" 1
    is "$(count "task_type = 'code'")" 1
    measure --count 30 --rate 1000 --shared --mix research
    run -0 aaos-loadgen clean "$(field .run)"
    like "$output" '*29 tasks removed*'
    is "$(count "task_type = 'code' AND status = 'pending'")" 1
    run -64 aaos-loadgen clean
    run -64 aaos-loadgen clean everything
}

# --- files -------------------------------------------------------------------

@test "the file of a run has its plan, its intervals and its summary" {
    measure --duration 1s --rate 100 --interval 0.2
    jq -s -e '.[0].kind == "run" and .[-1].kind == "summary" and
        ([.[] | select(.kind == "interval") | .submitted] | add) ==
        .[-1].submitted and
        ([.[] | select(.kind == "interval") | .completed] | add) ==
        .[-1].completed and (.[-1].histograms.wait | length) > 0' run.jsonl
}

@test "a run goes on when its file cannot be written" {
    run -74 --separate-stderr aaos-loadgen run -q --count 20 --rate 1000 \
        --results /dev/full
    like "$stderr" '*the run goes on without it*'
    is "$(jq .completed <<<"$output")" 20
    run -73 aaos-loadgen run --count 1 --results nowhere/run.jsonl
}

@test "the summary is an object, a table or tsv" {
    run -0 --separate-stderr aaos-loadgen run -q --count 5 --rate 1000 -o tsv \
        --mix a,b
    is "${#lines[@]}" 3
    like "${lines[2]}" $'all\t5\t5\t0\t0\t0\t0.0*'
    run -0 --separate-stderr aaos-loadgen run -q --count 5 --rate 1000 -o table
    like "${lines[0]}" 'TYPE *WAIT_P99*'
}

@test "what makes no sense is refused before anything happens" {
    for bad in '--rate 0' '--rate x' '--rate 1e9' '--rate 1 --clients 1' \
        '--think 1' '--count 0' '--workers 257' '--clients 10001' \
        '--duration 8d' '--mix a:fail=2' '--mix a:colour=red' '--mix a;b' \
        '--arrivals sometimes' 'operand'; do
        # shellcheck disable=SC2086
        run -64 aaos-loadgen run $bad
    done
    [ ! -e "$AAOS_STATE_DIR/aaos.db" ]
}

# --- samples -----------------------------------------------------------------

@test "a sample counts what is there, and is stored" {
    aaos-submit -q one two >/dev/null
    aaos-loadgen sample -o jsonl --file samples.jsonl >sample.json
    aaos-loadgen sample --file samples.jsonl >/dev/null
    is "$(jq -c '[.kind, .metrics.tasks_pending, .metrics.database_up]' \
        sample.json)" '["sample",2,1]'
    jq -e '.metrics | .memory_total_bytes >= .memory_available_bytes and
        .host_load1 >= 0 and .database_bytes > 0 and .processes >= 1' \
        sample.json
    is "$(wc -l <samples.jsonl)" 2
    is "$(sql "SELECT count(*) FROM system_metrics WHERE source = 'loadgen'
        AND name = 'tasks_pending' AND value = 2")" 2
    if [ -n "${AAOS_REDIS_URL-}" ]; then
        is "$(jq .metrics.redis_up sample.json)" 1
    fi
}

@test "a sample is taken of the host when the database is away" {
    run -73 --separate-stderr aaos-loadgen sample -o json -d /proc/nothing.db
    is "$(jq -c '[.metrics.database_up, .metrics.memory_total_bytes > 0]' \
        <<<"$output")" '[0,true]'
    run -73 aaos-loadgen sample --file nowhere/samples
}
