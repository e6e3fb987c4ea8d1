#!/usr/bin/env bats
# Which model a task gets, what it costs, and what is told of both; without
# any model.

# shellcheck disable=SC2030,SC2031
load helper

configure() { # stdin
    cat >>"$XDG_CONFIG_HOME/aaos/aaos.conf"
}

two_places() {
    configure <<'END'
[endpoint cloud]
base = https://api.example.org/v1
key = env:CLOUD_KEY
[endpoint home]
base = http://127.0.0.1:1/v1
privacy = local
[model strong]
use = cloud/large order=1 quality=90 context=200000 in=3 out=15
use = home/small order=2
[model fast]
use = home/small
[route default]
use = fast
[route type:code]
use = strong
END
    export CLOUD_KEY=canary-7391
}

explain() { # record
    printf '%s\n' "$1" | aaos-worker --explain "${@:2}"
}

# --- asking ------------------------------------------------------------------

@test "--explain says where a task would go, and why not elsewhere" {
    two_places
    run -0 explain '{"description":"Sort it","task_type":"code"}'
    like "${lines[0]}" 'cloud/large (model strong); at most 0.0* USD'
    like "$output" '*home/small*order 2*'
    run -0 explain 'a description is a record, too'
    like "${lines[0]}" 'home/small (model fast); free'
}

@test "--explain -o json gives an object a line" {
    two_places
    run -0 explain '{"description":"Sort it","privacy":"local","task_type":"code"}' \
        -o json
    is "$(jq -r '.decision, .target, .privacy' <<<"$output" | paste -sd' ')" \
        'go home/small local'
    is "$(jq -r '.candidates[] | select(.drop) | .target + " " + .drop' \
        <<<"$output")" 'cloud/large privacy'
}

@test "what cannot run is 1, what makes no sense 65" {
    two_places
    run -1 explain '{"description":"Sort it","llm_endpoint":"cloud","privacy":"local"}'
    like "$output" '*nothing can serve it: *privacy*'
    run -65 explain '{"description":"Sort it","model":"strnog"}'
    like "$output" "*no model is called 'strnog' (did you mean 'strong'?)*"
    run -65 explain '{"description":'
    run -64 aaos-worker --explain -- true
}

@test "--explain leaves nothing behind" {
    two_places
    explain 'something to do' >/dev/null
    [ ! -e "$AAOS_STATE_DIR/aaos.db" ] || [ -n "${AAOS_DATABASE_URL-}" ]
    aaos-submit 'something to do'
    explain 'something to do' >/dev/null
    is "$(sql 'SELECT count(*) FROM reasoning_chains')" 0
    is "$(sql 'SELECT count(*) FROM llm_calls')" 0
    is "$(sql 'SELECT count(*) FROM budgets')" 0
}

@test "a key is read, and never shown" {
    two_places
    for word in --show-config --check-config; do
        run aaos-worker "$word"
        [[ $output != *canary* ]]
    done
    run explain '{"description":"Sort it","task_type":"code"}' -o json
    [[ $output != *canary* ]]
    unset CLOUD_KEY
    run -0 explain '{"description":"Sort it","task_type":"code"}'
    like "$output" "*cloud/large*no: key (environment variable 'CLOUD_KEY' is not set)*"
}

@test "--check-config shows every route with where it leads" {
    two_places
    run -0 aaos-worker --check-config
    like "$output" '*endpoint cloud openai https://api.example.org/v1 privacy=public key=env:CLOUD_KEY*'
    like "$output" '*route default -> fast*'
    like "$output" '*route type:code -> strong*'
    unset CLOUD_KEY
    run -1 aaos-worker --check-config
    like "$output" "*no key: environment variable 'CLOUD_KEY' is not set*"
    configure <<<$'[model bad]\nuse = nowhere/m'
    run -78 aaos-worker --check-config
    like "$output" '*aaos.conf:*there is no \[endpoint nowhere\]*'
}

@test "a key in a file is its owner's alone" {
    printf 'canary-7391\n' >key
    chmod 644 key
    configure <<END
[endpoint cloud]
base = https://api.example.org/v1
key = file:$PWD/key
[model m]
use = cloud/m free=yes
END
    run -1 aaos-worker --check-config
    like "$output" "*others can read*"
    chmod 600 key
    run -0 aaos-worker --check-config
    ln -s key link
    sed -i 's,/key$,/link,' "$XDG_CONFIG_HOME/aaos/aaos.conf"
    run -1 aaos-worker --check-config
}

