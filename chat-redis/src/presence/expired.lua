-- Takes users whose last lease has expired.
-- KEYS: leases, due, seen. ARGV: limit, maximum number of users to check, retention.
-- Returns 1 if there may be more, else 0, then the user and the time last seen for each.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, budget = tonumber(ARGV[1]), tonumber(ARGV[2])
local told, taken = { 0 }, 0
local users = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, budget)
if #users == budget then
  told[1] = 1
end
for _, user in ipairs(users) do
  local record = redis.call('HGET', KEYS[1], user)
  local last = 0
  if record then
    for at = 7, #record, 22 do
      last = math.max(last, struct.unpack('>I6', record, at + 16))
    end
  end
  if last > now then
    redis.call('ZADD', KEYS[2], string.format('%.0f', last), user)
  elseif not record then
    redis.call('ZREM', KEYS[2], user)
  elseif taken == limit then
    told[1] = 1
    break
  else
    local seen = struct.unpack('>I6', record)
    redis.call('HDEL', KEYS[1], user)
    redis.call('ZREM', KEYS[2], user)
    redis.call('ZADD', KEYS[3], string.format('%.0f', seen), user)
    taken = taken + 1
    told[#told + 1] = user
    told[#told + 1] = seen
  end
end
if taken > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('(%.0f', now - ARGV[3]))
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
end
return told
