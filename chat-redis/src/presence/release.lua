-- Removes a lease.
-- KEYS: leases, due, seen. ARGV: user, connection, time seen, retention.
-- Returns 1 if the user went offline, else 0.
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept, last, found = record:sub(1, 6), 0, false
for at = 7, #record, 22 do
  local theirs = struct.unpack('>I6', record, at + 16)
  if theirs > now then
    if record:sub(at, at + 15) == ARGV[2] then
      found = true
    else
      kept = kept .. record:sub(at, at + 21)
      last = math.max(last, theirs)
    end
  end
end
-- An expired lease is reported by `expired`.
if not found then
  return 0
end
if last > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], kept)
  redis.call('ZADD', KEYS[2], 'LT', string.format('%.0f', last), ARGV[1])
  return 0
end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('(%.0f', now - ARGV[4]))
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 1
