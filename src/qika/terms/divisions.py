"""China's administrative divisions (GB/T 2260): codes, names, and what a person's text means.

The tables come as text (``parse_gazetteer``); where they are from and what is wrong with them
stands in docs/provenance.md. Codes change every year, identity numbers never: retired codes are
kept with their successors.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from qika.terms import place_names
from qika.terms.coordinates import Crs, Position, to_wgs84
from qika.terms.names import IssuerCode, RegionCode
from qika.terms.place_names import Meaning, Reading
from qika.terms.words import Words

XPCC = IssuerCode("xpcc")
"""The Xinjiang Production and Construction Corps: an issuer with rules, without a region code."""

CANDIDATES_MAX = 20
_TEXT_MAX = 200
"""No place is written in more characters; keeps the work on hostile texts small."""


class Level(StrEnum):
    """The three levels of GB/T 2260; a code alone does not tell the last two apart."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"


@dataclass(frozen=True, slots=True)
class Division:
    """One current division. ``lat`` and ``lon`` are its seat in degrees of ``crs``."""

    code: RegionCode
    name: str
    level: Level
    parent: RegionCode | None
    pinyin: str
    """Syllables without tone, sometimes with the word for what it is: ``shen zhen``."""
    lat: float | None
    lon: float | None
    phone_area_code: str
    crs: Crs = Crs.GCJ02


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text means: one issuer, or several divisions to ask about, or nothing known."""

    issuer: IssuerCode | None = None
    """The one answer: a current region code, or ``xpcc``."""
    candidates: tuple[RegionCode, ...] = ()
    """Several answers, at most 20, larger divisions first; never chosen between."""
    renamed_from: str | None = None
    """The outdated name or code that the text used."""
    left_out: int = 0
    """Candidates beyond the 20."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A name or code no longer current and the current codes it became (possibly none)."""

    code: RegionCode
    name: str
    successors: tuple[RegionCode, ...]


_CODE = re.compile(r"[0-9]{6}")
_STATISTICAL_CODE = re.compile(r"([0-9]{6})0{6}")
_MUNICIPAL = re.compile(r"(11|12|31|50)0[123]00")
"""Pseudo-prefectures of the municipalities: their districts, counties, county-level cities."""
_NOT_COVERED = frozenset({"71", "81", "82", "83"})
_XPCC_CODE = RegionCode("660000")
_XPCC_NAMES = frozenset(
    {"xpcc", "兵团", "新疆兵团", "新疆生产建设兵团", "xinjiang production and construction corps"}
)

_EXAMPLE = (
    Division(
        RegionCode("990000"), "示例市", Level.PREFECTURE, None, "shi li", 31.0, 111.0, "", Crs.WGS84
    ),
    Division(
        RegionCode("990101"), "示例一区", Level.COUNTY, RegionCode("990000"), "shi li yi",
        31.02, 111.0, "", Crs.WGS84,
    ),
    Division(
        RegionCode("990102"), "示例二区", Level.COUNTY, RegionCode("990000"), "shi li er",
        30.98, 111.0, "", Crs.WGS84,
    ),
)  # fmt: skip
"""The fictitious demo region; its seat is a made-up point."""

_ENGLISH = {
    "150000": "Inner Mongolia", "610000": "Shaanxi", "710000": "Taiwan",
    "810000": "Hong Kong", "820000": "Macao", "150100": "Hohhot", "230100": "Harbin",
    "540100": "Lhasa", "650100": "Urumqi", "653100": "Kashgar", "990000": "Example City",
    "990101": "Example District One", "990102": "Example District Two",
}  # fmt: skip
"""Established English names that differ from the pinyin."""
_ALSO_ENGLISH = {"540000": "tibet", "820000": "macau"}


def within(region: IssuerCode | RegionCode, area: IssuerCode | RegionCode) -> bool:
    """Say whether ``region`` lies in ``area``: 440000 holds 44xxxx, 440300 holds 4403xx."""
    if area.endswith("0000"):
        return region[:2] == area[:2]
    if area.endswith("00"):
        return region[:4] == area[:4]
    return region == area


def covered(issuer: IssuerCode | RegionCode) -> bool:
    """Say whether mainland social security cards are issued there: not in 71, 81, 82 (83)."""
    return issuer[:2] not in _NOT_COVERED


