"""Finding points: a place or a region, filters as links, the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.responses import Response

from qika.terms.names import PointKind
from qika.web.api.answers import PointsAnswer
from qika.web.api.asking import resolve
from qika.web.api.fields import of_pairs
from qika.web.api.points import answer_points
from qika.web.api.requests import PointsQuery
from qika.web.open.blocks import points_block
from qika.web.pages.filters import chosen_by, filters
from qika.web.pages.listing import POINTS_PER_PAGE, row_of
from qika.web.pages.page import Page
from qika.web.pages.question import as_asked
from qika.web.problems import FieldError, ProblemError, problem_of
from qika.web.site import Crs

_PLACE_FIELDS = ("lat", "lon", "crs", "region", "place")
_WHAT_FIELDS = ("channel", "application", "card_bank", "kind", "open", "cursor")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and where it looked in the end."""

    answer: PointsAnswer
    widened_to: str = ""
    """The name of the wider region that was searched, since the one asked for had nothing."""


async def points(page: Page) -> Response:
    """Show the finder; ``place`` is a region or ``lat,lon``, as people type it."""
    query = page.request.query_params
    names = (*_PLACE_FIELDS, *_WHAT_FIELDS)
    given = {n: value for n in names if (value := query.get(n, "").strip())}
    found, errors = None, list[FieldError]()
    if given:
        try:
            found = _found(page, _search(given))
        except ProblemError as error:
            errors = as_asked(problem_of(error, page.language).errors, page.language)
    return page.render(
        "points.html.j2",
        422 if errors else 200,
        given=given,
        found=found.answer if found else None,
        widened_to=found.widened_to if found else "",
        errors=errors,
        linked=points_block(page.site, found.answer, page.language) if found else "",
        filtered=partial(_filtered, page, given),
        **_listed(page, given, found.answer if found else PointsAnswer(items=[], next_cursor=None)),
    )


def _listed(page: Page, given: Mapping[str, str], found: PointsAnswer) -> dict[str, Any]:
    """Give the list with its filters and links onward."""
    site, chosen = page.site, chosen_by(page)
    now, channels = site.office.clock(), site.office.rulings.book.channels
    names = {code: one.name.in_language(page.language) for code, one in channels.items()}
    on = {code: name for code, name in names.items() if code == chosen.channel}
    plain = {name: given[name] for name in given if name not in {"kind", "open", "channel"}}

    def link(said: dict[str, str]) -> str:
        return _filtered(page, plain, **said)

    return {
        "rows": [row_of(place, one, now) for place, one in enumerate(found.items)],
        "near": _near(page, given) if found.items and found.items[0].coordinates else None,
        "filters": filters(chosen, list(PointKind), on, link),
        "narrowed": chosen.narrows,
        "more": _filtered(page, given, cursor=found.next_cursor) if found.next_cursor else None,
        "first": _filtered(page, given) if chosen.cursor else None,
        "names": names,
    }


def _found(page: Page, search: Mapping[str, str]) -> Found:
    """Search; where a region has nothing at all, the regions above it, the nearest first."""
    found = _answer(page, search)
    if found.items or found.candidates or "region" not in search or "cursor" in search:
        return Found(found)
    code = resolve(page.site.regions, search["region"]).code
    above = page.site.regions.path(code, page.language)[:-1] if code else ()
    for wider, name in reversed(above):
        wide = _answer(page, {**search, "region": wider})
        if wide.items:
            return Found(wide, name)
    return Found(found)


def _answer(page: Page, search: Mapping[str, str]) -> PointsAnswer:
    return answer_points(page.site, of_pairs(tuple(search.items()), PointsQuery), page.language)


def _search(given: Mapping[str, str]) -> dict[str, str]:
    said = {name: value for name, value in given.items() if name != "place"}
    place = given.get("place", "").replace("\uff0c", ",")
    lat, comma, lon = place.partition(",")
    if comma:
        said |= {"lat": lat.strip(), "lon": lon.strip()}
    elif place:
        said["region"] = place
    return said | {"limit": str(POINTS_PER_PAGE)}


def _near(page: Page, given: Mapping[str, str]) -> tuple[float, float] | None:
    """Give the place that was searched around, in WGS-84; None for a region."""
    said = _search(given)
    if "lat" not in said or "lon" not in said:
        return None
    crs = Crs(given.get("crs", Crs.WGS84))
    return page.site.to_wgs84(float(said["lat"]), float(said["lon"]), crs)


def _filtered(page: Page, given: Mapping[str, str], **changed: str | None) -> str:
    merged = {**{n: v for n, v in given.items() if n != "cursor"}, **changed}
    return page.link("/points", **{n: str(v) for n, v in merged.items() if v is not None})