@test "a key that is written out is refused, and not repeated" {
    configure <<<$'[endpoint a]\nbase = https://x\nkey = sk-canary-7391'
    run -78 aaos-status
    like "$output" '*aaos.conf:3: *a secret must not be written here*'
    [[ $output != *canary* ]]
}

# --- easy starts -------------------------------------------------------------

@test "a server's URL and a model are enough" {
    export AAOS_LLM_URL=http://127.0.0.1:8080/v1 AAOS_LLM_MODEL=some-model
    run -0 explain 'something to do'
    like "${lines[0]}" 'default/some-model (model default); free'
    run -0 explain '{"description":"something","model":"default/other"}'
    like "${lines[0]}" 'default/other; free'
    export AAOS_LLM_KEY=sk-canary-7391
    run -78 explain 'something to do'
    [[ $output != *canary* ]]
}

@test "so are a key and a model" {
    export OPENAI_API_KEY=canary-7391
    run -1 explain 'something to do'
    like "${lines[0]}" 'not now: no_endpoint*'
    export AAOS_LLM_MODEL=some-model
    run -0 explain 'something to do'
    like "${lines[0]}" 'openai/some-model (model default); its price is not known'
    export ANTHROPIC_API_KEY=canary-7391
    run -78 explain 'something to do'
    like "$output" '*write openai/some-model or anthropic/some-model*'
}

@test "prices come from a file as LiteLLM has it" {
    printf '%s' '{"sample_spec":{"input_cost_per_token":0},"some-model":
        {"input_cost_per_token":2.5e-06,"output_cost_per_token":"1e-05",
         "max_input_tokens":128000,"litellm_provider":"openai"}}' >prices.json
    settings llm.prices="$PWD/prices.json"
    export OPENAI_API_KEY=canary-7391 AAOS_LLM_MODEL=some-model
    run -0 explain 'something to do'
    like "${lines[0]}" '*at most 0.01*'
    run -0 aaos-worker --check-config
    like "$output" '*context=128000*in=2.50 out=10.00*'
    like "$output" "*prices $PWD/prices.json sha256=$(sha256sum <prices.json |
        cut -d' ' -f1)*"
}

@test "under a budget a price must be known" {
    settings budget.day=1
    export OPENAI_API_KEY=canary-7391 AAOS_LLM_MODEL=some-model
    run -1 explain 'something to do'
    like "$output" '*no: price*'
}

# --- waiting -----------------------------------------------------------------

@test "without any endpoint everything works, and model tasks wait" {
    id=$(aaos-submit 'something to do')
    drain --llm 2>worker.err
    is "$(state_of "$id")" scheduled
    run -0 aaos-status why "$id"
    like "$output" '* (no_endpoint): no endpoint can serve it: none is configured*'
}

@test "why names each model and what is in its way" {
    two_places
    unset CLOUD_KEY
    id=$(echo '{"description":"look at it","task_type":"code","llm_endpoint":"cloud"}' |
        aaos-submit)
    drain --llm 2>worker.err
    run -0 aaos-status why "$id"
    like "$output" '* (no_endpoint): no endpoint can serve it: cloud/large: key*home/small: endpoint*'
}

@test "a task that nothing may ever serve fails and says why" {
    two_places
    id=$(echo '{"description":"look at it","llm_endpoint":"cloud","privacy":"local"}' |
        aaos-submit)
    drain --llm 2>worker.err
    is "$(state_of "$id")" dead
    run -0 aaos-status why "$id"
    like "$output" '*nothing can serve it: home/small: endpoint*'
}

# --- costs -------------------------------------------------------------------

spend() { # day, type, cost
    sql_write "INSERT INTO llm_costs (day, endpoint, model, agent_type,
        task_type, workflow_id, calls, tokens_in, tokens_out, cost)
        VALUES ('$1', 'cloud', 'large', 'qa', '$2', '', 2, 100, 10, $3)"
}

