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
terminal-audit_seals = Seals: { $count }, the last one up to { $day }.
terminal-audit_changed = The seal of { $day } does not hold: a history was changed after it was sealed, or the seal was. Compare with a copy of the database from soon after that day.
terminal-sealed = Sealed { $cards } histories up to the end of { $day }. Keep this root where the database's keeper cannot change it: { $root }
terminal-seal_early = { $day } cannot be sealed yet. Seal a day from one hour after its end.
terminal-seal_past = { $day } cannot be sealed by itself: a later day is sealed, and that covers it.
terminal-forgotten = Deleted attempts received before { $day }: { $count }. Histories are untouched.
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
terminal-broken = Something is broken; try again later, and if it stays so ask whoever looks after this system ({ $what }).
terminal-database_unusable = The database cannot be used now ({ $what }). Check its address, that it runs, and the room on its disk; then run the same command again.
terminal-port_taken = The port is taken. Choose another with --port (make demo PORT=8001).
terminal-bad_day = { $text } is no day. Write it like 2026-11-22.
terminal-bad_language = { $text } is no language here. Write zh or en.
terminal-bad_doors = { $text } is no door. Write any of public, partner, console, with commas between.
terminal-bad_proxy = Not an address or network: { $text }. Write 127.0.0.1 or 10.0.0.0/8, with spaces between several.
terminal-bad_host = Not a site: { $text }. Give scheme and host only, e.g. https://jobs.example, with spaces between several.
terminal-bad_origin = Not an origin: { $text }. Give scheme and host only, e.g. https://card.example.
terminal-tiles-unknown = No provider of maps is called { $text }. Write tianditu, amap, or a name from tiles.toml in the data folder.
terminal-tiles-table = The table of map providers cannot be read: { $text }
terminal-tiles-approval = { $text } has no approval number, so its map is not shown. Copy its row into tiles.toml in the data folder and fill the number in.
terminal-tiles-key = The key of the map is missing or not one. Set the environment variable { $text }, or let { $text }_FILE name a file that holds it.
terminal-tiles-terms = Note: nobody has verified the terms of use of { $text }. Write terms = "verified" into tiles.toml once you have.
terminal-bad_fonts = There is no such folder of fonts: { $folder }
terminal-bad_database = The database { $text } cannot be opened. Write sqlite:///FILE or postgresql://USER@HOST/NAME.
terminal-no_file = The file { $text } is not there or cannot be read. Check its path.
terminal-unknown_issuer = No issuer { $text } was found, or several. Write its six-digit code.
terminal-unknown_edition = There is no edition { $text }. Write packaged, current or a folder.
terminal-nothing_to_adopt = { $issuer } has no rule file of its own to adopt. Write regions/{ $issuer }.toml first.
terminal-no_demo = Only the data of qika demo has proofs of identity to try.

# Databases

