"""Opening hours as exports tell them: the week in few lines, and the days that differ from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qika.points.hours import Calendar, Schedule, Spans

SPECIAL_DAYS = 60
"""How many days ahead holidays, make-up working days and single dates are told."""

_DIFFERS = frozenset({"holiday", "make_up_working"})


@dataclass(frozen=True, slots=True)
class Weekly:
    """The same hours on one or more weekdays (Monday is 0)."""

    weekdays: tuple[int, ...]
    opens: str
    closes: str
    """Past midnight it is on the next day and smaller than ``opens``."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that the week does not describe; ``spans`` None where nobody says, empty if closed."""

    day: date
    kind: str
    """As the working calendar names it: ``holiday``, ``make_up_working``, ``weekend``, ..."""
    spans: tuple[tuple[str, str], ...] | None


def weekly(schedule: Schedule) -> tuple[Weekly, ...]:
    """Give the week, weekdays with a span in common told together."""
    days: dict[tuple[str, str], list[int]] = {}
    for weekday, spans in enumerate(schedule.week):
        for span in _told(spans):
            days.setdefault(span, []).append(weekday)
    return tuple(Weekly(tuple(on), *span) for span, on in days.items())


def special_days(
    schedule: Schedule, calendar: Calendar, first: date, days: int = SPECIAL_DAYS
) -> Iterator[SpecialDay]:
    """Give the days from ``first`` on whose hours the week does not tell."""
    exceptional = {day for day, _ in schedule.exceptions}
    for day in (first + timedelta(days=offset) for offset in range(days)):
        kind = str(calendar.day_kind(day))
        if day not in exceptional and kind not in _DIFFERS:
            continue
        spans = schedule.spans_on(day, calendar)
        if spans != schedule.week[day.weekday()]:
            yield SpecialDay(day, kind, None if spans is None else _told(spans))


def _told(spans: Spans) -> tuple[tuple[str, str], ...]:
    return tuple((clock(opens), clock(closes)) for opens, closes in spans)


def clock(minute: int) -> str:
    """Write minutes since midnight as a time of day; 24:00 and later count from midnight again."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
