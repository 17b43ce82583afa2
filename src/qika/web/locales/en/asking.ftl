# Words of the start page's promise and of the pages that ask one question each.

ask-step = Question { $number } of { $total }
ask-title = { $title } { $step }
ask-title-wrong = Error: { $title }
ask-next = Continue
ask-finish = See the answer
ask-skip = Skip the rest and see the answer
ask-skip-last = See the answer without a place
ask-or = or
ask-why = Why we ask
ask-kept = We do not keep your answers.
ask-answers = Your answers so far
ask-change = Change
ask-change-what = Change: { $what }

ask-region = Where was the card issued?
ask-region-short = Issued in
ask-region-label = City or district
ask-region-hint = The name of the city or district is enough, such as Shenzhen. Its six-digit code works too.
ask-region-why = Deadlines, ways and documents differ from region to region.
ask-region-unsure = I do not know where it was issued
ask-region-unsure-1 = Usually it is the city where you were insured when you got the card.
ask-region-unsure-2 = You can also look for the issuing office printed on the card, or call 12333.

ask-bank = Which bank is printed on the card?
ask-bank-short = Bank on the card
ask-bank-hint = The name of the bank is printed on the card
ask-bank-listed = These are the banks the region has published.
ask-bank-other = Your bank is not here? Write its name
ask-bank-unsure = I am not sure, or I do not have the card yet
ask-bank-why = The bank account on the card is usually activated at the bank printed on it.
ask-bank-wrong = Choose a bank, or “I am not sure”
ask-bank-unknown = We do not know this bank. Write its full name, or choose “I am not sure”.

ask-collected = When did you get the card?
ask-collected-short = Card received
ask-day-hint = Year and month are enough. For example, { $year } and { $month }.
ask-day-year = Year
ask-day-month = Month
ask-day-day = Day (optional)
ask-day-both = You wrote a date and also chose “{ $chosen }”. Keep only one of them.
ask-collected-yes = I have it, but do not remember the month
ask-collected-no = I do not have it yet
ask-collected-unknown = I am not sure
ask-collected-why = In some regions the time runs from the day you got the card. We need it to work out the last day.
ask-collected-wrong = Write the year and month you got the card, or choose one of the answers below
ask-collected-future = That day has not come yet. Check the year and month, or choose “I do not have it yet”.

ask-made = When was the card made?
ask-made-short = Card made
ask-made-unsure = I am not sure
ask-made-unsure-what = You can ask the bank or call 12333
ask-made-why = Here a time limit runs from the day the card was made. We need it to work out the last day.
ask-made-wrong = Write the year and month the card was made, or choose “I am not sure”
ask-made-future = That day has not come yet. Check the year and month.

ask-applied = When did you apply for the card?
ask-applied-short = Card applied for
ask-applied-unsure = I am not sure
ask-applied-unsure-what = You can look at your receipt or call 12333
ask-applied-why = Here a time limit runs from the day you applied. We need it to work out the last day.
ask-applied-wrong = Write the year and month you applied, or choose “I am not sure”
ask-applied-future = That day has not come yet. Check the year and month.

ask-application = What do you want to activate?
ask-application-short = To activate
ask-application-hint = A social security card does two things, and each is activated on its own
ask-application-social = Seeing a doctor and receiving benefits
ask-application-social-what = Called the social application
ask-application-financial = Using it as a bank card
ask-application-financial-what = Called the financial application: the bank account on the card
ask-application-both = Both
ask-application-unsure = I am not sure
ask-application-unsure-what = We show you both
ask-application-why = The two are not always activated in the same place.
ask-application-wrong = Choose what to activate, or “I am not sure”

ask-who = Who will go?
ask-who-short = Who goes
ask-who-hint = What to bring depends on who goes
ask-who-holder = I will go myself
ask-who-agent = Someone else will go for me
ask-who-guardian = I am the guardian of a child or of another person
ask-who-homebound = The holder cannot leave home
ask-who-unsure = I am not sure yet
ask-who-unsure-what = We answer as if you go yourself
ask-who-offered = { $count ->
    [one] One way found for { $region }
   *[other] { $count } ways found for { $region }
}
ask-who-not-offered = No such way was found for { $region }
ask-who-why = Some ways do not accept another person, and some come to your home.
ask-who-wrong = Choose who will go, or “I am not sure yet”
ask-who-summary-holder = The holder
ask-who-summary-agent = Someone else
ask-who-summary-guardian = A guardian
ask-who-summary-homebound = The holder cannot leave home

ask-near = Where are you now?
ask-near-short = Where you are
ask-near-label = District, or “latitude, longitude”
ask-near-hint = The name of a district is enough. Without it you still get the answer, only not sorted by distance.
ask-near-here = I am in { $region }
ask-near-why = To put what is near first. The place is not kept and not sent to anyone.
ask-near-wrong = We did not find this place. Write the name of a district, or “latitude, longitude”.
ask-near-which = There are { $count } places of that name: choose one below
ask-near-place = The place you gave

wrong-region-unknown = We did not find “{ $region }”. Write the full name of a city or district, such as Shenzhen.
