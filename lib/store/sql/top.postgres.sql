-- What is read again and again, in the words of PostgreSQL.

-- name: events_horizon
-- When the oldest transaction under way began: what it writes down is later.
-- One that takes more than 10 seconds is not waited for.
SELECT aaos_now(),
       CAST(extract(epoch FROM min(xact_start)) * 1000000 AS bigint)
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND xact_start > clock_timestamp() - INTERVAL '10 seconds';
