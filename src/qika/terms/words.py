"""Words for people: one text in both languages, as the rulebook holds it."""

from dataclasses import dataclass

from qika.terms.names import Language


@dataclass(frozen=True, slots=True)
class Words:
    """The same sentence in Chinese and English; English may be missing in regional notes."""

    zh: str
    en: str = ""

    def in_language(self, language: Language) -> str:
        """Give the text in ``language``, falling back to Chinese where no English exists."""
        return self.en if language is Language.EN and self.en else self.zh
