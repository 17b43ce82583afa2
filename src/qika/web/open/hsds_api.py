"""The addresses of HSDS 3.0 (``/services``, ``/locations``, ...): paged lists, single records."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from qika.web.api.answers import PlanAnswer
from qika.web.frames import GAP, encode
from qika.web.open import hsds, opening, schema_org
from qika.web.open.catalogue import Catalogue
from qika.web.open.names import point_named
from qika.web.open.parts import in_parts
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
    stretch: Callable[[Catalogue, int, int], Iterable[Node]]
    """From a place on, so many, each made when its turn comes."""
    one: Callable[[Catalogue, str], Node | None]


def _of_words(words: Callable[[Catalogue], Sequence[Node]]) -> Listing:
    """Give a listing of what is few and short: all of it is made to give a part."""

    def one(catalogue: Catalogue, identifier: str) -> Node | None:
        return next((node for node in words(catalogue) if node["id"] == identifier.lower()), None)

    return Listing(
        lambda catalogue: len(words(catalogue)),
        lambda catalogue, start, limit: words(catalogue)[start : start + limit],
        one,
    )


def _of_issuers(
    name: Callable[[str], str],
    brief: Callable[[Catalogue, PlanAnswer], Node],
    full: Callable[[Catalogue, PlanAnswer], Node],
) -> Listing:
    """Give a listing with one record an issuer; ``name`` gives the identifier of it."""

    def stretch(catalogue: Catalogue, start: int, limit: int) -> Iterator[Node]:
        codes = catalogue.issuers[start : start + limit]
        return (brief(catalogue, catalogue.plan(code)) for code in codes)

    def one(catalogue: Catalogue, identifier: str) -> Node | None:
        named = (code for code in catalogue.issuers if name(code) == identifier.lower())
        code = next(named, None)
        return None if code is None else full(catalogue, catalogue.plan(code))

    return Listing(lambda catalogue: len(catalogue.issuers), stretch, one)


def _of_points(kind: str, render: Callable[..., Node]) -> Listing:
    """Give a listing with one record a point."""

    def stretch(catalogue: Catalogue, start: int, limit: int) -> Iterator[Node]:
        points = catalogue.site.office.directory.stretch(start, limit)
        return (render(catalogue, point, full=False) for point in points)

    def one(catalogue: Catalogue, identifier: str) -> Node | None:
        point = point_named(catalogue.site, kind, identifier)
        return render(catalogue, point) if point else None

    return Listing(lambda catalogue: len(catalogue.site.office.directory), stretch, one)


def _taxonomies(catalogue: Catalogue) -> list[Node]:
    return [hsds.taxonomy(catalogue, name) for name in hsds.TAXONOMIES]


def _organization(_: Catalogue, plan: PlanAnswer) -> Node:
    return hsds.organization(plan)


LISTINGS: Mapping[str, Listing] = {
    "services": _of_issuers(hsds.service_id, partial(hsds.service, full=False), hsds.service),
    "organizations": _of_issuers(hsds.organization_id, _organization, _organization),
    "locations": _of_points("location", hsds.location),
    "service_at_locations": _of_points("service_at_location", hsds.service_at_location),
    "taxonomies": _of_words(_taxonomies),
    "taxonomy_terms": _of_words(hsds.terms),
}


def about() -> bytes:
    """Say which HSDS this is."""
    return encode({"version": VERSION, "profile": PROFILE, "openapi_url": DESCRIPTION})


def page(catalogue: Catalogue, name: str, query: Mapping[str, str]) -> Iterator[bytes] | None:
    """Give a page of a listing; None if there is none of that name; ProblemError if asked wrong."""
    listing = LISTINGS.get(name)
    if listing is None:
        return None
    number, per_page = _asked(query)
    total, start = listing.count(catalogue), (number - 1) * per_page
    pages, size = max(1, -(-total // per_page)), max(0, min(per_page, total - start))
    head = {
        "total_items": total,
        "total_pages": pages,
        "page_number": number,
        "size": size,
        "first_page": number == 1,
        "last_page": number >= pages,
        "empty": not size,
        "contents": GAP,
    }
    return in_parts(head, listing.stretch(catalogue, start, per_page), each=1)


def single(catalogue: Catalogue, name: str, identifier: str) -> bytes | None:
    """Give a record of a listing by its identifier; None if there is no such record."""
    listing = LISTINGS.get(name)
    found = listing.one(catalogue, identifier) if listing else None
    return encode(found) if found else None


def points_page(catalogue: Catalogue, query: Mapping[str, str]) -> Iterator[bytes]:
    """Give a page of points as places of schema.org, paged in the same way."""
    number, per_page = _asked(query)
    site, days = catalogue.site, opening.SPECIAL_DAYS
    points = site.office.directory.stretch((number - 1) * per_page, per_page)
    places = (schema_org.place(site, p, catalogue.language, catalogue.on, days) for p in points)
    document = schema_org.graph([schema_org.listed(GAP)])
    return in_parts(document, schema_org.in_order(places), each=1)


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
