"""The key that signs seals, beside the vault's: who can write to the database cannot sign with it.

``seal.key`` holds 32 bytes of an Ed25519 key (RFC 8032) in hexadecimal digits. ``seal.pub`` holds
every public key that is trusted here, one a line: if the key is lost, what it signed still holds.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from qika.storage.vault import VaultError

KEY, TRUSTED = "seal.key", "seal.pub"


class SealKeys:
    """The keys of one installation."""

    def __init__(self, key: Ed25519PrivateKey | None, trusted: Sequence[str]) -> None:
        """Take the key that signs, if this is to sign, and those trusted, as lines of the file."""
        self._key = key
        self._trusted = [
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(line)) for line in trusted
        ]

    @classmethod
    def trusted_in(cls, folder: Path) -> Self:
        """Read the keys that are trusted in a folder, to verify with. Raises VaultError."""
        return cls(None, _trusted(folder))

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Read the keys in a folder, to sign with; a missing one is made. Raises VaultError."""
        key = signing_key(folder / KEY)
        own, lines = key.public_key().public_bytes_raw().hex(), _trusted(folder)
        if own not in lines:
            lines.append(own)
            (folder / TRUSTED).write_text("\n".join(lines) + "\n", "ascii")
        return cls(key, lines)

    def sign(self, text: bytes, /) -> bytes:
        """Give the signature of a text."""
        assert self._key is not None, "these keys only verify"
        return self._key.sign(text)

    def is_signed(self, text: bytes, signature: bytes, /) -> bool:
        """Tell whether one of the trusted keys made a signature."""
        for key in self._trusted:
            with suppress(InvalidSignature):
                key.verify(signature, text)
                return True
        return False


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Read a key of this installation, which only its owner may read; a missing one is made.

    Raises VaultError.
    """
    with suppress(FileExistsError):
        _write(path, os.urandom(32).hex())
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise VaultError(f"{path} may be read by others (mode {mode:o}): chmod 600 it")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii")))
    except ValueError as error:
        raise VaultError(f"{path} is damaged: restore its latest copy") from error


def _trusted(folder: Path) -> list[str]:
    path = folder / TRUSTED
    try:
        lines = path.read_text("ascii").split() if path.exists() else []
        SealKeys(None, lines)
    except ValueError as error:
        raise VaultError(f"{path} is damaged: restore its latest copy") from error
    return lines


def _write(path: Path, text: str) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
