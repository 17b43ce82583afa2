"""The rulebook at work: rules of an issuer on a day, resolved once and kept while they hold."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TypeAlias

from qika.cards.deadlines import Calendar, CardDates, Due, due
from qika.rulebook.book import Rulebook, Rules
from qika.rulebook.model import Clock
from qika.rulebook.reading import NATIONAL
from qika.terms.names import IssuerCode

KEPT_MAX = 4_096
"""Issuers whose resolved rules are kept; more than there are divisions in the country."""

DUES_MAX = 65_536
"""Deadlines kept at once; cards of one day share theirs."""

_DuePlace: TypeAlias = tuple[IssuerCode, CardDates, date]


class Rulings:
    """Resolves rules by issuer and day."""

    def __init__(
        self, book: Rulebook, chain_of: Callable[[IssuerCode], tuple[IssuerCode, ...]]
    ) -> None:
        """Take an edition and the function from an issuer to its chain, nearest first."""
        self.chain_of = chain_of
        self.put_in_force(book)

    def put_in_force(self, book: Rulebook) -> None:
        """Answer from another edition from now on."""
        self.book = book
        self._periods: dict[IssuerCode, _Periods] = {}
        self._alike: dict[tuple[tuple[IssuerCode, ...], int], Rules] = {}
        self._dues: dict[_DuePlace, Mapping[Clock, Due | None]] = {}

    def dues(
        self, issuer: IssuerCode, dates: CardDates, today: date, working: Calendar
    ) -> Mapping[Clock, Due | None]:
        """Apply the deadlines of an issuer to a card's dates; kept, as cards share their dates."""
        place = (issuer, dates, today)
        found = self._dues.get(place)
        if found is None:
            if len(self._dues) >= DUES_MAX:
                self._dues.clear()
            rules_on = partial(self.on, issuer)
            found = {clock: due(clock, dates, rules_on, today, working) for clock in Clock}
            self._dues[place] = found
        return found

    def on(self, issuer: IssuerCode, day: date) -> Rules:
        """Give the rules in force for ``issuer`` on ``day``; the same object while they hold."""
        periods = self._periods.get(issuer)
        if periods is None:
            if len(self._periods) >= KEPT_MAX:
                self._periods.clear()
            chain = self.chain_of(issuer)
            periods = self._periods[issuer] = _Periods(chain, self.book.change_days(chain))
        number = bisect_right(periods.days, day)
        rules = periods.rules.get(number)
        if rules is None:
            rules = periods.rules[number] = self._resolved(periods.chain, number, day)
        return rules

    def _resolved(self, chain: tuple[IssuerCode, ...], number: int, day: date) -> Rules:
        """Resolve once for all chains that differ only in issuers without a file."""
        place = (tuple(issuer for issuer in chain if issuer in self.book.issuers), number)
        alike = self._alike.get(place)
        if alike is None:
            alike = self._alike[place] = self.book.at(chain, day)
        return replace(alike, chain=(*chain, NATIONAL), day=day)


@dataclass(slots=True)
class _Periods:
    """The days on which an issuer's rules change, and the rules resolved so far in between."""

    chain: tuple[IssuerCode, ...]
    days: tuple[date, ...]
    rules: dict[int, Rules] = field(default_factory=dict[int, Rules])
