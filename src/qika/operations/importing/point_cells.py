"""How the cells of a points file are read."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from math import isfinite
from typing import NamedTuple

from qika.operations.importing.cells import MASK, Cell, folded, read_day
from qika.operations.importing.verdicts import Reason, Remark
from qika.points.point import Capability, Coordinates
from qika.rulebook.model import Channel
from qika.terms.banks import Banks
from qika.terms.coordinates import Crs, to_wgs84
from qika.terms.divisions import Gazetteer, covered
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointKind,
    RegionCode,
)

TEXT_MAX = 200
UNKNOWN_CRS = "unknown"
"""The source does not say its coordinate system: the place may be 700 m off."""
PRESUMED = "presumed "
"""Before a system in a mapping's words: shift by it, but do not call it known."""
INTERNAL = "internal"

_CHINA = (3.4, 53.6, 73.4, 135.1)
"""South, north, west, east of China, in degrees."""
_MOBILE = re.compile(r"(?<![0-9])(?:\+?86)?1[3-9][0-9]{9}(?![0-9])")
_SPACING = re.compile(r"[-\s().]")
_PHONE_PARTS = re.compile(r"[\u3001,;/|或]|\s{2,}")
_NEXT_NUMBER = re.compile(r"\s(?=[01])")
_AREA_CODE_ONLY = re.compile(r"\(?0[0-9]{2,3}\)?-?")
_DAMAGED = re.compile("[\ufffd\x00-\x1f]")


def read_words(text: str, *, masked: Reason) -> Cell[str]:
    """Read a name or an address; ``masked`` is the reason if parts of it are blotted out."""
    if MASK.search(folded(text)):
        return Cell(text, (masked,))
    if len(text) > TEXT_MAX:
        return Cell(text, (Reason.TOO_LONG,))
    return Cell(text, (Reason.NAME_DAMAGED,) if _DAMAGED.search(text) else ())


def read_point_name(text: str) -> Cell[str]:
    """Read the name of a point; it must have one."""
    return read_words(text, masked=Reason.NAME_MASKED) if text else Cell("", (Reason.NAME_BLANK,))


def read_kind(text: str) -> Cell[PointKind | None]:
    """Read the kind of a point, in our words; a mapping translates others."""
    word = text.lower()
    if word in set(PointKind):
        return Cell(PointKind(word))
    return Cell(None, (Reason.KIND_UNKNOWN,))


def read_region(text: str, regions: Gazetteer) -> Cell[RegionCode]:
    """Read where a point lies: a code or a name, today's or a former one."""
    if not text:
        return Cell(RegionCode(""), (Reason.REGION_BLANK,))
    found = regions.resolve(text)
    if found.issuer is None or found.issuer not in regions.divisions:
        several = bool(found.candidates)
        reason = Reason.REGION_AMBIGUOUS if several else Reason.REGION_UNKNOWN
        return Cell(RegionCode(text), (reason,))
    code = RegionCode(found.issuer)
    if not covered(code):
        return Cell(code, (Reason.REGION_UNKNOWN,))
    return Cell(code, (), (Remark.REGION_RETIRED,) if found.renamed_from else ())


def read_phone(text: str) -> Cell[str]:
    """Read telephone numbers of an office; what may be a person's mobile number is left out."""
    plain = folded(text)
    if MASK.search(plain):
        return Cell("", (), (Remark.PHONE_MASKED,))
    kept: list[str] = []
    remarks: list[Remark] = []
    for number in _numbers(plain):
        if _MOBILE.search(_SPACING.sub("", number)):
            remarks.append(Remark.PHONE_MOBILE)
        elif _AREA_CODE_ONLY.fullmatch(number):
            remarks.append(Remark.PHONE_INCOMPLETE)
        else:
            kept.append(number)
    return Cell("; ".join(kept)[:TEXT_MAX], (), tuple(dict.fromkeys(remarks)))


def _numbers(text: str) -> Iterator[str]:
    """Take the numbers of a cell apart; one mobile number may be written with spaces."""
    for part in _PHONE_PARTS.split(text):
        whole = _MOBILE.fullmatch(_SPACING.sub("", part))
        for number in [part] if whole else _NEXT_NUMBER.split(part):
            if stripped := number.strip():
                yield stripped


