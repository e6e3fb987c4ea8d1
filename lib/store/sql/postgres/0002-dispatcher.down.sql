DROP INDEX task_bodies_parent;
DROP INDEX task_dependencies_closed;
DROP INDEX idempotency_keys_created;
DROP INDEX actions_finished;
DROP INDEX actions_others;
DROP INDEX actions_webhooks;
CREATE INDEX actions_due ON actions (run_at, seq) WHERE finished_at IS NULL;
