"""A first use of a card, as the shop's own system or the cashier tells it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from qika_terminal.card import CardName, CardRead
from qika_terminal.fields import FieldCode, Fields, Json, WrongFieldsError

WAIT_MAX_S = 30
SHOWN_MAX = 20
"""Documents on one counter."""

_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_CHIP = re.compile(r"[0-9A-Fa-f]{32}")
DRIVER_STRING = re.compile(r".{1,1024}", re.DOTALL)


class Document(StrEnum):
    """What may lie on a counter besides the card; which of them a region takes, the service says.

    A closed list: an event with a document that the service does not know could never be sent.
    """

    ID_CARD = "id_card"
    TEMPORARY_ID_CARD = "temporary_id_card"
    HOUSEHOLD_BOOK = "household_book"
    RESIDENCE_PERMIT = "residence_permit"
    TRAVEL_PERMIT = "travel_permit"
    PASSPORT = "passport"
    PERMANENT_RESIDENCE_CARD = "permanent_residence_card"
    GUARDIANSHIP_PROOF = "guardianship_proof"
    BIRTH_CERTIFICATE = "birth_certificate"
    OLD_CARD = "old_card"


class Channel(StrEnum):
    """Where a card is used for the first time; names as the service has them."""

    HOSPITAL = "hospital_first_use"
    PHARMACY = "pharmacy_first_use"


class Use(StrEnum):
    """What the card was used for; names as the service has them."""

    REGISTRATION = "registration"
    OUTPATIENT = "outpatient"
    HOSPITALISATION = "hospitalisation"
    PURCHASE = "purchase"


USES: Mapping[Channel, tuple[Use, ...]] = {
    Channel.HOSPITAL: (Use.REGISTRATION, Use.OUTPATIENT, Use.HOSPITALISATION),
    Channel.PHARMACY: (Use.PURCHASE,),
}


class Who(StrEnum):
    """Who stands at the counter."""

    HOLDER = "holder"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True)
class Shown:
    """A document that lay on the counter."""

    document: Document
    of: Who
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class FirstUse:
    """One first use, wholly read."""

    use: Use
    who: Who = Who.HOLDER
    shown: tuple[Shown, ...] = ()
    occurred_at: datetime | None = None
    """None: now."""
    request_key: str = ""
    """Made by the sender and kept for retries; empty: made here."""
    card_identifier: str = ""
    """Which card the sender thinks it is; empty: it does not say."""
    driver_string: str = ""
    reading: str = ""
    """The id of a reading made before."""
    wait_s: float | None = None
    """How long to wait for the service's answer; None: as the settings say."""


def read_first_use(said: Json, channel: Channel) -> FirstUse:
    """Read a call; raises WrongFieldsError with every wrong field."""
    fields = Fields(said)
    uses = USES[channel]
    first = FirstUse(
        use=fields.choice("use", uses, uses[0] if len(uses) == 1 else None),
        who=fields.choice("who", tuple(Who), Who.HOLDER),
        shown=tuple(_shown(one) for one in fields.objects("presented", SHOWN_MAX)),
        occurred_at=fields.moment("occurred_at"),
        request_key=fields.text("request_key", _KEY),
        card_identifier=fields.text("card_identifier", _CHIP).lower(),
        driver_string=fields.text("driver_string", DRIVER_STRING),
        reading=fields.text("reading", _KEY),
        wait_s=fields.seconds("wait_s", WAIT_MAX_S),
    )
    if first.driver_string and first.reading:
        fields.refuse("reading", FieldCode.CONFLICT)
    fields.finish()
    if fields.wrong:
        raise WrongFieldsError(fields.wrong)
    return first


def _shown(fields: Fields) -> Shown:
    document = fields.choice("document", tuple(Document))
    shown = Shown(document, fields.choice("of", tuple(Who), Who.HOLDER), fields.day("valid_until"))
    fields.finish()
    return shown


def request_body(
    first: FirstUse, card: CardRead, by: CardName, channel: Channel, point_id: str
) -> dict[str, Json]:
    """Put a first use as ``POST /v1/activations`` takes it, but for its key and its time.

    The card is always among what was presented: it has just been read.
    """
    papers = [{"document": "card", "of": Who.HOLDER.value}]
    for one in first.shown:
        paper = {"document": one.document.value, "of": one.of.value}
        if one.valid_until is not None:
            paper["valid_until"] = one.valid_until.isoformat()
        papers.append(paper)
    return {
        "card": card.named(by),
        "channel": channel.value,
        "applications": ["social"],
        "who": first.who.value,
        "point_id": point_id,
        "use": first.use.value,
        "presented": papers,
    }
