-- What metrics are made of, in the words of PostgreSQL.

-- name: metrics_size
SELECT pg_database_size(current_database());

-- name: prune_totals_of
-- $1 seqs (JSON list): what will not be there to be counted.
SELECT t.task_type, a.outcome, a.attempt, a.started_at, a.finished_at,
       t.created_at,
       (SELECT min(f.attempt) FROM attempts f WHERE f.seq = t.seq)
  FROM json_array_elements_text(CAST($1 AS json)) j (value)
 CROSS JOIN tasks t
  LEFT JOIN attempts a ON a.seq = t.seq
 WHERE t.seq = CAST(j.value AS bigint);

-- name: prune_ticks
-- $1 ids (JSON list)
DELETE FROM tick_ledger
 WHERE id = ANY (ARRAY(SELECT CAST(json_array_elements_text(
           CAST($1 AS json)) AS bigint)));

-- name: prune_calls
-- $1 ids (JSON list)
DELETE FROM llm_calls
 WHERE id = ANY (ARRAY(SELECT CAST(json_array_elements_text(
           CAST($1 AS json)) AS bigint)));
