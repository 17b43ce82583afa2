"""``/v1/points``: service points by nearness or by region, with their hours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from qika.activation.decide import CHINA
from qika.operations.find import Nearby, Page, find
from qika.operations.ports import PointSearch
from qika.points.hours import DayHours, Openness, OpenState, Spans
from qika.points.point import ServicePoint
from qika.terms.names import ChannelCode, Language, PointId, RegionCode
from qika.web.api.answers import (
    CapabilityAnswer,
    DayAnswer,
    OpenAnswer,
    PlaceAnswer,
    PointAnswer,
    PointsAnswer,
    SpanAnswer,
)
from qika.web.api.asking import Checker, resolve
from qika.web.api.places import region
from qika.web.api.requests import PointsQuery
from qika.web.frames import GAP, Frame, encode, listed
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError
from qika.web.sent import Live
from qika.web.site import Resolution, Site

NOW = "now"
_SPACE_FOR_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")
"""A plus sign that was not escaped arrives as a space."""

POINTS_KEPT = 20_000
"""Encoded points kept at once, about a kilobyte each."""

_GAP: Any = GAP
_PAGE = Frame(PointsAnswer(items=_GAP, next_cursor=_GAP))
"""A page of points without its points."""


@dataclass(frozen=True, slots=True)
class _Search:
    """A checked search."""

    search: PointSearch
    near: tuple[float, float] | None
    open_at: datetime | None
    at: datetime


def answer_points(site: Site, asked: PointsQuery, language: Language) -> PointsAnswer:
    """Answer a search; raises ProblemError with every wrong field."""
    found = _find(site, asked, language)
    if isinstance(found, PointsAnswer):
        return found
    return PointsAnswer(items=[point(one) for one in found.items], next_cursor=found.next_cursor)


def send_points(site: Site, asked: PointsQuery, language: Language) -> Live | PointsAnswer:
    """Answer the same, a page of points encoded already."""
    found = _find(site, asked, language)
    if isinstance(found, PointsAnswer):
        return found
    items = encoded_points(found.items)
    now = site.office.clock()
    until = {None: doors_hold_until(found.items, now), NOW: now}.get(asked.open)
    return Live(_PAGE.filled([items, encode(found.next_cursor)]), until)


def doors_hold_until(found: Iterable[Nearby], now: datetime) -> datetime | None:
    """Give the first moment at which a door opens or closes or the day ends.

    None where nobody's hours are known: then nothing is told that the minute could change.
    """
    told = [one.open for one in found]
    if all(one.state is Openness.UNKNOWN and one.until is None for one in told):
        return None
    tomorrow = now.astimezone(CHINA).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time.min, CHINA)
    return min([midnight, *(one.until for one in told if one.until is not None)])


def _find(site: Site, asked: PointsQuery, language: Language) -> Page | PointsAnswer:
    """Search; candidates where the region text fits several."""
    found = resolve(site.regions, asked.region) if asked.region else None
    checked = _check(site, asked, found, language)
    if found is not None and found.code is None:
        named = [region(site.regions, code, language) for code in found.candidates]
        return PointsAnswer(items=[], next_cursor=None, candidates=named)
    try:
        return find(
            site.office,
            checked.search,
            near=checked.near,
            open_at=checked.open_at,
            at=checked.at,
            cursor=asked.cursor,
            limit=asked.limit,
        )
    except ValueError as error:
        if asked.cursor is None:
            raise
        fault = Fault("cursor", FaultCode.FORMAT, "next_cursor")
        raise ProblemError(ProblemCode.WRONG_FIELDS, (fault,)) from error


def points_faults(site: Site, asked: PointsQuery, language: Language) -> tuple[Fault, ...]:
    """Give everything wrong with a search that its types let pass."""
    found = resolve(site.regions, asked.region) if asked.region else None
    try:
        _check(site, asked, found, language)
    except ProblemError as error:
        return error.faults
    return ()


def _check(site: Site, asked: PointsQuery, found: Resolution | None, language: Language) -> _Search:
    checker = Checker(site, language)
    if found is not None and found.code is None and not found.candidates:
        checker.refuse("region", FaultCode.UNKNOWN_REGION)
    now = site.office.clock().astimezone(CHINA)
    near = _near(checker, asked)
    open_at = _open_at(checker, asked.open, now)
    code = found.code if found is not None else None
    search = PointSearch(
        channel=ChannelCode(asked.channel) if asked.channel else None,
        application=asked.application,
        card_bank=checker.bank("card_bank", asked.card_bank),
        kind=asked.kind,
        region=RegionCode(code) if code is not None and code.isdigit() else None,
        chain=(code,) if code is not None and not code.isdigit() else (),
    )
    checker.finish()
    return _Search(search, near, open_at, open_at or now)


def _near(checker: Checker, asked: PointsQuery) -> tuple[float, float] | None:
    if asked.lat is None and asked.lon is None:
        return None
    if asked.lat is None or asked.lon is None:
        checker.refuse("lat" if asked.lat is None else "lon", FaultCode.MISSING)
        return None
    return checker.site.to_wgs84(asked.lat, asked.lon, asked.crs)


def _open_at(checker: Checker, text: str | None, now: datetime) -> datetime | None:
    """Read ``now`` or a time; one without an offset is taken as China Standard Time."""
    if text is None or text == NOW:
        return now if text else None
    try:
        moment = datetime.fromisoformat(_SPACE_FOR_PLUS.sub("+", text))
    except ValueError:
        checker.refuse("open", FaultCode.TIME)
        return None
    faults = len(checker.faults)
    checker.day("open", moment.date())
    if len(checker.faults) > faults:
        return None
    return moment.replace(tzinfo=CHINA) if moment.tzinfo is None else moment.astimezone(CHINA)


def point(nearby: Nearby) -> PointAnswer:
    """Render a point with its hours around the moment asked about."""
    one = nearby.point
    at, distance = one.coordinates, nearby.distance_m
    return PointAnswer(
        id=one.id,
        name=one.name,
        kind=one.kind,
        region=one.region,
        distance_m=None if distance is None else round(distance, 1),
        open=OpenAnswer(*nearby.open),
        next_seven_days=[_day(day) for day in nearby.seven_days],
        address=one.address,
        landmark=one.landmark,
        phone=one.phone,
        coordinates=PlaceAnswer(at.lat, at.lon, "WGS84", at.given_crs) if at else None,
        capabilities=_capabilities(one),
        example=one.example,
    )


class _Encoded(NamedTuple):
    """An encoded point without its distance, and what it was made of."""

    point: ServicePoint
    open: OpenState
    days: tuple[DayHours, ...]
    before: bytes
    after: bytes


_kept: dict[PointId, _Encoded] = {}


def encoded_points(found: Iterable[Nearby]) -> bytes:
    """Encode points; all but its distance is encoded once as long as a point's hours are told."""
    return listed([_encoded(nearby) for nearby in found])


