-- What must hold when everything has ended: each query lists offenders.

-- name: state-known
SELECT task_id FROM tasks
 WHERE status NOT IN ('held', 'blocked', 'scheduled', 'pending', 'running',
                      'retry', 'completed', 'dead', 'cancelled');
-- name: running-has-holder
SELECT task_id FROM tasks
 WHERE status = 'running'
   AND (agent_id IS NULL OR lease_until IS NULL OR attempt < 1);
-- name: nobody-holds-the-rest
SELECT task_id FROM tasks
 WHERE status <> 'running'
   AND (agent_id IS NOT NULL OR lease_until IS NOT NULL);
-- name: final-has-end
SELECT task_id FROM tasks
 WHERE CASE WHEN status IN ('completed', 'dead', 'cancelled')
            THEN 1 ELSE 0 END <>
       CASE WHEN finished_at IS NULL THEN 0 ELSE 1 END;
-- name: counters-in-bounds
SELECT task_id FROM tasks
 WHERE attempt < 0 OR failures > max_attempts OR losses > max_losses;
-- name: nothing-left-over
SELECT task_id, status FROM tasks WHERE finished_at IS NULL;
-- name: has-body
SELECT t.task_id FROM tasks t LEFT JOIN task_bodies b ON b.seq = t.seq
 WHERE b.seq IS NULL;
-- name: attempts-gapless
SELECT t.task_id, t.attempt, count(a.attempt)
  FROM tasks t LEFT JOIN attempts a ON a.seq = t.seq
 GROUP BY t.task_id, t.attempt
HAVING count(a.attempt) <> t.attempt
    OR coalesce(max(a.attempt), 0) <> t.attempt
    OR coalesce(min(a.attempt), 1) <> 1;
-- name: completed-by-its-last
SELECT t.task_id FROM tasks t
 WHERE t.status = 'completed'
   AND NOT EXISTS (SELECT 1 FROM attempts a
                    WHERE a.seq = t.seq AND a.attempt = t.attempt
                      AND a.outcome = 'completed');
-- name: completed-means-completed
SELECT t.task_id, t.status FROM attempts a JOIN tasks t ON t.seq = a.seq
 WHERE a.outcome = 'completed' AND t.status <> 'completed';
-- name: attempts-one-after-another
SELECT a.seq, a.attempt
  FROM attempts a JOIN attempts b ON b.seq = a.seq AND b.attempt = a.attempt + 1
 WHERE a.finished_at > b.claimed_at OR a.claimed_at > a.finished_at;
-- name: counted-as-recorded
SELECT t.task_id, t.failures, t.losses FROM tasks t
 WHERE t.failures <> (SELECT count(*) FROM attempts a WHERE a.seq = t.seq
                         AND a.outcome IN ('failed', 'timed_out'))
    OR t.losses <> (SELECT count(*) FROM attempts a WHERE a.seq = t.seq
                       AND a.outcome = 'lost');
-- name: ran-means-started
SELECT seq, attempt, outcome FROM attempts
 WHERE outcome IN ('completed', 'failed') AND started_at IS NULL;
-- name: key-has-task
SELECT k.key FROM idempotency_keys k
  LEFT JOIN tasks t ON t.task_id = k.task_id
  LEFT JOIN task_bodies b ON b.seq = t.seq
 WHERE b.idempotency_key IS NULL OR b.idempotency_key <> k.key;
-- name: task-has-key
SELECT b.idempotency_key FROM task_bodies b JOIN tasks t ON t.seq = b.seq
 WHERE b.idempotency_key IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM idempotency_keys k
                    WHERE k.key = b.idempotency_key AND k.task_id = t.task_id);
-- name: dead-has-reason
SELECT task_id FROM tasks
 WHERE status = 'dead' AND (reason IS NULL OR reason = '');
-- name: action-of-final-task
SELECT a.action_id FROM actions a LEFT JOIN tasks t ON t.task_id = a.task_id
 WHERE a.task_id IS NOT NULL AND (t.task_id IS NULL OR t.finished_at IS NULL);
-- name: one-action-a-webhook
SELECT t.task_id FROM tasks t JOIN task_bodies b ON b.seq = t.seq
 WHERE b.webhook IS NOT NULL AND t.finished_at IS NOT NULL
   AND (SELECT count(*) FROM actions a WHERE a.task_id = t.task_id) <> 1;
-- name: action-completed
SELECT action_id, status, attempts, last_error FROM actions
 WHERE status <> 'completed' OR finished_at IS NULL OR attempts < 1;
-- name: action-logged
SELECT a.action_id FROM actions a
 WHERE a.attempts <> (SELECT count(*) FROM execution_logs l
                       WHERE l.action_id = a.action_id AND l.attempt IS NULL);
-- name: asked-for-once
SELECT t.task_id FROM tasks t JOIN task_bodies b ON b.seq = t.seq
 WHERE b.description LIKE 'ask %'
   AND (SELECT count(*) FROM actions a
         WHERE a.task_id = t.task_id
           AND a.idempotency_key = b.idempotency_key) <> 1;
-- name: tick-closed
SELECT id FROM tick_ledger WHERE finished_at IS NULL OR status IS NULL;
-- name: terms-only-grow
SELECT b.id FROM tick_ledger a JOIN tick_ledger b ON b.id > a.id
 WHERE b.term < a.term;
-- name: lease-not-behind
SELECT name, term FROM leases
 WHERE name = 'dispatcher'
   AND term < coalesce((SELECT max(term) FROM tick_ledger), 0);
-- name: nobody-at-work
SELECT agent_id, status, pid FROM agents WHERE status <> 'gone';
