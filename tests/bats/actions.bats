#!/usr/bin/env bats
# Actions: into the outbox, PROOF and REAL, deliveries to a real receiver.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

secret=whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0

setup() {
    fresh_start
    export SECRET=$secret
}

# A second try is due at once; what is loopback may be talked to.
real_mode() {
    settings action.webhook_secret=env:SECRET action.allow_http=true \
        action.allow_private=true dispatch.action_spacing=0 \
        dispatch.webhook_schedule=0,0
    aaos-dispatch -q real
}

# receiver [ANSWER,...]: examples/webhook-receiver.js; $url is where.
receiver() {
    PORT=0 ANSWERS=${1:-204} background node \
        "$AAOS_SRCDIR/examples/webhook-receiver.js" "$secret" >deliveries
    wait_until 'grep -q ^listening deliveries'
    url=$(sed -n 's/^listening //p' deliveries)
}

# What came in: status, id and event of each.
deliveries() {
    sed 1d deliveries
}

enqueue() { # type, key, payload
    aaos-dispatch -q enqueue-action "$1" -k "$2" <<<"$3"
}

webhook() { # key
    enqueue webhook "$1" '{"url":"'"$url"'","event":{"type":"t","n":1}}'
}

post() { # key
    enqueue post_social "$1" '{"social_platform":"mastodon",
        "content":"0.1.0 is out","audience":"public"}'
}

actions() { # columns
    sql "SELECT $1 FROM actions ORDER BY seq" | tr '\n' ' '
}

logged() { # columns
    sql "SELECT $1 FROM execution_logs ORDER BY id" | tr '\n' ' '
}

# --- into the outbox ---------------------------------------------------------

@test "a second action with the same key gives the id of the first" {
    run --separate-stderr -0 post one
    matches "$output" "$uuid"$'\tpending'
    id=${output%%$'\t'*}
    run --separate-stderr -0 enqueue post_social one '{"social_platform":"x",
        "content":"another","audience":"all"}'
    is "$output" "$id"$'\t'duplicate
    is "$(actions "idempotency_key, status")" 'one|pending '
    like "$(actions payload_json)" '*0.1.0*'
    aaos-dispatch tick
    run --separate-stderr -0 post one
    is "$output" "$id"$'\t'duplicate
    aaos-dispatch tick
    is "$(actions 'status, attempts')" 'completed|1 '
}

@test "who enqueues by hand is in the audit, with a reason if there is one" {
    enqueue file one '{"path":"a","content":""}'
    enqueue file one '{"path":"a","content":""}'
    aaos-dispatch -q enqueue-action file -k two --reason $'the\tboss said so' \
        <<<'{"path":"a","content":""}'
    is "$(sql 'SELECT verb, count, reason FROM audit_logs ORDER BY seq')" \
        $'enqueue_action|1|\nenqueue_action|1|the\tboss said so'
    is "$(sql 'SELECT actor FROM audit_logs WHERE seq = 1')" \
        "$(id -un)@$(uname -n)"
}

@test "while proof mode is on, enqueueing says that nothing will be sent" {
    run --separate-stderr -0 aaos-dispatch enqueue-action file -k one \
        <<<'{"path":"a","content":"b"}'
    like "$stderr" '*proof mode is on: it will be written, not sent'
    aaos-dispatch -q real
    run --separate-stderr -0 aaos-dispatch enqueue-action file -k two \
        <<<'{"path":"a","content":"b"}'
    is "$stderr" ''
}

@test "a payload that lacks what its type needs is refused" {
    run -65 enqueue post_social one '{"social_platform":"x","content":"y"}'
    like "$output" "*'audience' is missing*"
    run -65 enqueue webhook one '{"url":"ftp://x/","event":{}}'
    run -65 enqueue command one '{"input":""}'
    run -65 enqueue file one '{"path":"../a","content":""}'
    run -65 enqueue pigeon one '{}'
    is "$(sql 'SELECT count(*) FROM actions')" 0
}

@test "--delay keeps an action until its time" {
    enqueue file one '{"path":"a","content":"b"}' >/dev/null
    aaos-dispatch -q enqueue-action file -k two --delay 1h \
        <<<'{"path":"a","content":"b"}' >/dev/null
    aaos-dispatch tick
    is "$(actions 'idempotency_key, status')" 'one|completed two|pending '
}

