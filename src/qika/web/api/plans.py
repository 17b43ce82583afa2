"""``/v1/plans``: a question answered with a plan, with candidates, or as not covered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

import msgspec

from qika.activation.decide import day_of
from qika.cards.deadlines import Due
from qika.inquiry.plan import Option, Plan, Term, options_of
from qika.inquiry.question import Question
from qika.operations.inquire import POINTS_PER_OPTION, Answer, inquire, inquire_of_rules, points_for
from qika.operations.locate import Here
from qika.rulebook.book import Rulebook
from qika.terms.names import IssuerCode, Language, SourceId, Who
from qika.web.api import points, wording
from qika.web.api.answers import (
    AuthorityAnswer,
    CandidatesAnswer,
    DeadlineAnswer,
    NotCoveredAnswer,
    NoticeAnswer,
    OptionAnswer,
    PlanAnswer,
    PointAnswer,
)
from qika.web.api.asking import check_plan, resolve
from qika.web.api.places import authority, hotline, region
from qika.web.api.requests import PlanQuery, PlanRequest
from qika.web.frames import GAP, Frame, encode, listed
from qika.web.kept import Memory
from qika.web.sent import Live
from qika.web.site import Site
from qika.web.speech import SPEECH

PlanAnswers = PlanAnswer | CandidatesAnswer | NotCoveredAnswer

_frames: Memory[Frame] = Memory(1_024)
"""About 15 kilobytes each; one for each set of rules, role, applications and language."""
_terms: Memory[tuple[Due, Frame]] = Memory(4_096)
_small: Memory[bytes] = Memory(32_768)
"""Encoded parts of plans that many share: regions, authorities, notices, sources."""


@dataclass(frozen=True, slots=True)
class Found:
    """A plan found, what its words depend on, and where the person is."""

    answer: Answer
    renamed_from: str | None
    language: Language
    here: Here


def answer_plan(site: Site, asked: PlanRequest | PlanQuery, language: Language) -> PlanAnswers:
    """Answer a question; raises ProblemError with every wrong field."""
    found = find_plan(site, asked, language)
    return plan_in_words(site, found) if isinstance(found, Found) else found


def answer_of_rules(site: Site, asked: PlanRequest | PlanQuery, language: Language) -> PlanAnswers:
    """Answer the same without points, for those who show none."""
    found = find_plan(site, asked, language, pointed=False)
    return plan_in_words(site, found) if isinstance(found, Found) else found


def send_plan(
    site: Site, asked: PlanRequest | PlanQuery, language: Language
) -> Live | CandidatesAnswer | NotCoveredAnswer:
    """Answer the same, a plan encoded already."""
    found = find_plan(site, asked, language)
    if not isinstance(found, Found):
        return found
    return Live(_encoded(site, found), _doors_hold_until(site, found.answer))


def _doors_hold_until(site: Site, answer: Answer) -> datetime | None:
    """Give until when what a plan tells of doors holds; of another day it tells for that day."""
    now = site.office.clock()
    if answer.plan.question.on != day_of(now):
        return None
    return points.doors_hold_until(chain.from_iterable(answer.points), now)


def find_plan(
    site: Site, asked: PlanRequest | PlanQuery, language: Language, *, pointed: bool = True
) -> Found | CandidatesAnswer | NotCoveredAnswer:
    """Find the plan before it is put into words; raises ProblemError with every wrong field.

    ``pointed``: with the points of every option; else ``points_of`` gives those of one.
    """
    found = resolve(site.regions, asked.region)
    checked = check_plan(site, asked, found, language)
    if found.code is None:
        codes = found.candidates
        return CandidatesAnswer([region(site.regions, code, language) for code in codes])
    if not site.regions.covered(found.code):
        return _not_covered(site, found.code, checked.on, language)
    question = Question(
        issuer=found.code,
        on=checked.on,
        applications=checked.applications,
        who=asked.who,
        collected=checked.collected,
        dates=checked.dates,
        card_bank=checked.card_bank,
    )
    near, near_region = checked.near, checked.near_region
    if pointed:
        answer = inquire(site.office, question, near=near, near_region=near_region)
    else:
        answer = inquire_of_rules(site.office, question)
    return Found(answer, found.renamed_from, language, near or near_region)


def options_for(site: Site, found: Found, who: Who) -> Sequence[OptionAnswer]:
    """Give the options of another person who would go, without points and days."""
    question, rules = found.answer.plan.question, found.answer.plan.rules
    book, asked = site.office.rulings.book, (who, question.applications)
    options = options_of(rules, *asked, question.on)
    return wording.option_frames(book, rules, options, asked, found.language)


def points_of(
    site: Site, found: Found, channel: str, limit: int = POINTS_PER_OPTION
) -> list[PointAnswer]:
    """Give the nearest points of one option of a plan."""
    made = found.answer.plan
    [option] = [one for one in made.options if one.channel.code == channel]
    nearest = points_for(site.office, made, option, found.here, limit)
    return [points.point(one) for one in nearest]


def plan_in_words(site: Site, found: Found) -> PlanAnswer:
    """Put a plan into words, with the points of each option."""
    answer, language = found.answer, found.language
    plan, book = answer.plan, site.office.rulings.book
    rules, issuer = plan.rules, plan.question.issuer
    profile = book.issuers.get(issuer)
    return PlanAnswer(
        region=region(site.regions, issuer, language),
        renamed_from=found.renamed_from,
        rule_version=rules.edition,
        as_of=plan.question.on,
        fictitious=profile is not None and profile.fictitious,
        notices=_notices(plan, language),
        authority=authority(site.regions, rules, issuer, language),
        deadlines=[_term(term, language) for term in plan.terms],
        options=_options(answer, book, language),
        sources=wording.sources(book, _cites(plan, answer)),
        rules=wording.facts(rules, plan.facts, book, site.banks, language),
        notes=wording.notes(rules, answer.notes, language),
    )


def _notices(plan: Plan, language: Language) -> list[NoticeAnswer]:
    speech = SPEECH[language]
    return [NoticeAnswer(one, speech.t(f"notice-{one}")) for one in plan.notices]


def _cites(plan: Plan, answer: Answer) -> list[SourceId]:
    noted = (cite for note in answer.notes for cite in note.cites)
    return list(dict.fromkeys((*plan.cites(), *noted)))


def _term(term: Term, language: Language) -> DeadlineAnswer:
    return wording.deadline(term.due, term.days_left, language)


def _options(answer: Answer, book: Rulebook, language: Language) -> list[OptionAnswer]:
    plan = answer.plan
    asked = (plan.question.who, plan.question.applications)
    frames = wording.option_frames(book, plan.rules, plan.options, asked, language)
    return [
        msgspec.structs.replace(
            frame,
            usable_from=wording.latest(option.usable_from),
            usable_from_each=_each(option),
            points=[points.point(one) for one in found],
        )
        if option.offered
        else frame
        for frame, option, found in zip(frames, plan.options, answer.points, strict=True)
    ]


_OPTION_GAPS: dict[str, Any] = dict.fromkeys(("usable_from", "usable_from_each", "points"), GAP)


def _each(option: Option) -> dict[str, date]:
    return {str(application): day for application, day in option.usable_from}


def _encoded(site: Site, found: Found) -> bytes:
    """Encode ``plan_in_words``: its frame, and in its gaps what this question brought."""
    answer, language = found.answer, found.language
    plan, book = answer.plan, site.office.rulings.book
    question, rules = plan.question, plan.rules
    profile = book.issuers.get(question.issuer)
    fictitious = profile is not None and profile.fictitious
    frame = _frames.get(
        (rules, question.who, question.applications, language, fictitious),
        lambda: _frame(plan_in_words(site, found)),
    )
    place = (site.regions, rules, question.issuer, language)
    return frame.filled(
        [
            _small.get(
                ("region", *place), lambda: encode(region(site.regions, question.issuer, language))
            ),
            encode(found.renamed_from),
            encode(question.on),
            _small.get((plan.notices, language), lambda: encode(_notices(plan, language))),
            _small.get(
                ("authority", *place),
                lambda: encode(authority(site.regions, rules, question.issuer, language)),
            ),
            listed([_encoded_term(term, language) for term in plan.terms]),
            *_in_options(answer),
            _small.get(
                (frame, *(term.due.rule.cites for term in plan.terms)),
                lambda: encode(wording.sources(book, _cites(plan, answer))),
            ),
        ]
    )


def _frame(plan: PlanAnswer) -> Frame:
    """Leave gaps in a plan for all that the rules and the person's role do not decide."""
    gaps: dict[str, Any] = dict.fromkeys(
        ("region", "renamed_from", "as_of", "notices", "authority", "deadlines", "sources"), GAP
    )
    options = [
        msgspec.structs.replace(one, **_OPTION_GAPS) if one.offered else one for one in plan.options
    ]
    return Frame(msgspec.structs.replace(plan, options=options, **gaps))


