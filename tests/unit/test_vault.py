"""The vault: sealed values stay in their place, keys turn, the key file is its owner's alone."""

import stat
from pathlib import Path

import pytest

from qika.storage.vault import Vault, VaultError, normal_name, normal_number, place_of
from qika.terms.names import CardNumber, IssuerCode

HERE = place_of("holder", "sealed", b"a" * 16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def vault(path: Path) -> Vault:
    return Vault.create(path)


def test_what_was_sealed_opens_in_its_place_only(vault: Vault):
    sealed = vault.seal(b"secret", HERE)
    assert vault.unseal(sealed, HERE) == b"secret"
    assert b"secret" not in sealed
    for place in (
        place_of("holder", "sealed", b"b" * 16),
        place_of("holder", "other", b"a" * 16),
        place_of("other", "sealed", b"a" * 16),
    ):
        with pytest.raises(VaultError, match="do not belong"):
            vault.unseal(sealed, place)


@pytest.mark.parametrize("position", [0, 1, 2, 3, 20, -1])
def test_a_changed_byte_is_seen(vault: Vault, position: int):
    sealed = bytearray(vault.seal(b"secret", HERE))
    sealed[position] ^= 1
    with pytest.raises(VaultError):
        vault.unseal(bytes(sealed), HERE)


def test_the_same_value_is_sealed_differently_each_time(vault: Vault):
    assert vault.seal(b"secret", HERE) != vault.seal(b"secret", HERE)


def test_the_key_file_is_private_and_opens_again(vault: Vault, path: Path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Vault.open(path)
    assert again.unseal(vault.seal(b"secret", HERE), HERE) == b"secret"
    assert again.index("1", "number") == vault.index("1", "number")
    key = (IssuerCode("990000"), CardNumber("1"))
    assert again.card_key(*key) == vault.card_key(*key)
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(path: Path, mode: int):
    path.chmod(mode)
    with pytest.raises(VaultError, match="chmod 600"):
        Vault.open(path)


@pytest.mark.usefixtures("vault")
def test_a_key_file_is_never_replaced(path: Path):
    before = path.read_bytes()
    with pytest.raises(VaultError, match="exists already"):
        Vault.create(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b'{"master": 1}'])
def test_a_broken_key_file_says_so(path: Path, content: bytes):
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(VaultError, match="no key file"):
        Vault.open(path)


def test_a_missing_key_file_says_so(path: Path):
    with pytest.raises(VaultError, match="is missing"):
        Vault.open(path)


@pytest.mark.usefixtures("vault")
def test_a_key_wrapped_by_another_master_is_seen(path: Path, tmp_path: Path):
    Vault.create(tmp_path / "other.json")
    master = (tmp_path / "other.json").read_bytes().split(b'"')[3]
    parts = path.read_bytes().split(b'"')
    parts[3] = master
    path.write_bytes(b'"'.join(parts))
    with pytest.raises(VaultError, match="damaged"):
        Vault.open(path)


def test_a_new_data_key_seals_and_the_old_one_still_opens(vault: Vault):
    old = vault.seal(b"secret", HERE)
    assert vault.is_current(old)
    assert vault.add_data_key() == 2
    new = vault.seal(b"secret", HERE)
    assert (vault.is_current(old), vault.is_current(new)) == (False, True)
    assert vault.unseal(old, HERE) == vault.unseal(new, HERE) == b"secret"


def test_a_process_that_opened_the_keys_earlier_learns_a_new_one(vault: Vault, path: Path):
    earlier = Vault.open(path)
    vault.add_data_key()
    assert earlier.unseal(vault.seal(b"secret", HERE), HERE) == b"secret"


def test_a_dropped_key_no_longer_opens(vault: Vault):
    old = vault.seal(b"secret", HERE)
    vault.add_data_key()
    vault.drop_old_keys()
    with pytest.raises(VaultError, match="no data key 1"):
        vault.unseal(old, HERE)


def test_an_index_is_versioned_and_differs_by_purpose_and_key(vault: Vault, tmp_path: Path):
    first = vault.index("1", "number")
    assert first[0] == 1
    assert len(first) == 17
    assert first != vault.index("1", "identifier")
    assert first != vault.index("2", "number")
    assert first != Vault.create(tmp_path / "other.json").index("1", "number")
    assert vault.add_index_key() == 2
    assert vault.indexes("1", "number") == (vault.index("1", "number"), first)


def test_turning_keys_never_moves_a_card(vault: Vault):
    before = vault.card_key(IssuerCode("990000"), CardNumber("1"))
    vault.add_data_key()
    vault.add_index_key()
    vault.drop_old_keys()
    assert vault.card_key(IssuerCode("990000"), CardNumber("1")) == before


def test_numbers_and_names_are_compared_in_one_form():
    assert normal_number(" 11010119900307\uff11\uff12\uff13x\n") == "11010119900307123X"
    assert normal_name("A\u2022b") == normal_name("a\u30fbB") == normal_name("a\xb7 b") == "A\xb7B"
