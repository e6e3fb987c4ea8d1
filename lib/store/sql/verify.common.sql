-- What must hold, as queries that list what does not: an id, then what is
-- wrong with it.  In brackets the number of the invariant in the list that
-- they were taken from.  $1 is the instant before which something should
-- have happened by now; no clock is read here, because the snapshot may be
-- older than the moment.  Each runs along an index or the table itself, so
-- that a million tasks need no more memory than ten.
--
-- Instants of two transactions that ran at the same time are in no order:
-- each took its own at its start, before it waited.  Where two are compared,
-- ten seconds do not count.

-- name: verify_clocks
SELECT aaos_now(), aaos_lease_now();

-- name: verify_begin
-- The first read, which takes the snapshot.
SELECT count(*) FROM schema_migrations;

-- ----------------------------------------------------------------- tasks

-- name: verify_state_known
-- [T1]
SELECT task_id, 'status ''' || coalesce(status, 'NULL') || ''''
  FROM tasks
 WHERE coalesce(status, '') NOT IN
       ('held', 'blocked', 'scheduled', 'pending', 'running', 'retry',
        'completed', 'dead', 'cancelled');

-- name: verify_running_held
-- [T2]
SELECT task_id,
       CASE WHEN agent_id IS NULL THEN 'running without an agent'
            WHEN lease_until IS NULL THEN 'running without a lease'
            WHEN started_at IS NULL THEN 'running since never'
            ELSE 'running as attempt ' || attempt END
  FROM tasks
 WHERE status = 'running'
   AND (agent_id IS NULL OR lease_until IS NULL OR started_at IS NULL
        OR attempt < 1);

-- name: verify_others_free
-- [T3]
SELECT task_id, status || ', but held by ' || coalesce(agent_id, 'a lease')
  FROM tasks
 WHERE status <> 'running'
   AND (agent_id IS NOT NULL OR lease_until IS NOT NULL);

-- name: verify_final_ended
-- [T4]
SELECT task_id,
       status || CASE WHEN finished_at IS NULL THEN ' without an end'
                      ELSE ', but has an end' END
  FROM tasks
 WHERE CASE WHEN status IN ('completed', 'dead', 'cancelled') THEN 1
            ELSE 0 END <>
       CASE WHEN finished_at IS NULL THEN 0 ELSE 1 END;

-- name: verify_counters
-- [T5]
SELECT task_id,
       'attempt ' || attempt || ', failures ' || failures || ' of ' ||
       max_attempts || ', losses ' || losses || ' of ' || max_losses ||
       ', priority ' || priority
  FROM tasks
 WHERE attempt < 0 OR failures < 0 OR losses < 0 OR failures > max_attempts
    OR losses > max_losses OR priority < 0 OR priority > 10;

-- name: verify_due_known
SELECT task_id, status || ' without a time'
  FROM tasks
 WHERE (status = 'scheduled' OR status = 'retry') AND run_at IS NULL;

-- name: verify_times
SELECT task_id,
       CASE WHEN finished_at < created_at - 10000000
            THEN 'ended before it was made'
            WHEN started_at < created_at - 10000000
            THEN 'started before it was made'
            ELSE 'ended before it started' END
  FROM tasks
 WHERE finished_at < created_at - 10000000
    OR started_at < created_at - 10000000
    OR finished_at < started_at - 10000000;

-- name: verify_body
SELECT t.task_id, 'has no body'
  FROM tasks t LEFT JOIN task_bodies b ON b.seq = t.seq
 WHERE b.seq IS NULL
 UNION ALL
SELECT 'seq ' || b.seq, 'a body without a task'
  FROM task_bodies b LEFT JOIN tasks t ON t.seq = b.seq
 WHERE t.seq IS NULL;

-- name: verify_id_unique
-- [A6]
SELECT task_id, count(*) || ' tasks have this id'
  FROM tasks GROUP BY task_id HAVING count(*) > 1;

-- -------------------------------------------------------------- attempts

-- name: verify_attempts_gapless
-- [A1]
SELECT task_id,
       'attempt ' || attempt || ' (' || status || '), recorded: ' || n ||
       ' up to number ' || top
  FROM (SELECT t.task_id, t.attempt, t.status,
               t.attempt - CASE t.status WHEN 'running' THEN 1 ELSE 0 END
                   AS want,
               (SELECT count(*) FROM attempts a WHERE a.seq = t.seq) AS n,
               (SELECT coalesce(max(a.attempt), 0) FROM attempts a
                 WHERE a.seq = t.seq) AS top
          FROM tasks t) counted
 WHERE n <> want OR top <> want;

-- name: verify_attempt_owned
-- [A2]
SELECT 'seq ' || a.seq, 'attempt ' || a.attempt || ' of no task'
  FROM attempts a LEFT JOIN tasks t ON t.seq = a.seq
 WHERE t.seq IS NULL
 UNION ALL
SELECT 'seq ' || d.child_seq, 'dependencies of no task'
  FROM task_dependencies d LEFT JOIN tasks t ON t.seq = d.child_seq
 WHERE t.seq IS NULL;

-- name: verify_completed_once
-- [A3] After a completion only an operator makes another attempt.
SELECT t.task_id,
       'attempt ' || b.attempt || ' was made after attempt ' || a.attempt ||
       ' had completed'
  FROM attempts a
  JOIN tasks t ON t.seq = a.seq
  JOIN attempts b ON b.seq = a.seq AND b.attempt = a.attempt + 1
 WHERE a.outcome = 'completed'
   AND NOT EXISTS (SELECT 1 FROM audit_logs g
                    WHERE g.verb = 'requeue'
                      AND g.ts >= a.finished_at - 10000000
                      AND g.ts <= b.claimed_at + 10000000)
 UNION ALL
SELECT t.task_id,
       'runs as attempt ' || t.attempt || ' after attempt ' || a.attempt ||
       ' had completed'
  FROM tasks t
  JOIN attempts a ON a.seq = t.seq AND a.attempt = t.attempt - 1
 WHERE t.status = 'running' AND a.outcome = 'completed'
   AND NOT EXISTS (SELECT 1 FROM audit_logs g
                    WHERE g.verb = 'requeue'
                      AND g.ts >= a.finished_at - 10000000
                      AND g.ts <= t.started_at + 10000000);

-- name: verify_completed_by_attempt
-- [A4]
SELECT t.task_id,
       'completed, but its attempt ' || t.attempt || ' is recorded as ' ||
       CASE WHEN a.outcome = 'completed' THEN 'ended at another time'
            ELSE coalesce(a.outcome, 'nothing') END
  FROM tasks t
  LEFT JOIN attempts a ON a.seq = t.seq AND a.attempt = t.attempt
 WHERE t.status = 'completed'
   AND (a.outcome IS NULL OR a.outcome <> 'completed'
        OR a.finished_at <> t.finished_at);

-- name: verify_completion_kept
-- [A4] The other way round.
SELECT t.task_id,
       t.status || ', but its attempt ' || a.attempt || ' has completed'
  FROM attempts a
  JOIN tasks t ON t.seq = a.seq AND t.attempt = a.attempt
 WHERE a.outcome = 'completed' AND t.status <> 'completed'
   AND NOT EXISTS (SELECT 1 FROM audit_logs g
                    WHERE g.verb = 'requeue'
                      AND g.ts >= a.finished_at - 10000000);

-- name: verify_attempts_apart
-- [A5]
SELECT t.task_id,
       'attempt ' || b.attempt || ' was claimed ' ||
       (a.finished_at - b.claimed_at) || ' us before attempt ' || a.attempt ||
       ' had ended'
  FROM attempts a
  JOIN attempts b ON b.seq = a.seq AND b.attempt = a.attempt + 1
  JOIN tasks t ON t.seq = a.seq
 WHERE a.finished_at > b.claimed_at + 10000000
 UNION ALL
SELECT t.task_id,
       'attempt ' || t.attempt || ' was claimed ' ||
       (a.finished_at - t.started_at) || ' us before attempt ' || a.attempt ||
       ' had ended'
  FROM tasks t
  JOIN attempts a ON a.seq = t.seq AND a.attempt = t.attempt - 1
 WHERE t.status = 'running' AND a.finished_at > t.started_at + 10000000
 UNION ALL
SELECT t.task_id, 'attempt ' || a.attempt || ' ended before its claim'
  FROM attempts a JOIN tasks t ON t.seq = a.seq
 WHERE a.claimed_at > a.finished_at;

-- name: verify_failures_recorded
SELECT task_id,
       'failures ' || failures || ', recorded: ' || failed || '; losses ' ||
       losses || ', recorded: ' || lost
  FROM (SELECT t.task_id, t.failures, t.losses,
               (SELECT count(*) FROM attempts a
                 WHERE a.seq = t.seq AND
                       (a.outcome = 'failed' OR a.outcome = 'timed_out'))
                   AS failed,
               (SELECT count(*) FROM attempts a
                 WHERE a.seq = t.seq AND a.outcome = 'lost') AS lost
          FROM tasks t
         WHERE t.failures > 0 OR t.losses > 0) counted
 WHERE failures > failed OR losses > lost;

-- -------------------------------------------------------------- liveness

-- name: verify_lease_live
-- [L1] $1 lease clock
SELECT task_id,
       'attempt ' || attempt || ': the lease of ' ||
       coalesce(agent_id, 'nobody') || ' is over, and nobody takes it away'
  FROM tasks
 WHERE status = 'running' AND lease_until < CAST($1 AS bigint);

-- name: verify_agent_live
-- [L2] $1 instant
SELECT t.task_id,
       'attempt ' || t.attempt || ': ' ||
       CASE WHEN g.agent_id IS NULL THEN 'there is no agent '
            WHEN g.status = 'gone' THEN 'gone is agent '
            ELSE 'silent is agent ' END || coalesce(t.agent_id, 'NULL')
  FROM tasks t LEFT JOIN agents g ON g.agent_id = t.agent_id
 WHERE t.status = 'running'
   AND (g.agent_id IS NULL OR g.status = 'gone'
        OR g.heartbeat_at < CAST($1 AS bigint));

-- name: verify_due_promoted
-- $1 instant.  A tick that came later and went well should have done it.
SELECT t.task_id, t.status || ', due, but left so by a tick'
  FROM tasks t
 WHERE (t.status = 'scheduled' OR t.status = 'retry')
   AND t.run_at < CAST($1 AS bigint)
   AND EXISTS (SELECT 1 FROM tick_ledger k
                WHERE k.started_at > t.run_at + 1000000
                  AND k.started_at < CAST($1 AS bigint)
                  AND (k.status = 'SUCCESS' OR k.status = 'PARTIAL'));

-- ------------------------------------------------------------------ keys

-- name: verify_key_names_task
-- [I1]
SELECT t.task_id,
       'is named by the key ''' || k.key || ''', but has ' ||
       CASE WHEN b.idempotency_key IS NULL THEN 'none'
            WHEN b.idempotency_key <> k.key
            THEN '''' || b.idempotency_key || ''''
            ELSE 'another digest' END
  FROM idempotency_keys k
  JOIN tasks t ON t.task_id = k.task_id
  JOIN task_bodies b ON b.seq = t.seq
 WHERE b.idempotency_key IS NULL OR b.idempotency_key <> k.key
    OR b.digest IS NULL OR b.digest <> k.digest;

-- name: verify_task_has_key
-- [I2]
SELECT t.task_id,
       'its key ''' || b.idempotency_key || ''' ' ||
       CASE WHEN k.key IS NULL THEN 'is not known'
            ELSE 'names ' || k.task_id END
  FROM task_bodies b
  JOIN tasks t ON t.seq = b.seq
  LEFT JOIN idempotency_keys k ON k.key = b.idempotency_key
 WHERE b.idempotency_key IS NOT NULL
   AND (k.key IS NULL OR k.task_id <> t.task_id);

-- ------------------------------------------------------------- the ended

-- name: verify_dead_reason
-- [D1]
SELECT task_id, status || ' without a reason'
  FROM tasks
 WHERE (status = 'dead' OR status = 'cancelled')
   AND (reason IS NULL OR reason = '');

-- name: verify_exhausted
-- [D2]
SELECT task_id,
       status || ' with failures ' || failures || ' of ' || max_attempts ||
       ', losses ' || losses || ' of ' || max_losses
  FROM tasks
 WHERE status IN ('held', 'blocked', 'scheduled', 'pending', 'running',
                  'retry')
   AND (failures >= max_attempts OR losses >= max_losses);

-- ---------------------------------------------------------- dependencies

-- name: verify_parents_first
SELECT t.task_id,
       t.status || ', but waits for ' || min(d.parent_id)
  FROM task_dependencies d
  JOIN tasks t ON t.seq = d.child_seq
 WHERE d.state = 'open'
   AND t.status IN ('scheduled', 'pending', 'running', 'retry', 'completed')
 GROUP BY t.task_id, t.status;

-- name: verify_blocked_waits
SELECT t.task_id, 'blocked, but waits for nobody'
  FROM tasks t
 WHERE t.status = 'blocked'
   AND NOT EXISTS (SELECT 1 FROM task_dependencies d
                     JOIN tasks p ON p.seq = d.parent_seq
                    WHERE d.child_seq = t.seq AND d.state = 'open'
                      AND p.finished_at IS NULL);

-- name: verify_workflow_known
SELECT t.task_id, 'in the workflow ' || t.workflow_id || ', which is not there'
  FROM tasks t LEFT JOIN workflows w ON w.workflow_id = t.workflow_id
 WHERE t.workflow_id IS NOT NULL AND w.workflow_id IS NULL;

-- --------------------------------------------------------------- actions

-- name: verify_action_after_end
-- [O1] An action leaves when an attempt has ended, or the task.
SELECT a.action_id, a.action_type || ' of the task ' || t.task_id ||
       ', of which nothing has ended'
  FROM actions a
  JOIN tasks t ON t.task_id = a.task_id
 WHERE t.finished_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM attempts r WHERE r.seq = t.seq)
   AND NOT EXISTS (SELECT 1 FROM audit_logs g
                    WHERE g.verb = 'requeue'
                      AND g.ts >= a.created_at - 10000000);

-- name: verify_webhook_told
-- [O1] $1 what ended before it may have been pruned.
SELECT t.task_id, t.status || ', but there is no action for its webhook'
  FROM task_bodies b
  JOIN tasks t ON t.seq = b.seq
 WHERE b.webhook IS NOT NULL AND t.finished_at IS NOT NULL
   AND t.finished_at > CAST($1 AS bigint)
   AND NOT EXISTS (SELECT 1 FROM actions a
                    WHERE a.action_type = 'webhook'
                      AND a.task_id = t.task_id);

-- name: verify_action_ended
-- [O2]
SELECT action_id,
       action_type || ' ' || coalesce(status, 'NULL') || ', tries ' ||
       attempts ||
       CASE WHEN finished_at IS NULL THEN ', no end' ELSE ', ended' END ||
       CASE WHEN lease_until IS NULL THEN ', no lease' ELSE ', leased' END
  FROM actions
 WHERE coalesce(status, '') NOT IN
       ('pending', 'running', 'retry', 'completed', 'dead', 'cancelled')
    OR CASE WHEN status IN ('completed', 'dead', 'cancelled') THEN 1
            ELSE 0 END <> CASE WHEN finished_at IS NULL THEN 0 ELSE 1 END
    OR (status = 'completed' AND attempts < 1)
    OR (status = 'retry' AND attempts < 1)
    OR CASE WHEN status = 'running' THEN 1 ELSE 0 END <>
       CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END;

-- name: verify_action_leaves
-- [O3] $1 instant: nobody has ticked since it was due.
SELECT a.action_id, a.action_type || ' is due, and no tick comes'
  FROM actions a
 WHERE a.finished_at IS NULL AND a.run_at < CAST($1 AS bigint)
   AND NOT EXISTS (SELECT 1 FROM tick_ledger k
                    WHERE k.started_at > a.run_at)
   AND NOT EXISTS (SELECT 1 FROM control_flags f
                    WHERE f.killed = 1 OR f.paused_out = 1);

-- name: verify_action_tries
-- [O4] $1 the most there can be
SELECT action_id, action_type || ' ' || status || ' after ' || attempts ||
       ' tries'
  FROM actions
 WHERE finished_at IS NULL AND attempts >= CAST($1 AS bigint);

-- ----------------------------------------------------------------- audit

-- name: verify_audit_links
-- [H1]
SELECT 'row ' || a.seq, 'does not follow from row ' || p.seq
  FROM audit_logs a JOIN audit_logs p ON p.seq = a.seq - 1
 WHERE a.prev_hash <> p.hash;

-- name: verify_audit_gapless
-- [H2]
SELECT 'rows 1 to ' || top, 'only ' || n || ' are there'
  FROM (SELECT count(*) AS n, coalesce(max(seq), 0) AS top
          FROM audit_logs) counted
 WHERE n <> top;

-- name: verify_audit_head
-- [H3]
SELECT 'head',
       'is row ' || coalesce(s.value, 'NULL') || ', the last one is ' || top
  FROM (SELECT coalesce(max(seq), 0) AS top FROM audit_logs) last
  LEFT JOIN meta s ON s.key = 'audit_seq'
  LEFT JOIN meta h ON h.key = 'audit_hash'
  LEFT JOIN audit_logs a ON a.seq = top
 WHERE (top > 0 AND s.value IS NULL)
    OR (s.value IS NOT NULL AND s.value <> CAST(top AS text))
    OR (top > 0 AND coalesce(h.value, '') <> a.hash);

-- ------------------------------------------------------------- artifacts

-- name: verify_artifact_named
-- [F1]
SELECT coalesce(l.task_id, l.action_id),
       'log ' || l.id || ': artifact ''' || l.artifact_ref ||
       ''', sha256 ''' || coalesce(l.artifact_sha256, 'NULL') || ''''
  FROM execution_logs l
 WHERE l.artifact_ref IS NOT NULL
   AND (l.artifact_ref NOT LIKE 'artifacts/_%'
        OR '/' || l.artifact_ref || '/' LIKE '%/../%'
        OR length(coalesce(l.artifact_sha256, '')) <> 64)
 UNION ALL
SELECT t.task_id,
       'attempt ' || a.attempt || ': result ''' ||
       coalesce(a.result_artifact, 'in its row') || ''', sha256 ''' ||
       coalesce(a.result_sha256, 'NULL') || ''''
  FROM attempts a JOIN tasks t ON t.seq = a.seq
 WHERE (a.result_artifact IS NOT NULL
        AND (a.result_artifact NOT LIKE 'artifacts/_%'
             OR '/' || a.result_artifact || '/' LIKE '%/../%'))
    OR (a.result_sha256 IS NOT NULL AND length(a.result_sha256) <> 64)
    OR (a.result IS NOT NULL AND a.result_sha256 IS NULL)
    OR a.result_size < 0;

-- name: verify_log_owned
-- [F2]
SELECT coalesce(l.task_id, 'log ' || l.id),
       'log ' || l.id || ': ' ||
       CASE WHEN t.task_id IS NULL THEN 'there is no such task'
            ELSE 'of attempt ' || l.attempt || ', the task has ' ||
                 t.attempt END
  FROM execution_logs l LEFT JOIN tasks t ON t.task_id = l.task_id
 WHERE l.action_id IS NULL
   AND (t.task_id IS NULL OR l.attempt > t.attempt);

-- name: verify_correlated
SELECT t.task_id,
       'log ' || l.id || ' has the correlation id ''' || l.correlation_id ||
       ''', the task ''' || b.correlation_id || ''''
  FROM execution_logs l
  JOIN tasks t ON t.task_id = l.task_id
  JOIN task_bodies b ON b.seq = t.seq
 WHERE l.correlation_id <> b.correlation_id
 UNION ALL
SELECT t.task_id,
       'action ' || a.action_id || ' has the correlation id ''' ||
       a.correlation_id || ''', the task ''' || b.correlation_id || ''''
  FROM actions a
  JOIN tasks t ON t.task_id = a.task_id
  JOIN task_bodies b ON b.seq = t.seq
 WHERE a.correlation_id <> b.correlation_id;

-- ----------------------------------------------------------------- ticks

-- name: verify_tick_closed
-- [K1] Only the last one may be under way.
SELECT 'tick ' || k.id, 'was never closed'
  FROM tick_ledger k
 WHERE (k.finished_at IS NULL OR k.status IS NULL)
   AND k.id < (SELECT max(id) FROM tick_ledger);

-- name: verify_tick_whole
-- [K2]
SELECT 'tick ' || id,
       coalesce(status, 'NULL') || ', ' || succeeded || ' of ' || attempted ||
       ' actions, took ' || (finished_at - started_at) || ' us'
  FROM tick_ledger
 WHERE finished_at IS NOT NULL
   AND (coalesce(status, '') NOT IN ('SUCCESS', 'PARTIAL', 'FAIL', 'PAUSED')
        OR succeeded > attempted OR succeeded < 0);

-- name: verify_tick_terms
-- [K3]
SELECT 'tick ' || id, 'term ' || term || ' after term ' || before
  FROM (SELECT id, term, lag(term) OVER (ORDER BY id) AS before
          FROM tick_ledger) terms
 WHERE term < before;

-- name: verify_tick_apart
-- [K4]
SELECT 'tick ' || id, 'started before the one before it had ended'
  FROM (SELECT id, started_at, lag(finished_at) OVER (ORDER BY id) AS before
          FROM tick_ledger) ticks
 WHERE started_at < before;

-- name: verify_lease_term
-- [G1]
SELECT l.name, 'term ' || l.term || ', but ticks have ' || k.top
  FROM leases l, (SELECT max(term) AS top FROM tick_ledger) k
 WHERE l.name = 'dispatcher' AND l.term < k.top;

-- name: verify_flags
SELECT 'control_flags', n || ' rows of switches, not 1'
  FROM (SELECT count(*) AS n FROM control_flags) counted
 WHERE n <> 1;

-- name: verify_identity
SELECT 'meta', 'has no db_uuid: nothing names this database'
  FROM (SELECT count(*) AS n FROM meta
         WHERE key = 'db_uuid' AND length(value) = 36) counted
 WHERE n <> 1;

-- name: verify_agent_once
-- [G2]
SELECT a.agent_id,
       'and ' || b.agent_id || ' are one process: ' || a.hostname || ' pid ' ||
       a.pid
  FROM agents a
  JOIN agents b ON b.agent_id > a.agent_id AND b.pid = a.pid
       AND b.pid_start = a.pid_start AND b.boot_id = a.boot_id
       AND b.machine_id = a.machine_id AND b.status <> 'gone'
 WHERE a.status <> 'gone';

-- ----------------------------------------------------------------- queue

-- name: verify_last_seq
SELECT coalesce(max(seq), 0) FROM tasks;

-- name: verify_served
-- Has there ever been a tick that built the index?
SELECT CASE WHEN EXISTS (SELECT 1 FROM tick_ledger
                          WHERE status = 'SUCCESS' OR status = 'PARTIAL')
            THEN 1 ELSE 0 END;

-- ------------------------------------------------------------- artifacts

-- name: verify_log_artifacts
-- 1 behind this id, 2 limit.  Where the agent is known: its host and lock.
SELECT l.id, coalesce(l.task_id, l.action_id), l.artifact_ref,
       l.artifact_sha256, l.ts, g.machine_id, g.lock_path
  FROM execution_logs l
  LEFT JOIN tasks t ON t.task_id = l.task_id
  LEFT JOIN attempts a ON a.seq = t.seq AND a.attempt = l.attempt
  LEFT JOIN agents g ON g.agent_id = coalesce(a.agent_id, t.agent_id)
 WHERE l.id > $1 AND l.artifact_ref IS NOT NULL
 ORDER BY l.id LIMIT $2;

-- name: verify_results
-- 1 behind this seq, 2 and this attempt, 3 limit.  Long results come one by
-- one, so that a page of them stays small.
SELECT a.seq, a.attempt, t.task_id,
       CASE WHEN length(a.result) <= 4096 THEN a.result END,
       length(a.result), a.result_size,
       a.result_artifact, a.result_sha256, a.finished_at, g.machine_id,
       g.lock_path
  FROM attempts a
  JOIN tasks t ON t.seq = a.seq
  LEFT JOIN agents g ON g.agent_id = a.agent_id
 WHERE (a.seq > $1 OR (a.seq = $1 AND a.attempt > CAST($2 AS bigint)))
   AND a.result_sha256 IS NOT NULL
 ORDER BY a.seq, a.attempt LIMIT $3;

-- name: verify_result
-- 1 seq, 2 attempt
SELECT result FROM attempts WHERE seq = $1 AND attempt = $2;

-- name: verify_folder
-- $1 task_id: which attempt it has come to
SELECT attempt FROM tasks WHERE task_id = $1;

-- ------------------------------------------------------------------ logs

-- name: verify_correlation
-- $1 task_id
SELECT b.correlation_id
  FROM tasks t JOIN task_bodies b ON b.seq = t.seq
 WHERE t.task_id = $1;

-- ------------------------------------------------------------------- e2e
-- $1 is the type of a run's tasks, which is also the name of its agents.

-- name: verify_e2e_tasks
-- 1 type, 2 behind this seq, 3 correlation_id
SELECT t.task_id, t.status, t.reason, t.attempt,
       (SELECT count(*) FROM attempts n WHERE n.seq = t.seq),
       t.created_at, a.claimed_at, a.started_at, a.finished_at, a.agent_id,
       a.result
  FROM tasks t
  JOIN task_bodies b ON b.seq = t.seq
  LEFT JOIN attempts a ON a.seq = t.seq AND a.attempt = t.attempt
 WHERE t.seq > $2 AND t.task_type = $1 AND b.correlation_id = $3
 ORDER BY t.seq;

-- name: verify_e2e_outcomes
-- 1 task_id
SELECT a.outcome
  FROM attempts a JOIN tasks t ON t.seq = a.seq
 WHERE t.task_id = $1 ORDER BY a.attempt;

-- name: verify_e2e_logged
-- 1 task_id, 2 correlation_id: lines of its handler
SELECT count(*) FROM execution_logs
 WHERE task_id = $1 AND correlation_id = $2;

-- name: verify_e2e_registered
SELECT count(*), count(*) FILTER (WHERE g.status <> 'gone'),
       (SELECT count(*) FROM agent_communications m
         WHERE m.message_type = 'register'
           AND m.from_agent IN (SELECT x.agent_id FROM agents x
                                 WHERE x.name = $1))
  FROM agents g WHERE g.name = $1;

-- name: verify_e2e_old
-- 1 instant: what a run has left that was killed before it.
SELECT DISTINCT task_type FROM tasks
 WHERE task_type LIKE 'aaos-e2e-%'
   AND created_at < CAST($1 AS bigint)
 UNION
SELECT DISTINCT name FROM agents
 WHERE name LIKE 'aaos-e2e-%'
   AND registered_at < CAST($1 AS bigint);

-- name: verify_e2e_drop_logs
DELETE FROM execution_logs
 WHERE task_id IN (SELECT task_id FROM tasks WHERE task_type = $1);

-- name: verify_e2e_drop_reasoning
DELETE FROM reasoning_chains
 WHERE task_id IN (SELECT task_id FROM tasks WHERE task_type = $1);

-- name: verify_e2e_drop_keys
DELETE FROM idempotency_keys
 WHERE task_id IN (SELECT task_id FROM tasks WHERE task_type = $1);

-- name: verify_e2e_drop_actions
DELETE FROM actions
 WHERE task_id IN (SELECT task_id FROM tasks WHERE task_type = $1);

-- name: verify_e2e_drop_messages
DELETE FROM agent_communications
 WHERE task_id IN (SELECT task_id FROM tasks WHERE task_type = $1)
    OR from_agent IN (SELECT agent_id FROM agents WHERE name = $1)
    OR to_agent IN (SELECT agent_id FROM agents WHERE name = $1);

-- name: verify_e2e_drop_snapshots
DELETE FROM consciousness_snapshots
 WHERE agent_id IN (SELECT agent_id FROM agents WHERE name = $1);

-- name: verify_e2e_drop_tasks
DELETE FROM tasks WHERE task_type = $1;

-- name: verify_e2e_drop_agents
DELETE FROM agents WHERE name = $1;

-- name: verify_e2e_left
-- What is left of it, a row a table.
SELECT 'tasks', count(*) FROM tasks WHERE task_type = $1
 UNION ALL
SELECT 'agents', count(*) FROM agents WHERE name = $1
 UNION ALL
SELECT 'task_bodies', count(*) FROM task_bodies b
 WHERE b.correlation_id LIKE CAST($1 AS text) || '.%'
 UNION ALL
SELECT 'execution_logs', count(*) FROM execution_logs l
 WHERE l.correlation_id LIKE CAST($1 AS text) || '.%'
 UNION ALL
SELECT 'agent_communications', count(*) FROM agent_communications m
 WHERE m.correlation_id LIKE CAST($1 AS text) || '.%'
 UNION ALL
SELECT 'attempts', count(*) FROM attempts a LEFT JOIN tasks t ON t.seq = a.seq
 WHERE t.seq IS NULL;

-- ------------------------------------------------------------------ gate

-- name: verify_gate_ended
-- $1 since: tasks that have ended
SELECT status, count(*) FROM tasks
 WHERE finished_at IS NOT NULL AND finished_at > CAST($1 AS bigint)
 GROUP BY status;

-- name: verify_gate_page
-- 1 from this end on, 2 and behind this seq, 3 and this attempt, 4 limit.
-- How long each attempt waited once it could have run (NULL: for other
-- tasks, too), and how long its handler took.
SELECT a.finished_at, a.seq, a.attempt, a.outcome,
       CASE WHEN EXISTS (SELECT 1 FROM task_dependencies d
                          WHERE d.child_seq = t.seq) THEN NULL
            ELSE a.claimed_at - CASE WHEN t.run_at > t.created_at
                                      AND t.run_at <= a.claimed_at
                                     THEN t.run_at ELSE t.created_at END END,
       a.finished_at - a.started_at, a.cost, t.attempt
  FROM attempts a JOIN tasks t ON t.seq = a.seq
 WHERE a.finished_at >= CAST($1 AS bigint)
   AND (a.finished_at > CAST($1 AS bigint) OR a.seq > CAST($2 AS bigint)
        OR (a.seq = CAST($2 AS bigint) AND a.attempt > CAST($3 AS bigint)))
 ORDER BY a.finished_at, a.seq, a.attempt LIMIT $4;

-- name: verify_gate_backlog
SELECT count(*),
       min(CASE WHEN run_at > created_at THEN run_at ELSE created_at END)
  FROM tasks WHERE status = 'pending';
