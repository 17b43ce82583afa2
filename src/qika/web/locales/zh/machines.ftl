# Words for other sites and for machines.

data-service = { $region }社会保障卡启用
data-service_type = 社会保障卡启用
data-how = 在{ $region }启用社会保障卡：{ $channel }

embed-title = 社保卡去哪启用
embed-field = 在哪个城市
embed-submit = 查询
embed-by = 由启卡提供，不收集身份证号

footer-board = 放到别的网站
board-title = 把查询框放到您的网站
board-lead = 求职和用工网站可以放一个小框。新同事填城市，就能查社保卡去哪启用。
board-example = 看起来是这样
board-example_tag = 示例，网站和岗位都是虚构的
board-name = 示例招聘网
board-job = 仓库管理员
board-job_where = 示例市，月薪 6000 元
board-job_text = 入职前请先启用社会保障卡。
board-frame = 社保卡启用查询
board-link = 查询社保卡去哪启用
board-copy = 怎么放
board-copy_frame = 把下面这段放进您的网页。
board-copy_frame_label = 查询框的代码
board-copy_link_label = 链接的代码
board-no_origin = 本站还没有设置网址。请把代码里的网址换成本站的网址。
board-listed = 只有运营方列入名单的网站能显示这个框。请先把您的网址告诉运营方。
board-region = 想预先填好城市，在网址的 ? 后面加 region=440300& 这样的一段。
board-plain = 只放链接
board-plain_text = 没有列入名单也可以放链接。链接在哪里都能用。
board-privacy = 框里会发生什么
board-privacy_text = 框里只有一个城市栏，不用脚本，也不写 Cookie。点查询后，结果在本站打开。

data-service_text = 在{ $region }启用社会保障卡：去哪里、带什么、最晚哪天。
data-day_holiday = 法定节假日
data-day_make_up_working = 调休上班日
data-day_single = 这一天另有安排
data-hours_closed = 这一天不开门
data-hours_unknown = 这一天的时间没有公布，请先打电话
data-taxonomy_channel = 启用渠道
data-taxonomy_channel_text = 在哪里、用什么办法启用社会保障卡。
data-taxonomy_basis = 规则依据
data-taxonomy_basis_text = 一条规则有多可靠，从已采用到没有公布。
data-taxonomy_data_licence = 数据许可
data-taxonomy_data_licence_text = 一个网点的数据从哪里来，能不能再用。
data-licence_example = 虚构的示例数据，不要当真
data-licence_unrecorded = 来源名单没有写明许可，再用前请问来源
data-open = 启卡的开放数据
data-open_text = 社会保障卡启用的服务、网点和规则，供机器读取。
data-set_services = 启用服务，每个有自己规则的地区一项
data-set_points = 服务网点
data-set_rules = 规则，每个值都有出处和日期
data-rights_services = 规则由启卡整理，按 Apache-2.0 许可。所引来源归各自作者。
data-rights_points = 每个网点写明来源。标为示例的是虚构的。其他名单没有写明许可，再用前请问来源。
data-rights_rules = 规则由启卡整理，按 Apache-2.0 许可。所引来源归各自作者。
