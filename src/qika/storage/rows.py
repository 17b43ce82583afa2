"""Cards, events and changes as rows of SQL, the same for every database."""

import json
import os
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeAlias, cast

from msgspec import Struct

from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import Event, EventType, Loss
from qika.operations.ports import Attempt, Change, ClockRow, Pending
from qika.storage.chain import Facts, applications_of, facts, link, micros, moment
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    LossReason,
    PointId,
    State,
    Use,
    Who,
)

Text: TypeAlias = str | None
Record: TypeAlias = tuple[str, int | None, Text, Text, Text, int]
CardRow: TypeAlias = tuple[
    bytes, str, Text, Text, Text, Text, str, int | None, Text, Text, Text, int,
    str, int | None, Text, Text, Text, int, int, bytes,
]  # fmt: skip

_RECORD = ("state", "since", "loss_reason", "before", "usable_from", "cycle")
RECORDS = tuple(f"{a}_{column}" for a in Application for column in _RECORD)
CARD_COLUMNS = (
    *("card_key", "issuer", "bank", "made_on", "applied_on", "collected_on"),
    *RECORDS,
    *("version", "chain"),
)
EVENT_COLUMNS = (
    *("card_key", "seq", "type", "applications", "occurred_at", "received_at", "sender"),
    *("rule_edition", "channel", "point", "who", "used_for", "loss", "reason", "undoes"),
)

_STATES = {state.value: state for state in State}
_REASONS: dict[Text, LossReason | None] = {reason.value: reason for reason in LossReason} | {
    None: None
}
_TYPES = {type_.value: type_ for type_ in EventType}


def day(text: Text) -> date | None:
    """Read a day from ISO text."""
    return date.fromisoformat(text) if text else None


def text_of(on: date | None) -> Text:
    """Write a day as ISO text."""
    return on.isoformat() if on else None


kept_text_of = lru_cache(maxsize=4_096)(text_of)
_kept_day = lru_cache(maxsize=4_096)(day)


@lru_cache(maxsize=65_536)
def _record(row: Record) -> ApplicationRecord:
    state, since, reason, before, usable_from, cycle = row
    return ApplicationRecord(
        _STATES[state],
        None if since is None else moment(since),
        _REASONS[reason],
        _STATES[before] if before else None,
        day(usable_from),
        cycle,
    )


def card_of(row: CardRow) -> Card:
    """Read a card from its columns."""
    return Card(
        row[0],
        cast("IssuerCode", row[1]),
        cast("BankCode | None", row[2]),
        _kept_day(row[3]),
        _kept_day(row[4]),
        _kept_day(row[5]),
        _record(row[6:12]),
        _record(row[12:18]),
        row[18],
        row[19],
    )


def record_row(record: ApplicationRecord) -> Record:
    """Write the record of one application."""
    since = record.since
    return (
        record.state,
        None if since is None else micros(since),
        record.loss_reason,
        record.before,
        kept_text_of(record.usable_from),
        record.cycle,
    )


kept_record_row = lru_cache(maxsize=4_096)(record_row)
"""For cards from a file, of which many have the same record."""


def card_row(card: Card, record_row: Callable[[ApplicationRecord], Record] = record_row) -> CardRow:
    """Write a card."""
    return (
        card.key,
        card.issuer,
        card.bank,
        kept_text_of(card.made_on),
        kept_text_of(card.applied_on),
        kept_text_of(card.collected_on),
        *record_row(card.social),
        *record_row(card.financial),
        card.version,
        card.chain,
    )


def event_of(row: Facts) -> Event:
    """Read an event from its columns."""
    return Event(
        sequence=row[1],
        type=_TYPES[row[2]],
        applications=applications_of(row[3]),
        occurred_at=moment(row[4]),
        received_at=moment(row[5]),
        sender=row[6],
        rule_edition=row[7],
        channel=cast("ChannelCode | None", row[8]),
        point=cast("PointId | None", row[9]),
        who=Who(row[10]) if row[10] else None,
        use=Use(row[11]) if row[11] else None,
        loss=Loss(row[12]) if row[12] else None,
        reason=_REASONS[row[13]],
        undoes=row[14],
    )


class Written(Struct, frozen=True, gc=False):
    """One change spelled out: what the row of its card becomes, and the row of its event."""

    key: bytes
    expected: int
    """The version that the card must have before."""
    records: tuple[str | int | None, ...]
    """Both application records, as in ``RECORDS``."""
    chain: bytes
    came: str | None
    """The day of collection, if it is news."""
    social: int
    """The cycle in which the social application is activated; 0: it is not."""
    financial: int
    facts: Facts
    request_key: str | None
    body_hash: bytes | None
    answer: bytes | None
    told_to: str | None
    """Destinations, separated by spaces."""

    @property
    def move(self) -> tuple[str | int | bytes | None, ...]:
        """The card's row: records, version, chain, day, cycles, key, version before."""
        moved = (self.chain, self.came, self.social, self.financial, self.key, self.expected)
        return (*self.records, self.expected + 1, *moved)

    @property
    def event(self) -> tuple[str | int | bytes | None, ...]:
        """The event's row."""
        request = (self.request_key, self.body_hash, self.answer)
        return (*self.facts, *request, self.told_to, self.chain)


def spell(changes: Sequence[Change]) -> list[Written]:
    """Spell changes out; each card's hashes follow on each other through the batch."""
    tips: dict[bytes, bytes] = {}
    return [_spell(change, tips) for change in changes]


def _spell(change: Change, tips: dict[bytes, bytes]) -> Written:
    card, event, identity = change.card, change.event, change.identity
    key, version = card.key, card.version
    if event.sequence != version:
        raise ValueError("an event's sequence is the version that it gives the card")
    if identity is not None and identity.sender != event.sender:
        raise ValueError("the sender of a request is the sender of its event")
    spelled = facts(key, event)
    tip = tips[key] = link(tips.get(key, card.chain), spelled)
    came = text_of(card.collected_on) if event.type is EventType.COLLECTED else None
    social = financial = 0
    for application, cycle in change.activations:
        if application is Application.SOCIAL:
            social = cycle
        else:
            financial = cycle
    return Written(
        key,
        version - 1,
        record_row(card.social) + record_row(card.financial),
        tip,
        came,
        social,
        financial,
        spelled,
        identity.request_key if identity else None,
        identity.body_hash if identity else None,
        change.answer if identity else None,
        " ".join(change.destinations) or None,
    )


def clock_of(row: tuple[str, int, Text]) -> ClockRow:
    """Read a clock row."""
    return ClockRow(row[0], row[1], day(row[2]))


def pending_of(row: tuple[object, ...]) -> Pending:
    """Make an outbox row: where it goes and how that stands, then its event."""
    destination, at, tries, since, issuer = cast(
        "tuple[str, int, int, int | None, IssuerCode]", row[:5]
    )
    spelled = cast("Facts", row[5:])
    key, sequence = spelled[:2]
    failing = None if since is None else moment(since)
    event = event_of(spelled)
    return Pending(key, sequence, destination, event, issuer, tries, moment(at), failing)


def json_text(content: object) -> str:
    """Write JSON for a text column: sorted, so that equal contents are equal texts."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def attempt_row(attempt: Attempt) -> tuple[str | int | bytes | None, ...]:
    """Spell a refusal out for its row, under an id by time and chance."""
    identity, at = attempt.identity, micros(attempt.received_at)
    return (
        identity.card_key,
        at.to_bytes(8, "big", signed=True) + os.urandom(8),
        identity.sender,
        identity.request_key,
        identity.body_hash,
        attempt.status,
        attempt.channel,
        attempt.point,
        at,
    )
