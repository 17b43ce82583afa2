"""Find service points: nearest first, with open state and the next seven days."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from qika.operations.office import Calendar, Office
from qika.operations.ports import PointHit, PointSearch
from qika.points.hours import DayHours, OpenState, Schedule, seven_days, state_at
from qika.points.point import ServicePoint

LIMIT_MAX = 100
"""Points on one page."""


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
    return Page(
        items=tuple(describe(office, hit, at) for hit in shown),
        next_cursor=shown[-1].place if len(hits) > wanted else None,
    )


def describe(office: Office, hit: PointHit, at: datetime) -> Nearby:
    """Tell when a point is open around a moment."""
    schedule = office.directory.schedule(hit.point.id)
    minute = at.replace(second=0, microsecond=0)
    state, days = _hours(schedule, minute, office.calendar)
    return Nearby(point=hit.point, distance_m=hit.distance_m, open=state, seven_days=days)


@lru_cache(maxsize=65_536)
def _hours(
    schedule: Schedule | None, minute: datetime, calendar: Calendar
) -> tuple[OpenState, tuple[DayHours, ...]]:
    """Tell the hours of a schedule once for all points that share it in the same minute."""
    return state_at(schedule, minute, calendar), seven_days(schedule, minute.date(), calendar)
