-- What is written, where both engines understand the same words.  A list of
-- numbers or types is JSON; $n that stands alone is cast, so that
-- PostgreSQL knows its type.

-- name: now
SELECT aaos_now();

-- name: db_uuid
SELECT value FROM meta WHERE key = 'db_uuid';

-- ---------------------------------------------------------------- submit

-- name: insert_key
-- Changes one row when the key is ours now: it was free, or it was older
-- than $5 and its task has been pruned.
INSERT INTO idempotency_keys (key, digest, task_id, created_at)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (key) DO UPDATE
   SET digest = excluded.digest, task_id = excluded.task_id,
       created_at = excluded.created_at
 WHERE idempotency_keys.created_at < $5
   AND NOT EXISTS (SELECT 1 FROM tasks t
                    WHERE t.task_id = idempotency_keys.task_id);

-- name: insert_workflow
INSERT INTO workflows (workflow_id, name, created_at, correlation_id)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO NOTHING;

-- name: workflow_named
SELECT workflow_id FROM workflows WHERE name = $1;

-- name: probe_task
SELECT seq FROM tasks WHERE task_id = $1;

-- ----------------------------------------------------------------- claim

-- name: claim_types
-- The types that have pending tasks, one step in the index for each.
WITH RECURSIVE loose (task_type) AS (
    SELECT (SELECT min(task_type) FROM tasks WHERE status = 'pending')
    UNION ALL
    SELECT (SELECT min(t.task_type) FROM tasks t
             WHERE t.status = 'pending' AND t.task_type > loose.task_type)
      FROM loose WHERE loose.task_type IS NOT NULL)
SELECT task_type FROM loose WHERE task_type IS NOT NULL;

-- name: probe_claim
-- Was attempt $2 of task $1 ever given to agent $3?
SELECT 1 FROM tasks t
 WHERE t.seq = $1
   AND ((t.attempt = $2 AND t.agent_id = $3)
        OR EXISTS (SELECT 1 FROM attempts a
                    WHERE a.seq = $1 AND a.attempt = $2
                      AND a.agent_id = $3));

-- name: probe_finish
SELECT 1 FROM attempts
 WHERE seq = $1 AND attempt = $2 AND agent_id = $3 AND finished_at = $4;

-- ------------------------------------------------------------- heartbeat

-- name: heartbeat_agent
-- An agent that was taken for gone and speaks again is back.
UPDATE agents
   SET status = $2, progress = $3, running = $4, completed = $5, failed = $6,
       heartbeat_at = aaos_now(), gone_at = NULL, gone_reason = NULL
 WHERE agent_id = $1;

-- name: heartbeat_tasks
UPDATE tasks
   SET lease_until = (SELECT aaos_lease_now()) + CAST($2 AS bigint)
 WHERE agent_id = $1 AND status = 'running'
RETURNING seq, attempt,
          CASE WHEN cancel_requested_at IS NULL THEN 0 ELSE 1 END;

-- name: drained_any
-- $1 horizon.  Each question takes the first row of its index: an EXISTS
-- that PostgreSQL believes to be true it answers by reading the table.
SELECT CASE WHEN (SELECT seq FROM tasks WHERE status = 'pending'
                   ORDER BY task_type, sort_at, seq LIMIT 1) IS NULL
             AND (SELECT seq FROM tasks WHERE status = 'running'
                   ORDER BY agent_id, seq LIMIT 1) IS NULL
             AND (SELECT run_at FROM tasks
                   WHERE (status = 'scheduled' OR status = 'retry')
                     AND run_at <= (SELECT aaos_now()) + CAST($1 AS bigint)
                   ORDER BY run_at LIMIT 1) IS NULL
            THEN 1 ELSE 0 END;

-- name: drained_all
SELECT CASE WHEN (SELECT seq FROM tasks WHERE status = 'pending'
                   ORDER BY task_type, sort_at, seq LIMIT 1) IS NULL
             AND (SELECT seq FROM tasks WHERE status = 'running'
                   ORDER BY agent_id, seq LIMIT 1) IS NULL
             AND (SELECT run_at FROM tasks
                   WHERE status = 'scheduled' OR status = 'retry'
                   ORDER BY run_at LIMIT 1) IS NULL
             AND (SELECT seq FROM tasks
                   WHERE (status = 'held' OR status = 'blocked')
                     AND status = 'blocked'
                   ORDER BY seq LIMIT 1) IS NULL
            THEN 1 ELSE 0 END;

-- ---------------------------------------------------------------- agents

-- name: insert_agent
INSERT INTO agents (agent_id, name, agent_type, capabilities, handler, status,
                    jobs, hostname, machine_id, boot_id, pid, pid_start,
                    lock_path, lock_dev, lock_ino, version, registered_at,
                    heartbeat_at)
VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $9, $10, $11, $12, $13,
        $14, $15, $16, $16);

-- name: insert_message
-- 1 ts, 2 message_type, 3 from_agent, 4 task_id, 5 payload
INSERT INTO agent_communications (ts, message_type, from_agent, task_id,
                                  payload)
VALUES ($1, $2, $3, $4, $5);

-- name: agent_probe
SELECT 1 FROM agents WHERE agent_id = $1;

-- name: agent_gone
UPDATE agents
   SET status = 'gone', gone_at = aaos_now(), gone_reason = $2, running = 0,
       progress = NULL
 WHERE agent_id = $1 AND status <> 'gone';

-- name: agents_live
-- $1 machine_id, or NULL for every host
SELECT agent_id, name, agent_type, capabilities, handler, jobs, hostname,
       machine_id, boot_id, pid, pid_start, lock_path, lock_dev, lock_ino,
       version, heartbeat_at
  FROM agents
 WHERE status <> 'gone'
   AND (CAST($1 AS text) IS NULL OR machine_id = $1)
 ORDER BY agent_id;

-- name: agents_silent
-- 1 machine_id of the caller, 2 silence
UPDATE agents
   SET status = 'gone', gone_at = aaos_now(), gone_reason = 'silent',
       running = 0, progress = NULL
 WHERE status <> 'gone' AND machine_id <> $1
   AND heartbeat_at < (SELECT aaos_now()) - CAST($2 AS bigint)
   AND NOT EXISTS (SELECT 1 FROM tasks t
                    WHERE t.agent_id = agents.agent_id
                      AND t.status = 'running');

-- name: orphans
SELECT seq, task_id, agent_id, attempt, failures, max_attempts, losses,
       max_losses,
       CASE WHEN lease_until < (SELECT aaos_lease_now()) THEN 1 ELSE 0 END,
       (SELECT b.correlation_id FROM task_bodies b WHERE b.seq = tasks.seq),
       task_type
  FROM tasks
 WHERE agent_id = $1 AND status = 'running'
 ORDER BY seq;

-- --------------------------------------------------------------- promote

-- name: promote_probe
-- Is anything due, is anything expired?  Held and running tasks do not
-- expire.  The first row of the index, as in drained_any.
SELECT CASE WHEN (SELECT run_at FROM tasks
                   WHERE (status = 'scheduled' OR status = 'retry')
                     AND run_at <= (SELECT aaos_now())
                   ORDER BY run_at LIMIT 1) IS NULL
            THEN 0 ELSE 1 END,
       CASE WHEN (SELECT expires_at FROM tasks
                   WHERE expires_at IS NOT NULL AND finished_at IS NULL
                     AND expires_at <= (SELECT aaos_now())
                     AND status <> 'running' AND status <> 'held'
                   ORDER BY expires_at LIMIT 1) IS NULL
            THEN 0 ELSE 1 END;
