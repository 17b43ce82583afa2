"""A plan and points as a person reads them; the words come from the answers themselves."""

from collections.abc import Iterator, Sequence

from qika.cli import phrases
from qika.cli.screen import screen
from qika.web.api.answers import (
    CandidatesAnswer,
    DeadlineAnswer,
    NotCoveredAnswer,
    OptionAnswer,
    PlanAnswer,
    PointsAnswer,
    RegionAnswer,
    SourceAnswer,
)


def plan(answer: PlanAnswer) -> None:
    """Print a plan: by when, where and how, who answers, and on what grounds."""
    cited = Cited(answer.sources)
    path = " ".join(part.name for part in answer.region.path)
    screen.say(screen.t("terminal-region", region=path, code=answer.region.code), "bold")
    screen.say(
        screen.t("terminal-version", version=answer.rule_version, day=phrases.day(answer.as_of))
    )
    if answer.renamed_from:
        old, region = answer.renamed_from, answer.region.name
        screen.say(screen.t("renamed", old=old, region=region))
    if answer.notices:
        screen.head(screen.t("terminal-notices"))
    for notice in answer.notices:
        screen.say(f"· {notice.text}", "yellow", indent=2)
    screen.head(screen.t("terminal-by_when"))
    for term in answer.deadlines:
        deadline(term, cited.marks(term.source_ids))
    if not answer.deadlines:
        screen.say(screen.t("terminal-no_deadline"), indent=2)
    _ways(answer, cited)
    _authority(answer)
    cited.say()


def deadline(term: DeadlineAnswer, marks: str = "") -> None:
    """Print a deadline: the day, what to do, on what grounds, what follows, and the way back."""
    screen.say(_last_day(term), "bold", indent=2)
    lines = [
        ("due-what", screen.t(f"duty-{term.application}") if term.days_left is not None else ""),
        ("due-counting", term.counting if _last(term) else ""),
        ("due-basis", f"{term.basis_text}{marks}"),
        ("miss-title", term.consequence.text if term.consequence.code != "none" else ""),
        ("terminal-remark", term.note or ""),
    ]
    for name, text in lines:
        if text:
            screen.say(screen.t("terminal-line", label=screen.t(name), text=text), indent=4)
    if term.way_back:
        screen.say(screen.t("terminal-line", label=screen.t("miss-back"), text=""), indent=4)
    for number, step in enumerate(term.way_back, 1):
        screen.say(f"{number}. {step.text}", indent=6)


def _last(term: DeadlineAnswer) -> bool:
    return bool(term.days or term.months or term.working_days)


def _last_day(term: DeadlineAnswer) -> str:
    due = term.due_on or term.reference_due_on
    if due is None:
        return screen.t("terminal-day_unknown", counting=term.counting) if _last(term) else (
            term.counting
        )  # fmt: skip
    parts = [phrases.day(due)]
    if term.days_left is not None:
        parts.append(phrases.left(term.days_left))
    if term.due_on is None:
        parts.append(screen.t("due-reference"))
    return screen.t("clause-separator").join(parts)


def _ways(answer: PlanAnswer, cited: "Cited") -> None:
    screen.head(screen.t("terminal-where"))
    offered = [one for one in answer.options if one.offered]
    documents = phrases.Documents()
    for number, option in enumerate(offered, 1):
        _option(option, number, documents, cited.marks(option.source_ids))
    if not offered:
        screen.say(screen.t("ways-none", hotline=answer.authority.hotline), indent=2)
    refused = [one for one in answer.options if not one.offered]
    for reason in dict.fromkeys(one.reason_text or "" for one in refused):
        names = phrases.listed(one.name for one in refused if (one.reason_text or "") == reason)
        screen.say(screen.t("terminal-not_offered", names=names, reason=reason), "dim", indent=2)


