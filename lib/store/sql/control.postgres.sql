-- The operator's verbs and their audit, in the words of PostgreSQL.
-- $1 is a list of seqs (JSON).  Rows are read before they are judged; their
-- locks, taken in the order of seq, keep them as they are.

-- name: control_lock
SELECT seq, task_id, task_type, priority, status, sort_at, run_at,
       cancel_requested_at
  FROM tasks
 WHERE seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]))
 ORDER BY seq FOR UPDATE;

-- name: control_parents
SELECT p.seq FROM tasks p
 WHERE p.seq IN (
           SELECT parent_seq FROM task_dependencies
            WHERE child_seq =
                  ANY (CAST(translate($1, '[]', '{}') AS bigint[])))
 ORDER BY p.seq FOR SHARE;

-- name: control_reopen
-- A requeued task waits again for those of its parents that live, or that
-- are requeued with it; what became of the others is forgiven.
UPDATE task_dependencies
   SET state = CASE WHEN EXISTS (
           SELECT 1 FROM tasks p
            WHERE p.seq = parent_seq AND
                  (p.finished_at IS NULL OR
                   p.seq = ANY (
                       CAST(translate($1, '[]', '{}') AS bigint[]))))
           THEN 'open' ELSE 'satisfied' END
 WHERE state <> 'open' AND
       child_seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[]));

-- name: control_open
-- Those that wait for a parent, or that reconcile is to cancel because of
-- one that failed.
SELECT DISTINCT d.child_seq FROM task_dependencies d
 WHERE d.child_seq = ANY (CAST(translate($1, '[]', '{}') AS bigint[])) AND
       (d.state = 'open' OR
        (d.state = 'failed' AND EXISTS (
            SELECT 1 FROM task_bodies b
             WHERE b.seq = d.child_seq AND
                   coalesce(b.on_dependency_failure, 'cancel') = 'cancel')));

-- name: audit_head
SELECT value FROM meta
 WHERE key = 'audit_hash' OR key = 'audit_seq'
 ORDER BY key FOR UPDATE;
