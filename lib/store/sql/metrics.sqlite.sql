-- What metrics are made of, in SQLite's words.

-- name: metrics_size
SELECT p.page_count * s.page_size
  FROM pragma_page_count p CROSS JOIN pragma_page_size s;

-- name: prune_totals_of
-- $1 seqs (JSON list): what will not be there to be counted.
SELECT t.task_type, a.outcome, a.attempt, a.started_at, a.finished_at,
       t.created_at,
       (SELECT min(f.attempt) FROM attempts f WHERE f.seq = t.seq)
  FROM json_each($1) j
 CROSS JOIN tasks t
  LEFT JOIN attempts a ON a.seq = t.seq
 WHERE t.seq = j.value;

-- name: prune_ticks
-- $1 ids (JSON list)
DELETE FROM tick_ledger WHERE id IN (SELECT value FROM json_each($1));

-- name: prune_calls
-- $1 ids (JSON list)
DELETE FROM llm_calls WHERE id IN (SELECT value FROM json_each($1));
