# Region pages, rules, and what Qika knows and from where.

footer-regions = 按地区找规定
trail = 您在这里
label-separator = ：
whose-national = 全国
whose-reference = 参考做法，不是当地规定

regions-all = 全部地区

region-title = { $region }社保卡启用规定
region-ask = 问我的卡怎么办
region-ask-phone = 请拨 { $hotline } 问清。
region-when = 最晚什么时候办
region-when-none = 没有查到当地公布的启用期限。
region-practice = 各地常见做法
region-practice-only = （只有各地参考做法）
region-ways = 去哪里办
region-ways-reference = 当地的规定没有查到。去之前先打电话问。
region-way-who = 谁可以来：
region-way-not = 不办
region-loss = 卡丢了、锁了、要换
region-others = 其他规定
region-whose = 这些内容出自哪里
region-rules = 逐条看出处和日期
region-missing = 没有查到公布的内容
region-missing-lead = 《管理办法》第十六条要求发卡地区公布这些。没有查到，不等于当地没有规定。
region-below = 下面的地区
standing-offered = 可以办
standing-reference = 各地一般可以办
standing-refused = 当地说明不办
standing-unknown = 没有查到说法
origin-own = { $region }自己的：{ $count } 项
origin-above = { $region }上级地区的：{ $count } 项
origin-reference = 各地参考做法：{ $count } 项，不是{ $region }的规定
part-who_may_apply = 谁可以办、怎么代办
part-term_and_method = 期限和办法
part-scope = 使用范围
part-loss_and_reissue = 挂失和补换
part-functions = 卡的功能
part-rights_and_duties = 各方的权利和责任

regions-title = 按地区找规定
regions-lead = 先点卡是哪个省发的，再点城市或区县。
regions-provinces = 省、自治区、直辖市，和兵团
regions-elsewhere = 这里没有规定可查
regions-elsewhere-lead = 内地（大陆）的社保卡不在这些地区发行。
divisions-title = { $region }的城市和区县
divisions-lead = 点一个地区，看那里的启用规定。
divisions-whole = { $region }的规定
