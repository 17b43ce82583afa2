# Words of the command line.

terminal-region = { $region } ({ $code })
terminal-version = By the rules of { $day }, rule version { $version }
terminal-day = { $weekday } { $day }
terminal-line = { $label }: { $text }
terminal-notices = Read this first
terminal-by_when = By when
terminal-no_deadline = No deadline rule was found.
terminal-day_unknown = { $counting } That day is not known; ask again with it.
terminal-remark = Remark
terminal-where = Where and how
terminal-does = for the { $applications }
terminal-not_offered = { $names }: { $reason }
terminal-usable_from = usable from { $day }
terminal-bring = What to bring
terminal-of = { $document } (of { $who })
terminal-any_as_above = any of those listed above
terminal-steps = What to do
terminal-points = Nearest places (call before you go)
terminal-example = (fictitious, to try only)
terminal-ask = Whom to ask
terminal-phone = telephone { $number }
terminal-notes = Remarks
terminal-graded = { $text } ({ $grade })
terminal-sources = Sources
terminal-candidates = Several regions fit. Ask again with one of these codes:
terminal-not_covered = { $region } does not issue mainland social security cards.
terminal-no_points = No place fits. Ask with fewer conditions, or call 12333 first.
terminal-more = There are more; to go on, add: --cursor { $cursor }
terminal-missing = Still missing:
terminal-replayed = This request was carried out before; nothing was done again, the answer is the same.
terminal-no_card = This card was not found. Check the issuing region and the card number.
terminal-state = The card now
terminal-lost_by_deadline = because the deadline passed before it was activated
terminal-history = What has happened
terminal-no_history = Nothing is on record yet.
terminal-undoes = which undoes the loss report of line { $number }
terminal-acknowledged = medical insurance confirmed { $when }
terminal-sweep = Cards due before { $day }: looked at { $looked_at }, suspended { $suspended }, duty done in time { $done }, left as they are { $left }, changed elsewhere meanwhile and looked at next time { $lost }.
terminal-sweep_dry = Tried only, nothing changed. Cards due before { $day }: looked at { $looked_at }, would suspend { $suspended }, duty done in time { $done }, leave { $left }, changed elsewhere { $lost }.
terminal-audit = Histories checked: { $cards }. Not in order: { $broken }.
terminal-delivered = Confirmed by the medical insurance side: { $count }.
terminal-undated = undated
terminal-rules_good = The rules are sound: version { $rule_version }, { $issuers } issuers, { $channels } channels, { $rules } rules, { $notes } notes, { $left_out } left out, { $sources } sources.
terminal-since = since { $day }
terminal-national = nationwide
terminal-adopted = { $region } has adopted its { $rules } own rules; new version { $version }. Its deadlines will be swept from now on.
terminal-diff = { $removed } gone, { $added } new.
terminal-loading = Loading
terminal-filling-points = Writing example points
terminal-filling-cards = Writing 2,000 example cards
terminal-filling-activations = Recording the activations that have happened
terminal-filled = Example City is ready; its data is in { $folder }.
terminal-kept = Example City was ready; its data in { $folder } is kept.
terminal-serving = Serving on { $url }. Press Ctrl+C to stop.
terminal-demo =
    Open { $page }
    API description { $url }/openapi.json
    In another terminal, try:
      $ .venv/bin/qika plan --region 深圳南山 --collected-on 2026-09-01
      $ .venv/bin/qika plan --region "example city" --collected-on 2026-09-01 --near 31.0,111.0{ $data }
      $ .venv/bin/qika near 31.0 111.0 --channel hospital_first_use{ $data }
      $ .venv/bin/qika status 990000 D00000003{ $data }
      $ .venv/bin/qika sweep --on 2026-12-01 --dry-run{ $data }
      $ .venv/bin/qika rules show 110000
    Press Ctrl+C to stop.
terminal-wrong_use = The command is not right: { $what } Add --help to see how it is written.
terminal-broken = Something is broken; try again later, and if it stays so ask whoever looks after this system. ({ $what })
terminal-port_taken = The port is taken. Choose another with --port (make demo PORT=8001).
terminal-bad_day = { $text } is no day. Write it like 2026-11-22.
terminal-bad_language = { $text } is no language here. Write zh or en.
terminal-bad_doors = { $text } is no door. Write any of public, partner, console, with commas between.
terminal-bad_database = The database { $text } cannot be opened. Write sqlite:///FILE.
terminal-no_file = The file { $text } is not there or cannot be read. Check its path.
terminal-unknown_issuer = No issuer { $text } was found, or several. Write its six-digit code.
terminal-unknown_edition = There is no edition { $text }. Write packaged, current or a folder.
terminal-nothing_to_adopt = { $issuer } has no rule file of its own to adopt. Write regions/{ $issuer }.toml first.
terminal-no_demo = Only the data of qika demo has proofs of identity to try.
