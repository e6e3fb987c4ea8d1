-- Tasks that wait for each other or stem from each other, in the words of
-- PostgreSQL.

-- name: hand_over
-- The results of the parents go to whoever has claimed these: 1 list, 2 now
INSERT INTO agent_communications (ts, message_type, from_agent, to_agent,
                                  task_id, correlation_id, payload)
SELECT CAST($2 AS bigint), 'dependency_result', a.agent_id, t.agent_id,
       t.task_id, b.correlation_id,
       CAST(json_build_object('parent_id', d.parent_id, 'state', d.state,
                              'attempt', t.attempt, 'result_sha256',
                              a.result_sha256) AS text)
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
  JOIN task_dependencies d ON d.child_seq = t.seq
  LEFT JOIN tasks p ON p.seq = d.parent_seq
  LEFT JOIN attempts a ON a.seq = p.seq AND a.attempt = p.attempt
 WHERE t.seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]));

-- name: follow_up
-- Tasks that an attempt added: 1 list, 2 now, 3 agent_id, 4 payload
INSERT INTO agent_communications (ts, message_type, from_agent, task_id,
                                  correlation_id, payload)
SELECT CAST($2 AS bigint), 'follow_up', CAST($3 AS text), t.task_id,
       b.correlation_id, CAST($4 AS text)
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
 WHERE t.seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]));
