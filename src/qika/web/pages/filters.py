"""Filters of a list as links: open now, the kind of point, the way."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from qika.rulebook.model import Channel
from qika.terms.names import ChannelCode, PointKind
from qika.web.api.points import NOW
from qika.web.pages.page import Page


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the filters say; None or False leaves a side open."""

    channel: ChannelCode | None
    kind: PointKind | None
    open_now: bool
    cursor: str | None

    @property
    def narrows(self) -> bool:
        """Tell whether anything is filtered out."""
        return self.channel is not None or self.kind is not None or self.open_now

    @property
    def query(self) -> dict[str, str]:
        """Give the filters as fields of an address."""
        said = {"channel": self.channel, "kind": self.kind, "open": self.open_now and NOW}
        return {name: str(value) for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as a link; ``word`` is a message, ``name`` a name out of the rules."""

    link: str
    on: bool
    word: str = ""
    name: str = ""


def chosen_by(page: Page) -> Chosen:
    """Read the filters; one that says nothing known is as if it were not there."""
    query = page.request.query_params
    kind, channel = query.get("kind"), query.get("channel")
    channels = page.site.office.rulings.book.channels
    return Chosen(
        channel=ChannelCode(channel) if channel and channel in channels else None,
        kind=PointKind(kind) if kind in tuple(PointKind) else None,
        open_now=query.get("open") == NOW,
        cursor=query.get("cursor") or None,
    )


def filters(
    chosen: Chosen,
    kinds: Sequence[PointKind],
    names: Mapping[ChannelCode, str],
    link: Callable[[dict[str, str]], str],
) -> list[Filter]:
    """Give the links; one that is on leads back to the list without it.

    ``names`` are those of the ways that get a link; ``link`` makes an address of filter fields.
    """

    def flipped(name: str, value: str) -> str:
        rest = {n: v for n, v in chosen.query.items() if n != name}
        on = chosen.query.get(name) == value
        return link(rest if on else {**rest, name: value})

    every = Filter(link({}), not chosen.narrows, "points-all")
    open_now = Filter(flipped("open", NOW), chosen.open_now, "points-open-now")
    of_kind = [Filter(flipped("kind", one), chosen.kind is one, f"kind-{one}") for one in kinds]
    of_way = [
        Filter(flipped("channel", code), chosen.channel == code, name=name)
        for code, name in names.items()
    ]
    return [every, open_now, *(of_kind if len(of_kind) > 1 else ()), *of_way]


def kinds_of(channels: Iterable[Channel]) -> list[PointKind]:
    """Give every kind of point at which one of the channels is, each once."""
    return list(dict.fromkeys(kind for one in channels for kind in one.point_kinds))
