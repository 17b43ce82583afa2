"""The profile of a signed request: RFC 9421 with Content-Digest (RFC 9530), read strictly.

One signature covers exactly ``@method``, ``@target-uri``, ``content-type``, ``content-digest`` and
``idempotency-key``, in any order, with the parameters ``created``, ``keyid``, ``nonce`` and
``tag="qika-partner"``; ``alg`` may be said but is not believed. Everything else is refused. A GET
has no body and does nothing: its signature covers exactly ``@method`` and ``@target-uri``.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

TAG = "qika-partner"
COMPONENTS = {"@method", "@target-uri", "content-type", "content-digest", "idempotency-key"}
READ_COMPONENTS = {"@method", "@target-uri"}
REQUIRED = {"created", "keyid", "nonce", "tag"}
NONCE_MIN, TEXT_MAX = 16, 128
"""Characters of a nonce at least; of a nonce, a key's name and an idempotency key at most."""

HEADERS_MAX = 2_048
"""Characters of one of the signature headers."""

_INPUT = re.compile(r'([a-z*][a-z0-9_.*-]{0,31})=(\(((?:"[a-z@-]+")(?: "[a-z@-]+")*)\)((?:;.*)?))')
_PARAMETER = re.compile(r';([a-z]+)=(?:"([\x20-\x21\x23-\x5b\x5d-\x7e]*)"|(\d{1,12}))')
_SIGNATURE = re.compile(r"([a-z*][a-z0-9_.*-]{0,31})=:([A-Za-z0-9+/]+={0,2}):")
_DIGEST = re.compile(r"(?:^|,)[ \t]*sha-256=:([A-Za-z0-9+/]{43}=):")


class SignatureFault(StrEnum):
    """What is wrong with the signature of a request, in the order in which it is looked at."""

    MISSING = "signature_missing"
    UNREADABLE = "signature_unreadable"
    COMPONENTS = "signature_components"
    PARAMETERS = "signature_parameters"
    TOO_OLD = "signature_too_old"
    IN_FUTURE = "signature_in_future"
    KEY_UNKNOWN = "key_unknown"
    KEY_NOT_IN_FORCE = "key_not_in_force"
    DIGEST = "content_digest"
    WRONG = "signature_wrong"
    REPLAYED = "signature_replayed"


class SignatureError(Exception):
    """A request's signature is not accepted; holds the fault."""

    def __init__(self, fault: SignatureFault) -> None:
        """Take what is wrong."""
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request says of its signature, read but not yet believed."""

    key_id: str
    created: int
    """Seconds since 1970."""
    nonce: str
    idempotency_key: str
    """Empty for a GET."""
    signature: bytes
    base: bytes
    """The signature base: the bytes that were signed (RFC 9421, section 2.5)."""


def read(method: str, target: str, headers: Mapping[bytes, bytes]) -> Signed:
    """Read the signature of a request; raises SignatureError.

    ``target`` is the whole address as the partner wrote it; ``headers`` by lower-case name.
    """
    given, signature = (_text(headers, name) for name in (b"signature-input", b"signature"))
    if not given and not signature:
        raise SignatureError(SignatureFault.MISSING)
    read_input, read_signature = _INPUT.fullmatch(given), _SIGNATURE.fullmatch(signature)
    if read_input is None or read_signature is None or read_input[1] != read_signature[1]:
        raise SignatureError(SignatureFault.UNREADABLE)
    covered = read_input[3].replace('"', "").split(" ")
    wanted = READ_COMPONENTS if method == "GET" else COMPONENTS
    if len(covered) != len(wanted) or set(covered) != wanted:
        raise SignatureError(SignatureFault.COMPONENTS)
    said = _parameters(read_input[4])
    values = {"@method": method, "@target-uri": target}
    values |= {name: _text(headers, name.encode()) for name in covered if name[0] != "@"}
    idempotency_key = values.get("idempotency-key", "")
    if not all(values.values()) or len(idempotency_key) > TEXT_MAX:
        raise SignatureError(SignatureFault.COMPONENTS)
    lines = [f'"{name}": {values[name]}\n' for name in covered]
    base = "".join(lines) + f'"@signature-params": {read_input[2]}'
    return Signed(
        key_id=said["keyid"],
        created=int(said["created"]),
        nonce=said["nonce"],
        idempotency_key=idempotency_key,
        signature=_decoded(read_signature[2]),
        base=base.encode("latin-1"),
    )


def check_digest(headers: Mapping[bytes, bytes], body: bytes) -> None:
    """Check that the body is the one whose SHA-256 was signed; raises SignatureError."""
    if digest_of(headers) != hashlib.sha256(body).digest():
        raise SignatureError(SignatureFault.DIGEST)


def digest_of(headers: Mapping[bytes, bytes]) -> bytes:
    """Give the SHA-256 that the body must have; raises SignatureError."""
    found = _DIGEST.search(_text(headers, b"content-digest"))
    if found is None:
        raise SignatureError(SignatureFault.DIGEST)
    return _decoded(found[1])


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    value = headers.get(name, b"")
    if len(value) > HEADERS_MAX:
        raise SignatureError(SignatureFault.UNREADABLE)
    return value.decode("latin-1").strip(" \t")


def _parameters(text: str) -> dict[str, str]:
    """Read the parameters; each at most once, none but those of the profile."""
    said: dict[str, str] = {}
    end = 0
    for found in _PARAMETER.finditer(text):
        if found.start() != end or found[1] in said:
            raise SignatureError(SignatureFault.PARAMETERS)
        said[found[1]] = found[3] if found[2] is None else found[2]
        end = found.end()
    sound = (
        end == len(text)
        and said.keys() - {"alg"} == REQUIRED
        and said["created"].isdigit()
        and said["tag"] == TAG
        and NONCE_MIN <= len(said["nonce"]) <= TEXT_MAX
        and 0 < len(said["keyid"]) <= TEXT_MAX
    )
    if not sound:
        raise SignatureError(SignatureFault.PARAMETERS)
    return said


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise SignatureError(SignatureFault.UNREADABLE) from error
