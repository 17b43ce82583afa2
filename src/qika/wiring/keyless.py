"""The vault of a process that serves only the public door: it holds no card keys."""

# ruff: noqa: ARG002  the signatures are the vault's

from typing import NoReturn

from qika.storage.vault import Vault, VaultError
from qika.terms.names import CardNumber, IssuerCode


class Keyless(Vault):
    """Refuses everything that would need a key, so that no public process can find a card."""

    def __init__(self) -> None:  # pyright: ignore[reportMissingSuperCall]
        """Hold nothing; no file is read."""

    def card_key(self, issuer: IssuerCode, number: CardNumber) -> bytes:
        """Refuse."""
        _refuse()

    def pseudonym(self, purpose: str, text: bytes) -> bytes:
        """Refuse."""
        _refuse()

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Refuse."""
        _refuse()

    def unseal(self, sealed: bytes, place: bytes) -> bytes:
        """Refuse."""
        _refuse()

    def index(self, text: str, purpose: str) -> bytes:
        """Refuse."""
        _refuse()

    def indexes(self, text: str, purpose: str) -> tuple[bytes, ...]:
        """Refuse."""
        _refuse()


def _refuse() -> NoReturn:
    raise VaultError("This process serves the public door only and holds no card keys.")
