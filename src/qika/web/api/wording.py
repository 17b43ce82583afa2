"""Rules in words: values, documents, deadlines and sources as an answer shows them."""

from collections.abc import Sequence
from datetime import date

from qika.cards.deadlines import Due
from qika.inquiry.plan import Option
from qika.rulebook.book import Rulebook, Rules
from qika.rulebook.model import Deadline, Note, Parameter, RequiredDocument, Rule
from qika.terms.names import Application, BankCode, DocumentCode, Language, SourceId, Who
from qika.terms.words import Words
from qika.web.api.answers import (
    ConsequenceAnswer,
    DeadlineAnswer,
    DocumentAnswer,
    NoteAnswer,
    OptionAnswer,
    RuleAnswer,
    SourceAnswer,
    WayBackAnswer,
)
from qika.web.kept import Memory
from qika.web.site import Banks
from qika.web.speech import SPEECH, Speech

_options: Memory[tuple[OptionAnswer, ...]] = Memory(2_048)
_rules: Memory[list[RuleAnswer]] = Memory(2_048)
_notes: Memory[list[NoteAnswer]] = Memory(2_048)
_sources: Memory[SourceAnswer] = Memory(32_768)


def documents(
    book: Rulebook, needed: Sequence[RequiredDocument], language: Language
) -> list[DocumentAnswer]:
    """Name what is to be brought."""
    return [
        DocumentAnswer(
            code=one.code,
            name=_document(book, one.code, language),
            of=one.of,
            any_of=list(one.any_of),
            any_of_names=[_document(book, code, language) for code in one.any_of],
            only_if=one.only_if,
            original=one.original,
            copies=one.copies,
        )
        for one in needed
    ]


def _document(book: Rulebook, code: DocumentCode, language: Language) -> str:
    return book.vocabulary.documents[code].name.in_language(language)


def option_frames(
    book: Rulebook,
    rules: Rules,
    options: Sequence[Option],
    asked: tuple[Who, tuple[Application, ...]],
    language: Language,
) -> tuple[OptionAnswer, ...]:
    """Render what of the options depends on the rules alone: all but their points and days.

    ``options`` are all that the rules give to ``asked``, in their order.
    """
    key = (rules, asked, language)
    return _options.get(key, lambda: tuple([_option_frame(book, o, language) for o in options]))


def _option_frame(book: Rulebook, option: Option, language: Language) -> OptionAnswer:
    ground, reason = option.ground, option.reason
    return OptionAnswer(
        channel=option.channel.code,
        name=option.channel.name.in_language(language),
        applications=list(option.applications),
        offered=option.offered,
        reason=reason,
        reason_text=SPEECH[language].t(f"status-{reason}") if reason else None,
        basis=ground.basis if ground else None,
        since=ground.since if ground else None,
        documents=documents(book, option.documents, language),
        steps=option.steps.in_language(language).splitlines() if option.steps else [],
        usable_from=None,
        usable_from_each={},
        points=[],
        remarks=_remarks(option.rules, language),
        source_ids=_cites(option.rules),
    )


def _remarks(rules: Sequence[Rule], language: Language) -> list[str]:
    notes = (rule.note.in_language(language) for rule in rules if rule.note)
    return list(dict.fromkeys(notes))


def _cites(rules: Sequence[Rule]) -> list[str]:
    return list(dict.fromkeys(cite for rule in rules for cite in rule.cites))


def deadline(
    due: Due, days_left: int | None, language: Language, *, done: bool = False
) -> DeadlineAnswer:
    """Render a deadline with what follows and the way back."""
    speech, term = SPEECH[language], due.deadline
    return DeadlineAnswer(
        clock=due.clock,
        application=term.duty,
        affects=term.affects,
        basis=due.basis,
        basis_text=speech.t(f"basis-{due.basis}"),
        due_on=due.due_on,
        reference_due_on=due.reference_due_on,
        days_left=days_left,
        counted_from=due.started_on,
        counted_to=due.counted_to,
        counting=_counting(term, speech),
        start=term.start,
        days=term.days,
        months=term.months,
        working_days=term.working_days,
        moves_to_working_day=term.moves_to_working_day,
        provisional=due.provisional,
        done=done,
        consequence=ConsequenceAnswer(
            term.consequence, speech.t(f"consequence-{term.consequence}")
        ),
        way_back=[WayBackAnswer(step, speech.t(f"way_back-{step}")) for step in term.way_back],
        note=due.rule.note.in_language(language) if due.rule.note else None,
        since=due.rule.since,
        grade=due.rule.grade,
        source_ids=list(due.rule.cites),
    )


