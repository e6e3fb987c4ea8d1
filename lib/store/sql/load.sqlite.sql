-- What aaos-loadgen asks, in the words of SQLite.

-- name: load_others
-- $1 pattern of correlation ids of loads, $2 types (JSON list).  Counting
-- stops at 1,000.
SELECT CASE WHEN EXISTS (SELECT 1 FROM task_bodies b
                          WHERE b.correlation_id NOT LIKE $1)
            THEN 1 ELSE 0 END,
       (SELECT count(*) FROM (
        SELECT 1 FROM tasks t JOIN task_bodies b ON b.seq = t.seq
         WHERE t.finished_at IS NULL AND b.correlation_id NOT LIKE $1
         LIMIT 1000) x),
       (SELECT count(*) FROM (
        SELECT 1 FROM tasks t JOIN task_bodies b ON b.seq = t.seq
         WHERE t.finished_at IS NULL AND b.correlation_id NOT LIKE $1
           AND t.task_type IN (SELECT value FROM json_each($2))
         LIMIT 1000) x),
       (SELECT count(*) FROM (
        SELECT 1 FROM tasks t JOIN task_bodies b ON b.seq = t.seq
         WHERE t.finished_at IS NULL AND b.correlation_id LIKE $1
         LIMIT 1000) x),
       (SELECT count(*) FROM agents WHERE status <> 'gone');

-- name: load_ended
-- $1 seqs (JSON list): those that are final, with the first attempt that
-- was started.
SELECT t.seq, t.status, t.reason, t.attempt, t.created_at, t.finished_at,
       a.started_at, a.finished_at, a.result
  FROM json_each($1) j
 CROSS JOIN tasks t
  LEFT JOIN attempts a
    ON a.seq = t.seq
   AND a.attempt = (SELECT min(f.attempt) FROM attempts f
                     WHERE f.seq = t.seq AND f.started_at IS NOT NULL)
 WHERE t.seq = j.value AND t.finished_at IS NOT NULL;

-- name: load_bytes
SELECT c.page_count * s.page_size
  FROM pragma_page_count() c CROSS JOIN pragma_page_size() s;
