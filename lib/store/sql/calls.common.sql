-- The ledger of calls to models, its budgets and what is known of
-- endpoints, where both engines understand the same words.

-- name: state_add
-- So that there is something to lock.  $1 key, $2 now
INSERT INTO llm_states (key, state, updated_at) VALUES ($1, '{}', $2)
    ON CONFLICT DO NOTHING;

-- name: state_set
-- $1 key, $2 state, $3 now
UPDATE llm_states SET state = $2, updated_at = $3 WHERE key = $1;

-- name: state_put
-- $1 key, $2 state
INSERT INTO llm_states (key, state, updated_at)
VALUES ($1, $2, aaos_now())
    ON CONFLICT (key) DO UPDATE
   SET state = excluded.state, updated_at = excluded.updated_at;

-- name: budget_add
-- $1 scope, $2 name, $3 period, $4 now
INSERT INTO budgets (scope, name, period, updated_at)
VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING;

-- name: budget_change
-- $1 scope, $2 name, $3 period, $4 reserved, $5 spent, $6 calls: how much
-- more; $7 now
UPDATE budgets
   SET reserved = reserved + $4, spent = spent + $5, calls = calls + $6,
       updated_at = $7
 WHERE scope = $1 AND name = $2 AND period = $3;

-- name: read_budgets
-- $1 task_id or NULL
SELECT scope, name, period, spent, reserved, calls FROM budgets
 WHERE scope <> 'task' OR name = CAST($1 AS text)
 ORDER BY period DESC, scope, name;

-- name: chain_add
-- $1 task_id, $2 attempt, $3 agent_id, $4 kind, $5 content, $6 model,
-- $7 endpoint, $8 now
INSERT INTO reasoning_chains (ts, task_id, attempt, step, agent_id, kind,
                              content, model, endpoint)
SELECT CAST($8 AS bigint), CAST($1 AS text), CAST($2 AS bigint),
       COALESCE((SELECT max(step) FROM reasoning_chains
                  WHERE task_id = CAST($1 AS text)
                    AND attempt = CAST($2 AS bigint)), 0) + 1,
       CAST($3 AS text), CAST($4 AS text), CAST($5 AS text),
       CAST($6 AS text), CAST($7 AS text);

-- name: call_begin
-- $1 call_id, $2 task_id, $3 attempt, $4 step, $5 purpose, $6 agent_id,
-- $7 task_type, $8 agent_type, $9 workflow_id, $10 session_id, $11 trace_id,
-- $12 span_id, $13 alias, $14 endpoint, $15 model, $16 fallback_from,
-- $17 request_sha256, $18 prompt_estimate, $19 max_output, $20 day,
-- $21 reserved, $22 price_sha256, $23 now, $24 expires_at
INSERT INTO llm_calls (call_id, task_id, attempt, step, purpose, state,
       agent_id, task_type, agent_type, workflow_id, session_id, trace_id,
       span_id, alias, endpoint, requested_model, fallback_from, route_step,
       request_sha256, prompt_estimate, max_output, day, reserved,
       price_sha256, started_at, expires_at)
SELECT CAST($1 AS text), CAST($2 AS text), CAST($3 AS bigint),
       CAST($4 AS bigint), CAST($5 AS text), 'intent', CAST($6 AS text),
       CAST($7 AS text), CAST($8 AS text), CAST($9 AS text),
       CAST($10 AS text), CAST($11 AS text), CAST($12 AS text),
       CAST($13 AS text), CAST($14 AS text), CAST($15 AS text),
       CAST($16 AS text),
       (SELECT max(step) FROM reasoning_chains
         WHERE task_id = CAST($2 AS text) AND attempt = CAST($3 AS bigint)),
       CAST($17 AS text), CAST($18 AS bigint), CAST($19 AS bigint),
       CAST($20 AS text), CAST($21 AS bigint), CAST($22 AS text),
       CAST($23 AS bigint), CAST($24 AS bigint);

-- name: call_known
-- $1 call_id
SELECT 1 FROM llm_calls WHERE call_id = $1;

