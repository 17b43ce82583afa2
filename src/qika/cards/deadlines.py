"""The deadline arithmetic: from a rule and a card's dates to a last day.

Counting follows the Civil Code by analogy: the day of the start is not counted (art. 201), months
end on the corresponding day or the month's last (art. 202), and a last day that is not a working
day moves to the next one where the rule says so (art. 203).
"""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from qika.rulebook.book import Rules
from qika.rulebook.model import Clock, ClockStart, Deadline, Dimensions, Duty, Rule
from qika.terms.names import Application, Basis, State

DAYS_COUNTED_MAX = 36_600
"""No term of a card is longer than a century; a loop over days stops there."""


class Calendar(Protocol):
    """Which days are working days, and from when on that is provisional."""

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on ``day``."""
        ...

    def is_provisional(self, day: date) -> bool:
        """Tell whether the holidays of that day's year are not announced yet."""
        ...


class CardDates(Struct, frozen=True, gc=False):
    """The days on which clocks may start; None: unknown or not yet."""

    made_on: date | None = None
    applied_on: date | None = None
    collected_on: date | None = None

    def start_of(self, deadline: Deadline) -> date | None:
        """Give the day from which ``deadline`` counts for these dates."""
        match deadline.start:
            case ClockStart.COLLECTED:
                return self.collected_on
            case ClockStart.MADE:
                return self.made_on
            case ClockStart.APPLIED:
                return self.applied_on
            case ClockStart.ARRIVED_AT_OUTLET:
                return None

    def counted_by(self, clock: Clock, starts: frozenset[ClockStart]) -> "CardDates":
        """Leave out the dates that ``clock`` does not look at if it counts from these starts.

        Cards that differ only in what is left out have the same deadline.
        """
        activation = clock is Clock.ACTIVATION
        return CardDates(
            self.made_on if not activation or ClockStart.MADE in starts else None,
            self.applied_on if not activation or ClockStart.APPLIED in starts else None,
            self.collected_on if activation or ClockStart.COLLECTED in starts else None,
        )

    def anchor_of(self, clock: Clock) -> date | None:
        """Give the day whose rules a clock follows: when it started."""
        if clock is Clock.ACTIVATION:
            return self.collected_on
        return self.made_on or self.applied_on


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline applied to a card: the rule, the last day, and how sure both are."""

    clock: Clock
    rule: Rule
    deadline: Deadline
    basis: Basis
    started_on: date | None
    counted_to: date | None
    """Where the counting ends, before it moves to a working day."""
    last_day: date | None
    """Last day under the rule, whatever its basis; None without a start or a term."""
    provisional: bool

    @property
    def due_on(self) -> date | None:
        """The last day, unless the rule is mere reference practice."""
        return self.last_day if self.basis not in {Basis.REFERENCE, Basis.NONE} else None

    @property
    def reference_due_on(self) -> date | None:
        """The last day by reference practice, where the region has no rule of its own."""
        return self.last_day if self.basis is Basis.REFERENCE else None


def last_day(deadline: Deadline, start: date, working: Calendar) -> date:
    """Count ``deadline`` from ``start``: the day after the start is day 1."""
    return _end(deadline, counted_to(deadline, start, working), working)


def counted_to(deadline: Deadline, start: date, working: Calendar) -> date:
    """Count ``deadline`` from ``start`` without moving its end to a working day."""
    if deadline.days:
        return start + timedelta(days=deadline.days)
    if deadline.months:
        return _months_after(start, deadline.months)
    return _working_days_after(start, deadline.working_days or 0, working)


def _end(deadline: Deadline, counted: date, working: Calendar) -> date:
    return _moved(counted, working) if deadline.moves_to_working_day else counted


def _months_after(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _working_days_after(start: date, count: int, working: Calendar) -> date:
    day = start
    for _ in range(DAYS_COUNTED_MAX):
        if count == 0:
            break
        day += timedelta(days=1)
        count -= working.is_working_day(day)
    return day


def _moved(day: date, working: Calendar) -> date:
    for _ in range(DAYS_COUNTED_MAX):
        if working.is_working_day(day):
            break
        day += timedelta(days=1)
    return day


def due(
    clock: Clock,
    dates: CardDates,
    rules_on: Callable[[date], Rules],
    today: date,
    working: Calendar,
) -> Due | None:
    """Apply the deadline of ``clock`` to a card's dates.

    The rule in force when the clock started decides. The rule of ``today`` replaces it only if it
    says ``retroactive`` or gives the holder more time (a statement that there is no deadline gives
    all the time). Without a known start, the rule of today is shown without a day. None: no rule.
    """
    now = _apply(clock, dates, rules_on(today), working)
    anchor = dates.anchor_of(clock)
    if anchor is None:
        return now
    then = _apply(clock, dates, rules_on(anchor), working)
    return now if now is not None and _binds(now, then) else then


def _binds(now: Due, then: Due | None) -> bool:
    """Tell whether today's rule binds a clock that started under ``then``."""
    if now.deadline.retroactive or not now.deadline.is_set:
        return True
    if then is None or not then.deadline.is_set or then.last_day is None:
        return False
    return now.last_day is not None and now.last_day > then.last_day


def _apply(clock: Clock, dates: CardDates, rules: Rules, working: Calendar) -> Due | None:
    rule = _rule_of(rules, clock)
    if rule is None or not isinstance(rule.value, Deadline):
        return None
    deadline = rule.value
    start = dates.start_of(deadline)
    counted = counted_to(deadline, start, working) if start and deadline.is_set else None
    end = _end(deadline, counted, working) if counted else None
    return Due(
        clock=clock,
        rule=rule,
        deadline=deadline,
        basis=rule.basis if deadline.is_set else Basis.NONE,
        started_on=start,
        counted_to=counted,
        last_day=end,
        provisional=end is not None and working.is_provisional(end),
    )


def deadline_of(rules: Rules, clock: Clock) -> Deadline | None:
    """Give what these rules say of a clock; None if they say nothing."""
    rule = _rule_of(rules, clock)
    return rule.value if rule is not None and isinstance(rule.value, Deadline) else None


def start_of(rules: Rules, clock: Clock) -> ClockStart | None:
    """Give the day from which these rules let a clock count; None if they have no deadline."""
    deadline = deadline_of(rules, clock)
    return deadline.start if deadline is not None else None


@lru_cache(maxsize=16_384)
def _rule_of(rules: Rules, clock: Clock) -> Rule | None:
    return rules.find("deadline", Dimensions(clock=clock))


def fulfilled(duty: Duty, states: Mapping[Application, State]) -> bool:
    """Tell whether what ``duty`` asks for has been done, from the states of a card."""
    social = states[Application.SOCIAL] is State.NORMAL
    financial = states[Application.FINANCIAL] is State.NORMAL
    match duty:
        case Duty.SOCIAL:
            return social
        case Duty.FINANCIAL:
            return financial
        case Duty.BOTH:
            return social and financial
        case Duty.COLLECTION:
            return states[Application.SOCIAL] is not State.NOT_COLLECTED
