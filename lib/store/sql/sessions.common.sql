-- Conversations: see sessions.h.

-- name: session_messages
-- $1 session, $2 the depth up to which there is a summary.  The way back is
-- walked by names alone.
WITH RECURSIVE chain (hash, parent_hash, depth) AS (
    SELECT m.hash, m.parent_hash, m.depth
      FROM llm_sessions s JOIN llm_messages m ON m.hash = s.tip_hash
     WHERE s.session_id = $1
    UNION ALL
    SELECT m.hash, m.parent_hash, m.depth
      FROM chain c JOIN llm_messages m ON m.hash = c.parent_hash)
SELECT m.hash, m.role, m.content, m.tokens, m.depth
  FROM chain c JOIN llm_messages m ON m.hash = c.hash
 WHERE c.depth = 1 OR c.depth > CAST($2 AS bigint)
 ORDER BY c.depth;

-- name: session_summary
SELECT s.content, s.tokens, m.depth
  FROM llm_summaries s JOIN llm_messages m ON m.hash = s.upto_hash
 WHERE s.session_id = $1
 ORDER BY m.depth DESC LIMIT 1;

-- name: insert_summary
INSERT INTO llm_summaries (session_id, upto_hash, content, tokens, model,
                           prompt_sha256, created_at)
VALUES ($1, $2, $3, $4, $5, $6, (SELECT aaos_now()))
    ON CONFLICT (session_id, upto_hash) DO NOTHING;

-- name: lock_session
INSERT INTO llm_sessions (session_id, created_at, updated_at)
VALUES ($1, $2, $2)
    ON CONFLICT (session_id) DO UPDATE SET updated_at = excluded.updated_at
RETURNING tip_hash,
          (SELECT m.depth FROM llm_messages m
            WHERE m.hash = llm_sessions.tip_hash);

-- name: insert_note
INSERT INTO llm_messages (hash, parent_hash, role, content, tokens, depth,
                          created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (hash) DO NOTHING;

-- name: insert_turn
INSERT INTO llm_turns (session_id, task_id, attempt, in_hash, out_hash,
                       created_at)
SELECT $1, t.task_id, CAST($3 AS bigint), $4, $5, CAST($6 AS bigint)
  FROM tasks t WHERE t.seq = CAST($2 AS bigint)
    ON CONFLICT (task_id) DO NOTHING;

-- name: move_session
UPDATE llm_sessions SET tip_hash = $2, updated_at = CAST($3 AS bigint)
 WHERE session_id = $1;
