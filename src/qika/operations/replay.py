"""Tell a listener again what was received since a moment, in the order of each card's history."""

from dataclasses import dataclass
from datetime import datetime

from qika.authority.listener import Listener
from qika.cards.card import Card
from qika.cards.events import Event
from qika.operations.listeners import Audience, ListenerStore
from qika.operations.office import Office

PAGE = 500
"""Cards looked at and put into the outbox at once."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay did."""

    cards: int
    """Cards looked at."""
    events: int
    """Events that are of interest to the listener."""
    queued: int
    """Those that did not wait for it already."""


async def replay(
    office: Office, store: ListenerStore, listener: Listener, since: datetime
) -> Replay:
    """Put events received at ``since`` or later into the outbox of a listener again.

    Reads every card once, a page at a time: minutes on a large database. If it is cut off, the
    same again does the rest; what was told meanwhile is told once more, under the same id.
    """
    audience = Audience()
    audience.take([listener])
    cards = events = queued = 0
    async for page in store.histories(PAGE):
        wanted = [
            (card.key, event.sequence)
            for card, history in page
            for event in history
            if event.received_at >= since and _hears(office, audience, listener, card, event)
        ]
        cards, events = cards + len(page), events + len(wanted)
        if wanted:
            queued += await store.queue(wanted, listener.name, office.clock())
    return Replay(cards, events, queued)


def _hears(
    office: Office, audience: Audience, listener: Listener, card: Card, event: Event
) -> bool:
    return listener.name in audience.of(card.issuer, event, office.rulings.chain_of)
