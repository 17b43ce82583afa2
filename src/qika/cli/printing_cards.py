"""Decisions, a card's status and a sweep as a person reads them."""

from qika.cards.events import EventType
from qika.cli import phrases
from qika.cli.printing import deadline
from qika.cli.screen import screen
from qika.operations.sweep import SweepReport
from qika.terms.names import LossReason
from qika.web.api.answers import (
    CardStatusAnswer,
    EventAnswer,
    HeldApplication,
    OutcomeAnswer,
    OutcomesAnswer,
)


def outcomes(answer: OutcomesAnswer) -> None:
    """Print decisions: what became of each application, what is missing, what to do."""
    for one in answer.outcomes:
        _outcome(one)


def _outcome(one: OutcomeAnswer) -> None:
    said = screen.t("terminal-line", label=one.request_key, text=one.message)
    screen.say(f"{said} [{one.status}]", "bold")
    if one.replayed:
        screen.say(screen.t("terminal-replayed"), indent=2)
    for name, became in one.applications.items():
        state = screen.t(f"state-{became.state}")
        parts = [state]
        if became.usable_from:
            parts.append(screen.t("terminal-usable_from", day=phrases.day(became.usable_from)))
        application = screen.t(f"application-{name}")
        text = screen.t("clause-separator").join(parts)
        screen.say(screen.t("terminal-line", label=application, text=text), indent=2)
    if one.missing:
        screen.say(screen.t("terminal-missing"), indent=2)
    documents = phrases.Documents()
    for document in one.missing:
        screen.say(f"· {documents.name(document)}", indent=4)
    screen.say(one.next_step, indent=2)


def card_status(answer: CardStatusAnswer) -> None:
    """Print how a card stands and what has happened to it."""
    if not answer.found:
        screen.say(screen.t("terminal-no_card"))
        return
    screen.say(screen.t("terminal-state"), "bold")
    for name, held in answer.applications.items():
        application = screen.t(f"application-{name}")
        screen.say(screen.t("terminal-line", label=application, text=_held(held)), indent=2)
    waiting = [term for term in answer.deadlines if not term.done]
    if waiting:
        screen.head(screen.t("terminal-by_when"))
    for term in waiting:
        deadline(term)
    screen.head(screen.t("terminal-history"))
    for event in answer.history:
        screen.say(f"{event.sequence}. {_event(event)}", indent=2)
    if not answer.history:
        screen.say(screen.t("terminal-no_history"), indent=2)


def _held(held: HeldApplication) -> str:
    parts = [held.text]
    if held.reason is LossReason.DEADLINE:
        parts.append(screen.t("terminal-lost_by_deadline"))
    if held.usable_from:
        parts.append(screen.t("terminal-usable_from", day=phrases.day(held.usable_from)))
    return screen.t("clause-separator").join(parts)


def _event(event: EventAnswer) -> str:
    parts = [f"{phrases.moment(event.occurred_at)} {event.text}"]
    if event.applications:
        parts.append(phrases.applications(event.applications))
    if event.type is EventType.ACTIVATED and event.undoes is not None:
        parts.append(screen.t("terminal-undoes", number=event.undoes))
    if event.acknowledged_at:
        when = phrases.moment(event.acknowledged_at)
        parts.append(screen.t("terminal-acknowledged", when=when))
    return screen.t("clause-separator").join(parts)


def sweep(report: SweepReport) -> None:
    """Print the tally of a sweep; it adds up."""
    counts = {
        "looked_at": report.looked_at,
        "suspended": report.suspended,
        "done": report.done,
        "left": report.left,
        "lost": report.lost,
    }
    name = "terminal-sweep_dry" if report.dry_run else "terminal-sweep"
    screen.say(screen.t(name, day=phrases.day(report.on), **counts))
