-- Tasks into the ready sets, tokens for waiting workers.
--
-- KEYS  types, wake, rebuild, then a ready set for each type
-- ARGV  token of the rebuild or '', what to do, the types in the order of
--       their sets, then for each task: which of the types, score, member
--
-- What to do: 'push' the tasks and wake a worker for each; 'fill' the sets
-- and wake nobody; wake for what is due 'soon' and is no member yet.
-- Who waits for some types hears wake:TYPE of each, who waits for all hears
-- wake, so that no token goes to somebody who has no use for it.
--
-- 1; 0 when the rebuild belongs to somebody else by now.
local WAKE_MAX, WAKE_MS, REBUILD_MS = 64, 60000, 10000
local rebuild, what = ARGV[1], ARGV[2]
local count = #KEYS - 3
local sets = {}

local function ring(list, tokens)
    tokens = math.min(tokens, WAKE_MAX - redis.call('LLEN', list))
    for _ = 1, tokens do
        redis.call('RPUSH', list, '1')
    end
    redis.call('PEXPIRE', list, WAKE_MS)
end

for i = 1, count do
    sets[i] = {}
end
for i = 3 + count, #ARGV, 3 do
    local set = sets[tonumber(ARGV[i])]
    if not set or not tonumber(ARGV[i + 1]) or not ARGV[i + 2] then
        return redis.error_reply('ERR malformed task')
    end
    set[#set + 1] = ARGV[i + 1]
    set[#set + 1] = ARGV[i + 2]
end

if rebuild ~= '' then
    if redis.call('GET', KEYS[3]) ~= rebuild then
        return 0
    end
    redis.call('PEXPIRE', KEYS[3], REBUILD_MS)
    -- A key of ours that is no sorted set is nothing that can be kept.
    for i = 1, count do
        local kind = redis.call('TYPE', KEYS[3 + i]).ok
        if kind ~= 'none' and kind ~= 'zset' then
            redis.call('UNLINK', KEYS[3 + i])
        end
    end
end

for i = 1, count do
    if what ~= 'soon' then
        redis.call('ZADD', KEYS[3 + i], unpack(sets[i]))
        redis.call('SADD', KEYS[1], ARGV[2 + i])
    end
    if what ~= 'fill' then
        ring(KEYS[2] .. ':' .. ARGV[2 + i], #sets[i] / 2)
        ring(KEYS[2], #sets[i] / 2)
    end
end
return 1
