-- States of endpoints, changed only if nobody else has changed them since
-- they were read: all of them or none.
--
-- KEYS  the states
-- ARGV  how long they are kept (ms), then for each key: what it was ("" for
--       none) and what it shall be
--
-- 1 when it is done, 0 when one of them is not what it was.
for i = 1, #KEYS do
    if (redis.call('GET', KEYS[i]) or '') ~= ARGV[2 * i] then
        return 0
    end
end
for i = 1, #KEYS do
    redis.call('SET', KEYS[i], ARGV[2 * i + 1], 'PX', ARGV[1])
end
return 1
