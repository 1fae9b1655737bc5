-- The generic cell rate algorithm. The key holds the theoretical arrival time of the next request.
-- All times are microseconds of this server's clock.
-- ARGV: interval, tolerance. Returns the time to wait; 0: allowed.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
-- A request never stores more than this. A larger value is due to a changed quota or a failover to
-- a server whose clock is behind, and is capped.
local most = now + tolerance + interval
local tat = math.min(tonumber(redis.call('GET', KEYS[1]) or 0), most)
local wait = tat - tolerance - now
if wait > 0 then
  return math.ceil(wait)
end
tat = math.max(tat, now) + interval
redis.call('SET', KEYS[1], string.format('%.17g', tat), 'PX', math.ceil((tat - now) / 1000) + 1)
return 0
