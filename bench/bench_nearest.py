"""Nearest open points among 1.5 million: equal to brute force, and how long a search takes.

Run as ``python bench/bench_nearest.py``; ``--quick`` takes 100,000 points and fewer cases. It
prints a table and writes ``bench/results/nearest.json``. Points are synthetic and seeded: clusters
around 340 prefectures, 18 banks, 14 channels, hours as real lists have them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from qika.points.hours import SHANGHAI, Openness, state_at
from qika.points.index import PointColumns, build_from_columns, columns_of
from qika.points.nearest import Cursor, Found, NearestIndex, great_circle_m, open_index
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.points.profiles import Offer, PointFilter, Profile, region_bounds
from qika.points.serving import capability_serves
from qika.points.tree import unit_vectors
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)

RESULTS = Path(__file__).parent / "results" / "nearest.json"
SEED = 20261122
PREFECTURES = 340
COUNTIES = 8
BANKS = [
    *("102", "103", "104", "105", "301", "302", "303", "304", "305", "306", "307", "308", "309"),
    *("310", "403", "313584099990", "402584009991", "402602000018"),
]
WORDS = ["\u4e2d\u56fd\u5de5\u5546\u94f6\u884c", "\u79d1\u6280\u56ed\u652f\u884c",
         "\u4eba\u6c11\u533b\u9662", "\u5357\u5c71\u533a\u6df1\u5357\u5927\u9053",
         "\u8857\u9053\u515a\u7fa4\u670d\u52a1\u4e2d\u5fc3", "\u8fde\u9501\u836f\u623f",
         "\u793e\u4fdd\u5c40"]  # fmt: skip
"""Eight or so Han characters a field, three bytes each, as in real lists."""
RARE_BANK = BankCode("313999999999")
BOTH = (Application.FINANCIAL, Application.SOCIAL)
SOCIAL = (Application.SOCIAL,)
HOURS = [
    *("24/7", "Mo-Fr 09:00-17:00; PH off", "Mo-Su 09:00-17:00", "08:00-22:00", "08:30-21:30"),
    *("Mo-Fr 09:00-12:00,13:30-17:00; PH off", "Mo-Fr 08:30-12:00,14:00-17:30; PH off"),
    *("Mo-Sa 08:00-18:00; Su off", "07:30-23:00", "Mo-Fr 09:00-16:30; Sa 09:00-12:00; PH off"),
    *(f"{hour:02}:{minute:02}-{hour + 11}:{minute:02}" for hour in (7, 8, 9, 10)
      for minute in range(0, 60, 5)),
    *(f"Mo-Fr 09:{minute:02}-17:{minute:02}; PH off" for minute in range(5, 60, 5)),
    "20:00-02:00",
]  # fmt: skip


class PlainCalendar:
    """Weekends as printed, one week of holidays, one make-up Saturday."""

    def day_kind(self, day: date) -> str:
        if date(2026, 10, 1) <= day <= date(2026, 10, 7):
            return "holiday"
        if day == date(2026, 10, 10):
            return "make_up_working"
        return "working" if day.weekday() < 5 else "weekend"


CALENDAR = PlainCalendar()
MOMENTS = [
    datetime(2026, 11, 18, 10, 15, tzinfo=SHANGHAI),
    datetime(2026, 11, 18, 12, 40, tzinfo=SHANGHAI),
    datetime(2026, 11, 20, 20, 5, tzinfo=SHANGHAI),
    datetime(2026, 11, 22, 3, 0, tzinfo=SHANGHAI),
    datetime(2026, 10, 10, 9, 30, tzinfo=SHANGHAI),
    datetime(2026, 10, 3, 15, 0, tzinfo=SHANGHAI),
]


@dataclass(frozen=True)
class Case:
    name: str
    lat: float
    lon: float
    where: PointFilter
    open_at: datetime | None
    limit: int = 10
    pages: int = 1


def issuer_of(prefecture: int) -> str:
    """Codes 1101xx to 4410xx and so on: ten prefectures a province."""
    return f"{11 + prefecture // 10:02}{prefecture % 10 + 1:02}00"


def chain_of(prefecture: int) -> tuple[IssuerCode, ...]:
    code = issuer_of(prefecture)
    return (IssuerCode(code[:4] + "01"), IssuerCode(code), IssuerCode(code[:2] + "0000"))


def profiles_of(prefecture: int, chance: np.random.Generator) -> list[tuple[float, Profile]]:
    """Give what the points of a prefecture serve, and in which proportion."""
    home = (IssuerCode(issuer_of(prefecture)),)

    def offer(channel: str, banks: tuple[str, ...] = (), applications=BOTH, regions=home) -> Offer:
        return Offer(ChannelCode(channel), applications, tuple(map(BankCode, banks)), regions)

    listed = [
        (0.36, Profile(PointKind.PHARMACY, (offer("pharmacy_first_use", (), SOCIAL),))),
        (0.04, Profile(PointKind.PHARMACY, ())),
        (0.30, Profile(PointKind.HOSPITAL, (offer("hospital_first_use", (), SOCIAL),))),
        (0.03, Profile(PointKind.HOSPITAL, (offer("hospital_first_use", (), SOCIAL, ()),))),
        (0.01, Profile(PointKind.BUREAU, (offer("bureau_counter", (), SOCIAL),
                                          offer("employer_batch", (), SOCIAL)))),
        (0.05, Profile(PointKind.COMMUNITY_CENTRE, tuple(
            offer(channel, (), SOCIAL) for channel in
            ("bureau_counter", "app", "wechat", "online_alipay", "phone", "sms", "website")))),
    ]  # fmt: skip
    for bank in BANKS:
        offers = [offer("bank_counter", (bank,)), offer("bank_entrusted", (bank,))]
        if chance.random() < 0.2:
            offers.append(offer("home_visit", (bank,)))
        listed.append((0.20 / len(BANKS), Profile(PointKind.BANK_OUTLET, tuple(offers))))
    listed.append((0.01, Profile(PointKind.KIOSK, (offer("kiosk", tuple(BANKS[:6])),))))
    if prefecture == PREFECTURES - 1:
        rare = (offer("bank_counter", (RARE_BANK,), BOTH, ()),)
        listed.append((0.02, Profile(PointKind.BANK_OUTLET, rare)))
    return listed


def generate(size: int) -> PointColumns:
    """Lay synthetic points out as the index takes them."""
    return columns_of(points_of(size))


def points_of(size: int) -> Iterator[ServicePoint]:
    """Make points one by one, with texts as long as those of real lists."""
    chance = np.random.default_rng(SEED)
    prefecture, county, spot = scattered(size, chance)
    profiles: list[Profile] = []
    profile = np.zeros(size, np.int32)
    for place in range(PREFECTURES):
        listed = profiles_of(place, chance)
        share = np.array([part for part, _ in listed])
        here = np.flatnonzero(prefecture == place)
        profile[here] = len(profiles) + chance.choice(len(listed), len(here), p=share / share.sum())
        profiles += [each for _, each in listed]
    common = np.array([12, 3, 6, 6, *[1.0] * (len(HOURS) - 3)])
    hours = chance.choice(len(common), size, p=common / common.sum())
    codes = np.array([int(issuer_of(place)) for place in range(PREFECTURES)])
    region = codes[prefecture] + county + 1
    serving = [capabilities_of(each) for each in profiles]
    columns = (region, spot[:, 0], spot[:, 1], profile, hours)
    for number, (code, lat, lon, what, when) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        place = None if np.isnan(lat) else Coordinates(min(90, max(-90, lat)), lon, "WGS84")
        yield point_of(number, profiles[what].kind, code, place, ["", *HOURS][when], serving[what])


def scattered(size: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scatter points over prefectures and counties; some share a spot, some have none."""
    weight = 1 / np.arange(1, PREFECTURES + 1) ** 0.6
    prefecture = chance.choice(PREFECTURES, size, p=weight / weight.sum())
    county = chance.integers(0, COUNTIES, size)
    centre = np.stack(
        [chance.uniform(21, 47, PREFECTURES), chance.uniform(98, 126, PREFECTURES)], axis=1
    )
    spread = chance.normal(0, 0.35, (PREFECTURES, COUNTIES, 2))
    spot = centre[prefecture] + spread[prefecture, county]
    spot += chance.normal(0, 0.04, (size, 2)) * chance.exponential(1, (size, 1))
    shared = chance.random(size) < 0.05
    spot[shared] = spot[chance.integers(0, size, int(shared.sum()))]
    spot[chance.random(size) < 0.01] = np.nan
    return prefecture, county, spot


