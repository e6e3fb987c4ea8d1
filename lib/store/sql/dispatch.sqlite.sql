-- What the dispatcher needs, in SQLite's words.  Every transaction that
-- writes has the file to itself, so nothing needs to be locked.

-- name: flags_lock
SELECT paused_in, paused_out, killed, proof_mode, paused_types, updated_at,
       updated_by, reason
  FROM control_flags WHERE id = 1;

-- name: lease_guard
-- 1 name, 2 owner, 3 term
SELECT 1 FROM leases
 WHERE name = $1 AND owner = $2 AND term = $3
   AND expires_at > aaos_lease_now();

-- name: webhooks_of
-- What the events of tasks that are final now must say; $1 JSON list.
SELECT t.seq, t.task_id, t.task_type, t.status, t.reason, t.attempt,
       t.workflow_id, t.created_at, t.finished_at, b.correlation_id,
       b.webhook, a.outcome, a.exit_status, a.result_sha256
  FROM task_bodies b
  JOIN tasks t ON t.seq = b.seq
  LEFT JOIN attempts a ON a.seq = t.seq AND a.attempt = t.attempt
 WHERE b.seq IN (SELECT value FROM json_each($1)) AND b.webhook IS NOT NULL
 ORDER BY b.seq;

-- name: take_webhooks
-- 1 limit, 2 length, 3 term, 4 longest lease there can be
UPDATE actions
   SET status = 'running', lease_until = aaos_lease_now() + $2, term = $3,
       updated_at = aaos_now()
 WHERE seq IN (SELECT seq FROM actions
                WHERE finished_at IS NULL AND action_type = 'webhook'
                  AND run_at <= (SELECT aaos_now())
                  AND (status <> 'running'
                       OR lease_until <= (SELECT aaos_lease_now())
                       OR lease_until > (SELECT aaos_lease_now()) + $4)
                ORDER BY run_at, seq LIMIT $1)
RETURNING seq, action_id, action_type, idempotency_key, payload_json,
          task_id, correlation_id, attempts, created_at, run_at;

-- name: take_others
UPDATE actions
   SET status = 'running', lease_until = aaos_lease_now() + $2, term = $3,
       updated_at = aaos_now()
 WHERE seq IN (SELECT seq FROM actions
                WHERE finished_at IS NULL AND action_type <> 'webhook'
                  AND run_at <= (SELECT aaos_now())
                  AND (status <> 'running'
                       OR lease_until <= (SELECT aaos_lease_now())
                       OR lease_until > (SELECT aaos_lease_now()) + $4)
                ORDER BY run_at, seq LIMIT $1)
RETURNING seq, action_id, action_type, idempotency_key, payload_json,
          task_id, correlation_id, attempts, created_at, run_at;

-- name: action_lock
SELECT seq, status, action_type, payload_json FROM actions
 WHERE action_id = $1;

-- name: read_actions
-- 1 JSON list of states or NULL, 2 type or NULL, 3 before this seq, 4 limit
SELECT seq, action_id, action_type, idempotency_key, status, attempts,
       last_error, run_at, term, task_id, correlation_id, created_at,
       updated_at, finished_at, payload_json
  FROM actions
 WHERE seq < $3 AND ($2 IS NULL OR action_type = $2)
   AND ($1 IS NULL OR status IN (SELECT value FROM json_each($1)))
 ORDER BY seq DESC LIMIT $4;

-- name: prune_pick
-- 1 age, 2 limit.  Nothing that lives, no parent of what lives, never the
-- highest number: it would be given away again.  Open and closed edges
-- have an index each.
SELECT t.seq FROM tasks t
 WHERE t.finished_at IS NOT NULL
   AND t.finished_at < (SELECT aaos_now()) - $1
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
 ORDER BY t.finished_at LIMIT $2;

-- name: prune_still
-- $1 what was picked: again, now that nobody can add a child.
SELECT t.seq FROM tasks t
 WHERE t.seq IN (SELECT value FROM json_each($1))
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
                WHERE b.seq IN (SELECT value FROM json_each($1))
                  AND b.idempotency_key IS NOT NULL);

-- name: prune_logs_of
DELETE FROM execution_logs
 WHERE task_id IN (SELECT task_id FROM tasks
                    WHERE seq IN (SELECT value FROM json_each($1)));

-- name: prune_reasoning_of
DELETE FROM reasoning_chains
 WHERE task_id IN (SELECT task_id FROM tasks
                    WHERE seq IN (SELECT value FROM json_each($1)));

-- name: prune_tasks
DELETE FROM tasks WHERE seq IN (SELECT value FROM json_each($1));
