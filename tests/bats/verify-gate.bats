#!/usr/bin/env bats
# aaos-verify gate, report and archive: thresholds, a log for people, evidence.

load helper

names() { # line of an offender, a pattern
    grep -q "^#   $1\$" <<<"$output" && return
    printf '%s\n' "$output" >&2
    return 1
}

failed() { # names of the checks that failed, sorted
    sed -n 's/^not ok [0-9]* - [a-z0-9]* \([^:]*\):.*/\1/p' <<<"$output" |
        sort | paste -sd' '
}

# Settings in place of those before.
only() { # SECTION.NAME=VALUE...
    rm -f "$XDG_CONFIG_HOME/aaos/aaos.conf"
    settings "$@"
}

# Eight that complete, two that die.
some_work() {
    seq -f 'task number %g' 8 | aaos-submit -q -t qa >/dev/null
    aaos-submit -q -t code --max-attempts 1 'fails once' 'fails twice' \
        >/dev/null
    drain -q -t qa --builtin noop
    drain -q -t code --builtin fail || :
}

@test "figures within their thresholds are GO" {
    some_work
    only gate.success_rate=80% gate.max_dead=2 gate.max_lost=0 \
        gate.wait_p99=10m gate.run_p50=10m gate.backlog_age=1m \
        gate.max_backlog=0 gate.max_cost=0
    run -0 aaos-verify gate
    names '10 within 1h00m'
    names '80%'
    is "$(grep -c '^ok' <<<"$output")" 9
}

@test "each figure beyond its threshold is named" {
    some_work
    aaos-submit -q -t qa left over >/dev/null
    sql_write "UPDATE tasks SET created_at = created_at - 7200000000
        WHERE status = 'pending'; UPDATE attempts SET claimed_at =
        claimed_at + 60000000, finished_at = finished_at + 120000000,
        started_at = started_at + 60000000, cost = 250000000000;
        UPDATE attempts SET outcome = 'lost' WHERE outcome = 'failed'"
    only gate.success_rate=0.81 gate.max_dead=1 gate.max_lost=1 \
        gate.wait_p50=30s gate.wait_p95=30s gate.wait_p99=30s \
        gate.run_p50=30s gate.run_p95=30s gate.run_p99=30s \
        gate.backlog_age=1h gate.max_backlog=1 gate.max_cost=2.4
    run -1 aaos-verify gate
    is "$(failed)" "backlog backlog_age cost_usd dead lost run_p50 run_p95 \
run_p99 success_rate wait_p50 wait_p95 wait_p99"
    names 'success_rate: is 80%, less than 81%'
    names 'dead: is 2, more than 1'
    names 'backlog_age: is 2h00m, more than 1h00m'
    names 'cost_usd: is 2.5 USD, more than 2.4 USD'
}

@test "percentiles are those of the database, to one per cent" {
    seq -f 'task number %g' 200 | aaos-submit -q -t qa >/dev/null
    drain -q -t qa --builtin noop
    sql_write "UPDATE attempts SET claimed_at = (SELECT created_at FROM tasks t
        WHERE t.seq = attempts.seq) + seq * 10000; UPDATE attempts SET
        started_at = finished_at - seq * 20000"
    aaos-verify gate --save figures.json
    ranks=$(sql "SELECT min(seq) FROM tasks")
    for part in 'wait_p50 100 10000' 'wait_p95 190 10000' \
        'run_p50 100 20000' 'run_p99 198 20000'; do
        read -r name rank unit <<<"$part"
        jq -e --arg name "$name" --argjson want \
            "$(((ranks - 1 + rank) * unit))" '
            .[$name] * 1000000 | . / $want | . > 0.99 and . < 1.01' \
            figures.json
    done
}

@test "what is older than the window does not count" {
    some_work
    sql_write 'UPDATE tasks SET finished_at = finished_at - 7200000000;
        UPDATE attempts SET claimed_at = claimed_at - 7200000000,
        finished_at = finished_at - 7200000000'
    only gate.max_dead=0
    run -1 aaos-verify gate
    is "$(failed)" tasks
    names 'tasks: only 0 have ended within 1h00m, not 1'
    only gate.window=0 gate.max_dead=0
    run -1 aaos-verify gate
    is "$(failed)" dead
}

@test "what is much worse than the baseline is named" {
    some_work
    aaos-verify gate --save base.json
    only gate.baseline=base.json
    run -0 aaos-verify gate
    jq '.success_rate = 1.0 | .wait_p95 = 0.0001 | .run_p50 = 0 |
        .throughput = .throughput * 10' base.json >worse.json
    sql_write "UPDATE attempts SET claimed_at = claimed_at + 60000000,
        finished_at = finished_at + 120000000,
        started_at = started_at + 60000000"
    only gate.baseline=worse.json gate.regression=10
    run -1 aaos-verify gate
    [[ $(failed) == *run_p50-regression*success_rate-regression* ]]
    [[ $(failed) == *throughput-regression*wait_p95-regression* ]]
    jq 'with_entries(if .key | test("^(wait|run)_") then .value = 1000
        elif .key == "throughput" or .key == "success_rate" then
            .value /= 1000 else . end)' base.json >better.json
    only gate.baseline=better.json
    run -0 aaos-verify gate
}

