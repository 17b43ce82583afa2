"""Services, organizations, locations and schedules by the names of HSDS 3.0 (Open Referral).

A service is the activation of cards in the area of one issuer; a point where it can be done is a
service at a location. What HSDS has no field for stands in attributes with terms of our own
taxonomies: channels, how firmly a rule stands, and under which licence data is.
"""

from collections.abc import Iterator
from typing import Any

from qika.points.hours import Schedule
from qika.points.point import ServicePoint
from qika.terms.names import Basis
from qika.web.api.answers import DocumentAnswer, OptionAnswer, PlanAnswer
from qika.web.open.catalogue import Catalogue, offered
from qika.web.open.names import name_of, of_point
from qika.web.open.opening import SpecialDay, Weekly, special_days, weekly
from qika.web.speech import SPEECH

Node = dict[str, Any]

CHINA_OFFSET_H = 8
OFFSET = "+08:00"
BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
CHANNEL, BASIS, LICENCE = "channel", "basis", "data_licence"
TAXONOMIES = (CHANNEL, BASIS, LICENCE)
EXAMPLE, UNRECORDED = "example", "unrecorded"
"""Whose data a point is: invented for trying out, or of a list whose licence nobody wrote down."""


def organization(plan: PlanAnswer) -> Node:
    """Give who is responsible for a service."""
    identifier = organization_id(plan.region.code)
    return {
        "id": identifier,
        "name": plan.authority.name,
        "description": plan.authority.responsible_for,
        **_phones(identifier, plan.authority.hotline),
    }


def service(catalogue: Catalogue, plan: PlanAnswer, *, full: bool = True) -> Node:
    """Give the service of an issuer; not ``full``: without lists, as in a listing."""
    speech, identifier = SPEECH[catalogue.language], service_id(plan.region.code)
    notices = " ".join(one.text for one in plan.notices)
    one: Node = {
        "id": identifier,
        "organization_id": organization_id(plan.region.code),
        "name": speech.t("data-service", region=plan.region.name),
        "description": speech.t("data-service_text", region=plan.region.name),
        "status": "active",
        "application_process": "\n\n".join(_process(catalogue, one) for one in offered(plan)),
        **({"alert": notices} if notices else {}),
        **_address(catalogue, plan),
        **_modified(catalogue),
        "organization": _without_lists(organization(plan)),
    }
    return one | _lists(catalogue, plan, identifier) if full else one


def service_id(code: str) -> str:
    """Give the identifier of the service of an issuer."""
    return name_of("service", code)


def organization_id(code: str) -> str:
    """Give the identifier of who is responsible for it."""
    return name_of("organization", code)


def _lists(catalogue: Catalogue, plan: PlanAnswer, identifier: str) -> Node:
    return {
        **_phones(identifier, plan.authority.hotline),
        "service_areas": [
            {
                "id": name_of("area", plan.region.code),
                "name": plan.region.name,
                "extent": plan.region.code,
                "extent_type": "GB/T 2260",
            }
        ],
        "languages": [{"id": name_of("language", identifier), "name": "Chinese", "code": "zh"}],
        "required_documents": [
            _document(catalogue, plan, option, one)
            for option in offered(plan)
            for one in option.documents
        ],
        "attributes": [_channel(catalogue, identifier, "service", o) for o in offered(plan)],
    }


def _process(catalogue: Catalogue, option: OptionAnswer) -> str:
    steps = (f"{number}. {text}" for number, text in enumerate(option.steps, 1))
    basis = SPEECH[catalogue.language].t(f"basis-{option.basis or Basis.NONE}")
    return "\n".join((f"{option.name} ({basis})", *steps))


def _document(
    catalogue: Catalogue, plan: PlanAnswer, option: OptionAnswer, one: DocumentAnswer
) -> Node:
    speech = SPEECH[catalogue.language]
    place = (plan.region.code, option.channel, one.of, one.code, one.only_if or "")
    identifier = name_of("document", *place)
    names = speech.t("list-separator").join(one.any_of_names)
    parts = [
        one.name,
        speech.t("bring-any", names=names) if names else "",
        speech.t(f"only_if-{one.only_if}") if one.only_if else "",
        speech.t("bring-of", who=speech.t(f"who-{one.of}")),
    ]
    return {
        "id": identifier,
        "document": " ".join(part for part in parts if part),
        "attributes": [_channel(catalogue, identifier, "required_document", option)],
    }


