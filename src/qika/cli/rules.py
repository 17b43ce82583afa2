"""``qika rules check | show | diff | adopt``: looking after the rules."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from qika.cli import phrases
from qika.cli.screen import screen
from qika.cli.settings import Data, Database, Json, Lang, On, day_of, in_house, settings_of, speak
from qika.operations.adopt import NothingToAdoptError, adopt
from qika.operations.set_clocks import set_clocks
from qika.rulebook.book import Rulebook
from qika.rulebook.model import Rule
from qika.rulebook.reading import NATIONAL
from qika.terms.names import BankCode, ChannelCode, IssuerCode
from qika.web.api.answers import RuleAnswer
from qika.web.api.wording import rule_in_words
from qika.web.pages.dates import day_in_words
from qika.wiring import (
    House,
    SettingError,
    banks,
    folder_texts,
    gazetteer,
    now,
    packaged_texts,
    parse_rules,
    site_of,
)

Region = Annotated[str, typer.Argument(help="region code, region text or xpcc")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Look after the rules.", no_args_is_help=True)
    group.command("check")(check)
    group.command("show")(show)
    group.command("diff")(diff)
    group.command("adopt")(adopt_region)
    app.add_typer(group, name="rules")


def check(
    folder: Annotated[Path | None, typer.Argument(help="a rulebook folder", exists=True)] = None,
    database: Database = "",  # noqa: ARG001  as every command; files are checked without one
    data: Data = None,  # noqa: ARG001
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Check rule files; every fault is named with file, key and what to do."""
    speak(lang)
    book = parse_rules(folder_texts(folder) if folder else packaged_texts())
    counted = {
        "rule_version": book.edition,
        "issuers": len(book.issuers),
        "channels": len(book.channels),
        "rules": len(book.rules),
        "notes": len(book.notes),
        "left_out": len(book.left_out),
        "sources": len(book.sources),
    }
    if json:
        screen.json(counted)
    else:
        screen.say(screen.t("terminal-rules_good", **counted))


