-- What is written, in PostgreSQL's words.  What a transaction judges it
-- locks first; what another one holds is skipped where any row will do.
--
-- A row that is asked for by its number is asked for its state with
-- "status || ''": otherwise PostgreSQL believes that the partial index of
-- that state is short, and walks through all the dead entries in it.

-- ---------------------------------------------------------------- submit

-- name: new_seqs
-- $1 numbers, in order.
SELECT nextval('tasks_seq') FROM generate_series(1, CAST($1 AS bigint));

-- name: key_holders
-- $1 JSON list of keys
SELECT j.n - 1, k.digest, k.task_id, t.seq, t.status,
       coalesce(t.created_at, k.created_at), t.sort_at
  FROM json_array_elements_text(CAST($1 AS json))
       WITH ORDINALITY AS j (key, n)
  JOIN idempotency_keys k ON k.key = j.key
  LEFT JOIN tasks t ON t.task_id = k.task_id;

-- name: workflows_named
-- $1 JSON list of names; the place of each in it that there is
SELECT j.n - 1, w.workflow_id
  FROM json_array_elements_text(CAST($1 AS json))
       WITH ORDINALITY AS j (name, n)
  JOIN workflows w ON w.name = j.name;

-- name: add_edge
-- 1 child seq, 2 parent's task_id; no row changed: no such task.  The lock
-- makes a parent that ends now wait until it can see the edge.
INSERT INTO task_dependencies (child_seq, parent_seq, parent_id, state)
SELECT CAST($1 AS bigint), p.seq, p.task_id,
       CASE WHEN p.finished_at IS NULL THEN 'open'
            WHEN p.status = 'completed' THEN 'satisfied'
            ELSE 'failed' END
  FROM tasks p WHERE p.task_id = $2 FOR SHARE
    ON CONFLICT (child_seq, parent_seq) DO UPDATE SET state = excluded.state;

-- name: insert_task
-- Each $n is a column of the rows (see bulk.h).
INSERT INTO tasks (seq, task_id, task_type, priority, status, sort_at,
                   run_at, expires_at, max_attempts, max_losses, workflow_id,
                   created_at, updated_at)
SELECT u.*, u.now
  FROM unnest(
        CAST($1 AS bigint[]), CAST($2 AS text[]), CAST($3 AS text[]),
        CAST($4 AS bigint[]), CAST($5 AS text[]), CAST($6 AS bigint[]),
        CAST($7 AS bigint[]), CAST($8 AS bigint[]), CAST($9 AS bigint[]),
        CAST($10 AS bigint[]), CAST($11 AS text[]), CAST($12 AS bigint[]))
       AS u (seq, task_id, task_type, priority, status, sort_at, run_at,
             expires_at, max_attempts, max_losses, workflow_id, now);

-- name: insert_body
INSERT INTO task_bodies (seq, description, payload, payload_format, metadata,
                         idempotency_key, digest, correlation_id, session_id,
                         agent_type, timeout, webhook, model, llm_endpoint,
                         privacy, budget, output_schema, ref,
                         on_dependency_failure, parent_id)
SELECT *
  FROM unnest(
        CAST($1 AS bigint[]), CAST($2 AS text[]), CAST($3 AS bytea[]),
        CAST($4 AS text[]), CAST($5 AS text[]), CAST($6 AS text[]),
        CAST($7 AS text[]), CAST($8 AS text[]), CAST($9 AS text[]),
        CAST($10 AS text[]), CAST($11 AS bigint[]), CAST($12 AS text[]),
        CAST($13 AS text[]), CAST($14 AS text[]), CAST($15 AS text[]),
        CAST($16 AS bigint[]), CAST($17 AS text[]), CAST($18 AS text[]),
        CAST($19 AS text[]), CAST($20 AS text[]));

-- ---------------------------------------------------------- dependencies

