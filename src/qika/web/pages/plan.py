"""The plan: the whole answer to one question, from the day and its counting to every source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from qika.web.api.answers import DeadlineAnswer, OptionAnswer
from qika.web.pages.answering import Answered, answered
from qika.web.pages.elsewhere import away
from qika.web.pages.listing import Row, row_of
from qika.web.pages.page import Page
from qika.web.pages.spoken import scopes, spoken
from qika.web.pages.take_along.asked import Planned
from qika.web.pages.take_along.share import take_along


@dataclass(frozen=True, slots=True)
class Counting:
    """How the last day came about."""

    start: date
    first: date | None
    """Day 1, where days are counted one by one."""
    counted_to: date
    last: date
    passed: int
    """Days since the start, at most ``total``."""
    total: int

    @property
    def moved(self) -> bool:
        """Tell whether the counting ended on a day off, so that the last day moved."""
        return self.counted_to != self.last


async def plan(page: Page) -> Response:
    """Show the plan for what the address asks."""
    asked = answered(page, "plan")
    if isinstance(asked, Response):
        return asked
    drawn = asked.verdict()
    return page.render(
        "plan.html.j2",
        **spoken(asked, drawn, "plan"),
        counting=counting(asked.due, asked.plan.as_of) if asked.due else None,
        spots=_spots(asked, drawn.way) if drawn.way else [],
        away=away(asked, drawn, scopes(asked.plan)),
        unpublished=_unpublished(drawn.refused),
        take=take_along(page, Planned(asked.given, asked.plan)),
    )


def _unpublished(refused: Sequence[OptionAnswer]) -> list[tuple[str, list[str]]]:
    """Name the ways on which nothing is published, together by the reason that is given."""
    names: dict[str, list[str]] = {}
    for one in refused:
        if one.basis is None:
            names.setdefault(one.reason_text or "", []).append(one.name)
    return sorted(names.items(), key=lambda one: one[0].lower())


def counting(due: DeadlineAnswer, on: date) -> Counting | None:
    """Explain a last day; None while there is none."""
    last = due.due_on or due.reference_due_on
    if last is None or due.counted_from is None or due.counted_to is None:
        return None
    total = (last - due.counted_from).days
    passed = (on - due.counted_from).days
    return Counting(
        start=due.counted_from,
        first=due.counted_from + timedelta(days=1) if due.days else None,
        counted_to=due.counted_to,
        last=last,
        passed=max(0, min(passed, total)),
        total=total,
    )


def _spots(asked: Answered, way: OptionAnswer) -> list[Row]:
    """Make rows of the points of the way to take."""
    return [
        row_of(
            place,
            one,
            asked.page.site.office.clock(),
            on=asked.plan.as_of,
            last_day=asked.last_day,
            ways=(way.channel,),
        )
        for place, one in enumerate(way.points)
    ]
