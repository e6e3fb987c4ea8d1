-- What aaos-loadgen asks and writes.

-- name: load_window
-- $1 how far back, $2 at most.  Of the attempts that ended since: how long
-- the task waited once it could have run, and how long the handler took.
-- What waited for other tasks is left out: it is no wait for an agent.
SELECT a.claimed_at - CASE WHEN t.run_at > t.created_at AND
                                t.run_at <= a.claimed_at
                           THEN t.run_at ELSE t.created_at END,
       a.finished_at - a.started_at
  FROM attempts a
  JOIN tasks t ON t.seq = a.seq
 WHERE a.finished_at > (SELECT aaos_now()) - CAST($1 AS bigint)
   AND a.started_at IS NOT NULL AND a.attempt = t.attempt
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                    WHERE d.child_seq = t.seq)
 ORDER BY a.finished_at DESC LIMIT $2;

-- name: load_sample_insert
-- 1 ts, 2 name, 3 labels, 4 value
INSERT INTO system_metrics (ts, source, name, labels, value)
VALUES ($1, 'loadgen', $2, $3, $4);

-- name: load_sample_known
-- $1 not before, $2 labels
SELECT 1 FROM system_metrics
 WHERE ts >= $1 AND source = 'loadgen' AND labels = $2 LIMIT 1;

-- name: load_sample_labels
-- $1 not before, $2 pattern of labels
SELECT DISTINCT labels FROM system_metrics
 WHERE ts >= $1 AND source = 'loadgen' AND labels LIKE $2;

-- name: load_forget_pick
-- $1 correlation_id, $2 behind this seq, $3 limit.  Never what runs, never
-- the highest number: it would be given away again.
SELECT t.seq FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
 WHERE t.seq > $2 AND t.status <> 'running' AND b.correlation_id = $1
   AND t.seq < (SELECT max(seq) FROM tasks)
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                     JOIN tasks c ON c.seq = d.child_seq
                    WHERE d.parent_seq = t.seq AND c.status = 'running')
 ORDER BY t.seq LIMIT $3;

-- name: load_forget_messages
-- $1 correlation_id
DELETE FROM agent_communications WHERE correlation_id = $1;
