-- Tokens for all who wait, whatever they wait for.
--
-- KEYS  types, wake
-- ARGV  how many for each list
local WAKE_MAX, WAKE_MS = 64, 60000

local function ring(list)
    local tokens = math.min(tonumber(ARGV[1]),
        WAKE_MAX - redis.call('LLEN', list))
    for _ = 1, tokens do
        redis.call('RPUSH', list, '1')
    end
    redis.call('PEXPIRE', list, WAKE_MS)
end

ring(KEYS[2])
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    ring(KEYS[2] .. ':' .. name)
end
return 1