class Gazetteer:
    """Every division there is and was, found by code, by name and by place."""

    def __init__(self, divisions: Iterable[Division], retired: Iterable[Retired]) -> None:
        """Index the tables; ``retired`` may hold former names of current codes too."""
        self.divisions: Mapping[RegionCode, Division] = MappingProxyType(
            {division.code: division for division in divisions}
        )
        former = list(retired)
        self._retired = {entry.code: entry for entry in former if entry.code not in self.divisions}
        self._names: place_names.Names = {}
        self._romanised: place_names.Names = {}
        self._above = {code: self._codes_above(code) for code in self.divisions}
        self._children = _by_parent(self.divisions.values())
        taiwan = frozenset("83" + code[2:] for code in self.divisions if code.startswith("71"))
        self.known_prefixes: frozenset[str] = taiwan | self.divisions.keys() | self._retired.keys()
        """Six digits with which an identity number can begin: every code present or past."""
        for division in self.divisions.values():
            self._index_current(division)
        for entry in former:
            self._index_former(entry)

    def normalise(self, code: str) -> tuple[RegionCode, ...]:
        """Give the current code or codes for ``code``: several after a split, none if unknown."""
        if _MUNICIPAL.fullmatch(code):
            code = code[:2] + "0000"
        elif code.startswith("83"):
            code = "71" + code[2:]
        region = RegionCode(code)
        if region in self.divisions:
            return (region,)
        entry = self._retired.get(region)
        return self._current(entry.successors, {region}) if entry else ()

    def path(self, code: RegionCode) -> tuple[Division, ...]:
        """Give the divisions from the province down to ``code``; raises KeyError if unknown."""
        division = self.divisions[code]
        above = (*self.path(division.parent),) if division.parent else ()
        return (*above, division)

    def chain(self, issuer: IssuerCode | RegionCode) -> tuple[IssuerCode, ...]:
        """Give the issuers whose rules apply, most specific first: county, city, province."""
        if issuer == XPCC:
            return (XPCC,)
        return tuple(IssuerCode(d.code) for d in reversed(self.path(RegionCode(issuer))))

    def children(self, code: RegionCode | None) -> tuple[Division, ...]:
        """Give the divisions right below ``code``, or the provinces for None."""
        return self._children.get(code, ())

    def name_of(self, issuer: IssuerCode | RegionCode) -> Words:
        """Give the name of an issuer; an unknown one is named by its code."""
        if issuer == XPCC:
            return Words("新疆生产建设兵团", "Xinjiang Production and Construction Corps")
        division = self.divisions.get(RegionCode(issuer))
        if division is None:
            return Words(issuer, issuer)
        romanised = place_names.romanised(division.name, division.pinyin).capitalize()
        return Words(division.name, _ENGLISH.get(division.code, romanised))

    def seat(self, code: RegionCode) -> Position | None:
        """Give the seat in WGS-84, the parent's where it is not known; None for an unknown code."""
        division = self.divisions.get(code)
        while division is not None:
            if division.lat is not None and division.lon is not None:
                return to_wgs84(division.lat, division.lon, division.crs)
            division = self.divisions.get(division.parent) if division.parent else None
        return None

    def resolve(self, text: str) -> Resolution:
        """Read a code or a name: official, short, former, romanised, or a chain of them.

        All of the text must be understood. Nothing is guessed: a name that several divisions
        bear gives them all as candidates.
        """
        if len(text) > _TEXT_MAX:
            return Resolution()
        text = place_names.plain(text)
        if whole := _STATISTICAL_CODE.fullmatch(text):
            text = whole[1]
        if text in _XPCC_NAMES or text == _XPCC_CODE:
            return Resolution(issuer=XPCC)
        if _CODE.fullmatch(text):
            return self._resolve_code(text)
        length = place_names.length_of(text)
        found = place_names.readings(text, self._names, self._romanised)
        return self._answer(reading for reading in found if reading.consumed == length)

    def locate(self, address: str) -> Resolution:
        """Read the divisions with which an address begins and ignore the rest of it.

        One short name alone is not enough: a street may begin with it.
        """
        text = place_names.plain(address[:_TEXT_MAX])
        found = place_names.readings(text, self._names, self._romanised)
        sure = [reading for reading in found if reading.is_sure]
        furthest = max((reading.consumed for reading in sure), default=0)
        return self._answer(reading for reading in sure if reading.consumed == furthest)

    def _resolve_code(self, code: str) -> Resolution:
        current = self.normalise(code)
        entry = None if _MUNICIPAL.fullmatch(code) else self._retired.get(RegionCode(code))
        return _resolution(current, entry.name if entry else None)

    def _answer(self, readings: Iterable[Reading]) -> Resolution:
        found = place_names.best(readings)
        former = next((r.former_name for r in found if r.former_name), None)
        codes = sorted((r.chain[-1].code for r in found), key=self._rank)
        return _resolution(codes, former)

    def _rank(self, code: RegionCode) -> tuple[int, RegionCode]:
        return len(self._above[code]), code

    def _codes_above(self, code: RegionCode) -> frozenset[str]:
        above: list[str] = []
        parent = self.divisions[code].parent
        while parent is not None:
            above.append(parent)
            parent = self.divisions[parent].parent
        return frozenset(above)

    def _current(
        self, codes: Iterable[RegionCode], seen: set[RegionCode]
    ) -> tuple[RegionCode, ...]:
        """Follow successors that were themselves retired, and stop at loops in the source."""
        current: dict[RegionCode, None] = {}
        for code in codes:
            if code in self.divisions:
                current[code] = None
            elif code in self._retired and code not in seen:
                later = self._current(self._retired[code].successors, seen | {code})
                current.update(dict.fromkeys(later))
        return tuple(current)

    def _index_current(self, division: Division) -> None:
        name, code, above = division.name, division.code, self._above[division.code]
        ending = name[-1]
        self._names.setdefault(name, []).append(Meaning(code, place_names.FULL, above, ending, ""))
        short = Meaning(code, place_names.SHORT, above, ending, "")
        for form in place_names.spoken_forms(name):
            self._names.setdefault(form, []).append(short)
        latin = {*place_names.romanised_forms(place_names.romanised(name, division.pinyin))}
        latin |= {_ENGLISH.get(code, "").replace(" ", "").lower(), _ALSO_ENGLISH.get(code, "")}
        for form in latin - {""}:
            self._romanised.setdefault(form, []).append(short)

    def _index_former(self, entry: Retired) -> None:
        codes = (entry.code,) if entry.code in self.divisions else ()
        current = self._current(entry.successors, {entry.code}) or codes
        before = {entry.code[:2] + "0000", entry.code[:4] + "00"} - {entry.code}
        for form, cost in _former_forms(entry.name):
            meanings = self._names.setdefault(form, [])
            taken = {meaning.code for meaning in meanings}
            meanings += [
                Meaning(code, cost, self._above[code] | before, form[-1], entry.name)
                for code in current
                if code not in taken
            ]


