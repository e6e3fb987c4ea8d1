#!/usr/bin/env bats
# Metrics: what Prometheus' own tool thinks of them, and that counters count.

# shellcheck disable=SC2016,SC2030,SC2031
load helper

# The value of a sample.
value() { # name{labels}
    aaos-status metrics | awk -v name="$1" '$1 == name { print $2 }'
}

counters() {
    aaos-status metrics | awk '
        $2 == "TYPE" { counts[$3] = $4 != "gauge" }
        /^aaos/ { name = $1; sub(/{.*/, "", name); base = name
                  sub(/_(bucket|sum|count)$/, "", base) }
        /^aaos/ && (counts[name] || counts[base]) && !/^aaos_(ticks|tick|audit)_/'
}

# What a queue knows that has seen all sorts of things.
busy() {
    no_back_off
    settings task.max_attempts=2
    aaos-submit -t code fine also-fine >/dev/null
    aaos-submit -t qa --timeout 0.05 'too long' >/dev/null
    aaos-submit -t trading --hold held >/dev/null
    aaos-submit -t research --webhook https://example.org/x 'told of' >/dev/null
    drain -q -t code,research -- true
    drain -q -t qa -- sleep 5
    aaos-dispatch -q tick
    aaos-submit -t code 'waits' >/dev/null
}

# Of 150 types a task each.
many_types() {
    seq -f 'task %g' 150 | aaos-submit >/dev/null
    sql_write "UPDATE tasks SET task_type = 't' || seq"
}

@test "promtool has nothing to say: empty, busy, paused, without a database" {
    aaos-status metrics | promtool check metrics
    busy
    aaos-dispatch -q pause -t qa
    aaos-status metrics | promtool check metrics
    run --separate-stderr ! aaos-status -d postgres:///nowhere?host=/nowhere metrics
    is "$(grep ^aaos_up <<<"$output")" 'aaos_up 0'
    like "$stderr" 'aaos-status: *'
    promtool check metrics <<<"$output"
}

@test "numbers are those of the queue" {
    busy
    is "$(value 'aaos_tasks{type="code",state="completed"}')" 2
    is "$(value 'aaos_tasks{type="code",state="pending"}')" 1
    is "$(value 'aaos_tasks{type="trading",state="held"}')" 1
    is "$(value 'aaos_tasks{type="qa",state="dead"}')" 1
    is "$(value 'aaos_attempts_total{type="qa",outcome="timed_out"}')" 2
    is "$(value 'aaos_tasks_submitted_total{type="code"}')" 3
    is "$(value 'aaos_attempt_duration_seconds_count{type="code"}')" 2
    is "$(value 'aaos_task_start_delay_seconds_count{type="qa"}')" 1
    is "$(value 'aaos_actions{type="webhook",state="completed"}')" 1
    is "$(value aaos_actions_attempted_total)" 1
    is "$(value 'aaos_ticks_total{status="SUCCESS"}')" 1
    is "$(value aaos_proof_mode)" 1
    [ "$(value aaos_database_size_bytes)" -gt 10000 ]
    aaos-dispatch -q pause --out
    is "$(value 'aaos_paused{direction="out"}')" 1
    is "$(value 'aaos_paused{direction="in"}')" 0
    if [ -n "${AAOS_REDIS_URL-}" ]; then
        is "$(value aaos_redis_up)" 1
    else
        is "$(value aaos_redis_configured)" 0
    fi
}

@test "agents and their slots are seen while they are there" {
    aaos-submit -t code 'a long one' >/dev/null
    start_worker -j 3 -- sleep 60
    wait_until '[ "$(value '\''aaos_tasks{type="code",state="running"}'\'')" = 1 ]'
    is "$(value 'aaos_agents{state="active"}')" 1
    is "$(value 'aaos_agent_slots{state="active"}')" 3
}

@test "no counter goes down when old rows are pruned" {
    busy
    counters >before
    sql_write 'UPDATE tasks SET finished_at = 5000000
        WHERE finished_at IS NOT NULL'
    aaos-dispatch tick
    is "$(count "status = 'completed'")" 0
    counters >after
    grep -q 'outcome="timed_out"} 2' after
    diff before after
}

