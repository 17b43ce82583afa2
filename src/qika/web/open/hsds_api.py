"""The addresses of HSDS 3.0 (``/services``, ``/locations``, ...): paged lists, single records."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qika.points.point import ServicePoint
from qika.web.frames import encode
from qika.web.open import hsds, opening, schema_org
from qika.web.open.catalogue import Catalogue
from qika.web.open.names import point_named
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError

PER_PAGE, PER_PAGE_MAX = 50, 100
VERSION = "3.0"
PROFILE = "https://docs.openreferral.org/en/3.0/hsds/"
DESCRIPTION = "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/openapi.json"

_NUMBER = re.compile(r"[1-9]\d{0,6}")
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """Records of one kind: how many, a stretch of them, and one by its identifier."""

    count: Callable[[Catalogue], int]
    stretch: Callable[[Catalogue, int, int], list[Node]]
    """From a place on, so many."""
    one: Callable[[Catalogue, str], Node | None]


def _of(
    whole: Callable[[Catalogue], Sequence[Node]], brief: Callable[[Catalogue], Sequence[Node]]
) -> Listing:
    """Give a listing of what is few: all of it is made to give a part."""

    def one(catalogue: Catalogue, identifier: str) -> Node | None:
        return next((node for node in whole(catalogue) if node["id"] == identifier.lower()), None)

    return Listing(
        lambda catalogue: len(brief(catalogue)),
        lambda catalogue, start, limit: list(brief(catalogue)[start : start + limit]),
        one,
    )


def _of_points(kind: str, render: Callable[..., Node]) -> Listing:
    """Give a listing with one record a point."""

    def stretch(catalogue: Catalogue, start: int, limit: int) -> list[Node]:
        points: Sequence[ServicePoint] = catalogue.site.office.directory.stretch(start, limit)
        return [render(catalogue, point, full=False) for point in points]

    def one(catalogue: Catalogue, identifier: str) -> Node | None:
        point = point_named(catalogue.site, kind, identifier)
        return render(catalogue, point) if point else None

    return Listing(lambda catalogue: len(catalogue.site.office.directory), stretch, one)


def _services(catalogue: Catalogue, *, full: bool) -> list[Node]:
    return [hsds.service(catalogue, plan, full=full) for plan in catalogue.plans.values()]


def _taxonomies(catalogue: Catalogue) -> list[Node]:
    return [hsds.taxonomy(catalogue, name) for name in hsds.TAXONOMIES]


def _organizations(catalogue: Catalogue) -> list[Node]:
    return list(hsds.organizations(catalogue))


LISTINGS: Mapping[str, Listing] = {
    "services": _of(lambda c: _services(c, full=True), lambda c: _services(c, full=False)),
    "organizations": _of(_organizations, _organizations),
    "locations": _of_points("location", hsds.location),
    "service_at_locations": _of_points("service_at_location", hsds.service_at_location),
    "taxonomies": _of(_taxonomies, _taxonomies),
    "taxonomy_terms": _of(hsds.terms, hsds.terms),
}


def about() -> bytes:
    """Say which HSDS this is."""
    return encode({"version": VERSION, "profile": PROFILE, "openapi_url": DESCRIPTION})


def page(catalogue: Catalogue, name: str, query: Mapping[str, str]) -> bytes | None:
    """Give a page of a listing; None if there is none of that name; ProblemError if asked wrong."""
    listing = LISTINGS.get(name)
    if listing is None:
        return None
    number, per_page = _asked(query)
    total = listing.count(catalogue)
    pages = max(1, -(-total // per_page))
    contents = listing.stretch(catalogue, (number - 1) * per_page, per_page)
    return encode(
        {
            "total_items": total,
            "total_pages": pages,
            "page_number": number,
            "size": len(contents),
            "first_page": number == 1,
            "last_page": number >= pages,
            "empty": not contents,
            "contents": contents,
        }
    )


def single(catalogue: Catalogue, name: str, identifier: str) -> bytes | None:
    """Give a record of a listing by its identifier; None if there is no such record."""
    listing = LISTINGS.get(name)
    found = listing.one(catalogue, identifier) if listing else None
    return encode(found) if found else None


def points_page(catalogue: Catalogue, query: Mapping[str, str]) -> bytes:
    """Give a page of points as places of schema.org, paged in the same way."""
    number, per_page = _asked(query)
    site = catalogue.site
    points = site.office.directory.stretch((number - 1) * per_page, per_page)
    days = opening.SPECIAL_DAYS
    places = [schema_org.place(site, p, catalogue.language, catalogue.on, days) for p in points]
    return encode(schema_org.graph([schema_org.listed(places)]))


def _asked(query: Mapping[str, str]) -> tuple[int, int]:
    faults = [
        Fault(name, FaultCode.UNKNOWN, "page, per_page, lang")
        for name in query
        if name not in {"page", "per_page", "lang"}
    ]
    number, per_page = query.get("page", "1"), query.get("per_page", str(PER_PAGE))
    if not _NUMBER.fullmatch(number):
        faults.append(Fault("page", FaultCode.RANGE, "1 - 9999999"))
    if not _NUMBER.fullmatch(per_page) or int(per_page) > PER_PAGE_MAX:
        faults.append(Fault("per_page", FaultCode.RANGE, f"1 - {PER_PAGE_MAX}"))
    if faults:
        raise ProblemError(ProblemCode.WRONG_FIELDS, tuple(faults))
    return int(number), int(per_page)
