"""A power of attorney as the press takes it: Chinese, with an English line below for who reads it.

The letter is for a counter in China, so its own text is always Chinese.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from qika.terms.names import Language
from qika.web.pages.dates import day_in_words
from qika.web.pages.take_along.agents import AgentRules, LetterKind
from qika.web.pages.take_along.letter_form import Letter
from qika.web.press.press import Printed
from qika.web.speech import SPEECH

Told = dict[Language, str]
"""A text by language; without a gloss the Chinese one alone."""


@dataclass(frozen=True, slots=True)
class LetterSheet:
    """Puts a letter and what the region wants into words."""

    letter: Letter
    rules: dict[Language, AgentRules]
    """In Chinese, and in English too where a gloss is wanted."""

    def printed(self) -> Printed:
        """Give all that is printed."""
        kind = self.rules[Language.ZH].kind
        return {
            "title": self._t("letter-title"),
            "about": self._t("fictitious-tag") if self._fictitious else None,
            "groups": [self._holder(), self._agent(), self._card()],
            "task": self._task(),
            "term": {"head": self._t("letter-term"), "text": self._term()},
            "clauses": [self._t("letter-recognised")],
            "signs": [
                [self._t("letter-sign-holder"), self._t("letter-sign-date")],
                [self._t("letter-sign-agent"), self._t("letter-sign-date")],
            ],
            "witness": self._witness() if kind is LetterKind.WITNESSED else None,
            "advice": {"head": self._t("letter-advice"), "lines": list(self._advice())},
        }

    @property
    def _fictitious(self) -> bool:
        return self.rules[Language.ZH].plan.fictitious

    def _t(self, name: str, **args: str) -> Told:
        return {language: SPEECH[language].t(name, **args) for language in self.rules}

    def _row(self, label: str, value: str | Told) -> dict[str, object]:
        told = dict.fromkeys(self.rules, value) if isinstance(value, str) else value
        return {"label": self._t(label), "value": told}

    def _holder(self) -> dict[str, object]:
        rows = [
            self._row("letter-name", self.letter.holder_name),
            self._row("letter-number", self.letter.holder_number),
        ]
        return {"head": self._t("letter-holder"), "rows": rows}

    def _agent(self) -> dict[str, object]:
        rows = [
            self._row("letter-name", self.letter.agent_name),
            self._row("letter-number", self.letter.agent_number),
        ]
        return {"head": self._t("letter-agent"), "rows": rows}

    def _card(self) -> dict[str, object]:
        issuer = {language: rules.plan.region.name for language, rules in self.rules.items()}
        rows = [
            self._row("letter-issuer", issuer),
            self._row("letter-number-of-card", self.letter.card_number),
            self._row("letter-bank", self.letter.card_bank),
        ]
        return {"head": self._t("letter-card"), "rows": rows}

    def _task(self) -> dict[str, object]:
        """Give what was chosen; a blank letter offers what the region allows, to be ticked."""
        chosen = self.letter.applications
        able = chosen or self.rules[Language.ZH].applications
        return {
            "head": self._t("letter-task"),
            "lead": self._t("letter-declared"),
            "items": [self._t(f"letter-does-{one}") for one in able],
            "open": not chosen,
        }

    def _term(self) -> Told:
        return {
            language: SPEECH[language].t(
                "letter-until",
                **{
                    "from": _day(self.letter.valid_from, language),
                    "until": _day(self.letter.valid_until, language),
                },
            )
            for language in self.rules
        }

    def _witness(self) -> dict[str, object]:
        signs = [self._t("letter-witness-one"), self._t("letter-witness-two")]
        return {"head": self._t("letter-witness"), "signs": signs}

    def _advice(self) -> Iterator[Told]:
        """Say what stands behind the form, so that a clerk can tell whose words these are."""
        kind = self.rules[Language.ZH].kind
        yield self._t(f"letter-kind-{kind}")
        yield {one: self._brought(one) for one in self.rules}
        yield {one: self._grounds(one) for one in self.rules}
        yield self._t("letter-made-by")

    def _brought(self, language: Language) -> str:
        papers = papers_of(self.rules[language], language)
        listed = SPEECH[language].t("list-separator").join(papers)
        return SPEECH[language].t("letter-bring", papers=listed)

    def _grounds(self, language: Language) -> str:
        plan, option = self.rules[language].plan, self.rules[language].options[0]
        return SPEECH[language].t(
            "letter-basis",
            basis=SPEECH[language].t(f"basis-{option.basis}"),
            version=plan.rule_version,
            day=day_in_words(plan.as_of, language),
            hotline=plan.authority.hotline,
        )


def papers_of(rules: AgentRules, language: Language) -> Sequence[str]:
    """Name what an agent brings, by the first way open to one."""
    speech = SPEECH[language]
    papers = rules.options[0].documents
    return [
        speech.t("letter-paper-of", paper=one.name, who=speech.t(f"who-{one.of}")) for one in papers
    ]


def _day(day: date | None, language: Language) -> str:
    return day_in_words(day, language) if day else SPEECH[language].t("letter-date-blank")
