"""The rows of a cards file: judged batch by batch, and the cards that they make."""

from collections.abc import Iterator
from datetime import date
from itertools import compress
from typing import NamedTuple, cast

from qika.activation.decide import day_of
from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import EventType
from qika.operations.clocks import clock_rows
from qika.operations.importing.card_cells import (
    NUMBER_LENGTH_MAX,
    USUAL_GENERATION,
    USUAL_IDENTIFIER,
    USUAL_NAME,
    USUAL_NUMBER,
    IdentityNumbers,
    is_card_number,
    read_bank,
    read_card_number,
    read_generation,
    read_identifier,
    read_issuer,
    read_name,
)
from qika.operations.importing.cells import (
    Cell,
    Column,
    Remembered,
    gathered,
    read_column,
    read_day,
)
from qika.operations.importing.references import References
from qika.operations.importing.repetitions import Repetitions, marks_of
from qika.operations.importing.running import Checked
from qika.operations.importing.tables import RowBatch
from qika.operations.importing.verdicts import Reason, Remark, RowVerdict, Verdict
from qika.operations.office import Office
from qika.operations.ports import ClockRow, NewCard
from qika.terms.names import BankCode, CardNumber, IssuerCode, State

_SEALED = ApplicationRecord(State.SEALED)
_NOT_COLLECTED = ApplicationRecord(State.NOT_COLLECTED)
_SHOWN = 3
"""Characters at the end of a card number that a report shows."""


class _Values(NamedTuple):
    """The values of one row."""

    issuer: IssuerCode
    number: str
    identifier: str
    person: str
    name: str
    bank: BankCode | None
    made_on: date | None
    collected_on: date | None
    generation: str


class _Columns(NamedTuple):
    """The columns of a batch, each read."""

    issuer: Column[IssuerCode]
    number: Column[str]
    identifier: Column[str]
    person: Column[str]
    name: Column[str]
    bank: Column[BankCode | None]
    made: Column[date | None]
    collected: Column[date | None]
    generation: Column[str]

    def values(self) -> Iterator[_Values]:
        """Give the values row by row."""
        return map(_Values._make, zip(*(column.values for column in self), strict=True))

    def odd(self) -> set[int]:
        """Give the rows of which there is something to say."""
        return {place for column in self for place in column.odd}


class CardRows:
    """Judges the rows of one file; it remembers what it has met, so batches come in order."""

    def __init__(self, office: Office, references: References) -> None:
        """Take what the rows are held against. Days are those of the office's clock."""
        self._office = office
        self._at = office.clock()
        self._key_of = office.keys.card_key
        regions, banks = references.regions, references.banks
        today = day_of(self._at)
        named = office.rulings.book.issuers
        self._issuers = Remembered[str, Cell[IssuerCode]](lambda t: read_issuer(t, regions, named))
        self._banks = Remembered[str, Cell[BankCode | None]](lambda text: read_bank(text, banks))
        self._days = Remembered[str, Cell[date | None]](lambda text: read_day(text, today))
        self._numbers = IdentityNumbers(today, regions.known_prefixes)
        self._clocks = Remembered(self._clock_rows)
        self._repetitions = Repetitions()

    def check(self, batch: RowBatch) -> Checked[NewCard]:
        """Judge every row of a batch, those that repeat others too, and make the cards."""
        findings, cards = self.judge(batch)
        stays = self._repetitions.hold_back(findings, marks_of(cards))
        return Checked(findings, list(compress(cards, stays)))

    def judge(self, batch: RowBatch) -> Checked[NewCard]:
        """Judge every row by itself and make the cards of those that pass."""
        columns = self._columns(batch)
        odd = columns.odd() | batch.damaged
        findings: list[RowVerdict] = []
        cards: list[NewCard] = []
        for place, (line, row) in enumerate(zip(batch.lines, columns.values(), strict=True)):
            if place in odd or row.made_on is None or _is_before(row.collected_on, row.made_on):
                damaged = place in batch.damaged
                finding = _judged(line, place, row, columns, damaged=damaged)
            else:
                finding = RowVerdict(line, Verdict.ACCEPTABLE, f"{row.issuer}/{_shown(row.number)}")
            findings.append(finding)
            if finding.verdict is Verdict.ACCEPTABLE:
                cards.append(self._card(row))
        return Checked(findings, cards)

    def _columns(self, batch: RowBatch) -> _Columns:
        texts = batch.columns
        days = self._days
        return _Columns(
            gathered([self._issuers[text] for text in texts["issuer"]]),
            read_column(texts["card_number"], USUAL_NUMBER, read_card_number),
            read_column(texts["card_identifier"], USUAL_IDENTIFIER, read_identifier),
            self._numbers.read(texts["social_security_number"]),
            read_column(texts["name"], USUAL_NAME, read_name),
            gathered([self._banks[text] for text in texts["card_bank"]]),
            gathered([days[text] for text in texts["made_on"]]),
            gathered([days[text] for text in texts["collected_on"]]),
            read_column(texts["generation"], USUAL_GENERATION, read_generation),
        )

    def _card(self, row: _Values) -> NewCard:
        state = _SEALED if row.collected_on is not None else _NOT_COLLECTED
        issuer, number, identifier, person, name, bank, made_on, collected_on, generation = row
        card_number = cast("CardNumber", number)
        key = self._key_of(issuer, card_number)
        card = Card(key, issuer, bank, made_on, None, collected_on, state, state)
        clocks = self._clocks[issuer, made_on, collected_on]
        return NewCard(card, card_number, identifier, person, name, generation, clocks)

    def _clock_rows(
        self, card: tuple[IssuerCode, date | None, date | None]
    ) -> tuple[ClockRow, ...]:
        """Give the clocks of a card with these dates: many cards of a batch share them."""
        issuer, made_on, collected_on = card
        state = _SEALED if collected_on is not None else _NOT_COLLECTED
        like = Card(b"", issuer, None, made_on, None, collected_on, state, state)
        return clock_rows(self._office, like, self._at, EventType.COLLECTED)


def _judged(line: int, place: int, row: _Values, columns: _Columns, *, damaged: bool) -> RowVerdict:
    """Give the finding on one row from the findings on its cells."""
    issuer = "?" if columns.issuer.odd.get(place, _PLAIN).reasons else row.issuer
    label = f"{issuer}/{masked(row.number)}"
    if damaged:
        return RowVerdict(line, Verdict.HELD_BACK, label, (Reason.ROW_DAMAGED,))
    cells = [column.odd[place] for column in columns if place in column.odd]
    reasons = [reason for cell in cells for reason in cell.reasons]
    remarks = [remark for cell in cells for remark in cell.remarks]
    if row.made_on is None:
        remarks += () if place in columns.made.odd else (Remark.MADE_ON_BLANK,)
    elif _is_before(row.collected_on, row.made_on):
        reasons.append(Reason.COLLECTED_BEFORE_MADE)
    verdict = Verdict.HELD_BACK if reasons else Verdict.ACCEPTABLE
    return RowVerdict(line, verdict, label, tuple(dict.fromkeys(reasons)), tuple(remarks))


def _is_before(collected_on: date | None, made_on: date) -> bool:
    return collected_on is not None and collected_on < made_on


_PLAIN = Cell("")


def _shown(number: str) -> str:
    """Mask a text that has the form of a card number."""
    return _STARS[len(number)] + number[-_SHOWN:]


_STARS = tuple("*" * (length - _SHOWN) for length in range(NUMBER_LENGTH_MAX + 1))


def masked(number: str) -> str:
    """Show the last three characters of a card number; of any other text nothing."""
    return _shown(number) if is_card_number(number) else "*" * len(number)