def _encoded(nearby: Nearby) -> bytes:
    kept = _kept.get(nearby.point.id)
    if kept is None:
        kept = _keep(nearby)
    one, state, days, before, after = kept
    if one is not nearby.point or days is not nearby.seven_days or state is not nearby.open:
        _, _, _, before, after = _keep(nearby)
    distance = nearby.distance_m
    if distance is None:
        return b"%bnull%b" % (before, after)
    return b"%b%.1f%b" % (before, distance, after)  # rounds and writes as JSON does below 10^16


def _keep(nearby: Nearby) -> _Encoded:
    if len(_kept) >= POINTS_KEPT:
        _kept.clear()
    frame = Frame(msgspec.structs.replace(point(nearby), distance_m=_GAP))
    one, (before, after) = nearby.point, frame.pieces
    kept = _kept[one.id] = _Encoded(one, nearby.open, nearby.seven_days, before, after)
    return kept


def _capabilities(one: ServicePoint) -> list[CapabilityAnswer]:
    return [
        CapabilityAnswer(
            channel=able.channel,
            applications=list(able.applications),
            card_banks=list(able.banks),
            regions=list(able.regions),
            source=able.source,
            confirmed_on=able.confirmed_on,
        )
        for able in one.capabilities
    ]


def _day(day: DayHours) -> DayAnswer:
    return DayAnswer(day.day, None if day.spans is None else _spans(day.spans))


@lru_cache(maxsize=4_096)
def _spans(spans: Spans) -> list[SpanAnswer]:
    return [SpanAnswer(clock_time(opens), clock_time(closes)) for opens, closes in spans]


def clock_time(minute: int) -> str:
    """Write minutes since midnight as ``HH:MM``; past midnight it counts on: 26:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