terminal-database_made = Made the empty database { $text } ({ $engine }): { $tables } tables, form { $number }.
terminal-database_was_there = { $text } ({ $engine }) was there already: { $tables } tables, form { $number }; nothing was changed.
terminal-database_newest = The tables of { $text } have the newest form, { $number }; nothing was changed.
terminal-database_migrated = The tables of { $text } were brought from form { $before } to form { $after }.
terminal-database_number = The tables have form { $number }, the newest. Rows in each:
terminal-database_waiting = Waiting to be told to { $destination }: { $rows }, the oldest received { $since }.
terminal-database_walk = Looking at cards
terminal-database_walked = Looked at all { $cards } cards and their { $events } events.
terminal-database_sampled = Looked at a sample of { $cards } cards and their { $events } events; rows without a card or a holder were not looked for.
terminal-database_fine = Nothing wrong was found.
terminal-database_at_rest = Stop everything that writes to { $text } while it is copied. If the copy is interrupted, the same command goes on with it.
terminal-database_copying = Copying
terminal-database_comparing = Comparing row by row
terminal-database_chains = Checking histories
terminal-database_copied = Copied { $rows } rows; both sides agree row by row, and the histories of all { $cards } cards in the new database are whole.
terminal-database_resumed = Went on and finished: { $rows } rows in all; both sides agree row by row, and the histories of all { $cards } cards in the new database are whole.
terminal-database_already = This copy was finished before ({ $rows } rows); nothing was done again.
terminal-database_keys = The keys of card numbers and names are not in the database. Copy { $text } safely to { $place }: without it no card of the new database is found and no name is read.
fault-bad_address = The database address { $text } is not right. Write sqlite:///FILE or postgresql://USER@HOST/NAME.
fault-unreachable = The database { $text } cannot be reached: { $detail }. Check the address, and that the database runs.
fault-not_there = There is no database { $text }. Check the address, or run qika database create first.
fault-foreign = The database { $text } holds tables of something else ({ $detail }) and is left alone. Choose an empty one.
fault-not_allowed = The database { $text } does not allow this: { $detail }. Ask its administrator for the right, or to make the empty database.
fault-unsafe = The database { $text } is not opened: { $detail }.
fault-old_server = The PostgreSQL of { $text } is { $detail }, which is too old. Use 15 or newer.
fault-damaged = { $text } is no database, or is damaged: { $detail }. Check the address, or restore a copy.
fault-failed = The database { $text } reports: { $detail }. Mend that and run the same command again.
fault-empty = The database { $text } has no tables yet. Run qika database create first.
fault-behind = The tables of { $text } are not the newest (steps done: { $detail }). Run qika database migrate first.
fault-ahead = The tables of { $text } (form { $detail }) are newer than this program. Use the newer program.
fault-altered = The tables of { $text } were not made by this program's files ({ $detail } differs). Use the program that made it, or restore a copy.
fault-same = { $text } cannot be copied to itself. Choose another target.
fault-holds_data = { $text } holds data already ({ $detail }); nothing was written. Choose an empty database as the target.
fault-other_source = A copy from { $detail } into { $text } was begun; nothing was written. Go on from that source, or choose an empty database as the target.
fault-other_copy = Another copy is writing to { $text }; this one has stopped. Wait until that one is done.
fault-source_changed = { $text } has changed since the copy began ({ $detail }). Stop what writes to it, choose an empty database as the target and begin again.
fault-not_arrived = The table { $detail } of { $text } is not as in the source: something else has written to it. Choose an empty database as the target and begin again.
fault-broken_chains = Everything was copied to { $text }, but the histories of { $detail } cards are not in order. Run qika database check on the source first.
found-unreadable = { $table }: { $count } cards cannot be read; a state, a day or an event says what this program does not know
found-contradiction = { $table }: the states of { $count } cards contradict themselves
found-broken_chain = { $table }: the histories of { $count } cards are not in order
found-no_card = { $table }: { $count } rows of cards that are not there
found-no_holder = { $table }: { $count } cards without a holder
found-no_event = { $table }: { $count } rows of events that are not there
found-unfinished_copy = a copy into this database was not finished ({ $count } tables); the same copy command goes on with it
found-waits_long = { $table }: { $count } messages have waited too long; see whether qika deliver and the receiver run
terminal-database_examples = , for example { $keys }
terminal-plan_head = { $cards } cards, { $shards } shards of each table (advised: { $advised })
terminal-plan_spread = Spread by { $column } and co-located (all of one card is in one shard group)
terminal-plan_columns = table, rows a card (assumed), bytes a row (measured, with indexes), rows, size, size of a shard
terminal-plan_group = a shard group: { $size } (moves to another machine as one)
terminal-plan_alias = Spread by { $column } (finds a card from another number; a group of its own)
terminal-plan_reference = Reference tables (whole on every machine)
terminal-plan_local = On the coordinator only
terminal-plan_total = { $size } in all, without backups, write-ahead log and replicas
terminal-plan_assumed = Bytes a row were measured on PostgreSQL 15 by pg_total_relation_size: 200,000 fictitious cards written in random order, half of them activated and told to the medical insurance side. Rows a card are assumed: scale them to what you have. Shards are doubled where a shard group would exceed 10 GiB.

terminal-bad_key = This public key cannot be used: { $text }. Give a public key in PEM, and check --algorithm.
terminal-bad_time = { $text } is no time. Write it like 2026-11-22T10:00:00+08:00, with its offset.
terminal-unknown_partner = There is no partner or key { $text }. See qika partners list.
terminal-key_taken = There is a key { $text } already. Choose another id.
terminal-too_many_keys = This partner has two keys in force: { $text }. End one first with qika partners end-key.
terminal-no_partners = There are no partners yet. Add one with qika partners put.
terminal-partner = { $partner } ({ $id })
terminal-partner_suspended = { $partner } ({ $id }), suspended
terminal-scope_regions = regions
terminal-scope_channels = channels
terminal-scope_events = events it may record
terminal-scope_banks = banks
terminal-scope_points = points
terminal-nothing = none
terminal-open_end = open
terminal-key = key { $id }, { $algorithm }, from { $begun } until { $until }

terminal-reports = { $count } reports.
terminal-reports_more = There may be more; go on with: --after { $after }
terminal-report_closed = dealt with ({ $day })
terminal-report_done = { $reference } is noted as dealt with.
terminal-report_unknown = No open report has the reference { $reference }.
