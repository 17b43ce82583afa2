"""The holder of a card: what is sealed, and what a card can be found by."""

import msgspec

from qika.storage.vault import Vault, normal_name, normal_number, place_of


class Holder(msgspec.Struct, frozen=True, array_like=True):
    """Everything about a card that names a person, sealed as one value per card."""

    name: str
    social_security_number: str
    card_identifier: str
    card_number: str

    def filled_from(self, kept: "Holder") -> "Holder":
        """Fill blanks from what was kept: a blank in a file says nothing."""
        return Holder(
            self.name or kept.name,
            self.social_security_number or kept.social_security_number,
            self.card_identifier or kept.card_identifier,
            self.card_number or kept.card_number,
        )

    def is_of(self, name: str, number: str) -> bool:
        """Tell whether everything given of name and number is this holder's; nothing is nobody."""
        name, number = normal_name(name), normal_number(number)
        if not name and not number:
            return False
        same_name = not name or name == normal_name(self.name)
        return same_name and (not number or number == self.social_security_number)


_encode_holder = msgspec.msgpack.Encoder().encode
_decode_holder = msgspec.msgpack.Decoder(Holder).decode


_PLACE = place_of("holder", "sealed", b"")


def seal_holder(vault: Vault, key: bytes, holder: Holder) -> bytes:
    """Encrypt a holder for the row of one card."""
    return vault.seal(_encode_holder(holder), _PLACE + key)


def open_holder(vault: Vault, key: bytes, sealed: bytes) -> Holder:
    """Decrypt a holder."""
    return _decode_holder(vault.unseal(sealed, _PLACE + key))


NUMBER, IDENTIFIER = "number", "identifier"


def aliases_of(vault: Vault, holder: Holder) -> tuple[tuple[str, bytes], ...]:
    """Give (kind, hash) of what a card can be found by, under the newest index key."""
    number, identifier = holder.social_security_number, holder.card_identifier
    by_number = ((NUMBER, vault.index(number, NUMBER)),) if number else ()
    if not identifier:
        return by_number
    return (*by_number, (IDENTIFIER, vault.index(identifier, IDENTIFIER)))


def all_aliases_of(vault: Vault, holder: Holder) -> tuple[tuple[str, bytes], ...]:
    """Give (kind, hash) under every index key, to look up or to delete."""
    known = ((NUMBER, holder.social_security_number), (IDENTIFIER, holder.card_identifier))
    return tuple((kind, one) for kind, text in known if text for one in vault.indexes(text, kind))
