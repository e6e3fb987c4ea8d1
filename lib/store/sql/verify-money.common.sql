-- What must hold of calls to models and of money, as in verify.common.sql.

-- name: verify_money_held
-- [M1] What is held in a budget is what its calls under way hold.
SELECT b.scope || ' ' || b.name || ' ' || b.period,
       'holds ' || b.reserved || ', its calls ' || coalesce(h.held, 0)
  FROM budgets b
  LEFT JOIN (SELECT scope, name, period, sum(reserved) AS held
               FROM (SELECT 'day' AS scope, '' AS name, day AS period,
                            coalesce(reserved, 0) AS reserved
                       FROM llm_calls WHERE state = 'intent'
                     UNION ALL
                     SELECT 'total', '', 'all', coalesce(reserved, 0)
                       FROM llm_calls WHERE state = 'intent'
                     UNION ALL
                     SELECT 'endpoint', endpoint, day, coalesce(reserved, 0)
                       FROM llm_calls WHERE state = 'intent'
                     UNION ALL
                     SELECT 'agent', agent_type, day, coalesce(reserved, 0)
                       FROM llm_calls
                      WHERE state = 'intent' AND agent_type IS NOT NULL
                     UNION ALL
                     SELECT 'workflow', workflow_id, 'all',
                            coalesce(reserved, 0)
                       FROM llm_calls
                      WHERE state = 'intent' AND workflow_id IS NOT NULL
                     UNION ALL
                     SELECT 'task', task_id, 'all', coalesce(reserved, 0)
                       FROM llm_calls WHERE state = 'intent') c
              GROUP BY scope, name, period) h
    ON h.scope = b.scope AND h.name = b.name AND h.period = b.period
 WHERE b.reserved <> coalesce(h.held, 0);

-- name: verify_money_spent
-- [M2] What is spent of a budget is what the costs that it counts sum up to.
SELECT b.scope || ' ' || b.name || ' ' || b.period,
       'spent ' || b.spent || ', the costs are ' || coalesce(k.cost, 0)
  FROM budgets b
  LEFT JOIN (SELECT 'day' AS scope, '' AS name, day AS period,
                    sum(cost) AS cost
               FROM llm_costs GROUP BY day
             UNION ALL
             SELECT 'total', '', 'all', sum(cost) FROM llm_costs
             UNION ALL
             SELECT 'endpoint', endpoint, day, sum(cost)
               FROM llm_costs GROUP BY endpoint, day
             UNION ALL
             SELECT 'agent', agent_type, day, sum(cost)
               FROM llm_costs WHERE agent_type <> ''
              GROUP BY agent_type, day
             UNION ALL
             SELECT 'workflow', workflow_id, 'all', sum(cost)
               FROM llm_costs WHERE workflow_id <> ''
              GROUP BY workflow_id) k
    ON k.scope = b.scope AND k.name = b.name AND k.period = b.period
 WHERE b.scope <> 'task' AND b.spent <> coalesce(k.cost, 0);

-- name: verify_call_ended
-- [M3]
SELECT call_id,
       CASE WHEN state = 'intent' THEN 'under way, but ended'
            WHEN finished_at IS NULL THEN state || ' without an end'
            ELSE 'state ''' || coalesce(state, 'NULL') || '''' END
  FROM llm_calls
 WHERE coalesce(state, '') NOT IN ('intent', 'done', 'failed', 'lost')
    OR (state = 'intent') <> (finished_at IS NULL);

-- name: verify_call_settled
-- [M4] $1 instant
SELECT call_id, 'should have been settled, nobody said how it ended'
  FROM llm_calls WHERE state = 'intent' AND expires_at < $1;
