"""What was asked, checked: texts become codes, days and places; every fault is collected."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from qika.activation.decide import day_of
from qika.cards.deadlines import CardDates
from qika.inquiry.question import Collected
from qika.terms.names import Application, BankCode, IssuerCode, Language, RegionCode
from qika.web.api.requests import Place, PlanQuery, PlanRequest, Wanted
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError
from qika.web.site import Crs, Regions, Resolution, Site

EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
"""Days a card can have to do with; sums beyond them would leave the calendar."""

CANDIDATES_NAMED = 8
"""Divisions named in one message."""

_PLACE = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*[,\uff0c]\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*")
LAT_MAX, LON_MAX = 90, 180

_DIGITS_OF_AREAS = (4, 2)
"""Leading digits that two regions of one city, of one province share."""

WANTED = {
    Wanted.SOCIAL: (Application.SOCIAL,),
    Wanted.FINANCIAL: (Application.FINANCIAL,),
    Wanted.BOTH: tuple(Application),
}


@dataclass(slots=True)
class Checker:
    """Reads single fields and keeps what is wrong with them."""

    site: Site
    language: Language
    faults: list[Fault] = field(default_factory=list[Fault])

    def refuse(self, name: str, code: FaultCode, allowed: str = "") -> None:
        """Put a fault on the list and go on."""
        self.faults.append(Fault(name, code, allowed))

    def finish(self) -> None:
        """Raise ProblemError if anything was wrong."""
        if self.faults:
            raise ProblemError(ProblemCode.WRONG_FIELDS, tuple(self.faults))

    def day(self, name: str, day: date | None) -> date | None:
        """Check that a day is one a card can have to do with."""
        if day is not None and not EARLIEST <= day <= LATEST:
            self.refuse(name, FaultCode.RANGE, f"{EARLIEST} - {LATEST}")
        return day

    def moment(self, name: str, moment: datetime) -> datetime:
        """Check the day of a time."""
        self.day(name, moment.date())
        return moment

    def day_or_month(self, name: str, text: str | None) -> date | None:
        """Read a day; a month means its first day."""
        if text is None:
            return None
        try:
            day = date.fromisoformat(text if len(text) > len("YYYY-MM") else f"{text}-01")
        except ValueError:
            self.refuse(name, FaultCode.DATE)
            return None
        return self.day(name, day)

    def bank(self, name: str, text: str | None) -> BankCode | None:
        """Read a bank's name or code."""
        code = self.site.banks.code_of(text) if text else None
        if text and code is None:
            self.refuse(name, FaultCode.UNKNOWN_BANK)
        return code

    def issuer(self, name: str, text: str) -> IssuerCode | None:
        """Read the one region or issuer a text means."""
        found = resolve(self.site.regions, text)
        if found.code is None:
            self._refuse_region(name, found)
        return found.code

    def near_region(self, name: str, text: str, issuer: IssuerCode | None) -> RegionCode | None:
        """Read the region where a person is; of several that fit, the one near the issuer."""
        found = resolve(self.site.regions, text)
        code = found.code or _nearest_of(found.candidates, issuer)
        if code is None:
            self._refuse_region(name, found)
            return None
        return RegionCode(code) if code.isdigit() else None

    def place(self, name: str, text: str, crs: Crs) -> tuple[float, float] | None:
        """Read ``lat,lon`` into WGS-84; None if the text is no pair of numbers."""
        pair = _PLACE.fullmatch(text)
        if pair is None:
            return None
        lat, lon = float(pair[1]), float(pair[2])
        if abs(lat) > LAT_MAX or abs(lon) > LON_MAX:
            self.refuse(name, FaultCode.RANGE, "lat -90 - 90, lon -180 - 180")
            return None
        return self.site.to_wgs84(lat, lon, crs)

    def _refuse_region(self, name: str, found: Resolution) -> None:
        if not found.candidates:
            self.refuse(name, FaultCode.UNKNOWN_REGION)
            return
        shown = found.candidates[:CANDIDATES_NAMED]
        regions = self.site.regions
        named = ", ".join(f"{regions.name(code, self.language)} {code}" for code in shown)
        self.refuse(name, FaultCode.AMBIGUOUS_REGION, named)


@lru_cache(maxsize=4_096)
def resolve(regions: Regions, text: str) -> Resolution:
    """Resolve a region text, remembering the answers to the last few thousand."""
    return regions.resolve(text)


def _nearest_of(candidates: tuple[IssuerCode, ...], issuer: IssuerCode | None) -> IssuerCode | None:
    for digits in _DIGITS_OF_AREAS if issuer else ():
        same = [code for code in candidates if issuer and code[:digits] == issuer[:digits]]
        if len(same) == 1:
            return same[0]
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked question; the region is resolved by the caller, since it may be several."""

    on: date
    applications: tuple[Application, ...]
    collected: Collected
    dates: CardDates
    card_bank: BankCode | None
    near: tuple[float, float] | None
    near_region: RegionCode | None


PLAN_FILLER = {"region": "000000"}
"""Stands in for a missing region while the rest of a question is checked."""


def plan_faults(
    site: Site, asked: PlanRequest | PlanQuery, language: Language
) -> tuple[Fault, ...]:
    """Give everything wrong with a question that its types let pass."""
    try:
        check_plan(site, asked, resolve(site.regions, asked.region), language)
    except ProblemError as error:
        return error.faults
    return ()


def check_plan(
    site: Site, asked: PlanRequest | PlanQuery, found: Resolution, language: Language
) -> Asked:
    """Check everything of a question; raises ProblemError with all that is wrong."""
    checker = Checker(site, language)
    if found.code is None and not found.candidates:
        checker.refuse("region", FaultCode.UNKNOWN_REGION)
    collected_on = checker.day_or_month("collected_on", asked.collected_on)
    if asked.collected_on and asked.collected not in {None, Collected.YES}:
        checker.refuse("collected", FaultCode.CONFLICT)
    near, near_region = _near(checker, asked, found.code)
    today = day_of(site.office.clock())
    unsaid = Collected.YES if collected_on else Collected.UNKNOWN
    checked = Asked(
        on=checker.day("on", asked.on) or today,
        applications=WANTED[asked.application],
        collected=asked.collected or unsaid,
        dates=CardDates(
            checker.day_or_month("made_on", asked.made_on),
            checker.day_or_month("applied_on", asked.applied_on),
            collected_on,
        ),
        card_bank=checker.bank("card_bank", asked.card_bank),
        near=near,
        near_region=near_region,
    )
    checker.finish()
    return checked


def _near(
    checker: Checker, asked: PlanRequest | PlanQuery, issuer: IssuerCode | None
) -> tuple[tuple[float, float] | None, RegionCode | None]:
    match asked.near:
        case None:
            return None, None
        case Place(lat=lat, lon=lon, crs=crs):
            return checker.site.to_wgs84(lat, lon, crs), None
        case text:
            place = checker.place("near", text, asked.near_crs)
            out_of_range = bool(checker.faults) and checker.faults[-1].field == "near"
            if place is not None or out_of_range:
                return place, None
            return None, checker.near_region("near", text, issuer)
