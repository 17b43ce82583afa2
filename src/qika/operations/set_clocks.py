"""Set the clocks of an authority's cards anew, after it has adopted or changed its rules."""

from qika.cards.card import Card
from qika.operations.clocks import clocks_of
from qika.operations.office import Office
from qika.terms.names import Application, IssuerCode, State

BATCH = 5_000
"""Cards looked at for one transaction."""


async def set_clocks(office: Office, issuer: IssuerCode) -> int:
    """Write when each card under ``issuer`` falls due by the rules now in force; gives how many.

    The days are hints: the sweep decides each card again. May be run again at any time; what is
    suspended or ended already has no clock running.
    """
    at = office.clock()
    cards = 0
    async for batch in office.store.histories(BATCH):
        ours = [card for card, _ in batch if _runs(card) and _under(office, card, issuer)]
        rows = [(card.key, row) for card in ours for row in clocks_of(office, card, at)]
        await office.store.put_clocks(rows)
        cards += len(ours)
    return cards


def _under(office: Office, card: Card, issuer: IssuerCode) -> bool:
    return issuer in office.rulings.on(card.issuer, office.clock().date()).chain


def _runs(card: Card) -> bool:
    records = [card.of(application) for application in Application]
    ended = all(record.state is State.CANCELLED for record in records)
    return not ended and not any(record.suspended for record in records)
