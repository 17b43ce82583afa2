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

footer-words = Card states
footer-law = Legal basis
footer-sources = Sources
footer-access = Accessibility
footer-employers = For employers

words-title = What the state of a card means
words-lead = Words you meet when you look up a card, and how they are misread.
words-do = What to do
words-misread = Not to be confused

law-title = Legal basis
law-lead = Who is responsible for what, and what each region rules on for itself.
law-measures = The Measures on social security cards
law-measures-lead = In full: Measures for the Administration of the "Social Security Card of the People's Republic of China", document 人社部发〔2011〕47号 of 20 April 2011. Below are the articles of which a reprint was read, in our words. Articles 9 to 12, 14, 17, 18 and from 22 on were not seen.
law-absent = What is not in the articles we read
law-absent-lead = These are often said to come from the Measures. The articles we read hold none of them:
law-absent-next = It is the issuing region that rules on them, by article 16. Where it published nothing, call 12333.
law-documents = Other national documents
law-own = Rules of the regions

sources-page-title = Sources and how fresh they are
sources-page-lead = Every rule is shown with its source, its date and how sure it is.
sources-grades = The { $count } sources of the rulebook
sources-fresh = How fresh
sources-calendar = Public holidays
sources-calendar-until = Announced up to { $year }. Later days may move.
sources-calendar-none = Those of this year are not announced yet.
sources-points = Places
sources-points-text = Each place shows its source and when it was confirmed. Call before you go.
sources-rules = Rules
sources-rules-text = A rule counts from the date of its source. When a new one is taken in, the pages change at once.
sources-sets = Other data
sources-files = Sources by region and channel
sources-of-title = Sources: { $file }
sources-cited = Used for: {""}
sources-noted = { $count ->
    [one] { $count } remark cites it.
   *[other] { $count } remarks cite it.
  }
sources-idle = For comparison only; no rule cites it.

access-title = Accessibility
access-lead = This site is meant for everybody: for the old, for those who see badly, for those with an old phone.
access-tested = How it is checked
access-limits = What is not good enough yet
access-complain = If you cannot use it, tell us
access-complain-text = Say which page and what does not work. No name is needed.
access-complain-link = Tell us
access-phone = If the card is urgent, call

employers-title = For employers
employers-lead = Choose city and bank for a few lines that you can pass on to a new colleague.
employers-region = Where was the card issued?
employers-region-hint = Name of the city or district, such as Shenzhen, or its six-digit code
employers-bank = Which bank is printed on the card?
employers-bank-hint = With more than one bank, make one text for each.
employers-submit = Make the text
employers-paste-zh = Chinese, to copy
employers-paste-en = English, to copy
employers-links = The addresses alone
employers-privacy = They hold the city and the bank, nothing about anybody. Who opens them is known neither to us nor to you.
employers-text =
    Welcome,
    Your social security card is issued by { $region }. Once you have it, it must be activated before you can use it at a doctor's or a pharmacy.
    Where to go, what to bring, by when, and whether somebody else may go for you:
    { $link }
    The page says where each rule comes from. No sign-in; it asks for no name and no identity number.
    If you are not sure, call { $hotline }.
    This message collects nothing about you, and your employer cannot see what you look up.
employers-text-bank =
    Welcome,
    Your social security card is issued by { $region } with { $bank }. Once you have it, it must be activated before you can use it at a doctor's or a pharmacy.
    Where to go, what to bring, by when, and whether somebody else may go for you:
    { $link }
    The page says where each rule comes from. No sign-in; it asks for no name and no identity number.
    If you are not sure, call { $hotline }.
    This message collects nothing about you, and your employer cannot see what you look up.
