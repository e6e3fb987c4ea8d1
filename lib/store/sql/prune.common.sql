-- What becomes of calls and conversations that are old.

-- name: prune_calls_pick
-- $1 age, $2 limit.  What they cost is summed in llm_costs; with the rest of
-- what metrics count of them.
SELECT c.id, c.endpoint, coalesce(c.class, c.state), c.elapsed,
       CASE WHEN c.fallback_from IS NULL THEN 0 ELSE 1 END
  FROM llm_calls c
 WHERE c.finished_at IS NOT NULL
   AND c.finished_at < (SELECT aaos_now()) - CAST($1 AS bigint)
   AND NOT EXISTS (SELECT 1 FROM tasks t
                    WHERE t.task_id = c.task_id AND t.finished_at IS NULL)
 ORDER BY c.finished_at LIMIT $2;

-- name: prune_budgets
-- $1 age, $2 limit.  Of days that are over, and of tasks that are gone; a
-- workflow may go on.
DELETE FROM budgets
 WHERE (scope, name, period) IN (
       SELECT b.scope, b.name, b.period FROM budgets b
        WHERE b.reserved = 0 AND b.scope <> 'total' AND b.scope <> 'workflow'
          AND b.updated_at < (SELECT aaos_now()) - CAST($1 AS bigint)
          AND (b.scope <> 'task' OR
               NOT EXISTS (SELECT 1 FROM tasks t WHERE t.task_id = b.name))
        LIMIT $2);

-- name: prune_sessions
-- $1 age, $2 limit.  Conversations that nobody goes on with.
DELETE FROM llm_sessions
 WHERE session_id IN (
       SELECT s.session_id FROM llm_sessions s
        WHERE s.updated_at < (SELECT aaos_now()) - CAST($1 AS bigint)
          AND NOT EXISTS (SELECT 1 FROM task_bodies b
                            JOIN tasks t ON t.seq = b.seq
                           WHERE b.session_id = s.session_id
                             AND t.finished_at IS NULL)
        ORDER BY s.updated_at LIMIT $2);

-- name: prune_turns
-- $1 age, $2 limit, of this and the next: of sessions that are gone.
DELETE FROM llm_turns
 WHERE id IN (SELECT u.id FROM llm_turns u
               WHERE u.created_at < (SELECT aaos_now()) - CAST($1 AS bigint)
                 AND NOT EXISTS (SELECT 1 FROM llm_sessions s
                                  WHERE s.session_id = u.session_id)
               LIMIT $2);

-- name: prune_summaries
DELETE FROM llm_summaries
 WHERE (session_id, upto_hash) IN (
       SELECT u.session_id, u.upto_hash FROM llm_summaries u
        WHERE u.created_at < (SELECT aaos_now()) - CAST($1 AS bigint)
          AND NOT EXISTS (SELECT 1 FROM llm_sessions s
                           WHERE s.session_id = u.session_id)
        LIMIT $2);

-- name: prune_notes
-- Messages, the last of a branch first: no other one follows it, and no
-- session ends with it.
DELETE FROM llm_messages
 WHERE hash IN (SELECT m.hash FROM llm_messages m
                 WHERE m.created_at <
                       (SELECT aaos_now()) - CAST($1 AS bigint)
                   AND NOT EXISTS (SELECT 1 FROM llm_messages c
                                    WHERE c.parent_hash = m.hash)
                   AND NOT EXISTS (SELECT 1 FROM llm_sessions s
                                    WHERE s.tip_hash = m.hash)
                 LIMIT $2);
