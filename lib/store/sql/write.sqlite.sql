-- What is written, in SQLite's words.  Every transaction that writes has
-- the file to itself, so nothing needs to be locked.

-- ---------------------------------------------------------------- submit

-- name: new_seqs
-- The first of $1 free numbers.
SELECT coalesce(max(seq), 0) + 1, $1 FROM tasks;

-- name: key_holders
-- $1 JSON list of keys
SELECT j.key, k.digest, k.task_id, t.seq, t.status,
       coalesce(t.created_at, k.created_at), t.sort_at
  FROM json_each($1) j
  JOIN idempotency_keys k ON k.key = j.value
  LEFT JOIN tasks t ON t.task_id = k.task_id;

-- name: workflows_named
-- $1 JSON list of names; the place of each in it that there is
SELECT j.key, w.workflow_id
  FROM json_each($1) j
  JOIN workflows w ON w.name = j.value;

-- name: add_edge
-- 1 child seq, 2 parent's task_id; no row changed: no such task
INSERT INTO task_dependencies (child_seq, parent_seq, parent_id, state)
SELECT $1, p.seq, p.task_id,
       CASE WHEN p.finished_at IS NULL THEN 'open'
            WHEN p.status = 'completed' THEN 'satisfied'
            ELSE 'failed' END
  FROM tasks p WHERE p.task_id = $2
    ON CONFLICT (child_seq, parent_seq) DO UPDATE SET state = excluded.state;

-- One row; on PostgreSQL $n is a column of them (see bulk.h).
-- name: insert_task
-- 1 seq, 2 task_id, 3 type, 4 priority, 5 status, 6 sort_at, 7 run_at,
-- 8 expires_at, 9 max_attempts, 10 max_losses, 11 workflow_id, 12 now
INSERT INTO tasks (seq, task_id, task_type, priority, status, sort_at,
                   run_at, expires_at, max_attempts, max_losses, workflow_id,
                   created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12);

-- name: insert_body
INSERT INTO task_bodies (seq, description, payload, payload_format, metadata,
                         idempotency_key, digest, correlation_id, session_id,
                         agent_type, timeout, webhook, model, llm_endpoint,
                         privacy, budget, output_schema, ref,
                         on_dependency_failure, parent_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
        $16, $17, $18, $19, $20);

-- ---------------------------------------------------------- dependencies

-- name: close_edges
-- $1 parents that are final now
UPDATE task_dependencies
   SET state = (SELECT CASE WHEN p.status = 'completed' THEN 'satisfied'
                            ELSE 'failed' END
                  FROM tasks p WHERE p.seq = task_dependencies.parent_seq)
 WHERE state = 'open' AND parent_seq IN (SELECT value FROM json_each($1))
RETURNING child_seq;

-- name: refresh_edges
-- $1 children: closes what an interrupted cascade left open
UPDATE task_dependencies
   SET state = coalesce(
           (SELECT CASE WHEN p.status = 'completed' THEN 'satisfied' END
              FROM tasks p WHERE p.seq = task_dependencies.parent_seq),
           'failed')
 WHERE child_seq IN (SELECT value FROM json_each($1)) AND state = 'open'
   AND NOT EXISTS (SELECT 1 FROM tasks p
                    WHERE p.seq = task_dependencies.parent_seq
                      AND p.finished_at IS NULL);

-- name: judge_lock
SELECT seq FROM tasks
 WHERE seq IN (SELECT value FROM json_each($1)) AND status = 'blocked'
 ORDER BY seq;

-- name: judge_cancel
-- 1 list, 2 now
UPDATE tasks
   SET status = 'cancelled', reason = 'dependency', finished_at = $2,
       updated_at = $2
 WHERE seq IN (SELECT value FROM json_each($1)) AND status = 'blocked'
   AND EXISTS (SELECT 1 FROM task_dependencies d
                WHERE d.child_seq = tasks.seq AND d.state = 'failed')
   AND EXISTS (SELECT 1 FROM task_bodies b
                WHERE b.seq = tasks.seq
                  AND coalesce(b.on_dependency_failure, 'cancel') = 'cancel')
RETURNING seq;

-- name: judge_ready
-- 1 list, 2 now
UPDATE tasks
   SET status = CASE WHEN run_at > $2 THEN 'scheduled' ELSE 'pending' END,
       reason = NULL, updated_at = $2
 WHERE seq IN (SELECT value FROM json_each($1)) AND status = 'blocked'
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                    WHERE d.child_seq = tasks.seq AND d.state = 'open')
RETURNING seq, sort_at, task_type, status;

