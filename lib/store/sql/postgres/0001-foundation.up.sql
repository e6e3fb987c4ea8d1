-- The whole schema.  Instants and durations are bigint microseconds;
-- instants count from 1970-01-01T00:00:00Z and come from the server's
-- clock_timestamp(), so that the clocks of hosts never meet.

CREATE FUNCTION aaos_now() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint $$;
-- The clock that lease_until counts in: here the same one.
CREATE FUNCTION aaos_lease_now() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint $$;
CREATE FUNCTION aaos_text(at bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT to_char(to_timestamp(at / 1000000) AT TIME ZONE 'UTC',
                  'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;

CREATE TABLE schema_migrations (
    version bigint PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at bigint NOT NULL
);

CREATE TABLE meta (
    key text NOT NULL PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE workflows (
    workflow_id text NOT NULL PRIMARY KEY,
    name text UNIQUE,
    created_at bigint NOT NULL,
    correlation_id text,
    metadata text
);

-- A task, part one: what changes.  Narrow, because claims and completions
-- rewrite it.
CREATE SEQUENCE tasks_seq;
CREATE TABLE tasks (
    seq bigint PRIMARY KEY,
    task_id text NOT NULL UNIQUE,
    task_type text NOT NULL,
    priority bigint NOT NULL CHECK (priority BETWEEN 0 AND 10),
    status text NOT NULL CHECK (
        status = 'held' OR status = 'blocked' OR status = 'scheduled' OR
        status = 'pending' OR status = 'running' OR status = 'retry' OR
        status = 'completed' OR status = 'dead' OR status = 'cancelled'),
    reason text,
    sort_at bigint NOT NULL,
    run_at bigint,
    expires_at bigint,
    attempt bigint NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    failures bigint NOT NULL DEFAULT 0 CHECK (failures >= 0),
    max_attempts bigint NOT NULL DEFAULT 3 CHECK (max_attempts >= 1),
    losses bigint NOT NULL DEFAULT 0 CHECK (losses >= 0),
    max_losses bigint NOT NULL DEFAULT 3 CHECK (max_losses >= 1),
    agent_id text,
    lease_until bigint,
    cancel_requested_at bigint,
    workflow_id text REFERENCES workflows (workflow_id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    CHECK (failures <= max_attempts),
    CHECK (losses <= max_losses),
    CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CHECK ((status = 'running') = (agent_id IS NOT NULL)),
    CHECK ((finished_at IS NOT NULL) =
           (status = 'completed' OR status = 'dead' OR status = 'cancelled')),
    CHECK (status <> 'running' OR attempt >= 1),
    CHECK ((status <> 'scheduled' AND status <> 'retry') OR
           run_at IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX tasks_claim ON tasks (task_type, sort_at, seq)
    WHERE status = 'pending';
CREATE INDEX tasks_running ON tasks (agent_id, seq) WHERE status = 'running';
CREATE INDEX tasks_due ON tasks (run_at)
    WHERE status = 'scheduled' OR status = 'retry';
CREATE INDEX tasks_waiting ON tasks (seq)
    WHERE status = 'held' OR status = 'blocked';
CREATE INDEX tasks_expiring ON tasks (expires_at)
    WHERE expires_at IS NOT NULL AND finished_at IS NULL;
CREATE INDEX tasks_finished ON tasks (finished_at)
    WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_dead ON tasks (seq) WHERE status = 'dead';
CREATE INDEX tasks_workflow ON tasks (workflow_id, seq)
    WHERE workflow_id IS NOT NULL;

-- Part two: what was asked.  Never changed.
CREATE TABLE task_bodies (
    seq bigint PRIMARY KEY REFERENCES tasks (seq) ON DELETE CASCADE,
    description text NOT NULL,
    payload bytea,
    payload_format text CHECK (payload_format = 'json' OR
                               payload_format = 'bytes'),
    metadata text,
    idempotency_key text,
    digest text,
    correlation_id text NOT NULL,
    parent_id text,
    session_id text,
    agent_type text,
    timeout bigint CHECK (timeout > 0),
    webhook text,
    model text,
    llm_endpoint text,
    privacy text CHECK (privacy = 'local' OR privacy = 'eu' OR
                        privacy = 'public'),
    budget bigint CHECK (budget >= 0), -- 10^-12 USD
    output_schema text,
    ref text,
    on_dependency_failure text CHECK (on_dependency_failure = 'cancel' OR
                                      on_dependency_failure = 'run'),
    CHECK ((payload IS NULL) = (payload_format IS NULL)),
    CHECK ((idempotency_key IS NULL) = (digest IS NULL))
);

-- Part three: one row a claim that ended, written where it ends.
CREATE TABLE attempts (
    seq bigint NOT NULL REFERENCES tasks (seq) ON DELETE CASCADE,
    attempt bigint NOT NULL CHECK (attempt >= 1),
    agent_id text NOT NULL,
    outcome text NOT NULL CHECK (
        outcome = 'completed' OR outcome = 'failed' OR
        outcome = 'timed_out' OR outcome = 'cancelled' OR
        outcome = 'lost' OR outcome = 'handed_back'),
    exit_status bigint,
    signal bigint,
    claimed_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint NOT NULL,
    user_time bigint,
    system_time bigint,
    max_rss bigint, -- KiB
    result bytea,
    result_format text CHECK (result_format = 'bytes' OR
                              result_format = 'json'),
    result_size bigint,
    result_artifact text,
    result_sha256 text,
    error text,
    model text,
    tokens_in bigint,
    tokens_out bigint,
    cost bigint, -- 10^-12 USD
    PRIMARY KEY (seq, attempt)
);
CREATE INDEX attempts_finished ON attempts (finished_at);

CREATE TABLE task_dependencies (
    child_seq bigint NOT NULL REFERENCES tasks (seq) ON DELETE CASCADE,
    parent_seq bigint NOT NULL,
    parent_id text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (
        state = 'open' OR state = 'satisfied' OR state = 'failed'),
    PRIMARY KEY (child_seq, parent_seq)
);
CREATE INDEX task_dependencies_open ON task_dependencies (parent_seq)
    WHERE state = 'open';

-- Keys outlive their task.
CREATE TABLE idempotency_keys (
    key text NOT NULL PRIMARY KEY,
    digest text NOT NULL,
    task_id text NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE agents (
    agent_id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    agent_type text,
    capabilities text NOT NULL, -- JSON list of task types; [] is all
    handler text NOT NULL,
    status text NOT NULL CHECK (
        status = 'active' OR status = 'draining' OR status = 'gone'),
    jobs bigint NOT NULL,
    running bigint NOT NULL DEFAULT 0,
    claim_limit bigint,
    progress text, -- JSON list of {task_id, percent, text}
    completed bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    hostname text NOT NULL,
    machine_id text NOT NULL,
    boot_id text NOT NULL,
    pid bigint NOT NULL,
    pid_start bigint NOT NULL,
    lock_path text NOT NULL,
    lock_dev bigint NOT NULL,
    lock_ino bigint NOT NULL,
    version text NOT NULL,
    registered_at bigint NOT NULL,
    heartbeat_at bigint NOT NULL,
    gone_at bigint,
    gone_reason text,
    CHECK ((status = 'gone') = (gone_at IS NOT NULL))
);
CREATE INDEX agents_here ON agents (agent_id) WHERE status <> 'gone';

CREATE TABLE agent_communications (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ts bigint NOT NULL,
    message_type text NOT NULL,
    from_agent text,
    to_agent text,
    task_id text,
    correlation_id text,
    payload text
);
CREATE INDEX agent_communications_ts ON agent_communications (ts);

CREATE TABLE reasoning_chains (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ts bigint NOT NULL,
    task_id text NOT NULL,
    attempt bigint NOT NULL,
    step bigint NOT NULL,
    agent_id text,
    kind text NOT NULL,
    content text NOT NULL,
    model text,
    endpoint text,
    tokens_in bigint,
    tokens_out bigint,
    cost bigint,
    UNIQUE (task_id, attempt, step)
);

CREATE TABLE consciousness_snapshots (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ts bigint NOT NULL,
    agent_id text NOT NULL,
    activity text NOT NULL,
    error_rate double precision,
    latency bigint,
    tokens bigint,
    claim_limit bigint,
    state text
);
CREATE INDEX consciousness_snapshots_agent
    ON consciousness_snapshots (agent_id, ts);

-- Control-plane verbs, in a hash chain whose head is in meta.
CREATE TABLE audit_logs (
    seq bigint PRIMARY KEY,
    ts bigint NOT NULL,
    actor text NOT NULL,
    verb text NOT NULL,
    count bigint NOT NULL,
    ids_sha256 text,
    reason text,
    detail text,
    correlation_id text,
    prev_hash text NOT NULL,
    hash text NOT NULL
);

CREATE TABLE system_metrics (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ts bigint NOT NULL,
    source text NOT NULL,
    name text NOT NULL,
    labels text,
    value double precision NOT NULL
);
CREATE INDEX system_metrics_ts ON system_metrics (ts);

CREATE TABLE budgets (
    scope text NOT NULL,
    name text NOT NULL,
    period text NOT NULL,
    spent bigint NOT NULL DEFAULT 0 CHECK (spent >= 0), -- 10^-12 USD
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    calls bigint NOT NULL DEFAULT 0,
    updated_at bigint NOT NULL,
    PRIMARY KEY (scope, name, period)
);

CREATE TABLE actions (
    seq bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    action_id text NOT NULL UNIQUE,
    idempotency_key text NOT NULL UNIQUE,
    action_type text NOT NULL,
    payload_json text NOT NULL,
    status text NOT NULL CHECK (
        status = 'pending' OR status = 'running' OR status = 'retry' OR
        status = 'completed' OR status = 'dead' OR status = 'cancelled'),
    attempts bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    last_error text,
    run_at bigint NOT NULL,
    lease_until bigint,
    term bigint,
    task_id text,
    correlation_id text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    finished_at bigint,
    CHECK ((finished_at IS NOT NULL) =
           (status = 'completed' OR status = 'dead' OR status = 'cancelled'))
);
CREATE INDEX actions_due ON actions (run_at, seq) WHERE finished_at IS NULL;

CREATE TABLE execution_logs (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ts bigint NOT NULL,
    task_id text,
    attempt bigint,
    action_id text,
    level text NOT NULL CHECK (
        level = 'debug' OR level = 'info' OR level = 'warn' OR
        level = 'error' OR level = 'stderr'),
    message text NOT NULL,
    artifact_ref text,
    artifact_sha256 text,
    correlation_id text,
    CHECK (task_id IS NOT NULL OR action_id IS NOT NULL)
);
CREATE INDEX execution_logs_task ON execution_logs (task_id, id)
    WHERE task_id IS NOT NULL;
CREATE INDEX execution_logs_action ON execution_logs (action_id, id)
    WHERE action_id IS NOT NULL;
CREATE INDEX execution_logs_ts ON execution_logs (ts);

CREATE TABLE leases (
    name text NOT NULL PRIMARY KEY,
    owner text,
    term bigint NOT NULL CHECK (term >= 0),
    acquired_at bigint,
    renewed_at bigint,
    expires_at bigint
);

CREATE TABLE tick_ledger (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    term bigint NOT NULL,
    owner text,
    started_at bigint NOT NULL,
    finished_at bigint,
    status text CHECK (status = 'SUCCESS' OR status = 'PARTIAL' OR
                       status = 'FAIL' OR status = 'PAUSED'),
    attempted bigint NOT NULL DEFAULT 0,
    succeeded bigint NOT NULL DEFAULT 0,
    notes text
);
CREATE INDEX tick_ledger_started ON tick_ledger (started_at);

CREATE TABLE control_flags (
    id bigint PRIMARY KEY CHECK (id = 1),
    paused_in bigint NOT NULL DEFAULT 0 CHECK (paused_in BETWEEN 0 AND 1),
    paused_out bigint NOT NULL DEFAULT 0 CHECK (paused_out BETWEEN 0 AND 1),
    paused_types text, -- JSON list of task types whose claims are paused
    killed bigint NOT NULL DEFAULT 0 CHECK (killed BETWEEN 0 AND 1),
    proof_mode bigint NOT NULL DEFAULT 1 CHECK (proof_mode BETWEEN 0 AND 1),
    updated_at bigint NOT NULL,
    updated_by text,
    reason text
);
INSERT INTO control_flags (id, updated_at) VALUES (1, 0);

-- For people: instants as text.
CREATE VIEW tasks_view AS
SELECT t.seq, t.task_id, t.task_type, t.priority, t.status, t.reason,
       b.description, t.attempt, t.failures, t.losses, t.agent_id,
       t.workflow_id, b.correlation_id,
       aaos_text(t.created_at)
           AS created,
       aaos_text(t.run_at)
           AS due,
       aaos_text(t.started_at)
           AS started,
       aaos_text(t.finished_at)
           AS finished
  FROM tasks t JOIN task_bodies b ON b.seq = t.seq;

CREATE VIEW attempts_view AS
SELECT t.task_id, a.attempt, a.agent_id, a.outcome, a.exit_status, a.signal,
       aaos_text(a.started_at)
           AS started,
       aaos_text(a.finished_at)
           AS finished,
       a.result_size, a.result_sha256, a.result_artifact, a.error
  FROM attempts a JOIN tasks t ON t.seq = a.seq;

CREATE VIEW agents_view AS
SELECT agent_id, name, agent_type, status, jobs, running, hostname, pid,
       aaos_text(registered_at)
           AS registered,
       aaos_text(heartbeat_at)
           AS heartbeat
  FROM agents;
