-- Reads the presence of users.
-- KEYS: leases, seen. ARGV: users. Returns two numbers for each: 1 if online, else 0; the time last
-- seen, or -1.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local told = {}
for _, user in ipairs(ARGV) do
  local online, seen = 0, -1
  local record = redis.call('HGET', KEYS[1], user)
  if record then
    seen = struct.unpack('>I6', record)
    for at = 7, #record, 22 do
      if struct.unpack('>I6', record, at + 16) > now then
        online, seen = 1, -1
        break
      end
    end
  else
    seen = tonumber(redis.call('ZSCORE', KEYS[2], user) or -1)
  end
  told[#told + 1] = online
  told[#told + 1] = seen
end
return told
