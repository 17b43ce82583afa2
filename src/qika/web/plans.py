"""``/v1/plans``: a question answered with a plan, with candidates, or as not covered."""

from datetime import date

import msgspec

from qika.inquiry.plan import Plan, Term
from qika.inquiry.question import Question
from qika.operations.inquire import Answer, inquire
from qika.rulebook.book import Rulebook
from qika.terms.names import IssuerCode, Language, SourceId
from qika.web import points, wording
from qika.web.answers import (
    AuthorityAnswer,
    CandidatesAnswer,
    DeadlineAnswer,
    NotCoveredAnswer,
    NoticeAnswer,
    OptionAnswer,
    PlanAnswer,
)
from qika.web.asking import check_plan, resolve
from qika.web.places import authority, hotline, region
from qika.web.requests import PlanQuery, PlanRequest
from qika.web.site import Resolution, Site
from qika.web.speech import SPEECH

PlanAnswers = PlanAnswer | CandidatesAnswer | NotCoveredAnswer


def answer_plan(site: Site, asked: PlanRequest | PlanQuery, language: Language) -> PlanAnswers:
    """Answer a question; raises ProblemError with every wrong field."""
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
    answer = inquire(site.office, question, near=checked.near, near_region=checked.near_region)
    return _plan(site, answer, found, language)


def _plan(site: Site, answer: Answer, found: Resolution, language: Language) -> PlanAnswer:
    plan, book = answer.plan, site.office.rulings.book
    rules, issuer = plan.rules, plan.question.issuer
    profile = book.issuers.get(issuer)
    speech = SPEECH[language]
    return PlanAnswer(
        region=region(site.regions, issuer, language),
        renamed_from=found.renamed_from,
        rule_version=rules.edition,
        as_of=plan.question.on,
        fictitious=profile is not None and profile.fictitious,
        notices=[NoticeAnswer(one, speech.t(f"notice-{one}")) for one in plan.notices],
        authority=authority(site.regions, rules, issuer, language),
        deadlines=[_term(term, language) for term in plan.terms],
        options=_options(answer, book, language),
        sources=wording.sources(book, _cites(plan, answer)),
        rules=wording.facts(rules, plan.facts, book, site.banks, language),
        notes=wording.notes(rules, answer.notes, language),
    )


def _cites(plan: Plan, answer: Answer) -> list[SourceId]:
    noted = (cite for note in answer.notes for cite in note.cites)
    return list(dict.fromkeys((*plan.cites(), *noted)))


def _term(term: Term, language: Language) -> DeadlineAnswer:
    return wording.deadline(term.due, term.days_left, language)


def _options(answer: Answer, book: Rulebook, language: Language) -> list[OptionAnswer]:
    plan = answer.plan
    asked = (plan.question.who, plan.question.applications)
    return [
        msgspec.structs.replace(
            wording.option_frame(book, plan.rules, option, asked, language),
            usable_from=wording.latest(option.usable_from),
            points=[points.point(one) for one in found],
        )
        if option.offered
        else wording.option_frame(book, plan.rules, option, asked, language)
        for option, found in zip(plan.options, answer.points, strict=True)
    ]


def _not_covered(site: Site, code: IssuerCode, on: date, language: Language) -> NotCoveredAnswer:
    speech, rules = SPEECH[language], site.office.rulings.on(code, on)
    return NotCoveredAnswer(
        not_covered=True,
        region=region(site.regions, code, language),
        authority=AuthorityAnswer(
            speech.t("authority-elsewhere"), hotline(rules), speech.t("responsible_for")
        ),
    )
