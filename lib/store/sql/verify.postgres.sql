-- What checks ask in PostgreSQL's own words.

-- name: verify_members
-- $1 JSON list of seqs
SELECT seq, task_id, task_type, status, sort_at FROM tasks
 WHERE seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[])) ORDER BY seq;

-- name: verify_pending
-- 1 after this seq, 2 pending since before this instant, 3 limit
SELECT seq, task_id, task_type, sort_at, updated_at FROM tasks
 WHERE seq > $1 AND status = 'pending' AND updated_at < $2
 ORDER BY seq LIMIT $3;
