"""Find the points that serve a question: every offered way at once, nearest first, in pages.

The rules say which point is an answer (``refusal_at``): one that would serve the card of that bank
for at least one of the applications asked about. The directory is searched once for each way and
application, only inside the area that the rules give it, and the searches are merged.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from qika.activation.place import ANY_BANK, area_of, narrower, refusal_at, scope_of
from qika.inquiry.plan import Option, Plan
from qika.operations.find import Nearby, board_at
from qika.operations.inquire import moment_of, region_of
from qika.operations.office import Office
from qika.operations.ports import PointHit, PointSearch
from qika.terms.names import Application, ChannelCode, PointKind, RegionCode

LOOKED_AT_MAX = 400
"""Points looked at for one page, since the rules may refuse some that the directory lists."""

HITS_PER_LOOK = 12
"""Points that a search gives at once, at most; never more than a page and the one after it."""

Here = tuple[float, float] | RegionCode | None
"""Where the person is: WGS-84 degrees, a region, or unknown."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to see of the points that serve; None leaves that side open."""

    channel: ChannelCode | None = None
    kind: PointKind | None = None
    open_now: bool = False
    after: str | None = None
    """The ``next_cursor`` of the page before."""
    limit: int = 10
    look_at: int = LOOKED_AT_MAX


@dataclass(frozen=True, slots=True)
class Serving:
    """A point and what it does for the person who asks."""

    nearby: Nearby
    ways: tuple[tuple[ChannelCode, tuple[Application, ...]], ...]
    """Channels in the order of the plan, each with the applications served here."""

    @property
    def applications(self) -> frozenset[Application]:
        """Give everything asked about that can be done here, whatever the way."""
        return frozenset(one for _, served in self.ways for one in served)


@dataclass(frozen=True, slots=True)
class Located:
    """One page of points that serve; ``next_cursor`` None on the last one."""

    items: tuple[Serving, ...]
    next_cursor: str | None


class _Found(NamedTuple):
    """A point that a search for one way and one application found."""

    hit: PointHit
    option: Option
    application: Application


@dataclass(frozen=True, slots=True)
class _Look:
    """One look for points: the plan they must serve, from where, and what is wanted of them."""

    office: Office
    plan: Plan
    here: Here
    wish: Wish
    at: datetime

    @property
    def at_once(self) -> int:
        """Give how many points a search gives at once: each one is read from the disk."""
        return min(HITS_PER_LOOK, self.wish.limit + 1)

    def for_one(self, option: Option, application: Application) -> Iterator[_Found]:
        """Search for one application by one way, page by page, as far as anybody asks."""
        search = self._search(option, application)
        after = self.wish.after
        while search is not None:
            hits = self._page(search, after)
            for hit in hits:
                yield _Found(hit, option, application)
            if len(hits) < self.at_once:
                return
            after = hits[-1].place

    def _search(self, option: Option, application: Application) -> PointSearch | None:
        """Ask inside the area the rules give; None where the person is all outside of it."""
        rules, question = self.plan.rules, self.plan.question
        scope = scope_of(rules, application)
        of_bank = option.channel.of_card_bank and scope != ANY_BANK
        try:
            region = narrower(area_of(scope, question.issuer), _region_asked(self.plan, self.here))
        except ValueError:
            return None
        return PointSearch(
            channel=option.channel.code,
            application=application,
            card_bank=question.card_bank if of_bank else None,
            chain=rules.chain,
            kind=self.wish.kind,
            region=region,
        )

    def _page(self, search: PointSearch, after: str | None) -> Sequence[PointHit]:
        directory, here, limit = self.office.directory, self.here, self.at_once
        open_at = self.at if self.wish.open_now else None
        if isinstance(here, tuple):
            return directory.nearest(*here, search, open_at=open_at, after=after, limit=limit)
        return directory.listed(search, open_at=open_at, after=after, limit=limit)


def locate(office: Office, plan: Plan, here: Here, wish: Wish) -> Located:
    """Give a page of the points that serve what ``plan`` offers; ValueError for a bad cursor."""
    look = _Look(office, plan, here, wish, moment_of(office, plan.question))
    searches = [
        look.for_one(option, application)
        for option in plan.options
        if option.channel.point_kinds and wish.channel in {None, option.channel.code}
        for application in option.applications
    ]
    merged = heapq.merge(*searches, key=lambda found: found.hit.rank)
    board, items = board_at(office, look.at), list[Serving]()
    last: PointHit | None = None
    for looked, (_, same) in enumerate(groupby(merged, key=lambda found: found.hit.rank)):
        found = list(same)
        ways = _ways(plan, found)
        if (ways and len(items) == wish.limit) or looked == wish.look_at:
            return Located(tuple(items), last.place if last else None)
        last = found[0].hit
        if ways:
            items.append(Serving(board.describe(office.directory, last), ways))
    return Located(tuple(items), None)


def _region_asked(plan: Plan, here: Here) -> RegionCode | None:
    """Bound a list without distances to where the person is, else to the region of the card."""
    return None if isinstance(here, tuple) else here or region_of(plan.question.issuer)


def _ways(
    plan: Plan, found: list[_Found]
) -> tuple[tuple[ChannelCode, tuple[Application, ...]], ...]:
    """Keep what the counter at this point would not refuse, in the order of the plan."""
    bank, rules = plan.question.card_bank, plan.rules
    ways: dict[ChannelCode, list[Application]] = {}
    for option in plan.options:
        for one in found:
            if one.option is option and not refusal_at(
                rules, option.channel, one.application, bank, one.hit.point
            ):
                ways.setdefault(option.channel.code, []).append(one.application)
    return tuple((channel, tuple(served)) for channel, served in ways.items())