@test "without a threshold there is nothing to judge: 78" {
    some_work
    run -78 --separate-stderr aaos-verify gate
    [[ $stderr == *'no threshold is set'* ]]
}

@test "a threshold or baseline that makes no sense: 78" {
    some_work
    only gate.success_rate=120%
    run -78 aaos-verify gate
    [[ $output == *'gate.success_rate: must be'* ]]
    only gate.max_cost=much
    run -78 aaos-verify gate
    [[ $output == *'gate.max_cost: must be'* ]]
    only gate.baseline=nowhere.json
    run -78 aaos-verify gate
    [[ $output == *'gate.baseline: '* ]]
    echo '{"wait_p50":' >torn.json
    only gate.baseline=torn.json
    run -78 aaos-verify gate
    [[ $output == *'gate.baseline: '* ]]
}

@test "examples/gate.conf can be used as it is" {
    export AAOS_DATABASE_URL=${AAOS_DATABASE_URL-$AAOS_STATE_DIR/aaos.db}
    seq -f 'task number %g' 20 | aaos-submit -q -t qa >/dev/null
    drain -q -t qa --builtin noop
    run -0 aaos-verify gate --config "$AAOS_SRCDIR/examples/gate.conf"
    is "$(grep -c '^ok' <<<"$output")" 11
    unset AAOS_DATABASE_URL
}

# --- report ------------------------------------------------------------------

@test "a report says what was checked, and the figures" {
    some_work
    only gate.max_dead=5
    run -0 aaos-verify report
    is "${lines[0]}" '# aaos-verify report: GO'
    grep -q '^| pass | invariants | state-known |' <<<"$output"
    grep -q '^| pass | gate | dead |' <<<"$output"
    grep -q '^| completed | 8 |' <<<"$output"
    run -0 aaos-verify report --e2e
    is "$(grep -c '^| pass | e2e |' <<<"$output")" 11
}

@test "a report of what is wrong says so first, and ends with 1" {
    some_work
    only gate.max_dead=0
    run -1 aaos-verify report
    is "${lines[0]}" '# aaos-verify report: NO-GO'
    grep -qx 'dead: is 2, more than 0' <<<"$output"
}

@test "the page is well-formed, whole, and asks nobody for anything" {
    aaos-submit -q -t qa --correlation-id '<script>alert(1)</script>' \
        probe >/dev/null
    only gate.max_backlog=0 gate.min_tasks=0
    run -1 aaos-verify report -o html
    printf '%s\n' "$output" >page.html
    xmllint --html --noout page.html
    run -1 grep -E '<script|(src|href)="?https?:' page.html
    grep -q 'backlog' page.html
}

# --- archive -----------------------------------------------------------------

evidence() {
    mkdir -p ev/deep "ev/$(printf 'n%.0s' {1..120})"
    echo report >ev/report.md
    echo odd >$'ev/new\nline'
    echo back >'ev/back\slash'
    echo deep >ev/deep/down
    : >ev/empty
    head -c 700000 /dev/zero >ev/long
    echo far >"ev/$(printf 'n%.0s' {1..120})/$(printf 'm%.0s' {1..120})"
    echo pax >"ev/$(printf 'p%.0s' {1..200})"
    ln -s /etc/passwd ev/link
}

@test "an archive is read by tar, and its hashes are right" {
    evidence
    run -0 aaos-verify archive e.tar ev
    mkdir out
    tar -xf e.tar -C out
    (cd out && sha256sum --check --strict --quiet SHA256SUMS)
    rm ev/link
    diff -r ev out/ev
    is "$(tar -tf e.tar | wc -l)" 9
    is "$(tar -tvf e.tar | awk '{ print $1, $2 }' | sort -u)" '-rw-r--r-- 0/0'
    (cd out && run -0 aaos-verify hashes SHA256SUMS)
}

@test "the same files give the same bytes, whenever and by whom" {
    evidence
    aaos-verify archive -q one.tar ev
    find ev -exec touch -h -d 2001-01-01 {} +
    chmod 600 ev/report.md
    LC_ALL=C TZ=Asia/Tokyo aaos-verify archive -q - ./ev/ >two.tar
    cmp one.tar two.tar
    aaos-verify archive -q one.tar ev
    cmp one.tar two.tar
    echo changed >ev/report.md
    aaos-verify archive -q three.tar ev
    run -1 cmp -s one.tar three.tar
    SOURCE_DATE_EPOCH=1000000000 aaos-verify archive -q four.tar ev
    tar -tvf four.tar --utc | grep -q '2001-09-09'
}

@test "an archive leaves itself out" {
    evidence
    (cd ev && aaos-verify archive -q e.tar . && cp e.tar ../one.tar &&
        aaos-verify archive -q e.tar .)
    cmp one.tar ev/e.tar
}

@test "names that lead upwards or twice to the same are refused" {
    evidence
    (cd ev && run -64 aaos-verify archive ../e.tar ../ev/report.md)
    run -64 aaos-verify archive e.tar ev/report.md ./ev/report.md
    run -64 aaos-verify archive e.tar
    run -66 aaos-verify archive e.tar none
    [ ! -e e.tar ]
    [ ! -e e.tar.part ]
}

@test "a full disk leaves no archive that looks whole" {
    evidence
    run -74 bash -c 'aaos-verify archive - ev >/dev/full'
}
