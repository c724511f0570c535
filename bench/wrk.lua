-- Telegram updates for wrk, each with ids of its own. Arguments: the webhook's secret, the first update id.
-- Prints one line of JSON at the end.

local threads = 0

function setup(thread)
   thread:set("number", threads)
   threads = threads + 1
end

function init(arguments)
   headers = {
      ["Content-Type"] = "application/json",
      ["X-Telegram-Bot-Api-Secret-Token"] = arguments[1],
   }
   update = tonumber(arguments[2]) + number * 1e12
end

function request()
   update = update + 1
   local id = string.format("%.0f", update)
   local client = string.format("%.0f", 30000 + update % 1000)
   local body = '{"update_id": ' .. id .. ', "message": {"message_id": ' .. id
      .. ', "from": {"id": ' .. client .. ', "is_bot": false, "first_name": "Клиент ' .. client
      .. '", "language_code": "ru"}, "chat": {"id": ' .. client .. ', "first_name": "Клиент ' .. client
      .. '", "type": "private"}, "date": 1795255200, "text": "Здравствуйте! Сколько стоит замена батареи? '
      .. id .. '"}}'
   return wrk.format("POST", nil, headers, body)
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d, "max": %d}\n',
      summary.requests, summary.duration, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout,
      latency:percentile(50), latency:percentile(99), latency.max))
end
