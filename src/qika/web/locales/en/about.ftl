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
