-- What agents are doing.

-- name: insert_mind
-- The rate is given in millionths: no engine has to agree on doubles.
INSERT INTO consciousness_snapshots (ts, agent_id, activity, error_rate,
                                     latency, tokens, claim_limit, state)
VALUES ((SELECT aaos_now()), $1, $2, CAST($3 AS bigint) / 1000000.0, $4, $5,
        $6, $7);

-- name: agent_limit
UPDATE agents SET claim_limit = CAST($2 AS bigint) WHERE agent_id = $1;