def _by_parent(
    divisions: Iterable[Division],
) -> Mapping[RegionCode | None, tuple[Division, ...]]:
    found: dict[RegionCode | None, list[Division]] = {}
    for division in divisions:
        found.setdefault(division.parent, []).append(division)
    return {code: tuple(below) for code, below in found.items()}


def parse_gazetteer(regions_csv: str, retired_csv: str, amended_csv: str = "") -> Gazetteer:
    """Build the gazetteer from the texts of ``regions.csv``, ``regions_retired.csv`` and
    ``regions_amended.csv`` (former names of unchanged codes, successors the second one lacks).

    Taiwan's 83xxxx are read as 71xxxx, and the fictitious 990000 is added.
    """  # noqa: D205 - the first sentence names three files
    amended = list(_read_retired(amended_csv, "old_name", "current_codes"))
    corrected = {entry.code for entry in amended}
    retired = _read_retired(retired_csv, "last_name", "successor_adcodes")
    kept = [entry for entry in retired if entry.code not in corrected]
    return Gazetteer([*_read_regions(regions_csv), *_EXAMPLE], [*kept, *amended])


def _read_regions(text: str) -> Iterator[Division]:
    for row in csv.DictReader(io.StringIO(text)):
        yield Division(
            code=_mainland(row["adcode"]),
            name=_without_note(row["name"]),
            level=Level(row["level"]),
            parent=_mainland(row["parent_adcode"]) if row["parent_adcode"] else None,
            pinyin=row["pinyin"],
            lat=float(row["lat"]) if row["lat"] else None,
            lon=float(row["lon"]) if row["lon"] else None,
            phone_area_code=row["phone_area_code"],
        )


def _read_retired(text: str, name: str, successors: str) -> Iterator[Retired]:
    for row in csv.DictReader(io.StringIO(text)):
        current = tuple(_mainland(code) for code in row[successors].split())
        if not (row["adcode"].startswith("71") and current):
            yield Retired(RegionCode(row["adcode"]), _without_note(row[name]), current)


def _without_note(name: str) -> str:
    """Drop what the source adds in brackets."""
    return unicodedata.normalize("NFKC", name).partition("(")[0]


def _mainland(code: str) -> RegionCode:
    """Read the residence permits' 83 as the standard's 71."""
    return RegionCode("71" + code[2:] if code.startswith("83") else code)


def _former_forms(name: str) -> list[tuple[str, int]]:
    short = place_names.short_name(name)
    full = (name, place_names.FORMER)
    return [full] if short == name else [full, (short, place_names.FORMER_SHORT)]


def _resolution(codes: Iterable[RegionCode], renamed_from: str | None) -> Resolution:
    found = tuple(codes)
    if len(found) == 1:
        return Resolution(issuer=IssuerCode(found[0]), renamed_from=renamed_from)
    left_out = max(0, len(found) - CANDIDATES_MAX)
    return Resolution(None, found[:CANDIDATES_MAX], renamed_from, left_out)
