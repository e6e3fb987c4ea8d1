-- What the dispatcher needs, in PostgreSQL's words.  What a transaction
-- judges it locks first.

-- name: flags_lock
SELECT paused_in, paused_out, killed, proof_mode, paused_types, updated_at,
       updated_by, reason
  FROM control_flags WHERE id = 1 FOR UPDATE;

-- name: lease_guard
-- 1 name, 2 owner, 3 term.  Whoever wants the lease waits for our commit,
-- and we wait for theirs and then find that we lost.
SELECT 1 FROM leases
 WHERE name = $1 AND owner = $2 AND term = $3
   AND expires_at > aaos_lease_now()
   FOR UPDATE;

-- name: webhooks_of
-- What the events of tasks that are final now must say; $1 JSON list.
SELECT t.seq, t.task_id, t.task_type, t.status, t.reason, t.attempt,
       t.workflow_id, t.created_at, t.finished_at, b.correlation_id,
       b.webhook, a.outcome, a.exit_status, a.result_sha256
  FROM task_bodies b
  JOIN tasks t ON t.seq = b.seq
  LEFT JOIN attempts a ON a.seq = t.seq AND a.attempt = t.attempt
 WHERE b.seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
   AND b.webhook IS NOT NULL
 ORDER BY b.seq;

-- name: take_webhooks
-- 1 limit, 2 length, 3 term, 4 longest lease there can be
WITH due AS MATERIALIZED (
    SELECT seq FROM actions
     WHERE finished_at IS NULL AND action_type = 'webhook'
       AND run_at <= (SELECT aaos_now())
       AND (status <> 'running'
            OR lease_until <= (SELECT aaos_lease_now())
            OR lease_until > (SELECT aaos_lease_now()) +
                             CAST($4 AS bigint))
     ORDER BY run_at, seq LIMIT $1
       FOR UPDATE SKIP LOCKED)
UPDATE actions a
   SET status = 'running',
       lease_until = aaos_lease_now() + CAST($2 AS bigint), term = $3,
       updated_at = aaos_now()
  FROM due
 WHERE a.seq = due.seq
RETURNING a.seq, a.action_id, a.action_type, a.idempotency_key,
          a.payload_json, a.task_id, a.correlation_id, a.attempts,
          a.created_at, a.run_at;

-- name: take_others
WITH due AS MATERIALIZED (
    SELECT seq FROM actions
     WHERE finished_at IS NULL AND action_type <> 'webhook'
       AND run_at <= (SELECT aaos_now())
       AND (status <> 'running'
            OR lease_until <= (SELECT aaos_lease_now())
            OR lease_until > (SELECT aaos_lease_now()) +
                             CAST($4 AS bigint))
     ORDER BY run_at, seq LIMIT $1
       FOR UPDATE SKIP LOCKED)
UPDATE actions a
   SET status = 'running',
       lease_until = aaos_lease_now() + CAST($2 AS bigint), term = $3,
       updated_at = aaos_now()
  FROM due
 WHERE a.seq = due.seq
RETURNING a.seq, a.action_id, a.action_type, a.idempotency_key,
          a.payload_json, a.task_id, a.correlation_id, a.attempts,
          a.created_at, a.run_at;

-- name: action_lock
SELECT seq, status, action_type, payload_json FROM actions
 WHERE action_id = $1 FOR UPDATE;

-- name: read_actions
-- 1 JSON list of states or NULL, 2 type or NULL, 3 before this seq, 4 limit
SELECT seq, action_id, action_type, idempotency_key, status, attempts,
       last_error, run_at, term, task_id, correlation_id, created_at,
       updated_at, finished_at, payload_json
  FROM actions
 WHERE seq < $3 AND (CAST($2 AS text) IS NULL OR action_type = $2)
   AND (CAST($1 AS text) IS NULL OR status =
        ANY (ARRAY(SELECT json_array_elements_text(CAST($1 AS json)))))
 ORDER BY seq DESC LIMIT $4;

-- name: prune_pick
-- 1 age, 2 limit.  Nothing that lives, no parent of what lives.
SELECT t.seq FROM tasks t
 WHERE t.finished_at IS NOT NULL
   AND t.finished_at < (SELECT aaos_now()) - CAST($1 AS bigint)
   AND t.seq < (SELECT max(seq) FROM tasks)
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                     JOIN tasks c ON c.seq = d.child_seq
                    WHERE d.parent_seq = t.seq AND d.state = 'open'
                      AND c.finished_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                     JOIN tasks c ON c.seq = d.child_seq
                    WHERE d.parent_seq = t.seq AND d.state <> 'open'
                      AND c.finished_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM task_bodies b
                     JOIN tasks c ON c.seq = b.seq
                    WHERE b.parent_id = t.task_id AND c.finished_at IS NULL)
 ORDER BY t.finished_at LIMIT $2
   FOR UPDATE OF t SKIP LOCKED;

-- name: prune_still
-- $1 what was picked: again, because only now, under the locks, nobody can
-- add a child.
SELECT t.seq FROM tasks t
 WHERE t.seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                     JOIN tasks c ON c.seq = d.child_seq
                    WHERE d.parent_seq = t.seq AND d.state = 'open'
                      AND c.finished_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                     JOIN tasks c ON c.seq = d.child_seq
                    WHERE d.parent_seq = t.seq AND d.state <> 'open'
                      AND c.finished_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM task_bodies b
                     JOIN tasks c ON c.seq = b.seq
                    WHERE b.parent_id = t.task_id AND c.finished_at IS NULL);

-- name: prune_keys_of
-- Their keys outlive them from now on.
UPDATE idempotency_keys SET created_at = aaos_now()
 WHERE key IN (SELECT b.idempotency_key FROM task_bodies b
                WHERE b.seq =
                      ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
                  AND b.idempotency_key IS NOT NULL);

-- name: prune_logs_of
DELETE FROM execution_logs
 WHERE task_id IN (
           SELECT task_id FROM tasks
            WHERE seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[])));

-- name: prune_reasoning_of
DELETE FROM reasoning_chains
 WHERE task_id IN (
           SELECT task_id FROM tasks
            WHERE seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[])));

-- name: prune_tasks
DELETE FROM tasks
 WHERE seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]));
