"""The fields of a power of attorney, read and checked; what is wrong is said field by field."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from qika.terms.identity_number import IdentityFault, check_identity_number
from qika.terms.names import Application, Language
from qika.web.api.asking import EARLIEST, LATEST
from qika.web.pages.take_along.agents import AgentRules
from qika.web.problems import FaultCode, FieldError
from qika.web.speech import SPEECH

LENGTHS = {
    "holder_name": 50, "agent_name": 50, "holder_number": 30, "agent_number": 30,
    "card_number": 30, "card_bank": 40, "valid_from": 10, "valid_until": 10,
}  # fmt: skip
"""Fields of text and their most characters; names have at least fifty in official forms."""
NEEDED = ("holder_name", "agent_name")
NUMBERS = ("holder_number", "agent_number")

_CARD_NUMBER = re.compile(r"[A-Z0-9]{4,20}")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that no one can see, or that turn the text around."""
_HAN = r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]"
_DOTS = re.compile(rf"(?<={_HAN})\s*[\u2022\u2027\u2219\u22c5\u30fb\uff65\uff0e.]\s*(?={_HAN})")
"""What people type for the dot in a name, which is U+00B7 in registers."""
_COMPOSED_BY_NAME = re.compile(r"[\uf900-\ufaff\U0002f800-\U0002fa1f]")
"""Compatibility ideographs: normalising would change how a name is written."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A power of attorney as it is printed; empty where a line is left for the pen."""

    applications: tuple[Application, ...]
    """None of them in a blank letter, which leaves the choice open."""
    holder_name: str = ""
    holder_number: str = ""
    agent_name: str = ""
    agent_number: str = ""
    card_number: str = ""
    card_bank: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


BLANK = Letter(())


@dataclass(slots=True)
class LetterReader:
    """Reads the fields that a form sent, and keeps what is wrong with them."""

    rules: AgentRules
    today: date
    language: Language
    errors: list[FieldError] = field(default_factory=list[FieldError])

    def read(self, pairs: Sequence[tuple[str, str]]) -> Letter | None:
        """Give the letter; None if anything is wrong, see ``errors``."""
        given = {name: value for name, value in pairs if name in LENGTHS}
        for name in LENGTHS:
            self._check_text(name, given.get(name, ""))
        letter = Letter(
            applications=self._applications([v for name, v in pairs if name == "application"]),
            holder_name=written(given.get("holder_name", "")),
            holder_number=self._number("holder_number", given),
            agent_name=written(given.get("agent_name", "")),
            agent_number=self._number("agent_number", given),
            card_number=self._card_number(given),
            card_bank=given.get("card_bank", ""),
            valid_from=self._day("valid_from", given),
            valid_until=self._day("valid_until", given),
        )
        self._check_together(letter)
        return None if self.errors else letter

    def lacking(self, letter: Letter, characters: Sequence[str]) -> None:
        """Say in which fields characters stand that no font here has."""
        for name in ("holder_name", "agent_name", "card_bank"):
            for character in characters:
                if character in getattr(letter, name):
                    code = " ".join(f"U+{ord(one):04X}" for one in character)
                    self._refuse(name, FaultCode.FORMAT, "glyph", character=character, unicode=code)

    def _t(self, name: str, **args: str | int) -> str:
        return SPEECH[self.language].t(name, **args)

    def _refuse(self, name: str, code: FaultCode, wrong: str, **args: str | int) -> None:
        said = {"field": self._t(f"letter-field-{name}"), **args}
        takes = {"missing", "long", "hidden", "glyph", "number", "masked", "date"}
        words = self._t(f"wrong-letter-{wrong}", **(said if wrong in takes else args))
        self.errors.append(FieldError(name, code, words))

    def _is_sound(self, name: str) -> bool:
        return all(error.field != name for error in self.errors)

    def _check_text(self, name: str, text: str) -> None:
        if not text:
            if name in NEEDED:
                self._refuse(name, FaultCode.MISSING, "missing")
        elif len(text) > LENGTHS[name]:
            self._refuse(name, FaultCode.LENGTH, "long", max=LENGTHS[name])
        elif any(unicodedata.category(one) in _HIDDEN for one in text):
            self._refuse(name, FaultCode.FORMAT, "hidden")

    def _number(self, name: str, given: Mapping[str, str]) -> str:
        text = given.get(name, "")
        if not text or not self._is_sound(name):
            return ""
        checked = check_identity_number(text, self.today, ())
        if IdentityFault.MASKED in checked.faults:
            self._refuse(name, FaultCode.FORMAT, "masked")
        elif not checked.accepted:
            self._refuse(name, FaultCode.FORMAT, "number")
        return checked.value

    def _card_number(self, given: Mapping[str, str]) -> str:
        folded = unicodedata.normalize("NFKC", given.get("card_number", ""))
        text = "".join(folded.split()).upper()
        if text and self._is_sound("card_number") and not _CARD_NUMBER.fullmatch(text):
            self._refuse("card_number", FaultCode.FORMAT, "card_number")
        return text

    def _day(self, name: str, given: Mapping[str, str]) -> date | None:
        text = given.get(name, "")
        if not text or not self._is_sound(name):
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or not EARLIEST <= day <= LATEST:
            self._refuse(name, FaultCode.DATE, "date")
            return None
        return day

    def _applications(self, asked: Sequence[str]) -> tuple[Application, ...]:
        known = [Application(one) for one in asked if one in tuple(Application)]
        if not known:
            self._refuse("application", FaultCode.MISSING, "application")
        region = self.rules.plan.region.name
        for one in known:
            if one not in self.rules.applications:
                name = self._t(f"application-{one}")
                self._refuse(
                    "application", FaultCode.CHOICE, "not_allowed", region=region, application=name
                )
        return tuple(one for one in Application if one in known)

    def _check_together(self, letter: Letter) -> None:
        """Check what no field can say alone."""
        begins, ends = letter.valid_from, letter.valid_until
        if ends and ends < self.today:
            self._refuse("valid_until", FaultCode.RANGE, "expired")
        elif begins and ends and ends < begins:
            self._refuse("valid_until", FaultCode.CONFLICT, "order")
        number = letter.agent_number
        if number and number == letter.holder_number:
            self._refuse("agent_number", FaultCode.CONFLICT, "same_person")


def written(name: str) -> str:
    """Give a name as registers write it: U+00B7 between its parts, accents composed."""
    return "".join(_composed(_DOTS.sub("\u00b7", name)))


def _composed(text: str) -> Iterator[str]:
    """Compose letters and their accents, but leave compatibility ideographs as they are."""
    place = 0
    for kept in _COMPOSED_BY_NAME.finditer(text):
        yield unicodedata.normalize("NFC", text[place : kept.start()])
        yield kept[0]
        place = kept.end()
    yield unicodedata.normalize("NFC", text[place:])
