-- The whole schema.  Instants and durations are INTEGER microseconds;
-- instants count from 1970-01-01T00:00:00Z, lease_until counts
-- CLOCK_BOOTTIME of the boot named in agents.boot_id.  "OR", never "IN",
-- in checks and index predicates: IN costs a third of submit and drain.

CREATE TABLE schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied_at INTEGER NOT NULL
);

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE workflows (
    workflow_id TEXT NOT NULL PRIMARY KEY,
    name TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    correlation_id TEXT,
    metadata TEXT
);

-- A task, part one: what changes.  Narrow, because claims and completions
-- rewrite it.
CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL UNIQUE,
    task_type TEXT NOT NULL,
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 10),
    status TEXT NOT NULL CHECK (
        status = 'held' OR status = 'blocked' OR status = 'scheduled' OR
        status = 'pending' OR status = 'running' OR status = 'retry' OR
        status = 'completed' OR status = 'dead' OR status = 'cancelled'),
    reason TEXT,
    sort_at INTEGER NOT NULL,
    run_at INTEGER,
    expires_at INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    max_attempts INTEGER NOT NULL DEFAULT 3 CHECK (max_attempts >= 1),
    losses INTEGER NOT NULL DEFAULT 0 CHECK (losses >= 0),
    max_losses INTEGER NOT NULL DEFAULT 3 CHECK (max_losses >= 1),
    agent_id TEXT,
    lease_until INTEGER,
    cancel_requested_at INTEGER,
    workflow_id TEXT REFERENCES workflows (workflow_id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    CHECK (failures <= max_attempts),
    CHECK (losses <= max_losses),
    CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CHECK ((status = 'running') = (agent_id IS NOT NULL)),
    CHECK ((finished_at IS NOT NULL) =
           (status = 'completed' OR status = 'dead' OR status = 'cancelled')),
    CHECK (status <> 'running' OR attempt >= 1),
    CHECK ((status <> 'scheduled' AND status <> 'retry') OR
           run_at IS NOT NULL)
);
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
    seq INTEGER PRIMARY KEY REFERENCES tasks (seq) ON DELETE CASCADE,
    description TEXT NOT NULL,
    payload BLOB,
    payload_format TEXT CHECK (payload_format = 'json' OR
                               payload_format = 'bytes'),
    metadata TEXT,
    idempotency_key TEXT,
    digest TEXT,
    correlation_id TEXT NOT NULL,
    parent_id TEXT,
    session_id TEXT,
    agent_type TEXT,
    timeout INTEGER CHECK (timeout > 0),
    webhook TEXT,
    model TEXT,
    llm_endpoint TEXT,
    privacy TEXT CHECK (privacy = 'local' OR privacy = 'eu' OR
                        privacy = 'public'),
    budget INTEGER CHECK (budget >= 0), -- 10^-12 USD
    output_schema TEXT,
    ref TEXT,
    on_dependency_failure TEXT CHECK (on_dependency_failure = 'cancel' OR
                                      on_dependency_failure = 'run'),
    CHECK ((payload IS NULL) = (payload_format IS NULL)),
    CHECK ((idempotency_key IS NULL) = (digest IS NULL))
);

-- Part three: one row a claim that ended, written where it ends.
CREATE TABLE attempts (
    seq INTEGER NOT NULL REFERENCES tasks (seq) ON DELETE CASCADE,
    attempt INTEGER NOT NULL CHECK (attempt >= 1),
    agent_id TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (
        outcome = 'completed' OR outcome = 'failed' OR
        outcome = 'timed_out' OR outcome = 'cancelled' OR
        outcome = 'lost' OR outcome = 'handed_back'),
    exit_status INTEGER,
    signal INTEGER,
    claimed_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER NOT NULL,
    user_time INTEGER,
    system_time INTEGER,
    max_rss INTEGER, -- KiB
    result BLOB,
    result_format TEXT CHECK (result_format = 'bytes' OR
                              result_format = 'json'),
    result_size INTEGER,
    result_artifact TEXT,
    result_sha256 TEXT,
    error TEXT,
    model TEXT,
    tokens_in INTEGER,
    tokens_out INTEGER,
    cost INTEGER, -- 10^-12 USD
    PRIMARY KEY (seq, attempt)
);
CREATE INDEX attempts_finished ON attempts (finished_at);

