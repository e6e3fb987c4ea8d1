-- What checks ask in SQLite's own words.

-- name: verify_members
-- $1 JSON list of seqs
SELECT seq, task_id, task_type, status, sort_at FROM tasks
 WHERE seq IN (SELECT value FROM json_each($1)) ORDER BY seq;

-- name: verify_pending
-- 1 after this seq, 2 pending since before this instant, 3 limit.  Along the
-- table: a page from the index of pending tasks would sort all of them.
SELECT seq, task_id, task_type, sort_at, updated_at FROM tasks NOT INDEXED
 WHERE seq > $1 AND status = 'pending' AND updated_at < $2
 ORDER BY seq LIMIT $3;
