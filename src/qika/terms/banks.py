"""Banks that stand on social security cards: their codes, and the names people give them."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from qika.terms.names import BankCode, Language


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank, or one kind of local bank that lists name without saying which (``generic``).

    ``code`` is three digits of the clearing code where the bank has them for itself, the head
    office's twelve where it shares them, and its Chinese name where no public list was found
    that gives the code (then ``verified`` is false).
    """

    code: BankCode
    zh: str
    en: str
    aliases: tuple[str, ...]
    head_offices: tuple[str, ...]
    """Twelve-digit clearing codes under which public lists know the head office."""
    verified: bool
    generic: bool


_OWN_CODE_LENGTH = 3
_CLEARING_CODE = re.compile(r"[0-9]{12}")
_ABBREVIATION = re.compile("[^a-z]行|[a-z]{3,5}")
_OUTLET_WORD = re.compile("支行|分行|分理处|营业|储蓄所|网点|自助|branch|outlet")
"""Words of an outlet's name; without one an abbreviation is too likely an accident."""


class Banks:
    """Every bank of ``banks.toml``, found by code, by name, or inside an outlet's name."""

    def __init__(self, banks: Iterable[Bank]) -> None:
        """Index ``banks``; raises ValueError when two of them claim one name."""
        self.by_code: Mapping[BankCode, Bank] = MappingProxyType({b.code: b for b in banks})
        names: dict[str, BankCode] = {}
        spoken: set[str] = set()
        for bank in self.by_code.values():
            for name in filter(None, (bank.code, bank.zh, bank.en, *bank.aliases)):
                _claim(names, name, bank.code)
                spoken.add(_spoken(name))
            for head_office in bank.head_offices:
                _claim(names, head_office, bank.code)
        self.names: Mapping[str, BankCode] = MappingProxyType(names)
        """Every accepted name, alias and code, in plain form, with the bank's code."""
        words = sorted((n for n in spoken if not n.isdecimal()), key=len, reverse=True)
        self._long = _pattern(word for word in words if _is_telling(word))
        self._short = _pattern(word for word in words if _ABBREVIATION.fullmatch(word))

    def code_of(self, name_or_code: str) -> BankCode | None:
        """Give the bank's code for any of its names or codes, an outlet's clearing code included.

        None when the name is unknown. Case, width and spaces do not matter.
        """
        plain = _plain(name_or_code)
        found = self.names.get(plain)
        if found is None and _CLEARING_CODE.fullmatch(plain):
            own = BankCode(plain[:_OWN_CODE_LENGTH])
            return own if own in self.by_code else None
        return found

    def name(self, code: BankCode, language: Language) -> str:
        """Give the bank's name; a code that is not listed is shown as it is."""
        bank = self.by_code.get(code)
        if bank is None:
            return code
        return bank.en if language is Language.EN and bank.en else bank.zh

    def find_in(self, text: str) -> BankCode | None:
        """Find the bank in an outlet's name: the first one named, its longest name first.

        Short forms (two characters, Latin letters) count only at the beginning or in an outlet's
        name: they also occur by accident inside other words.
        """
        text = _spoken(text)
        found = self._long.search(text)
        if found is None and _OUTLET_WORD.search(text):
            found = self._short.search(text)
        if found is None:
            found = self._short.match(text)
        return self.names[found.group().replace(" ", "")] if found else None


def parse_banks(text: str) -> Banks:
    """Read ``banks.toml``; raises ValueError (tomllib's included) when it is not sound."""
    return Banks(_bank(entry) for entry in tomllib.loads(text)["bank"])


def _bank(entry: Mapping[str, Any]) -> Bank:
    heads = tuple(str(code) for code in entry.get("head_offices", ()))
    return Bank(
        code=BankCode(str(entry["code"])),
        zh=str(entry["zh"]),
        en=str(entry.get("en", "")),
        aliases=tuple(str(alias) for alias in entry.get("aliases", ())),
        head_offices=heads,
        verified=bool(heads),
        generic=bool(entry.get("generic", False)),
    )


def _claim(names: dict[str, BankCode], name: str, code: BankCode) -> None:
    taken = names.setdefault(_plain(name), code)
    if taken != code:
        raise ValueError(f"{name} is claimed by {taken} and by {code}")


def _is_telling(word: str) -> bool:
    """Say whether a name cannot stand for anything but a bank («Industrial» alone can)."""
    return bool(re.search("bank|credit", word)) if word.isascii() else len(word) > len("工行")


def _plain(name: str) -> str:
    """Bring a name to the form in which names are compared."""
    text = _spoken(name).replace(" ", "")
    return text.removesuffix("股份有限公司").removesuffix("有限责任公司")


def _spoken(text: str) -> str:
    """Even out width, case and spaces; spaces stay between Latin words."""
    words = unicodedata.normalize("NFKC", text).casefold().split()
    return re.sub(r"(?<![a-z]) | (?![a-z])", "", " ".join(words))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Match the first of ``words``, given longest first; Latin ones only as whole words."""
    parts = [
        rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word)
        for word in words
    ]
    return re.compile("|".join(parts) or "(?!)")
