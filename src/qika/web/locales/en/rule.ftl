# Words for what rules say.

list-separator = , {""}
clause-separator = , {""}
sentence-separator = {" "}
yes = yes
no = no

authority = Human resources and social security department of { $region }
authority-elsewhere = The human resources and social security department of the mainland region that issued the card
responsible_for = Issue and use of social security cards in its region (Measures for the Administration of Social Security Cards, art. 3)

notice-fictitious = This region is fictitious. It is here to try the system and states no real city's rules.
notice-no_rule_published = No activation deadline published by this region was found. The date below follows common practice elsewhere and is for reference only; call 12333 to confirm.
notice-collect_first = Collect the card first, then activate it.
notice-overdue = The last day has passed. Follow the steps back below.
notice-may_be_enabled_already = In this region the social security application may be enabled by itself once the card is collected. Call before you go.
notice-confirm_receipt_first = This region wants receipt of the card confirmed before it is activated.
notice-financial_first = This region wants the financial application activated before the social security one.
notice-bank_unknown = See which bank is printed on the card: it is that bank's outlets you go to.
notice-bank_not_listed = The bank you named is not among the region's known card banks. Look at the card again.
notice-financial_voluntary = This region says that the financial application need not be activated.
notice-guardian_below_age = A guardian comes with or acts for a child; the age limit is the region's.
notice-calendar_provisional = The last day falls in a year whose public holidays are not announced yet; it may move by some days.

basis-adopted = confirmed by the region's authority
basis-published = officially published by the region
basis-reported = reported by public sources, not an official text
basis-reference = common practice elsewhere, for reference only
basis-none = no term is set

grade-A = official source
grade-B = two sources agree
grade-C = one source
grade-K = general knowledge
grade-X = sources contradict each other

start-collected = collecting the card
start-made = making the card
start-arrived_at_outlet = the card reaching the outlet
start-applied = applying
counting-days = Counted from the day after { $start }: { $length } days.
counting-months = Counted from the day of { $start }: { $length } months.
counting-working_days = Counted from the day after { $start }: { $length } working days.
counting-moves = {" "}A last day that is no working day moves to the next working day.
counting-none = The region says that there is no deadline for activation.

clock-activation = Activation
clock-clearance = Collecting the card
duty-social = enable the social security application
duty-financial = activate the financial application at the bank
duty-both = enable the social security and the financial application
duty-collection = collect the card

consequence-none = No consequence is set.
consequence-loss_report_social = The social security application is put on loss report; the card cannot be used at hospitals and pharmacies for the time being.
consequence-loss_report_financial = The financial application is put on loss report; the bank account cannot be used for the time being.
consequence-old_card_restricted = The functions of the old card are restricted.
consequence-sealed_cleared = A card that was not collected is taken back and must be applied for again.
consequence-cancelled = The card is cancelled and must be applied for again.
consequence-unknown = What follows was not found in any source.

way_back-activate_financial_at_bank = First activate the financial application at the bank printed on the card.
way_back-release_social_at_bureau = Then have the loss report of the social security application released where the department says.
way_back-enable_social = Enable the social security application.
way_back-apply_again = Apply for a new card.

who-holder = the holder
who-agent = an agent
who-guardian = a guardian
who-homebound = a homebound holder, visited at home
application-social = social security application
application-financial = financial application

only_if-first_replacement = only for the first replacement of a card
only_if-pin_used = only if the card has a PIN

state-not_collected = not collected yet
state-sealed = not activated
state-normal = active and usable
state-temporary_loss = temporary loss report
state-formal_loss = formal loss report
state-locked = PIN locked
state-cancelled = cancelled

event-activated = activated
event-collected = collected
event-loss_reported = loss reported
event-loss_released = loss report released
event-deadline_passed = deadline passed
event-reissued = reissued
event-exchanged = exchanged
event-cancelled = cancelled
event-locked = PIN locked
event-unlocked = PIN unlocked
event-activation_reversed = activation reversed

unit-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
  }
unit-working_days = { $count ->
    [one] { $count } working day
   *[other] { $count } working days
  }
unit-years_of_age = age { $count }
unit-years = { $count ->
    [one] { $count } year
   *[other] { $count } years
  }
unit-wrong_tries = { $count ->
    [one] { $count } wrong try
   *[other] { $count } wrong tries
  }
unit-banks = { $count ->
    [one] { $count } bank
   *[other] { $count } banks
  }
unit-points = { $count ->
    [one] { $count } point
   *[other] { $count } points
  }

value-scope-outlet = only at the issuing outlet
value-scope-county = in the same county or district
value-scope-city = in the same city
value-scope-province = in the same province
value-scope-same_bank_city = at the same bank in the city
value-scope-same_bank_province = at the same bank in the province
value-scope-same_bank_nationwide = at the same bank nationwide
value-scope-any_cooperating_bank_in_province = at any card bank in the province
value-scope-nationwide = nationwide
value-bank_links_social-same_time = at the same time
value-bank_links_social-next_day = on the next day
value-usable_from-same_day = the same day
value-usable_from-next_day = the next day
value-usable_from-following_month = the following month
value-first_use_method-card_only = use the new card
value-first_use_method-old_card_then_new = use the old card, then the new one
value-first_use_method-old_pin = use the card with the old PIN
value-first_use_method-change_initial_pin = use the card and change the initial PIN
value-first_use_method-desk_reads_card = the desk reads the card
value-activation_order-any = either first
value-activation_order-financial_first = financial first
value-activation_order-social_first = social security first
value-enabled_on-act = when it is done
value-enabled_on-collection = on collecting the card
value-enabled_on-day_after_application = the day after applying
value-temporary_loss_expiry-auto_release = released by itself
value-temporary_loss_expiry-auto_cancel = cancelled by itself
value-formal_loss_reversible-no = no
value-formal_loss_reversible-until_reissue = until the card is reissued
value-formal_loss_reversible-yes = yes
value-loss_channels-phone = phone
value-loss_channels-bank_counter = bank counter
value-loss_channels-bank_phone = the bank's phone line
value-loss_channels-bureau_counter = social security counter
value-loss_channels-kiosk = kiosk
value-loss_channels-website = website
value-loss_channels-app = app
value-loss_channels-wechat = WeChat
value-loss_channels-alipay = Alipay
value-loss_channels-sms = text message
value-loss_channels-hospital_kiosk = hospital kiosk