def _in_options(answer: Answer) -> Iterator[bytes]:
    """Give the parts for the gaps of the options: day and points of each that is offered."""
    for option, found in zip(answer.plan.options, answer.points, strict=True):
        if option.offered:
            yield encode(wording.latest(option.usable_from))
            yield encode(_each(option))
            yield points.encoded_points(found)


def _encoded_term(term: Term, language: Language) -> bytes:
    """Encode a deadline; its words are kept by its rule, which the key's value keeps alive."""
    due = term.due
    key = (id(due.rule), id(due.deadline), due.basis, due.clock, language)
    _, frame = _terms.get(key, lambda: (due, _term_frame(term, language)))
    return frame.filled(
        [
            encode(due.due_on),
            encode(due.reference_due_on),
            encode(term.days_left),
            encode(due.started_on),
            encode(due.counted_to),
            encode(due.provisional),
        ]
    )


def _term_frame(term: Term, language: Language) -> Frame:
    gaps: dict[str, Any] = dict.fromkeys(
        ("due_on", "reference_due_on", "days_left", "counted_from", "counted_to", "provisional"),
        GAP,
    )
    return Frame(msgspec.structs.replace(_term(term, language), **gaps))


def _not_covered(site: Site, code: IssuerCode, on: date, language: Language) -> NotCoveredAnswer:
    speech, rules = SPEECH[language], site.office.rulings.on(code, on)
    return NotCoveredAnswer(
        not_covered=True,
        region=region(site.regions, code, language),
        authority=AuthorityAnswer(
            speech.t("authority-elsewhere"), hotline(rules), speech.t("responsible_for")
        ),
    )
