-- What the live screen shows, again and again: through the partial indexes,
-- never over all tasks.

-- name: top_queues
-- Of each type what lives and what is dead, a row a kind.
SELECT task_type, 'pending', count(*) FROM tasks
 WHERE status = 'pending' GROUP BY task_type
UNION ALL
SELECT task_type, 'running', count(*) FROM tasks
 WHERE status = 'running' GROUP BY task_type
UNION ALL
SELECT task_type, 'waiting', count(*) FROM tasks
 WHERE status = 'scheduled' OR status = 'retry' GROUP BY task_type
UNION ALL
SELECT task_type, 'waiting', count(*) FROM tasks
 WHERE status = 'held' OR status = 'blocked' GROUP BY task_type
UNION ALL
SELECT task_type, 'dead', count(*) FROM tasks
 WHERE status = 'dead' GROUP BY task_type;

-- name: top_heads
-- $1 type: since when the next one is there.
SELECT created_at FROM tasks
 WHERE status = 'pending' AND task_type = $1
 ORDER BY sort_at, seq LIMIT 1;

-- name: top_rates
-- Of the newest attempts, but none over a minute old, at most $1.
SELECT t.task_type, count(*) FILTER (WHERE a.outcome = 'completed'),
       count(*) FILTER (WHERE a.outcome = 'failed' OR
                              a.outcome = 'timed_out' OR a.outcome = 'lost'),
       count(*), min(a.finished_at)
  FROM (SELECT seq, outcome, finished_at FROM attempts
         WHERE finished_at >= (SELECT aaos_now()) - 60000000
         ORDER BY finished_at DESC LIMIT $1) a
  JOIN tasks t ON t.seq = a.seq
 GROUP BY t.task_type;

-- name: top_agents
-- $1 how many: those at work first, each with the oldest task it runs.
SELECT g.agent_id, g.name, g.status, g.jobs, g.running, g.completed, g.failed,
       g.heartbeat_at, g.progress, t.task_id, t.task_type, t.started_at,
       (SELECT b.description FROM task_bodies b WHERE b.seq = t.seq)
  FROM (SELECT agent_id, name, status, jobs, running, completed, failed,
               heartbeat_at, progress, registered_at
          FROM agents WHERE status <> 'gone'
         ORDER BY CASE WHEN running > 0 THEN 0 ELSE 1 END, registered_at,
                  agent_id
         LIMIT $1) g
  LEFT JOIN tasks t ON t.seq = (SELECT min(r.seq) FROM tasks r
                                 WHERE r.agent_id = g.agent_id
                                   AND r.status = 'running')
 ORDER BY CASE WHEN g.running > 0 THEN 0 ELSE 1 END, g.registered_at,
          g.agent_id;

-- name: top_costs
-- $1 the day
SELECT endpoint, model, CAST(sum(cost) AS bigint)
  FROM llm_costs WHERE day = $1
 GROUP BY endpoint, model ORDER BY 3 DESC, endpoint, model LIMIT 20;

-- name: top_flow_attempts
-- $1 workflow, $2 limit: what is played.
WITH RECURSIVE parts (n) AS (
    SELECT (SELECT min(seq) FROM tasks) >> 12
    UNION ALL
    SELECT n + 1 FROM parts WHERE n < (SELECT max(seq) FROM tasks) >> 12
)
SELECT a.seq, a.attempt, a.agent_id, a.outcome, a.claimed_at, a.started_at,
       a.finished_at, a.exit_status, a.error,
       (SELECT g.name FROM agents g WHERE g.agent_id = a.agent_id)
  FROM tasks t
 CROSS JOIN attempts a
 WHERE (t.seq >> 12) IN (SELECT n FROM parts) AND t.workflow_id = $1 AND a.seq = t.seq
 ORDER BY a.seq, a.attempt LIMIT $2;
