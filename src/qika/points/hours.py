"""When a point is open: weekly hours, public holidays, make-up working days, single dates.

Days and minutes are those of Asia/Shanghai, which has kept UTC+8 without summer time since
1991, so wall-clock arithmetic is exact. What a schedule does not say stays unknown: a public
holiday without a rule of its own is never shown as open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
HORIZON_DAYS = 60
"""How far ahead of the asked moment an opening or a closing is looked for."""

DAY_MINUTES = 24 * 60
WEEK_DAYS = 7
WORKING_WEEK = 5
_DAY = timedelta(days=1)


class Calendar(Protocol):
    """What opening hours ask of the working calendar."""

    def day_kind(self, day: date) -> str:
        """Give ``working``, ``make_up_working``, ``weekend`` or ``holiday``."""
        ...


class Openness(StrEnum):
    """Whether a point is open; ``unknown`` is an answer, not a failure."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Span(NamedTuple):
    """Open from ``opens`` until before ``closes``, minutes since midnight of its day.

    ``closes`` may pass 1440: 22:00 to 02:00 is ``Span(1320, 1560)``. At most 24 hours long.
    """

    opens: int
    closes: int


Spans = tuple[Span, ...]
"""Ordered and disjoint; empty means closed. ``None`` in its place means unknown."""

ALL_DAY: Spans = (Span(0, DAY_MINUTES),)


class DayHours(NamedTuple):
    """The opening hours of one real day; ``spans`` is None where they are unknown."""

    day: date
    spans: Spans | None


class OpenState(NamedTuple):
    """Whether a point is open at a moment, until when, and when it opens next."""

    state: Openness
    until: datetime | None
    """When this state ends; None when it does not within the next 60 days, or is unknown."""
    next_opening: datetime | None
    """The first opening after the moment; None when none is known within the next 60 days."""


def merged(spans: list[Span]) -> Spans:
    """Order spans and join those that touch or overlap."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.opens <= joined[-1].closes:
            joined[-1] = Span(joined[-1].opens, max(joined[-1].closes, span.closes))
        else:
            joined.append(span)
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Opening hours as far as their text says; equal schedules are equal values.

    Raises ValueError for a week of other than seven days, and for spans that are unordered,
    touch, begin outside their day or last more than 24 hours.
    """

    week: tuple[Spans, ...]
    """Monday first."""
    holiday: Spans | None = None
    """Hours on public holidays; None when the text does not say."""
    exceptions: tuple[tuple[date, Spans], ...] = ()
    """Hours on single dates, in order of date; they outrank everything else."""

    def __post_init__(self) -> None:
        """Refuse what no opening hours can be."""
        if len(self.week) != WEEK_DAYS:
            raise ValueError(f"A week has seven days, not {len(self.week)}.")
        days = [day for day, _ in self.exceptions]
        if any(first >= second for first, second in pairwise(days)):
            raise ValueError("Exceptions stand in order of date, one for each date.")
        for spans in (*self.week, self.holiday or (), *(spans for _, spans in self.exceptions)):
            _check(spans)

    def spans_on(self, day: date, calendar: Calendar) -> Spans | None:
        """Give the hours of a real day: its exception, else its holiday rule, else its weekday."""
        for exceptional, spans in self.exceptions:
            if exceptional == day:
                return spans
        kind = calendar.day_kind(day)
        if kind == "holiday":
            return self.holiday
        if kind == "make_up_working":
            return self._on_make_up_day(day.weekday())
        return self.week[day.weekday()]

    def _on_make_up_day(self, weekday: int) -> Spans | None:
        """Hours on a weekend day that the State Council made a working day.

        A week whose Saturday and Sunday both differ from every working day follows the working
        calendar, so its Monday-to-Friday hours hold; where those differ among themselves no
        source says which of them does, hence unknown. A six- or seven-day week belongs to a
        shop that does not follow that calendar: the weekday's own hours hold.
        """
        working = set(self.week[:WORKING_WEEK])
        if any(spans in working for spans in self.week[WORKING_WEEK:]):
            return self.week[weekday]
        return self.week[0] if len(working) == 1 else None


def _check(spans: Spans) -> None:
    for opens, closes in spans:
        if not (0 <= opens < DAY_MINUTES and opens < closes <= opens + DAY_MINUTES):
            raise ValueError(f"A span from minute {opens} to {closes} is not part of a day.")
    if any(before.closes >= after.opens for before, after in pairwise(spans)):
        raise ValueError("Spans of a day are ordered and do not touch.")


