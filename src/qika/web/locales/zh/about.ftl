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

report-title = 这里有错
report-lead = 告诉我们哪里不对。有人会看，也会改。
say-wrong = 哪里不对
say-wrong-hint = 例如：这个网点搬走了。
say-right = 应该是什么
say-right-hint = 不知道就不填。
say-seen = 您在哪里看到的
say-seen-hint = 例如：门口的通知，或者一个网址。
report-optional = （可不填）
report-privacy = 请不要写姓名、证件号码和卡号。我们不问您是谁。
report-submit = 送出
report-missing = 请写哪里不对
report-too_long = 请写短一些，最多 { $length } 个字
report-somebody = 请删去身份证号码再送出
report-elsewhere = 这份内容不是从本站的页面送来的，没有收下。请在这里重新填写。
report-too_many = 现在送来的太多，这一份没有收下。请一小时后再送。急事请拨 12333。
report-not_kept = 系统出了故障，这一份没有收下。请稍后再送一次。
reported-title = 谢谢您，已经收下
reported-reference = 编号
reported-next = 有人会核对。查实以后，页面会改。我们不知道您是谁，所以不会回信。
reported-back = 回到刚才的页面
reported-site = 这个网站
reported-regions = 地区列表
reported-status-words = 状态说明
reported-legal-basis = 法律依据
reported-sources = 信息来源
reported-accessibility = 无障碍说明
reported-employers = 给用人单位

rules-title-all = { $region }：逐条规定
rules-lead = 点一项，看它的出处、日期和以前的说法。
rules-on = 看哪一天的规定
rules-on-submit = 查看
rules-nothing = 没有查到
rules-values = { $count } 条
rules-of-them = （其中当地的 { $count } 条，其余是参考做法）
rules-doubt = 来源互相矛盾的地方
rules-left_out = 没有收进规则书的说法
rules-left_out-lead = 这些说法太弱，或者与启用无关。研究记录是英文。
rules-report = 这里有错？告诉我们
rule-title = { $region }：{ $parameter }
rule-held = { $day }的规定
rule-nothing = 没有查到当地的规定。
rule-history = 以前和以后
rule-no-history = 来源都没有写日期，所以说不出先后。
rule-before = （以前是：{ $value }）
rule-edition = 现行规则书版本
fate-later = 还没有开始
fate-in_force = 这一天有效
fate-followed = 已有更新的
fate-overridden = 以更近、更细的规定为准

footer-words = 状态说明
footer-law = 法律依据
footer-sources = 信息来源
footer-access = 无障碍说明
footer-employers = 给用人单位

words-title = 卡的状态是什么意思
words-lead = 查卡时看到的词，和常见的误会。
words-do = 怎么办
words-misread = 不要误会

law-title = 法律依据
law-lead = 谁管，管什么；哪些事要看各地自己的规定。
law-measures = 社会保障卡管理办法
law-measures-lead = 全名《“中华人民共和国社会保障卡”管理办法》，人社部发〔2011〕47号，2011年4月20日。下面是读到了原文转载的条文，用我们的话说。第九至十二、十四、十七、十八条和第二十二条以后没有读到。
law-absent = 读到的条文里没有的
law-absent-lead = 常有人说这些是《管理办法》的规定。读到的条文里没有：
law-absent-next = 这些由发卡地区按第十六条规定。没有公布的，请拨 12333 问。
law-documents = 其他全国性文件
law-own = 各地自己的规定

sources-page-title = 信息来源和时效
sources-page-lead = 每一条规定都写明出处、日期和可信程度。
sources-grades = 规则书的 { $count } 个来源
sources-fresh = 有多新
sources-calendar = 节假日安排
sources-calendar-until = 已公布到 { $year } 年。以后的日期可能变动。
sources-calendar-none = 今年的还没有公布。
sources-points = 网点
sources-points-text = 每个网点都写着来源和核对日期。去之前先打电话。
sources-rules = 规定
sources-rules-text = 规定从来源上的日期起算。新的规定收进来，页面马上变。
sources-sets = 其他数据
sources-files = 按地区和渠道看来源
sources-of-title = 来源：{ $file }
sources-cited = 用在：
sources-noted = 另有 { $count } 条补充说明引用它。
sources-idle = 只作核对，没有规定引用它。

access-title = 无障碍说明
access-lead = 这个网站要让每个人都能用，老人、看不清的人、手机旧的人都一样。
access-tested = 怎么检查的
access-limits = 还不够好的地方
access-complain = 用不了，请告诉我们
access-complain-text = 写明哪一页、什么地方用不了。不用留姓名。
access-complain-link = 告诉我们
access-phone = 急着办卡的，可以直接打电话：

employers-title = 给用人单位
employers-lead = 选城市和银行，得到一段可以直接转发给新同事的话。
employers-region = 卡是哪里发的
employers-region-hint = 城市或区县的名称，如“深圳市”，或六位代码
employers-bank = 卡面印的是哪家银行
employers-bank-hint = 单位不止一家合作银行的，每家各做一份。
employers-submit = 生成
employers-paste-zh = 中文，可以复制
employers-paste-en = 英文，可以复制
employers-links = 只要网址
employers-privacy = 网址里只有城市和银行，没有任何人的信息。谁打开过，我们不知道，单位也不知道。
employers-text =
    新同事您好：
    您的社保卡由{ $region }发放。拿到卡以后，要启用才能看病买药。
    去哪办、带什么、最晚哪天、可不可以请人代办，请看：
    { $link }
    网页上写明每条规定的出处。不用登录，不问姓名和证件号码。
    拿不准的，请拨 { $hotline }。
    这条消息不收集您的任何信息，单位也看不到您查了什么。
employers-text-bank =
    新同事您好：
    您的社保卡由{ $region }发放，卡面印的是{ $bank }。拿到卡以后，要启用才能看病买药。
    去哪办、带什么、最晚哪天、可不可以请人代办，请看：
    { $link }
    网页上写明每条规定的出处。不用登录，不问姓名和证件号码。
    拿不准的，请拨 { $hotline }。
    这条消息不收集您的任何信息，单位也看不到您查了什么。
