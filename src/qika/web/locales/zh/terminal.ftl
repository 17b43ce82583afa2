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
terminal-audit_seals = 封签 { $count } 个，最近的封到 { $day }。
terminal-audit_changed = { $day }的封签对不上：封签之后有历史被改过，或者封签本身被改过。请与那天之后不久的数据库副本比对。
terminal-sealed = 已把截至 { $day }的 { $cards } 份历史封签。请把这个值另存到数据库管理人改不到的地方：{ $root }
terminal-seal_early = { $day }还不能封签。请在当天结束一小时以后再封。
terminal-seal_past = { $day }不能单独封签：后面的日子已经封过，已包含这一天。
terminal-forgotten = 已删除 { $day }以前收到的未成功记录 { $count } 条，历史没有动。
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
terminal-broken = 系统出了故障，请稍后再试；仍不行请找维护人员（{ $what }）。
terminal-database_unusable = 数据库现在用不了（{ $what }）。请核对地址，看它是否在运行、磁盘是否满了，再运行同一条命令。
terminal-port_taken = 端口已被占用。请用 --port 换一个（make demo PORT=8001）。
terminal-bad_day = { $text } 不是日期。请写成 2026-11-22 这样。
terminal-bad_language = { $text } 不是可用的语言。请写 zh 或 en。
terminal-bad_doors = { $text } 不是可用的入口。请从 public、partner、console 里选，用逗号隔开。
terminal-bad_proxy = 不是地址或网段：{ $text }。请这样写：127.0.0.1 或 10.0.0.0/8，几个之间用空格。
terminal-bad_host = 网站不对：{ $text }。请只写协议和主机，例如 https://jobs.example，几个之间用空格。
terminal-bad_origin = 网址不对：{ $text }。请只写协议和主机，例如 https://card.example。
terminal-tiles-unknown = 没有叫 { $text } 的地图服务商。请用 tianditu、amap，或数据目录 tiles.toml 里写的名称。
terminal-tiles-table = 地图服务商的表读不了：{ $text }
terminal-tiles-approval = { $text } 没有写审图号，不能显示街道地图。请把它的一行抄到数据目录的 tiles.toml，填上审图号。
terminal-tiles-key = 缺少地图密钥，或写法不对。请设环境变量 { $text }，或用 { $text }_FILE 指向存密钥的文件。
terminal-tiles-terms = 注意：{ $text } 的使用条款还没有人核对。核对后请在 tiles.toml 写 terms = "verified"。
terminal-bad_fonts = 没有这个字体文件夹：{ $folder }
terminal-bad_database = 打不开数据库 { $text }。请写 sqlite:///文件名 或 postgresql://用户@主机/库名。
terminal-no_file = 没有文件 { $text }，或读不了。请核对路径。
terminal-unknown_issuer = 没有找到发卡地区 { $text }，或不止一个。请写六位代码。
terminal-unknown_edition = 没有版本 { $text }。请写 packaged、current 或文件夹。
terminal-nothing_to_adopt = { $issuer } 没有自己的规则文件，无可采用。请先写好 regions/{ $issuer }.toml。
terminal-no_demo = 只有 qika demo 的数据才有示例身份证明。

# 数据库

