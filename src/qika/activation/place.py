"""Whether a point serves a card: the right bank, and inside the area that the rules allow."""

from functools import lru_cache

from qika.activation.status import Status
from qika.points.point import ServicePoint
from qika.points.serving import serves
from qika.rulebook.book import Rules
from qika.rulebook.model import Channel, Dimensions
from qika.terms.names import Application, BankCode, RegionCode

_DIGITS_OF_SCOPE = {
    "county": 6,
    "city": 4,
    "same_bank_city": 4,
    "province": 2,
    "same_bank_province": 2,
    "any_cooperating_bank_in_province": 2,
}
"""How many leading digits of the region code a point must share with the issuer."""

REGION_DIGITS = 6
PROVINCE_DIGITS = 2
"""A province is named by the first two digits of a region code."""

ANY_BANK = "any_cooperating_bank_in_province"
"""The scope under which a bank other than the one on the card face may serve."""


def refusal_at(
    rules: Rules,
    channel: Channel,
    application: Application,
    card_bank: BankCode | None,
    point: ServicePoint,
) -> Status | None:
    """Say why ``point`` cannot serve this application of a card; None if it can.

    ``card_bank`` None means the bank is not known: then no bank is wrong.
    """
    word = scope_of(rules, application)
    if channel.of_card_bank and word != ANY_BANK and _other_bank(card_bank, point.card_bank):
        return Status.WRONG_BANK
    bank = None if word == ANY_BANK else card_bank
    if not serves(point, channel.code, application, bank, rules.chain):
        of_any_bank = serves(point, channel.code, application, None, rules.chain)
        return Status.WRONG_BANK if of_any_bank else Status.OUTSIDE_SCOPE
    return None if within_scope(word, rules.issuer, point.region) else Status.OUTSIDE_SCOPE


@lru_cache(maxsize=16_384)
def scope_of(rules: Rules, application: Application) -> str:
    """Give the word for where an application may be activated; empty if no rule says."""
    rule = rules.find("scope", Dimensions(application=application))
    return str(rule.value) if rule else ""


@lru_cache(maxsize=16_384)
def within_scope(scope: str, issuer: str, region: RegionCode) -> bool:
    """Tell whether a point in ``region`` lies in the area that ``scope`` gives to ``issuer``.

    An issuer without a region code (``xpcc``) bounds nothing here: its points name it.
    """
    area = area_of(scope, issuer)
    return area is None or region.startswith(_meaning(area))


@lru_cache(maxsize=16_384)
def area_of(scope: str, issuer: str) -> RegionCode | None:
    """Give the region that ``scope`` bounds a card of ``issuer`` to; None where nothing does."""
    digits = _DIGITS_OF_SCOPE.get(scope)
    if digits is None or not issuer.isdigit():
        return None
    return RegionCode(_meaning(issuer[:digits]).ljust(REGION_DIGITS, "0"))


def narrower(one: RegionCode | None, other: RegionCode | None) -> RegionCode | None:
    """Give what two regions have in common; None bounds nothing.

    Raises ValueError if they have nothing in common.
    """
    if one is None or other is None:
        return one or other
    wide, narrow = sorted((one, other), key=lambda code: len(_meaning(code)))
    if not narrow.startswith(_meaning(wide)):
        raise ValueError(f"{one} and {other} have no place in common.")
    return narrow


def _meaning(code: str) -> str:
    """Leave out the zeros that say nothing: 44 of 440000; a province keeps its two digits."""
    while len(code) > PROVINCE_DIGITS and code.endswith("00"):
        code = code[:-2]
    return code


def _other_bank(card_bank: BankCode | None, point_bank: BankCode | None) -> bool:
    return card_bank is not None and point_bank is not None and card_bank != point_bank
