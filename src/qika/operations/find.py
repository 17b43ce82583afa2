"""Find service points: nearest first, with open state and the next seven days."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from qika.operations.office import Calendar, Office
from qika.operations.ports import Directory, PointHit, PointSearch
from qika.points.hours import DayHours, OpenState, Schedule, seven_days, state_at
from qika.points.point import ServicePoint

LIMIT_MAX = 100
"""Points on one page."""

TOLD_MAX = 65_536
"""Schedules told at once on one board."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """A point as a person needs it."""

    point: ServicePoint
    distance_m: float | None
    open: OpenState
    seven_days: tuple[DayHours, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of points; ``next_cursor`` None on the last one. Empty is a normal answer."""

    items: tuple[Nearby, ...]
    next_cursor: str | None


def find(
    office: Office,
    search: PointSearch,
    *,
    near: tuple[float, float] | None,
    open_at: datetime | None,
    at: datetime,
    cursor: str | None,
    limit: int,
) -> Page:
    """Give a page of points around ``near`` (WGS-84), or by region and name without it.

    ``open_at`` keeps only points known to be open then; ``at`` is the moment for which the open
    state and the seven days are told.
    """
    wanted = min(limit, LIMIT_MAX)
    directory = office.directory
    hits = (
        directory.listed(search, open_at=open_at, after=cursor, limit=wanted + 1)
        if near is None
        else directory.nearest(*near, search, open_at=open_at, after=cursor, limit=wanted + 1)
    )
    shown = hits[:wanted]
    board = board_at(office, at)
    return Page(
        items=tuple([board.describe(office.directory, hit) for hit in shown]),
        next_cursor=shown[-1].place if len(hits) > wanted else None,
    )


_Told = tuple[Schedule | None, OpenState, tuple[DayHours, ...]]


class Board:
    """What schedules say around one minute, told once for all points that share them."""

    def __init__(self, minute: datetime, calendar: Calendar) -> None:
        """Take the minute for which hours are told."""
        self._minute, self._calendar = minute, calendar
        self._told: dict[int, _Told] = {}

    def describe(self, directory: Directory, hit: PointHit) -> Nearby:
        """Tell when a point is open around the minute."""
        schedule = directory.schedule(hit.point.id)
        _, state, days = self._told.get(id(schedule)) or self._tell(schedule)
        return Nearby(hit.point, hit.distance_m, state, days)

    def _tell(self, schedule: Schedule | None) -> _Told:
        if len(self._told) >= TOLD_MAX:
            self._told.clear()
        told = self._told[id(schedule)] = (  # the entry keeps the schedule of that id alive
            schedule,
            state_at(schedule, self._minute, self._calendar),
            seven_days(schedule, self._minute.date(), self._calendar),
        )
        return told


def board_at(office: Office, at: datetime) -> Board:
    """Give the board of a moment's minute; those asked for lately are kept."""
    return _board(at.replace(second=0, microsecond=0), office.calendar)


_board = lru_cache(maxsize=16)(Board)
