"""Services, instructions and points in the words of schema.org, as JSON-LD.

Only what the plan or the list of points itself says: a basis that is not the region's own word is
told in the description, and hours that nobody publishes are left out.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from qika.points.hours import Calendar, Schedule
from qika.points.point import ServicePoint
from qika.terms.names import Language, PointId, PointKind
from qika.web.api.answers import OptionAnswer, PlanAnswer, PointAnswer
from qika.web.open.opening import special_days, weekly
from qika.web.site import Site
from qika.web.speech import SPEECH

Node = dict[str, Any]

CONTEXT = "https://schema.org"
KINDS: dict[PointKind, str | list[str]] = {
    PointKind.BANK_OUTLET: "BankOrCreditUnion",
    PointKind.HOSPITAL: "Hospital",
    PointKind.PHARMACY: ["Pharmacy", "Place"],  # alone it is an organization, which has no hours
    PointKind.BUREAU: "GovernmentOffice",
    PointKind.COMMUNITY_CENTRE: "CivicStructure",
    PointKind.KIOSK: "Place",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TAGS = {Language.ZH: "zh-CN", Language.EN: "en"}
CLOSED = "00:00"
"""A day on which a place is closed opens and closes at midnight."""

DAYS_ON_A_PAGE = 14

HOURS_KEPT = 4_096
"""Opening hours of a day kept at once; many points share theirs."""


def service(site: Site, plan: PlanAnswer, language: Language, address: str) -> Node:
    """Give the service of a region: who runs it, for whom, through which channels.

    ``address``: of the page about it, whole if the site knows where it is.
    """
    speech, area = SPEECH[language], _area(plan)
    authority = _without_blanks(
        {
            "@type": "GovernmentOrganization",
            "name": plan.authority.name,
            "telephone": plan.authority.hotline,
        }
    )
    return _without_blanks(
        {
            "@type": "GovernmentService",
            "@id": f"{address}#service",
            "name": speech.t("data-service", region=plan.region.name),
            "serviceType": speech.t("data-service_type"),
            "description": " ".join(one.text for one in plan.notices),
            "url": address if site.origin else "",
            "areaServed": area,
            "jurisdiction": area,
            "provider": authority,
            "serviceOperator": authority,
            "availableChannel": [
                _channel(site, one, language, plan.as_of, placed=n == 0)
                for n, one in enumerate(_offered(plan))
            ],
        }
    )


def how_to(plan: PlanAnswer, option: OptionAnswer, language: Language, address: str) -> Node:
    """Give one channel as instructions: what to bring, and step by step."""
    name = SPEECH[language].t("data-how", region=plan.region.name, channel=option.name)
    return {
        "@type": "HowTo",
        "@id": f"{address}#how",
        "name": name,
        "inLanguage": TAGS[language],
        "supply": [{"@type": "HowToSupply", "name": one.name} for one in option.documents],
        "step": [
            {"@type": "HowToStep", "position": number, "text": text}
            for number, text in enumerate(option.steps, 1)
        ],
    }


def first_how_to(plan: PlanAnswer, language: Language, address: str) -> list[Node]:
    """Give the instructions of the first channel that has any."""
    told = (one for one in _offered(plan) if one.steps)
    return [how_to(plan, one, language, address) for one in told][:1]


def place(
    site: Site,
    point: PointAnswer | ServicePoint,
    language: Language,
    today: date,
    days: int = DAYS_ON_A_PAGE,
) -> Node:
    """Give a point as the kind of place it is, with its hours as far as they are known."""
    schedule = site.office.directory.schedule(PointId(point.id))
    told = opening(schedule, site.office.calendar, today, days) if schedule else {}
    at = point.coordinates
    return _without_blanks(
        {
            "@type": KINDS[point.kind],
            "name": point.name,
            "identifier": point.id,
            "address": point.address,
            "telephone": point.phone,
            "geo": at and {"@type": "GeoCoordinates", "latitude": at.lat, "longitude": at.lon},
            "disambiguatingDescription": (
                SPEECH[language].t("example-point") if point.example else ""
            ),
            **told,
        }
    )


@lru_cache(maxsize=HOURS_KEPT)
def opening(schedule: Schedule, calendar: Calendar, today: date, days: int) -> Node:
    """Give the week, and the holidays, make-up working days and single dates that differ."""
    week = [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": [WEEKDAYS[weekday] for weekday in one.weekdays],
            "opens": one.opens,
            "closes": one.closes,
        }
        for one in weekly(schedule)
    ]
    special = list(_special(schedule, calendar, today, days))
    return {"openingHoursSpecification": week, "specialOpeningHoursSpecification": special}


def _special(schedule: Schedule, calendar: Calendar, today: date, days: int) -> Iterator[Node]:
    for one in special_days(schedule, calendar, today, days):
        for opens, closes in one.spans or (((CLOSED, CLOSED),) if one.spans == () else ()):
            yield {
                "@type": "OpeningHoursSpecification",
                "validFrom": one.day.isoformat(),
                "validThrough": one.day.isoformat(),
                "opens": opens,
                "closes": closes,
            }


def listed(items: object) -> Node:
    """Give a list of the items that ``in_order`` gives, or a gap in their place."""
    return {"@type": "ItemList", "itemListElement": items}


def in_order(nodes: Iterable[Node]) -> Iterator[Node]:
    """Give places as items of a list."""
    for number, node in enumerate(nodes, 1):
        yield {"@type": "ListItem", "position": number, "item": node}


def graph(nodes: Iterable[Node]) -> Node:
    """Put nodes into one document."""
    return {"@context": CONTEXT, "@graph": list(nodes)}


def _offered(plan: PlanAnswer) -> list[OptionAnswer]:
    return [one for one in plan.options if one.offered]


def _area(plan: PlanAnswer) -> Node:
    return {
        "@type": "AdministrativeArea",
        "name": plan.region.name,
        "identifier": plan.region.code,
    }


def _channel(site: Site, one: OptionAnswer, language: Language, on: date, *, placed: bool) -> Node:
    """Give a channel; ``placed``: with the places where it is, of which a page has room for few."""
    places = [place(site, point, language, on) for point in one.points] if placed else []
    return _without_blanks(
        {
            "@type": "ServiceChannel",
            "name": one.name,
            "availableLanguage": TAGS[Language.ZH],
            "serviceLocation": places,
        }
    )


def _without_blanks(node: Node) -> Node:
    return {name: value for name, value in node.items() if value not in (None, "", [])}
