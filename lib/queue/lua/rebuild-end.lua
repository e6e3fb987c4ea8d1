-- The index is complete: from now on it may be trusted.
--
-- KEYS  rebuild, epoch
-- ARGV  token, this server's run_id
--
-- 1; 0 when the rebuild belongs to somebody else by now.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2])
return 1
