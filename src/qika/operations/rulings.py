"""The rulebook at work: rules of an issuer on a day, resolved once and kept while they hold."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TypeAlias

from qika.cards.deadlines import Calendar, CardDates, Due, due, start_of
from qika.rulebook.book import Rulebook, Rules
from qika.rulebook.model import Clock, ClockStart
from qika.rulebook.reading import NATIONAL
from qika.terms.names import IssuerCode

KEPT_MAX = 4_096
"""Issuers whose resolved rules are kept; more than there are divisions in the country."""

DUES_MAX = 65_536
"""Deadlines kept at once; cards of one day share theirs."""

_DuePlace: TypeAlias = tuple[IssuerCode, Clock, CardDates, date]
_CLOCKS = tuple(Clock)


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
        self._dues: dict[_DuePlace, Due | None] = {}

    def dues(
        self, issuer: IssuerCode, dates: CardDates, today: date, working: Calendar
    ) -> Mapping[Clock, Due | None]:
        """Apply the deadlines of an issuer to a card's dates."""
        return {clock: self._due(clock, issuer, dates, today, working) for clock in _CLOCKS}

    def _due(
        self, clock: Clock, issuer: IssuerCode, dates: CardDates, today: date, working: Calendar
    ) -> Due | None:
        """Apply one deadline; kept by the dates that it looks at, as cards share these."""
        counted = dates.counted_by(clock, self._starts_of(issuer, clock))
        place = (issuer, clock, counted, today)
        try:
            return self._dues[place]
        except KeyError:
            pass
        if len(self._dues) >= DUES_MAX:
            self._dues.clear()
        found = due(clock, counted, partial(self.on, issuer), today, working)
        self._dues[place] = found
        return found

    def _starts_of(self, issuer: IssuerCode, clock: Clock) -> frozenset[ClockStart]:
        """Give every start from which a clock counts under rules that an issuer had or has."""
        periods = self._periods_of(issuer)
        found = periods.starts.get(clock)
        if found is None:
            rules = [self.on(issuer, day) for day in (date.min, *periods.days)]
            starts = (start_of(one, clock) for one in rules)
            found = periods.starts[clock] = frozenset(one for one in starts if one is not None)
        return found

    def on(self, issuer: IssuerCode, day: date) -> Rules:
        """Give the rules in force for ``issuer`` on ``day``; the same object while they hold."""
        periods = self._periods_of(issuer)
        number = bisect_right(periods.days, day)
        rules = periods.rules.get(number)
        if rules is None:
            rules = periods.rules[number] = self._resolved(periods.chain, number, day)
        return rules

    def _periods_of(self, issuer: IssuerCode) -> "_Periods":
        periods = self._periods.get(issuer)
        if periods is None:
            if len(self._periods) >= KEPT_MAX:
                self._periods.clear()
            chain = self.chain_of(issuer)
            periods = self._periods[issuer] = _Periods(chain, self.book.change_days(chain))
        return periods

    def changed_on(self, issuer: IssuerCode, day: date) -> date | None:
        """Give the last day up to ``day`` on which a rule for ``issuer`` began."""
        days = self.book.change_days(self.chain_of(issuer))
        return days[number - 1] if (number := bisect_right(days, day)) else None

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
    starts: dict[Clock, frozenset[ClockStart]] = field(
        default_factory=dict[Clock, frozenset[ClockStart]]
    )
