"""The list of points as people read it: letters, walking time, states in words, last chances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil

from qika.activation.decide import CHINA
from qika.points.hours import Openness
from qika.terms.names import Application
from qika.web.api.answers import DayAnswer, PointAnswer, SpanAnswer
from qika.web.pages.map_sketch import letter

POINTS_PER_PAGE = 6
"""As many as one page holds beside everything else, and one screen of a map shows clearly."""

CLOSING_SOON = timedelta(minutes=60)

METRES_A_MINUTE = 70
"""An older person's walk, 4.2 km/h."""
WAY_ROUND = 1.3
"""How much longer streets are than the straight line, about."""
WALK_MAX_M = 3_000
"""Farther than this nobody is told to walk."""


class Door(StrEnum):
    """What a row says of a point's door; ``soon``: open, but for less than an hour."""

    OPEN = "open"
    SOON = "soon"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Chance:
    """The last opening hours that still lie before the last day's end."""

    day: date
    span: SpanAnswer


@dataclass(frozen=True, slots=True)
class Row:
    """A point in a list."""

    letter: str
    """As on the sketch map beside the list."""
    point: PointAnswer
    door: Door
    walk_min: int | None
    """Minutes on foot, by the straight line; None when it is far or unknown."""
    hours: DayAnswer | None
    """The hours of the day asked about, where that is not today."""
    too_late: bool
    """True if it is closed and opens next when the last day is over."""
    last_chance: Chance | None
    confirmed_on: date | None
    """The day on which somebody last confirmed what the point does."""
    sources: tuple[str, ...]
    today: date
    ways: tuple[str, ...] = ()
    """Channels by which this person may use it."""
    only: Application | None = None
    """The one application of two asked about that is done here."""


def row_of(
    place: int,
    point: PointAnswer,
    now: datetime,
    *,
    on: date | None = None,
    last_day: date | None = None,
    ways: Sequence[str] = (),
    only: Application | None = None,
) -> Row:
    """Make the row of a point; ``place`` counts from 0, ``on`` is the day asked about."""
    today = now.astimezone(CHINA).date()
    opens = point.open.next_opening
    told = [one for one in point.capabilities if not ways or one.channel in ways]
    return Row(
        letter=letter(place + 1),
        point=point,
        door=_door(point, now),
        walk_min=_walk(point.distance_m),
        hours=point.next_seven_days[0] if on not in {None, today} else None,
        too_late=bool(
            last_day
            and today <= last_day
            and point.open.state is Openness.CLOSED
            and opens
            and opens.date() > last_day
        ),
        last_chance=_last_chance(point, last_day) if on in {None, today} else None,
        confirmed_on=max((one.confirmed_on for one in told if one.confirmed_on), default=None),
        sources=tuple(dict.fromkeys(one.source for one in told if one.source)),
        today=today,
        ways=tuple(ways),
        only=only,
    )


def _door(point: PointAnswer, now: datetime) -> Door:
    match point.open.state:
        case Openness.OPEN:
            until = point.open.until
            return Door.SOON if until and until - now < CLOSING_SOON else Door.OPEN
        case Openness.CLOSED:
            return Door.CLOSED
        case Openness.UNKNOWN:
            return Door.UNKNOWN


def _walk(distance_m: float | None) -> int | None:
    if distance_m is None or distance_m > WALK_MAX_M:
        return None
    return max(1, ceil(distance_m * WAY_ROUND / METRES_A_MINUTE))


def _last_chance(point: PointAnswer, last_day: date | None) -> Chance | None:
    """Find the last hours up to the last day, if that day is among the seven that are told."""
    days = point.next_seven_days
    if last_day is None or not days or not days[0].date <= last_day <= days[-1].date:
        return None
    open_days = [one for one in days if one.spans and one.date <= last_day]
    if not open_days:
        return None
    last = open_days[-1]
    return Chance(last.date, last.spans[-1]) if last.spans else None