def _option(option: OptionAnswer, number: int, documents: phrases.Documents, marks: str) -> None:
    screen.say(f"{number}. {option.name}{marks}", "green", indent=2)
    does = screen.t("terminal-does", applications=phrases.applications(option.applications))
    parts = [does]
    if option.usable_from:
        parts.append(screen.t("terminal-usable_from", day=phrases.day(option.usable_from)))
    screen.say(screen.t("clause-separator").join(parts), indent=5)
    if option.documents:
        screen.say(screen.t("terminal-bring"), indent=5)
    for document in option.documents:
        screen.say(f"· {documents.name(document)}", indent=7)
    if option.steps:
        screen.say(screen.t("terminal-steps"), indent=5)
    for place, step in enumerate(option.steps, 1):
        screen.say(f"{place}) {step}", indent=7)
    for remark in option.remarks:
        name = screen.t("terminal-remark")
        screen.say(screen.t("terminal-line", label=name, text=remark), indent=5)
    if option.points:
        screen.say(screen.t("terminal-points"), indent=5)
    for one in option.points:
        phrases.point(one, "·", indent=7)


def _authority(answer: PlanAnswer) -> None:
    authority = answer.authority
    screen.head(screen.t("terminal-ask"))
    phone = screen.t("terminal-phone", number=authority.hotline)
    screen.say(f"{authority.name}  {phone}", indent=2)
    screen.say(authority.responsible_for, indent=2)
    if answer.notes:
        screen.head(screen.t("terminal-notes"))
    for note in answer.notes:
        grade = screen.t(f"grade-{note.grade}")
        screen.say(f"· {screen.t('terminal-graded', text=note.text, grade=grade)}", indent=2)


class Cited:
    """Numbers the sources of an answer; one text cited by several files is one source."""

    def __init__(self, sources: Sequence[SourceAnswer]) -> None:
        """Give each text its number, in the order of the answer."""
        self._texts: dict[tuple[str, ...], SourceAnswer] = {}
        self._numbers: dict[str, int] = {}
        for one in sources:
            text = (one.title, one.article, one.url, one.dated)
            self._texts.setdefault(text, one)
            self._numbers[one.id] = 1 + list(self._texts).index(text)

    def marks(self, ids: Sequence[str]) -> str:
        """Give the numbers of sources as marks, such as " [1][4]"."""
        numbers = sorted({self._numbers[one] for one in ids if one in self._numbers})
        return " " + "".join(f"[{one}]" for one in numbers) if numbers else ""

    def say(self) -> None:
        """Print the sources."""
        if self._texts:
            screen.head(screen.t("terminal-sources"))
        for number, one in enumerate(self._texts.values(), 1):
            about = screen.t("clause-separator").join(self._about(one))
            screen.say(
                f"[{number}] {screen.t('terminal-graded', text=one.title, grade=about)}", indent=2
            )
            screen.say(one.url, "dim", indent=6)

    def _about(self, one: SourceAnswer) -> Iterator[str]:
        if one.article:
            yield screen.t("source-article", article=one.article)
        undated = one.dated == "undated"
        yield screen.t("terminal-undated") if undated else one.dated
        yield screen.t(f"grade-{one.confidence}")


def no_plan(answer: CandidatesAnswer | NotCoveredAnswer) -> None:
    """Print what fits a region text, or that a region is not covered."""
    if isinstance(answer, CandidatesAnswer):
        _candidates(answer.candidates)
        return
    screen.say(screen.t("terminal-not_covered", region=answer.region.name))
    phone = screen.t("terminal-phone", number=answer.authority.hotline)
    screen.say(f"{answer.authority.name}  {phone}", indent=2)


def _candidates(several: Sequence[RegionAnswer]) -> None:
    screen.say(screen.t("terminal-candidates"))
    for one in several:
        screen.say(f"{one.code}  {' '.join(part.name for part in one.path)}", indent=2)


def points(answer: PointsAnswer) -> None:
    """Print a page of points; none is an answer too."""
    if answer.candidates:
        _candidates(answer.candidates)
    elif not answer.items:
        screen.say(screen.t("terminal-no_points"))
    for number, one in enumerate(answer.items, 1):
        phrases.point(one, f"{number:>3}.", indent=0)
    if answer.next_cursor:
        screen.say(screen.t("terminal-more", cursor=answer.next_cursor))
