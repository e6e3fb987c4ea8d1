-- From where an attempt may go on.

-- name: last_end
SELECT coalesce(max(attempt), 0) FROM attempts
 WHERE seq = $1 AND outcome <> 'lost' AND outcome <> 'handed_back';
