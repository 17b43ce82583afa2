"""The vault: the keys that encrypt what names a person, and that find it again without showing it.

One file holds a master key, the data keys (wrapped by the master key, with ids), the index keys
(with versions) and the permanent key of card keys. Sealed bytes are: suite (1), key id (2), nonce
(12), ciphertext and tag; table, row and column are bound to them, so a value that was moved to
another row does not open. ADR 0005 says why, and what the file does not protect against.
"""

import base64
import hashlib
import os
import stat
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from qika.terms.names import CardNumber, IssuerCode

AES_256_GCM = 1
"""The suite of bytes sealed today; a further suite gets its own number and its own keys."""

_HEAD, _NONCE, _KEY = 3, 12, 32
_PRIVATE = 0o600


class VaultError(RuntimeError):
    """A key file that cannot be used, or sealed bytes that do not open; says what to do."""


class _Ring(msgspec.Struct):
    """What the key file holds; keys are base64."""

    master: str
    permanent: str
    data: dict[str, str]
    """Data key by id, wrapped by the master key. The highest id seals."""
    index: dict[str, str]
    """Index key by version, wrapped. The highest version is written, all are looked up."""


class Vault:
    """Seals, opens and indexes. Implements the port ``Keys``."""

    def __init__(self, path: Path, ring: _Ring) -> None:
        """Take a key ring that was read from ``path``; use ``create`` or ``open``."""
        self._path = path
        self._take(ring)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new key file, readable by its owner only; an existing one is never replaced."""
        master = os.urandom(_KEY)
        ring = _Ring(
            master=_text(master),
            permanent=_text(aes_key_wrap_with_padding(master, os.urandom(_KEY))),
            data={"1": _text(aes_key_wrap_with_padding(master, os.urandom(_KEY)))},
            index={"1": _text(aes_key_wrap_with_padding(master, os.urandom(_KEY)))},
        )
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        _write(beside, ring)
        try:
            os.link(beside, path)
        except FileExistsError as error:
            raise VaultError(f"{path} exists already: open it, or choose another folder") from error
        finally:
            beside.unlink()
        _flush_folder(path.parent)
        return cls(path, ring)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read a key file; refuses one that others than its owner may read."""
        return cls(path, _read(path))

    def __reduce__(self) -> tuple[Callable[[Path], "Vault"], tuple[Path]]:
        """Another process is told where the key file is, never the keys."""
        return Vault.open, (self._path,)

    def card_key(self, issuer: IssuerCode, number: CardNumber) -> bytes:
        """Give the 16-byte key of a card; its key never changes, as every table rests on it."""
        text = f"{issuer}\0{normal_number(number)}"
        return self._permanent(text.encode())[:16]

    def pseudonym(self, purpose: str, text: bytes) -> bytes:
        """Give 16 bytes that stand for a text for ever and tell nobody what it is.

        No card key is made of the same bytes: an issuer does not begin with NUL.
        """
        return self._permanent(f"\0{purpose}\0".encode() + text)[:16]

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Encrypt ``plain`` for ``place`` (table, column and row; see ``place_of``)."""
        head, nonce = self._seal_head, os.urandom(_NONCE)
        return head + nonce + self._sealing.encrypt(nonce, plain, head + place)

    def unseal(self, sealed: bytes, place: bytes) -> bytes:
        """Decrypt what was sealed for ``place``; raises VaultError for anything else."""
        if sealed[:1] != bytes([AES_256_GCM]):
            raise VaultError("sealed by a suite this version does not know: update the program")
        key = self._data_key(int.from_bytes(sealed[1:_HEAD], "big"))
        nonce, rest = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        try:
            return key.decrypt(nonce, rest, sealed[:_HEAD] + place)
        except InvalidTag as error:
            raise VaultError(
                "sealed bytes do not belong to this row or were changed: restore them"
            ) from error

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the newest data key sealed these bytes."""
        return sealed[:_HEAD] == self._seal_head

    def index(self, text: str, purpose: str) -> bytes:
        """Give the blind index of a normal form under the newest index key: version and hash."""
        return self._hash(self._index_version, text, purpose)

    def indexes(self, text: str, purpose: str) -> tuple[bytes, ...]:
        """Give the blind index under every index key, newest first, to look up with."""
        versions = sorted(self._index, reverse=True)
        return tuple(self._hash(version, text, purpose) for version in versions)

    def add_data_key(self) -> int:
        """Begin to seal with a new data key; what older ones sealed still opens. Gives its id."""
        ring = _read(self._path)
        number = max(map(int, ring.data)) + 1
        ring.data[str(number)] = self._new_key(ring)
        self._keep(ring)
        return number

    def add_index_key(self) -> int:
        """Begin to index with a new key; older ones are still looked up. Gives its version."""
        ring = _read(self._path)
        number = max(map(int, ring.index)) + 1
        ring.index[str(number)] = self._new_key(ring)
        self._keep(ring)
        return number

    def drop_old_keys(self) -> None:
        """Forget every key but the newest ones; only after everything was sealed again."""
        ring = _read(self._path)
        for keys in (ring.data, ring.index):
            newest = str(max(map(int, keys)))
            for number in [number for number in keys if number != newest]:
                del keys[number]
        self._keep(ring)

    def _hash(self, version: int, text: str, purpose: str) -> bytes:
        return _BYTES[version] + self._index[version](f"{purpose}\0{text}".encode())[:16]

    def _data_key(self, number: int) -> AESGCM:
        if number not in self._data:
            self._take(_read(self._path))
        if number not in self._data:
            raise VaultError(f"the key file has no data key {number}: restore its latest copy")
        return self._data[number]

    def _new_key(self, ring: _Ring) -> str:
        return _text(aes_key_wrap_with_padding(_bytes(ring.master), os.urandom(_KEY)))

    def _keep(self, ring: _Ring) -> None:
        beside = self._path.with_name(self._path.name + ".new")
        beside.unlink(missing_ok=True)
        _write(beside, ring)
        beside.replace(self._path)
        _flush_folder(self._path.parent)
        self._take(ring)

    def _take(self, ring: _Ring) -> None:
        master = _bytes(ring.master)
        try:
            unwrapped = {n: _unwrapped(master, key) for n, key in ring.data.items()}
            index = {int(n): _unwrapped(master, key) for n, key in ring.index.items()}
            permanent = _unwrapped(master, ring.permanent)
        except InvalidUnwrap as error:
            raise VaultError(f"{self._path} is damaged: restore its latest copy") from error
        self._index = {number: keyed_hash(key) for number, key in index.items()}
        self._permanent = keyed_hash(permanent)
        self._data = {int(n): AESGCM(key) for n, key in unwrapped.items()}
        newest = max(self._data)
        self._sealing = self._data[newest]
        self._seal_head = bytes([AES_256_GCM]) + newest.to_bytes(2, "big")
        self._index_version = max(self._index)