terminal-database_made = 已建好空库 { $text }（{ $engine }）：{ $tables } 张表，表结构第 { $number } 版。
terminal-database_was_there = { $text }（{ $engine }）早已建好：{ $tables } 张表，表结构第 { $number } 版，没有改动。
terminal-database_newest = { $text } 的表结构已是最新的第 { $number } 版，没有改动。
terminal-database_migrated = { $text } 的表结构已从第 { $before } 版升到第 { $after } 版。
terminal-database_number = 表结构第 { $number } 版，是最新的。各表行数：
terminal-database_waiting = 等着告知 { $destination } 的 { $rows } 条，最早的收于 { $since }。
terminal-database_walk = 逐卡核对
terminal-database_walked = 核对了全部 { $cards } 张卡、{ $events } 条历史。
terminal-database_sampled = 抽查了 { $cards } 张卡、{ $events } 条历史；没有查缺卡缺人的行。
terminal-database_fine = 没有发现问题。
terminal-database_at_rest = 复制期间请停掉一切写入 { $text } 的程序；中途断了，用同一条命令接着做。
terminal-database_copying = 复制
terminal-database_comparing = 两边逐行比对
terminal-database_chains = 核对历史
terminal-database_copied = 复制完成：{ $rows } 行，两边逐行一致；新库 { $cards } 张卡的历史都对得上。
terminal-database_resumed = 接着上次做完了：共 { $rows } 行，两边逐行一致；新库 { $cards } 张卡的历史都对得上。
terminal-database_already = 这次复制以前已经做完（{ $rows } 行），没有再做。
terminal-database_keys = 卡号和姓名的密钥不在数据库里。请把 { $text } 安全地复制为 { $place }，否则新库查不到卡，也读不出姓名。
fault-bad_address = 数据库地址 { $text } 写得不对。请写 sqlite:///文件名 或 postgresql://用户@主机/库名。
fault-unreachable = 连不上数据库 { $text }：{ $detail }。请核对地址，看数据库是否在运行。
fault-not_there = 数据库 { $text } 不存在。请核对地址，或先运行 qika database create。
fault-foreign = 数据库 { $text } 里有别的程序的表（{ $detail }），不去动它。请换一个空库。
fault-not_allowed = 数据库 { $text } 不许这样做：{ $detail }。请让管理员授权，或由管理员先建好空库。
fault-unsafe = 打不开数据库 { $text }：{ $detail }。
fault-old_server = 数据库 { $text } 的 PostgreSQL 是 { $detail } 版，太旧。请用 15 版或更新的。
fault-damaged = { $text } 不是数据库，或已损坏：{ $detail }。请核对地址，或恢复备份。
fault-failed = 数据库 { $text } 报错：{ $detail }。处理后再运行同一条命令。
fault-empty = 数据库 { $text } 还没有表。请先运行 qika database create。
fault-behind = 数据库 { $text } 的表结构还旧（已有 { $detail } 步）。请先运行 qika database migrate。
fault-ahead = 数据库 { $text } 的表结构（第 { $detail } 版）比本程序新。请换用新程序。
fault-altered = 数据库 { $text } 不是本程序的表结构建成的（{ $detail } 不同）。请用建它的程序，或恢复备份。
fault-same = { $text } 不能复制到它自己。请换一个目标。
fault-holds_data = { $text } 里已有数据（{ $detail }），没有写入。请换一个空库作目标。
fault-other_source = { $text } 正在接收从 { $detail } 来的复制，没有写入。请用原来的来源接着做，或换一个空库作目标。
fault-other_copy = 另有一个复制正在写入 { $text }，这一个已停下。请等它做完。
fault-source_changed = 复制开始以后，{ $text } 里的数据变了（{ $detail } 表）。请停掉写入它的程序，换一个空库作目标，从头再来。
fault-not_arrived = { $text } 的 { $detail } 表与来源不一致，有别的程序写过。请换一个空库作目标，从头再来。
fault-broken_chains = 已复制到 { $text }，但有 { $detail } 张卡的历史对不上。请先对来源运行 qika database check。
found-unreadable = { $table } 表有 { $count } 张卡读不懂：状态、日期或历史里有本程序不认识的内容
found-contradiction = { $table } 表有 { $count } 张卡的状态自相矛盾
found-broken_chain = { $table } 表有 { $count } 张卡的历史对不上
found-no_card = { $table } 表有 { $count } 行找不到卡
found-no_holder = { $table } 表有 { $count } 张卡没有持卡人
found-no_event = { $table } 表有 { $count } 行找不到对应的历史
found-unfinished_copy = 有一次复制没有做完（{ $count } 张表），请用同一条 copy 命令接着做
found-waits_long = { $table } 表有 { $count } 条等得太久，请看 qika deliver 或接收方是否在运行
terminal-database_examples = ，例如 { $keys }
terminal-plan_head = { $cards } 张卡，每表 { $shards } 个分片（建议 { $advised } 个）
terminal-plan_spread = 按 { $column } 分布，同卡同片（一张卡的事只在一个分片组里）
terminal-plan_columns = 表、每卡行数（假定）、每行字节（实测，含索引）、行数、总大小、每片大小
terminal-plan_group = 每个分片组 { $size }（搬到别的机器时一起走）
terminal-plan_alias = 按 { $column } 分布（由别的号码找卡，另成一组）
terminal-plan_reference = 参考表（每台机器一份）
terminal-plan_local = 只在协调机器上
terminal-plan_total = 合计 { $size }，不含备份、预写日志和副本
terminal-plan_assumed = 每行字节在 PostgreSQL 15 上用 pg_total_relation_size 量得：20 万张虚构卡按随机次序写入，半数激活并已告知医保。每卡行数是假定，请按本地情况折算。分片组大于 10 GiB 时建议加倍分片。

terminal-bad_key = 这个公钥用不了：{ $text }。请用 PEM 格式的公钥，并核对 --algorithm。
terminal-bad_time = { $text } 不是时间。请写成 2026-11-22T10:00:00+08:00 这样，带时区。
terminal-unknown_partner = 没有合作机构或密钥 { $text }。用 qika partners list 看有哪些。
terminal-key_taken = 密钥编号 { $text } 已经有了。请换一个编号。
terminal-too_many_keys = 这个机构已有两把在用的密钥：{ $text }。请先用 qika partners end-key 停用一把。
terminal-no_partners = 还没有合作机构。用 qika partners put 添加。
terminal-partner = { $partner }（{ $id }）
terminal-partner_suspended = { $partner }（{ $id }），已停用
terminal-scope_regions = 地区
terminal-scope_channels = 渠道
terminal-scope_events = 可记录的变化
terminal-scope_banks = 银行
terminal-scope_points = 网点
terminal-nothing = 无
terminal-open_end = 未定
terminal-key = 密钥 { $id }，{ $algorithm }，{ $begun } 起，到 { $until }

terminal-reports = { $count } 条。
terminal-reports_more = 后面可能还有，接着看请加：--after { $after }
terminal-report_closed = 已处理（{ $day }）
terminal-report_done = { $reference } 已记为处理完。
terminal-report_unknown = 没有编号为 { $reference } 的待处理意见。
