"""Look a card up: its states, its deadlines, its history, and whether the insurer was told."""

from dataclasses import dataclass

from qika.activation.decide import day_of
from qika.cards.deadlines import CardDates, Due, fulfilled
from qika.operations.office import Office
from qika.operations.ports import CardFile
from qika.rulebook.model import Clock
from qika.terms.names import Application


@dataclass(frozen=True, slots=True)
class CardDeadline:
    """A deadline of a card, and whether its duty has been done."""

    due: Due
    done: bool


@dataclass(frozen=True, slots=True)
class CardStatus:
    """Everything told about one card."""

    file: CardFile
    deadlines: tuple[CardDeadline, ...]


async def look_up(office: Office, key: bytes) -> CardStatus | None:
    """Give the status of a card; None if it is unknown."""
    file = await office.store.card_file(key)
    if file is None:
        return None
    card = file.card
    today = day_of(office.clock())
    dates = CardDates(card.made_on, card.applied_on, card.collected_on)
    states = {application: card.of(application).state for application in Application}
    falling = (office.due(clock, card.issuer, dates, today) for clock in Clock)
    return CardStatus(
        file,
        tuple(
            CardDeadline(one, done=fulfilled(one.deadline.duty, states)) for one in falling if one
        ),
    )


async def look_up_by_holder(
    office: Office, key: bytes, *, name: str, number: str
) -> CardStatus | None:
    """Give the status of a card to someone who knows its number and its holder.

    An unknown card and a wrong holder take the same way and get the same answer.
    """
    matches = await office.store.holder_matches(key, name=name, number=number)
    status = await look_up(office, key)
    return status if matches else None