@test "costs are summed by model, agent, type, workflow and day, exactly" {
    aaos-submit probe
    spend 2026-01-31 code 54399000000
    spend 2026-02-01 qa 1
    run -0 aaos-status costs -o jsonl
    is "$(jq -r .model <<<"$output")" cloud/large
    like "$output" '*"cost_usd":0.054399000001,*'
    is "$(aaos-status costs --by type -F type,cost_usd | paste -sd' ')" \
        $'code\t0.054399 qa\t0.000000000001'
    is "$(aaos-status costs --by day -F day,calls | paste -sd' ')" \
        $'2026-02-01\t2 2026-01-31\t2'
    is "$(aaos-status costs --by agent -F agent,tokens_in)" $'qa\t200'
    is "$(aaos-status costs --by workflow -o json | jq -c '.[].workflow')" null
    is "$(aaos-status costs --since 2026-02-01T00:00:00Z -F calls)" 2
    run -64 aaos-status costs --by colour
}

@test "without a database there are no costs" {
    run -0 aaos-status costs
    is "$output" ''
    is "$(aaos-status costs -o json)" '[]'
}

@test "budgets show what is spent, held and left" {
    aaos-submit probe
    settings budget.total=2
    sql_write "INSERT INTO budgets (scope, name, period, spent, reserved,
        calls, updated_at) VALUES ('total', '', 'all', 500000000000,
        250000000000, 3, 1)"
    is "$(aaos-status costs --budgets)" \
        $'total\t\tall\t0.50\t0.25\t2.00\t1.25\t3'
}

@test "costs stay when the calls are pruned" {
    aaos-submit probe
    spend 2026-01-31 code 54399000000
    sql_write "INSERT INTO llm_calls (call_id, task_id, attempt, step, purpose,
        state, task_type, endpoint, requested_model, day, cost, started_at,
        expires_at, finished_at) VALUES ('c', 'gone', 1, 1, 'answer', 'done',
        'code', 'cloud', 'large', '2026-01-31', 54399000000, 1, 2, 2)"
    aaos-dispatch tick
    is "$(sql 'SELECT count(*) FROM llm_calls')" 0
    is "$(aaos-status costs -F cost_usd)" 0.054399
}

@test "calls of a task are listed, with what each cost" {
    id=$(aaos-submit 'something to do')
    sql_write "INSERT INTO llm_calls (call_id, task_id, attempt, step, purpose,
        state, task_type, alias, fallback_from, endpoint, requested_model, day,
        class, elapsed, tokens_in, tokens_out, cost, started_at, expires_at,
        finished_at) VALUES ('c', '$id', 1, 2, 'answer', 'done', 'code', 'fast',
        'strong', 'cloud', 'large', '2026-01-31', 'ok', 1500000, 10, 20,
        54399000000, 1, 2, 2)"
    run -0 aaos-status calls "$id" -F attempt,step,state,class,elapsed,cost_usd
    is "$output" $'1\t2\tdone\tok\t1.5\t0.054399'
    is "$(aaos-status calls "$id" -o json | jq -c '.[0] |
        [.task_id, .fallback_from, .alias, .tokens_out]')" \
        "[\"$id\",\"strong\",\"fast\",20]"
    run -66 aaos-status calls 01980000-0000-7000-8000-000000000000
}

@test "a call that nobody ended is spent in full, once" {
    aaos-submit probe
    sql_write "INSERT INTO llm_calls (call_id, task_id, attempt, step, purpose,
        state, task_type, endpoint, requested_model, day, reserved, started_at,
        expires_at) VALUES ('c', 't', 1, 1, 'answer', 'intent', 'code',
        'cloud', 'large', '2026-01-31', 70, 1, 2)"
    for scope in 'day||2026-01-31' 'total||all' 'task|t|all' \
        'endpoint|cloud|2026-01-31'; do
        sql_write "INSERT INTO budgets (scope, name, period, reserved,
            updated_at) VALUES ('${scope//|/\',\'}', 70, 1)"
    done
    aaos-dispatch tick
    aaos-dispatch tick
    is "$(sql "SELECT state, cost FROM llm_calls")" 'lost|70'
    is "$(sql "SELECT spent, reserved FROM budgets WHERE scope = 'total'")" '70|0'
    is "$(aaos-status costs -F failed,cost_usd)" $'1\t0.00000000007'
}