-- name: close_edges
-- $1 parents that are final now
UPDATE task_dependencies
   SET state = (SELECT CASE WHEN p.status = 'completed' THEN 'satisfied'
                            ELSE 'failed' END
                  FROM tasks p WHERE p.seq = task_dependencies.parent_seq)
 WHERE state = 'open'
   AND parent_seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
RETURNING child_seq;

-- name: refresh_edges
-- $1 children: closes what an interrupted cascade left open
UPDATE task_dependencies
   SET state = coalesce(
           (SELECT CASE WHEN p.status = 'completed' THEN 'satisfied' END
              FROM tasks p WHERE p.seq = task_dependencies.parent_seq),
           'failed')
 WHERE child_seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
   AND state || '' = 'open'
   AND NOT EXISTS (SELECT 1 FROM tasks p
                    WHERE p.seq = task_dependencies.parent_seq
                      AND p.finished_at IS NULL);

-- The lists of the next four may be long: they are joined, because = ANY
-- compares each row with all of a list when the table is read as a whole.
-- The edges of a child are asked for "state || ''" for the reason above: the
-- index of open edges may hold a hundred thousand that are not its own.

-- name: judge_lock
-- In one order, or two parents that end at once would deadlock.
SELECT t.seq
  FROM unnest(CAST(translate($1, '[]', '{}') AS bigint[])) AS w (seq)
  JOIN tasks t ON t.seq = w.seq
 WHERE t.status || '' = 'blocked'
 ORDER BY t.seq FOR UPDATE OF t;

-- name: judge_cancel
-- 1 list, 2 now
UPDATE tasks t
   SET status = 'cancelled', reason = 'dependency', finished_at = $2,
       updated_at = $2
  FROM unnest(CAST(translate($1, '[]', '{}') AS bigint[])) AS w (seq)
 WHERE t.seq = w.seq AND t.status || '' = 'blocked'
   AND EXISTS (SELECT 1 FROM task_dependencies d
                WHERE d.child_seq = t.seq AND d.state = 'failed')
   AND EXISTS (SELECT 1 FROM task_bodies b
                WHERE b.seq = t.seq
                  AND coalesce(b.on_dependency_failure, 'cancel') = 'cancel')
RETURNING t.seq;

-- name: judge_ready
-- 1 list, 2 now
UPDATE tasks t
   SET status = CASE WHEN run_at > $2 THEN 'scheduled' ELSE 'pending' END,
       reason = NULL, updated_at = $2
  FROM unnest(CAST(translate($1, '[]', '{}') AS bigint[])) AS w (seq)
 WHERE t.seq = w.seq AND t.status || '' = 'blocked'
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                    WHERE d.child_seq = t.seq AND d.state || '' = 'open')
RETURNING t.seq, t.sort_at, t.task_type, t.status;

-- name: statuses
SELECT t.seq, t.status
  FROM unnest(CAST(translate($1, '[]', '{}') AS bigint[])) AS w (seq)
  JOIN tasks t ON t.seq = w.seq
 ORDER BY t.seq;

-- ----------------------------------------------------------------- claim

-- name: claim_pick
-- 1 type, 2 limit, 3 now, 4 no later than this sort_at
SELECT seq, sort_at, CASE WHEN expires_at <= $3 THEN 1 ELSE 0 END
  FROM tasks
 WHERE status = 'pending' AND task_type = $1 AND sort_at <= $4
 ORDER BY sort_at, seq LIMIT $2
   FOR UPDATE SKIP LOCKED;

-- name: claim_take
-- 1 list, 2 agent_id, 3 lease, 4 now, 5 types or NULL
-- The rows are locked: their place is the shortest way back to them.
UPDATE tasks t
   SET status = 'running', reason = NULL, attempt = t.attempt + 1,
       agent_id = $2, lease_until = (SELECT aaos_lease_now()) + CAST($3 AS bigint),
       started_at = $4, updated_at = $4
 WHERE t.ctid = ANY (ARRAY(
    SELECT f.ctid FROM tasks f
     WHERE f.seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
       AND f.status || '' = 'pending'
       AND (f.expires_at IS NULL OR f.expires_at > CAST($4 AS bigint))
       AND (CAST($5 AS text) IS NULL OR f.task_type =
            ANY (ARRAY(SELECT json_array_elements_text(CAST($5 AS json)))))
       FOR UPDATE SKIP LOCKED))
