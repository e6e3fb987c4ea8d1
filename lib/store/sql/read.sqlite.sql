-- What can be read, in the words of SQLite.
--
-- Pages are picked as seqs first and read as rows by their list.  A pick
-- takes $1 seq to start behind, $2 limit, $3 states (JSON list), $4 types
-- (JSON list), $5 workflow_id, $6 agent_id, $7 created since,
-- $8 correlation_id, $9 session_id, $10 not 0: also those that live; NULL
-- is no filter.  It walks the primary key, which is quick where many rows
-- match; read_few_* go through the partial indexes instead, which is quick
-- where those hold few rows: $11 is the sum of 1 pending, 2 running, 4 due,
-- 8 waiting, 16 dead, 32 a workflow's.

-- name: read_pick_newest
SELECT t.seq FROM tasks t
 WHERE t.seq < $1
   AND ($3 IS NULL OR t.status IN (SELECT value FROM json_each($3)))
   AND ($4 IS NULL OR t.task_type IN (SELECT value FROM json_each($4)))
   AND ($5 IS NULL OR t.workflow_id = $5)
   AND ($6 IS NULL OR t.agent_id = $6)
   AND t.created_at >= $7
   AND ($8 IS NULL OR EXISTS (
        SELECT 1 FROM task_bodies b
         WHERE b.seq = t.seq AND b.correlation_id = $8))
   AND ($9 IS NULL OR EXISTS (
        SELECT 1 FROM task_bodies b
         WHERE b.seq = t.seq AND b.session_id = $9))
   AND ($10 <> 0 OR t.finished_at IS NOT NULL)
 ORDER BY t.seq DESC LIMIT $2;

-- name: read_pick_oldest
SELECT t.seq FROM tasks t
 WHERE t.seq > $1
   AND ($3 IS NULL OR t.status IN (SELECT value FROM json_each($3)))
   AND ($4 IS NULL OR t.task_type IN (SELECT value FROM json_each($4)))
   AND ($5 IS NULL OR t.workflow_id = $5)
   AND ($6 IS NULL OR t.agent_id = $6)
   AND t.created_at >= $7
   AND ($8 IS NULL OR EXISTS (
        SELECT 1 FROM task_bodies b
         WHERE b.seq = t.seq AND b.correlation_id = $8))
   AND ($9 IS NULL OR EXISTS (
        SELECT 1 FROM task_bodies b
         WHERE b.seq = t.seq AND b.session_id = $9))
   AND ($10 <> 0 OR t.finished_at IS NOT NULL)
 ORDER BY t.seq LIMIT $2;

-- name: read_few_newest
WITH RECURSIVE parts (n) AS (
    SELECT CASE WHEN $11 & 32 <> 0
                THEN (SELECT min(seq) FROM tasks) >> 12 END
    UNION ALL
    SELECT n + 1 FROM parts WHERE n < (SELECT max(seq) FROM tasks) >> 12
), few (seq) AS MATERIALIZED (
    SELECT seq FROM tasks
     WHERE $11 & 1 <> 0 AND status = 'pending'
    UNION ALL
    SELECT seq FROM tasks
     WHERE $11 & 2 <> 0 AND status = 'running'
    UNION ALL
    SELECT seq FROM tasks
     WHERE $11 & 4 <> 0 AND
           (status = 'scheduled' OR status = 'retry')
    UNION ALL
    SELECT seq FROM tasks
     WHERE $11 & 8 <> 0 AND
           (status = 'held' OR status = 'blocked')
    UNION ALL
    SELECT seq FROM tasks
     WHERE $11 & 16 <> 0 AND status = 'dead'
    UNION ALL
    SELECT seq FROM tasks
     WHERE (seq >> 12) IN (SELECT n FROM parts) AND workflow_id = $5
)
SELECT t.seq FROM few CROSS JOIN tasks t
 WHERE t.seq = few.seq
   AND t.seq < $1
   AND ($3 IS NULL OR t.status IN (SELECT value FROM json_each($3)))
   AND ($4 IS NULL OR t.task_type IN (SELECT value FROM json_each($4)))
   AND ($5 IS NULL OR t.workflow_id = $5)
   AND ($6 IS NULL OR t.agent_id = $6)
   AND t.created_at >= $7
   AND ($8 IS NULL OR EXISTS (
        SELECT 1 FROM task_bodies b
         WHERE b.seq = t.seq AND b.correlation_id = $8))
   AND ($9 IS NULL OR EXISTS (
        SELECT 1 FROM task_bodies b
         WHERE b.seq = t.seq AND b.session_id = $9))
   AND ($10 <> 0 OR t.finished_at IS NOT NULL)
 ORDER BY t.seq DESC LIMIT $2;

