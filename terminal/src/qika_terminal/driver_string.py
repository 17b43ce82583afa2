"""The string that a vendor's driver answers to ``iReadCardBas`` (LD/T 6001.5-2023), parsed.

``division|social number|card no|card id code|name|reset history|version|issued|expires|terminal|
device|``: eleven fields, each ended by a bar. Regions mask fields by leaving them empty.
"""

import re

from qika_terminal.card import CardRead, card_of
from qika_terminal.faults import Fault, RefusedError

FIELDS = (
    "division",
    "social_security_number",
    "card_number",
    "card_identifier",
    "name",
    "reset_history",
    "version",
    "issued_on",
    "expires_on",
    "terminal",
    "device",
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
LENGTH_MAX = 1_024
"""Bytes or characters; the drivers' handbooks ask for a buffer of 1,024."""


def parse_bytes(said: bytes, encoding: str = "gb18030") -> CardRead:
    """Read the string as a driver writes it, up to the first zero byte; raises RefusedError.

    It is decoded before it is split: the second byte of a character may be that of a bar.
    """
    text = said.partition(b"\0")[0]
    if len(text) > LENGTH_MAX:
        raise RefusedError(Fault.STRING_TORN)
    try:
        return parse_text(text.decode(encoding))
    except UnicodeDecodeError as error:
        raise RefusedError(Fault.STRING_ENCODING) from error


def parse_text(said: str) -> CardRead:
    """Read the string as text; raises RefusedError."""
    text = said.strip(" \r\n\0")
    if not text.strip("| "):
        raise RefusedError(Fault.STRING_EMPTY)
    fields = [field.strip(" ") for field in text.removesuffix("|").split("|")]
    if len(text) > LENGTH_MAX or len(fields) != len(FIELDS) or _CONTROL.search(text):
        raise RefusedError(Fault.STRING_TORN)
    given = dict(zip(FIELDS, fields, strict=True))
    return card_of(
        division=given["division"],
        number=given["card_number"],
        identifier=given["card_identifier"],
        name=given["name"],
    )