CREATE TABLE task_dependencies (
    child_seq INTEGER NOT NULL REFERENCES tasks (seq) ON DELETE CASCADE,
    parent_seq INTEGER NOT NULL,
    parent_id TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (
        state = 'open' OR state = 'satisfied' OR state = 'failed'),
    PRIMARY KEY (child_seq, parent_seq)
) WITHOUT ROWID;
CREATE INDEX task_dependencies_open ON task_dependencies (parent_seq)
    WHERE state = 'open';

-- Keys outlive their task.
CREATE TABLE idempotency_keys (
    key TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    task_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE agents (
    agent_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    agent_type TEXT,
    capabilities TEXT NOT NULL, -- JSON list of task types; [] is all
    handler TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status = 'active' OR status = 'draining' OR status = 'gone'),
    jobs INTEGER NOT NULL,
    running INTEGER NOT NULL DEFAULT 0,
    claim_limit INTEGER,
    progress TEXT, -- JSON list of {task_id, percent, text}
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    hostname TEXT NOT NULL,
    machine_id TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    pid_start INTEGER NOT NULL,
    lock_path TEXT NOT NULL,
    lock_dev INTEGER NOT NULL,
    lock_ino INTEGER NOT NULL,
    version TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL,
    gone_at INTEGER,
    gone_reason TEXT,
    CHECK ((status = 'gone') = (gone_at IS NOT NULL))
);
CREATE INDEX agents_here ON agents (agent_id) WHERE status <> 'gone';

CREATE TABLE agent_communications (
    id INTEGER PRIMARY KEY,
    ts INTEGER NOT NULL,
    message_type TEXT NOT NULL,
    from_agent TEXT,
    to_agent TEXT,
    task_id TEXT,
    correlation_id TEXT,
    payload TEXT
);
CREATE INDEX agent_communications_ts ON agent_communications (ts);

CREATE TABLE reasoning_chains (
    id INTEGER PRIMARY KEY,
    ts INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    agent_id TEXT,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    model TEXT,
    endpoint TEXT,
    tokens_in INTEGER,
    tokens_out INTEGER,
    cost INTEGER,
    UNIQUE (task_id, attempt, step)
);

CREATE TABLE consciousness_snapshots (
    id INTEGER PRIMARY KEY,
    ts INTEGER NOT NULL,
    agent_id TEXT NOT NULL,
    activity TEXT NOT NULL,
    error_rate REAL,
    latency INTEGER,
    tokens INTEGER,
    claim_limit INTEGER,
    state TEXT
);
CREATE INDEX consciousness_snapshots_agent
    ON consciousness_snapshots (agent_id, ts);

-- Control-plane verbs, in a hash chain whose head is in meta.
CREATE TABLE audit_logs (
    seq INTEGER PRIMARY KEY,
    ts INTEGER NOT NULL,
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    count INTEGER NOT NULL,
    ids_sha256 TEXT,
    reason TEXT,
    detail TEXT,
    correlation_id TEXT,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE system_metrics (
    id INTEGER PRIMARY KEY,
    ts INTEGER NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    labels TEXT,
    value REAL NOT NULL
);
CREATE INDEX system_metrics_ts ON system_metrics (ts);

CREATE TABLE budgets (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    period TEXT NOT NULL,
    spent INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0), -- 10^-12 USD
    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    calls INTEGER NOT NULL DEFAULT 0,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (scope, name, period)
) WITHOUT ROWID;

CREATE TABLE actions (
    seq INTEGER PRIMARY KEY,
    action_id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT NOT NULL UNIQUE,
    action_type TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status = 'pending' OR status = 'running' OR status = 'retry' OR
        status = 'completed' OR status = 'dead' OR status = 'cancelled'),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    last_error TEXT,
    run_at INTEGER NOT NULL,
    lease_until INTEGER,
    term INTEGER,
    task_id TEXT,
    correlation_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    finished_at INTEGER,
    CHECK ((finished_at IS NOT NULL) =
           (status = 'completed' OR status = 'dead' OR status = 'cancelled'))
);
CREATE INDEX actions_due ON actions (run_at, seq) WHERE finished_at IS NULL;

