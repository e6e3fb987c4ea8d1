-- The ledger of calls to models, for SQLite: the transaction has the
-- database for itself.

-- name: states_lock
-- $1 JSON list of keys
SELECT key, state FROM llm_states
 WHERE key IN (SELECT value FROM json_each($1));

-- name: budgets_lock
-- $1 JSON list of [scope, name, period]
SELECT b.scope, b.name, b.period, b.spent, b.reserved
  FROM json_each($1) j
  JOIN budgets b ON b.scope = json_extract(j.value, '$[0]')
                AND b.name = json_extract(j.value, '$[1]')
                AND b.period = json_extract(j.value, '$[2]');

-- name: calls_lock
-- $1 JSON list of call_ids
SELECT call_id, state, task_id, workflow_id, agent_type, task_type, endpoint,
       requested_model, day, reserved
  FROM llm_calls
 WHERE call_id IN (SELECT value FROM json_each($1));

-- name: read_states
-- $1 JSON list of keys, or NULL
SELECT key, state, updated_at FROM llm_states
 WHERE $1 IS NULL OR key IN (SELECT value FROM json_each($1))
 ORDER BY key;

-- name: session_affinity
-- $1 session_id
SELECT target FROM llm_sessions
 WHERE session_id = $1 AND target_until > aaos_now();
