"""Which days China works: the State Council's notices, and beyond them the statutory days.

The notices (weekends moved, make-up working days) come yearly in November with the package
``chinese_calendar``. A later day is answered too, from weekends and the statutory days, and marked
provisional: 300 days from any autumn reach into a year that has no notice yet.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import chinese_calendar


class DayKind(StrEnum):
    """What a day is; two of the four are worked."""

    WORKING = "working"
    MAKE_UP_WORKING = "make_up_working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


_SATURDAY = 5
_FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Month and day of the statutory holidays with a fixed date, as since 2025 (Decree 795)."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Days off and make-up working days of the published years, statutory days of later ones."""

    confirmed_from: date
    confirmed_until: date
    """Last day that a published notice settles."""
    days_off: frozenset[date]
    make_up_days: frozenset[date]
    statutory_days: frozenset[date]
    """Lunar and solar-term holidays of the years without a notice."""

    def day_kind(self, day: date) -> DayKind:
        """Say what kind of day ``day`` is; answers for every day, see ``is_provisional``."""
        if day in self.make_up_days:
            return DayKind.MAKE_UP_WORKING
        if day in self.days_off or (self.is_provisional(day) and self._is_statutory(day)):
            return DayKind.HOLIDAY
        return DayKind.WEEKEND if day.weekday() >= _SATURDAY else DayKind.WORKING

    def is_working_day(self, day: date) -> bool:
        """Say whether offices work on ``day``."""
        return self.day_kind(day) in {DayKind.WORKING, DayKind.MAKE_UP_WORKING}

    def is_provisional(self, day: date) -> bool:
        """Say whether no notice settles ``day``, so that the answer may still change."""
        return not self.confirmed_from <= day <= self.confirmed_until

    def next_working_day(self, day: date) -> date:
        """Give ``day`` itself if it is worked, else the first working day after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def _is_statutory(self, day: date) -> bool:
        return (day.month, day.day) in _FIXED or day in self.statutory_days


def parse_statutory_days(text: str) -> Mapping[date, str]:
    """Read ``statutory_days.csv`` (columns date, name): holidays of years without a notice."""
    rows = csv.DictReader(io.StringIO(text))
    return {date.fromisoformat(row["date"]): row["name"] for row in rows}


def published_calendar(statutory_days: Mapping[date, str] | None = None) -> WorkingCalendar:
    """Build the calendar from the notices that the installed ``chinese_calendar`` holds."""
    days_off = frozenset[date](chinese_calendar.holidays)
    first_year = min(days_off).year
    return WorkingCalendar(
        confirmed_from=date(first_year, 1, 1),
        confirmed_until=_confirmed_until(first_year),
        days_off=days_off,
        make_up_days=frozenset[date](chinese_calendar.workdays),
        statutory_days=frozenset(statutory_days or ()),
    )


def _confirmed_until(first_year: int) -> date:
    """Ask the package for the last year it vouches for: it refuses the years it does not know."""
    last_year = first_year
    try:
        while True:
            chinese_calendar.is_workday(  # pyright: ignore[reportUnknownMemberType] - untyped package
                date(last_year + 1, 12, 31)
            )
            last_year += 1
    except NotImplementedError:
        return date(last_year, 12, 31)
