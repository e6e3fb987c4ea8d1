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

-- name: read_flow_last
-- The last number of a task.
SELECT max(seq) FROM tasks;

-- The tasks of a workflow are read from the parts of tasks_workflow that a
-- range of seqs lies in.  "+seq" keeps the planner from walking that range.

-- name: read_flow_tasks
-- 1 workflow_id, 2 behind this seq, 3 up to that one, 4 limit
WITH RECURSIVE parts (n) AS (
    SELECT CAST($2 AS bigint) >> 12
    UNION ALL
    SELECT n + 1 FROM parts WHERE n < CAST($3 AS bigint) >> 12
), picked (seq) AS (
    SELECT t.seq FROM tasks t
     WHERE (t.seq >> 12) IN (SELECT n FROM parts) AND t.workflow_id = $1
       AND +t.seq > $2 AND +t.seq <= $3
     ORDER BY t.seq LIMIT $4
)
SELECT t.seq, t.task_id, b.ref, t.task_type, t.status, t.reason, t.attempt,
       t.agent_id, t.run_at, t.created_at, t.started_at, t.finished_at,
       b.description, b.parent_id
  FROM picked
 CROSS JOIN tasks t
 CROSS JOIN task_bodies b
 WHERE t.seq = picked.seq AND b.seq = picked.seq
 ORDER BY picked.seq;

-- name: read_flow_edges
-- 1 workflow_id, 2 from this child on, 3 up to that one, 4 limit, 5 of the
-- first child behind this parent
WITH RECURSIVE parts (n) AS (
    SELECT CAST($2 AS bigint) >> 12
    UNION ALL
    SELECT n + 1 FROM parts WHERE n < CAST($3 AS bigint) >> 12
)
SELECT d.child_seq, d.parent_seq, d.state, p.task_id, p.status
  FROM tasks t
 CROSS JOIN task_dependencies d
  LEFT JOIN tasks p ON p.seq = d.parent_seq
                   AND (p.workflow_id IS NULL OR p.workflow_id <> $1)
 WHERE (t.seq >> 12) IN (SELECT n FROM parts) AND t.workflow_id = $1
   AND +t.seq >= $2 AND +t.seq <= $3 AND d.child_seq = t.seq
   AND (+d.child_seq > $2 OR d.parent_seq > $5)
 ORDER BY d.child_seq, d.parent_seq LIMIT $4;