def read_coordinates(lat_text: str, lon_text: str, crs_text: str) -> Cell[Coordinates | None]:
    """Read a place; it is brought to WGS-84 by the system given or presumed."""
    if not lat_text and not lon_text:
        return Cell(None)
    try:
        lat, lon = float(lat_text), float(lon_text)
    except ValueError:
        return Cell(None, (Reason.COORDINATES_UNREADABLE,))
    if not (isfinite(lat) and isfinite(lon)):
        return Cell(None, (Reason.COORDINATES_UNREADABLE,))
    if lat.is_integer() and lon.is_integer():
        return Cell(None, (), (Remark.COORDINATES_PLACEHOLDER,))
    if not _in_china(lat, lon):
        swapped = _in_china(lon, lat)
        reason = Reason.COORDINATES_SWAPPED if swapped else Reason.COORDINATES_OUTSIDE_CHINA
        return Cell(None, (reason,))
    word = folded(crs_text)
    presumed = word.lower().startswith(PRESUMED)
    system = word[len(PRESUMED) :] if presumed else word
    system = system.upper().replace("-", "").replace(" ", "")
    if system in {"", "UNKNOWN"}:
        return Cell(Coordinates(lat, lon, UNKNOWN_CRS), (), (Remark.CRS_UNKNOWN,))
    if system not in set(Crs):
        return Cell(None, (Reason.CRS_UNKNOWN_WORD,))
    place = to_wgs84(lat, lon, Crs(system))
    given = UNKNOWN_CRS if presumed else system
    remarks = (Remark.CRS_PRESUMED,) if presumed else ()
    return Cell(Coordinates(place.lat, place.lon, given), (), remarks)


def _in_china(lat: float, lon: float) -> bool:
    south, north, west, east = _CHINA
    return south <= lat <= north and west <= lon <= east


class BankTexts(NamedTuple):
    """Everything in a row that may name its bank."""

    card_bank: str
    organization: str
    name: str
    matched_name: str


def read_point_bank(
    texts: BankTexts, kind: PointKind | None, banks: Banks
) -> Cell[BankCode | None]:
    """Read whose outlet a point is; what its names say must not contradict the column.

    A generic name, such as that of rural commercial banks in general, contradicts none of its kind.
    """
    stated = banks.code_of(texts.card_bank) if texts.card_bank else None
    if texts.card_bank and stated is None:
        stated = banks.find_in(texts.card_bank)
        if stated is None:
            return Cell(None, (Reason.BANK_UNKNOWN,))
    if kind is not PointKind.BANK_OUTLET:
        return Cell(stated)
    named = banks.find_in(texts.organization) or banks.find_in(texts.name)
    bank = stated or named
    matched = banks.find_in(texts.matched_name)
    if bank is not None and (
        _contradicts(bank, named, banks)
        or (texts.matched_name and (matched is None or _contradicts(bank, matched, banks)))
    ):
        return Cell(bank, (Reason.BANK_MISMATCH,))
    if stated is None:
        return Cell(named, (), (Remark.BANK_BLANK if named is None else Remark.BANK_FROM_NAME,))
    return Cell(bank)


def _contradicts(bank: BankCode, other: BankCode | None, banks: Banks) -> bool:
    if other is None or other == bank:
        return False
    generic = {
        code for code in (bank, other) if code in banks.by_code and banks.by_code[code].generic
    }
    return not generic or not (_is_local(bank) and _is_local(other))


def _is_local(bank: BankCode) -> bool:
    """Tell whether a bank is one of those that share three digits: city, rural, credit unions."""
    return len(bank) != len("102")


_APPLICATION_WORDS = frozenset({*map(str, Application), "both"})


class CapabilityTexts(NamedTuple):
    """What a row says of what its point does."""

    channels: str
    applications: str
    regions_served: str
    source: str
    confirmed_on: str


def read_capabilities(
    texts: CapabilityTexts,
    bank: BankCode | None,
    channels: Mapping[ChannelCode, Channel],
    issuers: Mapping[str, Cell[IssuerCode]],
    today: date,
) -> Cell[tuple[Capability, ...]]:
    """Read what a point does. Without channels it is a place of which nothing is claimed.

    Applications left blank are those the channel has by its own definition.
    """
    names = folded(texts.channels).lower().replace(",", " ").split()
    if not names:
        return Cell(())
    wanted = folded(texts.applications).lower().replace(",", " ").split()
    served = [issuers[code] for code in folded(texts.regions_served).replace(",", " ").split()]
    confirmed = read_day(texts.confirmed_on, today)
    faults = {
        Reason.CHANNEL_UNKNOWN: any(name not in channels for name in names),
        Reason.APPLICATION_UNKNOWN: any(word not in _APPLICATION_WORDS for word in wanted),
        Reason.REGIONS_SERVED_UNKNOWN: any(cell.reasons for cell in served),
        Reason.CAPABILITY_UNSOURCED: not texts.source,
    }
    reasons = confirmed.reasons + tuple(reason for reason, so in faults.items() if so)
    if reasons:
        return Cell((), reasons)
    regions = tuple(dict.fromkeys(cell.value for cell in served))
    banks = (bank,) if bank is not None else ()
    found = tuple(
        Capability(
            channel=ChannelCode(name),
            applications=_applications(wanted, channels[ChannelCode(name)]),
            banks=banks,
            regions=regions,
            source=texts.source,
            confirmed_on=confirmed.value,
        )
        for name in dict.fromkeys(names)
    )
    return Cell(found, (), () if confirmed.value else (Remark.CONFIRMED_ON_BLANK,))


def _applications(wanted: Collection[str], channel: Channel) -> tuple[Application, ...]:
    if not wanted or "both" in wanted:
        return channel.applications
    return tuple(one for one in Application if one in wanted)
