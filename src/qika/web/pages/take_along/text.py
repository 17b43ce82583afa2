"""The whole plan as plain text: for a message, a screen reader, a chat. No live facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from qika.terms.names import Basis, Who
from qika.web.api.answers import (
    DeadlineAnswer,
    DocumentAnswer,
    OptionAnswer,
    PlanAnswer,
    PointAnswer,
    SourceAnswer,
)
from qika.web.pages.dates import day_in_words, distance_in_words, weekday_in_words
from qika.web.pages.page import Page
from qika.web.pages.take_along.asked import Planned, planned
from qika.web.pages.take_along.lines import WIDTH, wrapped
from qika.web.pages.take_along.share import shared_address
from qika.web.speech import SPEECH

TEXT_TYPE = "text/plain; charset=utf-8"
BOX, DOT = "[ ] ", "- "


async def plain_text(page: Page) -> Response:
    """Give the plan as plain text."""
    found = planned(page)
    if isinstance(found, Response):
        return found
    body = "\n".join(_Sheet(page, found).lines()) + "\n"
    headers = {"Cache-Control": "no-store", "Content-Language": page.language}
    return Response(body, headers=headers, media_type=TEXT_TYPE)


@dataclass(slots=True)
class _Sheet:
    """Writes a plan line by line."""

    page: Page
    found: Planned
    written: list[str] = field(default_factory=list[str])

    def lines(self) -> list[str]:
        """Write everything, first what to do, then on what grounds."""
        plan = self.found.plan
        self._title(self._t("text-title", region=plan.region.name), "=")
        if plan.fictitious:
            self._say(self._t("fictitious-tag"))
        self._asked(plan)
        for notice in plan.notices:
            self._say(notice.text, DOT)
        for term in plan.deadlines:
            self._term(term)
        self._ways(plan)
        self._authority(plan)
        self._grounds(plan)
        self._sources(plan.sources)
        self._part(self._t("text-online"))
        self._say(shared_address(self.page, self.found))
        return self.written

    def _t(self, name: str, **args: str | int) -> str:
        return SPEECH[self.page.language].t(name, **args)

    def _say(self, text: str, first: str = "") -> None:
        self.written += wrapped(text, self.page.language, first)

    def _title(self, text: str, line: str) -> None:
        self._say(text)
        self.written.append(line * WIDTH)

    def _part(self, text: str) -> None:
        self.written.append("")
        self._title(text, "-")

    def _fact(self, name: str, text: str) -> None:
        self._say(self._t("text-fact", label=name, text=text))

    def _asked(self, plan: PlanAnswer) -> None:
        given, banks = self.found.given, self.page.site.banks
        bank = banks.code_of(given["card_bank"]) if "card_bank" in given else None
        said = [self._t(f"who-{given.get('who', Who.HOLDER)}")]
        said += [banks.name(bank, self.page.language)] if bank else []
        said.append(self._t("answer-as_of", day=day_in_words(plan.as_of, self.page.language)))
        self._say(self._t("list-separator").join(said))

    def _term(self, term: DeadlineAnswer) -> None:
        last = term.due_on or term.reference_due_on
        language = self.page.language
        self._part(self._t(f"clock-{term.clock}"))
        if last:
            name = self._t("due-reference" if term.reference_due_on else "text-last_day")
            day, weekday = day_in_words(last, language), weekday_in_words(last, language)
            self._fact(name, self._t("text-day", day=day, weekday=weekday))
        elif term.basis is Basis.NONE:
            self._say(self._t("text-no_term"))
        else:
            self._say(self._t(f"when-ask-{term.start}"))
        if term.basis is not Basis.NONE:
            self._fact(self._t("due-what"), self._t(f"duty-{term.application}"))
        self._fact(self._t("due-counting"), term.counting)
        if term.provisional:
            self._say(self._t("due-provisional"))
        self._fact(self._t("due-basis"), self._cited(term.basis_text, term.source_ids))
        if term.note:
            self._say(term.note)
        if term.basis is not Basis.NONE:
            self._missed(term)

    def _missed(self, term: DeadlineAnswer) -> None:
        self._fact(self._t("miss-title"), term.consequence.text)
        if term.way_back:
            self._say(self._t("miss-back"))
            self._numbered(step.text for step in term.way_back)

    def _ways(self, plan: PlanAnswer) -> None:
        offered = [one for one in plan.options if one.offered]
        for option in offered:
            self._way(option)
        if not offered:
            self._part(self._t("text-ways"))
            self._say(self._t("ways-none", hotline=plan.authority.hotline))
        self._refused([one for one in plan.options if not one.offered])

    def _refused(self, options: Sequence[OptionAnswer]) -> None:
        """Say each reason once, with the ways it stops."""
        if options:
            self._part(self._t("ways-not-title"))
        for reason in dict.fromkeys(one.reason_text for one in options):
            names = [one.name for one in options if one.reason_text == reason]
            self._say(self._t("list-separator").join(names), DOT)
            self._say(reason or "", "  ")

    def _way(self, option: OptionAnswer) -> None:
        self._part(option.name)
        does = [self._t(f"application-{one}") for one in option.applications]
        basis = self._t(f"basis-{option.basis or Basis.NONE}")
        self._say(self._t("list-separator").join(does))
        self._say(self._cited(basis, option.source_ids))
        for remark in option.remarks:
            self._say(remark)
        if option.documents:
            self._say(self._t("bring-title"))
            for paper in option.documents:
                self._say(self._paper(paper), f"  {BOX}")
        if option.steps:
            self._say(self._t("steps-title"))
            self._numbered(option.steps)
        if option.usable_from:
            self._say(self._t("usable", day=day_in_words(option.usable_from, self.page.language)))
        if option.points:
            self._say(self._t("where-title"))
            for point in option.points:
                self._point(point)

    def _paper(self, paper: DocumentAnswer) -> str:
        more = [paper.name]
        if paper.of is not Who.HOLDER:
            more.append(self._t("bring-of", who=self._t(f"who-{paper.of}")))
        if paper.only_if:
            more.append(self._t(f"only_if-{paper.only_if}"))
        if paper.copies:
            more.append(self._t("bring-copies", count=paper.copies))
        if paper.any_of_names:
            names = self._t("list-separator").join(paper.any_of_names)
            more.append(self._t("bring-any", names=names))
        return self._t("clause-separator").join(more)

    def _point(self, point: PointAnswer) -> None:
        far = point.distance_m
        name = [point.name] + ([distance_in_words(far, self.page.language)] if far else [])
        self._say(self._t("clause-separator").join(name), f"  {DOT}")
        for line in (point.address, point.landmark, point.phone):
            if line:
                self._say(line, "    ")
        if point.example:
            self._say(self._t("example-point"), "    ")

    def _numbered(self, steps: Iterable[str]) -> None:
        for number, step in enumerate(steps, 1):
            self._say(step, f"  {number}. ")

    def _authority(self, plan: PlanAnswer) -> None:
        self._part(self._t("authority-title"))
        self._fact(self._t("authority-name"), plan.authority.name)
        self._fact(self._t("authority-phone"), plan.authority.hotline)
        self._fact(self._t("authority-law"), plan.authority.responsible_for)

    def _grounds(self, plan: PlanAnswer) -> None:
        if plan.rules:
            self._part(self._t("text-rules"))
        for rule in plan.rules:
            application = rule.applies_to.get("application")
            of = [self._t(f"application-{application}")] if application else []
            name = self._t("clause-separator").join([rule.name, *of])
            basis = self._t("clause-separator").join([rule.text, self._t(f"basis-{rule.basis}")])
            told = self._t("text-fact", label=name, text=self._cited(basis, rule.source_ids))
            self._say(told, DOT)
        if plan.notes:
            self._part(self._t("notes-title"))
        for note in plan.notes:
            self._say(self._cited(note.text, note.source_ids), DOT)

    def _cited(self, text: str, source_ids: Sequence[str]) -> str:
        places = {one.id: number for number, one in enumerate(self.found.plan.sources, 1)}
        marks = "".join(f"[{places[one]}]" for one in source_ids if one in places)
        return f"{text} {marks}".rstrip()

    def _sources(self, sources: Sequence[SourceAnswer]) -> None:
        self._part(self._t("sources-title"))
        for number, one in enumerate(sources, 1):
            said = [one.title]
            said += [self._t("source-article", article=one.article)] if one.article else []
            dated = one.dated != "undated"
            said.append(
                self._t("source-dated", dated=one.dated) if dated else self._t("source-undated")
            )
            said.append(self._t(f"grade-{one.confidence}"))
            mark = f"[{number}] "
            self._say(self._t("clause-separator").join(said), mark)
            if one.url.startswith(("https://", "http://")):
                self._say(one.url, " " * len(mark))
        self._say(f"{self._t('rule-version')} {self.found.plan.rule_version}")
