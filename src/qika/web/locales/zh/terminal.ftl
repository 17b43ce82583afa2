# 命令行的用语。

terminal-version = 规则版本 { $version }，查询日 { $day }
terminal-by_when = 最晚哪天
terminal-no_deadline = 没有查到期限规定。
terminal-days_left = （还有 { $days } 天）
terminal-where = 去哪办
terminal-usable_from = { $day } 起可用
terminal-bring = 带：
terminal-opens = 下次开门 { $when }
terminal-ask = 问谁
terminal-sources = 出处
terminal-article = 第{ $article }条
terminal-candidates = 符合的地区不止一个，请用代码再查一次：
terminal-no_region = 没有找到这个地区。请写全名或六位代码，例如 440305。
terminal-not_covered = { $region }不发行内地（大陆）的社会保障卡。
terminal-no_points = 没有符合条件的网点。请放宽条件，或先打 12333。
terminal-more = 还有更多，接着查：--cursor { $cursor }
terminal-missing = 还缺：
terminal-acknowledged = （医保已确认 { $when }）
terminal-sweep = { $day }：看了 { $looked_at } 张，挂失 { $suspended } 张，不动 { $left } 张，让给别人先写 { $lost } 张。
terminal-sweep_dry = { $day } 试算，没有改动：看了 { $looked_at } 张，会挂失 { $suspended } 张，不动 { $left } 张，冲突 { $lost } 张。
terminal-audit = 查了 { $cards } 张卡的历史，不一致的 { $broken } 张。
terminal-delivered = 医保已确认 { $count } 条。
terminal-undated = 未注明日期
terminal-rules_good = 规则没有问题：版本 { $rule_version }，{ $issuers } 个发卡地区，{ $channels } 种渠道，{ $rules } 条规则，{ $notes } 条说明，{ $left_out } 条未收录，{ $sources } 个出处。
terminal-adopted = { $region }已采用本地 { $rules } 条规则，新版本 { $version }。今后逾期清理会执行其中的期限。
terminal-diff = 少了 { $removed } 条，多了 { $added } 条。
terminal-loading = 导入
terminal-filling-points = 写入示例网点
terminal-filling-cards = 写入 2000 张示例卡
terminal-filling-activations = 补记已办的激活
terminal-filled = 示例市已备好，数据在 { $folder }。
terminal-kept = 示例市早已备好，数据在 { $folder }，保持不变。
terminal-demo =
    打开 { $page }
    接口说明 { $url }/openapi.json
    另开一个终端，可以试：
      $ .venv/bin/qika plan --region 深圳南山 --collected-on 2026-09-01
      $ .venv/bin/qika plan --region 示例市 --collected-on 2026-09-01 --near 31.0,111.0
      $ .venv/bin/qika near 31.0 111.0 --channel hospital_first_use
      $ .venv/bin/qika status 990000 D00000003
      $ .venv/bin/qika sweep --on 2026-12-01 --dry-run
      $ .venv/bin/qika rules show 110000
    按 Ctrl+C 停止。
terminal-broken = 系统出了故障，请稍后再试；仍不行请找维护人员。（{ $what }）
terminal-bad_day = { $text } 不是日期。请写成 2026-11-22 这样。
terminal-bad_language = { $text } 不是可用的语言。请写 zh 或 en。
terminal-unknown_issuer = 没有找到发卡地区 { $text }，或不止一个。请写六位代码。
terminal-unknown_edition = 没有版本 { $text }。请写 packaged、current 或文件夹。
terminal-nothing_to_adopt = { $issuer } 没有自己的规则文件，无可采用。请先写好 regions/{ $issuer }.toml。
terminal-no_demo = 只有 qika demo 的数据才有示例身份证明。
