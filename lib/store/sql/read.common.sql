-- What can be read, where both engines understand the same words.
-- (SELECT aaos_now()), not aaos_now(): a volatile function in a comparison
-- keeps PostgreSQL from using an index and is called for every row.

-- name: read_workflow
-- $1 id or name
SELECT workflow_id FROM workflows WHERE workflow_id = $1 OR name = $1
 ORDER BY CASE WHEN workflow_id = $1 THEN 0 ELSE 1 END
 LIMIT 1;

-- name: read_few
-- How many rows each partial index holds, counted up to $1.
SELECT (SELECT count(*) FROM (SELECT 1 FROM tasks
            WHERE status = 'pending' LIMIT $1) p),
       (SELECT count(*) FROM (SELECT 1 FROM tasks
            WHERE status = 'running' LIMIT $1) r),
       (SELECT count(*) FROM (SELECT 1 FROM tasks
            WHERE status = 'scheduled' OR status = 'retry' LIMIT $1) d),
       (SELECT count(*) FROM (SELECT 1 FROM tasks
            WHERE status = 'held' OR status = 'blocked' LIMIT $1) w),
       (SELECT count(*) FROM (SELECT 1 FROM tasks
            WHERE status = 'dead' LIMIT $1) x);

-- name: read_task
-- $1 seq.  The columns of read_tasks_rows, then the rest of the body.
SELECT t.seq, t.task_id, t.task_type, t.priority, t.status, t.reason,
       t.attempt, t.failures, t.max_attempts, t.losses, t.max_losses,
       t.agent_id, t.workflow_id, t.sort_at, t.run_at, t.expires_at,
       t.lease_until, t.cancel_requested_at, t.created_at, t.updated_at,
       t.started_at, t.finished_at, b.description, b.correlation_id,
       b.payload, b.payload_format, b.metadata, b.idempotency_key,
       b.parent_id, b.session_id, b.agent_type, b.timeout, b.webhook,
       b.model, b.llm_endpoint, b.privacy, b.budget, b.output_schema, b.ref,
       b.on_dependency_failure, w.name, t.lease_until - aaos_lease_now()
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
  LEFT JOIN workflows w ON w.workflow_id = t.workflow_id
 WHERE t.seq = $1;

-- name: read_attempts
-- $1 seq
SELECT attempt, agent_id, outcome, exit_status, signal, claimed_at,
       started_at, finished_at, user_time, system_time, max_rss,
       result_size, result_sha256, result_artifact, error, model, tokens_in,
       tokens_out, cost
  FROM attempts WHERE seq = $1 ORDER BY attempt;

-- name: read_logs
-- $1 task_id, $2 after this id, $3 limit
SELECT id, ts, attempt, level, message, artifact_ref, artifact_sha256
  FROM execution_logs WHERE task_id = $1 AND id > $2 ORDER BY id LIMIT $3;

-- name: read_recent_logs
SELECT id, ts, task_id, action_id, level, message, artifact_ref,
       artifact_sha256
  FROM execution_logs WHERE level <> 'stderr' ORDER BY id DESC LIMIT $1;

-- name: read_agents
-- $1 not 0: those that are gone too, $2 registered since
SELECT agent_id, name, agent_type, status, handler, capabilities, jobs,
       coalesce(claim_limit, jobs), running, completed, failed, progress, hostname, pid, version,
       registered_at, heartbeat_at, gone_at, gone_reason
  FROM agents
 WHERE status <> 'gone' OR
       (CAST($1 AS bigint) <> 0 AND registered_at >= $2)
 ORDER BY registered_at, agent_id;

-- name: read_progress
-- $1 agent_id
SELECT progress FROM agents WHERE agent_id = $1;

-- name: read_queues
SELECT task_type,
       count(*) FILTER (WHERE status = 'pending'),
       count(*) FILTER (WHERE status = 'running'),
       count(*) FILTER (WHERE status = 'scheduled'),
       count(*) FILTER (WHERE status = 'retry'),
       count(*) FILTER (WHERE status = 'blocked'),
       count(*) FILTER (WHERE status = 'held'),
       count(*) FILTER (WHERE status = 'completed'),
       count(*) FILTER (WHERE status = 'dead'),
       count(*) FILTER (WHERE status = 'cancelled'),
       min(CASE WHEN status = 'pending' THEN created_at END)
  FROM tasks GROUP BY task_type ORDER BY task_type;

-- name: read_totals
-- $1 duration of the window.  No index tells completed from cancelled, so
-- one scan counts those, and the rest with them.  Overdue: due for more
-- than a minute, which is longer than cron lets a due task wait.
SELECT t.pending, t.running, t.scheduled, t.retry, t.blocked, t.held,
       t.completed, t.dead, t.cancelled,
       a.completed, a.failed, a.lost, t.oldest,
       (SELECT count(*) FROM agents WHERE status <> 'gone'),
       aaos_now(),
       (SELECT count(*) FROM tasks
         WHERE status = 'running' AND
               lease_until < (SELECT aaos_lease_now())),
       c.paused_in, c.paused_out, c.killed, c.proof_mode,
       (SELECT count(*) FROM tasks
         WHERE (status = 'scheduled' OR status = 'retry') AND
               run_at < (SELECT aaos_now()) - 60000000)
  FROM (SELECT count(*) FILTER (WHERE status = 'pending') AS pending,
               count(*) FILTER (WHERE status = 'running') AS running,
               count(*) FILTER (WHERE status = 'scheduled') AS scheduled,
               count(*) FILTER (WHERE status = 'retry') AS retry,
               count(*) FILTER (WHERE status = 'blocked') AS blocked,
               count(*) FILTER (WHERE status = 'held') AS held,
               count(*) FILTER (WHERE status = 'completed') AS completed,
               count(*) FILTER (WHERE status = 'dead') AS dead,
               count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
               min(CASE WHEN status = 'pending' THEN created_at END) AS oldest
          FROM tasks) t
  CROSS JOIN
       (SELECT count(*) FILTER (WHERE outcome = 'completed') AS completed,
               count(*) FILTER (WHERE outcome = 'failed' OR
                                      outcome = 'timed_out') AS failed,
               count(*) FILTER (WHERE outcome = 'lost') AS lost
          FROM attempts
         WHERE finished_at >= (SELECT aaos_now()) - CAST($1 AS bigint)) a
  CROSS JOIN control_flags c;

-- name: read_ahead
-- $1 seq, $2 the number at which counting stops.  A capability is looked
-- for in quotes: no task type has a character that JSON would escape.
SELECT (SELECT count(*) FROM
           (SELECT 1 FROM tasks p
             WHERE p.status = 'pending' AND p.task_type = t.task_type AND
                   (p.sort_at, p.seq) < (t.sort_at, t.seq)
             LIMIT $2) q),
       (SELECT count(*) FROM agents g
         WHERE g.status = 'active' AND
               (g.capabilities = '[]' OR
                replace(g.capabilities, '"' || t.task_type || '"', '') <>
                    g.capabilities)),
       (SELECT count(*) FROM agents g
         WHERE g.status = 'active' AND
               g.running < coalesce(g.claim_limit, g.jobs) AND
               (g.capabilities = '[]' OR
                replace(g.capabilities, '"' || t.task_type || '"', '') <>
                    g.capabilities)),
       (SELECT count(*) FROM task_dependencies d
         WHERE d.child_seq = t.seq AND d.state = 'open')
  FROM tasks t WHERE t.seq = $1;
