# 命令行的用语。

terminal-region = { $region }（{ $code }）
terminal-version = 按 { $day }的规定回答，规则版本 { $version }
terminal-day = { $day }（{ $weekday }）
terminal-line = { $label }：{ $text }
terminal-notices = 请先看一眼
terminal-by_when = 最晚哪天
terminal-no_deadline = 没有查到期限规定。
terminal-day_unknown = { $counting }不知道从哪天算起，请写上日期再查。
terminal-remark = 说明
terminal-where = 去哪办
terminal-does = 办{ $applications }
terminal-not_offered = { $names }：{ $reason }
terminal-usable_from = { $day }起可用
terminal-bring = 要带的东西
terminal-of = { $document }（{ $who }的）
terminal-any_as_above = 种类同上
terminal-steps = 怎么办
terminal-points = 最近的网点（去之前先打电话）
terminal-example = （虚构，仅供试用）
terminal-ask = 问谁
terminal-phone = 电话 { $number }
terminal-notes = 补充说明
terminal-graded = { $text }（{ $grade }）
terminal-sources = 出处
terminal-candidates = 符合的地区不止一个。请用前面的代码再查一次：
terminal-not_covered = { $region }不发行内地（大陆）的社会保障卡。
terminal-no_points = 没有符合条件的网点。请少写几个条件再查，或先打 12333。
terminal-more = 后面还有，接着查请加：--cursor { $cursor }
terminal-missing = 还缺：
terminal-replayed = 这个请求以前办成过，这次没有再办，结果和上次一样。
terminal-no_card = 没有查到这张卡。请核对发卡地区和卡号。
terminal-state = 卡现在的状态
terminal-lost_by_deadline = 因为过了期限还没激活
terminal-history = 办过的事
terminal-no_history = 还没有记录。
terminal-undoes = 同时撤销第 { $number } 条的挂失
terminal-acknowledged = 医保 { $when } 已确认
terminal-sweep = 清理 { $day }以前到期的卡：共看 { $looked_at } 张，挂失 { $suspended } 张，已按时办结 { $done } 张，不用挂失 { $left } 张，正被别处修改、下次再看 { $lost } 张。
terminal-sweep_dry = 试算，没有改动。{ $day }以前到期的卡：共看 { $looked_at } 张，会挂失 { $suspended } 张，已按时办结 { $done } 张，不用挂失 { $left } 张，正被别处修改 { $lost } 张。
terminal-audit = 查了 { $cards } 张卡的历史，对不上的 { $broken } 张。
terminal-delivered = 医保已确认 { $count } 条。
terminal-undated = 未注明日期
terminal-rules_good = 规则没有问题：版本 { $rule_version }，{ $issuers } 个发卡地区，{ $channels } 种渠道，{ $rules } 条规则，{ $notes } 条说明，{ $left_out } 条未收录，{ $sources } 个出处。
terminal-since = { $day }起
terminal-national = 全国
terminal-adopted = { $region }已采用本地 { $rules } 条规则，新版本 { $version }。今后逾期清理会执行其中的期限。
terminal-diff = 少了 { $removed } 条，多了 { $added } 条。
terminal-loading = 导入
terminal-filling-points = 写入示例网点
terminal-filling-cards = 写入 2000 张示例卡
terminal-filling-activations = 补记已办的激活
terminal-filled = 示例市已备好，数据在 { $folder }。
terminal-kept = 示例市早已备好，数据在 { $folder }，保持不变。
terminal-serving = 正在 { $url } 提供服务，按 Ctrl+C 停止。
terminal-demo =
    打开 { $page }
    接口说明 { $url }/openapi.json
    另开一个终端，可以试：
      $ .venv/bin/qika plan --region 深圳南山 --collected-on 2026-09-01
      $ .venv/bin/qika plan --region 示例市 --collected-on 2026-09-01 --near 31.0,111.0{ $data }
      $ .venv/bin/qika near 31.0 111.0 --channel hospital_first_use{ $data }
      $ .venv/bin/qika status 990000 D00000003{ $data }
      $ .venv/bin/qika sweep --on 2026-12-01 --dry-run{ $data }
      $ .venv/bin/qika rules show 110000
    按 Ctrl+C 停止。
terminal-wrong_use = 命令写得不对：{ $what } 加 --help 看怎么写。
terminal-broken = 系统出了故障，请稍后再试；仍不行请找维护人员。（{ $what }）
terminal-port_taken = 端口已被占用。请用 --port 换一个（make demo PORT=8001）。
terminal-bad_day = { $text } 不是日期。请写成 2026-11-22 这样。
terminal-bad_language = { $text } 不是可用的语言。请写 zh 或 en。
terminal-bad_doors = { $text } 不是可用的入口。请从 public、partner、console 里选，用逗号隔开。
terminal-bad_database = 打不开数据库 { $text }。请写 sqlite:///文件名。
terminal-no_file = 没有文件 { $text }，或读不了。请核对路径。
terminal-unknown_issuer = 没有找到发卡地区 { $text }，或不止一个。请写六位代码。
terminal-unknown_edition = 没有版本 { $text }。请写 packaged、current 或文件夹。
terminal-nothing_to_adopt = { $issuer } 没有自己的规则文件，无可采用。请先写好 regions/{ $issuer }.toml。
terminal-no_demo = 只有 qika demo 的数据才有示例身份证明。
