"""Rules at work: deadlines kept by the dates they look at are those of all dates."""

from datetime import date, timedelta
from functools import partial
from itertools import product

from qika.cards.deadlines import CardDates, due
from qika.operations.rulings import Rulings
from qika.rulebook.book import parse_rulebook
from qika.rulebook.model import Clock, ClockStart
from qika.terms.names import IssuerCode
from qika.wiring import banks, packaged_texts

from tests.people import PlainCalendar

TODAY = date(2026, 11, 20)
DAYS = (None, date(2019, 2, 28), date(2025, 12, 31), TODAY - timedelta(days=1))


def test_every_issuer_and_pair_of_dates_has_the_deadlines_that_all_its_dates_give():
    book, working = parse_rulebook(packaged_texts(), banks().names), PlainCalendar()
    rulings = Rulings(book, lambda issuer: (issuer,))
    starts = set()
    for issuer in (*sorted(book.issuers), IssuerCode("999999")):
        rules_on = partial(rulings.on, issuer)
        for dates in (CardDates(*days) for days in product(DAYS, repeat=3)):
            whole = {clock: due(clock, dates, rules_on, TODAY, working) for clock in Clock}
            assert rulings.dues(issuer, dates, TODAY, working) == whole, (issuer, dates)
            starts |= {found.deadline.start for found in whole.values() if found}
    assert {ClockStart.COLLECTED, ClockStart.MADE} <= starts, "both kinds were looked at"


def test_dates_that_no_deadline_looks_at_share_what_was_computed():
    seen = []

    class Counting(PlainCalendar):
        def is_working_day(self, day):
            seen.append(day)
            return super().is_working_day(day)

    rulings = Rulings(parse_rulebook(packaged_texts(), banks().names), lambda issuer: (issuer,))
    issuer, collected = IssuerCode("990000"), date(2026, 3, 1)
    for made in range(1, 29):
        rulings.dues(issuer, CardDates(date(2026, 1, made), None, collected), TODAY, Counting())
    made_alike = len(seen)
    rulings.dues(issuer, CardDates(date(2026, 1, 1), None, collected), TODAY, Counting())
    assert len(seen) == made_alike
    assert len(rulings._dues) == 1 + 28