RETURNING t.seq, t.task_id, t.task_type, t.priority, t.attempt, t.failures,
          t.max_attempts, t.losses, t.max_losses, t.sort_at, t.created_at,
          t.started_at, t.workflow_id;

-- name: claim_expire
-- 1 list, 2 now
WITH free AS MATERIALIZED (
    SELECT seq FROM tasks
     WHERE seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
       AND status || '' = 'pending' AND expires_at <= CAST($2 AS bigint)
       FOR UPDATE SKIP LOCKED)
UPDATE tasks t
   SET status = 'cancelled', reason = 'expired', finished_at = $2,
       updated_at = $2
  FROM free
 WHERE t.seq = free.seq
RETURNING t.seq;

-- name: claim_bodies
SELECT seq, description, payload, payload_format, metadata, idempotency_key,
       correlation_id, parent_id, session_id, agent_type, timeout, webhook,
       model, llm_endpoint, privacy, output_schema, budget,
       (SELECT 1 FROM task_dependencies d
         WHERE d.child_seq = task_bodies.seq LIMIT 1)
  FROM task_bodies
 WHERE seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[])) ORDER BY seq;

-- name: lock_task
-- Waits for a transaction that still holds the row.
SELECT seq FROM tasks WHERE seq = $1 FOR UPDATE;

-- ---------------------------------------------------------------- finish

-- name: finish_facts
SELECT seq, attempt, agent_id,
       CASE WHEN cancel_requested_at IS NULL THEN 0 ELSE 1 END, sort_at,
       failures, max_attempts, losses, max_losses,
       CASE WHEN lease_until < (SELECT aaos_lease_now()) THEN 1 ELSE 0 END
  FROM tasks
 WHERE seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
   AND status || '' = 'running'
 ORDER BY seq FOR UPDATE;

-- name: finish_attempt
-- Each $n is a column.  1 seq, 2 attempt, 3 agent_id are the fence of this
-- and the next two.
INSERT INTO attempts (seq, attempt, agent_id, claimed_at, outcome,
                      exit_status, signal, started_at, finished_at,
                      user_time, system_time, max_rss, result, result_format,
                      result_size, result_artifact, result_sha256, error,
                      model, tokens_in, tokens_out, cost)
SELECT t.seq, t.attempt, t.agent_id, t.started_at, u.outcome, u.exit_status,
       u.signal, u.started_at, u.finished_at, u.user_time, u.system_time,
       u.max_rss, u.result, u.result_format, u.result_size,
       u.result_artifact, u.result_sha256, u.error, u.model, u.tokens_in,
       u.tokens_out, u.cost
  FROM unnest(
        CAST($1 AS bigint[]), CAST($2 AS bigint[]), CAST($3 AS text[]),
        CAST($4 AS text[]), CAST($5 AS bigint[]), CAST($6 AS bigint[]),
        CAST($7 AS bigint[]), CAST($8 AS bigint[]), CAST($9 AS bigint[]),
        CAST($10 AS bigint[]), CAST($11 AS bigint[]), CAST($12 AS bytea[]),
        CAST($13 AS text[]), CAST($14 AS bigint[]), CAST($15 AS text[]),
        CAST($16 AS text[]), CAST($17 AS text[]), CAST($18 AS text[]),
        CAST($19 AS bigint[]), CAST($20 AS bigint[]), CAST($21 AS bigint[]))
       AS u (seq, attempt, agent_id, outcome, exit_status, signal,
             started_at, finished_at, user_time, system_time, max_rss,
             result, result_format, result_size, result_artifact,
             result_sha256, error, model, tokens_in, tokens_out, cost)
  JOIN tasks t ON t.seq = u.seq AND t.attempt = u.attempt
              AND t.agent_id || '' = u.agent_id
              AND t.status || '' = 'running';

