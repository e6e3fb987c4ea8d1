-- Where the tasks of a workflow are: in parts of 4,096 tasks, newest last.
-- An index that begins with the workflow has as many ends as there are
-- workflows, and each task that comes dirties another page of it.
DROP INDEX tasks_workflow;
CREATE INDEX tasks_workflow ON tasks ((seq >> 12), workflow_id, seq)
    WHERE workflow_id IS NOT NULL;