def location(catalogue: Catalogue, point: ServicePoint, *, full: bool = True) -> Node:
    """Give where a point is, with its hours as far as they are known."""
    identifier, at = of_point("location", point.id), point.coordinates
    words = (SPEECH[catalogue.language].t(f"kind-{point.kind}"), point.organization, point.landmark)
    one: Node = {
        "id": identifier,
        "location_type": "physical",
        "name": point.name,
        "description": " | ".join(word for word in words if word),
        **({"latitude": at.lat, "longitude": at.lon} if at else {}),
        "external_identifier": point.id,
        "external_identifier_type": "Qika",
    }
    return one | _of_location(catalogue, point, identifier) if full else one


def _of_location(catalogue: Catalogue, point: ServicePoint, identifier: str) -> Node:
    return {
        "addresses": [_postal(catalogue, point, identifier)],
        **_phones(identifier, point.phone),
        "schedules": schedules(catalogue, point, identifier),
        "attributes": [_licence(catalogue, point, identifier)],
    }


def _postal(catalogue: Catalogue, point: ServicePoint, identifier: str) -> Node:
    names = catalogue.names_above(point)
    return {
        "id": name_of("address", identifier),
        "address_1": point.address,
        "city": names[min(1, len(names) - 1)],
        "region": names[-1],
        "state_province": names[0],
        "postal_code": "",  # no list of points has it
        "country": "CN",
        "address_type": "physical",
    }


def service_at_location(catalogue: Catalogue, point: ServicePoint, *, full: bool = True) -> Node:
    """Give what can be done at a point: the service, the place, and through which channels."""
    identifier = of_point("service_at_location", point.id)
    plan = catalogue.of_point(point)
    here = _channels_here(plan, point)
    one: Node = {
        "id": identifier,
        "location_id": of_point("location", point.id),
        "description": SPEECH[catalogue.language].t("list-separator").join(o.name for o in here),
        "location": location(catalogue, point, full=full),
    }
    if plan is not None:
        one |= {
            "service_id": service_id(plan.region.code),
            "service": service(catalogue, plan, full=False),
        }
    if not full:
        return one
    kind = "service_at_location"
    marked = [_channel(catalogue, identifier, kind, option) for option in here]
    return one | {"attributes": [*marked, _licence(catalogue, point, identifier)]}


def _channels_here(plan: PlanAnswer | None, point: ServicePoint) -> list[OptionAnswer]:
    """Give the channels that the point has and the rules of its region offer."""
    able = {str(one.channel) for one in point.capabilities}
    return [one for one in offered(plan) if one.channel in able] if plan else []


# -- schedules ------------------------------------------------------------------------------------


def schedules(catalogue: Catalogue, point: ServicePoint, owner: str) -> list[Node]:
    """Give the week as weekly rules (RFC 5545), and each day that differs as a day of its own."""
    office = catalogue.site.office
    schedule = office.directory.schedule(point.id)
    if schedule is None:
        return []
    return [
        *(_week(one, owner) for one in weekly(schedule)),
        *_days(catalogue, schedule, owner),
    ]


def _week(one: Weekly, owner: str) -> Node:
    days = ",".join(BYDAY[weekday] for weekday in one.weekdays)
    return {
        "id": name_of("schedule", owner, days, one.opens),
        "timezone": CHINA_OFFSET_H,
        "freq": "WEEKLY",
        "interval": 1,
        "wkst": "MO",
        "byday": days,
        **_hours(one.opens, one.closes),
    }


def _days(catalogue: Catalogue, schedule: Schedule, owner: str) -> Iterator[Node]:
    calendar = catalogue.site.office.calendar
    for one in special_days(schedule, calendar, catalogue.on):
        yield from _day(catalogue, one, owner)


