"""What a file of cards may say about a card that is known already.

An import brings data, never life. A blank says nothing. As long as no event was recorded, the
file is the card's only source and its states are taken too; from the first event on, states and
cycles belong to the history, and only bank, days, generation, holder and the due day of clocks
that are still open follow the file.
"""

from msgspec import Struct
from msgspec.structs import replace

from qika.cards.card import Card
from qika.operations.ports import ClockRow, NewCard
from qika.storage.holder import Holder
from qika.storage.vault import normal_number
from qika.terms.names import State

ADDED, UPDATED, UNCHANGED = "added", "updated", "unchanged"


class KnownCard(Struct, frozen=True):
    """A card as a store has it, with what no decision looks at."""

    card: Card
    generation: str
    holder: Holder


def merged(new: NewCard, before: KnownCard | None) -> KnownCard:
    """Give what a file's row makes of what is known; equal to it if the row says nothing new."""
    holder = Holder(
        new.name.strip(),
        normal_number(new.social_security_number),
        normal_number(new.card_identifier),
        normal_number(new.card_number),
    )
    if before is None:
        return KnownCard(new.card, new.generation, holder)
    card = _merged_card(new.card, before.card)
    generation = new.generation or before.generation
    return KnownCard(card, generation, holder.filled_from(before.holder))


def _merged_card(said: Card, kept: Card) -> Card:
    waiting = kept.version > 0 and kept.social.state is State.NOT_COLLECTED
    card = replace(
        kept,
        bank=said.bank or kept.bank,
        made_on=said.made_on or kept.made_on,
        applied_on=said.applied_on or kept.applied_on,
        collected_on=kept.collected_on if waiting else said.collected_on or kept.collected_on,
    )
    if kept.version == 0 and card.collected_on == said.collected_on:
        return replace(card, social=said.social, financial=said.financial)
    return card


def moved_clocks(new: NewCard, card: Card) -> tuple[ClockRow, ...]:
    """Give the clock rows of a file that are to be taken.

    None if the file did not know when the clock started; after an event only those that still
    run, as the file does not know what has been done: the store takes them only where one is open.
    """
    if card.collected_on != new.card.collected_on:
        return ()
    return tuple(row for row in new.clocks if not card.version or row.due_on is not None)
