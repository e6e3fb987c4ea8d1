-- The best tasks of several types, taken out of their ready sets.
--
-- KEYS  epoch, then the ready set of each type
-- ARGV  this server's run_id, how many at most
--
-- A list of members, best first; -1 when the index is not complete.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return -1
end
local max = tonumber(ARGV[2])
local sets, at = {}, {}

for i = 2, #KEYS do
    local set = redis.call('ZRANGE', KEYS[i], 0, max - 1, 'WITHSCORES')
    if #set > 0 then
        for j = 2, #set, 2 do
            set[j] = tonumber(set[j])
        end
        set.key = KEYS[i]
        sets[#sets + 1] = set
        at[#sets] = 1
    end
end

-- Members have leading zeros: as texts they are in the order of numbers.
local function before(a, i, b, j)
    if a[i + 1] ~= b[j + 1] then
        return a[i + 1] < b[j + 1]
    end
    return a[i] < b[j]
end

local out = {}
while #out < max do
    local best
    for i = 1, #sets do
        if sets[i][at[i]] and
            (not best or before(sets[i], at[i], sets[best], at[best])) then
            best = i
        end
    end
    if not best then
        break
    end
    out[#out + 1] = sets[best][at[best]]
    at[best] = at[best] + 2
end

-- What was taken from a set are its first ones.
for i = 1, #sets do
    if at[i] > 1 then
        redis.call('ZREMRANGEBYRANK', sets[i].key, 0, (at[i] - 1) / 2 - 1)
    end
end
return out