-- name: call_end
-- $1 call_id, $2 state, $3 served_model, $4 http_status, $5 class,
-- $6 request_id, $7 error, $8 first_token, $9 elapsed, $10 in,
-- $11 cache_read, $12 cache_5m, $13 cache_1h, $14 out, $15 reasoning,
-- $16 usage_source, $17 cost, $18 finish, $19 body_sha256, $20 response,
-- $21 now
UPDATE llm_calls
   SET state = $2, served_model = $3, http_status = $4, class = $5,
       request_id = $6, error = $7, first_token = $8, elapsed = $9,
       tokens_in = $10, tokens_cache_read = $11, tokens_cache_5m = $12,
       tokens_cache_1h = $13, tokens_out = $14, tokens_reasoning = $15,
       usage_source = $16, cost = $17, finish = $18, body_sha256 = $19,
       response = $20, finished_at = $21
 WHERE call_id = $1;

-- name: calls_agents
SELECT agent_id FROM agents WHERE status <> 'gone';

-- name: calls_expired
-- $1 now, $2 limit
SELECT call_id FROM llm_calls
 WHERE state = 'intent' AND expires_at < $1
 ORDER BY expires_at LIMIT $2;

-- name: calls_expired_any
SELECT 1 FROM llm_calls
 WHERE state = 'intent' AND expires_at < (SELECT aaos_now()) LIMIT 1;

-- name: cost_add
-- $1 day, $2 endpoint, $3 model, $4 agent_type, $5 task_type,
-- $6 workflow_id, $7 calls, $8 failed, $9 unpriced, $10 in, $11 cached,
-- $12 out, $13 cost
INSERT INTO llm_costs AS c (day, endpoint, model, agent_type, task_type,
       workflow_id, calls, failed, unpriced, tokens_in, tokens_cached,
       tokens_out, cost)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (day, endpoint, model, agent_type, task_type, workflow_id)
    DO UPDATE SET calls = c.calls + excluded.calls,
       failed = c.failed + excluded.failed,
       unpriced = c.unpriced + excluded.unpriced,
       tokens_in = c.tokens_in + excluded.tokens_in,
       tokens_cached = c.tokens_cached + excluded.tokens_cached,
       tokens_out = c.tokens_out + excluded.tokens_out,
       cost = c.cost + excluded.cost;

-- name: session_target
-- $1 session_id, $2 target, $3 until, $4 now
INSERT INTO llm_sessions (session_id, target, target_until, created_at,
                          updated_at)
VALUES ($1, $2, $3, $4, $4)
    ON CONFLICT (session_id) DO UPDATE
   SET target = excluded.target, target_until = excluded.target_until;

-- name: calls_of
-- $1 task_id
SELECT call_id, attempt, step, purpose, state, alias, endpoint,
       requested_model, served_model, fallback_from, request_sha256,
       body_sha256, http_status, class, request_id, error, first_token,
       elapsed, tokens_in, tokens_cache_read, tokens_cache_5m,
       tokens_cache_1h, tokens_out, tokens_reasoning, usage_source, cost,
       price_sha256, finish, started_at, finished_at, response
  FROM llm_calls WHERE task_id = $1 ORDER BY id;

-- name: costs_by
-- $1 the key: model, agent, type, workflow, day, endpoint; $2 first day or
-- NULL
SELECT k.key, CAST(sum(k.calls) AS bigint), CAST(sum(k.failed) AS bigint),
       CAST(sum(k.tokens_in) AS bigint),
       CAST(sum(k.tokens_cached) AS bigint),
       CAST(sum(k.tokens_out) AS bigint), CAST(sum(k.cost) AS bigint),
       CAST(sum(k.unpriced) AS bigint)
  FROM (SELECT CASE CAST($1 AS text) WHEN 'model' THEN endpoint || '/' || model
                       WHEN 'agent' THEN agent_type
                       WHEN 'type' THEN task_type
                       WHEN 'workflow' THEN workflow_id
                       WHEN 'day' THEN day
                       ELSE endpoint END AS key,
               calls, failed, tokens_in, tokens_cached, tokens_out, cost,
               unpriced
          FROM llm_costs
         WHERE CAST($2 AS text) IS NULL OR day >= CAST($2 AS text)) k
 GROUP BY k.key
 ORDER BY CASE WHEN CAST($1 AS text) = 'day' THEN k.key ELSE '' END DESC,
          7 DESC, 1;

-- name: last_route
-- $1 task_id: why its last call went where it did, or nowhere
SELECT ts, content FROM reasoning_chains
 WHERE task_id = $1 AND kind = 'route'
 ORDER BY attempt DESC, step DESC LIMIT 1;
