# Words of the pages and of the API's description.

openapi-description = Where, how and by when a Chinese social security card is activated; and the activation itself.
endpoint-getPlan = Where, how and by when to activate a card
endpoint-askPlan = Where, how and by when to activate a card
endpoint-findPoints = Find service points
endpoint-activate = Activate cards
endpoint-followStream = How a stream of activations stands
endpoint-readStreamResults = What became of each line of a stream
endpoint-record = Record what happened to cards
endpoint-askCardStatus = How a card stands
endpoint-checkSignature = Try a signature, and see what is wrong with it
endpoint-health = This process lives
endpoint-readiness = This process may be sent work

site-name = Qika
site-about = social security card activation
site-description = Where to activate a social security card, what to bring and by when.
page-title = { $title } - Qika
skip = Skip to main content
display = Display settings
size-large = Larger text
size-normal = Standard text
other-language = 中文
back = Back
help = Not sure what to do? Call the social security helpline
footer-api = API
footer-problems = Errors explained
footer-points = Places nearby
footer-status = Card status
footer-home = Start page
footer-version = Version { $version }

home-title = Activate a social security card
home-lead = Say where the card was issued and find out where to go, what to bring and the last day to do it.
home-start = Start now
home-points = Find a place near me
home-fact-time = 1 min
home-fact-time-what = to complete
home-fact-login = No sign-in
home-fact-login-what = needed
home-fact-number = No ID
home-fact-number-what = asked for
home-ways = Common ways to activate
home-ways-hint = Which of them exist depends on the region; the answer follows the local rules.
way-bank_counter = Take the card and an identity document to the bank printed on the card
way-hospital_first_use = Use the card when registering, as an outpatient or on admission
way-pharmacy_first_use = Use the card to pay at a designated pharmacy
way-bank_entrusted = An agent takes a letter and both identity documents to the bank
way-online_alipay = Without going anywhere, in a few regions
home-when = When to do it by
home-when-text = Each region sets its own deadline, and some have none. The answer gives the day, the grounds and how sure they are.
home-when-practice = People often speak of { $days } days from the day you got the card. That is reference practice only: we found no official text with it.
home-when-link = Work out my last day
home-need = Before you start
home-need-1 = Which city issued the card
home-need-2 = Roughly when you got it
home-need-3 = Whether you or someone else will go

form-region = Where was the card issued?
errors-title = Something needs to be changed
errors-count = { $count ->
    [one] Please change this:
   *[other] Please change these { $count }:
  }

wrong-region = Say where the card was issued
wrong-collected_on = Check the day you got the card: a year of four digits and a month; the day may be left out
wrong-place = Give the district you are in, or latitude and longitude

candidates-title = Which one do you mean?
candidates-lead = { $count } regions are called "{ $region }". Choose one.
candidates-other = Ask about another region

elsewhere-title = Not covered: { $region }
elsewhere-lead = Social security cards of the mainland are not issued in { $region }, so there are no activation rules to show.
elsewhere-next = If a mainland city issued your card, ask about that city, or call 12333 there.

answer-change = Change
answer-as_of = Rules of { $day }
fictitious-tag = fictitious region
renamed = "{ $old }" is now part of { $region }.
due-reference = Reference date (not this region's rule)
due-left = { $count ->
    [one] { $count } day left
   *[other] { $count } days left
  }
due-today = That is today
due-over = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
  }
due-what = What to do
due-counting = How it counts
due-basis = Grounds
due-provisional = The public holidays of that year are not announced yet; the day may move.
due-set-collected = Give the day
due-set-made = Give the day the card was made
due-set-applied = Give the day you applied
miss-title = If you miss the day
miss-back = The way back
ways-none = No way published by this region was found. Call { $hotline } to ask.
ways-not-title = Ways that do not apply
bring-title = What to bring
bring-copies = { $count ->
    [one] { $count } copy
   *[other] { $count } copies
  }
bring-of = of { $who }
bring-any = any one of: { $names }
steps-title = What to do
where-title = Where to go
usable = Usable from { $day }
option-since = since { $day }
authority-title = Who is responsible, whom to ask
authority-name = Authority
authority-phone = Hotline
authority-law = By law
notes-title = Remarks
sources-title = Sources
source-dated = dated { $dated }
source-undated = undated
source-article = art. { $article }
rule-version = Rule version
confirm-hint = Call before you go.

points-title = Find a place to activate
points-place = Where are you now?
points-place-hint = Name or code of a district, or latitude,longitude
points-submit = Find
points-none = No such place was found. Try another district or fewer filters.
points-more = Show more
points-filter = Filters
points-all = All
points-open-now = Open now
points-list = List of places
points-fresh = Places come from public lists and may have changed. Call before you go.
kind-bank_outlet = bank outlet
kind-hospital = hospital
kind-pharmacy = pharmacy
kind-bureau = social security counter
kind-community_centre = community centre
kind-kiosk = kiosk
open-open = Open
open-closed = Closed
open-unknown = Hours not confirmed
open-until = until { $time }
open-next = opens { $day }, { $time }
call = Call
distance-m = { $metres } m
distance-km = { $kilometres } km
example-point = Example, not a real place

status-title = Card status
status-lead = Give the card number and either the holder's name or the social security number. Nothing you type is kept.
status-number = Card number
status-name = Holder's name
status-ssn = Social security number
status-submit = Look up
status-history = History
status-no-history = Nothing has been recorded yet.

problems-title = Errors explained
problems-decisions = Decisions
problems-calls = Problems with a call
problems-lead = What each outcome and each error means, and what to do next.
