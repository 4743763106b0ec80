-- wrk: searches for sentences that are nearly all different, so that few come from the cache.
local subjects = { "猫", "狗", "老虎", "飞机", "蘑菇", "企鹅", "汽车", "房子", "花", "树" }
local places = { "草地上", "海边", "山里", "城市里", "天空中", "桌子上", "雪地里", "树林里" }
local counter = 0

request = function()
  counter = counter + 1
  local text = places[counter % #places + 1] .. "的第" .. counter .. "只" .. subjects[counter % #subjects + 1]
  local encoded = text:gsub("[^%w]", function(c) return string.format("%%%02X", c:byte()) end)
  return wrk.format("GET", "/api/v1/search?limit=20&q=" .. encoded)
end
