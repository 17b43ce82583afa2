# Region pages, rules, and what Qika knows and from where.

footer-regions = Rules by region
trail = You are here
label-separator = : {""}
whose-national = nation
whose-reference = practice elsewhere, not this region's rule

regions-all = All regions

region-title = Activating a social security card of { $region }: what holds there
region-ask = Ask for my card
region-ask-phone = Call { $hotline } to be sure.
region-when = When to do it by
region-when-none = No activation deadline published by this region was found.
region-practice = Common practice elsewhere
region-practice-only = (practice elsewhere only)
region-ways = Where to do it
region-ways-reference = What this region says about these was not found. Call before you go.
region-way-who = Who may come: {""}
region-way-not = not done
region-loss = Lost, locked or to be renewed
region-others = Other rules
region-whose = Where these values come from
region-rules = Every value with its source and date
region-missing = Not found in any publication
region-missing-lead = Article 16 of the Measures asks the issuing region to publish these. That nothing was found does not mean that there is no rule.
region-below = Divisions below
standing-offered = Offered
standing-reference = Usual elsewhere
standing-refused = Not offered, says the region
standing-unknown = Nothing found
origin-own = { $count ->
    [one] { $count } value of { $region } itself
   *[other] { $count } values of { $region } itself
  }
origin-above = { $count ->
    [one] { $count } value of a division above { $region }
   *[other] { $count } values of divisions above { $region }
  }
origin-reference = { $count ->
    [one] { $count } value is practice elsewhere, not a rule of { $region }
   *[other] { $count } values are practice elsewhere, not rules of { $region }
  }
part-who_may_apply = Who may apply, and for whom
part-term_and_method = Terms and methods
part-scope = Where the card works
part-loss_and_reissue = Loss and re-issue
part-functions = What the card does
part-rights_and_duties = Rights and duties

regions-title = Rules by region
regions-lead = Choose the province that issued the card, then the city or county.
regions-provinces = Provinces, regions and municipalities
regions-elsewhere = No rules to show here
regions-elsewhere-lead = Social security cards of the mainland are not issued in these regions.
divisions-title = Cities and counties: { $region }
divisions-lead = Choose a division to see what holds there.
divisions-whole = Rules of { $region }

report-title = This is wrong
report-lead = Say what is wrong. Somebody will look at it and mend it.
say-wrong = What is wrong?
say-wrong-hint = For example: this outlet has moved.
say-right = What would be right?
say-right-hint = Leave it empty if you do not know.
say-seen = Where did you see it?
say-seen-hint = For example: a notice on the door, or a web address.
report-optional = (optional)
report-privacy = Please give no names, identity numbers or card numbers. We do not ask who you are.
report-submit = Send
report-missing = Say what is wrong
report-too_long = Please write less, { $length } characters at most
report-somebody = Take out the identity number, then send it
report-elsewhere = This did not come from a page of this site and was not kept. Please write it here.
report-too_many = Too many reports are coming in, and this one was not kept. Please send it in an hour. For anything urgent call 12333.
report-not_kept = Something broke and this was not kept. Please send it again in a moment.
reported-title = Thank you, it is kept
reported-reference = Reference
reported-next = Somebody will check it and change the page if you are right. We do not know who you are, so nobody will write back.
reported-back = Back to where you were
reported-site = This site
reported-regions = List of regions
reported-status-words = Card states explained
reported-legal-basis = Legal basis
reported-sources = Sources
reported-accessibility = Accessibility
reported-employers = For employers

rules-title-all = { $region }: rule by rule
rules-lead = Choose one to see its sources, its date and what was said before.
rules-on = Rules of which day?
rules-on-submit = Show
rules-nothing = nothing found
rules-values = { $count ->
    [one] { $count } value
   *[other] { $count } values
  }
rules-of-them = ({ $count } from the region or above it, the rest practice elsewhere)
rules-doubt = Where sources contradict each other
rules-left_out = Claims left out of the rulebook
rules-left_out-lead = Too weak, or nothing to do with activation.
rules-report = Something wrong here? Tell us
rule-title = { $region }: { $parameter }
rule-held = What holds on { $day }
rule-nothing = No rule of this region was found.
rule-history = Before and after
rule-no-history = The sources bear no dates, so no order can be told.
rule-before = (before: { $value })
rule-edition = Edition of the rulebook in force
fate-later = not yet in force
fate-in_force = in force that day
fate-followed = followed by a newer one
fate-overridden = a nearer or narrower rule holds
