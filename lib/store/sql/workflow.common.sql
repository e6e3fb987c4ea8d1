-- Tasks that wait for each other or stem from each other, where both
-- engines understand the same words.

-- name: task_origin
-- $1 seq: what the tasks that it adds have in common.
SELECT t.task_id, t.workflow_id, b.correlation_id, b.session_id
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
 WHERE t.seq = $1;

-- name: dependencies
-- What became of the parents of a task: 1 seq, 2 parents behind this seq,
-- 3 limit.  Of a parent that was pruned only the edge is left.
SELECT d.parent_seq, d.parent_id, b.ref,
       coalesce(p.status, CASE d.state WHEN 'satisfied' THEN 'completed'
                                       ELSE 'dead' END),
       a.result, a.result_format, a.result_artifact, a.result_sha256
  FROM task_dependencies d
  LEFT JOIN tasks p ON p.seq = d.parent_seq
  LEFT JOIN task_bodies b ON b.seq = d.parent_seq
  LEFT JOIN attempts a ON a.seq = p.seq AND a.attempt = p.attempt
 WHERE d.child_seq = $1 AND d.parent_seq > $2
 ORDER BY d.parent_seq LIMIT $3;

-- name: read_flow
-- $1 workflow_id
SELECT workflow_id, name, created_at FROM workflows WHERE workflow_id = $1;

-- name: read_flow_tasks
-- 1 workflow_id, 2 behind this seq, 3 limit
SELECT t.seq, t.task_id, b.ref, t.task_type, t.status, t.reason, t.attempt,
       t.agent_id, t.run_at, t.created_at, t.started_at, t.finished_at,
       b.description, b.parent_id
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
 WHERE t.workflow_id = $1 AND t.seq > $2
 ORDER BY t.seq LIMIT $3;

-- name: read_flow_edges
-- Of the tasks of a workflow: 1 workflow_id, 2 behind this child, 3 and of
-- that child behind this parent, 4 limit
SELECT d.child_seq, d.parent_seq, d.state, p.task_id, p.status
  FROM tasks t
  JOIN task_dependencies d ON d.child_seq = t.seq
  LEFT JOIN tasks p ON p.seq = d.parent_seq
                   AND (p.workflow_id IS NULL OR p.workflow_id <> t.workflow_id)
 WHERE t.workflow_id = $1 AND t.seq >= $2
   AND (d.child_seq > $2 OR d.parent_seq > $3)
 ORDER BY t.seq, d.parent_seq LIMIT $4;
