"""The rulebook: which value of which rule holds for an issuer on a day, and why."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType

from qika.rulebook.model import (
    Channel,
    Dimensions,
    Document,
    IssuerProfile,
    LeftOut,
    Note,
    Parameter,
    Rule,
    Source,
    Vocabulary,
)
from qika.rulebook.reading import (
    NATIONAL,
    RuleFile,
    read_rule_file,
    refuse_if_faulty,
    words_of,
)
from qika.rulebook.values import Reader, read_required_documents
from qika.terms.names import BankCode, Basis, ChannelCode, DocumentCode, IssuerCode, SourceId

ANYWHERE = Dimensions()


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules in force for one chain of issuers on one day.

    ``chain`` runs from the most specific issuer to the nation. Two are equal if they hold the
    same rules (the very same mapping), so that what follows from the rules alone is worked out
    once for all counties that have none of their own. What depends on ``chain`` (a name, a point)
    must therefore never be kept by rules alone.
    """

    edition: str
    chain: tuple[IssuerCode, ...]
    day: date
    channels: Mapping[ChannelCode, Channel]
    parameters: Mapping[str, Parameter]
    by_parameter: Mapping[str, tuple[Rule, ...]]
    """Rules in force by parameter: nearest issuer first, then narrowest, then newest."""

    def __hash__(self) -> int:
        """Hash the identity of what is held."""
        return id(self.by_parameter)

    def __eq__(self, other: object) -> bool:
        """Compare the identity of what is held."""
        return isinstance(other, Rules) and self.by_parameter is other.by_parameter

    @property
    def issuer(self) -> IssuerCode:
        """The issuer these rules were asked for."""
        return self.chain[0]

    def find(self, parameter: str, dims: Dimensions = ANYWHERE) -> Rule | None:
        """Give the one rule that answers ``parameter`` for ``dims``; None if nothing is known."""
        for rule in self.by_parameter.get(parameter, ()):
            if rule.dims.cover(dims):
                return rule
        return None


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All rules of one edition, with everything they cite."""

    edition: str
    """First 16 hexadecimal digits of the SHA-256 over the texts: the rule version of answers."""
    vocabulary: Vocabulary
    issuers: Mapping[IssuerCode, IssuerProfile]
    channels: Mapping[ChannelCode, Channel]
    sources: Mapping[SourceId, Source]
    rules: tuple[Rule, ...]
    notes: tuple[Note, ...]
    left_out: tuple[LeftOut, ...]
    adopted: frozenset[IssuerCode] = frozenset()

    def at(self, chain: Sequence[IssuerCode], day: date) -> Rules:
        """Resolve the rules in force on ``day`` for ``chain`` (most specific issuer first)."""
        full = (*chain, NATIONAL)
        distance = {issuer: number for number, issuer in enumerate(full)}
        held: dict[str, list[Rule]] = {}
        for rule in self._rules_of(full):
            if rule.since is None or rule.since <= day:
                held.setdefault(rule.parameter, []).append(rule)
        for rules in held.values():
            rules.sort(
                key=lambda rule: (
                    distance[rule.issuer],
                    -rule.dims.count(),
                    -(rule.since or date.min).toordinal(),
                )
            )
        by_parameter = {name: tuple(rules) for name, rules in held.items()}
        return Rules(
            edition=self.edition,
            chain=full,
            day=day,
            channels=self.channels,
            parameters=self.vocabulary.parameters,
            by_parameter=MappingProxyType(by_parameter),
        )

    def change_days(self, chain: Sequence[IssuerCode]) -> tuple[date, ...]:
        """Give the days on which rules of ``chain`` begin, ascending; in between none changes."""
        rules = self._rules_of((*chain, NATIONAL))
        return tuple(sorted({rule.since for rule in rules if rule.since}))

    def _rules_of(self, chain: Sequence[IssuerCode]) -> Iterator[Rule]:
        for issuer in chain:
            yield from self._by_issuer.get(issuer, ())

    @cached_property
    def _by_issuer(self) -> Mapping[IssuerCode, Sequence[Rule]]:
        rules: dict[IssuerCode, list[Rule]] = {}
        for rule in self.rules:
            rules.setdefault(rule.issuer, []).append(rule)
        return rules

    def notes_for(self, chain: Sequence[IssuerCode]) -> tuple[Note, ...]:
        """Give the sourced remarks on the issuers of ``chain``, nearest first."""
        return tuple(note for issuer in chain for note in self._notes_by_issuer.get(issuer, ()))

    @cached_property
    def _notes_by_issuer(self) -> Mapping[IssuerCode, Sequence[Note]]:
        notes: dict[IssuerCode, list[Note]] = {}
        for note in self.notes:
            notes.setdefault(note.issuer, []).append(note)
        return notes

    def adopting(self, issuer: IssuerCode) -> Rulebook:
        """Give the edition in which ``issuer`` has adopted the rules of its own file."""
        rules = tuple(
            replace(rule, basis=Basis.ADOPTED) if rule.issuer == issuer else rule
            for rule in self.rules
        )
        adopted = self.adopted | {issuer}
        return replace(
            self, rules=rules, adopted=adopted, edition=edition_of({"": self.edition}, adopted)
        )


def edition_of(texts: Mapping[str, str], adopted: frozenset[IssuerCode] = frozenset()) -> str:
    """Name an edition by its content: file names, texts and adoptions."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\0{len(texts[name])}\0{texts[name]}\0".encode())
    digest.update("\0".join(sorted(adopted)).encode())
    return digest.hexdigest()[:16]