-- name: statuses
SELECT seq, status FROM tasks
 WHERE seq IN (SELECT value FROM json_each($1)) ORDER BY seq;

-- ----------------------------------------------------------------- claim

-- name: claim_pick
-- 1 type, 2 limit, 3 now, 4 no later than this sort_at
SELECT seq, sort_at, CASE WHEN expires_at <= $3 THEN 1 ELSE 0 END
  FROM tasks
 WHERE status = 'pending' AND task_type = $1 AND sort_at <= $4
 ORDER BY sort_at, seq LIMIT $2;

-- name: claim_take
-- 1 list, 2 agent_id, 3 lease, 4 now, 5 types or NULL
UPDATE OR FAIL tasks
   SET status = 'running', reason = NULL, attempt = attempt + 1,
       agent_id = $2, lease_until = aaos_lease_now() + $3,
       started_at = $4, updated_at = $4
 WHERE seq IN (SELECT value FROM json_each($1)) AND status = 'pending'
   AND (expires_at IS NULL OR expires_at > $4)
   AND ($5 IS NULL OR task_type IN (SELECT value FROM json_each($5)))
RETURNING seq, task_id, task_type, priority, attempt, failures, max_attempts,
          losses, max_losses, sort_at, created_at, started_at, workflow_id;

-- name: claim_expire
-- 1 list, 2 now
UPDATE tasks
   SET status = 'cancelled', reason = 'expired', finished_at = $2,
       updated_at = $2
 WHERE seq IN (SELECT value FROM json_each($1)) AND status = 'pending'
   AND expires_at <= $2
RETURNING seq;

-- name: claim_bodies
SELECT seq, description, payload, payload_format, metadata, idempotency_key,
       correlation_id, parent_id, session_id, agent_type, timeout, webhook,
       model, llm_endpoint, privacy, output_schema, budget,
       (SELECT 1 FROM task_dependencies d
         WHERE d.child_seq = task_bodies.seq LIMIT 1)
  FROM task_bodies
 WHERE seq IN (SELECT value FROM json_each($1)) ORDER BY seq;

-- name: lock_task
SELECT seq FROM tasks WHERE seq = $1;

-- ---------------------------------------------------------------- finish

-- name: finish_facts
SELECT seq, attempt, agent_id,
       CASE WHEN cancel_requested_at IS NULL THEN 0 ELSE 1 END, sort_at,
       failures, max_attempts, losses, max_losses,
       CASE WHEN lease_until < aaos_lease_now() THEN 1 ELSE 0 END
  FROM tasks
 WHERE seq IN (SELECT value FROM json_each($1)) AND status = 'running'
 ORDER BY seq;

-- name: finish_attempt
-- 1 seq, 2 attempt, 3 agent_id are the fence of this and the next two.
INSERT INTO attempts (seq, attempt, agent_id, claimed_at, outcome,
                      exit_status, signal, started_at, finished_at,
                      user_time, system_time, max_rss, result, result_format,
                      result_size, result_artifact, result_sha256, error,
                      model, tokens_in, tokens_out, cost)
VALUES ((SELECT t.seq FROM tasks t
          WHERE t.seq = $1 AND t.attempt = $2 AND t.agent_id = $3
            AND t.status = 'running'),
        $2, $3, (SELECT t.started_at FROM tasks t WHERE t.seq = $1), $4, $5,
        $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21);

-- name: finish_task
UPDATE tasks
   SET status = $4, reason = $5, failures = $6, losses = $7,
       run_at = coalesce($8, run_at), finished_at = $9, updated_at = $10,
       agent_id = NULL, lease_until = NULL
 WHERE seq = $1 AND attempt = $2 AND agent_id = $3 AND status = 'running';

-- name: log_running
INSERT INTO execution_logs (task_id, attempt, correlation_id, ts, level,
                            message, artifact_ref, artifact_sha256)
SELECT t.task_id, t.attempt, b.correlation_id, $4, $5, $6, $7, $8
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
 WHERE t.seq = $1 AND t.attempt = $2 AND t.agent_id = $3
   AND t.status = 'running';

-- ------------------------------------------------------------- heartbeat

