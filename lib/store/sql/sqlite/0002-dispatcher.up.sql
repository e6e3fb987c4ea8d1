-- What the dispatcher looks for: actions that are due, webhooks apart,
-- because neither may hide the others; and what may be pruned.

DROP INDEX actions_due;
CREATE INDEX actions_webhooks ON actions (run_at, seq)
    WHERE finished_at IS NULL AND action_type = 'webhook';
CREATE INDEX actions_others ON actions (run_at, seq)
    WHERE finished_at IS NULL AND action_type <> 'webhook';
CREATE INDEX actions_finished ON actions (finished_at)
    WHERE finished_at IS NOT NULL;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
CREATE INDEX task_dependencies_closed ON task_dependencies (parent_seq)
    WHERE state <> 'open';
CREATE INDEX task_bodies_parent ON task_bodies (parent_id)
    WHERE parent_id IS NOT NULL;
