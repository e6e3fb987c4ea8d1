-- What metrics are made of: the rows that are there, and in meta what those
-- added up to that were pruned.  Each statement costs a scan at most.

-- name: metrics_totals
-- kind, name, outcome, bucket, how many, microseconds.  The buckets are
-- total_bounds in totals.c; a clock that was set back makes no time
-- negative, or a counter would go down.  Each run of `aaos-verify e2e` has a
-- type of its own that is gone after it: that is no series.
SELECT kind, name, outcome, bucket, count(*), CAST(coalesce(sum(d), 0) AS bigint)
  FROM (SELECT kind, name, outcome, d,
               CASE WHEN d IS NULL THEN -1
                    WHEN d <= 5000 THEN 0
                    WHEN d <= 10000 THEN 1
                    WHEN d <= 50000 THEN 2
                    WHEN d <= 100000 THEN 3
                    WHEN d <= 500000 THEN 4
                    WHEN d <= 1000000 THEN 5
                    WHEN d <= 5000000 THEN 6
                    WHEN d <= 10000000 THEN 7
                    WHEN d <= 30000000 THEN 8
                    WHEN d <= 60000000 THEN 9
                    WHEN d <= 300000000 THEN 10
                    WHEN d <= 600000000 THEN 11
                    WHEN d <= 1800000000 THEN 12
                    WHEN d <= 3600000000 THEN 13
                    ELSE 14 END AS bucket
          FROM (SELECT 'run' AS kind, t.task_type AS name,
                       a.outcome AS outcome,
                       CASE WHEN a.finished_at < a.started_at THEN 0
                            ELSE a.finished_at - a.started_at END AS d
                  FROM attempts a JOIN tasks t ON t.seq = a.seq
                 WHERE t.task_type NOT LIKE 'aaos-e2e-%'
                UNION ALL
                SELECT 'wait', t.task_type, '',
                       CASE WHEN a.started_at < t.created_at THEN 0
                            ELSE a.started_at - t.created_at END
                  FROM attempts a JOIN tasks t ON t.seq = a.seq
                 WHERE a.attempt = 1 AND a.started_at IS NOT NULL
                   AND t.task_type NOT LIKE 'aaos-e2e-%'
                UNION ALL
                SELECT 'tick', k.status, '',
                       CASE WHEN k.finished_at < k.started_at THEN 0
                            ELSE k.finished_at - k.started_at END
                  FROM tick_ledger k WHERE k.finished_at IS NOT NULL
                UNION ALL
                SELECT 'call', c.endpoint, coalesce(c.class, c.state),
                       CASE WHEN c.elapsed < 0 THEN 0 ELSE c.elapsed END
                  FROM llm_calls c WHERE c.finished_at IS NOT NULL
                UNION ALL
                SELECT 'fallback', c.endpoint, '', CAST(NULL AS bigint)
                  FROM llm_calls c
                 WHERE c.finished_at IS NOT NULL
                   AND c.fallback_from IS NOT NULL) x
       ) y
 GROUP BY kind, name, outcome, bucket
UNION ALL
SELECT 'task', task_type, '', -1, count(*), 0 FROM tasks
 WHERE task_type NOT LIKE 'aaos-e2e-%' GROUP BY task_type
UNION ALL
SELECT 'tried', '', '', -1, CAST(coalesce(sum(attempted), 0) AS bigint), 0
  FROM tick_ledger WHERE finished_at IS NOT NULL
UNION ALL
SELECT 'succeeded', '', '', -1, CAST(coalesce(sum(succeeded), 0) AS bigint), 0
  FROM tick_ledger WHERE finished_at IS NOT NULL;

-- name: metrics_kept
SELECT key, value FROM meta WHERE key LIKE 'total:%' ORDER BY key;

-- name: metrics_keep
-- Add $2 to what was pruned before.
INSERT INTO meta (key, value) VALUES ($1, CAST(CAST($2 AS bigint) AS text))
    ON CONFLICT (key) DO UPDATE
   SET value = CAST(CAST(meta.value AS bigint) +
                    CAST(excluded.value AS bigint) AS text);

-- name: metrics_tasks
SELECT task_type, status, count(*),
       min(CASE WHEN status = 'pending' THEN created_at END)
  FROM tasks WHERE task_type NOT LIKE 'aaos-e2e-%'
 GROUP BY task_type, status ORDER BY task_type, status;

-- name: metrics_agents
SELECT status, count(*), CAST(sum(jobs) AS bigint),
       CAST(sum(running) AS bigint), min(heartbeat_at)
  FROM agents WHERE status <> 'gone' GROUP BY status ORDER BY status;

-- name: metrics_actions
-- With the instant since when the one that waits longest is due.
SELECT action_type, status, count(*),
       min(CASE WHEN finished_at IS NULL AND
                     run_at <= (SELECT aaos_now()) THEN run_at END)
  FROM actions GROUP BY action_type, status ORDER BY action_type, status;

-- name: metrics_budgets
-- $1 the day: those that count now.  Not of single tasks and workflows:
-- their ids are not for labels.
SELECT scope, name, period, spent, reserved FROM budgets
 WHERE scope <> 'task' AND scope <> 'workflow'
   AND (period = $1 OR period = 'all')
 ORDER BY scope, name, period;

-- name: metrics_costs
-- What calls to models cost; the sums outlive the calls.
SELECT endpoint, model, CAST(sum(calls) AS bigint),
       CAST(sum(failed) AS bigint), CAST(sum(unpriced) AS bigint),
       CAST(sum(tokens_in - tokens_cached) AS bigint),
       CAST(sum(tokens_cached) AS bigint), CAST(sum(tokens_out) AS bigint),
       CAST(sum(cost) AS bigint)
  FROM llm_costs GROUP BY endpoint, model ORDER BY endpoint, model;

-- name: metrics_circuits
SELECT key, state FROM llm_states WHERE key LIKE 'e:%' ORDER BY key;

-- name: metrics_state
SELECT aaos_now(), f.paused_in, f.paused_out, f.killed, f.proof_mode,
       f.paused_types,
       (SELECT count(*) FROM tasks
         WHERE status = 'running' AND
               lease_until < (SELECT aaos_lease_now())),
       (SELECT count(*) FROM tasks
         WHERE (status = 'scheduled' OR status = 'retry') AND
               run_at < (SELECT aaos_now()) - 60000000),
       (SELECT CAST(value AS bigint) FROM meta WHERE key = 'audit_seq'),
       l.term, l.expires_at - aaos_lease_now(),
       (SELECT max(finished_at) FROM tick_ledger
         WHERE id > (SELECT coalesce(max(id), 0) - 100 FROM tick_ledger)),
       (SELECT max(version) FROM schema_migrations)
  FROM (SELECT 1 AS id) one
  LEFT JOIN control_flags f ON f.id = one.id
  LEFT JOIN leases l ON l.name = 'dispatcher';

-- name: prune_ticks_pick
-- $1 age, $2 limit
SELECT k.id, k.status, k.finished_at - k.started_at, k.attempted, k.succeeded
  FROM tick_ledger k
 WHERE k.started_at < (SELECT aaos_now()) - CAST($1 AS bigint)
   AND k.finished_at IS NOT NULL
   AND k.id < (SELECT max(id) FROM tick_ledger)
 ORDER BY k.started_at LIMIT $2;