def capabilities_of(profile: Profile) -> tuple[Capability, ...]:
    return tuple(
        Capability(
            each.channel, each.applications, each.banks, each.regions, "synthetic/list",
            date(2026, 11, 1),
        )
        for each in profile.offers
    )  # fmt: skip


def point_of(
    number: int,
    kind: PointKind,
    region: int,
    place: Coordinates | None,
    hours: str,
    capabilities: tuple[Capability, ...],
) -> ServicePoint:
    return ServicePoint(
        id=PointId(f"synthetic:{number}"),
        name=f"{number % 9973:04} {WORDS[number % 7]}{WORDS[number % 5]}",
        kind=kind,
        organization=WORDS[number % 6],
        card_bank=None,
        address=f"{WORDS[number % 3]}{WORDS[number % 4]}{number % 977} {WORDS[number % 2]}",
        landmark="",
        region=RegionCode(f"{region:06}"),
        phone=f"0755-{number % 100_000_000:08}",
        coordinates=place,
        hours_text=hours,
        capabilities=capabilities,
        example=True,
    )


class BruteForce:
    """The same answers by looking at every point with numpy; its tables are kept per filter."""

    def __init__(self, columns: PointColumns) -> None:
        self.columns = columns
        self.vectors = unit_vectors(columns.lat, columns.lon)
        self.profiles: dict[PointFilter, np.ndarray] = {}
        self.schedules: dict[datetime, np.ndarray] = {}

    def admitted(self, where: PointFilter) -> np.ndarray:
        if where not in self.profiles:
            asked = (where.channel, where.application, where.card_bank, where.issuer_chain)
            self.profiles[where] = np.array([
                (where.kind is None or profile.kind == where.kind)
                and (not where.asks_service
                     or any(capability_serves(offer, *asked) for offer in profile.offers))
                for profile in self.columns.profiles
            ])  # fmt: skip
        return self.profiles[where]

    def open_schedules(self, moment: datetime) -> np.ndarray:
        if moment not in self.schedules:
            self.schedules[moment] = np.array([
                state_at(schedule, moment, CALENDAR).state is Openness.OPEN
                for schedule in self.columns.schedules
            ])  # fmt: skip
        return self.schedules[moment]

    def chords(self, case: Case) -> np.ndarray:
        """Give every point's squared chord, infinite where it is not admitted."""
        place = unit_vectors(np.array([case.lat]), np.array([case.lon]))[0]
        apart = self.vectors - place
        chords = apart[:, 0] ** 2 + apart[:, 1] ** 2 + apart[:, 2] ** 2
        admitted = self.admitted(case.where)[self.columns.profile]
        if case.open_at is not None:
            admitted &= self.open_schedules(case.open_at)[self.columns.schedule]
        lowest, highest = region_bounds(case.where.region)
        admitted &= (self.columns.region >= lowest) & (self.columns.region <= highest)
        return np.where(admitted & np.isfinite(chords), chords, np.inf)

    def rows(self, case: Case) -> list[int]:
        wanted = case.limit * case.pages
        chords = self.chords(case)
        edge = np.partition(chords, min(wanted, len(chords)) - 1)[min(wanted, len(chords)) - 1]
        near = np.flatnonzero((chords <= edge) & np.isfinite(chords))
        return near[np.lexsort([near, chords[near]])][:wanted].tolist()


