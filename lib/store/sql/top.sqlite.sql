-- What is read again and again, in SQLite's words.

-- name: events_horizon
-- Who writes has the file to himself from before the instant that he writes
-- down: what is not seen yet comes later.
SELECT aaos_now(), CAST(NULL AS bigint);
