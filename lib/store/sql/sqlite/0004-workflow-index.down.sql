DROP INDEX tasks_workflow;
CREATE INDEX tasks_workflow ON tasks (workflow_id, seq)
    WHERE workflow_id IS NOT NULL;