-- name: next_due
-- $1 types or NULL
SELECT run_at - aaos_now() FROM tasks
 WHERE (status = 'scheduled' OR status = 'retry')
   AND ($1 IS NULL OR task_type IN (SELECT value FROM json_each($1)))
 ORDER BY run_at LIMIT 1;

-- name: drained
-- 1 types, 2 horizon
SELECT CASE WHEN EXISTS (SELECT 1 FROM tasks WHERE status = 'pending'
                            AND task_type IN (SELECT value FROM json_each($1)))
              OR EXISTS (SELECT 1 FROM tasks WHERE status = 'running'
                            AND task_type IN (SELECT value FROM json_each($1)))
              OR EXISTS (SELECT 1 FROM tasks
                          WHERE (status = 'scheduled' OR status = 'retry')
                            AND run_at <= (SELECT aaos_now()) + $2
                            AND task_type IN
                                (SELECT value FROM json_each($1)))
            THEN 0 ELSE 1 END;

-- ---------------------------------------------------------------- agents

-- name: leases_over
-- $1 grace
SELECT seq, task_id, agent_id, attempt, failures, max_attempts, losses,
       max_losses, 1,
       (SELECT b.correlation_id FROM task_bodies b WHERE b.seq = tasks.seq),
       task_type
  FROM tasks
 WHERE status = 'running'
   AND lease_until < (SELECT aaos_lease_now()) - $1
 LIMIT 1000;

-- --------------------------------------------------------------- promote

-- name: promote_due
-- 1 now, 2 limit
UPDATE tasks
   SET status = 'pending', reason = NULL, updated_at = $1
 WHERE seq IN (SELECT seq FROM tasks
                WHERE (status = 'scheduled' OR status = 'retry')
                  AND run_at <= $1
                ORDER BY run_at LIMIT $2)
RETURNING seq, sort_at, task_type;

-- name: promote_expired
-- 1 now, 2 limit
UPDATE tasks
   SET status = 'cancelled', reason = 'expired', finished_at = $1,
       updated_at = $1
 WHERE seq IN (SELECT seq FROM tasks
                WHERE expires_at IS NOT NULL AND finished_at IS NULL
                  AND expires_at <= $1
                  AND status <> 'running' AND status <> 'held'
                ORDER BY expires_at LIMIT $2)
RETURNING seq;

-- name: promote_blocked
-- A page of blocked tasks: 1 after this seq, 2 limit.  The second column
-- says whether the edges of the task allow or demand something else.
SELECT t.seq,
       CASE WHEN NOT EXISTS (
                SELECT 1 FROM task_dependencies d
                  JOIN tasks p ON p.seq = d.parent_seq
                 WHERE d.child_seq = t.seq AND d.state = 'open'
                   AND p.finished_at IS NULL)
              OR EXISTS (
                SELECT 1 FROM task_dependencies d
                  LEFT JOIN tasks p ON p.seq = d.parent_seq
                 WHERE d.child_seq = t.seq
                   AND coalesce(b.on_dependency_failure, 'cancel') = 'cancel'
                   AND (d.state = 'failed'
                        OR (d.state = 'open'
                            AND coalesce(p.status, 'dead') <> 'completed'
                            AND (p.seq IS NULL
                                 OR p.finished_at IS NOT NULL))))
            THEN 1 ELSE 0 END
  FROM tasks t INDEXED BY tasks_waiting
  JOIN task_bodies b ON b.seq = t.seq
 WHERE (t.status = 'held' OR t.status = 'blocked') AND t.status = 'blocked'
   AND t.seq > $1
 ORDER BY t.seq LIMIT $2;

-- name: pending_page
-- 1 after this seq, 2 limit.  In order of seq along the table itself: a
-- page from the index of pending tasks would sort all of them.
SELECT seq, sort_at, task_type FROM tasks NOT INDEXED
 WHERE seq > $1 AND status = 'pending'
 ORDER BY seq LIMIT $2;

-- ---------------------------------------------------------------- schema

-- name: schema_lines
-- Every object with its text, every column with its kind, by name.
SELECT type || ' ' || name, coalesce(sql, '')
  FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'
UNION ALL
SELECT 'column ' || m.name || '.' || c.name,
       c.type || ' ' || c."notnull" || ' ' || c.pk || ' ' ||
       coalesce(c.dflt_value, '')
  FROM sqlite_master m, pragma_table_info(m.name) c
 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~'
 ORDER BY 1, 2;
