-- The ledger of calls to models, for PostgreSQL: rows are locked in the
-- order of their keys, so that nobody waits for somebody who waits for him.

-- name: states_lock
-- $1 JSON list of keys
SELECT key, state FROM llm_states
 WHERE key = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb))))
 ORDER BY key FOR UPDATE;

-- name: budgets_lock
-- $1 JSON list of [scope, name, period].  One look into the index for each,
-- in order, whatever the statistics say.
SELECT b.scope, b.name, b.period, b.spent, b.reserved
  FROM (SELECT j.value ->> 0 AS scope, j.value ->> 1 AS name,
               j.value ->> 2 AS period
          FROM jsonb_array_elements(CAST($1 AS jsonb)) j
         ORDER BY 1, 2, 3) w
 CROSS JOIN LATERAL (SELECT a.* FROM budgets a
                      WHERE a.scope = w.scope AND a.name = w.name
                        AND a.period = w.period
                        FOR UPDATE) b;

-- name: calls_lock
-- $1 JSON list of call_ids
SELECT call_id, state, task_id, workflow_id, agent_type, task_type, endpoint,
       requested_model, day, reserved
  FROM llm_calls
 WHERE call_id = ANY (ARRAY(SELECT jsonb_array_elements_text(
                                       CAST($1 AS jsonb))))
 ORDER BY call_id FOR UPDATE;

-- name: read_states
-- $1 JSON list of keys, or NULL
SELECT key, state, updated_at FROM llm_states
 WHERE CAST($1 AS text) IS NULL
    OR key IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))
 ORDER BY key;

-- name: session_affinity
-- $1 session_id
SELECT target FROM llm_sessions
 WHERE session_id = $1 AND target_until > (SELECT aaos_now());
