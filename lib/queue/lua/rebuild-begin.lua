-- Begin to build the index anew: nobody else may, nobody trusts it.
--
-- KEYS  rebuild, epoch, types, wake
-- ARGV  token, what the names of the ready sets begin with
--
-- 1; 0 when another rebuild is under way.
local REBUILD_MS = 10000

-- A key that is not what we made of it would stand in the way for ever.
local function mend(key, kind)
    local found = redis.call('TYPE', key).ok
    if found ~= 'none' and found ~= kind then
        redis.call('UNLINK', key)
    end
end

mend(KEYS[1], 'string')
mend(KEYS[3], 'set')
mend(KEYS[4], 'list')
if redis.call('PTTL', KEYS[1]) == -1 then
    redis.call('UNLINK', KEYS[1])
end
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', REBUILD_MS) then
    return 0
end
redis.call('UNLINK', KEYS[2])
for _, name in ipairs(redis.call('SMEMBERS', KEYS[3])) do
    redis.call('UNLINK', ARGV[2] .. name)
    mend(KEYS[4] .. ':' .. name, 'list')
end
redis.call('UNLINK', KEYS[3])
return 1
