# Sketch map, route links, tiles, location
map-title = 网点方位示意图
map-said = 出发地在正中，上方为北。
map-next = ；
map-start = 出发地
map-north = 北
map-caption = 示意图：上方为北，圆圈是直线距离。走哪条路，请看“怎么去”。
map-closed = 空心的现在已关门。
map-unknown = 虚线框的营业时间没有确认。
map-way-n = 北面
map-way-ne = 东北面
map-way-e = 东面
map-way-se = 东南面
map-way-s = 南面
map-way-sw = 西南面
map-way-w = 西面
map-way-nw = 西北面
map-routes = 怎么去
map-service-amap = 高德地图
map-service-tencent = 腾讯地图
map-service-baidu = 百度地图
map-unsure = 这个网点的坐标系没有说明，位置可能差几百米。请核对地址。

locate-ask = 用我的位置
locate-asking = 正在取得位置，请稍等。
locate-found = 已填好大致位置，精确到约 100 米。还没有发送，请接着提交。
locate-refused = 没有得到位置许可，不要紧。请直接填区县名称。
locate-late = 等了太久，没有取到位置。请直接填区县名称。
locate-unavailable = 现在取不到位置。请直接填区县名称。

streets-open = 看街道地图
streets-close = 收起街道地图
streets-opening = 正在打开街道地图。
streets-failed = 街道地图暂时打不开。请看列表和示意图。
streets-name = 街道地图
streets-in = 放大
streets-out = 缩小
