"""Which of an index's schedules are open at a moment, for all of them at once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qika.points.hours import DAY_MINUTES, SHANGHAI, Calendar, Schedule, Spans
from qika.points.profiles import Flags

OWN_BITS: Final = 47
SHARED_BITS: Final = 16
"""Together 63 bits: a signature is a signed 64-bit integer that is never negative."""

ANY_BITS: Final = (1 << (OWN_BITS + SHARED_BITS)) - 1
_QUARTER = DAY_MINUTES // 4


def schedule_bits(
    schedules: Sequence[Schedule | None], points_of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give each schedule one bit: the commonest their own, the others one they share.

    Those that share a bit are open in the same quarters of the day, so that what is closed at
    night does not hide among what is open. ``points_of`` says how many points have each.
    """
    bits = np.zeros(len(schedules), np.int64)
    commonest_first: list[int] = np.argsort(-points_of, kind="stable").tolist()
    for rank, index in enumerate(commonest_first):
        bit = rank if rank < OWN_BITS else OWN_BITS + _quarters(schedules[index])
        bits[index] = 1 << bit
    return bits


def _quarters(schedule: Schedule | None) -> int:
    """Give a number below 16 with a bit for each quarter of the day that ever sees it open."""
    quarters = 0
    for spans in () if schedule is None else schedule.week:
        for opens, closes in spans:
            for quarter in range(opens // _QUARTER, (closes - 1) // _QUARTER + 1):
                quarters |= 1 << quarter % 4
    return quarters


class OpenNow(NamedTuple):
    """Flags per schedule, and the signature bits of those that are open."""

    schedules: Flags
    bits: int
    address: int
    """Of the flags, which live as long as this."""


def _open_now(schedules: Flags, bits: int) -> OpenNow:
    return OpenNow(schedules, bits, schedules.ctypes.data)


class _OpenSpans(NamedTuple):
    """All spans that touch one day, of all schedules: whose, from which minute, until which."""

    schedule: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]


class _Minute(NamedTuple):
    """What was answered last, and for which minute."""

    calendar: Calendar
    begins: datetime
    ends: datetime
    answer: OpenNow


class OpeningTable:
    """The schedules of an index; answers for the last minute and day asked are kept.

    Safe to share between threads: what is kept is replaced whole.
    """

    def __init__(self, schedules: Sequence[Schedule | None], bits: NDArray[np.int64]) -> None:
        """Keep the schedules; their hours are laid out when a day is first asked for."""
        self._schedules = schedules
        self._bits = bits
        self._always = _open_now(np.ones(len(schedules), np.uint8), ANY_BITS)
        self._day: tuple[Calendar, date, _OpenSpans] | None = None
        self._minute: _Minute | None = None

    def at(self, moment: datetime | None, calendar: Calendar | None) -> OpenNow:
        """Say which schedules are open at an aware moment; all of them when none is given.

        Raises ValueError for a naive moment, or one without a calendar.
        """
        if moment is None:
            return self._always
        if calendar is None or moment.tzinfo is None:
            raise ValueError("To ask what is open takes a moment with its zone and a calendar.")
        kept = self._minute
        if kept is not None and kept.calendar is calendar and kept.begins <= moment < kept.ends:
            return kept.answer
        local = moment.astimezone(SHANGHAI).replace(second=0, microsecond=0)
        answer = self._open_at(local, calendar)
        self._minute = _Minute(calendar, local, local + timedelta(minutes=1), answer)
        return answer

    def _open_at(self, local: datetime, calendar: Calendar) -> OpenNow:
        spans = self._spans_touching(local.date(), calendar)
        minute = local.hour * 60 + local.minute
        flags = np.zeros(len(self._schedules), np.uint8)
        flags[spans.schedule[(spans.opens <= minute) & (minute < spans.closes)]] = 1
        bits = int(np.bitwise_or.reduce(self._bits[flags != 0], initial=0))
        return _open_now(flags, bits)

    def _spans_touching(self, day: date, calendar: Calendar) -> _OpenSpans:
        kept = self._day
        if kept is not None and kept[0] is calendar and kept[1] == day:
            return kept[2]
        yesterday = day - timedelta(days=1)
        found: list[tuple[int, int, int]] = []
        for index, schedule in enumerate(self._schedules):
            if schedule is not None:
                found += _moved(index, schedule.spans_on(yesterday, calendar), -DAY_MINUTES)
                found += _moved(index, schedule.spans_on(day, calendar), 0)
        table = np.array(found, np.int64).reshape(-1, 3)
        spans = _OpenSpans(table[:, 0], table[:, 1], table[:, 2])
        self._day = (calendar, day, spans)
        return spans


def _moved(index: int, spans: Spans | None, by: int) -> list[tuple[int, int, int]]:
    return [(index, opens + by, closes + by) for opens, closes in spans or () if closes + by > 0]
