"""Detached signatures of exchange files: ``NAME.sig`` beside ``NAME``, over its bytes.

Two lines: ``keyid: ID`` and ``signature: BASE64``. The algorithm is that of the key's record. ECDSA
signatures may come as openssl writes them (DER, RFC 3279) or as two halves of 32 bytes.
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from qika.authority.partner import Algorithm, Partner, PartnerKey
from qika.operations.registry import Roll
from qika.partners.exchange.faults import ExchangeError, ExchangeFault

SUFFIX = ".sig"
BYTES_MAX = 4_096
OURS = "qika"
"""The name of the key with which this installation signs."""

_FORM = re.compile(r"keyid: ([!-~]{1,128})\r?\nsignature: ([A-Za-z0-9+/]{1,2000}={0,2})\s*")
_HALF = 32

Check: TypeAlias = Callable[[PartnerKey, bytes, bytes], bool]
"""Tells whether the holder of a key made a signature of some bytes: (key, signature, bytes)."""


def signer_of(content: bytes, signature: bytes, roll: Roll, at: datetime, check: Check) -> Partner:
    """Give the partner that signed a file; raises ExchangeError."""
    key_id, made = _read(signature)
    found = roll.of_key(key_id)
    if found is None:
        raise ExchangeError(ExchangeFault.KEY_UNKNOWN)
    partner, key = found
    if not key.in_force(at):
        raise ExchangeError(ExchangeFault.KEY_NOT_IN_FORCE)
    if not check(key, _as_halves(key, made), content):
        raise ExchangeError(ExchangeFault.SIGNATURE_WRONG)
    return partner


def signature_text(signature: bytes) -> bytes:
    """Write the signature of a file of ours."""
    return f"keyid: {OURS}\nsignature: {base64.b64encode(signature).decode()}\n".encode()


def _read(text: bytes) -> tuple[str, bytes]:
    found = _FORM.fullmatch(text.decode("latin-1")) if len(text) <= BYTES_MAX else None
    if found is None:
        raise ExchangeError(ExchangeFault.SIGNATURE_UNREADABLE)
    try:
        return found[1], base64.b64decode(found[2], validate=True)
    except binascii.Error as error:
        raise ExchangeError(ExchangeFault.SIGNATURE_UNREADABLE) from error


def _as_halves(key: PartnerKey, signature: bytes) -> bytes:
    if key.algorithm is not Algorithm.ECDSA_P256 or len(signature) == 2 * _HALF:
        return signature
    try:
        r, s = decode_dss_signature(signature)
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    except (ValueError, OverflowError):
        return b""
