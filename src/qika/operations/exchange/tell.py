"""Telling a bank what happened to the social application of its cards on a day."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Protocol

from qika.activation.decide import day_of
from qika.cards.card import Card
from qika.cards.events import Event
from qika.operations.exchange.records import ChangeRow, Header
from qika.operations.office import Office
from qika.terms.names import Application

PAGE = 4_096
"""Cards looked at together."""


class Numbers(Protocol):
    """Who can say which number stands on a card."""

    async def card_number(self, key: bytes) -> str | None:
        """Give the number on the face of a card."""
        ...


async def changes(
    office: Office, numbers: Numbers, header: Header, partner: str
) -> AsyncIterator[ChangeRow]:
    """Give what was heard on the day of a header of the social application of a bank's cards.

    What the bank's partner itself sent is left out: it has been answered. Looks at every card,
    which is work for the night.
    """
    async for page in office.store.histories(PAGE):
        for card, events in page:
            chain = office.rulings.chain_of(card.issuer)
            if card.bank != header.bank or header.region not in chain:
                continue
            for event in events:
                if event.sender != partner and _is_of(event, header.day):
                    number = await numbers.card_number(card.key)
                    yield _row(card, event, number or "")


def _is_of(event: Event, day: date) -> bool:
    social = Application.SOCIAL in event.applications or event.undoes is not None
    return social and day_of(event.received_at) == day


def _row(card: Card, event: Event, number: str) -> ChangeRow:
    return ChangeRow(
        issuer=card.issuer,
        card_number=number,
        event=event.type,
        occurred_at=event.occurred_at,
        social=card.social.state,
        financial=card.financial.state,
        reason=event.reason or "",
    )
