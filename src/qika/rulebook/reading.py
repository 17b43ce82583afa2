"""Reads rule files (TOML) into rules; refuses the uncited, undated, unknown, contradictory."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from qika.rulebook.faults import RulebookRefusedError, RuleFault
from qika.rulebook.model import (
    Channel,
    Clock,
    Dimensions,
    IssuerProfile,
    LeftOut,
    Note,
    Parameter,
    Rule,
    Source,
    Vocabulary,
)
from qika.rulebook.values import Reader, ValueFaultError, read_value
from qika.terms.names import (
    Application,
    BankCode,
    Basis,
    ChannelCode,
    Grade,
    IssuerCode,
    PointKind,
    SourceId,
    Who,
)
from qika.terms.words import Words

NATIONAL = IssuerCode("000000")
"""The issuer code under which national reference rules stand."""

NATIONAL_FILE = "national.toml"
ELSEWHERE = "national/"
"""A cite that begins so names a source of the national file, which any file may cite."""

_BASIS_OF_GRADE = {
    Grade.A: Basis.PUBLISHED,
    Grade.B: Basis.REPORTED,
    Grade.C: Basis.REPORTED,
    Grade.K: Basis.REFERENCE,
}


@dataclass(slots=True)
class RuleFile:
    """What one file says, as far as it could be read."""

    name: str
    issuer: IssuerProfile | None = None
    channel: Channel | None = None
    sources: dict[SourceId, Source] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    """By its key in the file: ``rule[3]``."""
    notes: list[Note] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    cited_elsewhere: set[SourceId] = field(default_factory=set[SourceId])
    """Sources of the national file that this file cites; checked when all files are read."""
    faults: list[RuleFault] = field(default_factory=list)

    def refuse(self, key: str, problem: str, remedy: str) -> None:
        """Put a fault on the list and go on reading."""
        self.faults.append(RuleFault(self.name, key, problem, remedy))


def read_rule_file(name: str, text: str, vocabulary: Vocabulary) -> RuleFile:
    """Read one TOML text; ``name`` is its path below the rulebook folder, for messages."""
    file = RuleFile(name)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        file.refuse("(whole file)", f"is not TOML: {error}", "mend the syntax at that line")
        return file
    known = {"issuer", "channel", "source", "rule", "note", "left_out"}
    for key in sorted(table.keys() - known):
        file.refuse(key, "is no known table", f"use one of {', '.join(sorted(known))}")
    _read_head(file, table)
    _read_sources(file, table)
    for key, row in _rows(file, table, "rule"):
        _read_rule(file, key, row, vocabulary)
    for key, row in _rows(file, table, "note"):
        _read_note(file, key, row)
    for key, row in _rows(file, table, "left_out"):
        _read_left_out(file, key, row)
    return file


def refuse_if_faulty(files: Sequence[RuleFile]) -> None:
    """Raise with the faults of all files together, if there are any."""
    faults = tuple(fault for file in files for fault in file.faults)
    if faults:
        raise RulebookRefusedError(faults)


def _rows(
    file: RuleFile, table: Mapping[str, Any], name: str
) -> list[tuple[str, Mapping[str, Any]]]:
    """Give the tables of a list, each with its key; something else under that name is a fault."""
    given = table.get(name, [])
    rows = cast("list[Any]", given if isinstance(given, list) else [None])
    if not all(isinstance(row, dict) for row in rows):
        file.refuse(name, "is no list of tables", f"head each with [[{name}]]")
        return []
    return [(f"{name}[{number}]", row) for number, row in enumerate(rows, 1)]


def _issuer_of(file: RuleFile) -> IssuerCode:
    return file.issuer.code if file.issuer else NATIONAL


def _read_head(file: RuleFile, table: Mapping[str, Any]) -> None:
    if "channel" in table:
        if "issuer" in table:
            file.refuse("issuer", "stands beside a channel", "give each a file of its own")
        file.channel = _read_channel(file, Reader(table).table("channel"))
        return
    reader = Reader(Reader(table).table("issuer"))
    try:
        file.issuer = IssuerProfile(
            code=IssuerCode(reader.text("code")),
            name=reader.words("name"),
            parent=IssuerCode(reader.text("parent")) if "parent" in reader.row else None,
            fictitious="fictitious" in reader.row and reader.yes_no("fictitious"),
        )
        reader.nothing_else({"code", "name", "parent", "fictitious"})
    except ValueFaultError as fault:
        file.refuse(f"issuer.{fault.key}", fault.problem, fault.remedy)


def _read_channel(file: RuleFile, row: Mapping[str, Any]) -> Channel | None:
    reader = Reader(row)
    try:
        channel = Channel(
            code=ChannelCode(reader.text("code")),
            name=reader.words("name"),
            applications=reader.members("applications", Application),
            who=reader.members("who", Who),
            point_kinds=reader.members("point_kinds", PointKind),
            of_card_bank=reader.yes_no("of_card_bank"),
            first_use=reader.yes_no("first_use"),
            identity_proof=reader.yes_no("identity_proof"),
            letter=reader.yes_no("letter"),
        )
        reader.nothing_else(set(Channel.__slots__))
    except ValueFaultError as fault:
        file.refuse(f"channel.{fault.key}", fault.problem, fault.remedy)
        return None
    return channel


def _read_sources(file: RuleFile, table: Mapping[str, Any]) -> None:
    stem = file.name.rsplit("/", 1)[-1].removesuffix(".toml")
    for key, row in _rows(file, table, "source"):
        reader = Reader(row)
        try:
            source = Source(
                id=SourceId(f"{stem}/{reader.text('id')}"),
                title=reader.text("title"),
                url=reader.text("url"),
                dated=reader.text("dated"),
                grade=reader.member("grade", Grade),
                article=str(row.get("article", "")),
            )
            reader.dated("dated")
            reader.nothing_else({"id", "title", "url", "dated", "grade", "article"})
        except ValueFaultError as fault:
            file.refuse(f"{key}.{fault.key}", fault.problem, fault.remedy)
            continue
        if source.id in file.sources:
            file.refuse(f"{key}.id", "stands twice", "give each source its own id")
        file.sources[source.id] = source


_RULE_KEYS = {
    "parameter", "value", "since", "cite", "grade", "basis", "note",
    "channel", "application", "who", "clock", "bank",
}  # fmt: skip


def _read_rule(file: RuleFile, key: str, row: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    reader = Reader(row)
    try:
        reader.nothing_else(_RULE_KEYS)
        parameter = _parameter(reader, vocabulary)
        dims = _dimensions(reader, parameter, file.channel, vocabulary)
        grade = reader.member("grade", Grade)
        rule = Rule(
            issuer=_issuer_of(file),
            parameter=parameter.name,
            value=read_value(parameter, dims, reader, vocabulary),
            dims=dims,
            since=reader.since(),
            grade=grade,
            basis=_basis(reader, grade, file),
            cites=_cites_of_rule(reader, grade, file),
            note=reader.words("note") if "note" in row else None,
        )
    except ValueFaultError as fault:
        file.refuse(f"{key}.{fault.key}", fault.problem, fault.remedy)
        return
    file.rules[key] = rule


def _parameter(reader: Reader, vocabulary: Vocabulary) -> Parameter:
    name = reader.text("parameter")
    if name not in vocabulary.parameters:
        problem, remedy = (
            f"{name!r} is unknown",
            "use a name from parameters.toml, or make it a note",
        )
        raise ValueFaultError("parameter", problem, remedy)
    return vocabulary.parameters[name]


def _dimensions(
    reader: Reader, parameter: Parameter, channel: Channel | None, vocabulary: Vocabulary
) -> Dimensions:
    row = reader.row
    given = {k for k in ("channel", "application", "who", "clock", "bank") if k in row}
    if extra := given - parameter.by:
        wrong = ", ".join(sorted(extra))
        raise ValueFaultError(
            wrong, f"does not belong to {parameter.name}", f"remove {wrong} from this rule"
        )
    here = channel.code if channel and "channel" in parameter.by else None
    return Dimensions(
        channel=ChannelCode(reader.text("channel")) if "channel" in row else here,
        application=reader.member("application", Application) if "application" in row else None,
        who=reader.member("who", Who) if "who" in row else None,
        clock=reader.member("clock", Clock) if "clock" in row else None,
        bank=_bank(reader, vocabulary) if "bank" in row else None,
    )


def _bank(reader: Reader, vocabulary: Vocabulary) -> BankCode:
    code = vocabulary.bank_code(reader.text("bank"))
    if code is None:
        remedy = "use a name or code of terms/banks.toml"
        raise ValueFaultError("bank", f"{reader.text('bank')!r} is unknown", remedy)
    return code


def _basis(reader: Reader, grade: Grade, file: RuleFile) -> Basis:
    if "basis" not in reader.row:
        return _BASIS_OF_GRADE[grade]
    basis = reader.member("basis", Basis)
    fictitious = file.issuer is not None and file.issuer.fictitious
    if basis is Basis.ADOPTED and not fictitious:
        problem = "only an authority adopts a rule, in its own installation"
        raise ValueFaultError("basis", problem, "leave basis out; run: qika rules adopt REGION")
    if basis is Basis.PUBLISHED and grade is not Grade.A:
        problem = f"a source of grade {grade} does not make a rule published"
        raise ValueFaultError("basis", problem, "leave basis out, or cite an official source")
    return basis


def _cites(reader: Reader, file: RuleFile) -> tuple[SourceId, ...]:
    stem = file.name.rsplit("/", 1)[-1].removesuffix(".toml")
    cites = tuple(
        SourceId(cite if "/" in cite else f"{stem}/{cite}") for cite in reader.texts("cite")
    )
    for cite in cites:
        if cite in file.sources:
            continue
        if not cite.startswith(ELSEWHERE) or file.name == NATIONAL_FILE:
            problem = f"{cite.split('/', 1)[1]!r} is not among this file's sources"
            raise ValueFaultError("cite", problem, "add a [[source]] with that id")
        file.cited_elsewhere.add(cite)
    return cites


def _cites_of_rule(reader: Reader, grade: Grade, file: RuleFile) -> tuple[SourceId, ...]:
    cites = _cites(reader, file)
    own = [file.sources[cite].grade for cite in cites if cite in file.sources]
    if grade is Grade.A and Grade.A not in own:
        problem = "is A, but no source of grade A is cited"
        raise ValueFaultError("grade", problem, "cite an official source, or lower the grade")
    return cites


def _read_note(file: RuleFile, key: str, row: Mapping[str, Any]) -> None:
    reader = Reader(row)
    try:
        reader.nothing_else({"topic", "text", "grade", "cite"})
        note = Note(
            issuer=_issuer_of(file),
            topic=reader.text("topic"),
            text=reader.words("text"),
            grade=reader.choice("grade", ("A", "B", "C", "K", "X")),
            cites=_cites(reader, file),
        )
    except ValueFaultError as fault:
        file.refuse(f"{key}.{fault.key}", fault.problem, fault.remedy)
        return
    file.notes.append(note)


def _read_left_out(file: RuleFile, key: str, row: Mapping[str, Any]) -> None:
    reader = Reader(row)
    try:
        reader.nothing_else({"parameter", "reason"})
        left = LeftOut(_issuer_of(file), reader.text("parameter"), reader.text("reason"))
    except ValueFaultError as fault:
        file.refuse(f"{key}.{fault.key}", fault.problem, fault.remedy)
        return
    file.left_out.append(left)


def words_of(row: Mapping[str, Any], key: str) -> Words:
    """Read a ``{zh, en}`` table of a trusted packaged file."""
    return Words(row[key]["zh"], row[key].get("en", ""))
