"""Signing as partners do: the signer that docs/partners gives them, with keys made here."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

DOCUMENTED = Path(__file__).parents[1] / "docs" / "partners" / "sign.py"


def _documented() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sign", DOCUMENTED)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sign = _documented()


def public_pem(private) -> str:
    encoded = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode()


@dataclass(frozen=True)
class Signer:
    """A partner's side: its private key and the id of it."""

    key_id: str
    private: Ed25519PrivateKey

    @classmethod
    def new(cls, key_id: str) -> "Signer":
        return cls(key_id, Ed25519PrivateKey.generate())

    @property
    def public(self) -> str:
        return public_pem(self.private)

    @property
    def pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def headers(
        self, url: str, body: bytes, key: str = "k-1", *, created: int, **more: str
    ) -> dict[str, str]:
        return sign.signed_headers(self.pem, self.key_id, url, body, key, created=created, **more)

    def headers_of_get(self, url: str, *, created: int) -> dict[str, str]:
        return sign.signed_get_headers(self.pem, self.key_id, url, created=created)
