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