def _day(catalogue: Catalogue, one: SpecialDay, owner: str) -> Iterator[Node]:
    """HSDS has no word for "closed on this day": it is a day without hours that says so."""
    speech, day = SPEECH[catalogue.language], one.day.isoformat()
    common: Node = {"valid_from": day, "valid_to": day, "timezone": CHINA_OFFSET_H}
    kind = one.kind if one.kind in {"holiday", "make_up_working"} else "single"
    common["description"] = speech.t(f"data-day_{kind}")
    if not one.spans:
        told = "data-hours_unknown" if one.spans is None else "data-hours_closed"
        yield {"id": name_of("schedule", owner, day), **common, "notes": speech.t(told)}
    for opens, closes in one.spans or ():
        identifier = name_of("schedule", owner, day, opens)
        yield {"id": identifier, **common, **_hours(opens, closes)}


def _hours(opens: str, closes: str) -> Node:
    return {"opens_at": opens + OFFSET, "closes_at": closes + OFFSET}


# -- taxonomies -----------------------------------------------------------------------------------


def taxonomy(catalogue: Catalogue, name: str) -> Node:
    """Give one of our lists of words."""
    speech = SPEECH[catalogue.language]
    return {
        "id": name_of("taxonomy", name),
        "name": speech.t(f"data-taxonomy_{name}"),
        "description": speech.t(f"data-taxonomy_{name}_text"),
    }


def term(catalogue: Catalogue, taxonomy_name: str, code: str, name: str) -> Node:
    """Give a word of one of our lists."""
    return {
        "id": name_of("term", taxonomy_name, code),
        "code": code,
        "name": name,
        "description": name,
        "taxonomy": taxonomy(catalogue, taxonomy_name)["name"],
        "taxonomy_id": name_of("taxonomy", taxonomy_name),
        "language": str(catalogue.language),
    }


def terms(catalogue: Catalogue) -> list[Node]:
    """Give every word of our lists."""
    speech, language = SPEECH[catalogue.language], catalogue.language
    channels = catalogue.site.office.rulings.book.channels.values()
    return [
        *(term(catalogue, CHANNEL, one.code, one.name.in_language(language)) for one in channels),
        *(term(catalogue, BASIS, one, speech.t(f"basis-{one}")) for one in Basis),
        *(
            term(catalogue, LICENCE, one, speech.t(f"data-licence_{one}"))
            for one in (EXAMPLE, UNRECORDED)
        ),
    ]


def _attribute(owner: str, entity: str, word: Node) -> Node:
    return {
        "id": name_of("attribute", owner, word["id"]),
        "link_id": owner,
        "link_entity": entity,
        "taxonomy_term": word,
    }


def _channel(catalogue: Catalogue, owner: str, entity: str, option: OptionAnswer) -> Node:
    word = term(catalogue, CHANNEL, option.channel, option.name)
    return _attribute(owner, entity, word) | {"value": str(option.basis or Basis.NONE)}


def _licence(catalogue: Catalogue, point: ServicePoint, owner: str) -> Node:
    code = EXAMPLE if point.example else UNRECORDED
    word = term(catalogue, LICENCE, code, SPEECH[catalogue.language].t(f"data-licence_{code}"))
    sources = dict.fromkeys(one.source for one in point.capabilities)
    return _attribute(owner, "location", word) | {"value": ", ".join(sources)}


# -- parts ----------------------------------------------------------------------------------------


def _phones(owner: str, number: str) -> Node:
    one = {"id": name_of("phone", owner, number), "number": number, "type": "voice"}
    return {"phones": [one]} if number else {}


def _address(catalogue: Catalogue, plan: PlanAnswer) -> Node:
    return {"url": catalogue.page_of(plan)} if catalogue.site.origin else {}


def _modified(catalogue: Catalogue) -> Node:
    since = catalogue.site.edition_since
    return {"last_modified": since().isoformat()} if since is not None else {}


def _without_lists(node: Node) -> Node:
    return {name: value for name, value in node.items() if not isinstance(value, list)}
