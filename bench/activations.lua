-- Fresh activations for wrk: another card and another key for each. wrk ... -- FIRST SIZE
-- SIZE 1: one request a call; else so many in one call. At the end it says the next number.
local head = '{"request_key":"bench-%012d","card":{"issuer":"990000","card_number":"E%011d"},'
local bank = head .. '"channel":"bank_counter","who":"holder",' ..
  '"occurred_at":"2026-06-01T11:%02d:%02d+08:00","point_id":"bench:bank","presented":[' ..
  '{"document":"card","of":"holder"},' ..
  '{"document":"id_card","of":"holder","valid_until":"2030-01-01"}]}'
local hospital = head .. '"channel":"hospital_first_use","who":"holder",' ..
  '"occurred_at":"2026-06-01T11:%02d:%02d+08:00","point_id":"bench:hospital","use":"outpatient",' ..
  '"presented":[{"document":"card","of":"holder"},' ..
  '{"document":"id_card","of":"holder","valid_until":"2030-01-01"}]}'
local start = "POST /v1/activations HTTP/1.1\r\nHost: 127.0.0.1\r\n" ..
  "Content-Type: application/json\r\nContent-Length: "
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  number, size = tonumber(args[1]), tonumber(args[2])
end

local function one()
  local n = number
  number = n + 1
  local text = n % 2 == 1 and hospital or bank
  return string.format(text, n, n, math.floor(n / 60) % 60, n % 60)
end

function request()
  local body
  if size == 1 then
    body = one()
  else
    local all = {}
    for place = 1, size do all[place] = one() end
    body = '{"requests":[' .. table.concat(all, ",") .. "]}"
  end
  return start .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency, requests)
  print("next number: " .. threads[1]:get("number"))
end