# What a worker with --llm leaves behind.
calls() {
    sql_write "
        INSERT INTO llm_calls (call_id, task_id, attempt, step, purpose, state,
            task_type, endpoint, requested_model, fallback_from, class,
            elapsed, day, started_at, expires_at, finished_at)
        VALUES ('c1', 'c4n4ry-1', 1, 1, 'answer', 'done', 'code', 'local', 'm',
                NULL, 'ok', 2000000, '', 1, 1, 5000000),
               ('c2', 'c4n4ry-1', 1, 2, 'answer', 'failed', 'code', 'local',
                'm', 'fast', 'rate', 3000, '', 1, 1, 5000000),
               ('c3', 'c4n4ry-1', 1, 3, 'answer', 'lost', 'code', 'far', 'm',
                NULL, NULL, NULL, '', 1, 1, 5000000);
        INSERT INTO llm_costs (day, endpoint, model, agent_type, task_type,
            workflow_id, calls, failed, unpriced, tokens_in, tokens_cached,
            tokens_out, cost)
        VALUES ('2026-01-01', 'local', 'm', '', 'code', 'c4n4ry-2', 2, 1, 1,
                100, 30, 20, 1500000000000),
               ('2026-01-02', 'local', 'm', '', 'code', '', 1, 0, 0, 1, 0, 1,
                500000000000);
        INSERT INTO budgets (scope, name, period, spent, reserved, updated_at)
        VALUES ('total', '', 'all', 2000000000000, 500000000000, 1),
               ('task', 'c4n4ry-1', 'all', 1, 1, 1),
               ('day', '', '2026-01-01', 5, 0, 1)"
}

@test "calls to models are counted, and go on to be when they are pruned" {
    settings budget.total=10
    aaos-submit -q 'a task' >/dev/null
    calls
    aaos-status metrics | promtool check metrics
    is "$(value 'aaos_llm_calls_total{endpoint="local",model="m"}')" 3
    is "$(value 'aaos_llm_cost_usd_total{endpoint="local",model="m"}')" 2
    is "$(value 'aaos_llm_tokens_total{type="input",endpoint="local",model="m"}')" 71
    is "$(value 'aaos_llm_tokens_total{type="cached",endpoint="local",model="m"}')" 30
    is "$(value 'aaos_llm_attempts_total{endpoint="local",class="rate"}')" 1
    is "$(value 'aaos_llm_attempts_total{endpoint="far",class="lost"}')" 1
    is "$(value 'aaos_llm_fallbacks_total{endpoint="local"}')" 1
    is "$(value 'aaos_llm_request_duration_seconds_sum')" 2.003
    is "$(value 'aaos_llm_request_duration_seconds_bucket{le="0.005"}')" 1
    is "$(value 'aaos_budget_spent_usd{scope="total",name="",period="all"}')" 2
    is "$(value 'aaos_budget_remaining_usd{scope="total",name="",period="all"}')" \
        7.5
    run ! grep c4n4ry <<<"$(aaos-status metrics)"
    is "$(aaos-status metrics | grep -c '^aaos_budget_spent_usd')" 1
    counters >before
    aaos-dispatch -q tick
    is "$(sql 'SELECT count(*) FROM llm_calls')" 0
    counters | diff before -
}

@test "a circuit that is open is seen" {
    aaos-submit -q 'a task' >/dev/null
    sql_write "INSERT INTO llm_states (key, state, updated_at) VALUES
        ('e:far', '{\"open_until\":9000000000000000}', 1), ('e:near', '{}', 1),
        ('m:far/m', '{}', 1)"
    is "$(value 'aaos_circuit_state{endpoint="far"}')" 2
    is "$(value 'aaos_circuit_state{endpoint="near"}')" 0
    is "$(aaos-status metrics | grep -c '^aaos_circuit_state')" 2
}

@test "tasks of aaos-verify e2e, which go again, are no series" {
    aaos-submit -q 'a task' >/dev/null
    sql_write "UPDATE tasks SET task_type = 'aaos-e2e-1234'"
    run ! grep aaos-e2e <<<"$(aaos-status metrics)"
}

@test "no id and no text of a task is in a label" {
    id=$(aaos-submit -t code --correlation-id c4n4ry-1 --session c4n4ry-2 \
        --workflow c4n4ry-3 'c4n4ry-4')
    drain -q --name c4n4ry-5 -- true
    run -0 aaos-status metrics
    [[ $output != *c4n4ry* && $output != *"$id"* ]]
}

@test "--textfile puts a whole file in place, readable for others" {
    umask 077
    aaos-submit -t code 'a task' >/dev/null
    run -0 aaos-status metrics --textfile m.prom
    is "$output" ''
    is "$(stat -c %a m.prom)" 644
    promtool check metrics <m.prom
    inode=$(stat -c %i m.prom)
    aaos-status metrics --textfile m.prom
    [ "$(stat -c %i m.prom)" != "$inode" ]
    is "$(echo m.prom*)" m.prom
}

