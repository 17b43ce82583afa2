# Words of the start page's promise and of the pages that ask one question each.

ask-step = 第 { $number } 题，共 { $total } 题
ask-title = { $title } { $step }
ask-title-wrong = 要改：{ $title }
ask-next = 下一步
ask-finish = 看结果
ask-skip = 后面的先不答，直接看结果
ask-skip-last = 不说位置，直接看结果
ask-or = 或者
ask-why = 为什么问这个
ask-kept = 我们不保存您的答案。
ask-answers = 您已经回答的
ask-change = 修改
ask-change-what = 修改：{ $what }

ask-region = 社保卡是哪里发的？
ask-region-short = 发卡地
ask-region-label = 城市或区县
ask-region-hint = 写城市或区县的名字就行，比如“深圳市”。也可以写六位代码。
ask-region-why = 期限、办法和要带的东西，各地规定不同。
ask-region-unsure = 不知道是哪里发的
ask-region-unsure-1 = 一般是领卡时参加社保的城市。
ask-region-unsure-2 = 也可以看卡面上印的发卡单位，或者拨打 12333 询问。

ask-bank = 卡面上印的是哪家银行？
ask-bank-short = 卡面银行
ask-bank-hint = 银行的名字印在社保卡上
ask-bank-listed = 当地公布的发卡银行都在这里。
ask-bank-other = 没有您的银行？写下它的名字
ask-bank-unsure = 不清楚，或者卡还没到手
ask-bank-why = 卡上的银行账户，一般要到印在卡面的那家银行启用。
ask-bank-wrong = 请选一家银行。不知道就选“不清楚”。
ask-bank-unknown = 没有找到这家银行。请写全名，或者选“不清楚”。

ask-collected = 什么时候领到的卡？
ask-collected-short = 领卡时间
ask-day-hint = 写年和月就行，不用写日。例如 { $year } 年 { $month } 月。
ask-day-year = 年
ask-day-month = 月
ask-day-day = 日（可不写）
ask-day-both = 您写了日期，又选了“{ $chosen }”。请只留一样。
ask-collected-yes = 领到了，记不清哪个月
ask-collected-no = 还没领到
ask-collected-unknown = 不清楚
ask-collected-why = 有的地方从领卡那天起算期限。写了才能算出最后一天。
ask-collected-wrong = 请写领卡的年和月，或者选下面一项
ask-collected-future = 这一天还没到。请检查年和月，或者选“还没领到”。

ask-made = 卡是什么时候制好的？
ask-made-short = 制卡时间
ask-made-unsure = 不清楚
ask-made-unsure-what = 可以问发卡银行，或拨 12333
ask-made-why = 这里有期限从制卡那天起算。写了才能算出最后一天。
ask-made-wrong = 请写制卡的年和月。不知道就选“不清楚”。
ask-made-future = 这一天还没到。请检查年和月。

ask-applied = 什么时候申请的卡？
ask-applied-short = 申请时间
ask-applied-unsure = 不清楚
ask-applied-unsure-what = 可以看申请回执，或拨 12333
ask-applied-why = 这里有期限从申请那天起算。写了才能算出最后一天。
ask-applied-wrong = 请写申请的年和月。不知道就选“不清楚”。
ask-applied-future = 这一天还没到。请检查年和月。

ask-application = 您想启用什么？
ask-application-short = 启用什么
ask-application-hint = 一张社保卡有两样功能，要分别启用
ask-application-social = 看病、领待遇
ask-application-social-what = 叫“社保应用”
ask-application-financial = 当银行卡用
ask-application-financial-what = 叫“金融应用”，就是卡上的银行账户
ask-application-both = 两样都启用
ask-application-unsure = 不清楚
ask-application-unsure-what = 两样都给您列出来
ask-application-why = 两样功能去的地方不一定相同。
ask-application-wrong = 请选想启用什么。不知道就选“不清楚”。

ask-who = 谁去办理？
ask-who-short = 谁去
ask-who-hint = 不同的人去，要带的东西不一样
ask-who-holder = 我本人去
ask-who-agent = 家人或别人替我去
ask-who-guardian = 我是监护人，替孩子或被监护人去
ask-who-homebound = 本人行动不便，出不了门
ask-who-unsure = 还没想好
ask-who-unsure-what = 先按本人去回答您
ask-who-offered = 在{ $region }查到 { $count } 种办法
ask-who-not-offered = 在{ $region }没有查到这样的办法
ask-who-why = 有的办法不接受代办，有的可以上门。
ask-who-wrong = 请选谁去办理。没想好就选“还没想好”。
ask-who-summary-holder = 本人
ask-who-summary-agent = 别人代办
ask-who-summary-guardian = 监护人
ask-who-summary-homebound = 本人出不了门

ask-near = 您现在在哪里？
ask-near-short = 您的位置
ask-near-label = 区县，或“纬度，经度”
ask-near-hint = 写区县的名字就行。不写也能看结果，只是不按远近排。
ask-near-here = 我就在{ $region }
ask-near-why = 用来把近的地方排在前面。位置不保存，也不发给别人。
ask-near-wrong = 没有找到这个地方。请写区县的名字，或“纬度，经度”。
ask-near-which = 叫这个名字的地方有 { $count } 个，请在下面选一个
ask-near-place = 您给的位置

wrong-region-unknown = 没有找到“{ $region }”。请写城市或区县的全名，如“深圳市”。
