"""The rows of a cards file: judged batch by batch, and the cards that they make."""

from datetime import date
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qika.activation.decide import CHINA
from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import EventType
from qika.operations.card_cells import (
    IdentityNumbers,
    is_card_number,
    read_bank,
    read_card_number,
    read_generation,
    read_identifier,
    read_issuer,
    read_name,
)
from qika.operations.cells import Cell, Remembered, read_day
from qika.operations.clocks import clock_rows
from qika.operations.office import Office
from qika.operations.ports import ClockRow, NewCard
from qika.operations.references import References
from qika.operations.running import Checked
from qika.operations.seen import Seen
from qika.operations.tables import RowBatch
from qika.operations.verdicts import Reason, Remark, RowVerdict, Verdict
from qika.terms.names import BankCode, CardNumber, IssuerCode, State

_SEALED = ApplicationRecord(State.SEALED)
_NOT_COLLECTED = ApplicationRecord(State.NOT_COLLECTED)
_SHOWN = 3
"""Characters at the end of a card number that a report shows."""


class _Row(NamedTuple):
    """The cells of one row, each read."""

    issuer: Cell[IssuerCode]
    number: Cell[CardNumber]
    identifier: Cell[str]
    person: Cell[str]
    name: Cell[str]
    bank: Cell[BankCode | None]
    made: Cell[date | None]
    collected: Cell[date | None]
    generation: Cell[str]


class CardRows:
    """Judges the rows of one file; it remembers what it has met, so batches come in order."""

    def __init__(self, office: Office, references: References) -> None:
        """Take what the rows are held against. Days are those of the office's clock."""
        self._office = office
        self._at = office.clock()
        regions, banks = references.regions, references.banks
        today = self._at.astimezone(CHINA).date()
        named = office.rulings.book.issuers
        self._issuers = Remembered[str, Cell[IssuerCode]](lambda t: read_issuer(t, regions, named))
        self._banks = Remembered[str, Cell[BankCode | None]](lambda text: read_bank(text, banks))
        self._days = Remembered[str, Cell[date | None]](lambda text: read_day(text, today))
        self._numbers = IdentityNumbers(today, regions.known_prefixes)
        self._clocks = Remembered(self._clock_rows)
        self._keys_seen, self._identifiers_seen = Seen(), Seen()

    def check(self, batch: RowBatch) -> Checked[NewCard]:
        """Judge every row of a batch and make the cards of those that pass."""
        findings: list[RowVerdict] = []
        cards: list[NewCard] = []
        for place, (line, row) in enumerate(zip(batch.lines, self._rows(batch), strict=True)):
            finding = _judged(line, row, damaged=place in batch.damaged)
            findings.append(finding)
            if finding.verdict is Verdict.ACCEPTABLE:
                cards.append(self._card(row))
        return self._without_repetitions(findings, cards)

    def _rows(self, batch: RowBatch) -> list[_Row]:
        columns = batch.columns
        return list(
            map(
                _Row,
                map(self._issuers.__getitem__, columns["issuer"]),
                map(read_card_number, columns["card_number"]),
                map(read_identifier, columns["card_identifier"]),
                self._numbers.read(columns["social_security_number"]),
                map(read_name, columns["name"]),
                map(self._banks.__getitem__, columns["card_bank"]),
                map(self._days.__getitem__, columns["made_on"]),
                map(self._days.__getitem__, columns["collected_on"]),
                map(read_generation, columns["generation"]),
            )
        )

    def _card(self, row: _Row) -> NewCard:
        issuer, number = row.issuer.value, row.number.value
        made_on, collected_on = row.made.value, row.collected.value
        state = _SEALED if collected_on is not None else _NOT_COLLECTED
        card = Card(
            key=self._office.keys.card_key(issuer, number),
            issuer=issuer,
            bank=row.bank.value,
            made_on=made_on,
            applied_on=None,
            collected_on=collected_on,
            social=state,
            financial=state,
        )
        return NewCard(
            card=card,
            card_number=number,
            card_identifier=row.identifier.value,
            social_security_number=row.person.value,
            name=row.name.value,
            generation=row.generation.value,
            clocks=self._clocks[issuer, made_on, collected_on],
        )

    def _clock_rows(
        self, card: tuple[IssuerCode, date | None, date | None]
    ) -> tuple[ClockRow, ...]:
        """Give the clocks of a card with these dates: many cards of a batch share them."""
        issuer, made_on, collected_on = card
        state = _SEALED if collected_on is not None else _NOT_COLLECTED
        like = Card(b"", issuer, None, made_on, None, collected_on, state, state)
        return clock_rows(self._office, like, self._at, EventType.COLLECTED)

    def _without_repetitions(
        self, findings: list[RowVerdict], cards: list[NewCard]
    ) -> Checked[NewCard]:
        """Hold back cards and chips that stood in the file before, in this batch or earlier."""
        again = self._keys_seen.repeated([card.card.key for card in cards])
        chip_again = np.zeros(len(cards), np.bool_)
        with_chip = [place for place, card in enumerate(cards) if card.card_identifier]
        chips = [bytes.fromhex(cards[place].card_identifier) for place in with_chip]
        chip_again[with_chip] = self._identifiers_seen.repeated(chips)
        repeated = again | chip_again
        if not repeated.any():
            return Checked(findings, cards)
        places = [n for n, row in enumerate(findings) if row.verdict is Verdict.ACCEPTABLE]
        for number in np.flatnonzero(repeated).tolist():
            reasons = _repetition(again, chip_again, number)
            place = places[number]
            findings[place] = findings[place]._replace(verdict=Verdict.HELD_BACK, reasons=reasons)
        return Checked(findings, list(compress(cards, (~repeated).tolist())))


def _repetition(
    again: NDArray[np.bool_], chip_again: NDArray[np.bool_], number: int
) -> tuple[Reason, ...]:
    card = (Reason.DUPLICATE_CARD,) if again[number] else ()
    return card + ((Reason.DUPLICATE_IDENTIFIER,) if chip_again[number] else ())


def _judged(line: int, row: _Row, *, damaged: bool) -> RowVerdict:
    """Give the finding on one row from the findings on its cells."""
    label = f"{'?' if row.issuer.reasons else row.issuer.value}/{masked(row.number.value)}"
    if damaged:
        return RowVerdict(line, Verdict.HELD_BACK, label, (Reason.ROW_DAMAGED,))
    reasons: tuple[Reason, ...] = ()
    remarks: tuple[Remark, ...] = ()
    for cell in row:
        reasons += cell.reasons
        remarks += cell.remarks
    made_on, collected_on = row.made.value, row.collected.value
    if made_on is None:
        remarks += () if row.made.reasons else (Remark.MADE_ON_BLANK,)
    elif collected_on is not None and collected_on < made_on:
        reasons += (Reason.COLLECTED_BEFORE_MADE,)
    verdict = Verdict.HELD_BACK if reasons else Verdict.ACCEPTABLE
    return RowVerdict(line, verdict, label, tuple(dict.fromkeys(reasons)), remarks)


def masked(number: str) -> str:
    """Show the last three characters of a card number; of any other text nothing."""
    shown = number[-_SHOWN:] if is_card_number(number) else ""
    return "*" * (len(number) - len(shown)) + shown