-- name: finish_task
UPDATE tasks t
   SET status = u.status, reason = u.reason, failures = u.failures,
       losses = u.losses, run_at = coalesce(u.run_at, t.run_at),
       finished_at = u.finished_at, updated_at = u.now,
       agent_id = NULL, lease_until = NULL
  FROM unnest(
        CAST($1 AS bigint[]), CAST($2 AS bigint[]), CAST($3 AS text[]),
        CAST($4 AS text[]), CAST($5 AS text[]), CAST($6 AS bigint[]),
        CAST($7 AS bigint[]), CAST($8 AS bigint[]), CAST($9 AS bigint[]),
        CAST($10 AS bigint[]))
       AS u (seq, attempt, agent_id, status, reason, failures, losses,
             run_at, finished_at, now)
 WHERE t.seq = u.seq AND t.attempt = u.attempt
   AND t.agent_id || '' = u.agent_id AND t.status || '' = 'running';

-- name: log_running
INSERT INTO execution_logs (task_id, attempt, correlation_id, ts, level,
                            message, artifact_ref, artifact_sha256)
SELECT t.task_id, t.attempt, b.correlation_id, u.ts, u.level, u.message,
       u.artifact_ref, u.artifact_sha256
  FROM unnest(
        CAST($1 AS bigint[]), CAST($2 AS bigint[]), CAST($3 AS text[]),
        CAST($4 AS bigint[]), CAST($5 AS text[]), CAST($6 AS text[]),
        CAST($7 AS text[]), CAST($8 AS text[]))
       WITH ORDINALITY
       AS u (seq, attempt, agent_id, ts, level, message, artifact_ref,
             artifact_sha256, n)
  JOIN tasks t ON t.seq = u.seq AND t.attempt = u.attempt
              AND t.agent_id = u.agent_id AND t.status = 'running'
  JOIN task_bodies b ON b.seq = t.seq
 ORDER BY u.n;

-- ------------------------------------------------------------- heartbeat

-- name: next_due
-- $1 types or NULL
SELECT run_at - aaos_now() FROM tasks
 WHERE (status = 'scheduled' OR status = 'retry')
   AND (CAST($1 AS text) IS NULL OR task_type =
        ANY (ARRAY(SELECT json_array_elements_text(CAST($1 AS json)))))
 ORDER BY run_at LIMIT 1;

-- name: drained
-- 1 types, 2 horizon.  See drained_any.
WITH wanted AS MATERIALIZED (
    SELECT json_array_elements_text(CAST($1 AS json)) AS task_type)
SELECT CASE WHEN NOT EXISTS (
                SELECT 1 FROM wanted w
                 WHERE (SELECT t.seq FROM tasks t
                         WHERE t.status = 'pending'
                           AND t.task_type = w.task_type
                         ORDER BY t.sort_at, t.seq LIMIT 1) IS NOT NULL)
             AND (SELECT t.seq FROM tasks t
                   WHERE t.status = 'running'
                     AND t.task_type IN (SELECT task_type FROM wanted)
                   ORDER BY t.agent_id, t.seq LIMIT 1) IS NULL
             AND (SELECT t.run_at FROM tasks t
                   WHERE (t.status = 'scheduled' OR t.status = 'retry')
                     AND t.run_at <= (SELECT aaos_now()) + CAST($2 AS bigint)
                     AND t.task_type IN (SELECT task_type FROM wanted)
                   ORDER BY t.run_at LIMIT 1) IS NULL
            THEN 1 ELSE 0 END;

-- ---------------------------------------------------------------- agents

