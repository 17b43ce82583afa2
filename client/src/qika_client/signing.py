"""Signatures by RFC 9421 in the profile of Qika's partners (docs/partners.md)."""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

TAG = "qika-partner"
NONCE_BYTES = 16
RSA_BITS_MIN = 2_048
P256_HALF = 32
"""Bytes of r and of s (RFC 9421, section 3.3.4)."""


class UnusableKeyError(ValueError):
    """A private key of a kind that the service does not take."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A partner's private key, and the id under which the service knows its public one."""

    id: str
    sign: Callable[[bytes], bytes]

    @classmethod
    def read(cls, key_id: str, pem: bytes, password: bytes | None = None) -> Self:
        """Read a private key in PEM; its kind decides the algorithm. Raises UnusableKeyError."""
        try:
            private = load_pem_private_key(pem, password)
        except (ValueError, TypeError) as error:
            raise UnusableKeyError("not a private key in PEM, or the password is wrong") from error
        match private:
            case ed25519.Ed25519PrivateKey():
                return cls(key_id, private.sign)
            case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
                return cls(key_id, partial(_sign_p256, private))
            case rsa.RSAPrivateKey() if private.key_size >= RSA_BITS_MIN:
                return cls(key_id, partial(_sign_rsa, private))
            case _:
                raise UnusableKeyError("Ed25519, ECDSA P-256, or RSA of 2,048 bits or more")


def _sign_p256(private: ec.EllipticCurvePrivateKey, base: bytes) -> bytes:
    r, s = decode_dss_signature(private.sign(base, ec.ECDSA(SHA256())))
    return r.to_bytes(P256_HALF, "big") + s.to_bytes(P256_HALF, "big")


def _sign_rsa(private: rsa.RSAPrivateKey, base: bytes) -> bytes:
    return private.sign(base, padding.PKCS1v15(), SHA256())


@dataclass(frozen=True, slots=True)
class Content:
    """What a POST carries: its type, its SHA-256, and the key under which it may come again."""

    media_type: str
    sha256: bytes
    idempotency_key: str
    length: int
    """Bytes."""

    def headers(self) -> dict[str, str]:
        """Give the headers that are signed with it."""
        return {
            "content-type": self.media_type,
            "content-digest": f"sha-256=:{base64.b64encode(self.sha256).decode()}:",
            "idempotency-key": self.idempotency_key,
        }


def signed_headers(
    key: SigningKey, method: str, url: str, content: Content | None, created: int
) -> dict[str, str]:
    """Give the headers of a call, signed with a new nonce; ``created`` in seconds since 1970."""
    own = content.headers() if content else {}
    values: Mapping[str, str] = {"@method": method, "@target-uri": url, **own}
    covered = " ".join(f'"{name}"' for name in values)
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    parameters = f'({covered});created={created};keyid="{key.id}";nonce="{nonce}";tag="{TAG}"'
    base = "".join(f'"{name}": {value}\n' for name, value in values.items())
    base += f'"@signature-params": {parameters}'
    signature = base64.b64encode(key.sign(base.encode("latin-1"))).decode()
    return {**own, "signature-input": f"qika={parameters}", "signature": f"qika=:{signature}:"}
