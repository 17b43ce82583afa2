"""Finding points: a place or a region, filters as links, the list."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from qika.terms.names import PointKind
from qika.web.api.fields import of_query
from qika.web.api.points import answer_points
from qika.web.api.requests import PointsQuery
from qika.web.open.blocks import points_block
from qika.web.pages.page import Page
from qika.web.pages.question import as_asked
from qika.web.problems import FieldError, ProblemError, problem_of

POINTS_PER_PAGE = "10"

_POINT_FIELDS = (
    "lat", "lon", "crs", "region", "channel", "application", "card_bank", "kind", "open", "cursor",
)  # fmt: skip


async def points(page: Page) -> Response:
    """Show the finder; ``place`` is a region or ``lat,lon``, as people type it."""
    query = page.request.query_params
    given = {n: v.strip() for n in (*_POINT_FIELDS, "place") if (v := query.get(n, "")).strip()}
    found, errors = None, list[FieldError]()
    if given:
        try:
            asked = of_query(urlencode(_search(given)), PointsQuery)
            found = answer_points(page.site, asked, page.language)
        except ProblemError as error:
            errors = as_asked(problem_of(error, page.language).errors, page.language)
    filters = {name: value for name, value in given.items() if name != "cursor"}
    return page.render(
        "points.html.j2",
        422 if errors else 200,
        given=given,
        found=found,
        errors=errors,
        kinds=list(PointKind),
        filtered=partial(_filtered, page, filters),
        linked=points_block(page.site, found, page.language) if found else "",
    )


def _search(given: Mapping[str, str]) -> dict[str, str]:
    said = {name: value for name, value in given.items() if name != "place"}
    place = given.get("place", "").replace("\uff0c", ",")
    lat, comma, lon = place.partition(",")
    if comma:
        said |= {"lat": lat.strip(), "lon": lon.strip()}
    elif place:
        said["region"] = place
    return said | {"limit": POINTS_PER_PAGE}


def _filtered(page: Page, filters: Mapping[str, str], **changed: str | None) -> str:
    merged = {**filters, **changed}
    return page.link("/points", **{n: str(v) for n, v in merged.items() if v is not None})
