"""A holder away from the region of the card: which ways work there, by the rules alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from qika.activation.place import area_of, within_scope
from qika.operations.ports import PointSearch
from qika.terms.names import Application, RegionCode
from qika.web.api.answers import OptionAnswer, RuleAnswer
from qika.web.api.asking import resolve
from qika.web.pages.answering import Answered
from qika.web.pages.verdict import Verdict

NEAR_ENOUGH_M = 30_000
"""A point that near tells in which city a person's coordinates lie."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a card's application reaches: what the rule says, and whether it reaches there."""

    application: Application
    rule: RuleAnswer | None
    """None where no rule says anything: then only the outlet can tell."""
    reaches: bool
    ways: tuple[OptionAnswer, ...]
    """Ways offered that need a place to go to."""


@dataclass(frozen=True, slots=True)
class Away:
    """A person outside the city of the card."""

    place: str
    """The name of where the person is."""
    reaches: tuple[Reach, ...]
    anywhere: tuple[OptionAnswer, ...]
    """Ways that need no place to go to."""


def away(asked: Answered, drawn: Verdict, scope: Mapping[str, RuleAnswer]) -> Away | None:
    """Say what works where the person is; None for one who is in the city of the card."""
    issuer = asked.plan.region.code
    region = whereabouts(asked)
    if region is None or within_scope("city", issuer, region) or not issuer.isdigit():
        return None
    channels = asked.page.site.office.rulings.book.channels
    needs_place = {code for code, one in channels.items() if one.point_kinds}
    return Away(
        place=_name(asked, region),
        reaches=tuple(
            Reach(application, rule, _reaches(rule, issuer, region), ways)
            for application in asked.applications
            if (
                ways := tuple(
                    one
                    for one in drawn.ways
                    if application in one.applications and one.channel in needs_place
                )
            )
            for rule in [scope.get(application)]
        ),
        anywhere=tuple(one for one in drawn.ways if one.channel not in needs_place),
    )


def whereabouts(asked: Answered) -> RegionCode | None:
    """Give the region of a person: as named, else that of the nearest point to the coordinates."""
    here = asked.found.here
    if not isinstance(here, tuple):
        return here
    directory = asked.page.site.office.directory
    hits = directory.nearest(*here, PointSearch(), open_at=None, after=None, limit=1)
    near = [hit for hit in hits if (hit.distance_m or 0) < NEAR_ENOUGH_M]
    return near[0].point.region if near else None


def _name(asked: Answered, region: RegionCode) -> str:
    """Name the city, else the region itself, else its province."""
    regions, language = asked.page.site.regions, asked.page.language
    for code in (area_of("city", region), region, area_of("province", region)):
        known = resolve(regions, code).code if code else None
        if known is not None:
            return regions.name(known, language)
    return region


def _reaches(rule: RuleAnswer | None, issuer: str, region: RegionCode) -> bool:
    return rule is not None and within_scope(str(rule.value), issuer, region)
