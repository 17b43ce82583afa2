"""The two open files of a social security card, read by commands of ISO/IEC 7816-4.

EF05 holds the card's own data (01 identification code, 07 card number), EF06 the holder's (09 name,
4E its rest). Each record is tag, length, value. Generations differ in how many records there are
and in which order, so a record is known by its tag and never by its place.
"""

from collections.abc import Callable, Mapping

from qika_terminal.card import CardRead, card_of
from qika_terminal.faults import Fault, RefusedError

Transmit = Callable[[bytes], tuple[bytes, int]]
"""Sends a command; gives the answer and its two status bytes as one number."""

APPLICATION = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
"""The name of the social security application, as the card spells it."""

CARD_FILE, HOLDER_FILE = 5, 6
"""Short identifiers of EF05 and EF06."""

IDENTIFIER, NUMBER, NAME, NAME_REST = 0x01, 0x07, 0x09, 0x4E
RECORDS_MAX = 24
ANSWERS_MAX = 8
"""Parts of one answer, and corrections of one length, before a card counts as broken."""

_DONE, _NO_RECORD, _NO_FILE = 0x9000, 0x6A83, 0x6A82
_CLOSED = frozenset({0x6982, 0x6985})
"""A record that this region opens to nobody without a key or a PIN."""
_NO_SHORT_IDENTIFIER = frozenset({0x6A82, 0x6A86, 0x6B00, 0x6A81, 0x6981, 0x6986})


def read_chip(transmit: Transmit) -> CardRead:
    """Read a card; raises RefusedError, and whatever ``transmit`` raises when the card leaves."""
    _, status = _exchange(transmit, _with_data("00A40400", APPLICATION))
    if status != _DONE:
        raise RefusedError(Fault.NOT_A_SOCIAL_SECURITY_CARD)
    card = _records(transmit, CARD_FILE, frozenset({IDENTIFIER, NUMBER}))
    if not card:
        raise RefusedError(Fault.CARD_UNREADABLE)
    holder = _records(transmit, HOLDER_FILE, frozenset({NAME, NAME_REST}))
    return card_of(
        number=_text(card.get(NUMBER, b"")),
        identifier=card.get(IDENTIFIER, b"").hex(),
        name=_name(holder),
    )


def _records(transmit: Transmit, file: int, wanted: frozenset[int]) -> Mapping[int, bytes]:
    """Read the wanted records of a file, by tag; the others are not looked at."""
    place = file << 3 | 4
    _, status = _exchange(transmit, _read(1, place))
    if status in _NO_SHORT_IDENTIFIER:
        _, status = _exchange(transmit, _with_data("00A40200", bytes((0xEF, file))))
        if status == _NO_FILE:
            return {}
        place = 4
    found: dict[int, bytes] = {}
    for number in range(1, RECORDS_MAX + 1):
        record, status = _exchange(transmit, _read(number, place))
        if status in {_NO_RECORD, _NO_FILE}:
            break
        if status in _CLOSED:
            continue
        if status != _DONE:
            raise RefusedError(Fault.CARD_UNREADABLE, f"{status:04X}")
        tag, value = _split(record)
        if tag in wanted:
            found[tag] = value
    return found


def _split(record: bytes) -> tuple[int, bytes]:
    if len(record) < 2 or record[1] > len(record) - 2:  # noqa: PLR2004  tag and length
        raise RefusedError(Fault.CARD_UNREADABLE)
    return record[0], record[2 : 2 + record[1]]


def _exchange(transmit: Transmit, command: bytes) -> tuple[bytes, int]:
    """Send a command; fetch an answer that waits (61xx), ask again with the right length (6Cxx)."""
    answer, status = transmit(command)
    for _ in range(ANSWERS_MAX):
        more, length = status >> 8, status & 0xFF
        if more == 0x6C:  # noqa: PLR2004  the status byte of ISO/IEC 7816-4
            answer, status = transmit(command[:4] + bytes((length,)))
        elif more == 0x61:  # noqa: PLR2004  the same
            part, status = transmit(bytes((0x00, 0xC0, 0x00, 0x00, length)))
            answer += part
        else:
            return answer, status
    raise RefusedError(Fault.CARD_UNREADABLE)


def _with_data(header: str, data: bytes) -> bytes:
    return bytes.fromhex(header) + bytes((len(data),)) + data


def _read(number: int, place: int) -> bytes:
    return bytes((0x00, 0xB2, number, place, 0x00))


def _text(value: bytes) -> str:
    return value.rstrip(b"\0\xff ").decode("ascii", errors="replace")


def _name(holder: Mapping[int, bytes]) -> str:
    """Join the name and its rest; empty if the region closes it or it ends within a character."""
    parts = (holder.get(NAME, b""), holder.get(NAME_REST, b""))
    try:
        return b"".join(part.rstrip(b"\0\xff ") for part in parts).decode("gb18030")
    except UnicodeDecodeError:
        return ""
