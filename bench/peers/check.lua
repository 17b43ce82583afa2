-- 256 different questions, made once; every request takes the next
local channels = {"bank", "entrusted", "hospital", "pharmacy", "online"}
local questions, asked = {}, 0

function init()
  for i = 0, 255 do
    local body = string.format(
      '{"card_number":"A%08d","request_key":"key-%d","region":"%02d%02d00","channel":"%s",' ..
      '"collected_on":"2026-%02d-%02d","lat":%.5f,"lon":%.5f,"bank":"102","holder":%s}',
      i * 7919, i, 11 + i % 55, 1 + i % 10, channels[1 + i % 5],
      1 + i % 10, 1 + i % 28, 20 + i * 0.1, 100 + i * 0.05, tostring(i % 2 == 0))
    questions[i] = wrk.format("POST", wrk.path, {["Content-Type"] = "application/json"}, body)
  end
end

function request()
  asked = (asked + 1) % 256
  return questions[asked]
end
