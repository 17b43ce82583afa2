# Words of the command line.

terminal-version = Rule version { $version }, asked for { $day }
terminal-by_when = By when
terminal-no_deadline = No deadline rule was found.
terminal-days_left = ({ $days } days left)
terminal-where = Where and how
terminal-usable_from = usable from { $day }
terminal-bring = bring:
terminal-opens = opens next { $when }
terminal-ask = Who answers
terminal-sources = Sources
terminal-article = , art. { $article }
terminal-candidates = Several regions fit. Ask again with a code:
terminal-no_region = No such region was found. Write its full name or six-digit code, such as 440305.
terminal-not_covered = { $region } does not issue mainland social security cards.
terminal-no_points = No point fits. Ask for less, or call 12333 first.
terminal-more = There are more: --cursor { $cursor }
terminal-missing = missing:
terminal-acknowledged = (medical insurance confirmed { $when })
terminal-sweep = { $day }: looked at { $looked_at }, suspended { $suspended }, left { $left }, changed by others meanwhile { $lost }.
terminal-sweep_dry = { $day }, tried only, nothing changed: looked at { $looked_at }, would suspend { $suspended }, leave { $left }, conflicts { $lost }.
terminal-audit = Histories checked: { $cards }. Broken: { $broken }.
terminal-delivered = Confirmed by the medical insurance side: { $count }.
terminal-undated = undated
terminal-rules_good = The rules are sound: version { $rule_version }, { $issuers } issuers, { $channels } channels, { $rules } rules, { $notes } notes, { $left_out } left out, { $sources } sources.
terminal-adopted = { $region } has adopted its { $rules } own rules; new version { $version }. Its deadlines will be swept from now on.
terminal-diff = { $removed } gone, { $added } new.
terminal-loading = loading
terminal-filling-points = Writing example points
terminal-filling-cards = Writing 2,000 example cards
terminal-filling-activations = Recording the activations that have happened
terminal-filled = Example City is ready; its data is in { $folder }.
terminal-kept = Example City was ready; its data in { $folder } is kept.
terminal-demo =
    Open { $page }
    API description { $url }/openapi.json
    In another terminal, try:
      $ .venv/bin/qika plan --region 深圳南山 --collected-on 2026-09-01
      $ .venv/bin/qika plan --region "example city" --collected-on 2026-09-01 --near 31.0,111.0
      $ .venv/bin/qika near 31.0 111.0 --channel hospital_first_use
      $ .venv/bin/qika status 990000 D00000003
      $ .venv/bin/qika sweep --on 2026-12-01 --dry-run
      $ .venv/bin/qika rules show 110000
    Press Ctrl+C to stop.
terminal-broken = Something is broken; try again later, and if it stays so ask whoever looks after this system. ({ $what })
terminal-bad_day = { $text } is no day. Write it like 2026-11-22.
terminal-bad_language = { $text } is no language here. Write zh or en.
terminal-unknown_issuer = No issuer { $text } was found, or several. Write its six-digit code.
terminal-unknown_edition = There is no edition { $text }. Write packaged, current or a folder.
terminal-nothing_to_adopt = { $issuer } has no rule file of its own to adopt. Write regions/{ $issuer }.toml first.
terminal-no_demo = Only the data of qika demo has proofs of identity to try.
