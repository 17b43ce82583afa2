"""Rule pages: each value in force on a day, its sources, what was before and what comes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from starlette.responses import Response

from qika.rulebook.book import Rules
from qika.rulebook.model import Parameter, Rule
from qika.terms.names import IssuerCode, SourceId
from qika.web.api import wording
from qika.web.api.answers import NoteAnswer
from qika.web.api.asking import EARLIEST, LATEST
from qika.web.pages.page import PAGES, Page
from qika.web.pages.regions import DOUBT, is_fictitious, region, today
from qika.web.pages.standing import PARTS
from qika.web.pages.values import Teller, Value, in_force
from qika.web.problems import FaultCode, FieldError, ProblemCode, ProblemError
from qika.web.speech import SPEECH

SHOWN_IN_A_ROW = 2
"""Values of one parameter that the list shows; more are counted and stand on its own page."""


class Fate(StrEnum):
    """How a value known to the rulebook stands on a day."""

    LATER = "later"
    IN_FORCE = "in_force"
    FOLLOWED = "followed"
    """A newer one of the same issuer holds."""
    OVERRIDDEN = "overridden"
    """A nearer issuer, or one that says it more narrowly, holds."""


@dataclass(frozen=True, slots=True)
class Past:
    """A value in the history of a parameter."""

    value: Value
    fate: Fate
    before: str
    """What the same issuer said until then; empty if that is not known."""


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter in the list."""

    parameter: Parameter
    name: str
    values: tuple[Value, ...]
    shown: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A region and a day."""

    code: IssuerCode
    name: str
    on: date
    rules: Rules
    teller: Teller
    errors: list[FieldError]


async def rules(page: Page) -> Response:
    """List every parameter with what holds on a day."""
    asked = _asked(page)
    if asked is None:
        return await region(page)
    book = page.site.office.rulings.book
    return page.render(
        "rules.html.j2",
        422 if asked.errors else 200,
        **_shared(page, asked, ""),
        parts=_parts(asked),
        remarks=_remarks(page, asked, None),
        left_out=[
            (asked.teller.name(one.issuer), one)
            for one in book.left_out
            if one.issuer in asked.rules.chain
        ],
    )


async def rule(page: Page) -> Response:
    """Show every value of one parameter with its sources and its history."""
    asked = _asked(page)
    if asked is None:
        return await region(page)
    parameter = asked.rules.parameters.get(page.request.path_params["parameter"])
    if parameter is None:
        raise ProblemError(ProblemCode.NOT_FOUND)
    held = asked.teller.held(parameter.name)
    history = tuple(_history(page, asked, parameter))
    remarks = _remarks(page, asked, parameter)
    cites = [cite for value in held for cite in value.said.source_ids]
    cites += [cite for past in history for cite in past.value.said.source_ids]
    cites += [cite for one in remarks for cite in one.source_ids]
    sources = asked.teller.sources(SourceId(cite) for cite in cites)
    return page.render(
        "rule.html.j2",
        422 if asked.errors else 200,
        **_shared(page, asked, f"/{parameter.name}"),
        parameter=parameter,
        held=held,
        history=history,
        remarks=remarks,
        sources=sources,
        numbers={one.id: number for number, one in enumerate(sources, 1)},
    )


def _shared(page: Page, asked: _Asked, path: str) -> dict[str, object]:
    """Give what both pages show."""
    errors = asked.errors
    return {
        "code": asked.code,
        "name": asked.name,
        "above": page.site.regions.path(asked.code, page.language),
        "fictitious": is_fictitious(page, asked.rules),
        "on": asked.on,
        "asked_on": page.request.query_params.get("on", ""),
        "errors": errors,
        "wrong": {error.field: error.message for error in errors},
        "doubt": DOUBT,
        "place": page.link(f"{PAGES}/{asked.code}"),
        "here": page.link(f"{PAGES}/{asked.code}/rules{path}"),
        "carried": f"?on={asked.on}" if asked.on != today(page) else "",
        "rule_version": asked.rules.edition,
    }


def _asked(page: Page) -> _Asked | None:
    """Read the region and the day; None where the region's own page says what is the matter."""
    regions = page.site.regions
    code = regions.resolve(page.request.path_params["region"]).code
    if code is None or not regions.covered(code):
        return None
    text, errors = page.request.query_params.get("on", "").strip(), list[FieldError]()
    on = _day(text) if text else today(page)
    if on is None:
        errors.append(FieldError("on", FaultCode.DATE, SPEECH[page.language].t("field-date")))
        on = today(page)
    held = page.site.office.rulings.on(code, on)
    teller = Teller(page.site, held, page.language)
    return _Asked(code, regions.name(code, page.language), on, held, teller, errors)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _parts(asked: _Asked) -> list[tuple[str, list[Row]]]:
    """Give the sections of article 16 with their parameters."""
    rows: dict[str, list[Row]] = {part: [] for part in PARTS}
    for one in asked.rules.parameters.values():
        values = asked.teller.held(one.name)
        shown = values if len(values) <= SHOWN_IN_A_ROW else ()
        name = one.words.in_language(asked.teller.language)
        rows[one.part].append(Row(one, name, values, shown))
    return list(rows.items())


def _remarks(page: Page, asked: _Asked, parameter: Parameter | None) -> list[NoteAnswer]:
    """Give the sourced remarks on the chain; of one parameter those that name it."""
    book = page.site.office.rulings.book
    noted = wording.notes(asked.rules, book.notes_for(asked.rules.chain), page.language)
    if parameter is None:
        return [one for one in noted if one.grade == DOUBT]
    return [one for one in noted if _speaks_of(one.topic, parameter.name)]


def _speaks_of(topic: str, parameter: str) -> bool:
    """Tell whether a remark's topic is a parameter, or one with something before or after it."""
    return f"_{parameter}_" in f"_{topic}_"


def _history(page: Page, asked: _Asked, parameter: Parameter) -> Iterable[Past]:
    """Give every dated value and every one that does not hold, the newest first."""
    ever = page.site.office.rulings.on(asked.code, LATEST).by_parameter.get(parameter.name, ())
    now = in_force(asked.rules, parameter.name)
    for one in sorted(ever, key=lambda rule: rule.since or date.min, reverse=True):
        fate = _fate(asked, one, now)
        if one.since is not None or fate is not Fate.IN_FORCE:
            yield Past(asked.teller.value(one), fate, _before(asked, one, ever))


def _fate(asked: _Asked, one: Rule, now: tuple[Rule, ...]) -> Fate:
    if one.since is not None and one.since > asked.on:
        return Fate.LATER
    if any(held is one for held in now):
        return Fate.IN_FORCE
    holds = asked.rules.find(one.parameter, one.dims)
    followed = holds is not None and holds.issuer == one.issuer and holds.dims == one.dims
    return Fate.FOLLOWED if followed else Fate.OVERRIDDEN


def _before(asked: _Asked, one: Rule, ever: Iterable[Rule]) -> str:
    """Say what the same issuer said on the same case before, if the rulebook knows."""
    if one.since is None:
        return ""
    earlier = [
        rule
        for rule in ever
        if rule.issuer == one.issuer
        and rule.dims == one.dims
        and (rule.since is None or rule.since < one.since)
    ]
    if not earlier:
        return ""
    return asked.teller.value(max(earlier, key=lambda rule: rule.since or date.min)).said.text