CREATE TABLE execution_logs (
    id INTEGER PRIMARY KEY,
    ts INTEGER NOT NULL,
    task_id TEXT,
    attempt INTEGER,
    action_id TEXT,
    level TEXT NOT NULL CHECK (
        level = 'debug' OR level = 'info' OR level = 'warn' OR
        level = 'error' OR level = 'stderr'),
    message TEXT NOT NULL,
    artifact_ref TEXT,
    artifact_sha256 TEXT,
    correlation_id TEXT,
    CHECK (task_id IS NOT NULL OR action_id IS NOT NULL)
);
CREATE INDEX execution_logs_task ON execution_logs (task_id, id)
    WHERE task_id IS NOT NULL;
CREATE INDEX execution_logs_action ON execution_logs (action_id, id)
    WHERE action_id IS NOT NULL;
CREATE INDEX execution_logs_ts ON execution_logs (ts);

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT,
    term INTEGER NOT NULL CHECK (term >= 0),
    acquired_at INTEGER,
    renewed_at INTEGER,
    expires_at INTEGER
) WITHOUT ROWID;

CREATE TABLE tick_ledger (
    id INTEGER PRIMARY KEY,
    term INTEGER NOT NULL,
    owner TEXT,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    status TEXT CHECK (status = 'SUCCESS' OR status = 'PARTIAL' OR
                       status = 'FAIL' OR status = 'PAUSED'),
    attempted INTEGER NOT NULL DEFAULT 0,
    succeeded INTEGER NOT NULL DEFAULT 0,
    notes TEXT
);
CREATE INDEX tick_ledger_started ON tick_ledger (started_at);

CREATE TABLE control_flags (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    paused_in INTEGER NOT NULL DEFAULT 0 CHECK (paused_in BETWEEN 0 AND 1),
    paused_out INTEGER NOT NULL DEFAULT 0 CHECK (paused_out BETWEEN 0 AND 1),
    paused_types TEXT, -- JSON list of task types whose claims are paused
    killed INTEGER NOT NULL DEFAULT 0 CHECK (killed BETWEEN 0 AND 1),
    proof_mode INTEGER NOT NULL DEFAULT 1 CHECK (proof_mode BETWEEN 0 AND 1),
    updated_at INTEGER NOT NULL,
    updated_by TEXT,
    reason TEXT
);
INSERT INTO control_flags (id, updated_at) VALUES (1, 0);

-- For people: instants as text.
CREATE VIEW tasks_view AS
SELECT t.seq, t.task_id, t.task_type, t.priority, t.status, t.reason,
       b.description, t.attempt, t.failures, t.losses, t.agent_id,
       t.workflow_id, b.correlation_id,
       strftime('%Y-%m-%dT%H:%M:%SZ', t.created_at / 1000000, 'unixepoch')
           AS created,
       strftime('%Y-%m-%dT%H:%M:%SZ', t.run_at / 1000000, 'unixepoch')
           AS due,
       strftime('%Y-%m-%dT%H:%M:%SZ', t.started_at / 1000000, 'unixepoch')
           AS started,
       strftime('%Y-%m-%dT%H:%M:%SZ', t.finished_at / 1000000, 'unixepoch')
           AS finished
  FROM tasks t JOIN task_bodies b ON b.seq = t.seq;

CREATE VIEW attempts_view AS
SELECT t.task_id, a.attempt, a.agent_id, a.outcome, a.exit_status, a.signal,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.started_at / 1000000, 'unixepoch')
           AS started,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.finished_at / 1000000, 'unixepoch')
           AS finished,
       a.result_size, a.result_sha256, a.result_artifact, a.error
  FROM attempts a JOIN tasks t ON t.seq = a.seq;

CREATE VIEW agents_view AS
SELECT agent_id, name, agent_type, status, jobs, running, hostname, pid,
       strftime('%Y-%m-%dT%H:%M:%SZ', registered_at / 1000000, 'unixepoch')
           AS registered,
       strftime('%Y-%m-%dT%H:%M:%SZ', heartbeat_at / 1000000, 'unixepoch')
           AS heartbeat
  FROM agents;
