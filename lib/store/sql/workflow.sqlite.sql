-- Tasks that wait for each other or stem from each other, in the words of
-- SQLite.

-- name: hand_over
-- The results of the parents go to whoever has claimed these: 1 list, 2 now
INSERT INTO agent_communications (ts, message_type, from_agent, to_agent,
                                  task_id, correlation_id, payload)
SELECT $2, 'dependency_result', a.agent_id, t.agent_id, t.task_id,
       b.correlation_id,
       json_object('parent_id', d.parent_id, 'state', d.state,
                   'attempt', t.attempt, 'result_sha256', a.result_sha256)
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
  JOIN task_dependencies d ON d.child_seq = t.seq
  LEFT JOIN tasks p ON p.seq = d.parent_seq
  LEFT JOIN attempts a ON a.seq = p.seq AND a.attempt = p.attempt
 WHERE t.seq IN (SELECT value FROM json_each($1));

-- name: follow_up
-- Tasks that an attempt added: 1 list, 2 now, 3 agent_id, 4 payload
INSERT INTO agent_communications (ts, message_type, from_agent, task_id,
                                  correlation_id, payload)
SELECT $2, 'follow_up', $3, t.task_id, b.correlation_id, $4
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
 WHERE t.seq IN (SELECT value FROM json_each($1));
