"""Results: the answer first, in big words; then the points that serve, as a list."""

from typing import Any

from starlette.responses import Response

from qika.operations.locate import Located, Serving, Wish, locate
from qika.terms.names import ChannelCode, IssuerCode
from qika.web.api.points import point
from qika.web.pages.answering import Answered, answered
from qika.web.pages.elsewhere import away
from qika.web.pages.filters import Chosen, chosen_by, filters, kinds_of
from qika.web.pages.listing import POINTS_PER_PAGE, Row, row_of
from qika.web.pages.page import Page
from qika.web.pages.spoken import scopes, spoken
from qika.web.pages.verdict import Verdict
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError


async def results(page: Page) -> Response:
    """Show the answer and the list for what the address asks."""
    asked = answered(page, "results")
    if isinstance(asked, Response):
        return asked
    drawn = asked.verdict(limit=1)  # the nearest is told of; the list has the others
    return page.render(
        "results.html.j2",
        **spoken(asked, drawn, "results"),
        **_listed(asked, drawn, chosen_by(page)),
        away=away(asked, drawn, scopes(asked.plan)),
    )


def _listed(asked: Answered, drawn: Verdict, chosen: Chosen) -> dict[str, Any]:
    """Give the list of points with its filters, as far as there are ways with a place to go to."""
    book, site = asked.page.site.office.rulings.book, asked.page.site
    ways = {ChannelCode(one.channel): one.name for one in drawn.ways}
    placed = [channel for code in ways if (channel := book.channels[code]).point_kinds]
    on = {code: name for code, name in ways.items() if code == chosen.channel}
    located = _located(asked, chosen)
    more = located.next_cursor
    region = asked.found.here if isinstance(asked.found.here, str) else asked.plan.region.code

    def link(said: dict[str, str]) -> str:
        return asked.link("results", **said) + "#list"

    return {
        "chosen": chosen,
        "placed": placed,
        "names": ways,
        "places": {one.code: link({"channel": one.code}) for one in placed},
        "measured": isinstance(asked.found.here, tuple),
        "list_region": site.regions.name(IssuerCode(region), asked.page.language),
        "rows": [row_of_serving(asked, one, place) for place, one in enumerate(located.items)],
        "filters": filters(chosen, kinds_of(placed), on, link),
        "first": link(chosen.query) if chosen.cursor else None,
        "more": link(chosen.query | {"cursor": more}) if more else None,
    }


def row_of_serving(asked: Answered, serving: Serving, place: int) -> Row:
    """Make the row of a point that serves."""
    done = serving.applications
    return row_of(
        place,
        point(serving.nearby),
        asked.page.site.office.clock(),
        on=asked.plan.as_of,
        last_day=asked.last_day,
        ways=[channel for channel, _ in serving.ways],
        only=next(iter(done)) if len(done) < len(asked.applications) else None,
    )


def _located(asked: Answered, chosen: Chosen) -> Located:
    wish = Wish(
        channel=chosen.channel,
        kind=chosen.kind,
        open_now=chosen.open_now,
        after=chosen.cursor,
        limit=POINTS_PER_PAGE,
    )
    try:
        return locate(asked.page.site.office, asked.found.answer.plan, asked.found.here, wish)
    except ValueError as error:
        if chosen.cursor is None:
            raise
        fault = Fault("cursor", FaultCode.FORMAT, "next_cursor")
        raise ProblemError(ProblemCode.WRONG_FIELDS, (fault,)) from error
