"""Answers as a person reads them on a terminal; the words come from the answers themselves."""

from collections.abc import Sequence

from qika.cli.screen import screen
from qika.operations.sweep import SweepReport
from qika.terms.names import Language
from qika.web.answers import (
    CandidatesAnswer,
    CardStatusAnswer,
    DeadlineAnswer,
    DocumentAnswer,
    NotCoveredAnswer,
    OptionAnswer,
    OutcomesAnswer,
    PlanAnswer,
    PointAnswer,
    PointsAnswer,
    SourceAnswer,
)
from qika.web.speech import SPEECH


def plan(answer: PlanAnswer) -> None:
    """Print a plan: by when, where and how, who answers, and on what grounds."""
    path = " ".join(part.name for part in answer.region.path)
    screen.say(f"{path} ({answer.region.code})", "bold")
    screen.say(screen.t("terminal-version", version=answer.rule_version, day=str(answer.as_of)))
    for notice in answer.notices:
        screen.say(f"! {notice.text}", "yellow")
    screen.say(f"\n{screen.t('terminal-by_when')}", "bold")
    for term in answer.deadlines:
        _deadline(term)
    if not answer.deadlines:
        screen.say(f"  {screen.t('terminal-no_deadline')}")
    screen.say(f"\n{screen.t('terminal-where')}", "bold")
    for option in answer.options:
        _option(option)
    screen.say(f"\n{screen.t('terminal-ask')}", "bold")
    screen.say(f"  {answer.authority.name}  {answer.authority.hotline}")
    screen.say(f"  {answer.authority.responsible_for}")
    for note in answer.notes:
        screen.say(f"  · {note.text} [{note.grade}]")
    _sources(answer.sources)


def _deadline(term: DeadlineAnswer) -> None:
    day = term.due_on or term.reference_due_on
    left = screen.t("terminal-days_left", days=term.days_left) if term.days_left is not None else ""
    screen.say(f"  {day or ''} {left} {term.counting}".replace("  ", " "))
    screen.say(f"    {term.basis_text} [{', '.join(term.source_ids)}]")
    screen.say(f"    {term.consequence.text}")
    for number, step in enumerate(term.way_back, 1):
        screen.say(f"    {number}. {step.text}")
    if term.note:
        screen.say(f"    {term.note}")


def _option(option: OptionAnswer) -> None:
    if not option.offered:
        screen.say(f"  - {option.name}: {option.reason_text}", "dim")
        return
    applications = ", ".join(screen.t(f"application-{one}") for one in option.applications)
    usable = screen.t("terminal-usable_from", day=str(option.usable_from))
    screen.say(f"  + {option.name} ({applications}) {usable}", "green")
    for document in option.documents:
        screen.say(f"      {screen.t('terminal-bring')} {_document(document)}")
    for number, step in enumerate(option.steps, 1):
        screen.say(f"      {number}. {step}")
    for remark in option.remarks:
        screen.say(f"      {remark}")
    for point in option.points:
        screen.say(f"      @ {_point(point)}")


def _document(document: DocumentAnswer) -> str:
    others = f" ({' / '.join(document.any_of_names)})" if document.any_of_names else ""
    case = screen.t(f"only_if-{document.only_if}") if document.only_if else ""
    return f"{document.name}{others} [{screen.t(f'who-{document.of}')}] {case}".rstrip()


def _point(point: PointAnswer) -> str:
    far = "" if point.distance_m is None else f"{point.distance_m:,.0f} m  "
    state = screen.t(f"open-{point.open.state}")
    until = f" → {point.open.until:%m-%d %H:%M}" if point.open.until else ""
    opening = point.open.next_opening
    later = ""
    if opening and point.open.state != "open":
        later = f"  {screen.t('terminal-opens', when=f'{opening:%Y-%m-%d %H:%M}')}"
    return f"{point.name}  {far}{state}{until}{later}  {point.address}".rstrip()


def no_plan(answer: CandidatesAnswer | NotCoveredAnswer) -> None:
    """Print what fits a region text, or that a region is not covered."""
    if isinstance(answer, CandidatesAnswer):
        screen.say(screen.t("terminal-candidates" if answer.candidates else "terminal-no_region"))
        for one in answer.candidates:
            screen.say(f"  {one.code}  {' '.join(part.name for part in one.path)}")
        return
    screen.say(screen.t("terminal-not_covered", region=answer.region.name))
    screen.say(f"  {answer.authority.name}  {answer.authority.hotline}")


def points(answer: PointsAnswer, language: Language) -> None:
    """Print a page of points; none is an answer too."""
    speech = SPEECH[language]
    if not answer.items:
        screen.say(speech.t("terminal-no_points"))
    for number, one in enumerate(answer.items, 1):
        screen.say(f"{number:>3}. {_point(one)}")
    if answer.next_cursor:
        screen.say(speech.t("terminal-more", cursor=answer.next_cursor))


def outcomes(answer: OutcomesAnswer) -> None:
    """Print decisions: what became of each application, what is missing, what to do."""
    for one in answer.outcomes:
        screen.say(f"{one.request_key}: {one.status}  {one.message}", "bold")
        for name, became in one.applications.items():
            usable = f" → {became.usable_from}" if became.usable_from else ""
            application = screen.t(f"application-{name}")
            screen.say(f"  {application}: {screen.t(f'state-{became.state}')}{usable}")
        for document in one.missing:
            screen.say(f"  {screen.t('terminal-missing')} {_document(document)}")
        screen.say(f"  {one.next_step}")


def card_status(answer: CardStatusAnswer) -> None:
    """Print how a card stands and what has happened to it."""
    screen.say(answer.message, "bold")
    for name, held in answer.applications.items():
        screen.say(f"  {screen.t(f'application-{name}')}: {held.text}")
    for term in answer.deadlines:
        if not term.done:
            _deadline(term)
    for event in answer.history:
        told = ""
        if event.acknowledged_at:
            told = screen.t("terminal-acknowledged", when=f"{event.acknowledged_at:%Y-%m-%d %H:%M}")
        applications = ", ".join(screen.t(f"application-{one}") for one in event.applications)
        when = f"{event.occurred_at:%Y-%m-%d %H:%M}"
        screen.say(f"  {event.sequence}. {when} {event.text} {applications} {told}".rstrip())
    screen.say(f"  {answer.next_step}")


def sweep(report: SweepReport) -> None:
    """Print the tally of a sweep; it adds up."""
    counts = {
        "looked_at": report.looked_at,
        "suspended": report.suspended,
        "left": report.left,
        "lost": report.lost,
    }
    name = "terminal-sweep_dry" if report.dry_run else "terminal-sweep"
    screen.say(screen.t(name, day=str(report.on), **counts))


def _sources(sources: Sequence[SourceAnswer]) -> None:
    screen.say(f"\n{screen.t('terminal-sources')}", "bold")
    for one in sources:
        article = screen.t("terminal-article", article=one.article) if one.article else ""
        screen.say(
            f"  [{one.id}] {one.title}{article} · {one.dated} · {one.confidence} · {one.url}"
        )
