-- Adds or renews leases. A user's record is the time last seen, then 22 bytes per lease: the
-- connection id and the end of the lease. A user with a record was last reported as online.
-- KEYS: leases, due, seen. ARGV: ttl, time seen, then user and connection for each lease.
-- Returns the indexes of the leases with which a user came online.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local deadline = now + ARGV[1]
local seen = struct.pack('>I6', ARGV[2])
local ends = struct.pack('>I6', deadline)
local came = {}
for i = 3, #ARGV, 2 do
  local user, connection = ARGV[i], ARGV[i + 1]
  local record = redis.call('HGET', KEYS[1], user)
  local kept, last = '', deadline
  if record then
    for at = 7, #record, 22 do
      local theirs = struct.unpack('>I6', record, at + 16)
      if theirs > now and record:sub(at, at + 15) ~= connection then
        kept = kept .. record:sub(at, at + 21)
        last = math.max(last, theirs)
      end
    end
  else
    came[#came + 1] = (i - 3) / 2
    redis.call('ZREM', KEYS[3], user)
  end
  redis.call('HSET', KEYS[1], user, seen .. kept .. connection .. ends)
  -- The next check: at the latest when the last lease ends. A refresh does not change it; `expired`
  -- moves it when it is due.
  redis.call('ZADD', KEYS[2], 'LT', string.format('%.0f', last), user)
end
return came