@test "a file that cannot be written leaves the old one and nothing else" {
    run -73 aaos-status metrics --textfile nowhere/m.prom
    mkdir folder
    run ! aaos-status metrics --textfile folder
    is "$(echo folder*)" folder
    many_types
    aaos-status metrics --textfile m.prom
    [ "$(stat -c %s m.prom)" -gt 110000 ]
    cp m.prom old
    run -74 bash -c 'ulimit -f 100; trap "" XFSZ
        aaos-status metrics --textfile m.prom'
    cmp m.prom old
    is "$(echo m.prom*)" m.prom
}

@test "a lost database is written down as such" {
    run ! aaos-status -d postgres:///nowhere?host=/nowhere metrics \
        --textfile m.prom
    is "$(grep ^aaos_up m.prom)" 'aaos_up 0'
}

@test "metrics have no other form" {
    run -64 aaos-status metrics -o json
}

@test "dashboard and alerts use only metrics that exist" {
    aaos-submit 'a task' >/dev/null
    cd "$AAOS_SRCDIR/examples"
    aaos-status metrics | awk '$2 == "TYPE" { print $3
        if ($4 == "histogram") for (i in ends) print $3 ends[i] }
        BEGIN { ends[1] = "_bucket"; ends[2] = "_sum"; ends[3] = "_count" }' |
        sort >"$BATS_TEST_TMPDIR/there"
    { jq -r '.panels[].targets[].expr' aaos-dashboard.json
      jq -r '.templating.list[] | .definition // empty' aaos-dashboard.json
      grep -v '^ *#' aaos-alerts.yml; } |
        grep -oE '\<aaos_[a-z_]+' | sort -u >"$BATS_TEST_TMPDIR/used"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/used")" -gt 25 ]
    is "$(comm -13 "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/used")" ''
}

@test "every metric is in the manual page, and no other" {
    aaos-submit 'a task' >/dev/null
    aaos-status metrics | awk '$2 == "TYPE" { print $3 }' | sort >there
    grep -oE '^\.It Va aaos_[a-z_]+( , aaos_[a-z_]+)*' \
        "$AAOS_SRCDIR/man/aaos-status.1" | grep -oE 'aaos_[a-z_]+' |
        sort >page
    diff there page
}

@test "promtool can read every expression of dashboard and alerts" {
    promtool check rules "$AAOS_SRCDIR/examples/aaos-alerts.yml"
    jq '{groups: [{name: "x", rules: [.panels[].targets[].expr |
            gsub("\\$__rate_interval"; "5m") | gsub("\\$type"; ".*") |
            {record: "x", expr: .}]}]}' \
        "$AAOS_SRCDIR/examples/aaos-dashboard.json" >rules.yml
    promtool check rules rules.yml
}

@test "alerts strike when they should, and not before" {
    cp "$AAOS_SRCDIR/examples/aaos-alerts.yml" .
    cat >test.yml <<'END'
rule_files: [aaos-alerts.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'aaos_up', values: '1x30'}
      - {series: 'aaos_tasks{type="code",state="pending"}', values: '0x5 3x25'}
      - {series: 'aaos_tasks{type="code",state="dead"}', values: '1x30'}
      - {series: 'aaos_agents{state="active"}', values: '0x30'}
      - {series: 'aaos_last_tick_timestamp_seconds', values: '0+60x30'}
      - {series: 'aaos_attempts_total{type="code",outcome="failed"}', values: '0+3x30'}
      - {series: 'aaos_attempts_total{type="code",outcome="completed"}', values: '0+1x30'}
    alert_rule_test:
      - {eval_time: 4m, alertname: AaosNoAgents, exp_alerts: []}
      - eval_time: 12m
        alertname: AaosNoAgents
        exp_alerts:
          - exp_labels: {severity: critical}
            exp_annotations:
              summary: Tasks wait and no worker runs
      - eval_time: 20m
        alertname: AaosAttemptsFail
        exp_alerts:
          - exp_labels: {severity: warning, type: code}
            exp_annotations:
              summary: More than half of the attempts of type code fail
      - {eval_time: 20m, alertname: AaosTasksDie, exp_alerts: []}
      - {eval_time: 20m, alertname: AaosDispatcherSilent, exp_alerts: []}
      - {eval_time: 20m, alertname: AaosDatabaseDown, exp_alerts: []}
END
    promtool test rules test.yml
}

@test "a hundred types are told apart, the rest are other" {
    many_types
    aaos-status metrics >text
    promtool check metrics <text
    is "$(grep -c '^aaos_tasks_submitted_total{' text)" 101
    is "$(grep '^aaos_tasks{type="other",state="pending"}' text)" \
        'aaos_tasks{type="other",state="pending"} 50'
}
