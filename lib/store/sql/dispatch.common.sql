-- What the dispatcher and the operator's switches need, where both engines
-- understand the same words.  A lease counts in aaos_lease_now().

-- ----------------------------------------------------------------- flags

-- name: gate
-- What a transaction that submits or claims must know first.
SELECT aaos_now(), f.paused_in, f.paused_out, f.killed, f.paused_types
  FROM (SELECT 1 AS id) one LEFT JOIN control_flags f ON f.id = one.id;

-- name: flags_read
SELECT paused_in, paused_out, killed, proof_mode, paused_types, updated_at,
       updated_by, reason
  FROM control_flags WHERE id = 1;

-- name: flags_write
UPDATE control_flags
   SET paused_in = $1, paused_out = $2, killed = $3, proof_mode = $4,
       paused_types = $5, updated_by = $6, reason = $7,
       updated_at = aaos_now()
 WHERE id = 1;

-- ----------------------------------------------------------------- lease

-- name: lease_take
-- 1 name, 2 owner, 3 length, 4 a holder proved dead or NULL, 5 longest
-- lease there can be: one that ends later counts the clock of another boot.
INSERT INTO leases (name, owner, term, acquired_at, renewed_at, expires_at)
VALUES ($1, $2, 1, aaos_now(), aaos_now(),
        aaos_lease_now() + CAST($3 AS bigint))
    ON CONFLICT (name) DO UPDATE
   SET owner = excluded.owner,
       term = leases.term +
              CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END,
       acquired_at = CASE WHEN leases.owner = excluded.owner
                          THEN leases.acquired_at
                          ELSE excluded.acquired_at END,
       renewed_at = excluded.renewed_at, expires_at = excluded.expires_at
 WHERE leases.owner IS NULL OR leases.owner = excluded.owner
    OR leases.owner = CAST($4 AS text)
    OR leases.expires_at <= aaos_lease_now()
    OR leases.expires_at > aaos_lease_now() + CAST($5 AS bigint)
RETURNING owner, term, acquired_at, renewed_at,
          expires_at - aaos_lease_now(), aaos_now();

-- name: lease_read
SELECT owner, term, acquired_at, renewed_at, expires_at - aaos_lease_now(),
       aaos_now()
  FROM leases WHERE name = $1;

-- name: lease_renew
-- 1 name, 2 owner, 3 term, 4 length
UPDATE leases
   SET renewed_at = aaos_now(),
       expires_at = aaos_lease_now() + CAST($4 AS bigint)
 WHERE name = $1 AND owner = $2 AND term = $3
   AND expires_at > aaos_lease_now();

-- name: lease_release
UPDATE leases SET expires_at = aaos_lease_now()
 WHERE name = $1 AND owner = $2 AND term = $3;

-- ---------------------------------------------------------------- ledger

-- name: tick_abandoned
-- Who opened these is not the holder any more; of older ones all are closed.
UPDATE tick_ledger
   SET finished_at = aaos_now(), status = 'FAIL',
       notes = 'abandoned: the dispatcher died or lost its lease'
 WHERE finished_at IS NULL
   AND id > (SELECT coalesce(max(id), 0) - 100 FROM tick_ledger);

-- name: tick_open
-- 1 term, 2 owner
INSERT INTO tick_ledger (term, owner, started_at)
VALUES ($1, $2, aaos_now())
RETURNING id;

-- name: tick_mine
SELECT id FROM tick_ledger
 WHERE term = $1 AND finished_at IS NULL ORDER BY id DESC LIMIT 1;

-- name: tick_close
-- 1 id, 2 term, 3 status, 4 attempted, 5 succeeded, 6 notes
UPDATE tick_ledger
   SET finished_at = aaos_now(), status = $3, attempted = $4, succeeded = $5,
       notes = $6
 WHERE id = $1 AND term = $2;

-- name: read_ticks
-- 1 before this id, 2 limit
SELECT id, term, owner, started_at, finished_at, status, attempted,
       succeeded, notes
  FROM tick_ledger WHERE id < $1 ORDER BY id DESC LIMIT $2;

-- --------------------------------------------------------------- actions

