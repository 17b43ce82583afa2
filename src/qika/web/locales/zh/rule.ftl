# Words for what rules say.

list-separator = 、
clause-separator = ，
sentence-separator = {""}
yes = 是
no = 否

authority = { $region }人力资源社会保障部门
authority-elsewhere = 内地（大陆）发卡地的人力资源社会保障部门
responsible_for = 本地区社会保障卡的发行和应用管理（《“中华人民共和国社会保障卡”管理办法》第三条）

notice-fictitious = 这是虚构的地区，只供试用，不是任何真实城市的规定。
notice-no_rule_published = 没有找到当地公布的启用期限。下面的日期按各地常见做法推算，仅供参考，请拨 12333 核实。
notice-collect_first = 请先领卡，再办启用。
notice-overdue = 已经过了最后日期。请按下面的步骤恢复。
notice-may_be_enabled_already = 当地的社保应用可能领卡后就自动启用。去之前先打电话问一下。
notice-confirm_receipt_first = 当地要求先确认收到卡，再启用。
notice-financial_first = 当地要求先激活金融应用，再启用社保应用。
notice-bank_unknown = 看一看卡面印的是哪家银行，要到这家银行的网点办理。
notice-bank_not_listed = 您说的银行不在已知的当地合作银行里。请再看一眼卡面。
notice-financial_voluntary = 当地说明金融应用可以不激活。
notice-guardian_below_age = 未成年的孩子要由监护人陪同或代为办理，年龄以当地规定为准。
notice-calendar_provisional = 最后日期落在节假日安排还没公布的年份，可能变动几天。

basis-adopted = 当地主管部门已确认
basis-published = 当地官方公布
basis-reported = 公开资料报道，非官方原文
basis-reference = 各地常见做法，仅供参考
basis-none = 没有规定期限

grade-A = 官方来源
grade-B = 两处来源一致
grade-C = 单一来源
grade-K = 一般常识
grade-X = 来源互相矛盾

start-collected = 领卡
start-made = 制卡
start-arrived_at_outlet = 卡送到网点
start-applied = 申请
counting-days = 从{ $start }的第二天算起，共 { $length } 天。
counting-months = 从{ $start }那天算起，满 { $length } 个月为止。
counting-working_days = 从{ $start }的第二天算起，共 { $length } 个工作日。
counting-moves = 最后一天不是工作日的，顺延到下一个工作日。
counting-none = 当地说明没有启用期限。

clock-activation = 启用期限
clock-clearance = 领卡期限
duty-social = 启用社保应用
duty-financial = 到银行激活金融应用
duty-both = 启用社保应用和金融应用
duty-collection = 领取社保卡

consequence-none = 没有规定后果。
consequence-loss_report_social = 社保应用会被挂失，看病买药暂时不能用卡。
consequence-loss_report_financial = 金融应用会被挂失，银行账户暂时不能用。
consequence-old_card_restricted = 旧卡的功能会受到限制。
consequence-sealed_cleared = 没有领取的卡会被收回，要重新申领。
consequence-cancelled = 卡会被注销，要重新申领。
consequence-unknown = 逾期有什么后果，没有找到说明。

way_back-activate_financial_at_bank = 先到卡面所印的银行激活金融应用。
way_back-release_social_at_bureau = 再到人社部门指定的地方解除社保应用的挂失。
way_back-enable_social = 启用社保应用。
way_back-apply_again = 重新申领一张卡。

who-holder = 持卡人本人
who-agent = 代办人
who-guardian = 监护人
who-homebound = 行动不便的持卡人（上门办理）
application-social = 社保应用
application-financial = 金融应用

only_if-first_replacement = 第一次换卡时才要
only_if-pin_used = 卡设有密码时才要

state-not_collected = 还没有领取
state-sealed = 没有启用
state-normal = 已启用，可以使用
state-temporary_loss = 临时挂失
state-formal_loss = 正式挂失
state-locked = 密码锁定
state-cancelled = 已注销

event-activated = 启用
event-collected = 领卡
event-loss_reported = 挂失
event-loss_released = 解除挂失
event-deadline_passed = 超过期限
event-reissued = 补卡
event-exchanged = 换卡
event-cancelled = 注销
event-locked = 密码锁定
event-unlocked = 密码解锁
event-activation_reversed = 撤回启用

unit-days = { $count } 天
unit-working_days = { $count } 个工作日
unit-years = { $count } 年
unit-years_of_age = { $count } 岁
unit-wrong_tries = { $count } 次
unit-banks = { $count } 家
unit-points = { $count } 个

value-scope-outlet = 只能在发卡的网点
value-scope-county = 本区县内
value-scope-city = 本市内
value-scope-province = 本省内
value-scope-same_bank_city = 本市内同一家银行
value-scope-same_bank_province = 本省内同一家银行
value-scope-same_bank_nationwide = 全国同一家银行
value-scope-any_cooperating_bank_in_province = 本省内任何合作银行
value-scope-nationwide = 全国
value-bank_links_social-same_time = 同时启用
value-bank_links_social-next_day = 第二天启用
value-usable_from-same_day = 当天
value-usable_from-next_day = 第二天
value-usable_from-following_month = 下个月
value-first_use_method-card_only = 刷新卡即可
value-first_use_method-old_card_then_new = 先刷旧卡，再刷新卡
value-first_use_method-old_pin = 刷卡并输入旧密码
value-first_use_method-change_initial_pin = 刷卡并修改初始密码
value-first_use_method-desk_reads_card = 由窗口人员读卡
value-activation_order-any = 先后都可以
value-activation_order-financial_first = 先金融，后社保
value-activation_order-social_first = 先社保，后金融
value-enabled_on-act = 办理后启用
value-enabled_on-collection = 领卡即启用
value-enabled_on-day_after_application = 申请第二天启用
value-temporary_loss_expiry-auto_release = 自动解除
value-temporary_loss_expiry-auto_cancel = 自动注销
value-formal_loss_reversible-no = 不能
value-formal_loss_reversible-until_reissue = 补卡之前可以
value-formal_loss_reversible-yes = 可以
value-loss_channels-phone = 电话
value-loss_channels-bank_counter = 银行网点
value-loss_channels-bank_phone = 银行电话
value-loss_channels-bureau_counter = 社保经办窗口
value-loss_channels-kiosk = 自助机
value-loss_channels-website = 网站
value-loss_channels-app = 手机应用
value-loss_channels-wechat = 微信
value-loss_channels-alipay = 支付宝
value-loss_channels-sms = 短信
value-loss_channels-hospital_kiosk = 医院自助机
