-- The clock of the database beside one that cannot be set.

-- name: clock_look
-- $1 key in meta
SELECT aaos_now(), (SELECT value FROM meta WHERE key = $1);
