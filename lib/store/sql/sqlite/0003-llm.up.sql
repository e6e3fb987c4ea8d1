-- Calls to models: the ledger, what is known of endpoints, and
-- conversations.  Money is 10^-12 USD.

-- One row a call: written before it starts, completed when it has ended.
-- While it is an intent, `reserved` is held for it in the budgets that its
-- task, workflow, agent, endpoint and day name.
CREATE TABLE llm_calls (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL UNIQUE,
    task_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL, -- of the task, over all attempts: what is resumed
    purpose TEXT NOT NULL, -- answer, repair, reask, compact, ...
    state TEXT NOT NULL CHECK (state = 'intent' OR state = 'done' OR
                               state = 'failed' OR state = 'lost'),
    agent_id TEXT,
    task_type TEXT NOT NULL,
    agent_type TEXT,
    workflow_id TEXT,
    session_id TEXT,
    trace_id TEXT,
    span_id TEXT,
    alias TEXT,
    endpoint TEXT NOT NULL,
    requested_model TEXT NOT NULL,
    served_model TEXT,
    fallback_from TEXT, -- the alias asked for, when another one served
    route_step INTEGER, -- of reasoning_chains: why this one
    request_sha256 TEXT, -- of what was asked, whatever the model
    body_sha256 TEXT,    -- of the bytes that were sent
    prompt_estimate INTEGER,
    max_output INTEGER,
    http_status INTEGER,
    class TEXT,
    request_id TEXT,
    error TEXT,
    first_token INTEGER,
    elapsed INTEGER,
    tokens_in INTEGER, -- without the caches
    tokens_cache_read INTEGER,
    tokens_cache_5m INTEGER,
    tokens_cache_1h INTEGER,
    tokens_out INTEGER,
    tokens_reasoning INTEGER,
    usage_source TEXT, -- reported, estimated, reserved
    day TEXT NOT NULL,   -- 2026-01-31, UTC: whose budgets it counts in
    reserved INTEGER,    -- NULL: there was no price
    cost INTEGER,        -- likewise
    price_sha256 TEXT,
    finish TEXT,
    response TEXT, -- JSON: what a resumed run needs
    started_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, -- an intent is lost then
    finished_at INTEGER,
    CHECK ((state = 'intent') = (finished_at IS NULL))
);
CREATE INDEX llm_calls_expires ON llm_calls (expires_at)
    WHERE state = 'intent';
CREATE INDEX llm_calls_task ON llm_calls (task_id, id);
CREATE INDEX llm_calls_finished ON llm_calls (finished_at)
    WHERE finished_at IS NOT NULL;

-- What calls cost, summed as they end: outlives the calls.
CREATE TABLE llm_costs (
    day TEXT NOT NULL, -- 2026-01-31, UTC
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    agent_type TEXT NOT NULL, -- '': none
    task_type TEXT NOT NULL,
    workflow_id TEXT NOT NULL, -- '': none
    calls INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    unpriced INTEGER NOT NULL DEFAULT 0,
    tokens_in INTEGER NOT NULL DEFAULT 0, -- with the caches
    tokens_cached INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, endpoint, model, agent_type, task_type, workflow_id)
) WITHOUT ROWID;

-- Circuits, rates, calls in flight and averages, shared by all workers.
CREATE TABLE llm_states (
    key TEXT NOT NULL PRIMARY KEY, -- e:ENDPOINT, m:ENDPOINT/MODEL, t:TYPE
    state TEXT NOT NULL,           -- JSON
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Conversations: each message once, named by the SHA-256 of its parent's
-- name, its role and its content; a session is the name of its last one.
CREATE TABLE llm_messages (
    hash TEXT NOT NULL PRIMARY KEY,
    parent_hash TEXT,
    role TEXT NOT NULL,
    content TEXT NOT NULL, -- JSON
    tokens INTEGER,
    depth INTEGER NOT NULL, -- 1: the first
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX llm_messages_parent ON llm_messages (parent_hash)
    WHERE parent_hash IS NOT NULL;

CREATE TABLE llm_sessions (
    session_id TEXT NOT NULL PRIMARY KEY,
    tip_hash TEXT,
    forked_from TEXT,
    agent_type TEXT,
    workflow_id TEXT,
    target TEXT,          -- ENDPOINT/MODEL that served last
    target_until INTEGER, -- and will again till then
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX llm_sessions_tip ON llm_sessions (tip_hash);
CREATE INDEX task_bodies_session ON task_bodies (session_id)
    WHERE session_id IS NOT NULL;
CREATE INDEX llm_sessions_updated ON llm_sessions (updated_at);

-- Where each answer came into a session; a task adds one turn at most.
CREATE TABLE llm_turns (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    task_id TEXT NOT NULL UNIQUE,
    attempt INTEGER NOT NULL,
    in_hash TEXT,
    out_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX llm_turns_session ON llm_turns (session_id, id);

-- What stands for the messages up to one, when they do not fit any more.
-- The messages themselves stay.
CREATE TABLE llm_summaries (
    session_id TEXT NOT NULL,
    upto_hash TEXT NOT NULL,
    content TEXT NOT NULL,
    tokens INTEGER,
    model TEXT,
    prompt_sha256 TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, upto_hash)
) WITHOUT ROWID;