-- name: action_insert
-- 1 action_id, 2 key, 3 type, 4 payload, 5 delay, 6 task_id,
-- 7 correlation_id.  No row changed: the key is taken.
INSERT INTO actions (action_id, idempotency_key, action_type, payload_json,
                     status, run_at, task_id, correlation_id, created_at,
                     updated_at)
VALUES ($1, $2, $3, $4, 'pending', aaos_now() + CAST($5 AS bigint), $6, $7,
        aaos_now(), aaos_now())
    ON CONFLICT (idempotency_key) DO NOTHING;

-- name: effect_log
-- What became of an action that a handler asked for: 1 seq of the task,
-- 2 attempt, 3 action_id, 4 message
INSERT INTO execution_logs (ts, task_id, attempt, action_id, correlation_id,
                            level, message)
SELECT aaos_now(), t.task_id, CAST($2 AS bigint), CAST($3 AS text),
       b.correlation_id, 'info', CAST($4 AS text)
  FROM tasks t JOIN task_bodies b ON b.seq = t.seq
 WHERE t.seq = $1;

-- name: action_keyed
SELECT action_id FROM actions WHERE idempotency_key = $1;

-- name: action_give_back
-- 1 seq, 2 term
UPDATE actions
   SET status = CASE WHEN attempts > 0 THEN 'retry' ELSE 'pending' END,
       lease_until = NULL, updated_at = aaos_now()
 WHERE seq = $1 AND term = $2 AND status = 'running';

-- name: action_end
-- 1 seq, 2 term, 3 status, 4 last_error, 5 retry in, 6 final (0 or 1)
UPDATE actions
   SET status = $3, attempts = attempts + 1, last_error = $4,
       run_at = CASE WHEN CAST($6 AS bigint) = 0
                     THEN aaos_now() + CAST($5 AS bigint) ELSE run_at END,
       finished_at = CASE WHEN CAST($6 AS bigint) = 0 THEN NULL
                          ELSE aaos_now() END,
       lease_until = NULL, updated_at = aaos_now()
 WHERE seq = $1 AND term = $2 AND status = 'running';

-- name: action_log
-- 1 seq, 2 level, 3 message, 4 artifact_ref, 5 artifact_sha256
INSERT INTO execution_logs (ts, task_id, action_id, correlation_id, level,
                            message, artifact_ref, artifact_sha256)
SELECT aaos_now(), task_id, action_id, correlation_id, CAST($2 AS text),
       CAST($3 AS text), CAST($4 AS text), CAST($5 AS text)
  FROM actions WHERE seq = $1;

-- name: action_cancel
UPDATE actions
   SET status = 'cancelled', finished_at = aaos_now(),
       updated_at = aaos_now()
 WHERE seq = $1;

-- name: action_requeue
UPDATE actions
   SET status = 'pending', attempts = 0, last_error = NULL,
       run_at = aaos_now(), finished_at = NULL, updated_at = aaos_now()
 WHERE seq = $1;

-- name: read_action_counts
SELECT count(*) FILTER (WHERE status = 'pending'),
       count(*) FILTER (WHERE status = 'retry'),
       count(*) FILTER (WHERE status = 'dead')
  FROM actions;

-- name: meta_set
INSERT INTO meta (key, value) VALUES ($1, $2)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: meta_get
SELECT value FROM meta WHERE key = $1;

-- name: meta_drop
DELETE FROM meta WHERE key = $1;

-- ---------------------------------------------------------------- upkeep

-- name: sampled
-- Has a tick left a sample within $1?
SELECT 1 FROM system_metrics
 WHERE ts > (SELECT aaos_now()) - CAST($1 AS bigint) AND source = 'tick'
 LIMIT 1;

-- name: sample_insert
-- 1 ts, 2 name, 3 value
INSERT INTO system_metrics (ts, source, name, value)
VALUES ($1, 'tick', $2, $3);