def cases_of(columns: PointColumns, count: int, seed: int) -> list[Case]:
    """Ask from where people live, and from the empty country, with filters of all kinds."""
    chance = np.random.default_rng(seed)
    placed = np.flatnonzero(np.isfinite(columns.lat))
    kinds = list(PointKind)
    cases = []
    for number in range(count):
        row = int(chance.choice(placed))
        lat, lon = float(columns.lat[row]), float(columns.lon[row])
        if chance.random() < 0.9:
            lat, lon = lat + chance.normal(0, 0.02), lon + chance.normal(0, 0.02)
        if chance.random() < 0.05:
            lat, lon = chance.uniform(18, 53), chance.uniform(74, 134)
        code = int(columns.region[row])
        home = (code // 10000 - 11) * 10 + code // 100 % 100 - 1
        bank = BankCode(BANKS[int(chance.integers(len(BANKS)))])
        chain, away = chain_of(home), chain_of(int(chance.integers(PREFECTURES)))
        counter, application = ChannelCode("bank_counter"), BOTH[int(chance.integers(2))]
        region = [f"{code}", f"{code // 100}00", f"{code // 10000}0000"][int(chance.integers(3))]
        forms = [
            ("bank at home", PointFilter(counter, application, bank, chain)),
            ("bank of another issuer", PointFilter(counter, application, bank, away)),
            ("bank anywhere", PointFilter(counter, None, bank)),
            ("pharmacy at home",
             PointFilter(ChannelCode("pharmacy_first_use"), Application.SOCIAL, None, chain)),
            ("hospital, any issuer", PointFilter(ChannelCode("hospital_first_use"))),
            ("kind", PointFilter(kind=kinds[int(chance.integers(len(kinds)))])),
            ("region", PointFilter(region=RegionCode(region))),
            ("bank in a region", PointFilter(counter, card_bank=bank, region=RegionCode(region))),
            ("a bank 1,000 km away", PointFilter(counter, Application.FINANCIAL, RARE_BANK)),
            ("nothing serves it", PointFilter(ChannelCode("pharmacy_first_use"),
                                              Application.FINANCIAL)),
            ("no filter", PointFilter()),
        ]  # fmt: skip
        name, where = forms[number % len(forms)]
        moment = MOMENTS[int(chance.integers(len(MOMENTS)))] if chance.random() < 0.8 else None
        limit, pages = (10, 1) if chance.random() < 0.8 else (int(chance.integers(1, 40)), 3)
        cases.append(Case(name, lat, lon, where, moment, limit, pages))
    return cases


def answer(index: NearestIndex, case: Case) -> list[Found]:
    found: list[Found] = []
    after: Cursor | None = None
    for _ in range(case.pages):
        page = index.nearest(
            case.lat, case.lon, limit=case.limit, where=case.where, open_at=case.open_at,
            calendar=CALENDAR, after=after,
        )  # fmt: skip
        found += page
        if len(page) < case.limit:
            break
        after = page[-1].cursor
    return found


def count_differences(columns: PointColumns, index: NearestIndex, cases: list[Case]) -> int:
    """Count the cases whose rows, order or distances differ from brute force."""
    brute = BruteForce(columns)
    wrong = 0
    for case in cases:
        found = answer(index, case)
        rows = brute.rows(case)
        chords = brute.chords(case)[rows].tolist()
        same = [each.row for each in found] == rows
        wrong += not (same and all(
            abs(each.distance_m - great_circle_m(chord)) < 0.001
            for each, chord in zip(found, chords, strict=True)
        ))  # fmt: skip
    return wrong


def timed(ask: Callable[[Case], object], cases: list[Case]) -> np.ndarray:
    """Time each call, in microseconds."""
    taken = np.zeros(len(cases))
    for number, case in enumerate(cases):
        begin = time.perf_counter_ns()
        ask(case)
        taken[number] = (time.perf_counter_ns() - begin) / 1000
    return taken


def measure(index: NearestIndex, brute: BruteForce, cases: list[Case], runs: int) -> list[dict]:
    """Time warm searches, cold filters and brute force, by form of question."""

    def ask(case: Case) -> object:
        return index.nearest(case.lat, case.lon, limit=10, where=case.where,
                             open_at=case.open_at, calendar=CALENDAR)  # fmt: skip

    names = list(dict.fromkeys(case.name for case in cases))
    figures = {name: {"median_us": [], "p99_us": []} for name in ("all", *names)}
    label = np.array([case.name for case in cases])
    for run in range(runs):
        moment = MOMENTS[run % len(MOMENTS)]
        asked = [Case(c.name, c.lat, c.lon, c.where, moment) for c in cases]
        timed(ask, asked)
        taken = timed(ask, asked)
        for name, figure in figures.items():
            part = taken if name == "all" else taken[label == name]
            figure["median_us"].append(float(np.median(part)))
            figure["p99_us"].append(float(np.percentile(part, 99)))
    rows = []
    for name, figure in figures.items():
        few = [case for case in cases if name in {"all", case.name}][:11]
        timed(brute.rows, few)
        row = {key: statistics.median(values) for key, values in figure.items()}
        row["brute_force_us"] = float(np.median(timed(brute.rows, few)))
        rows.append({"what": name, **row, "ratio": row["brute_force_us"] / row["median_us"]})
    return rows


def cold_filters(folder: Path, cases: list[Case]) -> dict[str, float]:
    """Time the first question with each filter, its plan not yet made."""
    index = open_index(folder)
    index.warm_up()
    fresh = list({case.where: case for case in cases}.values())
    taken = timed(lambda case: index.nearest(case.lat, case.lon, where=case.where), fresh)
    label = np.array([case.name for case in fresh])
    return {name: float(np.median(taken[label == name])) for name in dict.fromkeys(label.tolist())}


def first_minute(index: NearestIndex) -> float:
    """Time the first question in a new minute of a new day, in microseconds."""
    taken = []
    for day in range(5):
        moment = datetime(2026, 12, 1, 10, 0, tzinfo=SHANGHAI) + timedelta(days=day)
        begin = time.perf_counter_ns()
        index.nearest(30, 110, open_at=moment, calendar=CALENDAR)
        taken.append((time.perf_counter_ns() - begin) / 1000)
    return statistics.median(taken)


START = """
import sys, time
from pathlib import Path
begin = time.perf_counter()
import numba
imported = time.perf_counter()
from qika.points.nearest import open_index
index = open_index(Path(sys.argv[1]))
opened = time.perf_counter()
index.warm_up()
index.nearest(30, 110)
print(imported - begin, opened - imported, time.perf_counter() - opened)
"""


def starts(folder: Path, machine_code: Path) -> dict[str, float]:
    """Start fresh processes: first without compiled code on disk, then with it."""
    figures: dict[str, float] = {}
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(machine_code)}
    for name in ("first", "second"):
        ran = subprocess.run(
            [sys.executable, "-c", START, str(folder)],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        parts = ("import_numba_s", "open_s", "warm_up_s")
        figures |= {f"{name}_{k}": float(v) for k, v in zip(parts, ran.stdout.split(), strict=True)}
    return figures


def show(rows: list[dict]) -> None:
    print(f"{'':24}{'median us':>11}{'p99 us':>11}{'brute us':>11}{'ratio':>9}")
    for row in rows:
        print(f"{row['what']:24}{row['median_us']:11.1f}{row['p99_us']:11.1f}"
              f"{row['brute_force_us']:11.0f}{row['ratio']:9.0f}")  # fmt: skip


def compare(name: str, columns: PointColumns, index: NearestIndex, cases: list[Case]) -> dict:
    """Compare with brute force and say so."""
    wrong = count_differences(columns, index, cases)
    print(f"{name}: {len(cases)} cases, {wrong} differ from brute force", flush=True)
    return {"points": len(columns.ids), "cases": len(cases), "different": wrong}


def run(folder: Path, *, quick: bool) -> dict[str, object]:
    """Measure everything; give what is kept."""
    result: dict[str, object] = {"seed": SEED, "quick": quick}
    small = generate(50_000)
    build_from_columns(small, folder / "small")
    cases = cases_of(small, 500 if quick else 9_500, 1)
    result["equal_small"] = compare("50,000 points", small, open_index(folder / "small"), cases)
    result["starts_small"] = starts(folder / "small", folder / "code")
    size = 100_000 if quick else 1_500_000
    large = generate(size)
    begin = time.perf_counter()
    path = build_from_columns(large, folder / "large")
    result["build_s"] = time.perf_counter() - begin
    result["files_mb"] = sum(file.stat().st_size for file in path.iterdir()) / 1e6
    result |= {"points": size, "profiles": len(large.profiles), "schedules": len(large.schedules)}
    index = open_index(folder / "large")
    index.warm_up()
    cases = cases_of(large, 50 if quick else 500, 2)
    result["equal_large"] = compare(f"{size:,} points", large, index, cases)
    cases = cases_of(large, 550 if quick else 4_400, 3)
    result["searches"] = measure(index, BruteForce(large), cases, 5)
    result["first_question_of_a_filter_us"] = cold_filters(folder / "large", cases)
    result["first_question_of_a_day_us"] = first_minute(index)
    result["starts_large"] = starts(folder / "large", folder / "code")
    return result | {"load_average": os.getloadavg()[0]}


def main() -> int:
    """Measure, print and keep; fail when an answer differs or a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = run(Path(folder), quick=given.quick)
    rows = result.pop("searches")
    show(rows)
    for name, figure in result.items():
        print(f"{name}: {json.dumps(figure)}")
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(json.dumps({**result, "searches": rows}, indent=1) + "\n")
    overall = rows[0]
    exact = not (result["equal_small"]["different"] or result["equal_large"]["different"])
    return 0 if exact and overall["median_us"] <= 60 and overall["p99_us"] <= 500 else 1


if __name__ == "__main__":
    sys.exit(main())
