"""What a file of cards may say about a card that is known already.

An import brings data, never life. A blank says nothing. As long as no event was recorded, the
file is the card's only source and its states are taken too; from the first event on, states and
cycles belong to the history, and only bank, days, generation, holder and the due day of clocks
that are still open follow the file.
"""

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from qika.cards.card import Card
from qika.operations.ports import ClockRow, NewCard
from qika.storage.holder import Holder, aliases_of, all_aliases_of, seal_holder
from qika.storage.rows import card_row, kept_record_row, kept_text_of
from qika.storage.vault import Vault, normal_number
from qika.terms.names import State

Alias: TypeAlias = tuple[str, bytes, bytes]
"""Kind, hash, card key."""

ClockOf: TypeAlias = tuple[bytes, str, int, str | None]
"""Card key, clock, cycle, due day."""

ADDED, UPDATED, UNCHANGED = "added", "updated", "unchanged"


class KnownCard(Struct, frozen=True):
    """A card as a store has it, with what no decision looks at."""

    card: Card
    generation: str
    holder: Holder


def _holder_of(new: NewCard) -> Holder:
    return Holder(
        new.name.strip(),
        normal_number(new.social_security_number),
        normal_number(new.card_identifier),
        normal_number(new.card_number),
    )


def merged(new: NewCard, before: KnownCard | None) -> KnownCard:
    """Give what a file's row makes of what is known; equal to it if the row says nothing new."""
    holder = _holder_of(new)
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
    if not card.version:
        return new.clocks
    return tuple(row for row in new.clocks if row.due_on is not None)


class ImportedRows:
    """The rows that a file of cards makes, by table; a card may stand in the file twice."""

    def __init__(self, vault: Vault, known: dict[bytes, KnownCard]) -> None:
        """Take what the store knows of the cards in the file."""
        self._vault = vault
        self._known = known
        self._aliases: dict[Alias, bool] = {}
        self._first_aliases: list[Alias] = []
        self._first_clocks: list[ClockOf] = []
        self._first: dict[bytes, NewCard] = {}
        self.cards: dict[bytes, tuple[str | int | bytes | None, ...]] = {}
        """By key: the columns of a card, and its generation."""
        self.holders: dict[bytes, bytes] = {}
        """By key: the sealed holder."""
        self.clocks: dict[tuple[bytes, str, int], str | None] = {}
        """By (key, clock, cycle): the due day of a clock to be set; without those of new cards."""
        self.open_clocks: dict[tuple[bytes, str, int], str | None] = {}
        """The same for clocks that are to be moved only where they still run."""

    def take(self, new: NewCard) -> str:
        """Take one row of the file; gives ``added``, ``updated`` or ``unchanged``."""
        before = self._known.get(new.card.key)
        if before is None:
            twice = self._first.get(new.card.key)
            if twice is None:
                return self._take_first(new)
            before = KnownCard(twice.card, twice.generation, _holder_of(twice))
        after = merged(new, before)
        if after == before:
            return UNCHANGED
        self._known[new.card.key] = after
        if (before.card, before.generation) != (after.card, after.generation):
            self.cards[new.card.key] = (*card_row(after.card), after.generation)
        if before.holder != after.holder:
            self._put_holder(new.card.key, before, after.holder)
        clocks = self.open_clocks if after.card.version else self.clocks
        for row in moved_clocks(new, after.card):
            clocks[new.card.key, row.clock, row.cycle] = kept_text_of(row.due_on)
        return UPDATED

    def _take_first(self, new: NewCard) -> str:
        """Take a card that the store does not know: nothing is merged or compared."""
        card, key, holder = new.card, new.card.key, _holder_of(new)
        self._first[key] = new
        self.cards[key] = (*card_row(card, kept_record_row), new.generation)
        self.holders[key] = seal_holder(self._vault, key, holder)
        for kind, hashed in aliases_of(self._vault, holder):
            self._first_aliases.append((kind, hashed, key))
        for row in new.clocks if not card.version else moved_clocks(new, card):
            self._first_clocks.append((key, row.clock, row.cycle, kept_text_of(row.due_on)))
        return ADDED

    def _put_holder(self, key: bytes, before: KnownCard, holder: Holder) -> None:
        self.holders[key] = seal_holder(self._vault, key, holder)
        old = all_aliases_of(self._vault, before.holder)
        self._aliases |= {(kind, hashed, key): False for kind, hashed in old}
        fresh = aliases_of(self._vault, holder)
        self._aliases |= {(kind, hashed, key): True for kind, hashed in fresh}

    def first_clocks(self) -> list[ClockOf]:
        """Give the clocks of cards that the store did not know; no two are of one place."""
        if not self.clocks:
            return self._first_clocks
        return [row for row in self._first_clocks if row[:3] not in self.clocks]

    def fresh_aliases(self) -> list[Alias]:
        """Give what the cards are to be found by."""
        return self.first_aliases() + self.changed_aliases()

    def first_aliases(self) -> list[Alias]:
        """Give what cards are found by that the store did not know; no two are alike."""
        if not self._aliases:
            return self._first_aliases
        return [alias for alias in self._first_aliases if alias not in self._aliases]

    def changed_aliases(self) -> list[Alias]:
        """Give what other cards are to be found by; they may be found by it already."""
        return [alias for alias, there in self._aliases.items() if there]

    def stale_aliases(self) -> list[Alias]:
        """Give what the cards are not to be found by any more."""
        return [alias for alias, there in self._aliases.items() if not there]
