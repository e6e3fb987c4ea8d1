-- The operator's verbs and their audit, in the words of SQLite.
-- $1 is a list of seqs (JSON).  Rows are read before they are judged; the
-- writer lock that BEGIN IMMEDIATE took keeps them as they are.

-- name: control_lock
SELECT seq, task_id, task_type, priority, status, sort_at, run_at,
       cancel_requested_at
  FROM tasks
 WHERE seq IN (SELECT value FROM json_each($1))
 ORDER BY seq;

-- name: control_parents
SELECT p.seq FROM tasks p
 WHERE p.seq IN (SELECT parent_seq FROM task_dependencies
                  WHERE child_seq IN (SELECT value FROM json_each($1)))
 ORDER BY p.seq;

-- name: control_reopen
-- A requeued task waits again for those of its parents that live, or that
-- are requeued with it; what became of the others is forgiven.
UPDATE task_dependencies
   SET state = CASE WHEN EXISTS (
           SELECT 1 FROM tasks p
            WHERE p.seq = parent_seq AND
                  (p.finished_at IS NULL OR
                   p.seq IN (SELECT value FROM json_each($1))))
           THEN 'open' ELSE 'satisfied' END
 WHERE state <> 'open' AND
       child_seq IN (SELECT value FROM json_each($1));

-- name: control_open
-- Those that wait for a parent, or that reconcile is to cancel because of
-- one that failed.
SELECT DISTINCT d.child_seq FROM task_dependencies d
 WHERE d.child_seq IN (SELECT value FROM json_each($1)) AND
       (d.state = 'open' OR
        (d.state = 'failed' AND EXISTS (
            SELECT 1 FROM task_bodies b
             WHERE b.seq = d.child_seq AND
                   coalesce(b.on_dependency_failure, 'cancel') = 'cancel')));

-- name: audit_head
SELECT value FROM meta
 WHERE key = 'audit_hash' OR key = 'audit_seq'
 ORDER BY key;
