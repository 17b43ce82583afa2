"""What every store promises about what belongs to no card."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec

from qika.operations.ports import Edition
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)


def point(number: int) -> ServicePoint:
    bank = Capability(
        ChannelCode("bank_counter"),
        (Application.SOCIAL, Application.FINANCIAL),
        (BankCode("102"), BankCode("103")),
        (IssuerCode("990000"), IssuerCode("xpcc")),
        "list",
        date(2026, 1, 1),
    )
    use = Capability(ChannelCode("hospital_first_use"), (Application.SOCIAL,), (), (), "list", None)
    return ServicePoint(
        id=PointId(f"list:{number:03d}"),
        name=f"Outlet {number}",
        kind=PointKind.BANK_OUTLET,
        organization="Bank",
        card_bank=BankCode("102") if number % 2 else None,
        address="Road 1",
        landmark="",
        region=RegionCode("990000"),
        phone="010",
        coordinates=Coordinates(30.5, 104.25, "GCJ02") if number % 2 else None,
        hours_text="Mo-Fr 09:00-17:00",
        capabilities=(use, bank),
        example=True,
    )


def test_the_edition_put_last_is_in_force_and_may_be_an_old_one(world):
    assert world.run(world.store.current_edition()) is None
    first = Edition("aa", {"a.toml": "x = 1"}, frozenset({IssuerCode("990000")}), "me", world.now)
    second = Edition("bb", {"a.toml": "x = 2"}, frozenset(), "me", world.now + timedelta(1))
    world.run(world.store.put_edition(first))
    world.run(world.store.put_edition(second))
    assert world.run(world.store.current_edition()) == second
    back = msgspec.structs.replace(first, put_by="you", in_force_from=world.now + timedelta(2))
    world.run(world.store.put_edition(back))
    assert world.run(world.store.current_edition()) == back


def test_points_come_back_as_they_were_put_and_their_version_rises_with_changes(world):
    points = [point(number) for number in range(4)]
    assert world.run(world.store.points_version()) == 0
    assert list(world.run(world.store.put_points(points))) == ["added"] * 4
    assert list(world.run(world.store.points())) == points
    assert world.run(world.store.points_version()) == 1
    assert list(world.run(world.store.put_points(points))) == ["unchanged"] * 4
    assert world.run(world.store.points_version()) == 1
    moved = replace(points[1], capabilities=points[1].capabilities[:1], phone="020")
    words = list(world.run(world.store.put_points([points[0], moved, moved, point(9)])))
    assert words == ["unchanged", "updated", "unchanged", "added"]
    assert world.run(world.store.points_version()) == 2
    assert list(world.run(world.store.points()))[1] == moved


def test_a_job_remembers_how_far_it_came(world):
    assert world.run(world.store.job_rows_done("cards:1")) == 0
    world.run(world.store.job_progress("cards:1", 500, finished=False))
    world.run(world.store.job_progress("cards:1", 900, finished=True))
    assert world.run(world.store.job_rows_done("cards:1")) == 900
    assert world.run(world.store.job_rows_done("cards:2")) == 0


def test_a_sweep_remembers_its_place_and_its_tally(world):
    day = date(2026, 5, 1)
    assert world.run(world.store.sweep_place(day)) is None
    assert world.run(world.store.sweep_tally(day)) == {}
    place = (date(2026, 4, 30), b"k" * 16)
    world.run(world.store.sweep_progress(day, place, {"suspended": 3}, finished=False))
    assert world.run(world.store.sweep_place(day)) == place
    world.run(world.store.sweep_progress(day, None, {"suspended": 4, "left": 1}, finished=True))
    assert world.run(world.store.sweep_place(day)) is None
    assert world.run(world.store.sweep_tally(day)) == {"suspended": 4, "left": 1}