def _counting(term: Deadline, speech: Speech) -> str:
    if not term.is_set:
        return speech.t("counting-none")
    unit = "days" if term.days else "months" if term.months else "working_days"
    length = term.days or term.months or term.working_days or 0
    start = speech.t(f"start-{term.start}")
    counted = speech.t(f"counting-{unit}", start=start, length=length)
    moves = speech.t("counting-moves") if term.moves_to_working_day else ""
    return f"{counted}{moves}"


def facts(
    rules: Rules, held: Sequence[Rule], book: Rulebook, banks: Banks, language: Language
) -> list[RuleAnswer]:
    """Render the other values in force."""
    made = _RuleWords(book, banks, language)
    return _rules.get((rules, language), lambda: [made.answer(rule) for rule in held])


def notes(rules: Rules, remarks: Sequence[Note], language: Language) -> list[NoteAnswer]:
    """Render the sourced remarks on a chain of issuers."""
    return _notes.get(
        (rules, language),
        lambda: [
            NoteAnswer(one.topic, one.text.in_language(language), one.grade, list(one.cites))
            for one in remarks
        ],
    )


def sources(book: Rulebook, cites: Sequence[SourceId]) -> list[SourceAnswer]:
    """Render the sources an answer rests on."""
    return [_sources.get((book, cite), lambda cite=cite: _source(book, cite)) for cite in cites]


def _source(book: Rulebook, cite: SourceId) -> SourceAnswer:
    one = book.sources[cite]
    return SourceAnswer(one.id, one.title, one.article, one.url, one.dated, one.grade)


def rule_in_words(rule: Rule, book: Rulebook, banks: Banks, language: Language) -> RuleAnswer:
    """Render one rule of any parameter."""
    return _RuleWords(book, banks, language).answer(rule)


class _RuleWords:
    """Puts single rules into words."""

    def __init__(self, book: Rulebook, banks: Banks, language: Language) -> None:
        self.book, self.banks, self.language = book, banks, language
        self.speech = SPEECH[language]

    def answer(self, rule: Rule) -> RuleAnswer:
        parameter = self.book.vocabulary.parameters[rule.parameter]
        return RuleAnswer(
            parameter=rule.parameter,
            name=parameter.words.in_language(self.language),
            value=self._value(rule),
            text=self._text(rule, parameter),
            applies_to=_dimensions(rule),
            basis=rule.basis,
            since=rule.since,
            grade=rule.grade,
            note=rule.note.in_language(self.language) if rule.note else None,
            source_ids=list(rule.cites),
        )

    def _value(self, rule: Rule) -> bool | int | str | list[str]:
        value = rule.value
        if isinstance(value, Words):
            return value.in_language(self.language)
        if isinstance(value, tuple):
            return [one.code if isinstance(one, RequiredDocument) else str(one) for one in value]
        return str(value) if isinstance(value, Deadline) else value

    def _text(self, rule: Rule, parameter: Parameter) -> str:
        value = self._value(rule)
        match parameter.kind:
            case "yes_no":
                return self.speech.t("yes" if value else "no")
            case "number":
                unit = parameter.unit.replace(" ", "_")
                return self.speech.t(f"unit-{unit}", count=int(str(value)))
            case "choice":
                return self.speech.t(f"value-{parameter.name}-{value}")
            case "deadline" if isinstance(rule.value, Deadline):
                return _counting(rule.value, self.speech)
            case _:
                return self._listed(value, parameter) if isinstance(value, list) else str(value)

    def _listed(self, codes: list[str], parameter: Parameter) -> str:
        match parameter.kind:
            case "choices":
                names = [self.speech.t(f"value-{parameter.name}-{code}") for code in codes]
            case "who":
                names = [self.speech.t(f"who-{code}") for code in codes]
            case "banks":
                names = [self.banks.name(BankCode(code), self.language) for code in codes]
            case "documents" | "required_documents":
                known = self.book.vocabulary.documents
                names = [known[DocumentCode(c)].name.in_language(self.language) for c in codes]
            case _:
                names = codes
        return self.speech.t("list-separator").join(names)


def _dimensions(rule: Rule) -> dict[str, str]:
    dims = rule.dims
    named = {
        "channel": dims.channel,
        "application": dims.application,
        "who": dims.who,
        "clock": dims.clock,
        "bank": dims.bank,
    }
    return {name: str(value) for name, value in named.items() if value is not None}


def latest(days: Sequence[tuple[Application, date]]) -> date | None:
    """Give the day from which everything in a list can be used."""
    return max((day for _, day in days), default=None)