def show(
    region: Region,
    on: On = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Show every rule in force for a region on a day, with source, day, grade and basis."""
    speak(lang)

    async def answer(house: House) -> tuple[Rulebook, list[Rule]]:
        issuer = _issuer(house, region)
        rules = house.office.rulings.on(issuer, day_of(on) or now().date())
        held = [rule for held in rules.by_parameter.values() for rule in held]
        return house.office.rulings.book, held

    book, held = in_house(settings_of(database, data), answer)
    answered = [(rule.issuer, rule_in_words(rule, book, banks(), screen.language)) for rule in held]
    if json:
        rows = [{"issuer": issuer, **msgspec.to_builtins(one)} for issuer, one in answered]
        screen.json({"rule_version": book.edition, "rules": rows})
        return
    for issuer, one in answered:
        _say_rule(issuer, one, book)


def _say_rule(issuer: IssuerCode, one: RuleAnswer, book: Rulebook) -> None:
    where = phrases.listed(_dimension(*pair, book) for pair in one.applies_to.items())
    name = screen.t("terminal-region", region=one.name, code=where) if where else one.name
    national = issuer == NATIONAL
    whose = screen.t("terminal-national") if national else _name_of(issuer)
    screen.say(f"{issuer} {whose}  {name}", "bold")
    screen.say(one.text, indent=4)
    if one.note:
        screen.say(one.note, indent=4)
    since = screen.t("terminal-undated")
    if one.since:
        since = screen.t("terminal-since", day=day_in_words(one.since, screen.language))
    basis, grade = screen.t(f"basis-{one.basis}"), screen.t(f"grade-{one.grade}")
    screen.say(f"{basis} · {since} · {grade} · {phrases.listed(one.source_ids)}", indent=4)


def _dimension(name: str, value: str, book: Rulebook) -> str:
    """Name what a rule is narrowed to: a channel, application, person, clock or bank."""
    match name:
        case "channel":
            return book.channels[ChannelCode(value)].name.in_language(screen.language)
        case "bank":
            return banks().name(BankCode(value), screen.language)
        case _:
            return screen.t(f"{name}-{value}")


def diff(
    a: Annotated[str, typer.Argument(help="packaged, current, or a folder")],
    b: Annotated[str, typer.Argument(help="the same")],
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Show which rules one edition has and the other has not."""
    speak(lang)

    async def answer(house: House) -> tuple[Rulebook, Rulebook]:
        return await _book(house, a), await _book(house, b)

    before, after = in_house(settings_of(database, data), answer)
    gone, new = _lines(before), _lines(after)
    removed = [gone[place] for place in gone if gone[place] != new.get(place)]
    added = [new[place] for place in new if new[place] != gone.get(place)]
    if json:
        screen.json({"a": before.edition, "b": after.edition, "removed": removed, "added": added})
        return
    for line in removed:
        screen.say(f"- {line}", "red")
    for line in added:
        screen.say(f"+ {line}", "green")
    screen.say(screen.t("terminal-diff", removed=len(removed), added=len(added)))


async def _book(house: House, named: str) -> Rulebook:
    if named == "packaged":
        return parse_rules(packaged_texts())
    if named == "current":
        return house.office.rulings.book
    if Path(named).is_dir():  # noqa: ASYNC240  a command line has nobody else to serve
        return parse_rules(folder_texts(Path(named)))
    raise SettingError(screen.t("terminal-unknown_edition", text=named))


def _lines(book: Rulebook) -> Mapping[tuple[object, ...], str]:
    return dict(_told(book))


def _told(book: Rulebook) -> Iterator[tuple[tuple[object, ...], str]]:
    for rule in book.rules:
        dims = msgspec.to_builtins(rule.dims)
        narrowed = " ".join(f"{name}={value}" for name, value in dims.items() if value)
        value = msgspec.json.encode(rule.value).decode()
        since: date | str = rule.since or "undated"
        line = f"{rule.issuer} {rule.parameter} {narrowed} = {value} ({since}, {rule.basis})"
        yield (rule.issuer, rule.parameter, rule.dims, rule.since), line


def adopt_region(
    region: Region,
    by: Annotated[str, typer.Option(help="who decides, for the record")] = "operator",
    rules: Annotated[
        Path | None,
        typer.Option(help="a folder with the region's own regions/CODE.toml", exists=True),
    ] = None,
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Adopt a region's own rules in this installation; from then on its deadlines are swept."""
    speak(lang)

    async def answer(house: House) -> tuple[IssuerCode, Rulebook, Rulebook]:
        issuer = _issuer(house, region)
        before = house.office.rulings.book
        if rules is not None:
            await house.put_rules(_own_text(rules, issuer), by)
        try:
            book = house.office.rulings.book
            after = await adopt(house.store, book, issuer, by=by, at=house.office.clock())
        except NothingToAdoptError as error:
            raise SettingError(screen.t("terminal-nothing_to_adopt", issuer=issuer)) from error
        house.office.rulings.put_in_force(after)
        await set_clocks(house.office, issuer)
        return issuer, before, after

    issuer, before, after = in_house(settings_of(database, data), answer)
    own = sum(rule.issuer == issuer for rule in after.rules)
    if json:
        versions = {"rule_version": after.edition, "before": before.edition}
        screen.json({"issuer": issuer, **versions, "rules": own})
    else:
        name = _name_of(issuer)
        screen.say(screen.t("terminal-adopted", region=name, rules=own, version=after.edition))


def _own_text(folder: Path, issuer: IssuerCode) -> dict[str, str]:
    """Read the one file of a region: adopting one region changes no other's rules."""
    name = f"regions/{issuer}.toml"
    try:
        return {name: (folder / name).read_text("utf-8")}
    except OSError as error:
        raise SettingError(screen.t("terminal-no_file", text=str(folder / name))) from error


def _issuer(house: House, text: str) -> IssuerCode:
    found = site_of(house).regions.resolve(text)
    if found.code is None:
        raise SettingError(screen.t("terminal-unknown_issuer", text=text))
    return found.code


def _name_of(issuer: IssuerCode) -> str:
    return gazetteer().name_of(issuer).in_language(screen.language)
