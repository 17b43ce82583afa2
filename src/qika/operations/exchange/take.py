"""Taking a bank's file: all of it is looked at before any row is carried out, each row once."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from qika.activation.request import ActivationRequest, Identity, Letter, letter_name
from qika.activation.status import Status
from qika.authority.partner import ANY, Act, Partner, Refusal, refusal
from qika.operations.activate import Answered, perform
from qika.operations.exchange.records import ActivationRow, Header, ResultRow
from qika.operations.office import Office
from qika.operations.ports import Archive
from qika.terms.names import Application

BATCH = 1_000
"""Rows decided and committed together."""

_spelled = msgspec.json.Encoder(order="deterministic").encode


class NotAllowed(NamedTuple):
    """What a partner may not send, and in which line."""

    line: int
    why: Refusal


class Place(NamedTuple):
    """Where a file stands among those that came before."""

    expected: int
    """The sequence number that comes next."""
    known: bool
    """Exactly this file was taken before."""


def not_allowed(
    office: Office, partner: Partner, header: Header, rows: Sequence[ActivationRow]
) -> NotAllowed | None:
    """Name the first thing of a file that its partner may not send; None if it may send all."""
    banks = partner.scope.banks
    if header.bank not in banks and ANY not in banks:
        return NotAllowed(1, Refusal.BANK)
    why = refusal(partner, Act(office.rulings.chain_of(header.region)))
    if why is not None:
        return NotAllowed(1, why)
    for row in rows:
        chain = office.rulings.chain_of(row.issuer)
        if header.region not in chain:
            return NotAllowed(row.line, Refusal.REGION)
        point = office.directory.point(row.point_id)
        act = Act(chain, row.channel, None, row.point_id, point.card_bank if point else None)
        why = refusal(partner, act)
        if why is not None:
            return NotAllowed(row.line, why)
    return None


async def place_of(archive: Archive, header: Header, digest: str) -> Place:
    """Tell where a file stands among those of its bank, region and kind."""
    last = await archive.job_rows_done(_line_of(header))
    known = await archive.job_rows_done(_file_of(digest)) == header.sequence
    return Place(last + 1, known)


async def remember(archive: Archive, header: Header, digest: str) -> None:
    """Note that a file was taken, or written."""
    await archive.job_progress(_file_of(digest), header.sequence, finished=True)
    await archive.job_progress(_line_of(header), header.sequence, finished=True)


def _line_of(header: Header) -> str:
    return f"exchange:{header.kind}:{header.bank}:{header.region}"


def _file_of(digest: str) -> str:
    return f"exchange-file:{digest}"


async def carry_out(
    office: Office, sender: str, header: Header, rows: Sequence[ActivationRow]
) -> list[ResultRow]:
    """Carry out the rows of a file; a row that was carried out before is answered as then."""
    results: list[ResultRow] = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        answers = await perform(office, [_request(office, sender, header, row) for row in batch])
        results += [_result(row, one) for row, one in zip(batch, answers, strict=True)]
    return results


def _request(office: Office, sender: str, header: Header, row: ActivationRow) -> ActivationRequest:
    key = office.keys.card_key(row.issuer, row.card_number)
    name = f"exchange:{header.bank}:{header.region}:{header.sequence}:{row.line}"
    return ActivationRequest(
        identity=Identity(key, sender, name, hashlib.sha256(_spelled(row)).digest()),
        channel=row.channel,
        who=row.who,
        applications=row.applications,
        occurred_at=row.occurred_at,
        point_id=row.point_id,
        presented=row.presented,
        letter=_letter(row, key),
    )


def _letter(row: ActivationRow, key: bytes) -> Letter | None:
    letter = row.letter
    if letter is None:
        return None
    named = letter.number or letter_name(key, row.agent, row.applications, letter.signed_on)
    return Letter(named, letter.signed_on, letter.valid_until)


def _result(row: ActivationRow, answered: Answered) -> ResultRow:
    outcome = answered.outcome
    states = {
        name: str(one.state)
        for name, one in outcome.applications.items()
        if outcome.status is not Status.CARD_NOT_FOUND
    }
    return ResultRow(
        of_line=row.line,
        issuer=row.issuer,
        card_number=row.card_number,
        status=outcome.status,
        replayed=answered.replayed,
        social=states.get(Application.SOCIAL, ""),
        financial=states.get(Application.FINANCIAL, ""),
    )
