"""When a card's clocks fall due: hints for the sweep, written with what starts or moves a clock.

An activation writes none: the hint stays where it is, and the sweep that comes upon it sees that
the duty is done and closes it. That costs the counter nothing and the sweep one look.
"""

from datetime import datetime

from qika.activation.decide import day_of
from qika.cards.card import Card
from qika.cards.deadlines import CardDates, fulfilled
from qika.cards.events import EventType
from qika.operations.office import Office
from qika.operations.ports import ClockRow
from qika.terms.names import Application

_MOVES_CLOCKS = frozenset(
    {
        EventType.COLLECTED,
        EventType.ACTIVATION_REVERSED,
        EventType.LOSS_RELEASED,
        EventType.CANCELLED,
        EventType.REISSUED,
        EventType.EXCHANGED,
    }
)


def clock_rows(office: Office, card: Card, at: datetime, after: EventType) -> tuple[ClockRow, ...]:
    """Give the clock rows that an event of type ``after`` sets, moves or closes.

    A reversal begins a new cycle: the hint of the one before, which the activation had left, ends.
    """
    if after not in _MOVES_CLOCKS:
        return ()
    rows = clocks_of(office, card, at, ended=after in _ENDS_CARD)
    if after is not EventType.ACTIVATION_REVERSED:
        return rows
    return rows + tuple(ClockRow(row.clock, row.cycle - 1, None) for row in rows if row.cycle > 1)


def clocks_of(
    office: Office, card: Card, at: datetime, *, ended: bool = False
) -> tuple[ClockRow, ...]:
    """Give a row for each clock of a card; closed where its duty is done or the card ended."""
    today = day_of(at)
    dates = CardDates(card.made_on, card.applied_on, card.collected_on)
    states = {Application.SOCIAL: card.social.state, Application.FINANCIAL: card.financial.state}
    rows: list[ClockRow] = []
    for clock, falling in office.dues(card.issuer, dates, today).items():
        if falling is None:
            continue
        closed = ended or fulfilled(falling.deadline.duty, states)
        rows.append(ClockRow(clock, card.financial.cycle, None if closed else falling.last_day))
    return tuple(rows)


_ENDS_CARD = frozenset({EventType.CANCELLED, EventType.REISSUED, EventType.EXCHANGED})
