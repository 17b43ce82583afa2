"""Cells of exchange files: text into the domain's words, and back."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from qika.activation.decide import CHINA
from qika.activation.request import Presented
from qika.operations.exchange.records import (
    ActivationRow,
    ChangeRow,
    FileKind,
    Header,
    PaperLetter,
    ResultRow,
)
from qika.partners.exchange.faults import ExchangeError, ExchangeFault
from qika.terms.names import (
    Application,
    CardNumber,
    ChannelCode,
    DocumentCode,
    IssuerCode,
    PointId,
    Who,
)

LAYOUT = "QIKA0001"
"""Stands in every header: what the fields mean, whatever their form."""

TEXT_MAX = 200
SEQUENCE_MAX = 999_999
_COMPACT_DAY, _COMPACT_TIME = "%Y%m%d", "%Y%m%d%H%M%S"
_PLAIN = re.compile(r"[^\x00-\x1f\x7f]*")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")

Word = TypeVar("Word", bound=StrEnum)
Cells = Mapping[str, str]


def header_of(cells: Cells) -> Header:
    """Read a header; raises ExchangeError."""
    if cells["layout"] != LAYOUT:
        raise _wrong(1, "layout", LAYOUT)
    number = cells["sequence"]
    if not (number.isascii() and number.isdigit() and 0 < int(number) <= SEQUENCE_MAX):
        raise _wrong(1, "sequence", f"1 - {SEQUENCE_MAX}")
    return Header(
        kind=_word(cells, "kind", FileKind, 1),
        bank=_text(cells, "bank", 1),
        region=IssuerCode(_text(cells, "region", 1)),
        day=_day(cells, "day", 1) or _missing(1, "day"),
        sequence=int(number),
    )


def activation_of(cells: Cells, line: int, region: IssuerCode) -> ActivationRow:
    """Read a row of a bank's file; a blank issuer is the region of the file."""
    agent = (cells["agent_number"], cells["agent_name"])
    given = _word(cells, "who", Who, line) if cells["who"] else None
    applications = cells["applications"].split()
    return ActivationRow(
        line=line,
        issuer=IssuerCode(cells["issuer"] or region),
        card_number=CardNumber(_text(cells, "card_number", line)),
        channel=ChannelCode(_code(cells["channel"], "channel", line)),
        who=given or (Who.AGENT if any(agent) else Who.HOLDER),
        occurred_at=_moment(cells, "occurred_at", line),
        applications=tuple(_one(one, "applications", Application, line) for one in applications),
        point_id=PointId(_text(cells, "point_id", line)),
        presented=tuple(_paper(one, line) for one in cells["presented"].split()),
        letter=_letter(cells, line),
        agent=agent,
    )


def _letter(cells: Cells, line: int) -> PaperLetter | None:
    signed_on = _day(cells, "letter_signed_on", line)
    if signed_on is None:
        if cells["letter_number"] or cells["letter_valid_until"]:
            _missing(line, "letter_signed_on")
        return None
    return PaperLetter(
        cells["letter_number"] or None, signed_on, _day(cells, "letter_valid_until", line)
    )


def _paper(text: str, line: int) -> Presented:
    """Read ``document:whose`` or ``document:whose:valid until``."""
    document, _, rest = text.partition(":")
    whose, _, until = rest.partition(":")
    code = DocumentCode(_code(document, "presented", line))
    day = _day({"presented": until}, "presented", line)
    return Presented(code, _one(whose, "presented", Who, line), day)


def result_cells(row: ResultRow) -> dict[str, str]:
    """Write a result."""
    return {
        "of_line": str(row.of_line),
        "issuer": row.issuer,
        "card_number": row.card_number,
        "status": row.status,
        "replayed": "1" if row.replayed else "0",
        "social": row.social,
        "financial": row.financial,
    }


def change_cells(row: ChangeRow) -> dict[str, str]:
    """Write a change."""
    return {
        "issuer": row.issuer,
        "card_number": row.card_number,
        "event": row.event,
        "occurred_at": row.occurred_at.astimezone(CHINA).strftime(_COMPACT_TIME),
        "social": row.social,
        "financial": row.financial,
        "reason": row.reason,
    }


def header_cells(header: Header) -> dict[str, str]:
    """Write a header."""
    return {
        "layout": LAYOUT,
        "kind": header.kind,
        "bank": header.bank,
        "region": header.region,
        "day": header.day.strftime(_COMPACT_DAY),
        "sequence": str(header.sequence),
    }


def _text(cells: Cells, name: str, line: int) -> str:
    text = cells[name]
    if not text:
        _missing(line, name)
    if len(text) > TEXT_MAX or not _PLAIN.fullmatch(text):
        raise _wrong(line, name, "text")
    return text


def _code(text: str, name: str, line: int) -> str:
    if not _CODE.fullmatch(text):
        raise _wrong(line, name, "a-z 0-9 _")
    return text


def _word(cells: Cells, name: str, kind: type[Word], line: int) -> Word:
    return _one(cells[name], name, kind, line)


def _one(text: str, name: str, kind: type[Word], line: int) -> Word:
    try:
        return kind(text)
    except ValueError as error:
        raise _wrong(line, name, ", ".join(kind)) from error


def _day(cells: Cells, name: str, line: int) -> date | None:
    """Read a day, ``YYYYMMDD`` or ``YYYY-MM-DD``; None for a blank."""
    text = cells[name]
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _wrong(line, name, "YYYYMMDD") from error


def _moment(cells: Cells, name: str, line: int) -> datetime:
    """Read ``YYYYMMDDhhmmss`` in China, or a time with its offset."""
    text = _text(cells, name, line)
    try:
        if text.isdigit() and text.isascii():
            return datetime.strptime(text, _COMPACT_TIME).replace(tzinfo=CHINA)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong(line, name, "YYYYMMDDhhmmss") from error
    if moment.tzinfo is None:
        raise _wrong(line, name, "YYYYMMDDhhmmss")
    return moment


def _missing(line: int, name: str) -> date:
    raise _wrong(line, name, "...")


def _wrong(line: int, name: str, allowed: str) -> ExchangeError:
    return ExchangeError(ExchangeFault.FIELD, line, field=name, allowed=allowed)
