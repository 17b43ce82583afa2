"""Cards and chips that stood in the file before: the one part of the checks that needs an order."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qika.operations.importing.seen import Seen
from qika.operations.importing.verdicts import Reason, RowVerdict, Verdict
from qika.operations.ports import NewCard


class Marks(NamedTuple):
    """What repetitions among cards are found by."""

    keys: bytes
    """The keys of the cards, 16 bytes each, joined."""
    with_chip: list[int]
    """Which of the cards have a chip identifier."""
    chips: bytes
    """The identifiers of these, 16 bytes each, joined."""


def marks_of(cards: Sequence[NewCard]) -> Marks:
    """Give what repetitions among these cards are found by."""
    with_chip = [place for place, card in enumerate(cards) if card.card_identifier]
    chips = bytes.fromhex("".join([cards[place].card_identifier for place in with_chip]))
    return Marks(b"".join([card.card.key for card in cards]), with_chip, chips)


class Repetitions:
    """Remembers the cards and chips of one file; batches come in its order."""

    def __init__(self) -> None:
        """Begin with nothing met."""
        self._keys, self._chips = Seen(), Seen()

    def hold_back(self, findings: list[RowVerdict], marks: Marks) -> list[bool]:
        """Hold back acceptable rows that repeat others; tells of each card whether it stays."""
        again = self._keys.repeated(marks.keys)
        chip_again = np.zeros(len(again), np.bool_)
        chip_again[marks.with_chip] = self._chips.repeated(marks.chips)
        repeated = again | chip_again
        if repeated.any():
            places = [n for n, row in enumerate(findings) if row.verdict is Verdict.ACCEPTABLE]
            for number in np.flatnonzero(repeated).tolist():
                finding, reasons = findings[places[number]], _reasons(again, chip_again, number)
                held = finding._replace(verdict=Verdict.HELD_BACK, reasons=reasons)
                findings[places[number]] = held
        return (~repeated).tolist()


def _reasons(
    again: NDArray[np.bool_], chip_again: NDArray[np.bool_], number: int
) -> tuple[Reason, ...]:
    card = (Reason.DUPLICATE_CARD,) if again[number] else ()
    return card + ((Reason.DUPLICATE_IDENTIFIER,) if chip_again[number] else ())
