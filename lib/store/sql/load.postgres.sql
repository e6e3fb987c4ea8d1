-- What aaos-loadgen asks, in the words of PostgreSQL.

-- name: load_others
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
           AND t.task_type IN (SELECT json_array_elements_text(
                                      CAST($2 AS json)))
         LIMIT 1000) x),
       (SELECT count(*) FROM (
        SELECT 1 FROM tasks t JOIN task_bodies b ON b.seq = t.seq
         WHERE t.finished_at IS NULL AND b.correlation_id LIKE $1
         LIMIT 1000) x),
       (SELECT count(*) FROM agents WHERE status <> 'gone');

-- name: load_ended
SELECT t.seq, t.status, t.reason, t.attempt, t.created_at, t.finished_at,
       a.started_at, a.finished_at, a.result
  FROM json_array_elements_text(CAST($1 AS json)) AS j (value)
 CROSS JOIN tasks t
  LEFT JOIN attempts a
    ON a.seq = t.seq
   AND a.attempt = (SELECT min(f.attempt) FROM attempts f
                     WHERE f.seq = t.seq AND f.started_at IS NOT NULL)
 WHERE t.seq = CAST(j.value AS bigint) AND t.finished_at IS NOT NULL;

-- name: load_bytes
SELECT pg_database_size(current_database());