-- name: read_few_oldest
WITH RECURSIVE parts (n) AS (
    SELECT CASE WHEN $11 & 32 <> 0
                THEN (SELECT min(seq) FROM tasks) >> 12 END
    UNION ALL
    SELECT n + 1 FROM parts WHERE n < (SELECT max(seq) FROM tasks) >> 12
), few (seq) AS MATERIALIZED (
    SELECT seq FROM tasks
     WHERE $11 & 1 <> 0 AND status = 'pending'
    UNION ALL
    SELECT seq FROM tasks
     WHERE $11 & 2 <> 0 AND status = 'running'
    UNION ALL
    SELECT seq FROM tasks
     WHERE $11 & 4 <> 0 AND
           (status = 'scheduled' OR status = 'retry')
    UNION ALL
    SELECT seq FROM tasks
     WHERE $11 & 8 <> 0 AND
           (status = 'held' OR status = 'blocked')
    UNION ALL
    SELECT seq FROM tasks
     WHERE $11 & 16 <> 0 AND status = 'dead'
    UNION ALL
    SELECT seq FROM tasks
     WHERE (seq >> 12) IN (SELECT n FROM parts) AND workflow_id = $5
)
SELECT t.seq FROM few CROSS JOIN tasks t
 WHERE t.seq = few.seq
   AND t.seq > $1
   AND ($3 IS NULL OR t.status IN (SELECT value FROM json_each($3)))
   AND ($4 IS NULL OR t.task_type IN (SELECT value FROM json_each($4)))
   AND ($5 IS NULL OR t.workflow_id = $5)
   AND ($6 IS NULL OR t.agent_id = $6)
   AND t.created_at >= $7
   AND ($8 IS NULL OR EXISTS (
        SELECT 1 FROM task_bodies b
         WHERE b.seq = t.seq AND b.correlation_id = $8))
   AND ($9 IS NULL OR EXISTS (
        SELECT 1 FROM task_bodies b
         WHERE b.seq = t.seq AND b.session_id = $9))
   AND ($10 <> 0 OR t.finished_at IS NOT NULL)
 ORDER BY t.seq LIMIT $2;

-- name: read_tasks_rows
-- $1 seqs (JSON list), whose order is kept
SELECT t.seq, t.task_id, t.task_type, t.priority, t.status, t.reason,
       t.attempt, t.failures, t.max_attempts, t.losses, t.max_losses,
       t.agent_id, t.workflow_id, t.sort_at, t.run_at, t.expires_at,
       t.lease_until, t.cancel_requested_at, t.created_at, t.updated_at,
       t.started_at, t.finished_at, b.description, b.correlation_id
  FROM json_each($1) j
 CROSS JOIN tasks t
 CROSS JOIN task_bodies b
 WHERE t.seq = j.value AND b.seq = t.seq
 ORDER BY j.key;

-- name: read_results_rows
-- $1 seqs (JSON list), whose order is kept, $2 not 0: also those that live
SELECT t.seq, t.task_id, t.status, t.reason,
       coalesce(a.attempt, t.attempt), a.exit_status, a.signal, a.result,
       a.result_format, a.result_size, a.result_artifact, a.result_sha256,
       a.error, t.created_at, coalesce(a.started_at, t.started_at),
       t.finished_at, b.correlation_id, a.outcome
  FROM json_each($1) j
 CROSS JOIN tasks t
 CROSS JOIN task_bodies b
  LEFT JOIN attempts a ON a.seq = t.seq AND a.attempt =
       (SELECT max(l.attempt) FROM attempts l WHERE l.seq = t.seq)
 WHERE t.seq = j.value AND b.seq = t.seq
   AND ($2 <> 0 OR t.finished_at IS NOT NULL)
 ORDER BY j.key;

-- name: read_final
-- $1 seqs (JSON list)
SELECT t.seq, t.status
  FROM json_each($1) j
 CROSS JOIN tasks t
 WHERE t.seq = j.value AND t.finished_at IS NOT NULL
 ORDER BY j.key;

-- name: read_events
-- $1 ts and $2 key to start behind, $3 limit.  Each part stops by itself, so
-- that a page costs its rows, however long the history is.  Keys have one
-- width a kind and are compared bytewise.
WITH ended (ts, key, kind, task_id, agent_id, text) AS (
    SELECT a.finished_at,
           printf('attempt-%019d-%010d', a.seq, a.attempt),
           a.outcome, t.task_id, a.agent_id,
           t.task_type || ', attempt ' || a.attempt ||
           coalesce(', exit ' || a.exit_status, '') ||
           coalesce(', signal ' || a.signal, '')
      FROM attempts a JOIN tasks t ON t.seq = a.seq
), control (ts, key, kind, task_id, agent_id, text) AS (
    SELECT ts, printf('control-%019d', seq),
           'control', CAST(NULL AS text), CAST(NULL AS text),
           verb || ' ' || count || ' by ' || actor ||
           coalesce(': ' || reason, '')
      FROM audit_logs
), logged (ts, key, kind, task_id, agent_id, text) AS (
    SELECT ts, printf('log-%019d', id),
           'log', task_id, CAST(NULL AS text), level || ': ' || message
      FROM execution_logs
), came (ts, key, kind, task_id, agent_id, text) AS (
    SELECT g.registered_at, 'agent-' || g.agent_id,
           'registered', CAST(NULL AS text), g.agent_id,
           g.name || ', ' || g.handler
      FROM agents g
), gone (ts, key, kind, task_id, agent_id, text) AS (
    SELECT g.gone_at, 'gone-' || g.agent_id,
           'gone', CAST(NULL AS text), g.agent_id,
           g.name || coalesce(', ' || g.gone_reason, '')
      FROM agents g
)
SELECT * FROM (
    SELECT * FROM ended WHERE ts >= $1 AND (ts > $1 OR key > $2)
     ORDER BY ts, key LIMIT $3) e
UNION ALL
SELECT * FROM (
    SELECT * FROM control WHERE ts >= $1 AND (ts > $1 OR key > $2)
     ORDER BY ts, key LIMIT $3) c
UNION ALL
SELECT * FROM (
    SELECT * FROM logged WHERE ts >= $1 AND (ts > $1 OR key > $2)
     ORDER BY ts, key LIMIT $3) l
UNION ALL
SELECT * FROM (
    SELECT * FROM came WHERE ts >= $1 AND (ts > $1 OR key > $2)
     ORDER BY ts, key LIMIT $3) a
UNION ALL
SELECT * FROM (
    SELECT * FROM gone WHERE ts >= $1 AND (ts > $1 OR key > $2)
     ORDER BY ts, key LIMIT $3) g
 ORDER BY 1, 2 LIMIT $3;