-- name: leases_over
-- $1 grace
SELECT seq, task_id, agent_id, attempt, failures, max_attempts, losses,
       max_losses, 1,
       (SELECT b.correlation_id FROM task_bodies b WHERE b.seq = tasks.seq),
       task_type
  FROM tasks
 WHERE status = 'running'
   AND lease_until < (SELECT aaos_lease_now()) - CAST($1 AS bigint)
 LIMIT 1000;

-- --------------------------------------------------------------- promote

-- name: promote_due
-- 1 now, 2 limit
WITH due AS MATERIALIZED (
    SELECT seq FROM tasks
     WHERE (status = 'scheduled' OR status = 'retry')
       AND run_at <= CAST($1 AS bigint)
     ORDER BY run_at LIMIT $2
       FOR UPDATE SKIP LOCKED)
UPDATE tasks t
   SET status = 'pending', reason = NULL, updated_at = $1
  FROM due
 WHERE t.seq = due.seq
RETURNING t.seq, t.sort_at, t.task_type;

-- name: promote_expired
-- 1 now, 2 limit
WITH over AS MATERIALIZED (
    SELECT seq FROM tasks
     WHERE expires_at IS NOT NULL AND finished_at IS NULL
       AND expires_at <= CAST($1 AS bigint)
       AND status <> 'running' AND status <> 'held'
     ORDER BY expires_at LIMIT $2
       FOR UPDATE SKIP LOCKED)
UPDATE tasks t
   SET status = 'cancelled', reason = 'expired', finished_at = $1,
       updated_at = $1
  FROM over
 WHERE t.seq = over.seq
RETURNING t.seq;

-- name: promote_blocked
-- A page of blocked tasks: 1 after this seq, 2 limit.  The second column
-- says whether the edges of the task allow or demand something else.
SELECT t.seq,
       CASE WHEN NOT EXISTS (
                SELECT 1 FROM task_dependencies d
                  JOIN tasks p ON p.seq = d.parent_seq
                 WHERE d.child_seq = t.seq AND d.state || '' = 'open'
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
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
 WHERE (t.status = 'held' OR t.status = 'blocked') AND t.status = 'blocked'
   AND t.seq > $1
 ORDER BY t.seq LIMIT $2;

-- name: pending_page
-- 1 after this seq, 2 limit.
SELECT seq, sort_at, task_type FROM tasks
 WHERE seq > $1 AND status = 'pending'
 ORDER BY seq LIMIT $2;

-- ---------------------------------------------------------------- schema

-- name: schema_lines
-- Every object of schema $1 with its text, every column with its kind, by
-- name; without the schema's own name, so that two can be compared.
WITH here AS (SELECT n.oid, n.nspname || '.' AS prefix
                FROM pg_namespace n WHERE n.nspname = CAST($1 AS text)),
lines (what, text) AS (
    SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence '
                          ELSE 'table ' END || c.relname,
           coalesce(array_to_string(c.reloptions, ' '), '') ||
           CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) ELSE '' END
      FROM here JOIN pg_class c ON c.relnamespace = here.oid
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL
    SELECT 'column ' || c.relname || '.' || a.attname,
           format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull ||
           ' ' || CAST(a.attidentity AS text) || ' ' ||
           coalesce(pg_get_expr(d.adbin, d.adrelid), '')
      FROM here JOIN pg_class c ON c.relnamespace = here.oid
      JOIN pg_attribute a ON a.attrelid = c.oid
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'constraint ' || t.conname, pg_get_constraintdef(t.oid)
      FROM here JOIN pg_constraint t ON t.connamespace = here.oid
    UNION ALL
    SELECT 'index ' || i.relname, pg_get_indexdef(i.oid)
      FROM here JOIN pg_class i ON i.relnamespace = here.oid
     WHERE i.relkind = 'i'
    UNION ALL
    SELECT 'function ' || p.proname, CAST(p.provolatile AS text) || p.prosrc
      FROM here JOIN pg_proc p ON p.pronamespace = here.oid)
SELECT l.what COLLATE "C", replace(l.text, here.prefix, '')
  FROM lines l, here ORDER BY 1, 2;