@test "a tick tries as many as it may, webhooks not counted" {
    for n in 1 2 3 4 5; do
        post "$n" >/dev/null
        url=https://example.org/ webhook "w$n" >/dev/null
    done
    aaos-dispatch tick
    is "$(sql 'SELECT attempted, succeeded FROM tick_ledger')" '8|8'
    is "$(sql "SELECT count(*) FROM actions
        WHERE status = 'pending' AND action_type = 'post_social'")" 2
    aaos-dispatch tick --max-actions 1
    is "$(sql "SELECT count(*) FROM actions WHERE status = 'pending'")" 1
}

# --- PROOF -------------------------------------------------------------------

@test "PROOF writes what would have been sent, and its SHA-256 is logged" {
    post 'release 0.1.0' >/dev/null
    aaos-dispatch tick
    is "$(actions 'status, attempts')" 'completed|1 '
    IFS='|' read -r level file sum < <(sql 'SELECT level, artifact_ref,
        artifact_sha256 FROM execution_logs')
    is "$level" info
    matches "$file" \
        'artifacts/proof_post_social/[0-9]{8}T[0-9]{6}Z_release_0.1.0.txt'
    is "$(sha256sum <"$AAOS_STATE_DIR/$file" | cut -d' ' -f1)" "$sum"
    like "$(cat "$AAOS_STATE_DIR/$file")" '*key: release 0.1.0*POST *0.1.0 is out*'
    is "$(stat -c %a "$AAOS_STATE_DIR/$file")" 600
}

@test "PROOF sends nothing, and shows no secret" {
    receiver
    settings action.webhook_secret=env:SECRET action.allow_http=true \
        action.allow_private=true action.social_token=env:SECRET
    webhook one >/dev/null
    post two >/dev/null
    aaos-dispatch tick
    is "$(actions status)" 'completed completed '
    is "$(deliveries)" ''
    run -1 grep -rF "${secret#whsec_}" "$AAOS_STATE_DIR/artifacts"
    like "$(cat "$AAOS_STATE_DIR"/artifacts/proof_webhook/*)" "*POST $url*"
}

# --- REAL --------------------------------------------------------------------

@test "REAL without a setting is dead at once, and nothing is sent" {
    aaos-dispatch -q real
    receiver
    webhook one >/dev/null
    post two >/dev/null
    enqueue command three '{"name":"page","input":"x"}' >/dev/null
    enqueue file four '{"path":"a","content":"b"}' >/dev/null
    run -1 aaos-dispatch tick --max-actions 9
    is "$(actions 'status, attempts')" 'dead|1 dead|1 dead|1 dead|1 '
    is "$(sql "SELECT count(*) FROM actions
        WHERE last_error LIKE 'REAL_RUN_UNCONFIGURED%'")" 4
    is "$(sql 'SELECT status FROM tick_ledger')" FAIL
    is "$(deliveries)" ''
    [ ! -e "$AAOS_STATE_DIR/artifacts" ]
}

@test "a command gets its input and its key, and one try is enough" {
    cat >page <<'END'
#!/bin/sh
echo "$AAOS_IDEMPOTENCY_KEY:$1:$(cat):${SECRET-none}" >>paged
END
    chmod +x page
    settings "action.commands=page=$PWD/page urgent, other=/bin/false"
    aaos-dispatch -q real
    enqueue command one '{"name":"page","input":"it is late"}' >/dev/null
    aaos-dispatch tick
    aaos-dispatch tick
    is "$(cat paged)" 'one:urgent:it is late:none'
    is "$(actions 'status, attempts')" 'completed|1 '
}

@test "a file is written below its folder" {
    mkdir out
    settings "action.file_dir=$PWD/out"
    aaos-dispatch -q real
    enqueue file one '{"path":"news/today.txt","content":"text"}' >/dev/null
    aaos-dispatch tick
    is "$(cat out/news/today.txt)" text
}

@test "one action that fails does not keep the others: PARTIAL" {
    mkdir out
    settings "action.file_dir=$PWD/out" action.commands=no=/bin/false
    aaos-dispatch -q real
    enqueue command one '{"name":"no","input":""}' >/dev/null
    enqueue file two '{"path":"a","content":"b"}' >/dev/null
    run --separate-stderr -1 aaos-dispatch -q tick
    like "$stderr" '*PARTIAL*'
    is "$(sql 'SELECT status, attempted, succeeded FROM tick_ledger')" \
        'PARTIAL|2|1'
    is "$(actions 'status, attempts')" 'retry|1 completed|1 '
    like "$(aaos-status actions --state retry -F idempotency_key,last_error)" \
        'one*exited with 1'
}

@test "3 attempts, then dead; requeue brings it back" {
    settings action.commands=no=/bin/false dispatch.action_spacing=0
    aaos-dispatch -q real
    id=$(enqueue command one '{"name":"no","input":""}' | cut -f1)
    for wanted in retry retry dead; do
        run -1 aaos-dispatch -q tick --max-actions 1
        is "$(actions status)" "$wanted "
    done
    run -0 aaos-dispatch -q tick
    is "$(actions attempts)" '3 '
    is "$(logged level)" 'warn warn error '
    run -0 bash -c 'aaos-status actions --state dead | aaos-dispatch requeue -'
    is "$output" "$id"$'\t'pending
    is "$(actions 'status, attempts')" 'pending|0 '
    aaos-dispatch -q proof
    aaos-dispatch tick
    is "$(actions 'status, attempts')" 'completed|1 '
}

@test "a retry waits for its time" {
    settings action.commands=no=/bin/false dispatch.action_spacing=1h
    aaos-dispatch -q real
    enqueue command one '{"name":"no","input":""}' >/dev/null
    run -1 aaos-dispatch -q tick
    run -0 aaos-dispatch -q tick
    is "$(actions 'status, attempts')" 'retry|1 '
    sql_write 'UPDATE actions SET run_at = 1'
    run -1 aaos-dispatch -q tick
    is "$(actions 'status, attempts')" 'retry|2 '
}

# --- webhooks ----------------------------------------------------------------

@test "a webhook is delivered, and its receiver accepts the signature" {
    receiver
    real_mode
    id=$(webhook one | cut -f1)
    aaos-dispatch tick
    is "$(actions 'status, attempts')" 'completed|1 '
    is "$(deliveries)" "204 msg_${id//-/} {\"type\":\"t\",\"n\":1}"
}

@test "a receiver with another secret does not accept it" {
    receiver
    real_mode
    SECRET=whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI=
    webhook one >/dev/null
    run -1 aaos-dispatch -q tick
    like "$(deliveries)" '401 *'
    is "$(actions 'status, last_error')" 'retry|answered 401 '
}

@test "while secrets are rotated both sign" {
    receiver
    real_mode
    (umask 077; echo whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3 >new)
    export AAOS_CONFIG=$PWD/rotating.conf
    sed "s,^webhook_secret = .*,webhook_secret = file:$PWD/new env:SECRET," \
        "$XDG_CONFIG_HOME/aaos/aaos.conf" >"$AAOS_CONFIG"
    webhook one >/dev/null
    aaos-dispatch tick
    like "$(deliveries)" '204 *'
    # A secret that others can read keeps everything where it is.
    chmod 644 new
    webhook two >/dev/null
    run -1 aaos-dispatch -q tick
    like "$output" '*others can read*'
    is "$(actions status)" 'completed pending '
}

@test "after 500 it is tried again, under the same webhook-id" {
    receiver 500,503,204
    real_mode
    webhook one >/dev/null
    run -1 aaos-dispatch -q tick
    is "$(actions 'status, attempts')" 'retry|1 '
    run -1 aaos-dispatch -q tick
    run -0 aaos-dispatch -q tick
    is "$(actions 'status, attempts')" 'completed|3 '
    is "$(deliveries | cut -d' ' -f1 | paste -sd' ')" '500 503 204'
    is "$(deliveries | cut -d' ' -f2 | sort -u | wc -l)" 1
    is "$(logged message)" 'answered 500 answered 503 answered 204 '
}

@test "after the last time of its schedule a webhook is dead, and comes back" {
    receiver 500,500,500,204
    real_mode
    id=$(webhook one | cut -f1)
    for n in 1 2 3; do
        run -1 aaos-dispatch -q tick
    done
    is "$(actions 'status, attempts')" 'dead|3 '
    aaos-dispatch tick
    is "$(deliveries | wc -l)" 3
    aaos-dispatch requeue "$id"
    aaos-dispatch tick
    is "$(actions 'status, attempts')" 'completed|1 '
    is "$(deliveries | cut -d' ' -f2 | sort -u | wc -l)" 1
}

@test "410 disables the endpoint, for others too, until one is requeued" {
    receiver 410,204
    real_mode
    first=$(webhook one | cut -f1)
    run -1 aaos-dispatch -q tick
    is "$(actions 'status, attempts')" 'dead|1 '
    webhook two >/dev/null
    run -1 aaos-dispatch -q tick
    is "$(actions 'status, attempts')" 'dead|1 dead|1 '
    like "$(actions last_error)" '*410*disabled*'
    is "$(deliveries | wc -l)" 1
    aaos-dispatch requeue "$first"
    webhook three >/dev/null
    aaos-dispatch tick
    is "$(actions status)" 'completed dead completed '
}

@test "plain http and private addresses are refused unless allowed" {
    receiver
    settings action.webhook_secret=env:SECRET
    aaos-dispatch -q real
    webhook one >/dev/null
    run -1 aaos-dispatch -q tick
    is "$(actions 'status, last_error')" 'dead|plain http is not allowed '
    settings action.allow_http=true
    webhook two >/dev/null
    run -1 aaos-dispatch -q tick
    like "$(actions 'status, last_error')" '* dead|*not a public address '
    is "$(deliveries)" ''
}

@test "a hundred webhooks leave in one tick, each once" {
    receiver
    real_mode
    for n in {1..100}; do
        echo "{\"description\":\"task $n\",\"webhook\":\"$url\"}"
    done | aaos-submit -q >/dev/null
    drain -q --builtin noop
    aaos-dispatch -q tick
    is "$(sql 'SELECT attempted, succeeded FROM tick_ledger')" '100|100'
    is "$(deliveries | cut -d' ' -f1 | sort | uniq -c | tr -s ' ')" ' 100 204'
    is "$(deliveries | cut -d' ' -f2 | sort -u | wc -l)" 100
}

@test "the webhook of a task says how it ended" {
    receiver
    real_mode
    done=$(aaos-submit -q --webhook "$url" --correlation-id c-1 'first task')
    dead=$(aaos-submit -q --webhook "$url" --max-attempts 1 'second task')
    drain -q -- sh -c 'read -r line; [ "$line" = "first task" ]'
    aaos-dispatch tick
    deliveries | cut -d' ' -f3- | jq -r '[.type, .data.task_id, .data.status,
        (.data.exit_status | tostring)] | join(" ")' | sort >found
    is "$(cat found)" "aaos.task.completed $done completed 0
aaos.task.dead $dead dead 1"
    is "$(sql 'SELECT task_id FROM actions ORDER BY task_id')" "$done
$dead"
}

@test "a receiver that is away is waited for" {
    receiver
    real_mode
    webhook one >/dev/null
    kill "$background"
    wait_until "gone $background"
    run -1 aaos-dispatch -q tick
    is "$(actions 'status, attempts')" 'retry|1 '
}

# --- looking -----------------------------------------------------------------

@test "aaos-status actions lists them, newest first, by state and type" {
    post one >/dev/null
    enqueue file two '{"path":"a","content":"b"}' >/dev/null
    aaos-dispatch tick --max-actions 1
    is "$(aaos-status actions -F idempotency_key,status)" \
        $'two\tpending\none\tcompleted'
    is "$(aaos-status actions --state pending -F idempotency_key)" two
    is "$(aaos-status actions -t post_social -F idempotency_key)" one
    is "$(aaos-status actions --limit 1 -F idempotency_key)" two
    is "$(aaos-status actions -o jsonl -F payload_json --limit 1 |
        jq -r .payload_json.path)" a
}
