"""Answer a question: the region found, the plan made, the nearest points put to each option."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from qika.activation.decide import CHINA
from qika.activation.place import ANY_BANK, refusal_at, scope_of
from qika.inquiry.plan import Option, Plan, plan
from qika.inquiry.question import Question
from qika.operations.find import Nearby, board_at
from qika.operations.office import Office
from qika.operations.ports import PointHit, PointSearch
from qika.rulebook.book import Rules
from qika.rulebook.model import Note
from qika.terms.names import BankCode, IssuerCode, RegionCode

POINTS_PER_OPTION = 3
"""Points shown with each option of a plan; more are a search away."""

LOOKED_AT_MAX = 48
"""Points looked at for an option, since the rules may refuse some that the directory lists."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan with its points and the sourced remarks on the region."""

    plan: Plan
    points: tuple[tuple[Nearby, ...], ...]
    """For each option of the plan, the nearest points that serve it, where they were asked for."""
    notes: tuple[Note, ...]


def inquire(
    office: Office,
    question: Question,
    *,
    near: tuple[float, float] | None = None,
    near_region: RegionCode | None = None,
) -> Answer:
    """Answer a question; ``near`` (WGS-84) or ``near_region`` is where the person is."""
    answer, here = inquire_of_rules(office, question), near or near_region
    made = answer.plan
    points = tuple([points_for(office, made, option, here) for option in made.options])
    return replace(answer, points=points)


def inquire_of_rules(office: Office, question: Question) -> Answer:
    """Answer a question by the rules alone, without points."""
    profile = office.rulings.book.issuers.get(question.issuer)
    made = plan(
        question,
        lambda day: office.rulings.on(question.issuer, day),
        office.calendar,
        fictitious=profile is not None and profile.fictitious,
    )
    no_points = ((),) * len(made.options)
    return Answer(made, no_points, office.rulings.book.notes_for(made.rules.chain))


def moment_of(office: Office, question: Question) -> datetime:
    """Take now for a question about today, else the morning of the day asked about."""
    now = office.clock().astimezone(CHINA)
    return now if now.date() == question.on else datetime.combine(question.on, time(9), CHINA)


def points_for(
    office: Office,
    made: Plan,
    option: Option,
    here: tuple[float, float] | RegionCode | None,
    limit: int = POINTS_PER_OPTION,
) -> tuple[Nearby, ...]:
    """Give the nearest points where an option of a plan is served; ``here`` is where people are."""
    if not option.offered or not option.channel.point_kinds:
        return ()
    issuer = made.question.issuer
    search = PointSearch(
        channel=option.channel.code,
        application=option.applications[0],
        card_bank=_bank_asked(made, option),
        chain=made.rules.chain,
        region=None if isinstance(here, tuple) else here or region_of(issuer),
    )
    good: list[PointHit] = []
    after: str | None = None
    looked = 0
    while len(good) < limit and looked < LOOKED_AT_MAX:
        hits = _page(office, search, here, after, limit + 1)
        good += [hit for hit in hits if _serves(made.rules, option, made.question.card_bank, hit)]
        if len(hits) <= limit:
            break
        looked, after = looked + len(hits), hits[-1].place
    board = board_at(office, moment_of(office, made.question))
    return tuple([board.describe(office.directory, hit) for hit in good[:limit]])


def _page(
    office: Office,
    search: PointSearch,
    here: tuple[float, float] | RegionCode | None,
    after: str | None,
    limit: int,
) -> Sequence[PointHit]:
    directory = office.directory
    if isinstance(here, tuple):
        return directory.nearest(*here, search, open_at=None, after=after, limit=limit)
    return directory.listed(search, open_at=None, after=after, limit=limit)


def _bank_asked(made: Plan, option: Option) -> BankCode | None:
    """Ask the index for the card's bank, unless the scope lets any cooperating bank serve."""
    any_bank = any(scope_of(made.rules, one) == ANY_BANK for one in option.applications)
    return made.question.card_bank if option.channel.of_card_bank and not any_bank else None


def region_of(issuer: IssuerCode) -> RegionCode | None:
    """Give the region of an issuer; None for one without a region code of its own."""
    return RegionCode(issuer) if issuer.isdigit() else None


def _serves(rules: Rules, option: Option, bank: BankCode | None, hit: PointHit) -> bool:
    """A point is only an answer if the counter there would accept every application offered."""
    return all(
        refusal_at(rules, option.channel, application, bank, hit.point) is None
        for application in option.applications
    )