def state_at(schedule: Schedule | None, moment: datetime, calendar: Calendar) -> OpenState:
    """Say whether a point is open at ``moment`` (aware; ValueError if naive)."""
    first_day, minute = _day_and_minute(moment)
    if schedule is None:
        return OpenState(Openness.UNKNOWN, None, None)
    stretches = _stretches(schedule, first_day, calendar)
    now = next(stretch for stretch in stretches if stretch.end > minute)
    opening = next((s.start for s in stretches if s.state is Openness.OPEN), None)
    return OpenState(
        now.state,
        _moment(first_day, now.end) if now.end < HORIZON_DAYS * DAY_MINUTES else None,
        None if opening is None else _moment(first_day, opening),
    )


def is_open(schedule: Schedule | None, moment: datetime, calendar: Calendar) -> bool:
    """Say whether a point is known to be open; unknown hours are not open."""
    return state_at(schedule, moment, calendar).state is Openness.OPEN


def next_opening(
    schedule: Schedule | None, after: datetime, calendar: Calendar, before: date | None = None
) -> datetime | None:
    """Give the first opening after a moment, on day ``before`` at the latest (that day counts).

    None when hours are unknown, or no opening is known by then or within 60 days.
    """
    opening = state_at(schedule, after, calendar).next_opening
    if opening is None or (before is not None and opening.date() > before):
        return None
    return opening


def seven_days(
    schedule: Schedule | None, first_day: date, calendar: Calendar
) -> tuple[DayHours, ...]:
    """Give the hours of seven real days from ``first_day`` on."""
    days = [first_day + _DAY * offset for offset in range(WEEK_DAYS)]
    if schedule is None:
        return tuple(DayHours(day, None) for day in days)
    return tuple(DayHours(day, schedule.spans_on(day, calendar)) for day in days)


class _Stretch(NamedTuple):
    """One state from minute ``start`` to before ``end``, counted from the first day's midnight."""

    state: Openness
    start: int
    end: int


def _stretches(schedule: Schedule, first_day: date, calendar: Calendar) -> Iterator[_Stretch]:
    """Tile the horizon with stretches of one state, neighbours of equal state joined."""
    yesterday = schedule.spans_on(first_day - _DAY, calendar)
    current: _Stretch | None = None
    for offset in range(HORIZON_DAYS):
        today = schedule.spans_on(first_day + _DAY * offset, calendar)
        for state, start, end in _pieces(yesterday, today):
            piece = _Stretch(state, start + offset * DAY_MINUTES, end + offset * DAY_MINUTES)
            if current is None:
                current = piece
            elif current.state is state:
                current = current._replace(end=piece.end)
            else:
                yield current
                current = piece
        yesterday = today
    assert current is not None  # the horizon has days
    yield current


def _pieces(yesterday: Spans | None, today: Spans | None) -> Iterator[_Stretch]:
    """Tile one day; what yesterday left open past midnight counts, also on an unknown day."""
    between = Openness.UNKNOWN if today is None else Openness.CLOSED
    minute = 0
    for opens, closes in _within_day(yesterday, today):
        if opens > minute:
            yield _Stretch(between, minute, opens)
        yield _Stretch(Openness.OPEN, opens, closes)
        minute = closes
    if minute < DAY_MINUTES:
        yield _Stretch(between, minute, DAY_MINUTES)


def _within_day(yesterday: Spans | None, today: Spans | None) -> Spans:
    spilled = [
        Span(0, closes - DAY_MINUTES) for _, closes in yesterday or () if closes > DAY_MINUTES
    ]
    own = [Span(opens, min(closes, DAY_MINUTES)) for opens, closes in today or ()]
    return merged(spilled + own) if spilled else tuple(own)


def _day_and_minute(moment: datetime) -> tuple[date, int]:
    if moment.tzinfo is None:
        raise ValueError("Opening hours need a moment with its time zone.")
    local = moment.astimezone(SHANGHAI)
    return local.date(), local.hour * 60 + local.minute


def _moment(first_day: date, minute: int) -> datetime:
    day = first_day + _DAY * (minute // DAY_MINUTES)
    return datetime(day.year, day.month, day.day, minute // 60 % 24, minute % 60, tzinfo=SHANGHAI)
