-- The operator's verbs and their audit, where both engines understand the
-- same words.

-- name: control_seq
-- $1 seq
SELECT 1, seq FROM tasks WHERE seq = $1;

-- name: control_id
-- $1 task_id
SELECT 1, seq FROM tasks WHERE task_id = $1;

-- name: control_prefix
-- $1 prefix.  The range serves the index (g comes after every hexadecimal
-- digit, whatever the collation), the equality is the test.
SELECT count(*), min(seq) FROM tasks
 WHERE task_id >= CAST($1 AS text) AND task_id < CAST($1 AS text) || 'g' AND
       substr(task_id, 1, length(CAST($1 AS text))) = $1;

-- name: control_suffix
-- $1 suffix
SELECT count(*), min(seq) FROM tasks
 WHERE substr(task_id, length(task_id) - length(CAST($1 AS text)) + 1) = $1;

-- name: control_select
-- $1 status, $2 type or NULL, $3 finished since, $4 seq to start behind,
-- $5 limit
SELECT seq FROM tasks
 WHERE status = $1 AND seq > $4 AND
       (CAST($2 AS text) IS NULL OR task_type = $2) AND
       coalesce(finished_at, updated_at) >= $3
 ORDER BY seq LIMIT $5;

-- name: control_select_dead
-- As above, $1 left out, for the state that has an index of its own.
SELECT seq FROM tasks
 WHERE status = 'dead' AND seq > $3 AND
       (CAST($1 AS text) IS NULL OR task_type = $1) AND finished_at >= $2
 ORDER BY seq LIMIT $4;

-- name: control_cancel
-- $1 seq, $2 now
UPDATE tasks SET status = 'cancelled', reason = 'cancelled',
       finished_at = $2, updated_at = $2
 WHERE seq = $1;

-- name: control_request
-- $1 seq, $2 now: the agent learns of it with its next heartbeat.
UPDATE tasks SET cancel_requested_at = $2, updated_at = $2 WHERE seq = $1;

-- name: control_message
-- $1 seq, $2 now, $3 payload
INSERT INTO agent_communications (ts, message_type, to_agent, task_id,
                                  correlation_id, payload)
SELECT CAST($2 AS bigint), 'cancel', t.agent_id, t.task_id,
       b.correlation_id, CAST($3 AS text)
  FROM tasks t LEFT JOIN task_bodies b ON b.seq = t.seq
 WHERE t.seq = $1;

-- name: control_state
-- $1 seq, $2 now, $3 status
UPDATE tasks SET status = $3, reason = NULL, updated_at = $2 WHERE seq = $1;

-- name: control_priority
-- $1 seq, $2 now, $3 priority, $4 sort_at
UPDATE tasks SET priority = $3, sort_at = $4, updated_at = $2 WHERE seq = $1;

-- name: control_requeue
-- $1 seq, $2 now, $3 status, $4 sort_at
UPDATE tasks SET status = $3, reason = NULL, sort_at = $4, failures = 0,
       losses = 0, run_at = NULL, expires_at = NULL, finished_at = NULL,
       cancel_requested_at = NULL, updated_at = $2
 WHERE seq = $1;

-- name: audit_start
-- $1 the hash before the first
INSERT INTO meta (key, value) VALUES ('audit_hash', $1), ('audit_seq', '0')
    ON CONFLICT (key) DO NOTHING;

-- name: audit_peek
SELECT value FROM meta WHERE key = 'audit_hash' OR key = 'audit_seq'
 ORDER BY key;

-- name: audit_insert
INSERT INTO audit_logs (seq, ts, actor, verb, count, ids_sha256, reason,
                        detail, correlation_id, prev_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: audit_move
-- $1 seq as text, $2 hash
UPDATE meta
   SET value = CASE key WHEN 'audit_seq' THEN CAST($1 AS text)
                        ELSE CAST($2 AS text) END
 WHERE key = 'audit_hash' OR key = 'audit_seq';

-- name: audit_find
-- $1 seq, $2 hash
SELECT count(*) FROM audit_logs WHERE seq = $1 AND hash = $2;

-- name: audit_page
-- $1 seq to start behind, $2 limit
SELECT seq, ts, actor, verb, count, ids_sha256, reason, detail,
       correlation_id, prev_hash, hash
  FROM audit_logs WHERE seq > $1 ORDER BY seq LIMIT $2;
