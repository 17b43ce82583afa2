"""Signs requests as Qika wants them: RFC 9421, in the one profile of docs/partners.md."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

CONTENT_TYPE = "application/json"
COVERED = '("@method" "@target-uri" "content-type" "content-digest" "idempotency-key")'


class UnusableKeyError(ValueError):
    """A key file holds no Ed25519 key in PEM without a password."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs in the name of one key."""

    key_id: str
    key: Ed25519PrivateKey

    @classmethod
    def from_file(cls, key_id: str, path: Path) -> "Signer":
        """Read a private key; raises UnusableKeyError, OSError."""
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise UnusableKeyError(str(path)) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKeyError(str(path))
        return cls(key_id, key)

    def headers(self, url: str, body: bytes, idempotency_key: str, at: datetime) -> dict[str, str]:
        """Give the headers of a POST, signed; its nonce is new each time."""
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        values = {
            "@method": "POST",
            "@target-uri": url,
            "content-type": CONTENT_TYPE,
            "content-digest": f"sha-256=:{digest}:",
            "idempotency-key": idempotency_key,
        }
        nonce = secrets.token_urlsafe(16)
        parameters = (
            f'{COVERED};created={int(at.timestamp())};keyid="{self.key_id}"'
            f';nonce="{nonce}";tag="qika-partner"'
        )
        base = "".join(f'"{name}": {value}\n' for name, value in values.items())
        base += f'"@signature-params": {parameters}'
        signature = base64.b64encode(self.key.sign(base.encode())).decode()
        return {
            "Content-Type": CONTENT_TYPE,
            "Content-Digest": values["content-digest"],
            "Idempotency-Key": idempotency_key,
            "Signature-Input": f"qika={parameters}",
            "Signature": f"qika=:{signature}:",
        }


def new_key() -> tuple[bytes, bytes]:
    """Make an Ed25519 key; gives the private one and the public one, both PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, public