_BLOCK = 64
_BYTES = tuple(bytes([number]) for number in range(256))


def keyed_hash(key: bytes) -> Callable[[bytes], bytes]:
    """Give HMAC-SHA256 (RFC 2104) under a key of at most 64 bytes.

    The two states that only depend on the key are kept: 0.5 us a hash instead of 1.4.
    """
    padded = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def hashed(text: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(text)
        second.update(first.digest())
        return second.digest()

    return hashed


def place_of(table: str, column: str, key: bytes) -> bytes:
    """Name the place of a sealed value: it opens nowhere else."""
    return f"{table}\0{column}\0".encode() + key


def normal_number(number: str) -> str:
    """Give the form in which numbers are compared: full-width folded, no spaces, upper-case."""
    if not number.isascii():
        number = unicodedata.normalize("NFKC", number)
    return "".join(number.split()).upper()


def normal_name(name: str) -> str:
    """Give the form in which names are compared: like numbers, one kind of middle dot."""
    return normal_number(name).translate(_MIDDLE_DOTS)


_MIDDLE_DOTS: dict[int, int] = dict.fromkeys((0x2022, 0x2027, 0x2219, 0x22C5, 0x30FB), 0xB7)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _unwrapped(master: bytes, key: str) -> bytes:
    return aes_key_unwrap_with_padding(master, _bytes(key))


def _read(path: Path) -> _Ring:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise VaultError(
                    f"{path} may be read by others (mode {mode:o}): chmod 600 it, and change its"
                    " keys if anyone may have seen it"
                )
            return msgspec.json.decode(file.read(), type=_Ring)
    except FileNotFoundError as error:
        raise VaultError(f"{path} is missing: restore it, the database needs it") from error
    except msgspec.DecodeError as error:
        raise VaultError(f"{path} is no key file: restore its latest copy") from error


def _write(path: Path, ring: _Ring) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(number, "wb") as file:
        file.write(msgspec.json.encode(ring))
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