-- name: prune_due
-- $1 age, $2 age of keys: has any kind of row outlived it?
SELECT CASE WHEN (SELECT finished_at FROM tasks
                   WHERE finished_at IS NOT NULL
                   ORDER BY finished_at LIMIT 1) < n.cut
              OR (SELECT created_at FROM idempotency_keys
                   ORDER BY created_at LIMIT 1) < n.key_cut
              OR (SELECT finished_at FROM actions
                   WHERE finished_at IS NOT NULL
                   ORDER BY finished_at LIMIT 1) < n.cut
              OR (SELECT ts FROM execution_logs ORDER BY ts LIMIT 1) < n.cut
              OR (SELECT ts FROM system_metrics ORDER BY ts LIMIT 1) < n.cut
              OR (SELECT ts FROM agent_communications
                   ORDER BY ts LIMIT 1) < n.cut
              OR (SELECT started_at FROM tick_ledger
                   ORDER BY started_at LIMIT 1) < n.cut
              OR (SELECT ts FROM consciousness_snapshots
                   ORDER BY id LIMIT 1) < n.cut
              OR (SELECT min(gone_at) FROM agents) < n.cut
              OR (SELECT finished_at FROM llm_calls
                   WHERE finished_at IS NOT NULL
                   ORDER BY finished_at LIMIT 1) < n.cut
              OR (SELECT updated_at FROM llm_sessions
                   ORDER BY updated_at LIMIT 1) < n.cut
            THEN 1 ELSE 0 END
  FROM (SELECT aaos_now() - CAST($1 AS bigint) AS cut,
               aaos_now() - CAST($2 AS bigint) AS key_cut) n;

-- name: prune_keys
-- $1 age, $2 limit, of this and the next.  A key outlives its task.
DELETE FROM idempotency_keys
 WHERE key IN (SELECT k.key FROM idempotency_keys k
                WHERE k.created_at <
                      (SELECT aaos_now()) - CAST($1 AS bigint)
                  AND NOT EXISTS (SELECT 1 FROM tasks t
                                   WHERE t.task_id = k.task_id)
                ORDER BY k.created_at LIMIT $2);

-- name: prune_actions
DELETE FROM actions
 WHERE seq IN (SELECT a.seq FROM actions a
                WHERE a.finished_at IS NOT NULL
                  AND a.finished_at <
                      (SELECT aaos_now()) - CAST($1 AS bigint)
                  AND a.seq < (SELECT max(seq) FROM actions)
                ORDER BY a.finished_at LIMIT $2);

-- name: prune_logs
-- Those of tasks go with them; these are left over from actions.
DELETE FROM execution_logs
 WHERE id IN (SELECT l.id FROM execution_logs l
               WHERE l.ts < (SELECT aaos_now()) - CAST($1 AS bigint)
                 AND NOT EXISTS (SELECT 1 FROM tasks t
                                  WHERE t.task_id = l.task_id)
                 AND NOT EXISTS (SELECT 1 FROM actions a
                                  WHERE a.action_id = l.action_id)
                 AND l.id < (SELECT max(id) FROM execution_logs)
               ORDER BY l.ts LIMIT $2);

-- name: prune_metrics
DELETE FROM system_metrics
 WHERE id IN (SELECT m.id FROM system_metrics m
               WHERE m.ts < (SELECT aaos_now()) - CAST($1 AS bigint)
                 AND m.id < (SELECT max(id) FROM system_metrics)
               ORDER BY m.ts LIMIT $2);

-- name: prune_messages
DELETE FROM agent_communications
 WHERE id IN (SELECT m.id FROM agent_communications m
               WHERE m.ts < (SELECT aaos_now()) - CAST($1 AS bigint)
                 AND m.id < (SELECT max(id) FROM agent_communications)
               ORDER BY m.ts LIMIT $2);

-- name: prune_snapshots
-- Their numbers grow with time: the oldest are looked at.
DELETE FROM consciousness_snapshots
 WHERE id IN (SELECT o.id
                FROM (SELECT s.id, s.ts FROM consciousness_snapshots s
                       ORDER BY s.id LIMIT $2) o
               WHERE o.ts < (SELECT aaos_now()) - CAST($1 AS bigint)
                 AND o.id < (SELECT max(id) FROM consciousness_snapshots));

-- name: prune_agents
DELETE FROM agents
 WHERE agent_id IN (SELECT g.agent_id FROM agents g
                     WHERE g.status = 'gone'
                       AND g.gone_at <
                           (SELECT aaos_now()) - CAST($1 AS bigint)
                     LIMIT $2);