def parse_rulebook(texts: Mapping[str, str], banks: Mapping[str, BankCode]) -> Rulebook:
    """Read all texts of a rulebook folder (path below the folder to TOML text).

    Raises RulebookRefusedError with every fault of every file.
    """
    vocabulary = read_vocabulary(texts["parameters.toml"], texts["documents.toml"], banks)
    names = [name for name in sorted(texts) if name not in {"parameters.toml", "documents.toml"}]
    files = [read_rule_file(name, texts[name], vocabulary) for name in names]
    _refuse_unknown_channels(files)
    _refuse_doubled_issuers(files)
    _refuse_contradictions(files)
    sources = {source.id: source for file in files for source in file.sources.values()}
    _refuse_unknown_sources(files, sources)
    refuse_if_faulty(files)
    return Rulebook(
        edition=edition_of(texts),
        vocabulary=vocabulary,
        issuers={file.issuer.code: file.issuer for file in files if file.issuer},
        channels={file.channel.code: file.channel for file in files if file.channel},
        sources=sources,
        rules=tuple(rule for file in files for rule in file.rules.values()),
        notes=tuple(note for file in files for note in file.notes),
        left_out=tuple(left for file in files for left in file.left_out),
        adopted=frozenset(
            file.issuer.code for file in files if file.issuer and file.issuer.fictitious
        ),
    )


def read_vocabulary(parameters: str, documents: str, banks: Mapping[str, BankCode]) -> Vocabulary:
    """Read the closed lists of parameters and documents; they are ours and trusted."""
    rows = tomllib.loads(documents)
    known = {
        DocumentCode(code): Document(
            DocumentCode(code),
            words_of(row, "name"),
            words_of(row, "issued_by"),
            row.get("form", ""),
        )
        for code, row in rows.items()
    }
    bare = Vocabulary({}, known, banks)
    read = {
        name: Parameter(
            name=name,
            kind=row["kind"],
            by=frozenset(row["by"]),
            part=row["part"],
            words=words_of(row, "name"),
            values=tuple(row.get("values", ())),
            unit=row.get("unit", ""),
            brings={
                value: read_required_documents(Reader({"value": needed}), bare)
                for value, needed in row.get("brings", {}).items()
            },
        )
        for name, row in tomllib.loads(parameters).items()
    }
    return replace(bare, parameters=read)


def _refuse_unknown_channels(files: Sequence[RuleFile]) -> None:
    known = {file.channel.code for file in files if file.channel}
    for file in files:
        for key, rule in file.rules.items():
            if rule.dims.channel and rule.dims.channel not in known:
                file.refuse(
                    f"{key}.channel",
                    f"{rule.dims.channel!r} is unknown",
                    f"use one of {', '.join(sorted(known))}, or add a file to channels/",
                )


def _refuse_unknown_sources(files: Sequence[RuleFile], sources: Mapping[SourceId, Source]) -> None:
    for file in files:
        for cite in sorted(file.cited_elsewhere - sources.keys()):
            file.refuse("cite", f"{cite!r} is unknown", "cite a source that national.toml has")


def _refuse_doubled_issuers(files: Sequence[RuleFile]) -> None:
    seen: dict[IssuerCode, str] = {}
    for file in files:
        if not file.issuer:
            continue
        if file.issuer.code in seen:
            file.refuse(
                "issuer.code",
                f"{file.issuer.code} stands in {seen[file.issuer.code]} already",
                "keep the rules of one issuer in one file",
            )
        seen.setdefault(file.issuer.code, file.name)


def _refuse_contradictions(files: Sequence[RuleFile]) -> None:
    """Two values for one case and day: in one file, or in two that speak for one issuer."""
    seen: dict[tuple[IssuerCode, str, Dimensions, date | None], str] = {}
    for file in files:
        for key, rule in file.rules.items():
            place = (rule.issuer, rule.parameter, rule.dims, rule.since)
            if place in seen:
                file.refuse(
                    f"{key}.value",
                    f"{rule.parameter} is set twice for the same case and day ({seen[place]})",
                    "keep one value, date the newer one, or make the doubtful one a note",
                )
            seen.setdefault(place, f"{file.name}: {key}")
